//! Following AWS: how it goes, what tells that it is due, and who is known.

use super::snapshot::parse;
use crate::{Database, Result};
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_domain::record::to_index_time;
use orgtrail_shared::ids::AccountId;
use std::collections::BTreeSet;

/// How following AWS goes.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct FollowedRow {
    /// The organization.
    pub organization_id: i32,
    /// When it was last read as a whole.
    pub synced_at: Option<DateTime<Utc>>,
    /// When that was last tried.
    pub sync_tried_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed.
    pub sync_error: Option<String>,
}

impl Database {
    /// The accounts that belong to an organization now, whether or not it was ever seen as a whole.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError`].
    pub async fn open_members(&self, organization_id: i32) -> Result<BTreeSet<AccountId>> {
        let rows: Vec<String> = sqlx::query_scalar(
            "select a.number from membership m join account a using (account_id)
             where m.organization_id = $1 and m.left_at is null",
        )
        .bind(organization_id)
        .fetch_all(self.worker())
        .await?;
        rows.iter().map(|number| parse("account", number)).collect()
    }

    /// How many accounts AWS has said to have left since a time, not counting what somebody has confirmed.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn left_since(&self, organization_id: i32, since: DateTime<Utc>) -> Result<usize> {
        let count: i64 = sqlx::query_scalar(
            "select count(*) from organization_change c join organization o using (organization_id)
             where c.organization_id = $1 and c.origin = 'aws' and c.change ->> 'kind' = 'account-left'
               and c.at > greatest($2, o.confirmed_at)",
        )
        .bind(organization_id)
        .bind(since)
        .fetch_one(self.worker())
        .await?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// Notes that reading the organization from AWS failed; what was known stays.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn note_sync_failure(
        &self,
        organization_id: i32,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query(
            "update organization set sync_error = $2, sync_tried_at = $3 where organization_id = $1",
        )
        .bind(organization_id)
        .bind(reason.replace('\0', "\u{fffd}"))
        .bind(now)
        .execute(self.worker())
        .await?;
        Ok(())
    }

    /// The organizations that follow AWS.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn followed_organizations(&self) -> Result<Vec<FollowedRow>> {
        Ok(sqlx::query_as(
            "select organization_id, synced_at, sync_tried_at, sync_error from organization where origin = 'aws'
             order by organization_id",
        )
        .fetch_all(self.worker())
        .await?)
    }

    /// Whether a log file that was taken in since a time tells of a change of the organization.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn has_organization_events(
        &self,
        organization_id: i32,
        since: DateTime<Utc>,
    ) -> Result<bool> {
        // Files come late: the event may have happened some time before.
        let from = to_index_time((since - TimeDelta::hours(6)).timestamp());
        Ok(sqlx::query_scalar(
            "select exists (
                 select from event e join term n on n.term_id = e.name_id
                 join log_object o on o.object_id = e.object_id
                 where e.organization_id = $1 and e.t >= $2 and n.detail = 'organizations.amazonaws.com'
                   and e.flags & 768 <> 256 and o.collected_at > $3)",
        )
        .bind(organization_id)
        .bind(from)
        .bind(since)
        .fetch_one(self.worker())
        .await?)
    }

    /// Notes that the organization is in AWS as it is here, as was read from a time on.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn note_sync(
        &self,
        organization_id: i32,
        started_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query(
            "update organization set synced_at = $2, sync_tried_at = $3, sync_error = null, origin = 'aws'
             where organization_id = $1",
        )
        .bind(organization_id)
        .bind(now)
        .bind(started_at)
        .execute(self.worker())
        .await?;
        Ok(())
    }
}
