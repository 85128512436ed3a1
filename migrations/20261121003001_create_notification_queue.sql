-- What came of the queue that tells of a source's new objects. A notification shortens the wait and nothing depends on
-- it, so these are counts for people, and no message is kept.
CREATE TABLE notification_queue (
    source_id       int         PRIMARY KEY,
    organization_id int         NOT NULL,
    -- The last attempt to read it, and why it failed.
    read_at         timestamptz NOT NULL,
    error           text,
    -- The last reading that went well: `orgtrail_shared::notifications` reads and writes it.
    state           jsonb       NOT NULL DEFAULT '{}',
    FOREIGN KEY (organization_id, source_id) REFERENCES log_source (organization_id, source_id)
);
ALTER TABLE notification_queue ENABLE ROW LEVEL SECURITY;
ALTER TABLE notification_queue FORCE ROW LEVEL SECURITY;
CREATE POLICY worker_sees_all ON notification_queue TO orgtrail_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON notification_queue TO orgtrail_worker;
