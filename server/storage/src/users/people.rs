//! People and sessions, to be shown and ended.

use super::{USER, UserRow, read_user};
use crate::audit::Acting;
use crate::{Database, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A session that is open.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SessionRow {
    /// Its id.
    pub session_id: Uuid,
    /// Whose it is.
    pub user_id: i32,
    /// The person's sign-in name.
    pub name: String,
    /// `console` or `api`.
    pub audience: String,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// What opened it; empty when unknown.
    pub user_agent: String,
    /// From where; empty when unknown.
    pub address: String,
}

impl Database {
    /// The people of an organization, by name.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError`].
    pub async fn people(&self, organization_id: i32) -> Result<Vec<UserRow>> {
        let sql =
            sqlx::AssertSqlSafe(format!("{USER} where u.organization_id = $1 order by u.name"));
        let rows = sqlx::query(sql).bind(organization_id).fetch_all(self.worker()).await?;
        rows.iter().map(read_user).collect()
    }

    /// The account that a person belongs to: their own, or the management account for those who have none. `None` when
    /// the organization has no management account.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn account_of_person(
        &self,
        organization_id: i32,
        account_id: Option<i32>,
    ) -> Result<Option<String>> {
        Ok(sqlx::query_scalar(
            "select number from account where organization_id = $1
               and (account_id = $2 or ($2 is null and kind = 'management'))",
        )
        .bind(organization_id)
        .bind(account_id)
        .fetch_optional(self.worker())
        .await?)
    }

    /// The open sessions of an organization's people, or of one of them; the newest first.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn sessions(
        &self,
        organization_id: i32,
        user_id: Option<i32>,
        now: DateTime<Utc>,
    ) -> Result<Vec<SessionRow>> {
        Ok(sqlx::query_as(
            "select session_id, user_id, u.name, audience, s.created_at, s.expires_at, user_agent, address
             from session s join app_user u using (user_id)
             where u.organization_id = $1 and ($2::int is null or user_id = $2)
               and s.revoked_at is null and s.expires_at > $3
             order by s.created_at desc, session_id",
        )
        .bind(organization_id)
        .bind(user_id)
        .bind(now)
        .fetch_all(self.worker())
        .await?)
    }
}

impl Acting {
    /// Refuses a person from now on, with every session and key, or lets them in again; sessions that were open end for
    /// good. `false` when the organization has nobody of that name.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn disable_user(
        &mut self,
        organization_id: i32,
        name: &str,
        is_disabled: bool,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let done = sqlx::query(
            "with person as (update app_user set is_disabled = $3 where organization_id = $1 and name = $2
                             returning user_id),
             ended as (update session set revoked_at = $4 from person
                       where session.user_id = person.user_id and revoked_at is null and $3)
             select user_id from person",
        )
        .bind(organization_id)
        .bind(name)
        .bind(is_disabled)
        .bind(now)
        .fetch_optional(&mut *self.tx)
        .await?;
        Ok(done.is_some())
    }
}
