//! The organization as one snapshot: read, and made equal to another one.

use super::Origin;
use super::intervals::{History, keep_places};
use super::writing::{
    write_accounts, write_changes, write_delegations, write_memberships, write_rest, write_units,
};
use crate::audit::Acting;
use crate::{Database, Result, StoreError};
use chrono::{DateTime, Utc};
use orgtrail_domain::organization::changes::Changes;
use orgtrail_domain::organization::snapshot::{
    Account, Attachment, FeatureSet, JoinedMethod, Policy, Root, Snapshot, Unit,
};
use orgtrail_shared::ids::{AccountId, UnitId};
use sqlx::{PgConnection, Row};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn corrupt(table: &'static str, reason: &impl ToString) -> StoreError {
    StoreError::Corrupt { table, reason: reason.to_string() }
}

pub(super) fn parse<T: std::str::FromStr>(table: &'static str, text: &str) -> Result<T>
where
    T::Err: ToString,
{
    text.parse().map_err(|error: T::Err| corrupt(table, &error))
}

/// What a snapshot that is to be applied was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// The revision of the model that it was compared with; zero when there was none.
    pub revision: i32,
    /// When the reading began: what AWS changed since may be missing.
    pub started_at: DateTime<Utc>,
    /// Whether somebody has confirmed the changes.
    pub is_confirmed: bool,
}

/// Begins a new revision of an organization's model, and holds back others that would; gives back the one before.
pub(super) async fn begin_revision(
    tx: &mut PgConnection,
    organization_id: i32,
    origin: Origin,
) -> Result<i32> {
    Ok(sqlx::query_scalar(
        "update organization set revision = revision + 1, origin = $2 where organization_id = $1
         returning revision - 1",
    )
    .bind(organization_id)
    .bind(origin.name())
    .fetch_one(tx)
    .await?)
}

impl Database {
    /// The organization as it is now; `None` as long as it has no root or no management account.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn snapshot(&self, organization_id: i32) -> Result<Option<Snapshot>> {
        let mut tx = self.worker().begin().await?;
        read_snapshot(&mut tx, organization_id).await
    }
}

/// The organization as it is now in a transaction.
pub(super) async fn read_snapshot(
    tx: &mut PgConnection,
    organization_id: i32,
) -> Result<Option<Snapshot>> {
    let (root, units) = read_units(tx, organization_id).await?;
    let (management, accounts) = read_accounts(&mut *tx, organization_id).await?;
    let (Some(root), Some(management_account)) = (root, management) else { return Ok(None) };
    let row = sqlx::query(
            "select id, feature_set, trusted_access_since, has_policies from organization where organization_id = $1",
        )
        .bind(organization_id)
        .fetch_one(&mut *tx)
        .await?;
    let feature_set: &str = row.try_get(1)?;
    let (policies, attachments) = read_policies(&mut *tx, organization_id).await?;
    Ok(Some(Snapshot {
        id: parse("organization", row.try_get(0)?)?,
        feature_set: match feature_set {
            "CONSOLIDATED_BILLING" => FeatureSet::ConsolidatedBilling,
            _ => FeatureSet::All,
        },
        management_account,
        trusted_access_since: row.try_get(2)?,
        has_policies: row.try_get(3)?,
        root,
        units,
        accounts,
        delegated_administrators: read_delegations(&mut *tx, organization_id).await?,
        policies,
        attachments,
    }))
}

impl Acting {
    /// Makes the organization equal to what was read from AWS, in one transaction, and writes down what changed; makes it
    /// first if there is none. `false` when the model was replaced since [`Read::revision`]: then nothing was changed.
    ///
    /// Accounts that are not in it have left: their membership ends, and what they have delivered stays.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`]; nothing was changed.
    pub async fn apply_snapshot(
        &mut self,
        snapshot: &Snapshot,
        changes: &Changes,
        read: Read,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let tx = &mut self.tx;
        let organization_id: i32 = sqlx::query_scalar(
            "insert into organization (id, name, origin, created_at) values ($1, '', 'aws', $2)
             on conflict (id) do update set name = organization.name returning organization_id",
        )
        .bind(snapshot.id.as_str())
        .bind(now)
        .fetch_one(&mut **tx)
        .await?;
        let revision = begin_revision(&mut *tx, organization_id, Origin::Aws).await?;
        if revision != read.revision {
            return Ok(false);
        }
        let history = History { organization_id, now, is_first: revision == 0 };
        sqlx::query(
            "update organization set sync_error = null, synced_at = $2, sync_tried_at = $3,
                 confirmed_at = case when $4 then $2 else confirmed_at end
             where organization_id = $1",
        )
        .bind(organization_id)
        .bind(now)
        .bind(read.started_at)
        .bind(read.is_confirmed)
        .execute(&mut **tx)
        .await?;
        make_equal(tx, history, snapshot, changes, Origin::Aws).await?;
        self.belongs_to(organization_id);
        Ok(true)
    }

    /// Makes the organization equal to what somebody has made of it here, and writes down what changed. `false` when the
    /// model was replaced since `revision`: then nothing was changed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`]; nothing was changed.
    pub async fn apply_edit(
        &mut self,
        organization_id: i32,
        (snapshot, changes): (&Snapshot, &Changes),
        revision: i32,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let tx = &mut self.tx;
        let found = begin_revision(&mut *tx, organization_id, Origin::Local).await?;
        if found != revision {
            return Ok(false);
        }
        let history = History { organization_id, now, is_first: revision == 0 };
        make_equal(tx, history, snapshot, changes, Origin::Local).await?;
        Ok(true)
    }
}

async fn make_equal(
    tx: &mut PgConnection,
    history: History,
    snapshot: &Snapshot,
    changes: &Changes,
    origin: Origin,
) -> Result<()> {
    let History { organization_id, now, .. } = history;
    write_units(tx, organization_id, snapshot).await?;
    write_accounts(tx, organization_id, snapshot).await?;
    write_memberships(tx, organization_id, snapshot, now).await?;
    write_delegations(tx, organization_id, snapshot, now).await?;
    keep_places(tx, history).await?;
    write_rest(tx, history, snapshot).await?;
    write_changes(tx, organization_id, changes, origin, now).await?;
    // What is expected of whom follows the memberships.
    sqlx::query("update chain set is_stale = true where organization_id = $1")
        .bind(organization_id)
        .execute(tx)
        .await?;
    Ok(())
}

async fn read_units(
    tx: &mut PgConnection,
    organization_id: i32,
) -> Result<(Option<Root>, BTreeMap<UnitId, Unit>)> {
    let rows: Vec<(String, Option<String>, String)> =
        sqlx::query_as("select unit_id, parent_unit_id, name from unit where organization_id = $1")
            .bind(organization_id)
            .fetch_all(tx)
            .await?;
    let (mut root, mut units) = (None, BTreeMap::new());
    for (id, parent, name) in rows {
        let id: UnitId = parse("unit", &id)?;
        match parent {
            None => root = Some(Root { id, name }),
            Some(parent) => {
                units.insert(id, Unit { parent: parse("unit", &parent)?, name });
            }
        }
    }
    Ok((root, units))
}

async fn read_accounts(
    tx: &mut PgConnection,
    organization_id: i32,
) -> Result<(Option<AccountId>, BTreeMap<AccountId, Account>)> {
    let rows = sqlx::query(
        "select number, name, email, coalesce(state, 'ACTIVE') as state, joined_method, unit_id, kind = 'management',
             (select max(joined_at) from membership m where m.account_id = a.account_id and m.left_at is null)
         from account a where organization_id = $1 and kind <> 'unknown' and unit_id is not null",
    )
    .bind(organization_id)
    .fetch_all(tx)
    .await?;
    let (mut management, mut accounts) = (None, BTreeMap::new());
    for row in rows {
        let id: AccountId = parse("account", row.try_get(0)?)?;
        let state: &str = row.try_get("state")?;
        let method: Option<&str> = row.try_get("joined_method")?;
        let joined_at: Option<DateTime<Utc>> = row.try_get(7)?;
        if row.try_get(6)? {
            management = Some(id.clone());
        }
        let account = Account {
            name: row.try_get("name")?,
            email: row.try_get("email")?,
            state: super::parse_state(state).ok_or_else(|| corrupt("account", &state))?,
            joined_method: method.map(|method| match method {
                "INVITED" => JoinedMethod::Invited,
                _ => JoinedMethod::Created,
            }),
            joined_at: joined_at.unwrap_or_default(),
            unit: parse("account", row.try_get("unit_id")?)?,
        };
        accounts.insert(id, account);
    }
    Ok((management, accounts))
}

async fn read_delegations(
    tx: &mut PgConnection,
    organization_id: i32,
) -> Result<BTreeMap<AccountId, DateTime<Utc>>> {
    let rows: Vec<(String, DateTime<Utc>)> = sqlx::query_as(
        "select a.number, d.enabled_at from delegation d join account a using (account_id)
         where d.organization_id = $1 and d.disabled_at is null",
    )
    .bind(organization_id)
    .fetch_all(tx)
    .await?;
    rows.into_iter().map(|(number, at)| Ok((parse("account", &number)?, at))).collect()
}

async fn read_policies(
    tx: &mut PgConnection,
    organization_id: i32,
) -> Result<(BTreeMap<orgtrail_shared::ids::PolicyId, Policy>, BTreeSet<Attachment>)> {
    let rows: Vec<(String, String, String, bool, String)> = sqlx::query_as(
        "select policy_id, name, description, is_aws_managed, content from policy_version
         where organization_id = $1 and to_at is null",
    )
    .bind(organization_id)
    .fetch_all(&mut *tx)
    .await?;
    let mut policies = BTreeMap::new();
    for (id, name, description, is_aws_managed, content) in rows {
        let policy = Policy { name, description, is_aws_managed, content };
        policies.insert(parse("policy_version", &id)?, policy);
    }
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select policy_id, target_id from policy_attachment where organization_id = $1 and to_at is null",
    )
    .bind(organization_id)
    .fetch_all(tx)
    .await?;
    let mut attachments = BTreeSet::new();
    for (policy, target) in rows {
        attachments.insert(Attachment {
            policy: parse("policy_attachment", &policy)?,
            target: parse("policy_attachment", &target)?,
        });
    }
    Ok((policies, attachments))
}

#[cfg(test)]
mod tests;
