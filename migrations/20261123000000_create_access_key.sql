-- Access keys, by which stock AWS clients say who they are. A secret is sealed under the master key, because a signature
-- is checked with the secret itself; it is shown once, when it is made.
CREATE TABLE access_key (
    access_key_id     text        PRIMARY KEY CHECK (access_key_id ~ '^AKIA[A-Z2-7]{16}$'),
    user_id           int         NOT NULL REFERENCES app_user ON DELETE CASCADE,
    -- A principal has two keys at the most, so that one can be replaced by the other: AWS's own limit.
    slot              smallint    NOT NULL CHECK (slot IN (1, 2)),
    key_id            text        NOT NULL,
    sealed            bytea       NOT NULL,
    created_at        timestamptz NOT NULL,
    disabled_at       timestamptz,
    -- What an administrator has refused, its owner can't accept again.
    is_refused_by_administrator boolean NOT NULL DEFAULT false,
    last_used_at      timestamptz,
    last_used_service text        NOT NULL DEFAULT '',
    last_used_region  text        NOT NULL DEFAULT '',
    UNIQUE (user_id, slot),
    CHECK (disabled_at IS NOT NULL OR NOT is_refused_by_administrator)
);
GRANT SELECT, INSERT, DELETE ON access_key TO orgtrail_worker;
GRANT UPDATE (disabled_at, is_refused_by_administrator, last_used_at, last_used_service, last_used_region) ON access_key TO orgtrail_worker;
