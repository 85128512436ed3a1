-- Row-level security as the last wall. The reader sees what its connection's scope says, the worker everything;
-- neither owns a table, and owners are held to the rules, too.
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT * FROM (VALUES
            ('organization', 'true'),
            ('unit', '(SELECT scope_all_accounts())'),
            ('account', '((SELECT scope_all_accounts()) OR account_id = ANY ((SELECT scope_accounts())::int[]))'),
            ('membership', '((SELECT scope_all_accounts()) OR account_id = ANY ((SELECT scope_accounts())::int[]))'),
            ('delegation', '((SELECT scope_all_accounts()) OR account_id = ANY ((SELECT scope_accounts())::int[]))'),
            ('log_source', '(SELECT scope_all_accounts())'),
            ('log_object', '((SELECT scope_all_accounts()) OR account_id = ANY ((SELECT scope_accounts())::int[]))'),
            ('digest', '((SELECT scope_all_accounts()) OR account_id = ANY ((SELECT scope_accounts())::int[]))'),
            ('chain', '((SELECT scope_all_accounts()) OR account_id = ANY ((SELECT scope_accounts())::int[]))'),
            ('coverage', '((SELECT scope_all_accounts()) OR account_id = ANY ((SELECT scope_accounts())::int[]))'),
            ('quarantine', '((SELECT scope_all_accounts()) OR account_id = ANY ((SELECT scope_accounts())::int[]))'),
            ('event_delivery', '((SELECT scope_all_accounts()) OR account_id = ANY ((SELECT scope_accounts())::int[]))'
                || ' AND t >= (SELECT scope_from()) AND t < (SELECT scope_to())'),
            ('event', '((SELECT scope_all_accounts()) OR account_id = ANY ((SELECT scope_accounts())::int[]))'
                || ' AND t >= (SELECT scope_from()) AND t < (SELECT scope_to())')
        ) AS rule (name, condition)
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one.name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', one.name);
        EXECUTE format('CREATE POLICY worker_sees_all ON %I TO orgtrail_worker USING (true) WITH CHECK (true)', one.name);
        EXECUTE format(
            'CREATE POLICY reader_sees_scope ON %I FOR SELECT TO orgtrail_reader'
            || ' USING (organization_id = (SELECT scope_organization()) AND %s)', one.name, one.condition);
        EXECUTE format('GRANT SELECT ON %I TO orgtrail_reader', one.name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO orgtrail_worker', one.name);
    END LOOP;
END $$;

-- Dictionaries are reached by ids that a scoped query returned, or through a join with it.
GRANT SELECT ON term, principal TO orgtrail_reader;
GRANT SELECT, INSERT ON term, principal TO orgtrail_worker;

-- Append-only by privilege: nobody but the owner can change or delete an event, an object or a custody leaf.
GRANT UPDATE (verdict, verdict_at, digest_id, is_replacement) ON log_object TO orgtrail_worker;
GRANT UPDATE (own_problem, chain_problem) ON digest TO orgtrail_worker;
GRANT SELECT, INSERT ON custody_leaf, digest_entry, absent_object TO orgtrail_worker;
GRANT DELETE ON absent_object TO orgtrail_worker;
GRANT SELECT, UPDATE ON custody_log TO orgtrail_worker;
GRANT UPDATE ON organization, unit, account, membership, delegation, log_source, chain TO orgtrail_worker;
GRANT DELETE ON unit, membership, delegation, coverage TO orgtrail_worker;
GRANT SELECT, INSERT ON event_odd TO orgtrail_worker;
GRANT SELECT ON event_partition TO orgtrail_worker, orgtrail_reader;
GRANT UPDATE (closed_at) ON event_partition TO orgtrail_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON app_user, app_user_account, session, sealed_secret, job_pass, lease
    TO orgtrail_worker;
GRANT SELECT ON job_pass TO orgtrail_reader;
REVOKE EXECUTE ON FUNCTION ensure_event_partition(int, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_event_partition(int, int) TO orgtrail_worker;
