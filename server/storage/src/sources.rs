//! Log sources: where delivered files are read from.

use crate::audit::Acting;
use crate::{Database, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// A log source.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SourceRow {
    /// Its number.
    pub source_id: i32,
    /// The organization that it belongs to.
    pub organization_id: i32,
    /// Its name.
    pub name: String,
    /// `s3`, `directory` or `loose`.
    pub kind: String,
    /// The bucket, or the directory.
    pub bucket: String,
    /// What precedes `AWSLogs/`.
    pub prefix: String,
    /// Endpoint, Region, role, external id, profile.
    pub settings: serde_json::Value,
    /// Sealed access key and secret.
    pub credentials: Option<Vec<u8>>,
    /// The keys that sign its digests, as `list-public-keys` prints them.
    pub public_keys: serde_json::Value,
    /// Whether digests are delivered.
    pub expects_digests: bool,
    /// Whether the bucket is itself the archive.
    pub is_adopted: bool,
    /// When the trail began.
    pub trail_began_at: Option<DateTime<Utc>>,
    /// When it was last listed.
    pub listed_at: Option<DateTime<Utc>>,
    /// The error of the last pass.
    pub error: Option<String>,
    /// Objects that are not part of the layout.
    pub foreign_objects: i64,
    /// When all of it was listed last; `None` asks for a complete listing.
    pub everything_listed_at: Option<DateTime<Utc>>,
    /// When the days were listed last in which late files have turned up.
    pub window_listed_at: Option<DateTime<Utc>>,
    /// What a directory has that is not read, by the reason.
    pub skipped: sqlx::types::Json<std::collections::BTreeMap<String, u64>>,
    /// Whether its old days are left for later.
    pub is_backfill_paused: bool,
    /// How many files of old days were found since the backfill began.
    pub backfill_found: i64,
    /// When that backfill began.
    pub backfill_began_at: Option<DateTime<Utc>>,
    /// How many objects were deleted between being listed and being read.
    pub vanished_objects: i64,
}

/// What a listing has seen of a source.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// Why it could not be listed.
    pub error: Option<String>,
    /// Whether all days were listed in which late files have turned up.
    pub is_window: bool,
    /// What only a complete listing knows; `None` after a partial one.
    pub everything: Option<ListedEverything>,
}

/// What a complete listing has seen.
#[derive(Clone, Debug, Default)]
pub struct ListedEverything {
    /// Objects that are not part of the layout.
    pub foreign_objects: i64,
    /// What is not read, by the reason.
    pub skipped: std::collections::BTreeMap<String, u64>,
}

/// A source to be made or changed.
#[derive(Clone, Debug)]
pub struct NewSource {
    /// The organization.
    pub organization_id: i32,
    /// Its name, unique in the organization.
    pub name: String,
    /// `s3`, `directory` or `loose`.
    pub kind: &'static str,
    /// The bucket, or the directory.
    pub bucket: String,
    /// What precedes `AWSLogs/`.
    pub prefix: String,
    /// Endpoint, Region, role, external id, profile.
    pub settings: serde_json::Value,
    /// Sealed access key and secret.
    pub credentials: Option<Vec<u8>>,
    /// The keys that sign its digests.
    pub public_keys: serde_json::Value,
    /// Whether digests are delivered.
    pub expects_digests: bool,
    /// Whether the bucket is itself the archive.
    pub is_adopted: bool,
    /// When the trail began.
    pub trail_began_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str =
    "source_id, organization_id, name, kind, bucket, prefix, settings, credentials, public_keys, \
    expects_digests, is_adopted, trail_began_at, listed_at, error, foreign_objects,
    everything_listed_at, window_listed_at, skipped, is_backfill_paused, backfill_found, vanished_objects,
    backfill_began_at";

impl Database {
    /// Makes a source that orgtrail itself keeps, or finds it; nobody has asked for it, so it is no act.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn ensure_own_source(
        &self,
        source: &NewSource,
        now: DateTime<Utc>,
    ) -> Result<SourceRow> {
        let mut connection = self.worker().acquire().await?;
        let source_id = upsert(&mut connection, source, now).await?;
        let sql = format!("select {COLUMNS} from log_source where source_id = $1");
        let row = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(source_id);
        Ok(row.fetch_one(&mut *connection).await?)
    }

    /// All sources of the installation.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn sources(&self) -> Result<Vec<SourceRow>> {
        let sql =
            sqlx::AssertSqlSafe(format!("select {COLUMNS} from log_source order by source_id"));
        Ok(sqlx::query_as(sql).fetch_all(self.worker()).await?)
    }

    /// Notes how a listing of a source went that began at a time.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn note_listing(
        &self,
        source_id: i32,
        began_at: DateTime<Utc>,
        listed: &Listed,
    ) -> Result<()> {
        let everything = listed.everything.as_ref();
        sqlx::query(
            "update log_source set listed_at = case when $3::text is null then $2 else listed_at end, error = $3,
                 everything_listed_at = case when $4 then $2 else everything_listed_at end,
                 window_listed_at = case when $4 or $7 then $2 else window_listed_at end,
                 foreign_objects = coalesce($5, foreign_objects), skipped = coalesce($6, skipped)
             where source_id = $1",
        )
        .bind(source_id)
        .bind(began_at)
        .bind(&listed.error)
        .bind(everything.is_some())
        .bind(everything.map(|everything| everything.foreign_objects))
        .bind(everything.map(|everything| sqlx::types::Json(&everything.skipped)))
        .bind(listed.is_window)
        .execute(self.worker())
        .await?;
        Ok(())
    }

    /// How many objects were collected from each source.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn source_counts(&self) -> Result<Vec<(i32, i64)>> {
        Ok(sqlx::query_as("select source_id, count(*) from log_object group by source_id")
            .fetch_all(self.worker())
            .await?)
    }
}

/// What became of a source that somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptSource {
    /// Its number.
    pub source_id: i32,
    /// Whether it is new or was changed; if not, there is nothing to record.
    pub is_changed: bool,
}

impl Acting {
    /// Makes a source, or brings the one of that name up to date.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn upsert_source(
        &mut self,
        source: &NewSource,
        now: DateTime<Utc>,
    ) -> Result<KeptSource> {
        let before = described(&mut self.tx, source).await?;
        let source_id = upsert(&mut self.tx, source, now).await?;
        // Whether a sealed secret is another one, nobody can tell.
        let is_changed =
            source.credentials.is_some() || before != described(&mut self.tx, source).await?;
        Ok(KeptSource { source_id, is_changed })
    }
}

/// What people have said of a source.
async fn described(
    connection: &mut PgConnection,
    source: &NewSource,
) -> Result<Option<serde_json::Value>> {
    Ok(sqlx::query_scalar(
        "select jsonb_build_array(kind, bucket, prefix, settings, public_keys,
             expects_digests, is_adopted, trail_began_at)
         from log_source where organization_id = $1 and name = $2 for update",
    )
    .bind(source.organization_id)
    .bind(&source.name)
    .fetch_optional(connection)
    .await?)
}

async fn upsert(
    connection: &mut PgConnection,
    source: &NewSource,
    now: DateTime<Utc>,
) -> Result<i32> {
    Ok(sqlx::query_scalar(
            "insert into log_source (organization_id, name, kind, bucket, prefix, settings, credentials, public_keys,
                 expects_digests, is_adopted, trail_began_at, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             on conflict (organization_id, name) do update set kind = excluded.kind, bucket = excluded.bucket, prefix = excluded.prefix,
                 settings = excluded.settings, credentials = coalesce(excluded.credentials, log_source.credentials),
                 public_keys = case when excluded.public_keys = '{\"PublicKeyList\":[]}'::jsonb
                     then log_source.public_keys else excluded.public_keys end,
                 expects_digests = excluded.expects_digests, is_adopted = excluded.is_adopted,
                 trail_began_at = coalesce(excluded.trail_began_at, log_source.trail_began_at)
             returning source_id",
        )
        .bind(source.organization_id)
        .bind(&source.name)
        .bind(source.kind)
        .bind(&source.bucket)
        .bind(&source.prefix)
        .bind(&source.settings)
        .bind(&source.credentials)
        .bind(&source.public_keys)
        .bind(source.expects_digests)
        .bind(source.is_adopted)
        .bind(source.trail_began_at)
        .bind(now)
        .fetch_one(connection)
        .await?)
}
