//! Jobs: their last pass, and one runner at a time over all processes.

use crate::{Database, Result};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// The last pass of a job.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct JobPassRow {
    /// The job.
    pub name: String,
    /// When the pass started.
    pub started_at: DateTime<Utc>,
    /// How long it took; `None` while it runs.
    pub duration_ms: Option<i64>,
    /// What it did.
    pub summary: String,
    /// Why it failed.
    pub error: Option<String>,
    /// How many passes have failed.
    pub failed_passes: i64,
}

impl Database {
    /// Takes or renews the lease of a job. `false` when somebody else holds it.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn take_lease(
        &self,
        name: &str,
        holder: Uuid,
        now: DateTime<Utc>,
        length: TimeDelta,
    ) -> Result<bool> {
        let taken: Option<Uuid> = sqlx::query_scalar(
            "insert into lease values ($1, $2, $3)
             on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
             where lease.holder = excluded.holder or lease.expires_at < $4
             returning holder",
        )
        .bind(name)
        .bind(holder)
        .bind(now + length)
        .bind(now)
        .fetch_optional(self.worker())
        .await?;
        Ok(taken == Some(holder))
    }

    /// Gives all leases of a process back.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn release_leases(&self, holder: Uuid) -> Result<()> {
        sqlx::query("delete from lease where holder = $1")
            .bind(holder)
            .execute(self.worker())
            .await?;
        Ok(())
    }

    /// Notes that a pass begins.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn begin_pass(&self, name: &str, now: DateTime<Utc>) -> Result<()> {
        sqlx::query(
            "insert into job_pass (name, started_at) values ($1, $2)
             on conflict (name) do update set started_at = excluded.started_at, duration_ms = null",
        )
        .bind(name)
        .bind(now)
        .execute(self.worker())
        .await?;
        Ok(())
    }

    /// Notes how a pass ended.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn end_pass(
        &self,
        name: &str,
        duration_ms: i64,
        result: std::result::Result<&str, &str>,
    ) -> Result<()> {
        sqlx::query(
            "update job_pass set duration_ms = $2, summary = coalesce($3, summary), error = $4,
                 failed_passes = failed_passes + case when $4::text is null then 0 else 1 end
             where name = $1",
        )
        .bind(name)
        .bind(duration_ms)
        .bind(result.ok())
        .bind(result.err())
        .execute(self.worker())
        .await?;
        Ok(())
    }

    /// The last pass of every job.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn job_passes(&self) -> Result<Vec<JobPassRow>> {
        Ok(sqlx::query_as(
            "select name, started_at, duration_ms, summary, error, failed_passes from job_pass order by name",
        )
        .fetch_all(self.worker())
        .await?)
    }
}

#[cfg(test)]
mod tests;
