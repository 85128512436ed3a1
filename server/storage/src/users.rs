//! People who sign in, their sessions, and the installation's sealed secrets.

mod people;

pub use people::SessionRow;

use crate::{Database, Result, StoreError};
use chrono::{DateTime, Utc};
use orgtrail_shared::console::Role;
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
    /// What the person may do.
    pub role: Role,
    /// The account of the principal.
    pub account_id: Option<i32>,
    /// The accounts of an auditor's grant; none means all.
    pub granted_accounts: Vec<i32>,
    /// The period of an auditor's grant.
    pub period: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    /// When the grant ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether signing in is refused.
    pub is_disabled: bool,
}

/// A person to be added.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The organization.
    pub organization_id: i32,
    /// The sign-in name.
    pub name: String,
    /// The argon2id hash of the password.
    pub password_hash: String,
    /// What the person may do.
    pub role: Role,
    /// The account of the principal.
    pub account_id: Option<i32>,
    /// The accounts of an auditor's grant; none means all.
    pub granted_accounts: Vec<i32>,
    /// The period of an auditor's grant.
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

pub(crate) const USER: &str = "select user_id, u.organization_id, name, password_hash, role, account_id, period_from, period_to, \
    u.expires_at, is_disabled, array(select a.account_id from app_user_account a where a.user_id = u.user_id) \
    as granted from app_user u";

pub(crate) fn read_user(row: &sqlx::postgres::PgRow) -> Result<UserRow> {
    let role: String = row.try_get("role")?;
    Ok(UserRow {
        user_id: row.try_get("user_id")?,
        organization_id: row.try_get("organization_id")?,
        name: row.try_get("name")?,
        password_hash: row.try_get("password_hash")?,
        role: role.parse().map_err(|reason| StoreError::Corrupt { table: "app_user", reason })?,
        account_id: row.try_get("account_id")?,
        granted_accounts: row.try_get("granted")?,
        period: (row.try_get("period_from")?, row.try_get("period_to")?),
        expires_at: row.try_get("expires_at")?,
        is_disabled: row.try_get("is_disabled")?,
    })
}

impl Database {
    /// Adds a person; an existing one of the same name and organization gets the new role and password, and every
    /// session and access key of theirs is gone: whoever had one had it under the old ones. `None` when the name is taken in another organization.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`]; nothing was changed.
    pub async fn upsert_user(&self, user: &NewUser, now: DateTime<Utc>) -> Result<Option<i32>> {
        let mut tx = self.worker().begin().await?;
        let user_id: Option<i32> = sqlx::query_scalar(
            "insert into app_user (organization_id, name, password_hash, role, account_id, period_from, period_to,
                 expires_at, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             on conflict (name) do update set password_hash = excluded.password_hash, role = excluded.role,
                 account_id = excluded.account_id, period_from = excluded.period_from,
                 period_to = excluded.period_to, expires_at = excluded.expires_at, is_disabled = false
             where app_user.organization_id = excluded.organization_id
             returning user_id",
        )
        .bind(user.organization_id)
        .bind(&user.name)
        .bind(&user.password_hash)
        .bind(user.role.name())
        .bind(user.account_id)
        .bind(user.period.0)
        .bind(user.period.1)
        .bind(user.expires_at)
        .bind(now)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(user_id) = user_id else { return Ok(None) };
        sqlx::query("delete from app_user_account where user_id = $1")
            .bind(user_id)
            .execute(&mut *tx)
            .await?;
        for sql in
            ["delete from session where user_id = $1", "delete from access_key where user_id = $1"]
        {
            sqlx::query(sql).bind(user_id).execute(&mut *tx).await?;
        }
        sqlx::query("insert into app_user_account select $1, $2, unnest($3::int[])")
            .bind(user_id)
            .bind(user.organization_id)
            .bind(&user.granted_accounts)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(Some(user_id))
    }

    /// Finds a person by sign-in name.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn lookup_user(&self, name: &str) -> Result<Option<UserRow>> {
        let sql = sqlx::AssertSqlSafe(format!("{USER} where name = $1"));
        let row = sqlx::query(sql).bind(name).fetch_optional(self.worker()).await?;
        row.as_ref().map(read_user).transpose()
    }

    /// Opens a session.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn insert_session(&self, session: &NewSession<'_>) -> Result<()> {
        sqlx::query(
            "insert into session (session_id, user_id, audience, created_at, expires_at, user_agent, address)
             values ($1, $2, $3, $4, $5, left($6, 512), left($7, 64))",
        )
            .bind(session.session_id)
            .bind(session.user_id)
            .bind(session.audience)
            .bind(session.created_at)
            .bind(session.expires_at)
            .bind(session.user_agent.replace('\0', "\u{fffd}"))
            .bind(session.address)
            .execute(self.worker())
            .await?;
        Ok(())
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
            "{USER} where not is_disabled and (u.expires_at is null or u.expires_at > $3) and user_id = (
                 select s.user_id from session s where s.session_id = $1 and s.audience = $2
                 and s.revoked_at is null and s.expires_at > $3)"
        ));
        let row = sqlx::query(sql)
            .bind(session_id)
            .bind(audience)
            .bind(now)
            .fetch_optional(self.worker())
            .await?;
        row.as_ref().map(read_user).transpose()
    }

    /// Ends a session at once.
    ///
    /// # Errors
    ///
    /// [`StoreError::Database`].
    pub async fn revoke_session(&self, session_id: Uuid, now: DateTime<Utc>) -> Result<()> {
        sqlx::query(
            "update session set revoked_at = $2 where session_id = $1 and revoked_at is null",
        )
        .bind(session_id)
        .bind(now)
        .execute(self.worker())
        .await?;
        Ok(())
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

#[cfg(test)]
mod tests;
