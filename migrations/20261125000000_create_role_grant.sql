-- Roles are granted at a place of the organization: at the organization itself, its root, a unit or an account, and hold for
-- everything below it. A person may have several. What is taken back stays, with who took it back.
CREATE TABLE role_grant (
    grant_id        int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id int         NOT NULL REFERENCES organization,
    user_id         int         NOT NULL REFERENCES app_user ON DELETE CASCADE,
    role            text        NOT NULL CHECK (role IN ('organization-administrator', 'trail-administrator',
        'security-analyst', 'auditor', 'member')),
    target_id       text        NOT NULL CHECK (
        target_id ~ '^(o-[a-z0-9]{10,32}|r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}|[0-9]{12})$'),
    -- The period of events that an auditor sees.
    period_from     timestamptz,
    period_to       timestamptz,
    expires_at      timestamptz,
    reason          text        NOT NULL DEFAULT '' CHECK (length(reason) <= 500),
    -- Sign-in names; empty for the command line.
    created_by      text        NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL,
    revoked_by      text,
    revoked_at      timestamptz,
    CHECK (period_from < period_to),
    CONSTRAINT only_auditors_have_a_period
        CHECK (role = 'auditor' OR (period_from IS NULL AND period_to IS NULL)),
    CONSTRAINT members_belong_to_an_account CHECK (role <> 'member' OR target_id ~ '^[0-9]{12}$'),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);
CREATE INDEX role_grant_by_user ON role_grant (user_id) WHERE revoked_at IS NULL;
-- The same role at the same place once, as long as it holds.
CREATE UNIQUE INDEX role_grant_once ON role_grant (user_id, role, target_id) WHERE revoked_at IS NULL;
GRANT SELECT, INSERT ON role_grant TO orgtrail_worker;
-- A grant is taken back, never changed.
GRANT UPDATE (revoked_at, revoked_by) ON role_grant TO orgtrail_worker;

-- The owner isn't let through by the policies of the table.
ALTER TABLE account NO FORCE ROW LEVEL SECURITY;
INSERT INTO role_grant (organization_id, user_id, role, target_id, period_from, period_to, expires_at, created_at)
    SELECT u.organization_id, u.user_id, u.role, coalesce(a.number, o.id),
        CASE u.role WHEN 'auditor' THEN u.period_from END, CASE u.role WHEN 'auditor' THEN u.period_to END,
        u.expires_at, u.created_at
    FROM app_user u
    JOIN organization o USING (organization_id)
    LEFT JOIN app_user_account g ON g.user_id = u.user_id AND u.role = 'auditor'
    LEFT JOIN account a ON a.account_id = CASE u.role WHEN 'auditor' THEN g.account_id
        WHEN 'member' THEN u.account_id END;
ALTER TABLE account FORCE ROW LEVEL SECURITY;

ALTER TABLE app_user
    DROP CONSTRAINT members_belong_to_an_account,
    DROP COLUMN role,
    DROP COLUMN period_from,
    DROP COLUMN period_to,
    DROP COLUMN expires_at;
DROP TABLE app_user_account;
