//! The one transaction in which objects, events, quarantine, digests and custody leaves come into being.

use super::insert::{insert_digests, insert_objects, storable};
use super::model::{NewObject, location_of};
use crate::copy::{EventCopy, copy_into};
use crate::{Database, Result, StoreError};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, Postgres, Transaction};
use std::collections::{BTreeMap, BTreeSet};

/// What came of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// The batch is stored: which of its objects were new. The others had been stored by somebody else meanwhile.
    Stored(Vec<bool>),
    /// An event of the batch is indexed already; nothing was stored. Compare with
    /// [`Database::existing_events`] and try again.
    EventExists,
}

/// How many bytes of rows are sent at once.
const COPY_BYTES: usize = 4 << 20;

impl Database {
    /// Stores a batch of objects exactly once, in one transaction.
    ///
    /// A concurrent caller with the same object waits on `log_object.identity` and then leaves it out, with
    /// everything that belongs to it. Two callers with different contents under one key take turns, so that the
    /// second marks its own as a replacement. Two callers with the same event meet on `event_once`: the second
    /// gets [`Committed::EventExists`].
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`]; nothing was stored and the call may be repeated.
    pub async fn commit_objects(
        &self,
        objects: &[NewObject],
        now: DateTime<Utc>,
    ) -> Result<Committed> {
        self.commit_waiting_objects(objects, &[], now).await
    }

    /// Stores a batch as [`Self::commit_objects`] does, and removes the objects from the queue: what was fetched, and what
    /// had been listed (`waiting`, by identity), which is another if the object was replaced between.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`]; nothing was stored or removed and the call may be repeated.
    pub async fn commit_waiting_objects(
        &self,
        objects: &[NewObject],
        waiting: &[Vec<u8>],
        now: DateTime<Utc>,
    ) -> Result<Committed> {
        let partitions = self.ensure_partitions(objects, now).await?;
        let mut tx = self.worker().begin().await?;
        take_turns(&mut tx, objects).await?;
        let ids = insert_objects(&mut tx, objects, now).await?;
        let fresh: Vec<(&NewObject, i32)> =
            objects.iter().zip(&ids).filter_map(|(object, id)| id.map(|id| (object, id))).collect();
        match copy_events(&mut tx, &fresh, &partitions).await {
            Err(StoreError::Database(error)) if is_duplicate_event(&error) => {
                return Ok(Committed::EventExists);
            }
            other => other?,
        }
        crate::grams::insert(&mut tx, &fresh).await?;
        crate::segments::insert_batch(&mut tx, &fresh).await?;
        insert_deliveries(&mut tx, &fresh).await?;
        insert_quarantine(&mut tx, &fresh, now).await?;
        crate::quarantine::resolve(&mut tx, &fresh, now).await?;
        insert_digests(&mut tx, &fresh).await?;
        mark_chains_stale(&mut tx, &fresh).await?;
        let fetched = objects.iter().map(|object| object.observation.identity().to_vec());
        crate::waiting::remove(&mut tx, fetched.chain(waiting.iter().cloned()).collect()).await?;
        append_custody(&mut tx, &fresh, now).await?;
        tx.commit().await?;
        Ok(Committed::Stored(ids.iter().map(Option::is_some).collect()))
    }

    /// Makes the partitions that the batch needs, outside its transaction: a table made inside one would be
    /// locked until the end. Gives back all partitions that there are.
    async fn ensure_partitions(
        &self,
        objects: &[NewObject],
        now: DateTime<Utc>,
    ) -> Result<Partitions> {
        let plausible_from = orgtrail_domain::record::to_index_time(1_356_998_400);
        let now_t = orgtrail_domain::record::to_index_time(now.timestamp());
        let days: BTreeSet<i32> = objects
            .iter()
            .flat_map(|object| &object.events)
            .filter(|event| (plausible_from..=now_t.saturating_add(2 * 86_400)).contains(&event.t))
            .map(|event| event.t.div_euclid(86_400))
            .collect();
        let known = self.partitions().await?;
        let missing: Vec<i32> = days
            .into_iter()
            .map(|day| day * 86_400)
            .filter(|t| find_partition(&known, *t).is_none())
            .collect();
        if missing.is_empty() {
            return Ok(known);
        }
        for t in missing {
            sqlx::query("select ensure_event_partition($1, $2)")
                .bind(t)
                .bind(now_t)
                .execute(self.worker())
                .await?;
        }
        self.partitions().await
    }

    async fn partitions(&self) -> Result<Partitions> {
        Ok(sqlx::query_as("select low_t, high_t, name from event_partition order by low_t")
            .fetch_all(self.worker())
            .await?)
    }
}

/// Bounds and names, by time.
type Partitions = Vec<(i32, i32, String)>;

/// Where implausible times go.
const ODD: &str = "event_odd";

fn find_partition(partitions: &Partitions, t: i32) -> Option<&str> {
    let after = partitions.partition_point(|(low, ..)| *low <= t);
    let (_, high, name) = partitions.get(after.checked_sub(1)?)?;
    (t < *high).then_some(name)
}

fn is_duplicate_event(error: &sqlx::Error) -> bool {
    let Some(database) = error.as_database_error() else { return false };
    database.is_unique_violation()
        && database.table().is_some_and(|table| table.starts_with("event_"))
        && database.table() != Some("event_delivery")
}

/// Waits until no other commit is under way that has an object under a key of the batch, and lets none begin.
///
/// Whether an object replaces another is read from committed rows, and no constraint could decide it: two
/// contents under one key are no conflict, and the first of them isn't marked. Without this, both of two commits at
/// once would read that nothing was there. Locks are taken in one order, so that batches can't wait for each other
/// in a circle; they end with the transaction. Two keys that share a lock merely wait.
async fn take_turns(tx: &mut PgConnection, objects: &[NewObject]) -> Result<()> {
    let locks: BTreeSet<i64> = objects
        .iter()
        .map(|object| {
            let seen = &object.observation;
            let location = location_of(object.organization_id, &seen.bucket, &seen.key);
            let (first, _) = location.split_first_chunk().expect("a hash has 32 bytes");
            i64::from_be_bytes(*first)
        })
        .collect();
    sqlx::query("select pg_advisory_xact_lock(lock) from unnest($1::bigint[]) as wanted (lock)")
        .bind(Vec::from_iter(locks))
        .execute(&mut *tx)
        .await?;
    Ok(())
}

/// Copies rows into their partitions, in the order of names, so that two writers lock them in the same order.
async fn copy_events(
    tx: &mut PgConnection,
    fresh: &[(&NewObject, i32)],
    partitions: &Partitions,
) -> Result<()> {
    let mut copies: BTreeMap<&str, EventCopy> = BTreeMap::new();
    for (object, id) in fresh {
        for event in &object.events {
            let partition = find_partition(partitions, event.t).unwrap_or(ODD);
            copies.entry(partition).or_insert_with(EventCopy::new).push(
                *id,
                object.organization_id,
                event,
            );
        }
    }
    for (partition, rows) in copies {
        let mut sink = tx.copy_in_raw(&copy_into(partition)).await?;
        for part in rows.finish().chunks(COPY_BYTES) {
            sink.send(part).await?;
        }
        sink.finish().await?;
    }
    Ok(())
}

async fn insert_deliveries(tx: &mut PgConnection, fresh: &[(&NewObject, i32)]) -> Result<()> {
    for (object, id) in fresh.iter().filter(|(object, _)| !object.deliveries.is_empty()) {
        let of = |part: fn(&super::Delivery) -> i32| {
            object.deliveries.iter().map(part).collect::<Vec<_>>()
        };
        sqlx::query(
            "insert into event_delivery (organization_id, account_id, t, event_id, variant, object_id, ordinal)
             select $1, account_id, t, event_id, variant, $2, ordinal
             from unnest($3::int[], $4::int[], $5::uuid[], $6::int[], $7::int[])
                  as new (account_id, t, event_id, variant, ordinal)
             on conflict do nothing",
        )
        .bind(object.organization_id)
        .bind(id)
        .bind(of(|delivery| delivery.account_id))
        .bind(of(|delivery| delivery.t))
        .bind(object.deliveries.iter().map(|delivery| delivery.event_id).collect::<Vec<_>>())
        .bind(of(|delivery| delivery.variant))
        .bind(of(|delivery| delivery.ordinal))
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

async fn insert_quarantine(
    tx: &mut PgConnection,
    fresh: &[(&NewObject, i32)],
    now: DateTime<Utc>,
) -> Result<()> {
    for (object, id) in fresh {
        let bad: Vec<_> = object.quarantine.iter().chain(&object.bad_records).collect();
        if bad.is_empty() {
            continue;
        }
        sqlx::query(
            "insert into quarantine (organization_id, object_id, ordinal, account_id, reason, bytes, excerpt,
                 quarantined_at)
             select $1, $2, ordinal, $3, reason, bytes, excerpt, $4
             from unnest($5::int[], $6::text[], $7::bigint[], $8::text[]) as bad (ordinal, reason, bytes, excerpt)",
        )
        .bind(object.organization_id)
        .bind(id)
        .bind(object.account_id)
        .bind(now)
        .bind(bad.iter().map(|bad| bad.ordinal).collect::<Vec<_>>())
        .bind(bad.iter().map(|bad| storable(&bad.reason)).collect::<Vec<_>>())
        .bind(bad.iter().map(|bad| bad.bytes).collect::<Vec<_>>())
        .bind(bad.iter().map(|bad| storable(&bad.excerpt)).collect::<Vec<_>>())
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Tells the verification what to look at again. A file's name doesn't tell its trail, so it touches every chain
/// of its account and Region.
async fn mark_chains_stale(tx: &mut PgConnection, fresh: &[(&NewObject, i32)]) -> Result<()> {
    let mut touched: BTreeSet<(i32, i32, i32, &str, &str)> = BTreeSet::new();
    for (object, _) in fresh {
        if let (Some(account_id), Some(region)) = (object.account_id, &object.region) {
            let trail = object.digest.as_ref().map_or("", |digest| digest.trail.as_str());
            touched.insert((
                object.organization_id,
                object.observation.source_id,
                account_id,
                region,
                trail,
            ));
        }
    }
    for (organization_id, source_id, account_id, region, trail) in touched {
        sqlx::query(
            "with touched as (
                 update chain set is_stale = true
                 where source_id = $2 and account_id = $3 and region = $4 and ($5 = '' or trail in ($5, ''))
                 returning trail)
             insert into chain (organization_id, source_id, account_id, region, trail)
             select $1, $2, $3, $4, $5
             where not exists (select from touched where $5 = '' or trail = $5)
             on conflict (source_id, account_id, region, trail) do update set is_stale = true",
        )
        .bind(organization_id)
        .bind(source_id)
        .bind(account_id)
        .bind(region)
        .bind(trail)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Appends one leaf for each object. The counter's row is locked until the commit, so leaves have no holes and
/// the order of leaves is the order of commits; it comes last to keep that lock short.
async fn append_custody(
    tx: &mut Transaction<'_, Postgres>,
    fresh: &[(&NewObject, i32)],
    now: DateTime<Utc>,
) -> Result<()> {
    if fresh.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(fresh.len()).unwrap_or(i64::MAX);
    let size: i64 = sqlx::query_scalar("update custody_log set size = size + $1 returning size")
        .bind(count)
        .fetch_one(&mut **tx)
        .await?;
    let hashes: Vec<Vec<u8>> = fresh.iter().map(|(object, _)| leaf_hash(object).to_vec()).collect();
    sqlx::query(
        "insert into custody_leaf (leaf_index, object_id, leaf_hash, appended_at)
         select $1 + place - 1, object_id, leaf_hash, $4
         from unnest($2::int[], $3::bytea[]) with ordinality as new (object_id, leaf_hash, place)",
    )
    .bind(size - count)
    .bind(fresh.iter().map(|(_, id)| *id).collect::<Vec<_>>())
    .bind(hashes)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// SHA-256 over a leaf prefix and what was taken into custody.
///
/// Source: RFC 6962 §2.1, which puts a zero byte before a leaf.
fn leaf_hash(object: &NewObject) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    for part in [
        object.observation.bucket.as_bytes(),
        object.observation.key.as_bytes(),
        object.observation.version.as_bytes(),
        object.archive_key.as_bytes(),
        &object.stored_sha256,
    ] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}
