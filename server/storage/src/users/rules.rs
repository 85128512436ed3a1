//! What organizations forbid beyond our own limits.

use crate::audit::Acting;
use crate::{Database, Result};
use chrono::{DateTime, Utc};

/// A version of an organization's own policies.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct OwnPolicyRow {
    /// Its number; the newest holds.
    pub version: i32,
    /// The policies; empty for none.
    pub content: String,
    /// Why they were changed.
    pub reason: String,
    /// By whom; empty for the command line.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Database {
    /// The policies that hold; `None` when there never were any.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn own_policy(&self, organization_id: i32) -> Result<Option<OwnPolicyRow>> {
        Ok(sqlx::query_as(
            "select version, content, reason, created_by, created_at from own_policy
             where organization_id = $1 order by version desc limit 1",
        )
        .bind(organization_id)
        .fetch_optional(self.worker())
        .await?)
    }
}

impl Acting {
    /// Puts a new version in force after the one that was known; zero for none. `false` when there is a newer one already.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn insert_own_policy(
        &mut self,
        organization_id: i32,
        known: i32,
        (content, reason, by): (&str, &str, &str),
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let done = sqlx::query(
            "insert into own_policy (organization_id, version, content, reason, created_by, created_at)
             select $1, $2 + 1, $3, $4, $5, $6
             where $2 = coalesce((select max(version) from own_policy where organization_id = $1), 0)
             on conflict do nothing",
        )
        .bind(organization_id)
        .bind(known)
        .bind(content)
        .bind(reason)
        .bind(by)
        .bind(now)
        .execute(&mut *self.tx)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
