-- The organization as AWS Organizations has it, with its history: who lay where, which policy said what, and what it was
-- attached to, as intervals. So "under which policies was this account then" has an answer.
ALTER TABLE organization DROP CONSTRAINT organization_origin_check;
ALTER TABLE organization
    ADD CONSTRAINT organization_origin_check CHECK (origin IN ('local', 'file', 'sample', 'aws')),
    ADD COLUMN feature_set          text        NOT NULL DEFAULT 'ALL'
        CHECK (feature_set IN ('ALL', 'CONSOLIDATED_BILLING')),
    -- Since when CloudTrail may act in the accounts.
    ADD COLUMN trusted_access_since timestamptz,
    -- Whether service control policies are in use.
    ADD COLUMN has_policies         boolean     NOT NULL DEFAULT false,
    -- How often the model was replaced: what was made of an older one is not applied.
    ADD COLUMN revision             int         NOT NULL DEFAULT 0,
    -- When somebody last confirmed changes that were too large to be believed.
    ADD COLUMN confirmed_at         timestamptz,
    -- The last pass that read it from AWS, the last attempt, and why it failed.
    ADD COLUMN synced_at            timestamptz,
    ADD COLUMN sync_tried_at        timestamptz,
    ADD COLUMN sync_error           text;

ALTER TABLE account
    ADD COLUMN email         text,
    ADD COLUMN joined_method text CHECK (joined_method IN ('INVITED', 'CREATED'));

-- Where a unit lay and what it was called. The root has no unit above.
CREATE TABLE unit_place (
    organization_id int         NOT NULL REFERENCES organization,
    unit_id         text        NOT NULL,
    parent_unit_id  text,
    name            text        NOT NULL,
    from_at         timestamptz NOT NULL,
    to_at           timestamptz,
    PRIMARY KEY (organization_id, unit_id, from_at),
    CHECK (to_at > from_at)
);
CREATE UNIQUE INDEX unit_place_one_open ON unit_place (organization_id, unit_id) WHERE to_at IS NULL;

-- In which unit an account lay.
CREATE TABLE account_place (
    organization_id int         NOT NULL REFERENCES organization,
    account_id      int         NOT NULL,
    unit_id         text        NOT NULL,
    from_at         timestamptz NOT NULL,
    to_at           timestamptz,
    PRIMARY KEY (account_id, from_at),
    FOREIGN KEY (organization_id, account_id) REFERENCES account (organization_id, account_id),
    CHECK (to_at > from_at)
);
CREATE UNIQUE INDEX account_place_one_open ON account_place (account_id) WHERE to_at IS NULL;

-- What a service control policy said. A changed one is a new row.
CREATE TABLE policy_version (
    organization_id int         NOT NULL REFERENCES organization,
    policy_id       text        NOT NULL CHECK (policy_id ~ '^p-[0-9a-zA-Z_]{8,128}$'),
    name            text        NOT NULL,
    description     text        NOT NULL,
    is_aws_managed  boolean     NOT NULL,
    content         text        NOT NULL,
    from_at         timestamptz NOT NULL,
    to_at           timestamptz,
    PRIMARY KEY (organization_id, policy_id, from_at),
    CHECK (to_at > from_at)
);
CREATE UNIQUE INDEX policy_version_one_open ON policy_version (organization_id, policy_id) WHERE to_at IS NULL;

-- What a policy was attached to directly: the root, a unit or an account, by its id.
CREATE TABLE policy_attachment (
    organization_id int         NOT NULL REFERENCES organization,
    policy_id       text        NOT NULL,
    target_id       text        NOT NULL,
    from_at         timestamptz NOT NULL,
    to_at           timestamptz,
    PRIMARY KEY (organization_id, target_id, policy_id, from_at),
    CHECK (to_at > from_at)
);
CREATE UNIQUE INDEX policy_attachment_one_open ON policy_attachment (organization_id, target_id, policy_id)
    WHERE to_at IS NULL;

-- What changed, in the order in which it was noticed.
CREATE TABLE organization_change (
    change_id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id int         NOT NULL REFERENCES organization,
    at              timestamptz NOT NULL,
    origin          text        NOT NULL,
    change          jsonb       NOT NULL,
    -- The change as a sentence.
    words           text        NOT NULL
);
CREATE INDEX organization_change_by_time ON organization_change (organization_id, at DESC, change_id DESC);

-- The owner isn't let through by the policies of the tables. What is there now has been there as long as anybody knows.
ALTER TABLE unit NO FORCE ROW LEVEL SECURITY;
ALTER TABLE account NO FORCE ROW LEVEL SECURITY;
ALTER TABLE membership NO FORCE ROW LEVEL SECURITY;
INSERT INTO unit_place (organization_id, unit_id, parent_unit_id, name, from_at)
    SELECT u.organization_id, u.unit_id, u.parent_unit_id, u.name,
        coalesce((SELECT min(joined_at) FROM membership m WHERE m.organization_id = u.organization_id), now())
    FROM unit u;
INSERT INTO account_place (organization_id, account_id, unit_id, from_at)
    SELECT a.organization_id, a.account_id, a.unit_id, coalesce(
        (SELECT max(joined_at) FROM membership m WHERE m.account_id = a.account_id AND m.left_at IS NULL), now())
    FROM account a WHERE a.unit_id IS NOT NULL;
ALTER TABLE unit FORCE ROW LEVEL SECURITY;
ALTER TABLE account FORCE ROW LEVEL SECURITY;
ALTER TABLE membership FORCE ROW LEVEL SECURITY;

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT * FROM (VALUES
            ('unit_place', '(SELECT scope_all_accounts())'),
            ('account_place', '((SELECT scope_all_accounts()) OR account_id = ANY ((SELECT scope_accounts())::int[]))'),
            ('policy_version', '(SELECT scope_all_accounts())'),
            ('policy_attachment', '(SELECT scope_all_accounts())'),
            ('organization_change', '(SELECT scope_all_accounts())')
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
-- History is added to and ended, never changed otherwise.
GRANT UPDATE (to_at) ON unit_place, account_place, policy_version, policy_attachment TO orgtrail_worker;
