-- Through whom an organization's people sign in, each version once. The newest holds; one without content is none.
CREATE TABLE identity_provider (
    organization_id int         NOT NULL REFERENCES organization,
    version         int         NOT NULL CHECK (version > 0),
    content         jsonb,
    -- The client's secret, sealed under the master key with that id; a public client has none.
    key_id          text,
    sealed          bytea,
    reason          text        NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    -- Sign-in name; empty for the command line.
    created_by      text        NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, version),
    CHECK ((key_id IS NULL) = (sealed IS NULL)),
    CONSTRAINT no_secret_without_provider CHECK (content IS NOT NULL OR sealed IS NULL)
);
-- A version is added, never changed.
GRANT SELECT, INSERT ON identity_provider TO orgtrail_worker;

-- Whoever a provider has sent to us is the same person for as long as the provider says the same subject, whatever they are called.
ALTER TABLE app_user
    ADD COLUMN issuer      text CHECK (length(issuer) BETWEEN 1 AND 500),
    ADD COLUMN subject     text CHECK (length(subject) BETWEEN 1 AND 255),
    -- When the provider has last said who they are: older news change nothing.
    ADD COLUMN told_at     timestamptz,
    -- Until when the roles hold that the provider's groups have given: those made by `identity provider`, which is nobody's name.
    ADD COLUMN roles_until timestamptz,
    ADD CONSTRAINT a_provider_tells_all CHECK (num_nulls(issuer, subject, told_at, roles_until) IN (0, 4)),
    ADD CONSTRAINT whom_a_provider_knows_has_no_password CHECK (issuer IS NULL OR password_hash = ''),
    ADD CONSTRAINT one_person_per_subject UNIQUE (organization_id, issuer, subject);
