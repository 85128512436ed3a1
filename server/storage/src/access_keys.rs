//! Access keys of people: which there are, whose they are, and when they were used.

use crate::audit::Acting;
use crate::users::{UserRow, accepted_user, read_user};
use crate::{Database, Result};
use chrono::{DateTime, TimeDelta, Utc};

/// A key's use is noted again after this time, so that a busy key doesn't write with every request.
const NOTED_AGAIN_AFTER: TimeDelta = TimeDelta::minutes(1);

/// An access key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AccessKeyRow {
    /// The id, as clients send it.
    pub access_key_id: String,
    /// Whose it is.
    pub user_id: i32,
    /// The person's sign-in name.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it is refused; `None` while it is accepted.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Whether an administrator has refused it: then its owner can't accept it again.
    pub is_refused_by_administrator: bool,
    /// When it was used last, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// For which service.
    pub last_used_service: String,
    /// In which Region.
    pub last_used_region: String,
}

/// A key that may sign, with the person and the sealed secret.
#[derive(Clone, Debug)]
pub struct SigningKey {
    /// The person.
    pub user: UserRow,
    /// The master key that seals the secret.
    pub key_id: String,
    /// The sealed secret.
    pub sealed: Vec<u8>,
}

impl Database {
    /// The keys of an organization's people, or of one of them.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn access_keys(
        &self,
        organization_id: i32,
        user_id: Option<i32>,
    ) -> Result<Vec<AccessKeyRow>> {
        Ok(sqlx::query_as(
            "select access_key_id, user_id, u.name, k.created_at, disabled_at, is_refused_by_administrator,
                 last_used_at, last_used_service, last_used_region
             from access_key k join app_user u using (user_id)
             where u.organization_id = $1 and ($2::int is null or user_id = $2) order by u.name, k.created_at",
        )
        .bind(organization_id)
        .bind(user_id)
        .fetch_all(self.worker())
        .await?)
    }

    /// A key that is accepted, of somebody who may still sign in.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError`].
    pub async fn signing_key(
        &self,
        access_key_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<SigningKey>> {
        let key: Option<(i32, String, Vec<u8>)> = sqlx::query_as(
            "select user_id, key_id, sealed from access_key where access_key_id = $1 and disabled_at is null",
        )
        .bind(access_key_id)
        .fetch_optional(self.worker())
        .await?;
        let Some((user_id, key_id, sealed)) = key else { return Ok(None) };
        let sql = sqlx::AssertSqlSafe(format!("{} and user_id = $1", accepted_user("$2")));
        let row = sqlx::query(sql).bind(user_id).bind(now).fetch_optional(self.worker()).await?;
        let user = row.as_ref().map(read_user).transpose()?;
        Ok(user.map(|user| SigningKey { user, key_id, sealed }))
    }

    /// Notes that a key was used, unless that was noted a moment ago.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn note_key_use(
        &self,
        access_key_id: &str,
        service: &str,
        region: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query(
            "update access_key set last_used_at = $4, last_used_service = $2, last_used_region = $3
             where access_key_id = $1 and (last_used_at is null or last_used_at < $5)",
        )
        .bind(access_key_id)
        .bind(service)
        .bind(region)
        .bind(now)
        .bind(now - NOTED_AGAIN_AFTER)
        .execute(self.worker())
        .await?;
        Ok(())
    }
}

impl Acting {
    /// Keeps a new key of a person. `false` when the person has two already.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was kept.
    pub async fn insert_access_key(
        &mut self,
        access_key_id: &str,
        user_id: i32,
        (key_id, sealed): (&str, &[u8]),
        now: DateTime<Utc>,
    ) -> Result<bool> {
        // Two that make a key at once would take the same free place.
        sqlx::query("select from app_user where user_id = $1 for update")
            .bind(user_id)
            .execute(&mut *self.tx)
            .await?;
        let done = sqlx::query(
            "insert into access_key (access_key_id, user_id, slot, key_id, sealed, created_at)
             select $1, $2, slot, $3, $4, $5 from (values (1), (2)) as slots (slot)
             where not exists (select from access_key where user_id = $2 and access_key.slot = slots.slot)
             order by slot limit 1",
        )
        .bind(access_key_id)
        .bind(user_id)
        .bind(key_id)
        .bind(sealed)
        .bind(now)
        .execute(&mut *self.tx)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Refuses a key from now on, or accepts it again. What an administrator has refused stays theirs. `false` when the
    /// organization has no such key.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn disable_access_key(
        &mut self,
        organization_id: i32,
        access_key_id: &str,
        disabled_at: Option<DateTime<Utc>>,
        by_administrator: bool,
    ) -> Result<bool> {
        let done = sqlx::query(
            "update access_key k set disabled_at = case when $3::timestamptz is null then null
                 else coalesce(disabled_at, $3) end,
                 is_refused_by_administrator = $3 is not null and (is_refused_by_administrator or $4)
             from app_user u where u.user_id = k.user_id and u.organization_id = $1 and access_key_id = $2",
        )
        .bind(organization_id)
        .bind(access_key_id)
        .bind(disabled_at)
        .bind(by_administrator)
        .execute(&mut *self.tx)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Deletes a key for good. `false` when the organization has no such key.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn delete_access_key(
        &mut self,
        organization_id: i32,
        access_key_id: &str,
    ) -> Result<bool> {
        let done = sqlx::query(
            "delete from access_key k using app_user u
             where u.user_id = k.user_id and u.organization_id = $1 and access_key_id = $2",
        )
        .bind(organization_id)
        .bind(access_key_id)
        .execute(&mut *self.tx)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

#[cfg(test)]
mod tests;
