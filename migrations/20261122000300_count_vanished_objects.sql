-- Objects that were listed and deleted before anybody could read them. They leave the queue when they are surely gone,
-- so that nothing is tried for ever; what they were, the digests say.
ALTER TABLE log_source ADD COLUMN vanished_objects bigint NOT NULL DEFAULT 0 CHECK (vanished_objects >= 0);
