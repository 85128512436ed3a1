//! Which files nothing names any more.

use super::{ContentHash, ObjectMetadata};
use crate::Result;
use sqlx::{PgConnection, Postgres, Transaction};

/// Contents that no row names, and none can name until [`Unreferenced::release`].
#[derive(Debug)]
pub struct Unreferenced {
    /// The contents.
    pub hashes: Vec<ContentHash>,
    transaction: Transaction<'static, Postgres>,
}

impl ObjectMetadata {
    /// Returns which of `candidates` no row names at this moment, without locking anything.
    pub async fn list_unreferenced(&self, candidates: &[ContentHash]) -> Result<Vec<ContentHash>> {
        let mut connection = self.pool.acquire().await?;
        Ok(select_unreferenced(&mut connection, candidates).await?)
    }

    /// Returns which of `candidates` no row names, and keeps it so until the answer is released.
    ///
    /// The lock waits for every statement that is writing, even one whose process has died meanwhile,
    /// and keeps later ones waiting. It is held while a batch of files is unlinked: milliseconds. If a
    /// long transaction is in the way the lock is given up instead of stopping all writers behind it.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`], also when the lock was not to be had; try again later.
    pub async fn lock_unreferenced(&self, candidates: &[ContentHash]) -> Result<Unreferenced> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("set local lock_timeout = '2s'").execute(&mut *transaction).await?;
        sqlx::query(
            "lock table object_store.object_version, object_store.multipart_part in share mode",
        )
        .execute(&mut *transaction)
        .await?;
        let hashes = select_unreferenced(&mut transaction, candidates).await?;
        Ok(Unreferenced { hashes, transaction })
    }
}

impl Unreferenced {
    /// Lets writers go on.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; the lock is gone with the connection.
    pub async fn release(self) -> Result<()> {
        Ok(self.transaction.commit().await?)
    }
}

async fn select_unreferenced(
    connection: &mut PgConnection,
    candidates: &[ContentHash],
) -> Result<Vec<ContentHash>, sqlx::Error> {
    sqlx::query_scalar(
        "select candidate.sha256 from unnest($1::bytea[]) as candidate (sha256)
         where not exists (select from object_store.object_version as version
                           where version.sha256 = candidate.sha256)
           and not exists (select from object_store.multipart_part as part
                           where part.sha256 = candidate.sha256)",
    )
    .bind(candidates)
    .fetch_all(connection)
    .await
}
