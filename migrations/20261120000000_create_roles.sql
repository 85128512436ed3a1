-- Two roles, neither of which owns anything: what serves requests reads through row-level security,
-- what runs jobs writes. Roles belong to the whole server, so another database may have made them already.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['orgtrail_reader', 'orgtrail_worker'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- made meanwhile for another database
            END;
        END IF;
    END LOOP;
END $$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO orgtrail_reader, orgtrail_worker;

-- What the connection that serves a request may see. Unset means nothing: forgetting to set the scope shows
-- an empty page, never somebody else's events.
CREATE FUNCTION scope_organization() RETURNS int LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('orgtrail.organization', true), ''), '-1')::int
$$;
CREATE FUNCTION scope_all_accounts() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(current_setting('orgtrail.accounts', true), '') = '*'
$$;
CREATE FUNCTION scope_accounts() RETURNS int[] LANGUAGE sql STABLE AS $$
    SELECT CASE coalesce(current_setting('orgtrail.accounts', true), '')
        WHEN '' THEN '{}'::int[]
        WHEN '*' THEN '{}'::int[]
        ELSE current_setting('orgtrail.accounts', true)::int[]
    END
$$;
-- The period of an auditor's grant, in index time; unset means all of it.
CREATE FUNCTION scope_from() RETURNS int LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('orgtrail.from', true), ''), '-2147483648')::int
$$;
CREATE FUNCTION scope_to() RETURNS int LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('orgtrail.to', true), ''), '2147483647')::int
$$;
