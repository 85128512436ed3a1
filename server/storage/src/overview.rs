//! What the overview, the organization page and the operators' page count.

use crate::{Database, Result, Scope};
use chrono::{DateTime, NaiveDate, Utc};
use orgtrail_domain::record::to_index_time;
use sqlx::Row;

/// What arrived of one account lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityRow {
    /// The account's number in the database.
    pub account_id: i32,
    /// Events, by hour from the start of the range.
    pub hours: Vec<i64>,
    /// Failed calls.
    pub errors: i64,
}

/// What was delivered of one account in a month.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct VolumeRow {
    /// The first day of the month, in UTC.
    pub month: NaiveDate,
    /// Log files.
    pub files: i64,
    /// Events in them, but those that another file had delivered before.
    pub events: i64,
    /// Bytes as they are stored.
    pub stored_bytes: i64,
    /// Bytes without compression.
    pub content_bytes: i64,
}

/// Totals of one account.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AccountTotals {
    /// The account's number in the database.
    pub account_id: i32,
    /// Events in its log files, but those that another file had delivered before.
    pub events: i64,
    /// When the newest file of it was delivered.
    pub newest_delivery: Option<DateTime<Utc>>,
    /// Seconds from the newest file's delivery to its being searchable.
    pub lag_seconds: Option<i64>,
}

impl Database {
    /// Events per account and hour.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn activity(
        &self,
        scope: &Scope,
        from: DateTime<Utc>,
        hours: i32,
    ) -> Result<Vec<ActivityRow>> {
        let from = to_index_time(from.timestamp());
        let mut tx = self.read(scope).await?;
        let rows = sqlx::query(
            "select account_id, (t - $1) / 3600 as hour, count(*) as events,
                    count(*) filter (where error_id <> 0) as errors
             from event where t >= $1 and t < $1 + $2 * 3600 group by 1, 2 order by 1, 2",
        )
        .bind(from)
        .bind(hours)
        .fetch_all(&mut *tx)
        .await?;
        let mut accounts: Vec<ActivityRow> = Vec::new();
        for row in rows {
            let (account_id, hour): (i32, i32) = (row.try_get(0)?, row.try_get(1)?);
            let (events, errors): (i64, i64) = (row.try_get(2)?, row.try_get(3)?);
            if accounts.last().is_none_or(|last| last.account_id != account_id) {
                let hours = vec![0; usize::try_from(hours).unwrap_or(0)];
                accounts.push(ActivityRow { account_id, hours, errors: 0 });
            }
            if let Some(last) = accounts.last_mut() {
                last.errors += errors;
                if let Some(place) =
                    usize::try_from(hour).ok().and_then(|hour| last.hours.get_mut(hour))
                {
                    *place = events;
                }
            }
        }
        Ok(accounts)
    }

    /// Totals per account, from the log files. Events of another account than their file's name says count for
    /// the file's account.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn account_totals(&self, scope: &Scope) -> Result<Vec<AccountTotals>> {
        let mut tx = self.read(scope).await?;
        Ok(sqlx::query_as(
            "select account_id, sum(event_count - delivery_count)::bigint as events, max(delivered_at) as newest_delivery,
                    (select greatest(0, extract(epoch from n.collected_at - n.delivered_at))::bigint
                     from log_object n where n.account_id = o.account_id and n.kind = 'log'
                       and n.delivered_at is not null and scope_shows_delivery(n.delivered_at)
                     order by n.delivered_at desc limit 1) as lag_seconds
             from log_object o
             where kind = 'log' and account_id is not null and scope_shows_delivery(delivered_at)
             group by account_id",
        )
        .fetch_all(&mut *tx)
        .await?)
    }

    /// What was delivered of an account, by months of delivery, the newest first.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn account_volumes(&self, scope: &Scope, account_id: i32) -> Result<Vec<VolumeRow>> {
        let mut tx = self.read(scope).await?;
        Ok(sqlx::query_as(
            "select date_trunc('month', delivered_at at time zone 'UTC')::date as month, count(*) as files,
                    sum(event_count - delivery_count)::bigint as events, sum(stored_bytes)::bigint as stored_bytes,
                    coalesce(sum(content_bytes), 0)::bigint as content_bytes
             from log_object
             where kind = 'log' and account_id = $1 and delivered_at is not null and scope_shows_delivery(delivered_at)
             group by 1 order by 1 desc",
        )
        .bind(account_id)
        .fetch_all(&mut *tx)
        .await?)
    }

    /// When the newest event of each account happened, of those within the range.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn newest_events(
        &self,
        scope: &Scope,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<(i32, i64)>> {
        let mut tx = self.read(scope).await?;
        let rows: Vec<(i32, i32)> = sqlx::query_as(
            "select account_id, max(t) from event where t >= $1 and t < $2 group by account_id",
        )
        .bind(to_index_time(from.timestamp()))
        .bind(to_index_time(to.timestamp()))
        .fetch_all(&mut *tx)
        .await?;
        Ok(rows
            .into_iter()
            .map(|(account, t)| (account, orgtrail_domain::record::from_index_time(t)))
            .collect())
    }

    /// Events, log files, and entries in quarantine that the scope shows.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn totals(&self, scope: &Scope) -> Result<(i64, i64, i64)> {
        let mut tx = self.read(scope).await?;
        Ok(sqlx::query_as(
            "select coalesce(sum(event_count - delivery_count), 0)::bigint, count(*) filter (where kind <> 'digest'),
                    (select count(*) from quarantine where resolved_at is null)
             from log_object where scope_shows_delivery(delivered_at)",
        )
        .fetch_one(&mut *tx)
        .await?)
    }

    /// The newest delivery of every account of the installation, for the lag metric.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn newest_collected(&self) -> Result<Vec<(String, DateTime<Utc>, i64)>> {
        Ok(sqlx::query_as(
            "select a.number, n.delivered_at,
                    greatest(0, extract(epoch from n.collected_at - n.delivered_at))::bigint
             from account a cross join lateral (
                 select delivered_at, collected_at from log_object o
                 where o.account_id = a.account_id and o.kind = 'log' and o.delivered_at is not null
                 order by o.delivered_at desc limit 1) n",
        )
        .fetch_all(self.worker())
        .await?)
    }

    /// How many entries are in quarantine, in the whole installation.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn quarantine_count(&self) -> Result<i64> {
        let sql = "select count(*) from quarantine where resolved_at is null";
        Ok(sqlx::query_scalar(sql).fetch_one(self.worker()).await?)
    }

    /// Bytes of the index in Postgres: tables, indexes and dictionaries, without the embedded store's metadata.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn index_bytes(&self) -> Result<i64> {
        Ok(sqlx::query_scalar(
            "select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = 'public' and c.relkind = 'r'",
        )
        .fetch_one(self.worker())
        .await?)
    }
}
