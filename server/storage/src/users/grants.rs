//! Roles that people have at places of the organization.

use super::{FROM_PROVIDER, NewUser};
use crate::audit::Acting;
use crate::{Database, Result};
use chrono::{DateTime, Utc};
use orgtrail_shared::console::Role;
use serde::Deserialize;
use sqlx::{PgConnection, Row};
use std::collections::{BTreeMap, HashMap};

/// A role that was granted and not taken back.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GrantRow {
    /// Its number.
    pub grant_id: i32,
    /// The role.
    pub role: Role,
    /// The organization, the root, a unit or an account, by its id.
    pub target_id: String,
    /// Where the period of events begins that an auditor sees.
    pub period_from: Option<DateTime<Utc>>,
    /// Where it ends.
    pub period_to: Option<DateTime<Utc>>,
    /// When the grant ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// Why it was given; empty when nobody said.
    pub reason: String,
    /// Who gave it; empty for the command line.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl GrantRow {
    /// Whether it hasn't ended.
    pub fn holds_at(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| end > now)
    }

    /// The period of events.
    pub fn period(&self) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        (self.period_from, self.period_to)
    }
}

/// A role to be granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGrant {
    /// The role.
    pub role: Role,
    /// The organization, the root, a unit or an account, by its id.
    pub target_id: String,
    /// The period of events; auditors only.
    pub period: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// Why it is given.
    pub reason: String,
    /// Who gives it; empty for the command line.
    pub by: String,
}

/// What became of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    /// It holds, under this number.
    Made(i32),
    /// The person has this role there already.
    Known,
    /// There is no such person in the organization.
    NoPerson,
    /// There is no such place in the organization.
    NoTarget,
    /// The person sees another period by another grant. What somebody sees has one period.
    OtherPeriod,
}

/// The organization as places that lie in each other, and the numbers of its accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganizationTree {
    /// Each place with the one above it; the organization has none.
    pub above: BTreeMap<String, Option<String>>,
    /// The number in the database of each account.
    pub accounts: HashMap<String, i32>,
}

/// The first grants of a person: what `user add` says.
pub(super) async fn insert_first(
    tx: &mut PgConnection,
    user_id: i32,
    user: &NewUser,
    now: DateTime<Utc>,
) -> Result<()> {
    // A member without an account has a target that isn't there, which the table refuses.
    let accounts: Vec<i32> = match user.role {
        Role::Member => vec![user.account_id.unwrap_or_default()],
        Role::Auditor => user.granted_accounts.clone(),
        Role::OrganizationAdministrator | Role::TrailAdministrator | Role::SecurityAnalyst => {
            Vec::new()
        }
    };
    let period = if user.role == Role::Auditor { user.period } else { (None, None) };
    sqlx::query(
        "insert into role_grant (organization_id, user_id, role, target_id, period_from, period_to, expires_at, created_at)
         select $1, $2, $3, target, $5, $6, $7, $8 from (
             select a.number as target from unnest($4::int[]) as wanted (id)
                 left join account a on a.organization_id = $1 and a.account_id = wanted.id
             union
             select id from organization where organization_id = $1 and cardinality($4) = 0) as targets",
    )
    .bind(user.organization_id)
    .bind(user_id)
    .bind(user.role.name())
    .bind(accounts)
    .bind(period.0)
    .bind(period.1)
    .bind(user.expires_at)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether the organization has a place of that id.
pub(super) async fn place_exists(
    tx: &mut PgConnection,
    organization_id: i32,
    place: &str,
) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "select exists (select from organization where organization_id = $1 and id = $2)
             or exists (select from unit where organization_id = $1 and unit_id = $2)
             or exists (select from account where organization_id = $1 and number = $2)",
    )
    .bind(organization_id)
    .bind(place)
    .fetch_one(tx)
    .await?)
}

impl Acting {
    /// Grants a role to a person.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was granted.
    pub async fn insert_grant(
        &mut self,
        organization_id: i32,
        name: &str,
        grant: &NewGrant,
        now: DateTime<Utc>,
    ) -> Result<Granted> {
        // Two grants at once would not see each other's period.
        let user_id: Option<i32> = sqlx::query_scalar(
            "select user_id from app_user where organization_id = $1 and name = $2 for update",
        )
        .bind(organization_id)
        .bind(name)
        .fetch_optional(&mut *self.tx)
        .await?;
        let Some(user_id) = user_id else { return Ok(Granted::NoPerson) };
        let row = sqlx::query(
            "select exists (select from role_grant where user_id = $1 and revoked_at is null and target_id = $2
                 and role = $3 and (expires_at is null or expires_at > $6) and created_by <> $7) as is_known,
             exists (select from role_grant where user_id = $1 and revoked_at is null
                 and (expires_at is null or expires_at > $6)
                 and (period_from, period_to) is distinct from ($4::timestamptz, $5::timestamptz)) as has_other",
        )
        .bind(user_id)
        .bind(&grant.target_id)
        .bind(grant.role.name())
        .bind(grant.period.0)
        .bind(grant.period.1)
        .bind(now)
        // A role that lasts by itself replaces one that lasts as long as a group does.
        .bind(FROM_PROVIDER)
        .fetch_one(&mut *self.tx)
        .await?;
        if !place_exists(&mut self.tx, organization_id, &grant.target_id).await? {
            return Ok(Granted::NoTarget);
        }
        if row.try_get("is_known")? {
            return Ok(Granted::Known);
        }
        if row.try_get("has_other")? {
            return Ok(Granted::OtherPeriod);
        }
        // What has ended makes room for what begins.
        sqlx::query(
            "update role_grant set revoked_at = $4, revoked_by = $5
             where user_id = $1 and role = $2 and target_id = $3 and revoked_at is null",
        )
        .bind(user_id)
        .bind(grant.role.name())
        .bind(&grant.target_id)
        .bind(now)
        .bind(&grant.by)
        .execute(&mut *self.tx)
        .await?;
        let grant_id = sqlx::query_scalar(
            "insert into role_grant (organization_id, user_id, role, target_id, period_from, period_to, expires_at,
                 reason, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning grant_id",
        )
        .bind(organization_id)
        .bind(user_id)
        .bind(grant.role.name())
        .bind(&grant.target_id)
        .bind(grant.period.0)
        .bind(grant.period.1)
        .bind(grant.expires_at)
        .bind(&grant.reason)
        .bind(&grant.by)
        .bind(now)
        .fetch_one(&mut *self.tx)
        .await?;
        Ok(Granted::Made(grant_id))
    }

    /// Whether a grant is the last by which anybody who can sign in manages the organization without an end. Others who take
    /// such grants back wait from here on until the act is over, so that two don't each see the other's.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn is_last_administrator(
        &mut self,
        organization_id: i32,
        grant_id: i32,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let whole: String = sqlx::query_scalar(
            "select id from organization where organization_id = $1 for no key update",
        )
        .bind(organization_id)
        .fetch_one(&mut *self.tx)
        .await?;
        // What a group gives ends with the group.
        Ok(sqlx::query_scalar(
            "select coalesce(bool_or(grant_id = $3), false)
                 and not coalesce(bool_or(grant_id <> $3 and expires_at is null and g.created_by <> $6), false)
             from role_grant g join app_user u using (user_id)
             where g.organization_id = $1 and target_id = $2 and role = $4 and revoked_at is null
               and (expires_at is null or expires_at > $5) and not is_disabled",
        )
        .bind(organization_id)
        .bind(whole)
        .bind(grant_id)
        .bind(Role::OrganizationAdministrator.name())
        .bind(now)
        .bind(FROM_PROVIDER)
        .fetch_one(&mut *self.tx)
        .await?)
    }

    /// Takes a grant back. `false` when the organization has no such grant that holds.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn revoke_grant(
        &mut self,
        organization_id: i32,
        grant_id: i32,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let done = sqlx::query(
            "update role_grant set revoked_at = $3, revoked_by = $4
             where organization_id = $1 and grant_id = $2 and revoked_at is null",
        )
        .bind(organization_id)
        .bind(grant_id)
        .bind(now)
        .bind(by)
        .execute(&mut *self.tx)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

impl Database {
    /// The names of places, for somebody who has a role at them.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn place_names(
        &self,
        organization_id: i32,
        places: &[&str],
    ) -> Result<HashMap<String, String>> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "select unit_id, name from unit where organization_id = $1 and unit_id = any($2)
             union all select number, name from account where organization_id = $1 and number = any($2)
             union all select id, name from organization where organization_id = $1",
        )
        .bind(organization_id)
        .bind(places)
        .fetch_all(self.worker())
        .await?;
        Ok(rows.into_iter().collect())
    }

    /// The organization as places that lie in each other. Accounts that are in no unit lie in the organization itself.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn organization_tree(&self, organization_id: i32) -> Result<OrganizationTree> {
        let rows: Vec<(String, Option<String>, Option<i32>)> = sqlx::query_as(
            "select id, null::text, null::int from organization where organization_id = $1
             union all
             select u.unit_id, coalesce(u.parent_unit_id, o.id), null::int
                 from unit u join organization o using (organization_id) where u.organization_id = $1
             union all
             select a.number, coalesce(a.unit_id, o.id), a.account_id
                 from account a join organization o using (organization_id) where a.organization_id = $1",
        )
        .bind(organization_id)
        .fetch_all(self.worker())
        .await?;
        let mut tree = OrganizationTree::default();
        for (id, above, account_id) in rows {
            tree.accounts.extend(account_id.map(|number| (id.clone(), number)));
            tree.above.insert(id, above);
        }
        Ok(tree)
    }
}
