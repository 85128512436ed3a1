//! People who sign in, their sessions, and the installation's sealed secrets.

mod grants;
mod people;
mod providers;
mod rules;
mod second_factor;

pub use grants::{GrantRow, Granted, NewGrant, OrganizationTree};
pub use people::SessionRow;
pub use providers::{Admitted, FROM_PROVIDER, NewProvider, ProviderRow, Sent};
pub use rules::OwnPolicyRow;
pub use second_factor::SecondFactorRow;

use crate::audit::Acting;
use crate::organizations::{parse_kind, parse_state};
use crate::{Database, Result, StoreError};
use chrono::{DateTime, Utc};
use orgtrail_shared::console::Role;
use orgtrail_shared::organization::{AccountKind, AccountState};
use sqlx::Row;
use uuid::Uuid;

/// A person who can sign in.
#[derive(Clone, Debug)]
pub struct UserRow {
    /// The number.
    pub user_id: i32,
    /// The organization.
    pub organization_id: i32,
    /// The sign-in name.
    pub name: String,
    /// The argon2id hash of the password.
    pub password_hash: String,
    /// The account of the principal.
    pub account_id: Option<i32>,
    /// That account.
    pub account: Option<OwnAccount>,
    /// Whether signing in is refused.
    pub is_disabled: bool,
    /// Whether signing in needs a code.
    pub has_second_factor: bool,
    /// Whether it is a service, which has no password.
    pub is_service: bool,
    /// The identity provider that signs them in; they have no password here.
    pub issuer: Option<String>,
    /// The roles that the person was granted and that weren't taken back; some may have ended.
    pub grants: Vec<GrantRow>,
}

/// The account that a person belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnAccount {
    /// Its id.
    pub number: String,
    /// What it is.
    pub kind: AccountKind,
    /// Its state.
    pub state: Option<AccountState>,
}

impl UserRow {
    /// The grants that hold now.
    pub fn grants_at(&self, now: DateTime<Utc>) -> impl Iterator<Item = &GrantRow> {
        self.grants.iter().filter(move |grant| grant.holds_at(now))
    }

    /// The role that does most; none when no grant holds.
    pub fn role_at(&self, now: DateTime<Utc>) -> Option<Role> {
        self.grants_at(now).map(|grant| grant.role).min()
    }

    /// Whether the person may sign in.
    pub fn may_sign_in(&self, now: DateTime<Utc>) -> bool {
        !self.is_disabled && self.role_at(now).is_some()
    }
}

/// A person to be added, with one role.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The organization.
    pub organization_id: i32,
    /// The sign-in name.
    pub name: String,
    /// The argon2id hash of the password; empty for a service.
    pub password_hash: String,
    /// Whether it is a service.
    pub is_service: bool,
    /// What the person may do.
    pub role: Role,
    /// The account of the principal; a member's grant is for it.
    pub account_id: Option<i32>,
    /// The accounts of an auditor's grants; none means the organization.
    pub granted_accounts: Vec<i32>,
    /// The period of an auditor's grants.
    pub period: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// When the grant ends.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A session to be opened.
#[derive(Clone, Copy, Debug)]
pub struct NewSession<'a> {
    /// Its id.
    pub session_id: Uuid,
    /// Whose it is.
    pub user_id: i32,
    /// `console` or `api`.
    pub audience: &'a str,
    /// Now.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// What opens it; empty when unknown.
    pub user_agent: &'a str,
    /// From where; empty when unknown.
    pub address: &'a str,
}

pub(crate) const USER: &str = "select user_id, u.organization_id, u.name, password_hash, u.account_id, is_disabled, is_service, \
    u.issuer, a.number, a.kind, a.state, coalesce((select jsonb_agg(jsonb_build_object('grant_id', grant_id, 'role', role, \
        'target_id', target_id, 'period_from', period_from, 'period_to', period_to, \
        'expires_at', case g.created_by when 'identity provider' then u.roles_until else g.expires_at end, \
        'reason', reason, 'created_by', created_by, 'created_at', g.created_at) order by grant_id) \
        from role_grant g where g.user_id = u.user_id and revoked_at is null), '[]') as grants, \
    (exists (select from second_factor f where f.user_id = u.user_id and confirmed_at is not null) \
        or coalesce((select p.content ->> 'issuer' = u.issuer and (p.content ->> 'counts_as_second_factor')::boolean \
            from identity_provider p where p.organization_id = u.organization_id order by version desc limit 1), false) \
        ) as has_second_factor \
    from app_user u left join account a on a.account_id = u.account_id";

/// Whether a person may sign in at a time: the name of the parameter is to be put in.
fn may_sign_in(time: &str) -> String {
    format!(
        "not is_disabled and exists (select from role_grant g where g.user_id = u.user_id and g.revoked_at is null
             and coalesce(case g.created_by when 'identity provider' then u.roles_until else g.expires_at end > {time}, true))"
    )
}

/// The statement that finds a person who may sign in at the time of a parameter.
pub(crate) fn accepted_user(time: &str) -> String {
    format!("{USER} where {}", may_sign_in(time))
}

pub(crate) fn read_user(row: &sqlx::postgres::PgRow) -> Result<UserRow> {
    let grants: serde_json::Value = row.try_get("grants")?;
    let number: Option<String> = row.try_get("number")?;
    let (kind, state): (Option<&str>, Option<&str>) = (row.try_get("kind")?, row.try_get("state")?);
    Ok(UserRow {
        user_id: row.try_get("user_id")?,
        organization_id: row.try_get("organization_id")?,
        name: row.try_get("name")?,
        password_hash: row.try_get("password_hash")?,
        account_id: row.try_get("account_id")?,
        account: number.map(|number| OwnAccount {
            number,
            kind: parse_kind(kind.unwrap_or_default()),
            state: state.and_then(parse_state),
        }),
        is_disabled: row.try_get("is_disabled")?,
        has_second_factor: row.try_get("has_second_factor")?,
        is_service: row.try_get("is_service")?,
        issuer: row.try_get("issuer")?,
        grants: serde_json::from_value(grants).map_err(|error| StoreError::Corrupt {
            table: "role_grant",
            reason: error.to_string(),
        })?,
    })
}

impl Database {
    /// Finds a person by sign-in name.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn lookup_user(&self, name: &str) -> Result<Option<UserRow>> {
        let sql = sqlx::AssertSqlSafe(format!("{USER} where u.name = $1"));
        let row = sqlx::query(sql).bind(name).fetch_optional(self.worker()).await?;
        row.as_ref().map(read_user).transpose()
    }

    /// The person behind a session that is neither revoked nor over, and who may still sign in.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn session_user(
        &self,
        session_id: Uuid,
        audience: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<UserRow>> {
        let sql = sqlx::AssertSqlSafe(format!(
            "{} and user_id = (select s.user_id from session s where s.session_id = $1 and s.audience = $2
                 and s.revoked_at is null and s.expires_at > $3)",
            accepted_user("$3")
        ));
        let row = sqlx::query(sql)
            .bind(session_id)
            .bind(audience)
            .bind(now)
            .fetch_optional(self.worker())
            .await?;
        row.as_ref().map(read_user).transpose()
    }

    /// Whether there is a session of that id, also one that has ended.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn session_exists(&self, session_id: Uuid) -> Result<bool> {
        Ok(sqlx::query_scalar("select exists (select from session where session_id = $1)")
            .bind(session_id)
            .fetch_one(self.worker())
            .await?)
    }

    /// Forgets sessions that ended long ago.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn forget_sessions(&self, ended_before: DateTime<Utc>) -> Result<u64> {
        let done = sqlx::query("delete from session where expires_at < $1")
            .bind(ended_before)
            .execute(self.worker())
            .await?;
        Ok(done.rows_affected())
    }

    /// A sealed secret with the id of the key that seals it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn lookup_secret(&self, name: &str) -> Result<Option<(String, Vec<u8>)>> {
        Ok(sqlx::query_as("select key_id, sealed from sealed_secret where name = $1")
            .bind(name)
            .fetch_optional(self.worker())
            .await?)
    }

    /// Keeps a sealed secret unless there is one of that name; gives back the one that is kept.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn insert_secret(
        &self,
        name: &str,
        key_id: &str,
        sealed: &[u8],
        now: DateTime<Utc>,
    ) -> Result<(String, Vec<u8>)> {
        sqlx::query("insert into sealed_secret values ($1, $2, $3, $4) on conflict do nothing")
            .bind(name)
            .bind(key_id)
            .bind(sealed)
            .bind(now)
            .execute(self.worker())
            .await?;
        self.lookup_secret(name).await?.ok_or(StoreError::Corrupt {
            table: "sealed_secret",
            reason: "a secret that was just inserted is missing".into(),
        })
    }
}

impl Acting {
    /// Adds a person with a role; an existing one of the same name and organization gets the new role and password, and
    /// every other role, session and access key of theirs is gone: whoever had one had it under the old ones. `None` when
    /// the name is taken in another organization, or is that of somebody whom an identity provider sends.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`], also for a member without an account; nothing was changed.
    pub async fn upsert_user(&mut self, user: &NewUser, now: DateTime<Utc>) -> Result<Option<i32>> {
        let user_id: Option<i32> = sqlx::query_scalar(
            "insert into app_user (organization_id, name, password_hash, account_id, created_at, is_service)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (name) do update set password_hash = excluded.password_hash, is_service = excluded.is_service,
                 account_id = excluded.account_id, is_disabled = false
             where app_user.organization_id = excluded.organization_id and app_user.issuer is null
             returning user_id",
        )
        .bind(user.organization_id)
        .bind(&user.name)
        .bind(&user.password_hash)
        .bind(user.account_id)
        .bind(now)
        .bind(user.is_service)
        .fetch_optional(&mut *self.tx)
        .await?;
        let Some(user_id) = user_id else { return Ok(None) };
        for sql in [
            "delete from session where user_id = $1 and $2::timestamptz is not null",
            "delete from access_key where user_id = $1 and $2::timestamptz is not null",
            "delete from second_factor where user_id = $1 and $2::timestamptz is not null",
            "update role_grant set revoked_at = $2, revoked_by = '' where user_id = $1 and revoked_at is null",
        ] {
            sqlx::query(sql).bind(user_id).bind(now).execute(&mut *self.tx).await?;
        }
        grants::insert_first(&mut self.tx, user_id, user, now).await?;
        Ok(Some(user_id))
    }

    /// Opens a session.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`], also when there is one of that id.
    pub async fn insert_session(&mut self, session: &NewSession<'_>) -> Result<()> {
        if self.insert_session_once(session).await? {
            return Ok(());
        }
        Err(StoreError::Corrupt { table: "session", reason: "a session's id is used twice".into() })
    }

    /// Opens a session unless there was one of that id; `false` when there was, also one that has ended.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn insert_session_once(&mut self, session: &NewSession<'_>) -> Result<bool> {
        let done = sqlx::query(
            "insert into session (session_id, user_id, audience, created_at, expires_at, user_agent, address)
             values ($1, $2, $3, $4, $5, left($6, 512), left($7, 64)) on conflict do nothing",
        )
        .bind(session.session_id)
        .bind(session.user_id)
        .bind(session.audience)
        .bind(session.created_at)
        .bind(session.expires_at)
        .bind(session.user_agent.replace('\0', "\u{fffd}"))
        .bind(session.address)
        .execute(&mut *self.tx)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends a session at once.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn revoke_session(&mut self, session_id: Uuid, now: DateTime<Utc>) -> Result<()> {
        sqlx::query(
            "update session set revoked_at = $2 where session_id = $1 and revoked_at is null",
        )
        .bind(session_id)
        .bind(now)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
