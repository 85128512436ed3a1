//! What could not be indexed, tried again.

use crate::log_objects::{ArchivedObject, NewObject};
use crate::{Database, Result, Scope};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, Row};

/// An object with open entries in quarantine.
#[derive(Clone, Debug)]
pub struct QuarantinedObject {
    /// Where its bytes are.
    pub archived: ArchivedObject,
    /// Its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// Its version.
    pub version: String,
    /// Its ETag.
    pub etag: String,
    /// When it was last modified.
    pub last_modified: Option<DateTime<Utc>>,
    /// Its metadata.
    pub metadata: serde_json::Value,
    /// The first of its open entries.
    pub first_entry: i64,
    /// Whether one of them is about the whole object.
    pub is_whole: bool,
    /// The records that its open entries are about, in order.
    pub ordinals: Vec<i32>,
    /// How many open entries it has.
    pub entries: i64,
    /// How many events of it are indexed.
    pub events: i64,
}

impl Database {
    /// The objects with open entries in quarantine, or the one that an entry belongs to.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn quarantined_objects(&self, entry: Option<i64>) -> Result<Vec<QuarantinedObject>> {
        let rows = sqlx::query(
            "select o.object_id, o.source_id, o.archive_bucket, o.archive_key, o.stored_sha256, o.stored_bytes, o.kind,
                    o.bucket, o.key, o.version, o.etag, o.last_modified, o.metadata, known.events, q.first_entry, q.entries, q.is_whole, q.ordinals
             from (select object_id, min(quarantine_id) as first_entry, count(*) as entries,
                          bool_or(ordinal is null) as is_whole,
                          coalesce(array_agg(ordinal order by ordinal) filter (where ordinal is not null), '{}') as ordinals
                   from quarantine where resolved_at is null group by object_id) q
             join log_object o using (object_id)
             -- What it was taken in from once more counts, too.
             cross join lateral (
                 with recursive before (object_id) as (
                     select o.object_id union
                     select earlier.object_id from quarantine earlier join before on earlier.resolved_by = before.object_id)
                 select sum(event_count)::bigint as events from log_object join before using (object_id)) known
             where $1::bigint is null or o.object_id = (select object_id from quarantine where quarantine_id = $1)
             order by q.first_entry",
        )
        .bind(entry)
        .fetch_all(self.worker())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(QuarantinedObject {
                    archived: ArchivedObject::from_row(row)?,
                    bucket: row.try_get("bucket")?,
                    key: row.try_get("key")?,
                    version: row.try_get("version")?,
                    etag: row.try_get("etag")?,
                    last_modified: row.try_get("last_modified")?,
                    metadata: row.try_get("metadata")?,
                    first_entry: row.try_get("first_entry")?,
                    is_whole: row.try_get("is_whole")?,
                    ordinals: row.try_get("ordinals")?,
                    entries: row.try_get("entries")?,
                    events: row.try_get("events")?,
                })
            })
            .collect()
    }

    /// Whether there is such an open entry within a scope.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn is_quarantined(&self, scope: &Scope, entry: i64) -> Result<bool> {
        let mut tx = self.read(scope).await?;
        Ok(sqlx::query_scalar(
            "select exists (select from quarantine where quarantine_id = $1 and resolved_at is null)",
        )
        .bind(entry)
        .fetch_one(&mut *tx)
        .await?)
    }

    /// Notes that an object was tried again and is as unreadable as before.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn mark_retried(&self, object_id: i32, now: DateTime<Utc>) -> Result<()> {
        sqlx::query(
            "update quarantine set retried_at = $2 where object_id = $1 and resolved_at is null",
        )
        .bind(object_id)
        .bind(now)
        .execute(self.worker())
        .await?;
        Ok(())
    }
}

/// Resolves the entries of objects that were taken in once more, in the transaction that does so.
pub(crate) async fn resolve(
    tx: &mut PgConnection,
    fresh: &[(&NewObject, i32)],
    now: DateTime<Utc>,
) -> Result<()> {
    for (object, id) in fresh {
        let Some(before) = object.retry_of else { continue };
        sqlx::query(
            "update quarantine set retried_at = $3, resolved_at = $3, resolved_by = $2
             where object_id = $1 and resolved_at is null",
        )
        .bind(before)
        .bind(id)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
