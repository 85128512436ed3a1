//! The queue of collection: objects that a listing has shown and nobody has taken in yet.
//!
//! A row comes into being when an object is listed that is not known, and goes away in the transaction that takes the object
//! in. Between, whoever holds a claim on it works on it.

mod claims;
mod counts;
mod trouble;

pub use claims::{Claimant, Claims, Turn, WaitingRow};
pub use counts::{BackfillCount, DueSource, WaitingCount, WaitingTrouble};
pub use trouble::{During, SourceTrouble, Troubled};

use crate::log_objects::Observation;
use crate::sources::SourceRow;
use crate::{Database, Result};
use chrono::{DateTime, NaiveDate, Utc};
use orgtrail_domain::collection::days_late;
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// The advisory locks that insertions into one source's queue take turns by.
const TURNS: i32 = 7101;

/// An object that a listing shows.
#[derive(Clone, Debug)]
pub struct NewWaiting {
    /// How it was seen.
    pub observation: Observation,
    /// `log` or `digest`.
    pub kind: &'static str,
    /// The day in its key.
    pub day: NaiveDate,
    /// Whether the day is older than what is collected first.
    pub is_backfill: bool,
}

impl Database {
    /// Puts into the queue what is neither known nor waiting. Gives back how many objects that were.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was added, and the call may be repeated.
    pub async fn add_waiting(
        &self,
        source: &SourceRow,
        found: &[NewWaiting],
        now: DateTime<Utc>,
    ) -> Result<u64> {
        if found.is_empty() {
            return Ok(0);
        }
        let mut tx = self.worker().begin().await?;
        // Two that add the same objects in another order would wait for each other in a circle.
        sqlx::query("select pg_advisory_xact_lock($1, $2)")
            .bind(TURNS)
            .bind(source.source_id)
            .execute(&mut *tx)
            .await?;
        // Asked before the insertion, and not counted after it: a queue of years has millions of rows.
        let was_empty: bool = sqlx::query_scalar(
            "select not exists (select from waiting_object where source_id = $1 and is_backfill)",
        )
        .bind(source.source_id)
        .fetch_one(&mut *tx)
        .await?;
        let added = insert(&mut tx, source, found, now).await?;
        let old = added.iter().filter(|(_, _, is_backfill)| *is_backfill).count();
        let old = i64::try_from(old).unwrap_or(i64::MAX);
        count_backfill(&mut tx, source, old, was_empty, now).await?;
        note_lateness(&mut tx, source, &added, now).await?;
        tx.commit().await?;
        Ok(added.len() as u64)
    }
}

/// The day, the time of writing, and whether it is backfill, of what was added.
type Added = (NaiveDate, Option<DateTime<Utc>>, bool);

async fn insert(
    tx: &mut PgConnection,
    source: &SourceRow,
    found: &[NewWaiting],
    now: DateTime<Utc>,
) -> Result<Vec<Added>> {
    let seen = || found.iter().map(|found| &found.observation);
    Ok(sqlx::query_as(
        "insert into waiting_object (organization_id, source_id, identity, bucket, key, etag, size, last_modified,
             kind, day, is_backfill, found_at, next_attempt_at)
         select $1, $2, identity, bucket, key, etag, size, last_modified, kind, day, is_backfill, $3, $3
         from unnest($4::bytea[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::timestamptz[], $10::text[],
                     $11::date[], $12::bool[]) with ordinality
              as new (identity, bucket, key, etag, size, last_modified, kind, day, is_backfill, place)
         where not exists (select from log_object where log_object.identity = new.identity)
         order by place
         on conflict (identity) do nothing
         returning day, last_modified, is_backfill",
    )
    .bind(source.organization_id)
    .bind(source.source_id)
    .bind(now)
    .bind(seen().map(|seen| seen.identity().to_vec()).collect::<Vec<_>>())
    .bind(seen().map(|seen| seen.bucket.as_str()).collect::<Vec<_>>())
    .bind(seen().map(|seen| seen.key.as_str()).collect::<Vec<_>>())
    .bind(seen().map(|seen| seen.etag.as_str()).collect::<Vec<_>>())
    .bind(seen().map(|seen| seen.size).collect::<Vec<_>>())
    .bind(seen().map(|seen| seen.last_modified).collect::<Vec<_>>())
    .bind(found.iter().map(|found| found.kind).collect::<Vec<_>>())
    .bind(found.iter().map(|found| found.day).collect::<Vec<_>>())
    .bind(found.iter().map(|found| found.is_backfill).collect::<Vec<_>>())
    .fetch_all(tx)
    .await?)
}

/// A backfill begins when the first old object comes into an empty queue; its progress counts from there.
async fn count_backfill(
    tx: &mut PgConnection,
    source: &SourceRow,
    added: i64,
    was_empty: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    if added == 0 {
        return Ok(());
    }
    sqlx::query(
        "update log_source set backfill_found = case when $3 then 0 else backfill_found end + $2,
             backfill_began_at = case when $3 then $4 else coalesce(backfill_began_at, $4) end
         where source_id = $1",
    )
    .bind(source.source_id)
    .bind(added)
    .bind(was_empty)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

async fn note_lateness(
    tx: &mut PgConnection,
    source: &SourceRow,
    added: &[Added],
    now: DateTime<Utc>,
) -> Result<()> {
    let mut late: BTreeMap<i32, i64> = BTreeMap::new();
    for (day, last_modified, _) in added {
        if let Some(days) = days_late(*day, *last_modified, source.listed_at, now) {
            *late.entry(i32::try_from(days).unwrap_or(i32::MAX)).or_default() += 1;
        }
    }
    if late.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into source_lateness (organization_id, source_id, days_late, files, last_seen_at)
         select $1, $2, days_late, files, $3 from unnest($4::int[], $5::bigint[]) as new (days_late, files)
         on conflict (source_id, days_late) do update
             set files = source_lateness.files + excluded.files, last_seen_at = excluded.last_seen_at",
    )
    .bind(source.organization_id)
    .bind(source.source_id)
    .bind(now)
    .bind(late.keys().copied().collect::<Vec<_>>())
    .bind(late.values().copied().collect::<Vec<_>>())
    .execute(tx)
    .await?;
    Ok(())
}

/// Removes from the queue what a transaction takes in: by what was seen at fetching, and by what was listed before.
///
/// Rows are locked in the order of their numbers, as by everybody who changes several of them.
pub(crate) async fn remove(tx: &mut PgConnection, identities: Vec<Vec<u8>>) -> Result<()> {
    sqlx::query(
        "with done as materialized (
             select waiting_id from waiting_object where identity = any($1) order by waiting_id for update)
         delete from waiting_object where waiting_id in (select waiting_id from done)",
    )
    .bind(identities)
    .execute(tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
