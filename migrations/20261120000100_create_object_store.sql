-- Metadata of the embedded S3 store. The bytes lie in files that are named by their SHA-256;
-- this is everything else that S3 knows about them.
--
-- There is one row per *version* of an object, although buckets are unversioned for now: versions,
-- Object Lock, lifecycle and restore then only add statements and columns, they move no rows.
create schema object_store;

create table object_store.bucket (
    bucket_id       integer     generated always as identity primary key,
    -- Bytewise order is S3's order of names, whatever locale the cluster was made with.
    name            text        collate "C" not null constraint bucket_name unique,
    created_at      timestamptz not null,
    versioning      text        not null default 'unversioned',
    is_lock_enabled boolean     not null default false,
    -- The wire layer checks more (no `..`, no addresses); this keeps out what would break paths and URLs.
    constraint bucket_name_is_valid check (name ~ '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$'),
    constraint bucket_versioning_is_known check (versioning in ('unversioned', 'enabled', 'suspended')),
    -- A lock protects a version. Without versions an overwrite would go around it.
    constraint bucket_lock_needs_versions check (not is_lock_enabled or versioning = 'enabled')
);

-- Invariant: the file of every `sha256` in this table is durable before the row is committed, and is
-- removed only after a check, made while no row can appear, that no row names it (see `garbage.rs`).
create table object_store.object_version (
    bucket_id          integer     not null constraint object_version_bucket references object_store.bucket,
    -- Bytewise order of UTF-8 is the order in which S3 lists keys.
    key                text        collate "C" not null,
    -- `null` (the word) is S3's name of the version that an unversioned bucket writes.
    version_id         text        collate "C" not null default 'null',
    -- The order of the versions of one key. Times can be equal, and a bulk load brings its own.
    version_sequence   bigint      generated always as identity,
    is_latest          boolean     not null default true,
    is_delete_marker   boolean     not null default false,
    sha256             bytea,
    size               bigint,
    -- Without quotes: MD5 in hexadecimal, or `MD5-of-MD5s-N` after a multipart upload.
    etag               text,
    -- The checksum that the client sent beside the SHA-256, as it goes over the wire.
    checksum_algorithm text,
    checksum_value     text,
    is_checksum_composite boolean  not null default false,
    storage_class      text,
    -- Headers that S3 keeps and echoes without a meaning of their own (content-type, cache-control …).
    system_metadata    jsonb       not null default '{}',
    user_metadata      jsonb       not null default '{}',
    last_modified      timestamptz not null,
    retention_mode     text,
    retain_until       timestamptz,
    has_legal_hold     boolean     not null default false,
    primary key (bucket_id, key, version_id),
    constraint object_version_key_length check (octet_length(key) between 1 and 1024),
    constraint object_version_id_length check (octet_length(version_id) between 1 and 64),
    constraint object_version_sha256_length check (octet_length(sha256) = 32),
    constraint object_version_size_is_possible check (size between 0 and 5497558138880),
    constraint object_version_etag_is_md5 check (etag ~ '^[0-9a-f]{32}(-[1-9][0-9]{0,4})?$'),
    -- A delete marker is a version without content; everything else has all of it.
    constraint object_version_content_is_whole check (
        num_nonnulls(sha256, size, etag, storage_class) = case when is_delete_marker then 0 else 4 end
    ),
    constraint object_version_checksum_is_whole check (
        (checksum_algorithm is null) = (checksum_value is null)
        and (checksum_algorithm is not null or not is_checksum_composite)
    ),
    constraint object_version_checksum_is_known check (
        checksum_algorithm in ('CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256')
    ),
    constraint object_version_storage_class_is_known check (
        storage_class in ('STANDARD', 'REDUCED_REDUNDANCY', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING',
                          'GLACIER', 'DEEP_ARCHIVE', 'GLACIER_IR')
    ),
    constraint object_version_metadata_is_object check (
        jsonb_typeof(system_metadata) = 'object' and jsonb_typeof(user_metadata) = 'object'
    ),
    constraint object_version_retention_is_whole check ((retention_mode is null) = (retain_until is null)),
    constraint object_version_retention_is_known check (retention_mode in ('GOVERNANCE', 'COMPLIANCE')),
    -- A delete marker has nothing to protect, and S3 refuses to lock one.
    constraint object_version_marker_has_no_lock check (
        not is_delete_marker or (retention_mode is null and not has_legal_hold)
    )
);

-- One latest version per key: this is what makes `If-None-Match: *` atomic under concurrent writers.
-- It is also the index that listings walk.
create unique index object_version_latest on object_store.object_version (bucket_id, key) where is_latest;

-- "Does anything still name this file?" is asked for every file on each collection.
create index object_version_by_sha256 on object_store.object_version (sha256);

-- One row per multipart upload that was begun and is neither completed nor aborted.
create table object_store.multipart_upload (
    upload_id             uuid        primary key,
    bucket_id             integer     not null constraint multipart_upload_bucket references object_store.bucket,
    key                   text        collate "C" not null,
    initiated_at          timestamptz not null,
    checksum_algorithm    text,
    is_checksum_composite boolean     not null default false,
    storage_class         text        not null,
    system_metadata       jsonb       not null,
    user_metadata         jsonb       not null,
    constraint multipart_upload_key_length check (octet_length(key) between 1 and 1024),
    constraint multipart_upload_checksum_is_known check (
        checksum_algorithm in ('CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256')
    ),
    constraint multipart_upload_metadata_is_object check (
        jsonb_typeof(system_metadata) = 'object' and jsonb_typeof(user_metadata) = 'object'
    )
);

-- Uploads are listed by key, then id; also what a bucket's deletion asks.
create index multipart_upload_by_key on object_store.multipart_upload (bucket_id, key, upload_id);

-- One row per part; sending the same number again replaces it. A part names a file, as a version does.
create table object_store.multipart_part (
    upload_id      uuid        not null constraint multipart_part_upload references object_store.multipart_upload,
    part_number    integer     not null,
    sha256         bytea       not null,
    md5            bytea       not null,
    size           bigint      not null,
    checksum_value text,
    last_modified  timestamptz not null,
    primary key (upload_id, part_number),
    constraint multipart_part_number_is_possible check (part_number between 1 and 10000),
    constraint multipart_part_sha256_length check (octet_length(sha256) = 32),
    constraint multipart_part_md5_length check (octet_length(md5) = 16),
    constraint multipart_part_size_is_possible check (size between 0 and 5368709120)
);

create index multipart_part_by_sha256 on object_store.multipart_part (sha256);
