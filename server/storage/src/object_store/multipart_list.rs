//! Listing the unfinished multipart uploads of a bucket.

use super::ObjectMetadata;
use super::bounds::successor;
use crate::Result;
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

/// What a listing says about an upload.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct UploadSummary {
    /// What the object will be called.
    pub key: String,
    /// The upload's id.
    pub upload_id: Uuid,
    /// When it was begun.
    pub initiated_at: DateTime<Utc>,
    /// The storage class that the object will have.
    pub storage_class: String,
}

impl ObjectMetadata {
    /// Lists uploads by key and id, behind `(from, after)`, for keys with `prefix`; at most `limit`.
    pub async fn list_uploads(
        &self,
        bucket: &str,
        prefix: &str,
        from: &str,
        after: Uuid,
        limit: u32,
    ) -> Result<Vec<UploadSummary>> {
        // Walks the index `multipart_upload_by_key`.
        Ok(sqlx::query_as(
            "select key, upload_id, initiated_at, storage_class
             from object_store.multipart_upload join object_store.bucket using (bucket_id)
             where bucket.name = $1 and (key, upload_id) > ($2, $3) and key >= $4 and key < $5
             order by key, upload_id
             limit $6",
        )
        .bind(bucket)
        .bind(from)
        .bind(after)
        .bind(prefix)
        .bind(successor(prefix))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?)
    }
}
