//! The end of a multipart upload: its object takes its place.

use super::multipart::{Part, delete_upload, lock_upload};
use super::put::{Condition, PutOutcome, is_lost_race, put_on};
use super::{ContentHash, ObjectMetadata, ObjectVersion};
use crate::Result;
use sqlx::PgConnection;
use uuid::Uuid;

/// How often a completion is repeated that lost the race with another writer of a new key.
const ATTEMPTS_MAX: u32 = 8;

/// What became of a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// The write was tried, with this outcome; only [`PutOutcome::Stored`] ended the upload.
    Put(PutOutcome),
    /// There is no such upload: never begun, completed or aborted.
    NoSuchUpload,
    /// A part was replaced since it was read.
    PartsChanged,
}

impl ObjectMetadata {
    /// Replaces an upload by the object that was made of `parts`, in one transaction.
    ///
    /// The bytes were put together before, without a lock; so the upload is locked now, and it is
    /// checked that the parts are still the same.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was written and the call may be repeated.
    pub async fn complete_upload(
        &self,
        bucket: &str,
        upload_id: Uuid,
        parts: &[Part],
        version: &ObjectVersion,
        condition: &Condition,
    ) -> Result<Completion> {
        let mut attempt = 1;
        loop {
            match self.try_complete(bucket, upload_id, parts, version, condition).await {
                Err(error) if attempt < ATTEMPTS_MAX && is_lost_race(&error) => attempt += 1,
                completion => return Ok(completion?),
            }
        }
    }

    async fn try_complete(
        &self,
        bucket: &str,
        upload_id: Uuid,
        parts: &[Part],
        version: &ObjectVersion,
        condition: &Condition,
    ) -> Result<Completion, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        if !lock_upload(&mut transaction, bucket, &version.key, upload_id).await? {
            return Ok(Completion::NoSuchUpload);
        }
        if !are_unchanged(&mut transaction, upload_id, parts).await? {
            return Ok(Completion::PartsChanged);
        }
        let outcome = put_on(&mut transaction, bucket, version, condition).await?;
        if outcome == PutOutcome::Stored {
            delete_upload(&mut transaction, upload_id).await?;
            transaction.commit().await?;
        }
        Ok(Completion::Put(outcome))
    }
}

async fn are_unchanged(
    connection: &mut PgConnection,
    upload_id: Uuid,
    parts: &[Part],
) -> Result<bool, sqlx::Error> {
    let numbers: Vec<i32> = parts.iter().map(|part| part.part.part_number).collect();
    let hashes: Vec<ContentHash> = parts.iter().map(|part| part.part.sha256).collect();
    let (same,): (i64,) = sqlx::query_as(
        "select count(*) from unnest($2::integer[], $3::bytea[]) as expected (part_number, sha256)
         join object_store.multipart_part as part using (part_number, sha256)
         where part.upload_id = $1",
    )
    .bind(upload_id)
    .bind(numbers)
    .bind(hashes)
    .fetch_one(connection)
    .await?;
    Ok(usize::try_from(same) == Ok(parts.len()))
}
