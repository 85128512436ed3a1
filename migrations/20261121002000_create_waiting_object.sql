-- Collection as a durable queue: what a listing has shown and nobody has taken in yet is a row here, and it goes away in
-- the transaction that takes the object in. So nothing that was seen can be forgotten, and several processes can share it.
CREATE TABLE waiting_object (
    waiting_id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id int         NOT NULL,
    source_id       int         NOT NULL,
    -- The same hash as `log_object.identity`: all that a listing tells.
    identity        bytea       NOT NULL UNIQUE CHECK (octet_length(identity) = 32),
    bucket          text        NOT NULL,
    key             text        NOT NULL,
    etag            text        NOT NULL,
    size            bigint      NOT NULL,
    last_modified   timestamptz,
    kind            text        NOT NULL CHECK (kind IN ('log', 'digest')),
    -- The day in the key, which orders the queue: the newest first.
    day             date        NOT NULL,
    is_backfill     boolean     NOT NULL,
    found_at        timestamptz NOT NULL,
    attempts        int         NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_at timestamptz NOT NULL,
    -- Why the last attempt failed: the name of a `Trouble`, empty before the first attempt.
    trouble         text        NOT NULL DEFAULT '',
    reason          text        NOT NULL DEFAULT '',
    -- Who works on it. A claim ends with its time, or when its holder's advisory lock (7100, number) is gone.
    claimed_by      int,
    claimed_until   timestamptz,
    -- Who tried it last, so that one pass tries nothing twice.
    tried_by        int,
    CHECK ((claimed_by IS NULL) = (claimed_until IS NULL)),
    FOREIGN KEY (organization_id, source_id) REFERENCES log_source (organization_id, source_id)
);
CREATE INDEX waiting_object_by_turn ON waiting_object (source_id, is_backfill, day DESC, waiting_id);
-- Whether anything is due is asked every second, also when a million objects rest after a failure.
CREATE INDEX waiting_object_by_time ON waiting_object (source_id, is_backfill, next_attempt_at);
CREATE INDEX waiting_object_by_claim ON waiting_object (claimed_by) WHERE claimed_by IS NOT NULL;
CREATE INDEX waiting_object_in_trouble ON waiting_object (source_id, trouble) WHERE trouble <> '';

-- What keeps a source, or one prefix of it, from being listed, or all of it from being fetched. A row is removed by the
-- first success.
CREATE TABLE source_trouble (
    organization_id int         NOT NULL,
    source_id       int         NOT NULL,
    -- `source`: all of it can't be listed; `listing`: one prefix; `fetching`: fetching from it has stopped for now.
    during          text        NOT NULL CHECK (during IN ('source', 'listing', 'fetching')),
    prefix          text        NOT NULL,
    trouble         text        NOT NULL,
    reason          text        NOT NULL,
    attempts        int         NOT NULL CHECK (attempts > 0),
    since           timestamptz NOT NULL,
    last_at         timestamptz NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    PRIMARY KEY (source_id, during, prefix),
    FOREIGN KEY (organization_id, source_id) REFERENCES log_source (organization_id, source_id)
);

-- How many days after the day in their key files have turned up, which says how far back a listing must look.
CREATE TABLE source_lateness (
    organization_id int         NOT NULL,
    source_id       int         NOT NULL,
    days_late       int         NOT NULL CHECK (days_late >= 0),
    files           bigint      NOT NULL CHECK (files > 0),
    last_seen_at    timestamptz NOT NULL,
    PRIMARY KEY (source_id, days_late),
    FOREIGN KEY (organization_id, source_id) REFERENCES log_source (organization_id, source_id)
);

ALTER TABLE log_source
    -- When all of it was listed last; NULL asks for a complete listing.
    ADD COLUMN everything_listed_at timestamptz,
    -- When the days were listed last in which late files have turned up.
    ADD COLUMN window_listed_at     timestamptz,
    -- What a directory has that is not read, by the reason.
    ADD COLUMN skipped              jsonb   NOT NULL DEFAULT '{}',
    ADD COLUMN is_backfill_paused   boolean NOT NULL DEFAULT false,
    -- Of the backfill that is under way: how much was found since it began.
    ADD COLUMN backfill_found       bigint  NOT NULL DEFAULT 0,
    ADD COLUMN backfill_began_at    timestamptz;

-- For the rate of a backfill, from which its end is estimated.
CREATE INDEX log_object_by_collection ON log_object (source_id, collected_at);

-- Requests have no right on the machinery and no policy: for operators the server asks as the worker, for the sources of
-- their own organization.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['waiting_object', 'source_trouble', 'source_lateness'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker_sees_all ON %I TO orgtrail_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO orgtrail_worker', name);
    END LOOP;
END $$;
