-- The embedded store's metadata is worked on by the same role as everything else that is not a request.
GRANT USAGE ON SCHEMA object_store TO orgtrail_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA object_store TO orgtrail_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA object_store TO orgtrail_worker;

-- Lets the application compare the migrations with its own without any right on the migrator's table.
CREATE FUNCTION schema_version() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT version FROM _sqlx_migrations WHERE success
$$;
REVOKE EXECUTE ON FUNCTION schema_version() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION schema_version() TO orgtrail_worker, orgtrail_reader;
