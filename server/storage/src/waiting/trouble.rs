//! What failed: an object of the queue, a prefix that can't be listed, a source.

use super::Claimant;
use crate::{Database, Result};
use chrono::{DateTime, Utc};

/// A failed attempt on a waiting object.
#[derive(Clone, Debug)]
pub struct Troubled {
    /// The object.
    pub waiting_id: i64,
    /// The name of the trouble.
    pub trouble: &'static str,
    /// The store's words.
    pub reason: String,
    /// When it is tried again.
    pub next_attempt_at: DateTime<Utc>,
}

/// What is kept from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum During {
    /// All of the source can't be listed.
    Source,
    /// A prefix can't be listed.
    Listing,
    /// Fetching from the source has stopped.
    Fetching,
}

impl During {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Listing => "listing",
            Self::Fetching => "fetching",
        }
    }
}

/// What keeps a source, or a prefix of it, from being read.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SourceTrouble {
    /// The source.
    pub source_id: i32,
    /// `source`, `listing` or `fetching`.
    pub during: String,
    /// The prefix.
    pub prefix: String,
    /// The name of the trouble.
    pub trouble: String,
    /// The store's words.
    pub reason: String,
    /// How many attempts have failed in a row.
    pub attempts: i32,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When it is tried again.
    pub next_attempt_at: DateTime<Utc>,
}

impl Database {
    /// Notes failed attempts, and gives the claims on the objects back.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was noted.
    pub async fn note_waiting_troubles(
        &self,
        claimant: &Claimant,
        troubled: &[Troubled],
    ) -> Result<()> {
        if troubled.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "with failed as materialized (
                 select w.waiting_id, new.trouble, new.reason, new.next_attempt_at
                 from unnest($2::bigint[], $3::text[], $4::text[], $5::timestamptz[])
                      as new (waiting_id, trouble, reason, next_attempt_at)
                 join waiting_object w on w.waiting_id = new.waiting_id
                 where w.claimed_by = $1 order by w.waiting_id for update of w)
             update waiting_object w set attempts = attempts + 1, trouble = failed.trouble, reason = failed.reason,
                 next_attempt_at = failed.next_attempt_at, tried_by = $1, claimed_by = null, claimed_until = null
             from failed where w.waiting_id = failed.waiting_id",
        )
        .bind(claimant.holder())
        .bind(troubled.iter().map(|one| one.waiting_id).collect::<Vec<_>>())
        .bind(troubled.iter().map(|one| one.trouble).collect::<Vec<_>>())
        .bind(troubled.iter().map(|one| one.reason.replace('\0', "\u{fffd}")).collect::<Vec<_>>())
        .bind(troubled.iter().map(|one| one.next_attempt_at).collect::<Vec<_>>())
        .execute(self.worker())
        .await?;
        Ok(())
    }

    /// Takes out of the queue what is surely gone from a source, and counts it.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn drop_vanished(
        &self,
        claimant: &Claimant,
        source_id: i32,
        waiting_ids: &[i64],
    ) -> Result<()> {
        if waiting_ids.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "with gone as materialized (
                 select waiting_id from waiting_object
                 where claimed_by = $1 and source_id = $2 and waiting_id = any($3) order by waiting_id for update),
             dropped as (
                 delete from waiting_object where waiting_id in (select waiting_id from gone) returning waiting_id)
             update log_source set vanished_objects = vanished_objects + (select count(*) from dropped)
             where source_id = $2",
        )
        .bind(claimant.holder())
        .bind(source_id)
        .bind(waiting_ids)
        .execute(self.worker())
        .await?;
        Ok(())
    }

    /// What keeps sources from being read; of one source or of all.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn source_troubles(&self, source_id: Option<i32>) -> Result<Vec<SourceTrouble>> {
        Ok(sqlx::query_as(
            "select source_id, during, prefix, trouble, reason, attempts, since, next_attempt_at from source_trouble
             where $1::int is null or source_id = $1 order by source_id, during desc, prefix",
        )
        .bind(source_id)
        .fetch_all(self.worker())
        .await?)
    }

    /// Notes that a source, or a prefix of it, can't be read, once more.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn note_source_trouble(
        &self,
        source_id: i32,
        during: During,
        prefix: &str,
        troubled: &Troubled,
        now: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query(
            "insert into source_trouble (organization_id, source_id, during, prefix, trouble, reason, attempts, since,
                 last_at, next_attempt_at)
             select organization_id, source_id, $2, $3, $4, $5, 1, $6, $6, $7 from log_source where source_id = $1
             on conflict (source_id, during, prefix) do update set trouble = excluded.trouble, reason = excluded.reason,
                 attempts = source_trouble.attempts + 1, last_at = excluded.last_at,
                 next_attempt_at = excluded.next_attempt_at",
        )
        .bind(source_id)
        .bind(during.name())
        .bind(prefix)
        .bind(troubled.trouble)
        .bind(troubled.reason.replace('\0', "\u{fffd}"))
        .bind(now)
        .bind(troubled.next_attempt_at)
        .execute(self.worker())
        .await?;
        Ok(())
    }

    /// Forgets what kept prefixes of a source from being read. If that hid anything from a complete listing, the next
    /// listing is a complete one.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn clear_source_troubles(
        &self,
        source_id: i32,
        during: During,
        prefixes: &[String],
        was_everything: bool,
    ) -> Result<()> {
        if prefixes.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "with cleared as (
                 delete from source_trouble where source_id = $1 and during = $2 and prefix = any($3) returning prefix)
             update log_source set everything_listed_at = null
             where source_id = $1 and $2 = 'listing' and not $4 and exists (select from cleared)",
        )
        .bind(source_id)
        .bind(during.name())
        .bind(prefixes)
        .bind(was_everything)
        .execute(self.worker())
        .await?;
        Ok(())
    }
}
