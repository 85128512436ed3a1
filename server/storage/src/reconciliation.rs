//! Comparing a source with the index: contents in the order of keys, and the last result.

use crate::{Database, Result, StoreError};
use chrono::{DateTime, Utc};
use orgtrail_domain::reconciliation::KnownContent;
use orgtrail_shared::reconciliation::{LastReconciliation, Reconciliation};
use sqlx::Row;
use sqlx::postgres::PgRow;

/// A content in the index, with where its bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentRow {
    /// The object.
    pub object_id: i32,
    /// What the index says of it.
    pub content: KnownContent,
    /// The bucket of the archived copy.
    pub archive_bucket: String,
    /// The key of the archived copy.
    pub archive_key: String,
}

fn read_content(row: &PgRow) -> Result<ContentRow> {
    let size: i64 = row.try_get("stored_bytes")?;
    Ok(ContentRow {
        object_id: row.try_get("object_id")?,
        content: KnownContent {
            bucket: row.try_get("bucket")?,
            key: row.try_get("key")?,
            etag: row.try_get("etag")?,
            size: size.unsigned_abs(),
            last_modified: row.try_get("last_modified")?,
            delivered_at: row.try_get("delivered_at")?,
            collected_at: row.try_get("collected_at")?,
            quarantine: row.try_get("quarantine")?,
        },
        archive_bucket: row.try_get("archive_bucket")?,
        archive_key: row.try_get("archive_key")?,
    })
}

impl Database {
    /// A page of the contents that came from a source, in the order in which a bucket lists its keys, which is byte by
    /// byte. `after` is the key and object that the last page ended with.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn contents_by_key(
        &self,
        source_id: i32,
        after: Option<(&str, i32)>,
        limit: i64,
    ) -> Result<Vec<ContentRow>> {
        let (key, object_id) = after.unwrap_or(("", 0));
        // Index log_object_by_key.
        let rows = sqlx::query(
            "select object_id, bucket, key, etag, stored_bytes, last_modified, delivered_at, collected_at,
                 archive_bucket, archive_key,
                 case when is_quarantined then
                     (select reason from quarantine q
                      where q.object_id = o.object_id and q.ordinal is null and q.resolved_at is null) end as quarantine
             from log_object o
             -- What was read once more from the archive is no content of the source.
             where source_id = $1 and not exists (select from quarantine q where q.resolved_by = o.object_id)
               and (key collate \"C\", object_id) > ($2 collate \"C\", $3)
             order by key collate \"C\", object_id limit $4",
        )
        .bind(source_id)
        .bind(key)
        .bind(object_id)
        .bind(limit)
        .fetch_all(self.worker())
        .await?;
        rows.iter().map(read_content).collect()
    }

    /// Notes how a comparison of a source went. The result of the last one that came to its end stays when this one
    /// did not.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; nothing was changed.
    pub async fn note_reconciliation(
        &self,
        organization_id: i32,
        source_id: i32,
        now: DateTime<Utc>,
        result: std::result::Result<&Reconciliation, &str>,
    ) -> Result<()> {
        let document = match result {
            Ok(found) => Some(serde_json::to_value(found).map_err(|error| {
                StoreError::Corrupt { table: "reconciliation", reason: error.to_string() }
            })?),
            Err(_) => None,
        };
        sqlx::query(
            "insert into reconciliation (source_id, organization_id, tried_at, error, result)
             values ($1, $2, $3, $4, $5)
             on conflict (source_id) do update set tried_at = excluded.tried_at, error = excluded.error,
                 result = coalesce(excluded.result, reconciliation.result)",
        )
        .bind(source_id)
        .bind(organization_id)
        .bind(now)
        .bind(result.err())
        .bind(document)
        .execute(self.worker())
        .await?;
        Ok(())
    }

    /// The last comparison of every source.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn reconciliations(&self) -> Result<Vec<(i32, LastReconciliation)>> {
        let rows = sqlx::query(
            "select source_id, tried_at, error, result from reconciliation order by source_id",
        )
        .fetch_all(self.worker())
        .await?;
        rows.iter()
            .map(|row| {
                let result: Option<serde_json::Value> = row.try_get(3)?;
                let result = result.map(serde_json::from_value).transpose().map_err(|error| {
                    StoreError::Corrupt { table: "reconciliation", reason: error.to_string() }
                })?;
                let (tried_at, error) = (row.try_get(1)?, row.try_get(2)?);
                Ok((row.try_get(0)?, LastReconciliation { tried_at, error, result }))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
