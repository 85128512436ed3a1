//! Objects that were collected: known ones, and the one transaction that takes new ones in.

mod commit;
mod insert;
mod model;

pub use commit::Committed;
pub use model::{
    BadRecord, Delivery, DigestRow, ExistingEvent, ListedFileRow, NewObject, ObjectClass,
    Observation, location_of,
};

use crate::{Database, Result};
use sqlx::Row;
use std::collections::HashMap;
use uuid::Uuid;

impl Database {
    /// Which of the observations are not known yet.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn unknown_observations(&self, observations: &[Observation]) -> Result<Vec<bool>> {
        let identities: Vec<Vec<u8>> =
            observations.iter().map(|observation| observation.identity().to_vec()).collect();
        Ok(sqlx::query_scalar(
            "select not exists (select from log_object where identity = wanted.identity)
             from unnest($1::bytea[]) with ordinality as wanted (identity, place) order by place",
        )
        .bind(identities)
        .fetch_all(self.worker())
        .await?)
    }

    /// Events that carry one of the ids at one of the times, to compare contents with.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn existing_events(&self, keys: &[(Uuid, i32)]) -> Result<Vec<ExistingEvent>> {
        let (ids, times): (Vec<Uuid>, Vec<i32>) = keys.iter().copied().unzip();
        let rows = sqlx::query(
            "select e.event_id, e.t, e.account_id, e.variant, e.content, e.object_id, e.ordinal
             from unnest($1::uuid[], $2::int[]) as wanted (event_id, t)
             join event e on e.event_id = wanted.event_id and e.t = wanted.t",
        )
        .bind(ids)
        .bind(times)
        .fetch_all(self.worker())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(ExistingEvent {
                    event_id: row.try_get(0)?,
                    t: row.try_get(1)?,
                    account_id: row.try_get(2)?,
                    variant: row.try_get(3)?,
                    content: row.try_get(4)?,
                    object_id: row.try_get(5)?,
                    ordinal: row.try_get(6)?,
                })
            })
            .collect()
    }

    /// Where the bytes of an object are in the archive.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn archived_objects(&self, object_ids: &[i32]) -> Result<Vec<ArchivedObject>> {
        Ok(sqlx::query_as(
            "select object_id, source_id, archive_bucket, archive_key, stored_sha256, stored_bytes, kind
             from log_object where object_id = any($1)",
        )
        .bind(object_ids)
        .fetch_all(self.worker())
        .await?)
    }

    /// How many bytes the records of files take, by file; nothing is known of a file that could not be uncompressed.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn content_bytes(&self, object_ids: &[i32]) -> Result<HashMap<i32, i64>> {
        let rows: Vec<(i32, i64)> = sqlx::query_as(
            "select object_id, coalesce(content_bytes, 0) from log_object where object_id = any($1)",
        )
        .bind(object_ids)
        .fetch_all(self.worker())
        .await?;
        Ok(rows.into_iter().collect())
    }

    /// How many leaves the custody log has, and how many objects there are. They are equal at any time.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn custody_counts(&self) -> Result<(i64, i64, i64)> {
        Ok(sqlx::query_as(
            "select (select size from custody_log), (select count(*) from custody_leaf),
                    (select count(*) from log_object)",
        )
        .fetch_one(self.worker())
        .await?)
    }
}

/// Where an object's bytes are.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ArchivedObject {
    /// The object.
    pub object_id: i32,
    /// The source it came from, which holds the bytes when it is adopted.
    pub source_id: i32,
    /// The bucket.
    pub archive_bucket: String,
    /// The key.
    pub archive_key: String,
    /// SHA-256 of the stored bytes.
    pub stored_sha256: Vec<u8>,
    /// How many there are.
    pub stored_bytes: i64,
    /// `log`, `digest` or `loose`.
    pub kind: String,
}

#[cfg(test)]
mod tests;
