//! What is done in orgtrail itself. An act is a row of the outbox in its own transaction: what is done without being
//! recorded is not done. Whoever changes something for somebody does it through [`Acting`].

mod delivery;
mod looks;

pub use delivery::{AuditFile, WaitingActs};
pub use looks::{AccessRow, Look, Question};

use crate::{Database, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

/// An act to be recorded, as the event that it becomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewAct {
    /// The event's id.
    pub event_id: Uuid,
    /// The organization; the first of the installation for what belongs to none.
    pub organization_id: Option<i32>,
    /// The account that acts; the management account when there is none.
    pub account: Option<String>,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// The record, all but the account that receives it.
    pub record: Value,
}

/// A transaction in which somebody changes something. It has an effect when the act is recorded with it, by
/// [`Acting::commit`]; dropped, nothing has happened.
#[derive(Debug)]
pub struct Acting {
    pub(crate) tx: Transaction<'static, Postgres>,
    act: NewAct,
}

impl Database {
    /// Begins an act.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`] when the database can't be reached.
    pub async fn act(&self, act: NewAct) -> Result<Acting> {
        Ok(Acting { tx: self.worker().begin().await?, act })
    }

    /// Records an act that changes nothing here: a refusal, or one whose work is done in parts after it.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was recorded.
    pub async fn record_act(&self, act: &NewAct) -> Result<()> {
        insert_act(&mut *self.worker().acquire().await?, act).await
    }
}

impl Acting {
    /// Records the act with what it answers, and makes all of it true.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn commit(mut self, response: Value) -> Result<()> {
        if let Some(record) = self.act.record.as_object_mut() {
            record.insert("responseElements".to_owned(), response);
        }
        insert_act(&mut self.tx, &self.act).await?;
        self.tx.commit().await?;
        Ok(())
    }

    /// Records the act as it was written down before, with what it answered then; once, however often this is repeated.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn commit_as_recorded(mut self) -> Result<()> {
        insert_act(&mut self.tx, &self.act).await?;
        self.tx.commit().await?;
        Ok(())
    }

    /// Makes an act true that the caller has journalled elsewhere: for the operator, when nothing can be recorded here.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn commit_journalled(self) -> Result<()> {
        self.tx.commit().await?;
        Ok(())
    }

    /// [`Acting::commit`] when anything was changed; otherwise there is nothing to record.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn commit_if(self, is_changed: bool, response: Value) -> Result<()> {
        if is_changed { self.commit(response).await } else { Ok(()) }
    }

    /// What was wanted is refused, though the act leaves something behind.
    pub fn refuse(&mut self, message: &str) {
        if let Some(record) = self.act.record.as_object_mut() {
            record.insert("errorMessage".to_owned(), message.into());
        }
    }

    /// The act belongs to an organization that was made by it.
    pub(crate) fn belongs_to(&mut self, organization_id: i32) {
        self.act.organization_id = Some(organization_id);
    }
}

async fn insert_act(connection: &mut PgConnection, act: &NewAct) -> Result<()> {
    // A record that was journalled may come twice.
    sqlx::query(
        "insert into audit_act (event_id, organization_id, account, occurred_at, record)
         select $1, coalesce($2, (select min(organization_id) from organization)), $3, $4, $5
         on conflict (event_id) do nothing",
    )
    .bind(act.event_id)
    .bind(act.organization_id)
    .bind(act.account.as_deref())
    .bind(act.occurred_at)
    .bind(act.record.to_string().replace("\\u0000", "\\ufffd"))
    .execute(connection)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
