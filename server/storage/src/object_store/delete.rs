//! Deleting objects. Their files are left to the collection of garbage.

use super::ObjectMetadata;
use crate::Result;

/// What became of a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// The object is gone.
    Deleted,
    /// There was nothing to delete, or nothing that meets the condition.
    NothingDeleted,
    /// There is no such bucket.
    NoSuchBucket,
}

impl ObjectMetadata {
    /// Deletes an object; with `etag` only if that is its entity tag.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was deleted and the call may be repeated.
    pub async fn delete(&self, bucket: &str, key: &str, etag: Option<&str>) -> Result<Deletion> {
        let row: Option<(bool,)> = sqlx::query_as(
            "with deleted as (
                 delete from object_store.object_version as version
                 using object_store.bucket
                 where bucket.name = $1 and version.bucket_id = bucket.bucket_id
                   and version.key = $2 and version.version_id = 'null'
                   and ($3::text is null or version.etag = $3)
                 returning 1
             )
             select exists (select from deleted) from object_store.bucket where name = $1",
        )
        .bind(bucket)
        .bind(key)
        .bind(etag)
        .fetch_optional(&self.pool)
        .await?;
        Ok(match row {
            None => Deletion::NoSuchBucket,
            Some((true,)) => Deletion::Deleted,
            Some((false,)) => Deletion::NothingDeleted,
        })
    }

    /// Deletes many objects at once and says whether the bucket exists. Absent keys are no error.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was deleted and the call may be repeated.
    pub async fn delete_many(&self, bucket: &str, keys: &[&str]) -> Result<bool> {
        // Rows are locked in key order, so that two overlapping deletions can't deadlock.
        let row: Option<(i64,)> = sqlx::query_as(
            "with doomed as (
                 select version.bucket_id, version.key
                 from object_store.object_version as version
                 join object_store.bucket using (bucket_id)
                 where bucket.name = $1 and version.key = any($2) and version.version_id = 'null'
                 order by version.key
                 for update of version
             ), deleted as (
                 delete from object_store.object_version as version
                 using doomed
                 where version.bucket_id = doomed.bucket_id and version.key = doomed.key
                   and version.version_id = 'null'
                 returning 1
             )
             select (select count(*) from deleted) from object_store.bucket where name = $1",
        )
        .bind(bucket)
        .bind(keys)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.is_some())
    }
}
