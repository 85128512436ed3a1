//! Trails: what the digests of a source tell of them, and which chains are due because of it.

use crate::{Database, Result};
use chrono::{DateTime, Utc};
use std::collections::HashSet;

/// A trail, as far as the digests of all its accounts and Regions tell.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct TrailRow {
    /// Its name.
    pub trail: String,
    /// The Region that delivers most of its digests.
    pub home_region: String,
    /// The start of the oldest digest that can be trusted by itself. `None` when there is none, or when a digest
    /// of that hour, of any account and Region, names one before it that isn't there: then the trail is older than
    /// what was collected of it.
    pub began_at: Option<DateTime<Utc>>,
}

/// What the key of a digest says about its trail.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct TrailKeyRow {
    /// The account that the digest is of.
    pub account_id: i32,
    /// The trail's home Region.
    pub home_region: String,
    /// Whether the key holds the organization, as those of an organization trail do.
    pub is_of_organization: bool,
}

impl Database {
    /// Makes a chain for each account that should deliver from a Region and has delivered nothing, so that the silence
    /// is seen. Those are all accounts for a trail whose digests lie under the organization's id, and otherwise the
    /// accounts that have delivered from another Region: a trail of their own is nobody else's duty.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn ensure_expected_chains(
        &self,
        organization_id: i32,
        source_id: i32,
        region: &str,
        trail: &str,
    ) -> Result<()> {
        sqlx::query(
            "insert into chain (organization_id, source_id, account_id, region, trail)
             select $1, $2, account_id, $3, $4 from account
             where organization_id = $1 and kind <> 'unknown'
               and not exists (select from chain where chain.source_id = $2 and chain.account_id = account.account_id
                               and chain.region = $3 and chain.trail = $4)
               and exists (select from digest join log_object using (object_id)
                           where digest.source_id = $2 and digest.trail = $4
                             and (digest.account_id = account.account_id
                                  or log_object.key ~ '(^|/)AWSLogs/o-[a-z0-9]+/'))
             on conflict do nothing",
        )
        .bind(organization_id)
        .bind(source_id)
        .bind(region)
        .bind(trail)
        .execute(self.worker())
        .await?;
        Ok(())
    }

    /// The Regions of each trail from which every account should deliver, as (trail, Region).
    ///
    /// Those are the Region of most digests, and every Region from which more than half of the trail's accounts have
    /// delivered digests that can be trusted: a trail of all Regions delivers digests from each of them, also when nothing
    /// happened there. `optional` Regions don't count, as accounts may lack them.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn expected_regions(
        &self,
        source_id: i32,
        optional: &[&str],
    ) -> Result<Vec<(String, String)>> {
        Ok(sqlx::query_as(
            "select trail, mode() within group (order by region) from digest where source_id = $1 group by trail
             union
             select d.trail, d.region from digest d
             where d.source_id = $1 and d.own_problem is null and d.region <> all($2)
             group by d.trail, d.region
             having count(distinct d.account_id) * 2 > (
                 select count(distinct all_accounts.account_id) from digest all_accounts
                 where all_accounts.source_id = $1 and all_accounts.trail = d.trail
                   and all_accounts.own_problem is null)
             order by 1, 2",
        )
        .bind(source_id)
        .bind(optional)
        .fetch_all(self.worker())
        .await?)
    }

    /// When a trail began in a Region: the start of the oldest digest from there, of any account, that can be trusted by
    /// itself; `None` when there is none, or when an account's first one names one before it.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn began_in_region(
        &self,
        source_id: i32,
        trail: &str,
        region: &str,
    ) -> Result<Option<DateTime<Utc>>> {
        Ok(sqlx::query_scalar(
            "with oldest as (
                 select min(starts_at) as starts_at from digest
                 where source_id = $1 and trail = $2 and region = $3 and own_problem is null)
             select starts_at from oldest where not exists (
                 select from digest first
                 where first.source_id = $1 and first.trail = $2 and first.region = $3
                   and first.starts_at < oldest.starts_at + interval '1 hour'
                   and first.own_problem is null and first.previous_key is not null
                   and not exists (
                       select from digest previous join log_object using (object_id)
                       where previous.source_id = $1 and previous.trail = $2 and previous.region = $3
                         and previous.account_id = first.account_id
                         and previous.own_problem is null and log_object.key = first.previous_key))",
        )
        .bind(source_id)
        .bind(trail)
        .bind(region)
        .fetch_optional(self.worker())
        .await?
        .flatten())
    }

    /// The trails that a source's digests name.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn trails_of_source(&self, source_id: i32) -> Result<Vec<TrailRow>> {
        // A chain whose first digest starts within the trail's first hour and names one before it began earlier.
        Ok(sqlx::query_as(
            "with trail as (
                 select trail, mode() within group (order by region) as home_region,
                        min(starts_at) filter (where own_problem is null) as oldest
                 from digest where source_id = $1 group by trail)
             select trail, home_region, case when not exists (
                 select from digest first
                 where first.source_id = $1 and first.trail = trail.trail
                   and first.starts_at < trail.oldest + interval '1 hour'
                   and first.own_problem is null and first.previous_key is not null
                   and not exists (
                       select from digest previous join log_object using (object_id)
                       where previous.source_id = $1 and previous.trail = first.trail
                         and previous.account_id = first.account_id and previous.region = first.region
                         and previous.own_problem is null and log_object.key = first.previous_key)
                 ) then oldest end as began_at
             from trail",
        )
        .bind(source_id)
        .fetch_all(self.worker())
        .await?)
    }

    /// What the keys of a trail's digests say about it. Only digests that can be trusted by themselves count.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn trail_keys(&self, source_id: i32, trail: &str) -> Result<Vec<TrailKeyRow>> {
        Ok(sqlx::query_as(
            "select distinct d.account_id,
                    coalesce(substring(o.key from '_([a-z0-9-]+)_[0-9]{8}T[0-9]{6}Z(?:_backfill)?[.]json(?:[.]gz)?$'), '')
                        as home_region,
                    o.key ~ '(^|/)AWSLogs/o-[a-z0-9]+/[^/]+/CloudTrail-Digest/' as is_of_organization
             from digest d join log_object o using (object_id)
             where d.source_id = $1 and d.trail = $2 and d.own_problem is null",
        )
        .bind(source_id)
        .bind(trail)
        .fetch_all(self.worker())
        .await?)
    }

    /// The source, account and Region of log files.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn places_of_files(&self, object_ids: &[i32]) -> Result<HashSet<(i32, i32, String)>> {
        let places: Vec<(i32, i32, String)> = sqlx::query_as(
            "select distinct source_id, account_id, region from log_object
             where object_id = any($1) and kind = 'log' and account_id is not null and region is not null",
        )
        .bind(object_ids)
        .fetch_all(self.worker())
        .await?;
        Ok(places.into_iter().collect())
    }
}
