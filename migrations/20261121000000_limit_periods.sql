-- An auditor's grant may be limited to a period. Events were cut to it, and nothing else: file names, digests, coverage
-- and excerpts in the quarantine told of the time outside. These go by time of delivery, which is what they are about.
CREATE FUNCTION scope_from_time() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN scope_from() = -2147483648 THEN '-infinity'::timestamptz
                ELSE to_timestamp(scope_from()::float8 + 1262304000) END
$$;
CREATE FUNCTION scope_to_time() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN scope_to() = 2147483647 THEN 'infinity'::timestamptz
                ELSE to_timestamp(scope_to()::float8 + 1262304000) END
$$;
-- A delivery whose time nobody knows is seen only where there are no bounds.
CREATE FUNCTION scope_shows_delivery(delivered_at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN delivered_at IS NULL THEN scope_from_time() = '-infinity' AND scope_to_time() = 'infinity'
                ELSE delivered_at >= scope_from_time() AND delivered_at < scope_to_time() END
$$;

-- `log_object` has no such rule: an event of the period may be delivered after its end, and its file must be found.
-- Queries that list files ask `scope_shows_delivery` themselves.
ALTER POLICY reader_sees_scope ON digest USING (
    organization_id = (SELECT scope_organization())
    AND ((SELECT scope_all_accounts()) OR account_id = ANY ((SELECT scope_accounts())::int[]))
    AND starts_at < (SELECT scope_to_time()) AND ends_at > (SELECT scope_from_time()));
ALTER POLICY reader_sees_scope ON coverage USING (
    organization_id = (SELECT scope_organization())
    AND ((SELECT scope_all_accounts()) OR account_id = ANY ((SELECT scope_accounts())::int[]))
    AND starts_at < (SELECT scope_to_time()) AND ends_at > (SELECT scope_from_time()));
ALTER POLICY reader_sees_scope ON quarantine USING (
    organization_id = (SELECT scope_organization())
    AND ((SELECT scope_all_accounts()) OR account_id = ANY ((SELECT scope_accounts())::int[]))
    AND ((SELECT scope_shows_delivery(NULL))
         OR EXISTS (SELECT FROM log_object
                    WHERE log_object.object_id = quarantine.object_id AND scope_shows_delivery(delivered_at))));
