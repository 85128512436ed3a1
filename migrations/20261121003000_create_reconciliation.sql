-- What is in a source compared with what is in the index: the last comparison of each source, and the order in which
-- the index is read for it.
CREATE TABLE reconciliation (
    source_id       int         PRIMARY KEY,
    organization_id int         NOT NULL,
    -- The last attempt, and why it came to no end.
    tried_at        timestamptz NOT NULL,
    error           text,
    -- The last one that came to its end: `orgtrail_shared::reconciliation` reads and writes it.
    result          jsonb,
    FOREIGN KEY (organization_id, source_id) REFERENCES log_source (organization_id, source_id)
);
-- Only the worker reads and writes it; what the page Operations shows goes through it.
ALTER TABLE reconciliation ENABLE ROW LEVEL SECURITY;
ALTER TABLE reconciliation FORCE ROW LEVEL SECURITY;
CREATE POLICY worker_sees_all ON reconciliation TO orgtrail_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON reconciliation TO orgtrail_worker;

-- A bucket lists its keys byte by byte, so the index is read in that order, too.
CREATE INDEX log_object_by_key ON log_object (source_id, key COLLATE "C", object_id);
