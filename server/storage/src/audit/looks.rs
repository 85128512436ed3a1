//! Who has looked at whose events.

use super::{NewAct, insert_act};
use crate::{Database, Result, Scope};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

/// For how long the same question of the same session is the same act.
const SAME_ACT: TimeDelta = TimeDelta::hours(1);

/// What a session asks for: whatever equals it is the same question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// The session.
    pub session_id: Uuid,
    /// The SHA-256 of what is asked.
    pub hash: [u8; 32],
}

/// A look at events of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The sign-in name of who looks.
    pub principal: String,
    /// The event's name, such as `SearchEvents`.
    pub action: &'static str,
    /// The event that is looked at, if it is one.
    pub seen_event: Option<String>,
    /// Whether events are looked at, and not what else is known of people.
    pub is_of_events: bool,
    /// Whose events, by the accounts' numbers in the database; `None` for all of the organization.
    pub accounts: Option<Vec<i32>>,
    /// The question; `None` for a look that stands for itself.
    pub question: Option<Question>,
}

/// A look, as those see it whose events were looked at.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AccessRow {
    /// Its number.
    pub access_id: i64,
    /// The act's own event.
    pub event_id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// The sign-in name of who looked.
    pub principal: String,
    /// The account that the person belongs to; `None` for the management account of an organization that had none.
    pub account: Option<String>,
    /// The event's name.
    pub action: String,
    /// The event that was looked at, if it was one.
    pub seen_event: Option<String>,
    /// How many accounts' events; `None` for all of the organization.
    pub accounts: Option<i32>,
}

impl Database {
    /// Whether a session has asked a question within the last hour, so that asking it again is the same act.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn is_asked(&self, question: &Question, now: DateTime<Utc>) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "select exists (select from session_question where session_id = $1 and question = $2 and asked_at > $3)",
        )
        .bind(question.session_id)
        .bind(question.hash)
        .bind(now - SAME_ACT)
        .fetch_one(self.worker())
        .await?)
    }

    /// Records a look at events, unless its session has asked the same within the last hour; of several that ask at once
    /// one is recorded. Whether it was.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was recorded, and nothing may be shown.
    pub async fn record_look(&self, act: &NewAct, look: &Look) -> Result<bool> {
        let mut tx = self.worker().begin().await?;
        if let Some(question) = &look.question {
            let is_new = sqlx::query(
                "insert into session_question (session_id, question, asked_at) values ($1, $2, $3)
                 on conflict (session_id, question) do update set asked_at = excluded.asked_at
                 where session_question.asked_at <= $4",
            )
            .bind(question.session_id)
            .bind(question.hash)
            .bind(act.occurred_at)
            .bind(act.occurred_at - SAME_ACT)
            .execute(&mut *tx)
            .await?;
            if is_new.rows_affected() == 0 {
                return Ok(false);
            }
        }
        insert_act(&mut tx, act).await?;
        if look.is_of_events {
            insert_access(&mut tx, act, look).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Who has looked at events within a scope, the newest first, from before a look on.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn accesses(
        &self,
        scope: &Scope,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<AccessRow>> {
        let mut tx = self.read(scope).await?;
        Ok(sqlx::query_as(
            "select access_id, event_id, at, principal, account, action, seen_event, cardinality(accounts) as accounts
             from event_access where organization_id = $1 and ($2::bigint is null or access_id < $2)
             order by access_id desc limit $3",
        )
        .bind(scope.organization_id)
        .bind(before)
        .bind(limit)
        .fetch_all(&mut *tx)
        .await?)
    }
}

async fn insert_access(tx: &mut PgConnection, act: &NewAct, look: &Look) -> Result<()> {
    sqlx::query(
            "insert into event_access (organization_id, event_id, at, principal, account, action, seen_event, accounts)
             values ($1, $2, $3, $4, coalesce($5, (select number from account
                 where organization_id = $1 and kind = 'management')), $6, $7, $8)",
        )
        .bind(act.organization_id)
        .bind(act.event_id)
        .bind(act.occurred_at)
        .bind(&look.principal)
        .bind(act.account.as_deref())
        .bind(look.action)
        .bind(look.seen_event.as_deref())
        .bind(look.accounts.as_deref())
        .execute(tx)
        .await?;
    Ok(())
}
