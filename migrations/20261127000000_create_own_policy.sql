-- What an organization forbids beyond our own limits: Cedar policies, each version once. The newest holds; an empty one forbids nothing.
CREATE TABLE own_policy (
    organization_id int         NOT NULL REFERENCES organization,
    version         int         NOT NULL CHECK (version > 0),
    content         text        NOT NULL CHECK (octet_length(content) <= 65536),
    reason          text        NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    -- Sign-in name; empty for the command line.
    created_by      text        NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (organization_id, version)
);
-- A version is added, never changed.
GRANT SELECT, INSERT ON own_policy TO orgtrail_worker;
