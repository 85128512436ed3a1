//! Digest chains: what the verification reads, and where it leaves its result.

mod trails;
mod verdicts;

pub use trails::{TrailKeyRow, TrailRow};

use crate::{Database, Result, Scope};
use chrono::{DateTime, Utc};
use sqlx::Row;

/// Whether digests have named the trail of a nameless chain since, as a condition on `chain`.
macro_rules! is_shadowed {
    () => {
        "trail = '' and exists (select from chain named where named.source_id = chain.source_id
             and named.account_id = chain.account_id and named.region = chain.region
             and named.trail <> '')"
    };
}

/// A chain that has something new.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ChainRow {
    /// Its number.
    pub chain_id: i32,
    /// The organization.
    pub organization_id: i32,
    /// The source.
    pub source_id: i32,
    /// The account.
    pub account_id: i32,
    /// The Region.
    pub region: String,
    /// The trail's name; empty for files whose trail no digest has named yet.
    pub trail: String,
    /// Whether digests have named the trail since, so that this nameless chain says nothing any more.
    pub is_shadowed: bool,
}

/// A digest of a chain.
#[derive(Clone, Debug)]
pub struct ChainDigestRow {
    /// The object.
    pub object_id: i32,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The time it covers.
    pub starts_at: DateTime<Utc>,
    /// The end of that time.
    pub ends_at: DateTime<Utc>,
    /// SHA-256 of its uncompressed bytes.
    pub sha256: Option<[u8; 32]>,
    /// Its signature.
    pub signature: Option<String>,
    /// The previous digest: bucket, key, hash, signature.
    pub previous: Option<(String, String, Option<[u8; 32]>, String)>,
    /// Whether it is a backfill digest.
    pub is_backfill: bool,
    /// What is wrong with it, taken alone: the kind's name and the words.
    pub own_problem: Option<(String, String)>,
    /// Whether another content was collected before under its key.
    pub is_replacement: bool,
    /// The files it lists: bucket, key, hash.
    pub files: Vec<(String, String, [u8; 32])>,
}

/// A collected log file of an account and Region.
#[derive(Clone, Debug)]
pub struct ChainFileRow {
    /// The object.
    pub object_id: i32,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// When it was delivered.
    pub delivered_at: DateTime<Utc>,
    /// SHA-256 of its uncompressed bytes; `None` when unreadable.
    pub sha256: Option<[u8; 32]>,
    /// Whether another content was collected before under its key.
    pub is_replacement: bool,
    /// The verdict so far.
    pub verdict: String,
}

/// One interval of coverage to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageRow {
    /// From.
    pub starts_at: DateTime<Utc>,
    /// To.
    pub ends_at: DateTime<Utc>,
    /// The state's name.
    pub state: String,
    /// Why.
    pub reason: String,
}

/// Which chain a coverage is of.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ChainPlace {
    /// Its number.
    pub chain_id: i32,
    /// The account.
    pub account_id: i32,
    /// The Region.
    pub region: String,
}

/// What a verification found.
#[derive(Clone, Debug, Default)]
pub struct ChainResult {
    /// The object, its verdict's name, and the digest that lists it.
    pub files: Vec<(i32, String, Option<i32>)>,
    /// The digest and what is wrong with its place in the chain.
    pub digests: Vec<(i32, Option<String>)>,
    /// The coverage.
    pub intervals: Vec<CoverageRow>,
}

fn hash(bytes: Option<Vec<u8>>) -> Option<[u8; 32]> {
    bytes.and_then(|bytes| bytes.try_into().ok())
}

impl Database {
    /// Chains to verify: those with something new, and those whose newest hour has passed since.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn chains_to_verify(&self, verified_before: DateTime<Utc>) -> Result<Vec<ChainRow>> {
        Ok(sqlx::query_as(concat!(
            "select chain_id, organization_id, source_id, account_id, region, trail, ",
            is_shadowed!(),
            " as is_shadowed from chain
                 where is_stale or verified_at is null or verified_at < $1 order by chain_id"
        ))
        .bind(verified_before)
        .fetch_all(self.worker())
        .await?)
    }

    /// Log files of the chain's account and Region that digests of other trails list, and its own don't.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn listed_by_other_trails(
        &self,
        chain: &ChainRow,
    ) -> Result<std::collections::HashSet<i32>> {
        let has_others: bool = sqlx::query_scalar(
            "select exists (select from chain where source_id = $1 and account_id = $2 and region = $3
             and trail not in ($4, ''))",
        )
        .bind(chain.source_id)
        .bind(chain.account_id)
        .bind(&chain.region)
        .bind(&chain.trail)
        .fetch_one(self.worker())
        .await?;
        if !has_others {
            return Ok(std::collections::HashSet::new());
        }
        let ids: Vec<i32> = sqlx::query_scalar(
            "select o.object_id from log_object o
             where o.source_id = $1 and o.account_id = $2 and o.region = $3 and o.kind = 'log'
               and exists (select from digest_entry e join digest d using (object_id) where d.source_id = $1
                   and d.account_id = $2 and d.region = $3 and d.trail <> $4 and e.location = o.location)
               and not exists (select from digest_entry e join digest d using (object_id) where d.source_id = $1
                   and d.account_id = $2 and d.region = $3 and d.trail = $4 and e.location = o.location)",
        )
        .bind(chain.source_id)
        .bind(chain.account_id)
        .bind(&chain.region)
        .bind(&chain.trail)
        .fetch_all(self.worker())
        .await?;
        Ok(ids.into_iter().collect())
    }

    /// All digests of a chain.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn chain_digests(&self, chain: &ChainRow) -> Result<Vec<ChainDigestRow>> {
        let rows = sqlx::query(
            "select d.object_id, o.bucket, o.key, d.starts_at, d.ends_at, o.content_sha256, d.signature,
                    d.previous_bucket, d.previous_key, d.previous_sha256, d.previous_signature, d.is_backfill,
                    d.own_problem, o.is_replacement, d.own_problem_kind,
                    array(select e.bucket from digest_entry e where e.object_id = d.object_id order by ordinal),
                    array(select e.key from digest_entry e where e.object_id = d.object_id order by ordinal),
                    array(select e.sha256 from digest_entry e where e.object_id = d.object_id order by ordinal)
             from digest d join log_object o using (object_id)
             where d.source_id = $1 and d.account_id = $2 and d.region = $3 and d.trail = $4
               and not exists (select from quarantine q
                               where q.object_id = d.object_id and q.ordinal is null and q.resolved_by is not null)
             order by d.ends_at, d.object_id",
        )
        .bind(chain.source_id)
        .bind(chain.account_id)
        .bind(&chain.region)
        .bind(&chain.trail)
        .fetch_all(self.worker())
        .await?;
        rows.into_iter()
            .map(|row| {
                let (buckets, keys): (Vec<String>, Vec<String>) =
                    (row.try_get(15)?, row.try_get(16)?);
                let hashes: Vec<Vec<u8>> = row.try_get(17)?;
                let files = buckets.into_iter().zip(keys).zip(hashes);
                let previous_key: Option<String> = row.try_get(8)?;
                Ok(ChainDigestRow {
                    object_id: row.try_get(0)?,
                    bucket: row.try_get(1)?,
                    key: row.try_get(2)?,
                    starts_at: row.try_get(3)?,
                    ends_at: row.try_get(4)?,
                    sha256: hash(row.try_get(5)?),
                    signature: row.try_get(6)?,
                    previous: match previous_key {
                        Some(key) => Some((
                            row.try_get::<Option<String>, _>(7)?.unwrap_or_default(),
                            key,
                            hash(row.try_get(9)?),
                            row.try_get::<Option<String>, _>(10)?.unwrap_or_default(),
                        )),
                        None => None,
                    },
                    is_backfill: row.try_get(11)?,
                    own_problem: row.try_get::<Option<String>, _>(14)?.zip(row.try_get(12)?),
                    is_replacement: row.try_get(13)?,
                    files: files
                        .filter_map(|((bucket, key), sha256)| {
                            Some((bucket, key, hash(Some(sha256))?))
                        })
                        .collect(),
                })
            })
            .collect()
    }

    /// All log files of a chain's account and Region.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn chain_files(&self, chain: &ChainRow) -> Result<Vec<ChainFileRow>> {
        let rows = sqlx::query(
            // What could not be read, and was read once more after an upgrade, is there as what was read then.
            "select object_id, bucket, key, delivered_at, content_sha256, is_replacement, verdict from log_object o
             where not exists (select from quarantine q
                               where q.object_id = o.object_id and q.ordinal is null and q.resolved_by is not null)
               and source_id = $1 and account_id = $2 and region = $3 and kind = 'log' and delivered_at is not null
             order by delivered_at, object_id",
        )
        .bind(chain.source_id)
        .bind(chain.account_id)
        .bind(&chain.region)
        .fetch_all(self.worker())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(ChainFileRow {
                    object_id: row.try_get(0)?,
                    bucket: row.try_get(1)?,
                    key: row.try_get(2)?,
                    delivered_at: row.try_get(3)?,
                    sha256: hash(row.try_get(4)?),
                    is_replacement: row.try_get(5)?,
                    verdict: row.try_get(6)?,
                })
            })
            .collect()
    }

    /// Objects of a source that were looked for by name and were not there.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn absent_objects(&self, source_id: i32) -> Result<Vec<(String, String)>> {
        Ok(sqlx::query_as("select bucket, key from absent_object where source_id = $1")
            .bind(source_id)
            .fetch_all(self.worker())
            .await?)
    }

    /// Notes that an object was looked for by name and was not there.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn note_absent(
        &self,
        organization_id: i32,
        source_id: i32,
        bucket: &str,
        key: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query(
            "insert into absent_object values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        )
        .bind(organization_id)
        .bind(source_id)
        .bind(crate::log_objects::location_of(organization_id, bucket, key).as_slice())
        .bind(bucket)
        .bind(key)
        .bind(now)
        .execute(self.worker())
        .await?;
        Ok(())
    }

    /// Replaces a chain's result as a whole. What arrived while it was computed has marked the chain stale again,
    /// which the next pass sees: the mark is cleared before the chain is read, by [`Self::begin_verification`].
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn save_verification(
        &self,
        chain: &ChainRow,
        result: &ChainResult,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let mut tx = self.worker().begin().await?;
        verdicts::save(&mut tx, chain, result, now).await?;
        let (ids, problems): (Vec<i32>, Vec<Option<&str>>) =
            result.digests.iter().map(|(id, problem)| (*id, problem.as_deref())).unzip();
        sqlx::query(
            "update digest d set chain_problem = new.problem
             from unnest($1::int[], $2::text[]) as new (object_id, problem)
             where d.object_id = new.object_id and d.chain_problem is distinct from new.problem",
        )
        .bind(ids)
        .bind(problems)
        .execute(&mut *tx)
        .await?;
        sqlx::query("delete from coverage where chain_id = $1")
            .bind(chain.chain_id)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "insert into coverage (chain_id, organization_id, account_id, region, starts_at, ends_at, state, reason)
             select $1, $2, $3, $4, starts_at, ends_at, state, reason
             from unnest($5::timestamptz[], $6::timestamptz[], $7::text[], $8::text[])
                  as new (starts_at, ends_at, state, reason)",
        )
        .bind(chain.chain_id)
        .bind(chain.organization_id)
        .bind(chain.account_id)
        .bind(&chain.region)
        .bind(result.intervals.iter().map(|interval| interval.starts_at).collect::<Vec<_>>())
        .bind(result.intervals.iter().map(|interval| interval.ends_at).collect::<Vec<_>>())
        .bind(result.intervals.iter().map(|interval| interval.state.as_str()).collect::<Vec<_>>())
        .bind(result.intervals.iter().map(|interval| interval.reason.as_str()).collect::<Vec<_>>())
        .execute(&mut *tx)
        .await?;
        sqlx::query("update chain set verified_at = $2 where chain_id = $1")
            .bind(chain.chain_id)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Clears the mark of a chain before it is read.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn begin_verification(&self, chain_id: i32) -> Result<()> {
        sqlx::query("update chain set is_stale = false where chain_id = $1")
            .bind(chain_id)
            .execute(self.worker())
            .await?;
        Ok(())
    }

    /// Marks a chain stale, so that the next pass looks at it.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn mark_stale(&self, chain_id: i32) -> Result<()> {
        sqlx::query("update chain set is_stale = true where chain_id = $1")
            .bind(chain_id)
            .execute(self.worker())
            .await?;
        Ok(())
    }

    /// The chains that a scope shows, also those of which no coverage is known yet.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn chain_places(
        &self,
        scope: &Scope,
        account_id: Option<i32>,
    ) -> Result<Vec<ChainPlace>> {
        let mut tx = self.read(scope).await?;
        Ok(sqlx::query_as(concat!(
            "select chain_id, account_id, region from chain
             where ($1::int is null or account_id = $1) and not (",
            is_shadowed!(),
            ")"
        ))
        .bind(account_id)
        .fetch_all(&mut *tx)
        .await?)
    }

    /// The coverage that a scope shows, of time that overlaps the range: chain by chain, as those of several trails or
    /// sources overlap each other.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn coverage(
        &self,
        scope: &Scope,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        account_id: Option<i32>,
    ) -> Result<Vec<(ChainPlace, CoverageRow)>> {
        let mut tx = self.read(scope).await?;
        let rows = sqlx::query(
            "select chain_id, account_id, region, greatest(starts_at, scope_from_time()), least(ends_at, scope_to_time()),
                    state, reason from coverage
             where starts_at < $2 and ends_at > $1 and ($3::int is null or account_id = $3)
             order by account_id, region, chain_id, starts_at",
        )
        .bind(from)
        .bind(to)
        .bind(account_id)
        .fetch_all(&mut *tx)
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok((
                    ChainPlace {
                        chain_id: row.try_get(0)?,
                        account_id: row.try_get(1)?,
                        region: row.try_get(2)?,
                    },
                    CoverageRow {
                        starts_at: row.try_get(3)?,
                        ends_at: row.try_get(4)?,
                        state: row.try_get(5)?,
                        reason: row.try_get(6)?,
                    },
                ))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
