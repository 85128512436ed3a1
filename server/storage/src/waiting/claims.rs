//! Claims on waiting objects: who works on what, for how long, and how a dead one's work is taken over at once.

use crate::log_objects::Observation;
use crate::{Database, Result};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::PgConnection;
use tokio::sync::Mutex;

/// The advisory locks that say which holders of claims are alive.
const HOLDERS: i32 = 7100;

/// The holders of claims whose connection is open. A process that was killed has none, so its claims are free at once,
/// and not only when their time is over.
pub(super) const ALIVE: &str = "alive as materialized (
    select objid::bigint as holder from pg_locks
    where locktype = 'advisory' and classid = 7100 and objsubid = 2 and granted
      and database = (select oid from pg_database where datname = current_database()))";

/// Somebody who claims waiting objects, with the sign that they are alive.
///
/// A number alone could be a dead one's, so the number is an advisory lock that its own connection holds.
#[derive(Debug)]
pub struct Claimant {
    holder: i32,
    connection: Mutex<Option<PgConnection>>,
}

/// A waiting object that was claimed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct WaitingRow {
    /// Its number in the queue.
    pub waiting_id: i64,
    /// The source.
    pub source_id: i32,
    /// What makes it the same as another.
    pub identity: Vec<u8>,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The ETag.
    pub etag: String,
    /// The size in bytes.
    pub size: i64,
    /// When it was last modified.
    pub last_modified: Option<DateTime<Utc>>,
    /// The day in the key.
    pub day: NaiveDate,
    /// How many attempts have failed.
    pub attempts: i32,
    /// Why the last one failed, if there was one.
    pub trouble: String,
}

impl WaitingRow {
    /// How it was seen in the listing.
    pub fn observation(&self) -> Observation {
        Observation {
            source_id: self.source_id,
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            version: String::new(),
            etag: self.etag.clone(),
            size: self.size,
            last_modified: self.last_modified,
        }
    }
}

/// Which waiting objects have their turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Everything that this claimant has not tried yet, however soon it was tried before.
    Now,
    /// What is due: new objects, or those of old days.
    Due {
        /// Whether of old days.
        is_backfill: bool,
    },
}

/// What a claim says.
#[derive(Clone, Copy, Debug)]
pub struct Claims {
    /// The source.
    pub source_id: i32,
    /// Which objects.
    pub turn: Turn,
    /// How many at most.
    pub count: i64,
    /// The present.
    pub now: DateTime<Utc>,
    /// How long the claim lasts without being renewed.
    pub length: TimeDelta,
}

impl Claimant {
    /// The number that claims bear.
    pub fn holder(&self) -> i32 {
        self.holder
    }
}

impl Database {
    /// Somebody new who may claim waiting objects, for as long as the value lives.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn claimant(&self) -> Result<Claimant> {
        loop {
            let holder = rand::random_range(1..i32::MAX);
            let mut connection = self.worker().acquire().await?.detach();
            if try_lock(&mut connection, holder).await? {
                return Ok(Claimant { holder, connection: Mutex::new(Some(connection)) });
            }
        }
    }

    /// Claims waiting objects of a source, the newest day first. Those that were taken in meanwhile are left out.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was claimed.
    pub async fn claim_waiting(
        &self,
        claimant: &Claimant,
        claims: Claims,
    ) -> Result<Vec<WaitingRow>> {
        let (is_now, is_backfill) = match claims.turn {
            Turn::Now => (true, None),
            Turn::Due { is_backfill } => (false, Some(is_backfill)),
        };
        let sql = format!(
            "with {ALIVE}, next as materialized (
                 select waiting_id from waiting_object
                 where source_id = $1 and ($2::bool is null or is_backfill = $2)
                   and case when $3 then tried_by is distinct from $4 else next_attempt_at <= $5 end
                   and (claimed_by is null or claimed_until <= $5 or claimed_by not in (select holder from alive))
                 order by day desc, waiting_id limit $6 for update skip locked)
             update waiting_object set claimed_by = $4, claimed_until = $7
             where waiting_id in (select waiting_id from next)
             returning waiting_id, source_id, identity, bucket, key, etag, size, last_modified, day, attempts, trouble"
        );
        let mut tx = self.worker().begin().await?;
        let mut rows: Vec<WaitingRow> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(claims.source_id)
            .bind(is_backfill)
            .bind(is_now)
            .bind(claimant.holder)
            .bind(claims.now)
            .bind(claims.count)
            .bind(claims.now + claims.length)
            .fetch_all(&mut *tx)
            .await?;
        // A listing that is older than a commit may have put back what the commit had removed.
        let known: Vec<i64> = sqlx::query_scalar(
            "delete from waiting_object where waiting_id = any($1)
               and exists (select from log_object where log_object.identity = waiting_object.identity)
             returning waiting_id",
        )
        .bind(rows.iter().map(|row| row.waiting_id).collect::<Vec<_>>())
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        rows.retain(|row| !known.contains(&row.waiting_id));
        rows.sort_by(|one, other| {
            other.day.cmp(&one.day).then(one.waiting_id.cmp(&other.waiting_id))
        });
        Ok(rows)
    }

    /// Makes claims of a claimant last longer, and shows again that it is alive if its connection was lost.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; claims last as long as before.
    pub async fn renew_claims(
        &self,
        claimant: &Claimant,
        only: &[i64],
        until: DateTime<Utc>,
    ) -> Result<()> {
        self.show_alive(claimant).await?;
        // What is locked is about to be removed or given back, and needs no more time.
        sqlx::query(
            "update waiting_object set claimed_until = $2 where waiting_id in (
                 select waiting_id from waiting_object where claimed_by = $1 and waiting_id = any($3)
                 order by waiting_id for update skip locked)",
        )
        .bind(claimant.holder)
        .bind(until)
        .bind(only)
        .execute(self.worker())
        .await?;
        Ok(())
    }

    async fn show_alive(&self, claimant: &Claimant) -> Result<()> {
        let mut held = claimant.connection.lock().await;
        if let Some(connection) = held.as_mut()
            && sqlx::query("select").execute(connection).await.is_ok()
        {
            return Ok(());
        }
        *held = None;
        let mut connection = self.worker().acquire().await?.detach();
        // If the lock is held, it is by our lost connection, whose end the server hasn't noticed.
        if try_lock(&mut connection, claimant.holder).await? {
            *held = Some(connection);
        }
        Ok(())
    }

    /// Gives claims back: those on these objects, or all of the claimant.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; the claims end by themselves.
    pub async fn release_claims(&self, claimant: &Claimant, only: Option<&[i64]>) -> Result<()> {
        sqlx::query(
            "update waiting_object set claimed_by = null, claimed_until = null where waiting_id in (
                 select waiting_id from waiting_object
                 where claimed_by = $1 and ($2::bigint[] is null or waiting_id = any($2)) order by waiting_id for update)",
        )
        .bind(claimant.holder)
        .bind(only)
        .execute(self.worker())
        .await?;
        Ok(())
    }

    /// Whether somebody else who is alive works on objects of a source.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn is_worked_on(
        &self,
        claimant: &Claimant,
        source_id: i32,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let sql = format!(
            "with {ALIVE} select exists (
                 select from waiting_object where source_id = $1 and claimed_by <> $2 and claimed_until > $3
                   and claimed_by in (select holder from alive))"
        );
        Ok(sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(source_id)
            .bind(claimant.holder)
            .bind(now)
            .fetch_one(self.worker())
            .await?)
    }
}

async fn try_lock(connection: &mut PgConnection, holder: i32) -> Result<bool> {
    Ok(sqlx::query_scalar("select pg_try_advisory_lock($1, $2)")
        .bind(HOLDERS)
        .bind(holder)
        .fetch_one(connection)
        .await?)
}
