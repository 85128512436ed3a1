//! Multipart uploads that nobody goes on with.

use super::ObjectMetadata;
use super::multipart::delete_upload;
use crate::Result;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Whether an upload was begun before `$1` and no part of it was written since.
const IS_ABANDONED: &str = "upload.initiated_at < $1
    and not exists (select from object_store.multipart_part as part
                    where part.upload_id = upload.upload_id and part.last_modified >= $1)";

impl ObjectMetadata {
    /// Forgets uploads that were begun before a time and got no part since, with their parts. Gives back how many.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; uploads that were forgotten stay forgotten, and the call may be repeated.
    pub async fn forget_abandoned_uploads(&self, since: DateTime<Utc>) -> Result<u64> {
        let all = sqlx::AssertSqlSafe(format!(
            "select upload_id from object_store.multipart_upload as upload where {IS_ABANDONED}"
        ));
        let uploads: Vec<Uuid> = sqlx::query_scalar(all).bind(since).fetch_all(&self.pool).await?;
        let mut forgotten = 0;
        for upload_id in uploads {
            forgotten += u64::from(self.forget_abandoned(upload_id, since).await?);
        }
        Ok(forgotten)
    }

    /// Locks the upload before it looks again: a part may have come between, and none can come from then on.
    async fn forget_abandoned(&self, upload_id: Uuid, since: DateTime<Utc>) -> Result<bool> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("select from object_store.multipart_upload where upload_id = $1 for update")
            .bind(upload_id)
            .execute(&mut *transaction)
            .await?;
        let still = sqlx::AssertSqlSafe(format!(
            "select exists (select from object_store.multipart_upload as upload
                            where upload_id = $2 and {IS_ABANDONED})"
        ));
        let is_abandoned: bool = sqlx::query_scalar(still)
            .bind(since)
            .bind(upload_id)
            .fetch_one(&mut *transaction)
            .await?;
        if is_abandoned {
            delete_upload(&mut transaction, upload_id).await?;
        }
        transaction.commit().await?;
        Ok(is_abandoned)
    }
}
