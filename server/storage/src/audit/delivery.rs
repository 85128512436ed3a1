//! Acts on their way to being events: gathered into files, one account each, whose bytes never change.

use crate::{Database, Result};
use chrono::{DateTime, Utc};
use sqlx::FromRow;

/// How many acts one file has at the most.
const ACTS_MAX: i64 = 2_000;

/// A log file of acts that isn't taken in yet.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct AuditFile {
    /// Its number.
    pub file_id: i64,
    /// The organization.
    pub organization_id: i32,
    /// The organization's id.
    pub organization: String,
    /// The account whose acts it has.
    pub account: String,
    /// When it was put together.
    pub created_at: DateTime<Utc>,
}

/// What isn't delivered yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct WaitingActs {
    /// How many acts.
    pub count: i64,
    /// When the oldest of them happened.
    pub oldest_at: Option<DateTime<Utc>>,
}

impl Database {
    /// Gathers acts that are in no file yet, up to a limit, into one file for each account. Acts of an organization whose
    /// management account isn't known wait for it. Gives back how many were gathered.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn gather_acts(&self, now: DateTime<Utc>) -> Result<u64> {
        let done = sqlx::query(
            "with waiting as (
                 select act_id, organization_id, coalesce(a.account, (select number from account m
                     where m.organization_id = a.organization_id and m.kind = 'management')) as account
                 from audit_act a where file_id is null and (a.account is not null or exists (select from account m
                     where m.organization_id = a.organization_id and m.kind = 'management'))
                 order by act_id limit $2 for update of a skip locked),
             file as (
                 insert into audit_file (organization_id, account, created_at)
                 select distinct organization_id, account, $1::timestamptz from waiting where account is not null
                 returning file_id, organization_id, account)
             update audit_act a set file_id = file.file_id
             from waiting join file using (organization_id, account) where a.act_id = waiting.act_id",
        )
        .bind(now)
        .bind(ACTS_MAX)
        .execute(self.worker())
        .await?;
        Ok(done.rows_affected())
    }

    /// The files that are not taken in yet.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn audit_files(&self) -> Result<Vec<AuditFile>> {
        Ok(sqlx::query_as(
            "select file_id, f.organization_id, o.id as organization, account, f.created_at
             from audit_file f join organization o using (organization_id) where object_id is null order by file_id",
        )
        .fetch_all(self.worker())
        .await?)
    }

    /// The records of a file, in the order in which they were made.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn audit_records(&self, file_id: i64) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar("select record from audit_act where file_id = $1 order by act_id")
            .bind(file_id)
            .fetch_all(self.worker())
            .await?)
    }

    /// The object under a key of a source, which a file has become.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn audit_object(&self, source_id: i32, key: &str) -> Result<Option<i32>> {
        Ok(sqlx::query_scalar(
            "select min(object_id) from log_object where source_id = $1 and key = $2",
        )
        .bind(source_id)
        .bind(key)
        .fetch_one(self.worker())
        .await?)
    }

    /// Notes which object a file has become, and drops its acts: they are events now. It may be repeated.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`], also when there is no such object; nothing was changed.
    pub async fn finish_audit_file(&self, file_id: i64, object_id: i32) -> Result<()> {
        sqlx::query("select finish_audit_file($1, $2)")
            .bind(file_id)
            .bind(object_id)
            .execute(self.worker())
            .await?;
        Ok(())
    }

    /// What isn't delivered yet, of one organization.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn waiting_acts(&self, organization_id: i32) -> Result<WaitingActs> {
        Ok(sqlx::query_as(
            "select count(*), min(occurred_at) as oldest_at from audit_act where organization_id = $1",
        )
        .bind(organization_id)
        .fetch_one(self.worker())
        .await?)
    }
}
