//! Which policies an account was under, level by level.

use crate::{Database, Result, Scope};
use chrono::{DateTime, Utc};
use sqlx::Row;

/// A level between the root and an account, with the policies attached to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelRow {
    /// The root, unit or account by its id.
    pub target_id: String,
    /// What people call it.
    pub name: String,
    /// The policies that were attached directly, by id.
    pub policies: Vec<PolicyRow>,
}

/// A policy as it was at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRow {
    /// Its id.
    pub policy_id: String,
    /// Its name.
    pub name: String,
    /// Its document.
    pub content: String,
}

impl Database {
    /// The levels above an account at a time, from the root down to the account itself. Empty when it isn't
    /// known where the account lay then.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn levels_at(
        &self,
        organization_id: i32,
        account_id: i32,
        at: DateTime<Utc>,
    ) -> Result<Vec<LevelRow>> {
        let rows = sqlx::query(
            "with recursive above (unit_id, depth) as (
                 select unit_id, 1 from account_place
                 where account_id = $2 and organization_id = $1 and from_at <= $3 and coalesce(to_at > $3, true)
                 union all
                 select u.parent_unit_id, depth + 1 from above
                 join unit_place u on u.organization_id = $1 and u.unit_id = above.unit_id
                   and u.from_at <= $3 and coalesce(u.to_at > $3, true)
                 where u.parent_unit_id is not null and depth < 10),
             level (target_id, name, depth) as (
                 select above.unit_id, coalesce(u.name, ''), depth from above
                 left join unit_place u on u.organization_id = $1 and u.unit_id = above.unit_id
                   and u.from_at <= $3 and coalesce(u.to_at > $3, true)
                 union all
                 select number, name, 0 from account where account_id = $2 and exists (select from above))
             select level.target_id, level.name, p.policy_id, p.name, p.content from level
             left join policy_attachment a on a.organization_id = $1 and a.target_id = level.target_id
               and a.from_at <= $3 and coalesce(a.to_at > $3, true)
             left join policy_version p on p.organization_id = $1 and p.policy_id = a.policy_id
               and p.from_at <= $3 and coalesce(p.to_at > $3, true)
             order by level.depth desc, p.policy_id",
        )
        .bind(organization_id)
        .bind(account_id)
        .bind(at)
        .fetch_all(self.worker())
        .await?;
        let mut levels: Vec<LevelRow> = Vec::new();
        for row in rows {
            let target_id: String = row.try_get(0)?;
            if levels.last().is_none_or(|last| last.target_id != target_id) {
                levels.push(LevelRow { target_id, name: row.try_get(1)?, policies: Vec::new() });
            }
            let policy_id: Option<String> = row.try_get(2)?;
            if let (Some(policy_id), Some(level)) = (policy_id, levels.last_mut()) {
                let (name, content) = (row.try_get(3)?, row.try_get(4)?);
                level.policies.push(PolicyRow { policy_id, name, content });
            }
        }
        // A path that breaks off before the root would lack what the levels above say.
        let is_whole = levels.first().is_some_and(|top| top.target_id.starts_with("r-"));
        Ok(if is_whole { levels } else { Vec::new() })
    }

    /// Where an account lay, the newest first: unit, its name then, from, to.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn places(
        &self,
        scope: &Scope,
        account_id: i32,
    ) -> Result<Vec<(String, String, DateTime<Utc>, Option<DateTime<Utc>>)>> {
        let mut tx = self.read(scope).await?;
        let places: Vec<(String, DateTime<Utc>, Option<DateTime<Utc>>)> = sqlx::query_as(
            "select unit_id, from_at, to_at from account_place where account_id = $1 order by from_at desc",
        )
        .bind(account_id)
        .fetch_all(&mut *tx)
        .await?;
        // The names of the units that the scope has shown the account in.
        let units: Vec<&str> = places.iter().map(|(unit, ..)| unit.as_str()).collect();
        let names: Vec<(String, String)> = sqlx::query_as(
            "select distinct on (unit_id) unit_id, name from unit_place where organization_id = $1 and unit_id = any($2)
             order by unit_id, from_at desc",
        )
        .bind(scope.organization_id)
        .bind(units)
        .fetch_all(self.worker())
        .await?;
        let name = |unit: &str| {
            let found = names.iter().find(|(known, _)| known == unit);
            found.map(|(_, name)| name.clone()).unwrap_or_default()
        };
        Ok(places
            .into_iter()
            .map(|(unit, from, to)| (unit.clone(), name(&unit), from, to))
            .collect())
    }

    /// When an account was a delegated administrator, oldest first.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn delegations(
        &self,
        scope: &Scope,
        account_id: i32,
    ) -> Result<Vec<(DateTime<Utc>, Option<DateTime<Utc>>)>> {
        let mut tx = self.read(scope).await?;
        Ok(sqlx::query_as(
            "select enabled_at, disabled_at from delegation where account_id = $1 order by enabled_at",
        )
        .bind(account_id)
        .fetch_all(&mut *tx)
        .await?)
    }

    /// Whether service control policies are in use in an organization.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn has_policies(&self, organization_id: i32) -> Result<bool> {
        Ok(sqlx::query_scalar("select has_policies from organization where organization_id = $1")
            .bind(organization_id)
            .fetch_one(self.worker())
            .await?)
    }
}
