-- The event index: one narrow row per event, pointing into the archive. No JSON.
-- Measured shape: time as 32-bit seconds since 2010-01-01, ids instead of texts, 0 for "none" so that no row
-- needs a null bitmap but those with resources.
CREATE TABLE event (
    t               int  NOT NULL,
    object_id       int  NOT NULL, -- no foreign key: it would cost a look-up per row; both commit together
    ordinal         int  NOT NULL,
    organization_id int  NOT NULL,
    account_id      int  NOT NULL,
    principal_id    int  NOT NULL,
    session_id      int  NOT NULL,
    name_id         int  NOT NULL,
    region_id       int  NOT NULL,
    ip_id           int  NOT NULL,
    agent_id        int  NOT NULL,
    error_id        int  NOT NULL,
    kind_id         int  NOT NULL,
    -- Bits 0–7: remarks; bits 8–9: 0 unknown, 1 read, 2 write.
    flags           int  NOT NULL,
    -- 0 for the first content under an event id, counted up for others.
    variant         int  NOT NULL,
    event_id        uuid NOT NULL,
    -- Half of the SHA-256 of the record's bytes.
    content         uuid NOT NULL,
    -- The access key's 100 bits, exactly; another text's hash is marked as such; zero for none.
    access_key      uuid NOT NULL,
    -- 64-bit keyed hashes of resource ARNs and types; NULL for none.
    resources       bigint[]
) PARTITION BY RANGE (t);

-- The same event delivered twice is one row; other content under the same id is another variant.
CREATE UNIQUE INDEX event_once ON event (event_id, t, account_id, variant);
CREATE INDEX event_by_time ON event USING brin (t);
CREATE INDEX event_by_principal ON event (principal_id, t);
CREATE INDEX event_by_ip ON event (ip_id, t);
CREATE INDEX event_by_access_key ON event (access_key, t)
    WHERE access_key <> '00000000-0000-0000-0000-000000000000';
CREATE INDEX event_by_resource ON event USING gin (resources);

-- Times that can't be true: before 2013, after tomorrow, unreadable. Flagged, and never in the way.
CREATE TABLE event_odd PARTITION OF event DEFAULT;

-- Further log files that delivered an event that is indexed already.
CREATE TABLE event_delivery (
    organization_id int  NOT NULL,
    account_id      int  NOT NULL,
    t               int  NOT NULL,
    event_id        uuid NOT NULL,
    variant         int  NOT NULL,
    object_id       int  NOT NULL REFERENCES log_object,
    ordinal         int  NOT NULL,
    PRIMARY KEY (event_id, t, account_id, variant, object_id, ordinal)
);

-- Makes the partition that holds index time `at`, unless there is one. Recent days get one each; older ones share
-- their month, so that years of history, or a hostile file, don't make thousands of tables.
-- It belongs to the owner: the application may ask for partitions and can't make or drop tables itself.
CREATE FUNCTION ensure_event_partition(at int, now_t int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    epoch   constant timestamptz := '2010-01-01T00:00:00Z';
    day     timestamptz := date_trunc('day', epoch + make_interval(secs => at), 'UTC');
    low     timestamptz := day;
    high    timestamptz := day + interval '1 day';
    stem    text;
    low_t   int;
    high_t  int;
BEGIN
    IF EXISTS (SELECT FROM event_partition p WHERE p.low_t <= at AND at < p.high_t) THEN
        RETURN;
    END IF;
    -- One maker at a time; whoever waited looks again.
    PERFORM pg_advisory_xact_lock(7002);
    IF EXISTS (SELECT FROM event_partition p WHERE p.low_t <= at AND at < p.high_t) THEN
        RETURN;
    END IF;
    IF at < now_t - 60 * 86400 THEN
        low := date_trunc('month', day, 'UTC');
        high := low + interval '1 month';
        IF EXISTS (SELECT FROM event_partition p
                   WHERE p.low_t < extract(epoch FROM high - epoch)::int AND p.high_t > extract(epoch FROM low - epoch)::int) THEN
            low := day;
            high := day + interval '1 day';
        END IF;
    END IF;
    low_t := extract(epoch FROM low - epoch)::int;
    high_t := extract(epoch FROM high - epoch)::int;
    stem := 'event_' || to_char(low AT TIME ZONE 'UTC', 'YYYYMMDD') || '_' || ((high_t - low_t) / 86400);
    EXECUTE format('CREATE TABLE %I (LIKE event INCLUDING ALL)', stem);
    -- A record from the future lies in `event_odd` until its day has come. A partition can't be attached beside such
    -- a row, so it is taken along. Others may hold rows of the odd partition and wait for nothing of ours, so the
    -- lock is got.
    LOCK TABLE event_odd IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('WITH early AS (DELETE FROM event_odd WHERE t >= %s AND t < %s RETURNING *)'
        || ' INSERT INTO %I SELECT * FROM early', low_t, high_t, stem);
    EXECUTE format('ALTER TABLE event ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', stem, low_t, high_t);
    -- COPY works on tables without row-level security only, so rows are copied into their partition. Nobody else
    -- has a right on it: requests read through the parent and its policies.
    EXECUTE format('GRANT SELECT, INSERT ON %I TO orgtrail_worker', stem);
    INSERT INTO event_partition (low_t, high_t, name) VALUES (low_t, high_t, stem);
END $$;

CREATE TABLE event_partition (
    low_t  int  PRIMARY KEY,
    high_t int  NOT NULL,
    name   text NOT NULL UNIQUE,
    -- Set when the partition has been vacuumed and frozen after its last day.
    closed_at timestamptz,
    CHECK (low_t < high_t)
);
