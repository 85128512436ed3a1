//! Second factors: one for each person, which counts once a code has confirmed it.

use crate::audit::Acting;
use crate::{Database, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A second factor, sealed.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SecondFactorRow {
    /// The master key that seals the secret.
    pub key_id: String,
    /// The sealed secret.
    pub sealed: Vec<u8>,
    /// Whether a code has confirmed it.
    pub is_confirmed: bool,
    /// The session that began it.
    pub begun_by: Uuid,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Database {
    /// The second factor of a person, confirmed or not.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn second_factor(&self, user_id: i32) -> Result<Option<SecondFactorRow>> {
        Ok(sqlx::query_as(
            "select key_id, sealed, confirmed_at is not null as is_confirmed, begun_by, created_at from second_factor where user_id = $1",
        )
        .bind(user_id)
        .fetch_optional(self.worker())
        .await?)
    }
}

impl Acting {
    /// Keeps a new secret that is to be confirmed, in place of one that wasn't. `false` when the person has a second factor.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was kept.
    pub async fn begin_second_factor(
        &mut self,
        user_id: i32,
        (key_id, sealed, begun_by): (&str, &[u8], Uuid),
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let done = sqlx::query(
            "insert into second_factor (user_id, key_id, sealed, created_at, begun_by) values ($1, $2, $3, $4, $5)
             on conflict (user_id) do update set key_id = excluded.key_id, sealed = excluded.sealed,
                 created_at = excluded.created_at, begun_by = excluded.begun_by, last_step = 0
             where second_factor.confirmed_at is null",
        )
        .bind(user_id)
        .bind(key_id)
        .bind(sealed)
        .bind(now)
        .bind(begun_by)
        .execute(&mut *self.tx)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes the code of a time step of a secret, once; it confirms a secret that wasn't. `false` when that step or a later one was
    /// taken, or the secret is another one now.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was taken.
    pub async fn take_step(
        &mut self,
        user_id: i32,
        (sealed, step): (&[u8], i64),
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let done = sqlx::query(
            "update second_factor set last_step = $2, confirmed_at = coalesce(confirmed_at, $3)
             where user_id = $1 and last_step < $2 and sealed = $4",
        )
        .bind(user_id)
        .bind(step)
        .bind(now)
        .bind(sealed)
        .execute(&mut *self.tx)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends every session of a person but one: they were opened without a second factor.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn revoke_other_sessions(
        &mut self,
        user_id: i32,
        kept: Uuid,
        now: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query(
            "update session set revoked_at = $3 where user_id = $1 and session_id <> $2 and revoked_at is null",
        )
        .bind(user_id)
        .bind(kept)
        .bind(now)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Takes a second factor away. `false` when there was none.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn delete_second_factor(&mut self, user_id: i32) -> Result<bool> {
        let done = sqlx::query("delete from second_factor where user_id = $1")
            .bind(user_id)
            .execute(&mut *self.tx)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Says whether those who change things must have a second factor.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn require_second_factor(
        &mut self,
        organization_id: i32,
        is_required: bool,
    ) -> Result<()> {
        sqlx::query(
            "update organization set requires_second_factor = $2 where organization_id = $1",
        )
        .bind(organization_id)
        .bind(is_required)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}
