-- Which texts a log file can't hold: one bitmap of 4-byte grams per file, written with the file's rows. A file
-- without a row here may hold anything.
CREATE TABLE object_grams (
    object_id       int      PRIMARY KEY REFERENCES log_object,
    organization_id int      NOT NULL REFERENCES organization,
    -- The set of grams that are left out is a part of what the bits mean; the bits say it themselves, too.
    stop_set        smallint NOT NULL,
    bits            bytea    NOT NULL
);
-- Half of the bits are set at random: compressing would cost time and save nothing.
ALTER TABLE object_grams ALTER COLUMN bits SET STORAGE EXTERNAL;

-- A bitmap tells what words stand in a file, and a file may hold records of accounts that a request must not see. So
-- requests have no right on it and no policy: the server asks as the worker, for files that a scoped query has
-- returned. Bitmaps are never changed.
ALTER TABLE object_grams ENABLE ROW LEVEL SECURITY;
ALTER TABLE object_grams FORCE ROW LEVEL SECURITY;
CREATE POLICY worker_sees_all ON object_grams TO orgtrail_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON object_grams TO orgtrail_worker;
