//! The tables of the present, made equal to a snapshot.

use super::intervals::{History, keep_policies};
use super::snapshot::corrupt;
use super::{Origin, state_name};
use crate::Result;
use chrono::{DateTime, Utc};
use orgtrail_domain::organization::changes::Changes;
use orgtrail_domain::organization::snapshot::{FeatureSet, JoinedMethod, Snapshot};
use orgtrail_shared::ids::AccountId;
use sqlx::PgConnection;

pub(super) async fn write_units(
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

pub(super) async fn write_accounts(
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

pub(super) fn method_name(method: JoinedMethod) -> &'static str {
    match method {
        JoinedMethod::Invited => "INVITED",
        JoinedMethod::Created => "CREATED",
    }
}

pub(super) async fn write_memberships(
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

pub(super) async fn write_delegations(
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
    history: History,
    snapshot: &Snapshot,
) -> Result<()> {
    let is_all = snapshot.feature_set == FeatureSet::All;
    sqlx::query(
        "update organization set feature_set = $2, trusted_access_since = $3, has_policies = $4
         where organization_id = $1",
    )
    .bind(history.organization_id)
    .bind(if is_all { "ALL" } else { "CONSOLIDATED_BILLING" })
    .bind(snapshot.trusted_access_since)
    .bind(snapshot.has_policies)
    .execute(&mut *tx)
    .await?;
    let (policies, attachments) = (&snapshot.policies, &snapshot.attachments);
    keep_policies(tx, history, policies, attachments).await
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
            serde_json::to_value(change).map_err(|error| corrupt("organization_change", &error))?,
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
