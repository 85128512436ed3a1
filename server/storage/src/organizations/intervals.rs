//! History: what is there now, written down as intervals. A row is ended when what it says is no longer so, and a new one
//! begins.

use crate::Result;
use chrono::{DateTime, Utc};
use orgtrail_domain::organization::snapshot::{Attachment, Policy};
use orgtrail_shared::ids::PolicyId;
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet};

/// Whose history is written, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct History {
    pub(super) organization_id: i32,
    pub(super) now: DateTime<Utc>,
    /// Whether the organization is seen for the first time. What is found then is taken to have been so since the first
    /// account joined: nobody knows better, and what an organization was before somebody looked has to be judged, too.
    /// Whatever turns up later began when it turned up.
    pub(super) is_first: bool,
}

/// Writes down where units and accounts lie now, from the tables of the present. An account that is new lies in its unit
/// since it joined, but not before that unit was there.
pub(super) async fn keep_places(tx: &mut PgConnection, history: History) -> Result<()> {
    let History { organization_id, now, is_first } = history;
    for sql in [
        "update unit_place p set to_at = greatest($2, p.from_at + interval '1 microsecond')
         where p.organization_id = $1 and p.to_at is null and $3::bool is not null and not exists (
             select from unit u where u.organization_id = $1 and u.unit_id = p.unit_id and u.name = p.name
               and u.parent_unit_id is not distinct from p.parent_unit_id)",
        "insert into unit_place (organization_id, unit_id, parent_unit_id, name, from_at)
         select $1, u.unit_id, u.parent_unit_id, u.name,
             case when not $3::bool then
                 coalesce((select max(known.to_at) from unit_place known
                           where known.organization_id = $1 and known.unit_id = u.unit_id and known.to_at > $2), $2)
             else coalesce((select min(joined_at) from membership m where m.organization_id = $1), $2) end
         from unit u where u.organization_id = $1 and not exists (
             select from unit_place p where p.organization_id = $1 and p.unit_id = u.unit_id and p.to_at is null)",
        "update account_place p set to_at = greatest($2, p.from_at + interval '1 microsecond')
         where p.organization_id = $1 and p.to_at is null and $3::bool is not null and not exists (
             select from account a where a.account_id = p.account_id and a.unit_id = p.unit_id)",
        "insert into account_place (organization_id, account_id, unit_id, from_at)
         select $1, a.account_id, a.unit_id,
             case when exists (select from account_place known where known.account_id = a.account_id) then
                 coalesce((select max(known.to_at) from account_place known
                           where known.account_id = a.account_id and known.to_at > $2), $2)
             else greatest(
                 (select max(joined_at) from membership m where m.account_id = a.account_id and m.left_at is null
                    and joined_at <= $2),
                 (select min(u.from_at) from unit_place u where u.organization_id = $1 and u.unit_id = a.unit_id)) end
         from account a where a.organization_id = $1 and a.unit_id is not null and $3::bool is not null and not exists (
             select from account_place p where p.account_id = a.account_id and p.to_at is null)",
    ] {
        sqlx::query(sql).bind(organization_id).bind(now).bind(is_first).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Writes down what the policies say now, and what they are attached to.
pub(super) async fn keep_policies(
    tx: &mut PgConnection,
    history: History,
    policies: &BTreeMap<PolicyId, Policy>,
    attachments: &BTreeSet<Attachment>,
) -> Result<()> {
    let History { organization_id, now, is_first } = history;
    let ids: Vec<&str> = policies.keys().map(PolicyId::as_str).collect();
    let texts = |of: fn(&Policy) -> &str| policies.values().map(of).collect::<Vec<_>>();
    let flags: Vec<bool> = policies.values().map(|policy| policy.is_aws_managed).collect();
    for sql in [
        "update policy_version p set to_at = greatest($2, p.from_at + interval '1 microsecond')
         where p.organization_id = $1 and p.to_at is null and $8::bool is not null and not exists (
             select from unnest($3::text[], $4::text[], $5::text[], $6::bool[], $7::text[])
                 as new (policy_id, name, description, is_aws_managed, content)
             where new.policy_id = p.policy_id and new.name = p.name and new.description = p.description
               and new.is_aws_managed = p.is_aws_managed and new.content = p.content)",
        "insert into policy_version (organization_id, policy_id, name, description, is_aws_managed, content, from_at)
         select $1, new.policy_id, new.name, new.description, new.is_aws_managed, new.content,
             case when not $8::bool then
                 coalesce((select max(known.to_at) from policy_version known where known.organization_id = $1
                             and known.policy_id = new.policy_id and known.to_at > $2), $2)
             else coalesce((select min(joined_at) from membership m where m.organization_id = $1), $2) end
         from unnest($3::text[], $4::text[], $5::text[], $6::bool[], $7::text[])
             as new (policy_id, name, description, is_aws_managed, content)
         where not exists (select from policy_version p where p.organization_id = $1
                             and p.policy_id = new.policy_id and p.to_at is null)",
    ] {
        sqlx::query(sql)
            .bind(organization_id)
            .bind(now)
            .bind(&ids)
            .bind(texts(|policy| &policy.name))
            .bind(texts(|policy| &policy.description))
            .bind(&flags)
            .bind(texts(|policy| &policy.content))
            .bind(is_first)
            .execute(&mut *tx)
            .await?;
    }
    let policies: Vec<&str> = attachments.iter().map(|one| one.policy.as_str()).collect();
    let targets: Vec<String> = attachments.iter().map(|one| one.target.to_string()).collect();
    for sql in [
        "update policy_attachment p set to_at = greatest($2, p.from_at + interval '1 microsecond')
         where p.organization_id = $1 and p.to_at is null and $5::bool is not null and not exists (
             select from unnest($3::text[], $4::text[]) as new (policy_id, target_id)
             where new.policy_id = p.policy_id and new.target_id = p.target_id)",
        "insert into policy_attachment (organization_id, policy_id, target_id, from_at)
         select $1, new.policy_id, new.target_id,
             case when not $5::bool then
                 coalesce((select max(known.to_at) from policy_attachment known where known.organization_id = $1
                             and known.policy_id = new.policy_id and known.target_id = new.target_id
                             and known.to_at > $2), $2)
             else coalesce((select min(joined_at) from membership m where m.organization_id = $1), $2) end
         from unnest($3::text[], $4::text[]) as new (policy_id, target_id)
         where not exists (select from policy_attachment p where p.organization_id = $1
                             and p.policy_id = new.policy_id and p.target_id = new.target_id and p.to_at is null)",
    ] {
        sqlx::query(sql)
            .bind(organization_id)
            .bind(now)
            .bind(&policies)
            .bind(&targets)
            .bind(is_first)
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}
