-- A second factor: a secret that an app on somebody's phone shares, sealed under the master key. It counts once a code has confirmed it.
CREATE TABLE second_factor (
    user_id      int         PRIMARY KEY REFERENCES app_user ON DELETE CASCADE,
    key_id       text        NOT NULL,
    sealed       bytea       NOT NULL,
    created_at   timestamptz NOT NULL,
    -- The session that began it: no other one is shown the secret or confirms it.
    begun_by     uuid        NOT NULL,
    confirmed_at timestamptz,
    -- The last time step whose code was taken: each code is good once.
    last_step    bigint      NOT NULL DEFAULT 0
);
GRANT SELECT, INSERT, UPDATE, DELETE ON second_factor TO orgtrail_worker;

-- Whether those who change things must have one.
ALTER TABLE organization ADD COLUMN requires_second_factor boolean NOT NULL DEFAULT false;
