-- Where delivered logs are read from.
CREATE TABLE log_source (
    source_id       int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id int         NOT NULL REFERENCES organization,
    name            text        NOT NULL,
    kind            text        NOT NULL CHECK (kind IN ('s3', 'directory', 'loose')),
    -- The bucket of an S3 source, the path of a directory.
    bucket          text        NOT NULL,
    prefix          text        NOT NULL DEFAULT '',
    -- Endpoint, Region, role and external id; no secret is in here.
    settings        jsonb       NOT NULL DEFAULT '{}',
    -- Access key and secret, sealed under the master key.
    credentials     bytea,
    -- What `list-public-keys` prints: the keys that sign this source's digests.
    public_keys     jsonb       NOT NULL DEFAULT '{"PublicKeyList":[]}',
    expects_digests boolean     NOT NULL DEFAULT true,
    -- An adopted bucket is already the organization's write-once store: we point into it and copy nothing.
    is_adopted      boolean     NOT NULL DEFAULT false,
    trail_began_at  timestamptz,
    created_at      timestamptz NOT NULL,
    listed_at       timestamptz,
    error           text,
    foreign_objects bigint      NOT NULL DEFAULT 0,
    waiting         bigint      NOT NULL DEFAULT 0,
    UNIQUE (organization_id, name),
    UNIQUE (organization_id, source_id)
);

-- Values that many events share. Their texts can be long and hostile, so uniqueness is by a 32-byte hash.
CREATE TABLE term (
    term_id int   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    field   text  NOT NULL CHECK (field IN ('name', 'region', 'ip', 'agent', 'error', 'kind', 'session')),
    -- Compared byte by byte, so that "without regard to case" means ASCII on every server.
    value   text  COLLATE "C" NOT NULL,
    -- The event source of a name, the event type of a category.
    detail  text  COLLATE "C" NOT NULL DEFAULT '',
    -- The address, when an `ip` is one.
    address inet,
    hash    bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32)
);
CREATE INDEX term_by_value ON term (field, lower(left(value, 200)));
CREATE INDEX term_by_detail ON term (field, lower(left(detail, 200))) WHERE detail <> '';
CREATE INDEX term_by_address ON term USING gist (address inet_ops) WHERE address IS NOT NULL;

CREATE TABLE principal (
    principal_id int   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind         text  COLLATE "C" NOT NULL,
    arn          text  COLLATE "C" NOT NULL,
    account      text  COLLATE "C" NOT NULL,
    name         text  COLLATE "C" NOT NULL,
    hash         bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32)
);
CREATE INDEX principal_by_name ON principal (lower(left(name, 200)));
CREATE INDEX principal_by_arn ON principal (lower(left(arn, 500)));

-- One row per content that was ever seen under a key. The row exists if and only if the object's bytes are in
-- the archive and every event of it is in `event` or in `quarantine`: all are written in one transaction, so a
-- repeat is a no-op, and a change under the same key is a new row beside the first.
CREATE TABLE log_object (
    object_id       int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id int         NOT NULL,
    source_id       int         NOT NULL,
    -- SHA-256 over source, bucket, key, ETag, size and last-modified: all that a listing tells.
    identity        bytea       NOT NULL UNIQUE CHECK (octet_length(identity) = 32),
    -- SHA-256 over organization, bucket and key.
    location        bytea       NOT NULL CHECK (octet_length(location) = 32),
    bucket          text        NOT NULL,
    key             text        NOT NULL,
    version         text        NOT NULL DEFAULT '',
    etag            text        NOT NULL DEFAULT '',
    last_modified   timestamptz,
    metadata        jsonb       NOT NULL DEFAULT '{}',
    kind            text        NOT NULL CHECK (kind IN ('log', 'digest', 'loose')),
    -- What the key says.
    account_id      int,
    region          text,
    delivered_at    timestamptz,
    -- Where the bytes are: a key in the archive, or, for an adopted source, the original bucket and key.
    archive_bucket  text        NOT NULL,
    archive_key     text        NOT NULL,
    stored_bytes    bigint      NOT NULL CHECK (stored_bytes >= 0),
    stored_sha256   bytea       NOT NULL CHECK (octet_length(stored_sha256) = 32),
    -- Of the uncompressed bytes, as digests list it; NULL when they can't be read.
    content_sha256  bytea       CHECK (octet_length(content_sha256) = 32),
    content_bytes   bigint,
    event_count     int         NOT NULL DEFAULT 0 CHECK (event_count >= 0),
    is_quarantined  boolean     NOT NULL DEFAULT false,
    -- Another content was collected before under this key.
    is_replacement  boolean     NOT NULL DEFAULT false,
    -- When we had collected and indexed it.
    collected_at    timestamptz NOT NULL,
    verdict         text        NOT NULL CHECK (verdict IN (
        'verified', 'missing', 'hash-differs', 'changed-after-collection', 'not-listed', 'no-digest-yet',
        'no-digest-expected', 'digest-invalid')),
    verdict_at      timestamptz,
    digest_id       int         REFERENCES log_object,
    FOREIGN KEY (organization_id, source_id) REFERENCES log_source (organization_id, source_id),
    FOREIGN KEY (organization_id, account_id) REFERENCES account (organization_id, account_id)
);
CREATE INDEX log_object_by_location ON log_object (location);
CREATE INDEX log_object_by_chain ON log_object (account_id, region, delivered_at);

-- Our own record of what was taken into custody, in order, without holes. The Merkle tree is built over it.
CREATE TABLE custody_leaf (
    leaf_index  bigint      PRIMARY KEY CHECK (leaf_index >= 0),
    object_id   int         NOT NULL UNIQUE REFERENCES log_object,
    leaf_hash   bytea       NOT NULL CHECK (octet_length(leaf_hash) = 32),
    appended_at timestamptz NOT NULL
);
CREATE TABLE custody_log (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    size     bigint  NOT NULL CHECK (size >= 0)
);
INSERT INTO custody_log (size) VALUES (0);

CREATE TABLE digest (
    object_id          int         PRIMARY KEY REFERENCES log_object,
    organization_id    int         NOT NULL REFERENCES organization,
    source_id          int         NOT NULL REFERENCES log_source,
    account_id         int         NOT NULL,
    region             text        NOT NULL,
    trail              text        NOT NULL,
    is_backfill        boolean     NOT NULL,
    starts_at          timestamptz NOT NULL,
    ends_at            timestamptz NOT NULL,
    signature          text,
    previous_bucket    text,
    previous_key       text,
    previous_sha256    bytea,
    previous_signature text,
    file_count         int         NOT NULL,
    -- What is wrong with the digest taken alone: format, location, key, signature.
    own_problem        text,
    own_problem_kind   text,
    -- What is wrong with its place in the chain.
    chain_problem      text,
    CHECK ((own_problem IS NULL) = (own_problem_kind IS NULL)),
    FOREIGN KEY (organization_id, account_id) REFERENCES account (organization_id, account_id)
);
CREATE INDEX digest_by_chain ON digest (organization_id, account_id, region, trail, ends_at);

-- What a digest says must exist.
CREATE TABLE digest_entry (
    object_id int   NOT NULL REFERENCES digest,
    ordinal   int   NOT NULL,
    bucket    text  NOT NULL,
    key       text  NOT NULL,
    location  bytea NOT NULL CHECK (octet_length(location) = 32),
    sha256    bytea NOT NULL CHECK (octet_length(sha256) = 32),
    PRIMARY KEY (object_id, ordinal)
);

-- Objects that a digest names, that were looked for by name and were not there.
CREATE TABLE absent_object (
    organization_id int         NOT NULL REFERENCES organization,
    source_id       int         NOT NULL REFERENCES log_source,
    location        bytea       NOT NULL CHECK (octet_length(location) = 32),
    bucket          text        NOT NULL,
    key             text        NOT NULL,
    looked_at       timestamptz NOT NULL,
    PRIMARY KEY (organization_id, source_id, location)
);

-- One row per account, Region and trail that has ever delivered, or should have.
CREATE TABLE chain (
    chain_id        int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id int         NOT NULL REFERENCES organization,
    source_id       int         NOT NULL REFERENCES log_source,
    account_id      int         NOT NULL,
    region          text        NOT NULL,
    trail           text        NOT NULL,
    -- Set in the transaction that adds a digest or file, cleared by the verification that has seen it.
    is_stale        boolean     NOT NULL DEFAULT true,
    verified_at     timestamptz,
    UNIQUE (source_id, account_id, region, trail),
    FOREIGN KEY (organization_id, account_id) REFERENCES account (organization_id, account_id)
);

-- What is proven, as intervals of delivery time without holes. A chain's rows are replaced as a whole.
CREATE TABLE coverage (
    chain_id        int         NOT NULL REFERENCES chain,
    organization_id int         NOT NULL,
    account_id      int         NOT NULL,
    region          text        NOT NULL,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    state           text        NOT NULL CHECK (state IN ('proven', 'pending', 'gap', 'tampered', 'missing',
        'unexpected', 'changed', 'restarted', 'not-expected', 'unknown')),
    reason          text        NOT NULL,
    PRIMARY KEY (chain_id, starts_at),
    FOREIGN KEY (organization_id, account_id) REFERENCES account (organization_id, account_id),
    CHECK (starts_at < ends_at)
);
CREATE INDEX coverage_by_account ON coverage (account_id, starts_at);

-- What could not be indexed, with the reason. Its bytes are in the archive under the object.
CREATE TABLE quarantine (
    quarantine_id   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id int         NOT NULL REFERENCES organization,
    object_id       int         NOT NULL REFERENCES log_object,
    -- The record's place in the file; NULL when the whole file is unreadable.
    ordinal         int,
    account_id      int,
    reason          text        NOT NULL,
    bytes           bigint      NOT NULL,
    excerpt         text        NOT NULL,
    quarantined_at  timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (object_id, ordinal)
);
