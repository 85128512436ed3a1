-- Column segments: the same rows as in `event`, as compressed columns of one account and day, which the server counts
-- and filters in memory. They are written in the transaction of the rows, so neither is ever without the other.
CREATE TABLE segment (
    segment_id      bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id int      NOT NULL REFERENCES organization,
    account_id      int      NOT NULL,
    -- Index time in days. A segment lies in one day, as every partition of `event` consists of whole days: what is
    -- dropped with a partition is known by it.
    day             int      NOT NULL,
    -- 0 from a batch, 1 merged in its hour, 2 merged when its day was over.
    level           smallint NOT NULL CHECK (level BETWEEN 0 AND 2),
    -- The oldest and the newest index time.
    t0              int      NOT NULL,
    t1              int      NOT NULL,
    row_count       int      NOT NULL CHECK (row_count > 0),
    -- `orgtrail_domain::segment` reads and writes it.
    columns         bytea    NOT NULL,
    FOREIGN KEY (organization_id, account_id) REFERENCES account (organization_id, account_id),
    CONSTRAINT segments_lie_in_one_day
        CHECK (t0 <= t1 AND t0 >= day::bigint * 86400 AND t1 < (day::bigint + 1) * 86400)
);
-- The columns are compressed already.
ALTER TABLE segment ALTER COLUMN columns SET STORAGE EXTERNAL;
CREATE INDEX segment_by_day ON segment (organization_id, day, account_id);

ALTER TABLE segment ENABLE ROW LEVEL SECURITY;
ALTER TABLE segment FORCE ROW LEVEL SECURITY;
CREATE POLICY worker_sees_all ON segment TO orgtrail_worker USING (true) WITH CHECK (true);
-- A segment that begins or ends outside an auditor's period is visible; its rows are cut to the period before they
-- are counted.
CREATE POLICY reader_sees_scope ON segment FOR SELECT TO orgtrail_reader
    USING (organization_id = (SELECT scope_organization())
        AND ((SELECT scope_all_accounts()) OR account_id = ANY ((SELECT scope_accounts())::int[]))
        AND t1 >= (SELECT scope_from()) AND t0 < (SELECT scope_to()));
GRANT SELECT ON segment TO orgtrail_reader;
-- Merging deletes segments and inserts the same rows again, in one transaction. The rows in `event` stay as they are.
GRANT SELECT, INSERT, DELETE ON segment TO orgtrail_worker;

-- Files that were taken in before there were segments, or by an older program that still runs, have none. While there
-- is such a file, rows answer instead; a job builds what is missing.
ALTER TABLE log_object ADD COLUMN is_segmented boolean NOT NULL DEFAULT false;
CREATE INDEX log_object_unsegmented ON log_object (object_id) WHERE NOT is_segmented AND event_count > 0;
GRANT UPDATE (is_segmented) ON log_object TO orgtrail_worker;
