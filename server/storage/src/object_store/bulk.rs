//! Writing many objects in one transaction.

use super::{ObjectMetadata, ObjectVersion, size_to_row};
use super::{put, put::PutOutcome};
use crate::Result;
use sqlx::types::Json;

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
        last_modified = excluded.last_modified";

impl ObjectMetadata {
    /// Writes many objects, all or none, and replaces those that are there. Keys must differ; checksums
    /// beside the SHA-256 are not kept.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was written and the call may be repeated.
    pub async fn put_many(&self, bucket: &str, versions: &[ObjectVersion]) -> Result<PutOutcome> {
        let mut ordered: Vec<&ObjectVersion> = versions.iter().collect();
        // One order for everybody who writes many: they queue up instead of deadlocking.
        ordered.sort_unstable_by(|left, right| left.key.cmp(&right.key));
        let mut attempt = 1;
        loop {
            match self.insert_many(bucket, &ordered).await {
                Err(error) if attempt < ATTEMPTS_MAX && is_worth_repeating(&error) => attempt += 1,
                Err(error) if put::is_missing_bucket(&error) => {
                    return Ok(PutOutcome::NoSuchBucket);
                }
                Err(error) => return Err(error.into()),
                Ok(0) if self.lookup_bucket(bucket).await?.is_none() => {
                    return Ok(PutOutcome::NoSuchBucket);
                }
                Ok(_) => return Ok(PutOutcome::Stored),
            }
        }
    }

    async fn insert_many(
        &self,
        bucket: &str,
        versions: &[&ObjectVersion],
    ) -> Result<u64, sqlx::Error> {
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
        let written = sqlx::query(INSERT_OR_REPLACE_MANY)
            .bind(bucket)
            .bind(keys)
            .bind(hashes)
            .bind(sizes)
            .bind(etags)
            .bind(classes)
            .bind(system)
            .bind(user)
            .bind(times)
            .execute(&self.pool)
            .await?;
        Ok(written.rows_affected())
    }
}

fn is_worth_repeating(error: &sqlx::Error) -> bool {
    const DEADLOCK_DETECTED: &str = "40P01";
    put::is_lost_race(error)
        || matches!(error, sqlx::Error::Database(database)
                    if database.code().as_deref() == Some(DEADLOCK_DETECTED))
}
