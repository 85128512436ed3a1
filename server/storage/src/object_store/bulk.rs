//! Writing many objects in one transaction.

use super::{ObjectMetadata, ObjectVersion, size_to_row};
use super::{put, put::PutOutcome};
use crate::Result;
use sqlx::types::Json;
use std::collections::HashSet;

/// How often the statement is repeated when it lost a race (see `put.rs`) or deadlocked with a writer
/// that took the same keys in another order.
const ATTEMPTS_MAX: u32 = 8;

const INSERT_OR_REPLACE_MANY: &str = "
    insert into object_store.object_version
        (bucket_id, key, sha256, size, etag, storage_class, system_metadata, user_metadata, last_modified)
    select bucket.bucket_id, new.*
    from object_store.bucket
    cross join unnest($2::text[], $3::bytea[], $4::bigint[], $5::text[], $6::text[], $7::jsonb[], $8::jsonb[],
                      $9::timestamptz[]) as new
    where bucket.name = $1
    on conflict (bucket_id, key) where is_latest do update set
        version_sequence = default,
        sha256 = excluded.sha256,
        size = excluded.size,
        etag = excluded.etag,
        checksum_algorithm = null,
        checksum_value = null,
        is_checksum_composite = false,
        storage_class = excluded.storage_class,
        system_metadata = excluded.system_metadata,
        user_metadata = excluded.user_metadata,
        last_modified = excluded.last_modified
    returning key";

const INSERT_ABSENT_MANY: &str = "
    insert into object_store.object_version
        (bucket_id, key, sha256, size, etag, storage_class, system_metadata, user_metadata, last_modified)
    select bucket.bucket_id, new.*
    from object_store.bucket
    cross join unnest($2::text[], $3::bytea[], $4::bigint[], $5::text[], $6::text[], $7::jsonb[], $8::jsonb[],
                      $9::timestamptz[]) as new
    where bucket.name = $1
    on conflict do nothing
    returning key";

impl ObjectMetadata {
    /// Writes many objects, all or none, and replaces those that are there. Keys must differ; checksums
    /// beside the SHA-256 are not kept.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was written and the call may be repeated.
    pub async fn put_many(&self, bucket: &str, versions: &[ObjectVersion]) -> Result<PutOutcome> {
        Ok(match self.write_many(INSERT_OR_REPLACE_MANY, bucket, versions).await? {
            Some(_) => PutOutcome::Stored,
            None => PutOutcome::NoSuchBucket,
        })
    }

    /// Writes those of many objects whose keys have none, in one statement, and gives back their keys; the others
    /// stay as they are. Keys must differ. `None` when there is no such bucket.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was written and the call may be repeated.
    pub async fn put_absent_many(
        &self,
        bucket: &str,
        versions: &[ObjectVersion],
    ) -> Result<Option<HashSet<String>>> {
        let written = self.write_many(INSERT_ABSENT_MANY, bucket, versions).await?;
        Ok(written.map(HashSet::from_iter))
    }

    async fn write_many(
        &self,
        statement: &'static str,
        bucket: &str,
        versions: &[ObjectVersion],
    ) -> Result<Option<Vec<String>>> {
        let mut ordered: Vec<&ObjectVersion> = versions.iter().collect();
        // One order for everybody who writes many: they queue up instead of deadlocking.
        ordered.sort_unstable_by(|left, right| left.key.cmp(&right.key));
        let mut attempt = 1;
        loop {
            match self.insert_many(statement, bucket, &ordered).await {
                Err(error) if attempt < ATTEMPTS_MAX && is_worth_repeating(&error) => attempt += 1,
                Err(error) if put::is_missing_bucket(&error) => return Ok(None),
                Err(error) => return Err(error.into()),
                Ok(written)
                    if written.is_empty() && self.lookup_bucket(bucket).await?.is_none() =>
                {
                    return Ok(None);
                }
                Ok(written) => return Ok(Some(written)),
            }
        }
    }

    async fn insert_many(
        &self,
        statement: &'static str,
        bucket: &str,
        versions: &[&ObjectVersion],
    ) -> Result<Vec<String>, sqlx::Error> {
        let keys: Vec<&str> = versions.iter().map(|version| version.key.as_str()).collect();
        let hashes: Vec<_> = versions.iter().map(|version| version.content.sha256).collect();
        let sizes: Vec<i64> =
            versions.iter().map(|version| size_to_row(version.content.size)).collect();
        let etags: Vec<&str> =
            versions.iter().map(|version| version.content.etag.as_str()).collect();
        let classes: Vec<&str> =
            versions.iter().map(|version| version.attributes.storage_class.as_str()).collect();
        let system: Vec<_> =
            versions.iter().map(|version| Json(&version.attributes.system)).collect();
        let user: Vec<_> = versions.iter().map(|version| Json(&version.attributes.user)).collect();
        let times: Vec<_> = versions.iter().map(|version| version.last_modified).collect();
        sqlx::query_scalar(statement)
            .bind(bucket)
            .bind(keys)
            .bind(hashes)
            .bind(sizes)
            .bind(etags)
            .bind(classes)
            .bind(system)
            .bind(user)
            .bind(times)
            .fetch_all(&self.pool)
            .await
    }
}

fn is_worth_repeating(error: &sqlx::Error) -> bool {
    const DEADLOCK_DETECTED: &str = "40P01";
    put::is_lost_race(error)
        || matches!(error, sqlx::Error::Database(database)
                    if database.code().as_deref() == Some(DEADLOCK_DETECTED))
}
