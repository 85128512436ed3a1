-- People, sessions and keys.
CREATE TABLE app_user (
    user_id         int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id int         NOT NULL REFERENCES organization,
    name            text        NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9._@-]{0,63}$'),
    password_hash   text        NOT NULL,
    role            text        NOT NULL CHECK (role IN ('organization-administrator', 'trail-administrator',
        'security-analyst', 'auditor', 'member')),
    -- The account the principal belongs to; what a member may see.
    account_id      int,
    -- The period of events that an auditor may see.
    period_from     timestamptz,
    period_to       timestamptz,
    expires_at      timestamptz,
    is_disabled     boolean     NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL,
    FOREIGN KEY (organization_id, account_id) REFERENCES account (organization_id, account_id),
    CONSTRAINT members_belong_to_an_account CHECK (role <> 'member' OR account_id IS NOT NULL),
    CHECK (period_from < period_to)
);
-- One sign-in name in the whole installation: a name alone says who signs in.
CREATE UNIQUE INDEX app_user_by_name ON app_user (name);

-- The accounts of an auditor's grant. None means all accounts of the organization.
CREATE TABLE app_user_account (
    user_id         int NOT NULL REFERENCES app_user ON DELETE CASCADE,
    organization_id int NOT NULL,
    account_id      int NOT NULL,
    PRIMARY KEY (user_id, account_id),
    FOREIGN KEY (organization_id, account_id) REFERENCES account (organization_id, account_id)
);

CREATE TABLE session (
    session_id uuid        PRIMARY KEY,
    user_id    int         NOT NULL REFERENCES app_user ON DELETE CASCADE,
    audience   text        NOT NULL CHECK (audience IN ('console', 'api')),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CHECK (created_at < expires_at)
);
CREATE INDEX session_by_user ON session (user_id);

-- Secrets of the installation, sealed under the master key that is not in this database.
CREATE TABLE sealed_secret (
    name       text        PRIMARY KEY,
    key_id     text        NOT NULL,
    sealed     bytea       NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE job_pass (
    name          text        PRIMARY KEY,
    started_at    timestamptz NOT NULL,
    duration_ms   bigint,
    summary       text        NOT NULL DEFAULT '',
    error         text,
    failed_passes bigint      NOT NULL DEFAULT 0
);

-- One runner per job over all processes: the holder renews, anybody may take what has run out.
CREATE TABLE lease (
    name       text        PRIMARY KEY,
    holder     uuid        NOT NULL,
    expires_at timestamptz NOT NULL
);
