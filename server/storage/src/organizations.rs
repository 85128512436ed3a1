//! The organization: loaded from a file, shown within the caller's scope.

mod following;
mod intervals;
mod levels;
mod load;
mod snapshot;
mod writing;

pub use following::FollowedRow;
pub use levels::{LevelRow, PolicyRow};
pub use snapshot::Read;

use crate::audit::Acting;
use crate::{Database, Result, Scope, StoreError};
use chrono::{DateTime, Utc};
use orgtrail_shared::ids::{AccountId, OrganizationId, UnitId};
use orgtrail_shared::organization::{AccountKind, AccountState, Membership, Unit};
use sqlx::Row;
use std::collections::HashMap;

/// Where an organization's model comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Made here because nothing was configured.
    Local,
    /// Read from a file.
    File,
    /// The simulated organization.
    Sample,
    /// AWS Organizations.
    Aws,
}

impl Origin {
    fn from_name(name: &str) -> Self {
        let all = [Self::Local, Self::File, Self::Sample, Self::Aws];
        all.into_iter().find(|origin| origin.name() == name).unwrap_or(Self::File)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::File => "file",
            Self::Sample => "sample",
            Self::Aws => "aws",
        }
    }
}

/// An organization with its number in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationRow {
    /// Its number.
    pub organization_id: i32,
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// How often its model was replaced.
    pub revision: i32,
    /// Where its model comes from.
    pub origin: Origin,
    /// The version of its own policies; zero for none.
    pub policy_version: i32,
    /// Whether those who change things must have a second factor.
    pub requires_second_factor: bool,
    /// Whether CloudTrail has trusted access.
    pub is_trusted: bool,
    /// Whether it follows AWS, or anybody is a member of it.
    pub is_in_use: bool,
}

/// An account with its number in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Its number.
    pub account_id: i32,
    /// The account id as text; odd records name odd accounts.
    pub number: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: AccountKind,
    /// Its state.
    pub state: Option<AccountState>,
    /// Its unit.
    pub unit: Option<UnitId>,
    /// When it was a member.
    pub memberships: Vec<Membership>,
}

impl AccountRow {
    /// The account id, when it is one.
    pub fn id(&self) -> Option<AccountId> {
        self.number.parse().ok()
    }
}

fn kind_name(kind: AccountKind) -> &'static str {
    match kind {
        AccountKind::Management => "management",
        AccountKind::DelegatedAdministrator => "delegated-administrator",
        AccountKind::Member => "member",
        AccountKind::Unknown => "unknown",
    }
}

pub(crate) fn parse_kind(name: &str) -> AccountKind {
    match name {
        "management" => AccountKind::Management,
        "delegated-administrator" => AccountKind::DelegatedAdministrator,
        "member" => AccountKind::Member,
        _ => AccountKind::Unknown,
    }
}

fn state_name(state: AccountState) -> &'static str {
    match state {
        AccountState::PendingActivation => "PENDING_ACTIVATION",
        AccountState::Active => "ACTIVE",
        AccountState::Suspended => "SUSPENDED",
        AccountState::PendingClosure => "PENDING_CLOSURE",
        AccountState::Closed => "CLOSED",
    }
}

pub(crate) fn parse_state(name: &str) -> Option<AccountState> {
    [
        AccountState::PendingActivation,
        AccountState::Active,
        AccountState::Suspended,
        AccountState::PendingClosure,
        AccountState::Closed,
    ]
    .into_iter()
    .find(|state| state_name(*state) == name)
}

impl Database {
    /// All organizations of the installation.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn organizations(&self) -> Result<Vec<OrganizationRow>> {
        let rows = sqlx::query(
            "select organization_id, id, name, revision, origin = 'aws' or exists (
                 select from membership m where m.organization_id = o.organization_id and m.left_at is null), origin,
                 trusted_access_since is not null,
                 coalesce((select max(version) from own_policy p where p.organization_id = o.organization_id), 0),
                 requires_second_factor
             from organization o order by organization_id",
        )
        .fetch_all(self.worker())
        .await?;
        rows.into_iter()
            .map(|row| {
                let id: String = row.try_get(1)?;
                Ok(OrganizationRow {
                    organization_id: row.try_get(0)?,
                    id: id.parse().map_err(|error| StoreError::Corrupt {
                        table: "organization",
                        reason: format!("{error}"),
                    })?,
                    name: row.try_get(2)?,
                    revision: row.try_get(3)?,
                    is_in_use: row.try_get(4)?,
                    origin: Origin::from_name(row.try_get(5)?),
                    is_trusted: row.try_get(6)?,
                    policy_version: row.try_get(7)?,
                    requires_second_factor: row.try_get(8)?,
                })
            })
            .collect()
    }

    /// The units that the scope shows.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn units(&self, scope: &Scope) -> Result<Vec<Unit>> {
        let mut tx = self.read(scope).await?;
        let rows = sqlx::query(
            "with recursive below (unit_id, parent_unit_id, name, depth) as (
                 select unit_id, parent_unit_id, name, 0 from unit where parent_unit_id is null
                 union all
                 select unit.unit_id, unit.parent_unit_id, unit.name, depth + 1
                 from unit join below on unit.parent_unit_id = below.unit_id)
             select unit_id, parent_unit_id, name from below order by depth, name",
        )
        .fetch_all(&mut *tx)
        .await?;
        let parse = |text: String| {
            text.parse::<UnitId>()
                .map_err(|error| StoreError::Corrupt { table: "unit", reason: error.to_string() })
        };
        rows.into_iter()
            .map(|row| {
                Ok(Unit {
                    id: parse(row.try_get(0)?)?,
                    parent: row.try_get::<Option<String>, _>(1)?.map(parse).transpose()?,
                    name: row.try_get(2)?,
                })
            })
            .collect()
    }

    /// The accounts that the scope shows, by name.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn accounts(&self, scope: &Scope) -> Result<Vec<AccountRow>> {
        let mut tx = self.read(scope).await?;
        let mut memberships: HashMap<i32, Vec<Membership>> = HashMap::new();
        let rows: Vec<(i32, DateTime<Utc>, Option<DateTime<Utc>>)> = sqlx::query_as(
            "select account_id, joined_at, left_at from membership order by account_id, joined_at",
        )
        .fetch_all(&mut *tx)
        .await?;
        for (account_id, joined_at, left_at) in rows {
            memberships.entry(account_id).or_default().push(Membership { joined_at, left_at });
        }
        let rows = sqlx::query(
            "select account_id, number, name, kind, state, unit_id from account order by name, number",
        )
        .fetch_all(&mut *tx)
        .await?;
        rows.into_iter()
            .map(|row| {
                let account_id: i32 = row.try_get(0)?;
                let (kind, state): (String, Option<String>) = (row.try_get(3)?, row.try_get(4)?);
                let unit: Option<String> = row.try_get(5)?;
                Ok(AccountRow {
                    account_id,
                    number: row.try_get(1)?,
                    name: row.try_get(2)?,
                    kind: parse_kind(&kind),
                    state: state.and_then(|state| parse_state(&state)),
                    unit: unit.and_then(|unit| unit.parse().ok()),
                    memberships: memberships.remove(&account_id).unwrap_or_default(),
                })
            })
            .collect()
    }

    /// The number of an account, when the organization knows it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn lookup_account(&self, organization_id: i32, number: &str) -> Result<Option<i32>> {
        Ok(sqlx::query_scalar(
            "select account_id from account where organization_id = $1 and number = $2",
        )
        .bind(organization_id)
        .bind(number)
        .fetch_optional(self.worker())
        .await?)
    }
}

impl Acting {
    /// Finds an organization by its id, or makes an empty one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`]; nothing was changed.
    pub async fn ensure_organization(
        &mut self,
        id: &OrganizationId,
        name: &str,
        origin: Origin,
        now: DateTime<Utc>,
    ) -> Result<i32> {
        let organization_id = sqlx::query_scalar(
            "insert into organization (id, name, origin, created_at) values ($1, $2, $3, $4)
             on conflict (id) do update set name = case when excluded.name = '' then organization.name
                 else excluded.name end
             returning organization_id",
        )
        .bind(id.as_str())
        .bind(name)
        .bind(origin.name())
        .bind(now)
        .fetch_one(&mut *self.tx)
        .await?;
        self.belongs_to(organization_id);
        Ok(organization_id)
    }
}

#[cfg(test)]
mod tests;
