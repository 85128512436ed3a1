//! Identity providers, and the people whom they have sent.

use super::grants::place_exists;
use crate::audit::Acting;
use crate::{Database, Result};
use chrono::{DateTime, Utc};
use orgtrail_shared::console::Role;
use serde_json::Value;
use sqlx::PgConnection;

/// Who has made the grants that follow from groups. No sign-in name has a blank.
pub const FROM_PROVIDER: &str = "identity provider";

/// A version of an organization's provider.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ProviderRow {
    /// The organization.
    pub organization_id: i32,
    /// The organization's id at AWS.
    pub organization: String,
    /// The version; the newest holds.
    pub version: i32,
    /// The provider; `None` for none.
    pub content: Option<Value>,
    /// The client's secret, sealed.
    pub sealed: Option<Vec<u8>>,
    /// Why it was changed.
    pub reason: String,
    /// By whom; empty for the command line.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A version to be added.
#[derive(Clone, Debug)]
pub struct NewProvider<'a> {
    /// The organization.
    pub organization_id: i32,
    /// The version that it follows; zero for none.
    pub known: i32,
    /// The provider; `None` for none.
    pub content: Option<Value>,
    /// The sealed secret with the id of the key that seals it.
    pub sealed: Option<(&'a str, Vec<u8>)>,
    /// Why.
    pub reason: &'a str,
    /// By whom; empty for the command line.
    pub by: &'a str,
    /// The issuer whose people keep what they have; others lose the roles that a provider gave them.
    pub issuer: Option<&'a str>,
    /// The roles that nobody loses: every group that had one has it still.
    pub kept: Vec<(Role, &'a str)>,
    /// Until when roles of groups hold at the longest.
    pub roles_until: DateTime<Utc>,
}

/// Somebody whom a provider has sent.
#[derive(Clone, Debug)]
pub struct Sent<'a> {
    /// The organization.
    pub organization_id: i32,
    /// The version of the provider that was asked.
    pub version: i32,
    /// The provider's issuer.
    pub issuer: &'a str,
    /// Who they are there.
    pub subject: &'a str,
    /// What they may be called here, the best first.
    pub names: Vec<String>,
    /// The roles that their groups have.
    pub roles: Vec<(Role, &'a str)>,
    /// When the provider has said so.
    pub told_at: DateTime<Utc>,
    /// Until when the roles hold.
    pub roles_until: DateTime<Utc>,
}

/// What has become of somebody who was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// They are known.
    Known {
        /// The number.
        user_id: i32,
        /// The sign-in name.
        name: String,
        /// Whether any role of theirs holds; otherwise they may not sign in.
        has_role: bool,
        /// The roles that they have since now, as `ROLE at PLACE`.
        given: Vec<String>,
        /// The roles that they don't have any more.
        taken: Vec<String>,
        /// The roles that they would have, but for what stands before it.
        left_out: Vec<String>,
    },
    /// An administrator has refused them.
    Disabled {
        /// The sign-in name.
        name: String,
    },
    /// The provider was changed or taken away while they were there.
    Changed,
    /// No group of theirs has a role, and they were never here.
    Stranger,
}

const NEWEST: &str = "select distinct on (organization_id) organization_id, o.id as organization, version, content, sealed,
    reason, p.created_by, p.created_at
    from identity_provider p join organization o using (organization_id)
    where $1::int is null or organization_id = $1 order by organization_id, version desc";

impl Database {
    /// The provider that holds for an organization; `None` when there never was one.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn identity_provider(&self, organization_id: i32) -> Result<Option<ProviderRow>> {
        Ok(sqlx::query_as(NEWEST).bind(organization_id).fetch_optional(self.worker()).await?)
    }

    /// The newest version of each organization's provider, also those that are none.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn identity_providers(&self) -> Result<Vec<ProviderRow>> {
        Ok(sqlx::query_as(NEWEST).bind(None::<i32>).fetch_all(self.worker()).await?)
    }
}

impl Acting {
    /// Puts a new version in force after the one that was known, and takes roles back that no group can have any more.
    /// `false` when there is a newer one already; the caller then drops the act.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn insert_provider(
        &mut self,
        new: NewProvider<'_>,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        // Whoever is let in at this moment is so before it or after it: see `admit`.
        sqlx::query("select from organization where organization_id = $1 for no key update")
            .bind(new.organization_id)
            .execute(&mut *self.tx)
            .await?;
        let (key_id, sealed) = new.sealed.unzip();
        let done = sqlx::query(
            "insert into identity_provider (organization_id, version, content, key_id, sealed, reason, created_by, created_at)
             select $1, $2 + 1, $3, $4, $5, $6, $7, $8
             where $2 = coalesce((select max(version) from identity_provider where organization_id = $1), 0)
             on conflict do nothing",
        )
        .bind(new.organization_id)
        .bind(new.known)
        .bind(new.content)
        .bind(key_id)
        .bind(sealed)
        .bind(new.reason)
        .bind(new.by)
        .bind(now)
        .execute(&mut *self.tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let (roles, targets): (Vec<&str>, Vec<&str>) =
            new.kept.iter().map(|(role, target)| (role.name(), *target)).unzip();
        sqlx::query(
            "update role_grant g set revoked_at = $2, revoked_by = $3 from app_user u
             where g.organization_id = $1 and g.revoked_at is null and g.created_by = $4 and u.user_id = g.user_id
               and (u.issuer is distinct from $5
                   or (g.role, g.target_id) not in (select * from unnest($6::text[], $7::text[])))",
        )
        .bind(new.organization_id)
        .bind(now)
        .bind(new.by)
        .bind(FROM_PROVIDER)
        .bind(new.issuer)
        .bind(roles)
        .bind(targets)
        .execute(&mut *self.tx)
        .await?;
        sqlx::query("update app_user set roles_until = least(roles_until, $2) where organization_id = $1 and issuer is not null")
            .bind(new.organization_id)
            .bind(new.roles_until)
            .execute(&mut *self.tx)
            .await?;
        Ok(true)
    }

    /// Lets somebody in whom a provider has sent: makes them known, and gives and takes the roles that their groups have.
    /// Roles that people have given stay, and news that are older than what is known change nothing.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn admit(&mut self, sent: &Sent<'_>, now: DateTime<Utc>) -> Result<Admitted> {
        sqlx::query("select from organization where organization_id = $1 for share")
            .bind(sent.organization_id)
            .execute(&mut *self.tx)
            .await?;
        let newest: Option<i32> = sqlx::query_scalar(
            "select version from identity_provider where organization_id = $1 and content is not null
               and version = (select max(version) from identity_provider where organization_id = $1)",
        )
        .bind(sent.organization_id)
        .fetch_optional(&mut *self.tx)
        .await?;
        if newest != Some(sent.version) {
            return Ok(Admitted::Changed);
        }
        let Some(person) = find_or_add(&mut self.tx, sent, now).await? else {
            return Ok(Admitted::Stranger);
        };
        let Person { user_id, name, is_disabled, told_at } = person;
        if is_disabled {
            return Ok(Admitted::Disabled { name });
        }
        let (mut given, mut left_out) = (Vec::new(), Vec::new());
        let mut taken = Vec::new();
        if sent.told_at >= told_at {
            taken = take_roles(&mut self.tx, user_id, sent, now).await?;
            for (role, target) in &sent.roles {
                let words = format!("{} at {target}", role.name());
                match give_role(&mut self.tx, user_id, sent, (*role, target), now).await? {
                    Given::Now => given.push(words),
                    Given::Before => {}
                    Given::Not => left_out.push(words),
                }
            }
            renew(&mut self.tx, user_id, sent).await?;
        }
        let sql = sqlx::AssertSqlSafe(format!(
            "select exists ({} and u.user_id = $2)",
            super::accepted_user("$1")
        ));
        let has_role = sqlx::query_scalar(sql);
        let has_role = has_role.bind(now).bind(user_id).fetch_one(&mut *self.tx).await?;
        Ok(Admitted::Known { user_id, name, has_role, given, taken, left_out })
    }
}

#[derive(sqlx::FromRow)]
struct Person {
    user_id: i32,
    name: String,
    is_disabled: bool,
    told_at: DateTime<Utc>,
}

async fn find(tx: &mut PgConnection, sent: &Sent<'_>) -> Result<Option<Person>> {
    Ok(sqlx::query_as(
        "select user_id, name, is_disabled, told_at from app_user
         where organization_id = $1 and issuer = $2 and subject = $3 for update",
    )
    .bind(sent.organization_id)
    .bind(sent.issuer)
    .bind(sent.subject)
    .fetch_optional(tx)
    .await?)
}

async fn find_or_add(
    tx: &mut PgConnection,
    sent: &Sent<'_>,
    now: DateTime<Utc>,
) -> Result<Option<Person>> {
    if let Some(known) = find(tx, sent).await? {
        return Ok(Some(known));
    }
    if sent.roles.is_empty() {
        return Ok(None);
    }
    for name in &sent.names {
        // Somebody else's name, or the same person who has just come by another request.
        let done = sqlx::query(
            "insert into app_user (organization_id, name, password_hash, created_at, issuer, subject, told_at, roles_until)
             values ($1, $2, '', $3, $4, $5, $6, $7) on conflict do nothing",
        )
        .bind(sent.organization_id)
        .bind(name)
        .bind(now)
        .bind(sent.issuer)
        .bind(sent.subject)
        .bind(sent.told_at)
        .bind(sent.roles_until)
        .execute(&mut *tx)
        .await?;
        let found = find(tx, sent).await?;
        if done.rows_affected() == 1 || found.is_some() {
            return Ok(found);
        }
    }
    Err(crate::StoreError::Corrupt {
        table: "app_user",
        reason: "every name of somebody whom an identity provider has sent is taken".into(),
    })
}

async fn take_roles(
    tx: &mut PgConnection,
    user_id: i32,
    sent: &Sent<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<String>> {
    let (roles, targets): (Vec<&str>, Vec<&str>) =
        sent.roles.iter().map(|(role, target)| (role.name(), *target)).unzip();
    Ok(sqlx::query_scalar(
        "update role_grant set revoked_at = $2, revoked_by = $3
         where user_id = $1 and revoked_at is null and created_by = $3
           and (role, target_id) not in (select * from unnest($4::text[], $5::text[]))
         returning role || ' at ' || target_id",
    )
    .bind(user_id)
    .bind(now)
    .bind(FROM_PROVIDER)
    .bind(roles)
    .bind(targets)
    .fetch_all(tx)
    .await?)
}

enum Given {
    Now,
    Before,
    Not,
}

async fn give_role(
    tx: &mut PgConnection,
    user_id: i32,
    sent: &Sent<'_>,
    (role, target): (Role, &str),
    now: DateTime<Utc>,
) -> Result<Given> {
    let is_known: bool = sqlx::query_scalar(
        "select exists (select from role_grant where user_id = $1 and role = $2 and target_id = $3 and revoked_at is null
             and (expires_at is null or expires_at > $4))",
    )
    .bind(user_id)
    .bind(role.name())
    .bind(target)
    .bind(now)
    .fetch_one(&mut *tx)
    .await?;
    if is_known {
        return Ok(Given::Before);
    }
    if !place_exists(tx, sent.organization_id, target).await? {
        return Ok(Given::Not);
    }
    // What has ended makes room for what begins.
    sqlx::query(
        "update role_grant set revoked_at = $4, revoked_by = $5
         where user_id = $1 and role = $2 and target_id = $3 and revoked_at is null",
    )
    .bind(user_id)
    .bind(role.name())
    .bind(target)
    .bind(now)
    .bind(FROM_PROVIDER)
    .execute(&mut *tx)
    .await?;
    // What somebody sees has one period: whoever was given one by hand has none by groups.
    let done = sqlx::query(
        "insert into role_grant (organization_id, user_id, role, target_id, reason, created_by, created_at)
         select $1, $2, $3, $4, 'by a group of the identity provider', $6, $5
         where not exists (select from role_grant where user_id = $2 and revoked_at is null
             and (expires_at is null or expires_at > $5) and num_nonnulls(period_from, period_to) > 0)",
    )
    .bind(sent.organization_id)
    .bind(user_id)
    .bind(role.name())
    .bind(target)
    .bind(now)
    .bind(FROM_PROVIDER)
    .execute(&mut *tx)
    .await?;
    Ok(if done.rows_affected() == 1 { Given::Now } else { Given::Not })
}

/// From now on the person is known by these news; a member's principal belongs to the member's account.
async fn renew(tx: &mut PgConnection, user_id: i32, sent: &Sent<'_>) -> Result<()> {
    // Whoever does more than a member acts for the organization: a closed account must not take that away.
    let is_member = sent.roles.iter().all(|(role, _)| *role == Role::Member);
    let member = sent.roles.first().filter(|_| is_member);
    sqlx::query(
        "update app_user set told_at = $2, roles_until = $3,
             account_id = (select account_id from account where organization_id = $4 and number = $5)
         where user_id = $1",
    )
    .bind(user_id)
    .bind(sent.told_at)
    .bind(sent.roles_until)
    .bind(sent.organization_id)
    .bind(member.map(|(_, target)| *target))
    .execute(tx)
    .await?;
    Ok(())
}
