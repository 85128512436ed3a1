//! What waits, for operators and for those who look for work.

use super::claims::ALIVE;
use crate::audit::Acting;
use crate::{Database, Result};
use chrono::{DateTime, NaiveDate, Utc};

/// How much of a source waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct WaitingCount {
    /// The source.
    pub source_id: i32,
    /// How many objects.
    pub waiting: i64,
    /// When the one that waits longest was found, of those that aren't old days.
    pub oldest_new: Option<DateTime<Utc>>,
}

/// How many objects of a source wait for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct WaitingTrouble {
    /// The source.
    pub source_id: i32,
    /// The name of the trouble.
    pub trouble: String,
    /// How many objects.
    pub objects: i64,
    /// How often one was tried, at most.
    pub attempts: i32,
    /// When the first is tried again.
    pub next_attempt_at: DateTime<Utc>,
    /// The key of one of them.
    pub key: String,
    /// Its reason.
    pub reason: String,
}

/// Old days of a source that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct BackfillCount {
    /// The source.
    pub source_id: i32,
    /// How many objects.
    pub waiting: i64,
    /// The newest day.
    pub newest: NaiveDate,
    /// The oldest day.
    pub oldest: NaiveDate,
    /// How many files of days as old were taken in since the time that was asked for.
    pub done: i64,
}

/// A source that has something due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct DueSource {
    /// The source.
    pub source_id: i32,
    /// Whether new files are due.
    pub has_new: bool,
    /// Whether files of old days are due, and not paused.
    pub has_backfill: bool,
}

impl Database {
    /// How much of each source waits; sources of which nothing waits are left out.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn waiting_counts(&self) -> Result<Vec<WaitingCount>> {
        Ok(sqlx::query_as(
            "select source_id, count(*) as waiting, min(found_at) filter (where not is_backfill) as oldest_new
             from waiting_object
             group by source_id order by source_id",
        )
        .fetch_all(self.worker())
        .await?)
    }

    /// Why objects wait that were tried.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn waiting_troubles(&self) -> Result<Vec<WaitingTrouble>> {
        Ok(sqlx::query_as(
            "select kind.*, first.key, first.reason
             from (select source_id, trouble, count(*) as objects, max(attempts) as attempts,
                       min(next_attempt_at) as next_attempt_at, min(waiting_id) as first_id
                   from waiting_object where trouble <> '' group by source_id, trouble) as kind
             join waiting_object first on first.waiting_id = kind.first_id
             order by kind.source_id, kind.objects desc, kind.trouble",
        )
        .fetch_all(self.worker())
        .await?)
    }

    /// What old days wait, and how many files of such days were taken in since a time.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn backfill_counts(&self, since: DateTime<Utc>) -> Result<Vec<BackfillCount>> {
        Ok(sqlx::query_as(
            "select q.source_id, q.waiting, q.newest, q.oldest,
                 (select count(*) from log_object o where o.source_id = q.source_id and o.collected_at > $1
                    and o.delivered_at < o.collected_at - interval '4 days') as done
             from (select source_id, count(*) as waiting, max(day) as newest, min(day) as oldest
                   from waiting_object where is_backfill group by source_id) as q order by q.source_id",
        )
        .bind(since)
        .fetch_all(self.worker())
        .await?)
    }

    /// Which sources have something due that nobody works on, and aren't at rest after a failure.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn due_sources(&self, now: DateTime<Utc>) -> Result<Vec<DueSource>> {
        let is_due = |is_backfill| {
            format!(
                "exists (select from waiting_object w where w.source_id = s.source_id and w.is_backfill = {is_backfill}
                    and w.next_attempt_at <= $1 and (w.claimed_by is null or w.claimed_until <= $1
                        or w.claimed_by not in (select holder from alive)))"
            )
        };
        let sql = format!(
            "with {ALIVE}, due as (
                 select s.source_id, {} as has_new, not s.is_backfill_paused and {} as has_backfill from log_source s
                 where not exists (select from source_trouble t where t.source_id = s.source_id
                     and t.during = 'fetching' and t.next_attempt_at > $1))
             select source_id, has_new, has_backfill from due where has_new or has_backfill order by source_id",
            is_due(false),
            is_due(true)
        );
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(now).fetch_all(self.worker()).await?)
    }

    /// How late files of each source have turned up since a time: source, days, files.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn lateness(&self, since: DateTime<Utc>) -> Result<Vec<(i32, i32, i64)>> {
        Ok(sqlx::query_as(
            "select source_id, days_late, files from source_lateness where last_seen_at > $1
             order by source_id, days_late",
        )
        .bind(since)
        .fetch_all(self.worker())
        .await?)
    }
}

impl Acting {
    /// Pauses or resumes the backfill of sources by name, or of all of an organization. Gives back their names.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn pause_backfill(
        &mut self,
        organization_id: i32,
        name: Option<&str>,
        is_paused: bool,
    ) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar(
            "update log_source set is_backfill_paused = $3
             where organization_id = $1 and ($2::text is null or name = $2) and kind <> 'loose' returning name",
        )
        .bind(organization_id)
        .bind(name)
        .bind(is_paused)
        .fetch_all(&mut *self.tx)
        .await?)
    }
}
