//! Files, digests and the quarantine, as the console shows them.

use crate::log_objects::ArchivedObject;
use crate::{Database, Result, Scope};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, Row};

/// An archived object with the hash of its content.
#[derive(Clone, Debug)]
pub struct ArchivedFile {
    /// Where its bytes are.
    pub object: ArchivedObject,
    /// SHA-256 of its uncompressed bytes; `None` when it could not be read.
    pub content_sha256: Option<Vec<u8>>,
}

/// A log file behind a cell of the coverage grid.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FileRow {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The Region in its name.
    pub region: Option<String>,
    /// The time of delivery in its name.
    pub delivered_at: Option<DateTime<Utc>>,
    /// How many events it holds.
    pub event_count: i32,
    /// The verdict's name.
    pub verdict: String,
}

/// A digest behind a cell.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DigestFileRow {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The Region it covers.
    pub region: String,
    /// The time it covers.
    pub starts_at: DateTime<Utc>,
    /// The end of that time.
    pub ends_at: DateTime<Utc>,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// How many files it lists.
    pub file_count: i32,
    /// Whether it is a backfill digest.
    pub is_backfill: bool,
}

/// One entry of the quarantine.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct QuarantineRow {
    /// Its number.
    pub quarantine_id: i64,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The record's place; `None` for the whole file.
    pub ordinal: Option<i32>,
    /// Why.
    pub reason: String,
    /// The account in the file's name.
    pub account: Option<String>,
    /// How many bytes are kept.
    pub bytes: i64,
    /// When.
    pub quarantined_at: DateTime<Utc>,
    /// The beginning of what is kept.
    pub excerpt: String,
}

/// Log files of an account and Region that no digest lists.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct UnlistedRow {
    /// The account.
    pub account_id: i32,
    /// The Region.
    pub region: String,
    /// How many there are.
    pub files: i64,
    /// The first time of delivery that a key names.
    pub first_at: DateTime<Utc>,
    /// The last one.
    pub last_at: DateTime<Utc>,
    /// One of the keys.
    pub key: String,
}

impl UnlistedRow {
    /// What was found, in words.
    pub fn reason(&self) -> String {
        let Self { files, key, .. } = self;
        let lie = if *files == 1 {
            "file that no digest lists lies"
        } else {
            "files that no digest lists lie"
        };
        format!("{files} {lie} outside of the range, such as `{key}`")
    }
}

impl Database {
    /// Log files of an account that were delivered in the range, the worst verdict first, and how many there are.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn files_of_cell(
        &self,
        scope: &Scope,
        account_id: i32,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        limit: i64,
    ) -> Result<(Vec<FileRow>, i64)> {
        let mut tx = self.read(scope).await?;
        let files = sqlx::query_as(
            "select bucket, key, region, delivered_at, event_count, verdict from log_object
             where account_id = $1 and kind = 'log' and delivered_at >= $2 and delivered_at < $3
               and scope_shows_delivery(delivered_at)
             order by verdict = 'verified', verdict, delivered_at, key limit $4",
        )
        .bind(account_id)
        .bind(from)
        .bind(to)
        .bind(limit)
        .fetch_all(&mut *tx)
        .await?;
        let count = sqlx::query_scalar(
            "select count(*) from log_object
             where account_id = $1 and kind = 'log' and delivered_at >= $2 and delivered_at < $3
               and scope_shows_delivery(delivered_at)",
        )
        .bind(account_id)
        .bind(from)
        .bind(to)
        .fetch_one(&mut *tx)
        .await?;
        Ok((files, count))
    }

    /// Digests of an account whose time overlaps the range.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn digests_of_cell(
        &self,
        scope: &Scope,
        account_id: i32,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<DigestFileRow>> {
        let mut tx = self.read(scope).await?;
        Ok(sqlx::query_as(
            "select o.bucket, o.key, d.region, d.starts_at, d.ends_at, coalesce(d.own_problem, d.chain_problem)
                    as problem, d.file_count, d.is_backfill
             from digest d join log_object o using (object_id)
             where d.account_id = $1 and d.starts_at < $3 and d.ends_at > $2
             order by coalesce(d.own_problem, d.chain_problem) is null, d.ends_at, d.region limit $4",
        )
        .bind(account_id)
        .bind(from)
        .bind(to)
        .bind(limit)
        .fetch_all(&mut *tx)
        .await?)
    }

    /// A page of the quarantine, newest first.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn quarantine_page(
        &self,
        scope: &Scope,
        before: Option<i64>,
        limit: i64,
    ) -> Result<(Vec<QuarantineRow>, i64)> {
        let mut tx = self.read(scope).await?;
        let rows = sqlx::query_as(
            "select q.quarantine_id, coalesce(o.bucket, '') as bucket, coalesce(o.key, '') as key, q.ordinal, q.reason,
                    a.number as account, q.bytes, q.quarantined_at, q.excerpt
             from quarantine q left join log_object o using (object_id)
                  left join account a on a.account_id = q.account_id
             where q.resolved_at is null and ($1::bigint is null or q.quarantine_id < $1)
             order by q.quarantine_id desc limit $2",
        )
        .bind(before)
        .bind(limit)
        .fetch_all(&mut *tx)
        .await?;
        let total = sqlx::query_scalar("select count(*) from quarantine where resolved_at is null")
            .fetch_one(&mut *tx)
            .await?;
        Ok((rows, total))
    }

    /// How many log files of an account that were delivered in the range have each verdict.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn verdict_counts(
        &self,
        account_id: i32,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<(String, i64)>> {
        Ok(sqlx::query_as(
            "select verdict, count(*) from log_object
             where account_id = $1 and kind = 'log' and delivered_at >= $2 and delivered_at < $3 group by verdict",
        )
        .bind(account_id)
        .bind(from)
        .bind(to)
        .fetch_all(self.worker())
        .await?)
    }

    /// Log files that no digest lists and whose keys name a time outside of the range, by account and Region. Whoever
    /// puts a file into a bucket chooses that time.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn unlisted_outside(
        &self,
        scope: &Scope,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<UnlistedRow>> {
        let mut tx = self.read(scope).await?;
        Ok(sqlx::query_as(
            "select account_id, coalesce(region, '') as region, count(*) as files, min(delivered_at) as first_at,
                    max(delivered_at) as last_at, min(key) as key
             from log_object
             where kind = 'log' and verdict = 'not-listed' and account_id is not null
               and (delivered_at < $1 or delivered_at >= $2) and scope_shows_delivery(delivered_at)
             group by account_id, region order by account_id, region",
        )
        .bind(from)
        .bind(to)
        .fetch_all(&mut *tx)
        .await?)
    }

    /// The archived objects of accounts that were delivered in the range.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn archived_files(
        &self,
        organization_id: i32,
        accounts: &[i32],
        from: Option<DateTime<Utc>>,
        to: DateTime<Utc>,
    ) -> Result<Vec<ArchivedFile>> {
        let rows = sqlx::query(
            "select object_id, source_id, archive_bucket, archive_key, stored_sha256, stored_bytes, kind, content_sha256
             from log_object where organization_id = $1 and account_id = any($2)
               and ($3::timestamptz is null or delivered_at >= $3) and delivered_at < $4
             order by object_id",
        )
        .bind(organization_id)
        .bind(accounts)
        .bind(from)
        .bind(to)
        .fetch_all(self.worker())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(ArchivedFile {
                    object: ArchivedObject::from_row(row)?,
                    content_sha256: row.try_get("content_sha256")?,
                })
            })
            .collect()
    }
}
