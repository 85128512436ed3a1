-- What is done in orgtrail itself. Each act is a row here in the act's own transaction, until it is delivered as a log file
-- of the account that acted, and is an event like any other.
CREATE TABLE audit_file (
    file_id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id int         NOT NULL REFERENCES organization,
    account         text        NOT NULL CHECK (account ~ '^[0-9]{12}$'),
    created_at      timestamptz NOT NULL,
    -- The log file that was taken in.
    object_id       int         UNIQUE REFERENCES log_object
);
CREATE INDEX audit_file_waiting ON audit_file (file_id) WHERE object_id IS NULL;

CREATE TABLE audit_act (
    act_id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id        uuid        NOT NULL UNIQUE,
    organization_id int         NOT NULL REFERENCES organization,
    -- The account that acted; the management account when there is none, as soon as that is known.
    account         text        CHECK (account ~ '^[0-9]{12}$'),
    occurred_at     timestamptz NOT NULL,
    record          text        NOT NULL CHECK (octet_length(record) <= 262144),
    file_id         bigint      REFERENCES audit_file
);
CREATE INDEX audit_act_waiting ON audit_act (act_id) WHERE file_id IS NULL;
CREATE INDEX audit_act_by_file ON audit_act (file_id) WHERE file_id IS NOT NULL;

-- Who has looked at whose events. It stays, so that those whose events they are can see it.
CREATE TABLE event_access (
    access_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id int    NOT NULL REFERENCES organization,
    -- The act's own event.
    event_id        uuid   NOT NULL UNIQUE,
    at              timestamptz NOT NULL,
    -- The sign-in name, and the account that the person belongs to.
    principal       text   NOT NULL,
    account         text   CHECK (account ~ '^[0-9]{12}$'),
    action          text   NOT NULL,
    -- The event that was looked at, if it was one.
    seen_event      text,
    -- Whose events were looked at; null for all of the organization.
    accounts        int[]
);
CREATE INDEX event_access_by_time ON event_access (organization_id, access_id DESC);

-- What a session has asked for lately: the same question again is the same act.
CREATE TABLE session_question (
    session_id uuid        NOT NULL REFERENCES session ON DELETE CASCADE,
    question   bytea       NOT NULL CHECK (octet_length(question) = 32),
    asked_at   timestamptz NOT NULL,
    PRIMARY KEY (session_id, question)
);

ALTER TABLE event_access ENABLE ROW LEVEL SECURITY;
ALTER TABLE event_access FORCE ROW LEVEL SECURITY;
CREATE POLICY worker_sees_all ON event_access TO orgtrail_worker USING (true) WITH CHECK (true);
CREATE POLICY reader_sees_scope ON event_access FOR SELECT TO orgtrail_reader
    USING (organization_id = (SELECT scope_organization())
        AND ((SELECT scope_all_accounts()) OR accounts && (SELECT scope_accounts())::int[]
            OR accounts IS NULL AND cardinality((SELECT scope_accounts())::int[]) > 0)
        AND at >= (SELECT scope_from_time()) AND at < (SELECT scope_to_time()));

-- Nobody but the owner changes or deletes what was done: a file says which object it has become, and then its acts are dropped.
GRANT SELECT ON event_access TO orgtrail_reader;
GRANT SELECT, INSERT ON audit_file, audit_act, event_access TO orgtrail_worker;
GRANT UPDATE (file_id) ON audit_act TO orgtrail_worker;
GRANT SELECT, INSERT, UPDATE ON session_question TO orgtrail_worker;

CREATE FUNCTION finish_audit_file(delivered bigint, as_object int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE audit_file SET object_id = as_object WHERE file_id = delivered AND object_id IS NULL;
    IF FOUND THEN
        DELETE FROM audit_act WHERE file_id = delivered;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION finish_audit_file(bigint, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION finish_audit_file(bigint, int) TO orgtrail_worker;

-- What the organization was loaded from, and the revision that came of it: the same again is no act.
ALTER TABLE organization ADD COLUMN file_hash bytea CHECK (octet_length(file_hash) = 32), ADD COLUMN file_revision int;
