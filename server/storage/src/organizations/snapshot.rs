//! The organization as one snapshot: read, and made equal to another one.

use super::intervals::{keep_places, keep_policies};
use super::{Origin, state_name};
use crate::{Database, Result, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_domain::organization::changes::Changes;
use orgtrail_domain::organization::snapshot::{
    Account, Attachment, FeatureSet, JoinedMethod, Policy, Root, Snapshot, Unit,
};
use orgtrail_domain::record::to_index_time;
use orgtrail_shared::ids::{AccountId, UnitId};
use sqlx::{PgConnection, Row};
use std::collections::{BTreeMap, BTreeSet};

fn corrupt(table: &'static str, reason: impl ToString) -> StoreError {
    StoreError::Corrupt { table, reason: reason.to_string() }
}

fn parse<T: std::str::FromStr>(table: &'static str, text: &str) -> Result<T>
where
    T::Err: ToString,
{
    text.parse().map_err(|error: T::Err| corrupt(table, error))
}

/// How following AWS goes.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct FollowedRow {
    /// The organization.
    pub organization_id: i32,
    /// When it was last read as a whole.
    pub synced_at: Option<DateTime<Utc>>,
    /// When that was last tried.
    pub sync_tried_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed.
    pub sync_error: Option<String>,
}

impl Database {
    /// The organization as it is now; `None` as long as it has no root or no management account.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn snapshot(&self, organization_id: i32) -> Result<Option<Snapshot>> {
        let mut tx = self.worker().begin().await?;
        let (root, units) = read_units(&mut tx, organization_id).await?;
        let (management, accounts) = read_accounts(&mut tx, organization_id).await?;
        let (Some(root), Some(management_account)) = (root, management) else { return Ok(None) };
        let row = sqlx::query(
            "select id, feature_set, trusted_access_since, has_policies from organization where organization_id = $1",
        )
        .bind(organization_id)
        .fetch_one(&mut *tx)
        .await?;
        let feature_set: &str = row.try_get(1)?;
        let (policies, attachments) = read_policies(&mut tx, organization_id).await?;
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
            delegated_administrators: read_delegations(&mut tx, organization_id).await?,
            policies,
            attachments,
        }))
    }

    /// Makes the organization equal to a snapshot, in one transaction, and writes down what changed.
    ///
    /// Accounts that are not in it have left: their membership ends, and what they have delivered stays.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`]; nothing was changed.
    pub async fn apply_snapshot(
        &self,
        organization_id: i32,
        snapshot: &Snapshot,
        changes: &Changes,
        origin: Origin,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let mut tx = self.worker().begin().await?;
        sqlx::query(
            "update organization set origin = $2, sync_error = null,
                 synced_at = case when $2 = 'aws' then $3 else synced_at end,
                 sync_tried_at = case when $2 = 'aws' then $3 else sync_tried_at end
             where organization_id = $1",
        )
        .bind(organization_id)
        .bind(origin.name())
        .bind(now)
        .execute(&mut *tx)
        .await?;
        write_units(&mut tx, organization_id, snapshot).await?;
        write_accounts(&mut tx, organization_id, snapshot).await?;
        write_memberships(&mut tx, organization_id, snapshot, now).await?;
        write_delegations(&mut tx, organization_id, snapshot, now).await?;
        keep_places(&mut tx, organization_id, now).await?;
        write_rest(&mut tx, organization_id, snapshot, now).await?;
        write_changes(&mut tx, organization_id, changes, origin, now).await?;
        // What is expected of whom follows the memberships.
        sqlx::query("update chain set is_stale = true where organization_id = $1")
            .bind(organization_id)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes that reading the organization from AWS failed; what was known stays.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn note_sync_failure(
        &self,
        organization_id: i32,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query(
            "update organization set sync_error = $2, sync_tried_at = $3 where organization_id = $1",
        )
        .bind(organization_id)
        .bind(reason.replace('\0', "\u{fffd}"))
        .bind(now)
        .execute(self.worker())
        .await?;
        Ok(())
    }

    /// The organizations that follow AWS.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn followed_organizations(&self) -> Result<Vec<FollowedRow>> {
        Ok(sqlx::query_as(
            "select organization_id, synced_at, sync_tried_at, sync_error from organization where origin = 'aws'
             order by organization_id",
        )
        .fetch_all(self.worker())
        .await?)
    }

    /// Whether a log file that was taken in since a time tells of a change of the organization.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn has_organization_events(
        &self,
        organization_id: i32,
        since: DateTime<Utc>,
    ) -> Result<bool> {
        // Files come late: the event may have happened some time before.
        let from = to_index_time((since - TimeDelta::hours(6)).timestamp());
        Ok(sqlx::query_scalar(
            "select exists (
                 select from event e join term n on n.term_id = e.name_id
                 join log_object o on o.object_id = e.object_id
                 where e.organization_id = $1 and e.t >= $2 and n.detail = 'organizations.amazonaws.com'
                   and e.flags & 768 <> 256 and o.collected_at > $3)",
        )
        .bind(organization_id)
        .bind(from)
        .bind(since)
        .fetch_one(self.worker())
        .await?)
    }

    /// Notes that the organization is in AWS as it is here.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn note_sync(&self, organization_id: i32, now: DateTime<Utc>) -> Result<()> {
        sqlx::query(
            "update organization set synced_at = $2, sync_tried_at = $2, sync_error = null, origin = 'aws'
             where organization_id = $1",
        )
        .bind(organization_id)
        .bind(now)
        .execute(self.worker())
        .await?;
        Ok(())
    }
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
            state: super::parse_state(state).ok_or_else(|| corrupt("account", state))?,
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

async fn write_units(
    tx: &mut PgConnection,
    organization_id: i32,
    snapshot: &Snapshot,
) -> Result<()> {
    let root = (snapshot.root.id.as_str(), None, snapshot.root.name.as_str());
    let units = snapshot.units.iter();
    let units =
        units.map(|(id, unit)| (id.as_str(), Some(unit.parent.as_str()), unit.name.as_str()));
    let all: Vec<(&str, Option<&str>, &str)> = std::iter::once(root).chain(units).collect();
    let ids: Vec<&str> = all.iter().map(|(id, ..)| *id).collect();
    sqlx::query(
        "insert into unit (organization_id, unit_id, parent_unit_id, name)
         select $1, unit_id, parent_unit_id, name from unnest($2::text[], $3::text[], $4::text[])
             as new (unit_id, parent_unit_id, name)
         on conflict (organization_id, unit_id) do update set parent_unit_id = excluded.parent_unit_id,
             name = excluded.name",
    )
    .bind(organization_id)
    .bind(&ids)
    .bind(all.iter().map(|(_, parent, _)| *parent).collect::<Vec<_>>())
    .bind(all.iter().map(|(.., name)| *name).collect::<Vec<_>>())
    .execute(&mut *tx)
    .await?;
    // Accounts that are still in a unit that goes are moved below, before the end of the transaction.
    sqlx::query("delete from unit where organization_id = $1 and unit_id <> all($2)")
        .bind(organization_id)
        .bind(&ids)
        .execute(tx)
        .await?;
    Ok(())
}

async fn write_accounts(
    tx: &mut PgConnection,
    organization_id: i32,
    snapshot: &Snapshot,
) -> Result<()> {
    let numbers: Vec<&str> = snapshot.accounts.keys().map(AccountId::as_str).collect();
    // Whoever manages the organization now must not meet whoever did before.
    sqlx::query(
        "update account set unit_id = null, state = null, kind = 'unknown'
         where organization_id = $1 and kind <> 'unknown' and (number <> all($2) or kind = 'management')",
    )
    .bind(organization_id)
    .bind(&numbers)
    .execute(&mut *tx)
    .await?;
    let kind = |id: &AccountId| {
        if *id == snapshot.management_account {
            "management"
        } else if snapshot.delegated_administrators.contains_key(id) {
            "delegated-administrator"
        } else {
            "member"
        }
    };
    let accounts = || snapshot.accounts.values();
    sqlx::query(
        "insert into account (organization_id, number, name, kind, state, unit_id, email, joined_method)
         select $1, number, name, kind, state, unit_id, email, joined_method
         from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
             as new (number, name, kind, state, unit_id, email, joined_method)
         on conflict (organization_id, number) do update set name = excluded.name, kind = excluded.kind,
             state = excluded.state, unit_id = excluded.unit_id, email = excluded.email,
             joined_method = excluded.joined_method",
    )
    .bind(organization_id)
    .bind(&numbers)
    .bind(accounts().map(|account| account.name.as_str()).collect::<Vec<_>>())
    .bind(snapshot.accounts.keys().map(kind).collect::<Vec<_>>())
    .bind(accounts().map(|account| state_name(account.state)).collect::<Vec<_>>())
    .bind(accounts().map(|account| account.unit.as_str()).collect::<Vec<_>>())
    .bind(accounts().map(|account| account.email.as_deref()).collect::<Vec<_>>())
    .bind(accounts().map(|account| account.joined_method.map(method_name)).collect::<Vec<_>>())
    .execute(tx)
    .await?;
    Ok(())
}

fn method_name(method: JoinedMethod) -> &'static str {
    match method {
        JoinedMethod::Invited => "INVITED",
        JoinedMethod::Created => "CREATED",
    }
}

async fn write_memberships(
    tx: &mut PgConnection,
    organization_id: i32,
    snapshot: &Snapshot,
    now: DateTime<Utc>,
) -> Result<()> {
    let numbers: Vec<&str> = snapshot.accounts.keys().map(AccountId::as_str).collect();
    let joined: Vec<DateTime<Utc>> =
        snapshot.accounts.values().map(|account| account.joined_at).collect();
    // An account that joined at another time had left before; nobody saw when, but it was before it came back.
    sqlx::query(
        "update membership m set left_at = greatest(
             coalesce(least((select new.joined_at from unnest($2::text[], $3::timestamptz[]) as new (number, joined_at)
                             where new.number = a.number), $4), $4),
             m.joined_at + interval '1 microsecond')
         from account a where a.account_id = m.account_id and m.organization_id = $1 and m.left_at is null
           and not exists (select from unnest($2::text[], $3::timestamptz[]) as new (number, joined_at)
                           where new.number = a.number and new.joined_at = m.joined_at)",
    )
    .bind(organization_id)
    .bind(&numbers)
    .bind(&joined)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "insert into membership (organization_id, account_id, joined_at)
         select $1, a.account_id, new.joined_at from unnest($2::text[], $3::timestamptz[]) as new (number, joined_at)
         join account a on a.organization_id = $1 and a.number = new.number
         where not exists (select from membership m where m.account_id = a.account_id and m.left_at is null)
         on conflict (account_id, joined_at) do update set left_at = null",
    )
    .bind(organization_id)
    .bind(&numbers)
    .bind(&joined)
    .execute(tx)
    .await?;
    Ok(())
}

async fn write_delegations(
    tx: &mut PgConnection,
    organization_id: i32,
    snapshot: &Snapshot,
    now: DateTime<Utc>,
) -> Result<()> {
    let delegated = &snapshot.delegated_administrators;
    let numbers: Vec<&str> = delegated.keys().map(AccountId::as_str).collect();
    let since: Vec<DateTime<Utc>> = delegated.values().copied().collect();
    for sql in [
        "update delegation d set disabled_at = greatest($4, d.enabled_at + interval '1 microsecond')
         from account a where a.account_id = d.account_id and d.organization_id = $1 and d.disabled_at is null
           and not exists (select from unnest($2::text[], $3::timestamptz[]) as new (number, since)
                           where new.number = a.number and new.since = d.enabled_at)",
        "insert into delegation (organization_id, account_id, enabled_at)
         select $1, a.account_id, new.since from unnest($2::text[], $3::timestamptz[]) as new (number, since)
         join account a on a.organization_id = $1 and a.number = new.number
         where $4::timestamptz is not null
         on conflict (account_id, enabled_at) do update set disabled_at = null",
    ] {
        sqlx::query(sql)
            .bind(organization_id)
            .bind(&numbers)
            .bind(&since)
            .bind(now)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

/// Features, trusted access, e-mail addresses and policies: what a file of units and accounts needn't say.
pub(super) async fn write_rest(
    tx: &mut PgConnection,
    organization_id: i32,
    snapshot: &Snapshot,
    now: DateTime<Utc>,
) -> Result<()> {
    let is_all = snapshot.feature_set == FeatureSet::All;
    sqlx::query(
        "update organization set feature_set = $2, trusted_access_since = $3, has_policies = $4
         where organization_id = $1",
    )
    .bind(organization_id)
    .bind(if is_all { "ALL" } else { "CONSOLIDATED_BILLING" })
    .bind(snapshot.trusted_access_since)
    .bind(snapshot.has_policies)
    .execute(&mut *tx)
    .await?;
    let (policies, attachments) = (&snapshot.policies, &snapshot.attachments);
    keep_policies(tx, organization_id, policies, attachments, now).await
}

pub(super) async fn write_changes(
    tx: &mut PgConnection,
    organization_id: i32,
    changes: &Changes,
    origin: Origin,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut documents = Vec::new();
    let mut words = Vec::new();
    for change in &changes.changes {
        documents.push(
            serde_json::to_value(change).map_err(|error| corrupt("organization_change", error))?,
        );
        words.push(change.to_string());
    }
    sqlx::query(
        "insert into organization_change (organization_id, at, origin, change, words)
         select $1, $2, $3, change, words from unnest($4::jsonb[], $5::text[]) with ordinality
             as new (change, words, place) order by place",
    )
    .bind(organization_id)
    .bind(now)
    .bind(origin.name())
    .bind(documents)
    .bind(words)
    .execute(tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
