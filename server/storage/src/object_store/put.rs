//! Writing one object: a single statement, whose constraint decides between concurrent writers.

use super::{ObjectMetadata, ObjectVersion, size_to_row};
use crate::Result;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::types::Json;
use sqlx::{PgConnection, Postgres};

/// On which condition an object is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Whatever is there is replaced.
    Always,
    /// Only if the key has no object.
    IfAbsent,
    /// Only if the key has an object, whichever.
    IfPresent,
    /// Only if the key's object has this entity tag.
    IfMatch(String),
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutOutcome {
    /// The object is stored.
    Stored,
    /// There is no such bucket; nothing was written.
    NoSuchBucket,
    /// The condition names an object, and there is none; nothing was written.
    NoSuchKey,
    /// The condition does not hold; nothing was written.
    PreconditionFailed,
}

/// How often a write is repeated that lost the race described at [`is_lost_race`].
const ATTEMPTS_MAX: u32 = 8;

const INSERT_OR_REPLACE: &str = "
    insert into object_store.object_version as version
        (bucket_id, key, sha256, size, etag, checksum_algorithm, checksum_value, is_checksum_composite,
         storage_class, system_metadata, user_metadata, last_modified)
    select bucket_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
    from object_store.bucket where name = $1
    on conflict (bucket_id, key) where is_latest do update set
        version_sequence = default,
        sha256 = excluded.sha256,
        size = excluded.size,
        etag = excluded.etag,
        checksum_algorithm = excluded.checksum_algorithm,
        checksum_value = excluded.checksum_value,
        is_checksum_composite = excluded.is_checksum_composite,
        storage_class = excluded.storage_class,
        system_metadata = excluded.system_metadata,
        user_metadata = excluded.user_metadata,
        last_modified = excluded.last_modified";

const INSERT_IF_ABSENT: &str = "
    insert into object_store.object_version
        (bucket_id, key, sha256, size, etag, checksum_algorithm, checksum_value, is_checksum_composite,
         storage_class, system_metadata, user_metadata, last_modified)
    select bucket_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
    from object_store.bucket where name = $1
    on conflict do nothing";

const REPLACE_IF_MATCH: &str = "
    update object_store.object_version as version set
        version_sequence = default,
        sha256 = $3,
        size = $4,
        etag = $5,
        checksum_algorithm = $6,
        checksum_value = $7,
        is_checksum_composite = $8,
        storage_class = $9,
        system_metadata = $10,
        user_metadata = $11,
        last_modified = $12
    from object_store.bucket
    where bucket.name = $1
      and version.bucket_id = bucket.bucket_id
      and version.key = $2
      and version.is_latest
      and not version.is_delete_marker
      and ($13::text is null or version.etag = $13)";

impl ObjectMetadata {
    /// Writes an object, in one statement; its content is durable already.
    ///
    /// Of concurrent writers with [`Condition::IfAbsent`] exactly one succeeds: the unique index
    /// `object_version_latest` makes the others wait for it and then insert nothing.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was written and the call may be repeated.
    pub async fn put(
        &self,
        bucket: &str,
        version: &ObjectVersion,
        condition: &Condition,
    ) -> Result<PutOutcome> {
        let mut connection = self.pool.acquire().await?;
        let mut attempt = 1;
        loop {
            match put_on(&mut connection, bucket, version, condition).await {
                Err(error) if attempt < ATTEMPTS_MAX && is_lost_race(&error) => attempt += 1,
                Err(error) if is_missing_bucket(&error) => return Ok(PutOutcome::NoSuchBucket),
                outcome => return Ok(outcome?),
            }
        }
    }
}

/// Whether the statement should be repeated, because a concurrent writer was between two indexes.
///
/// `insert … on conflict` waits at the index that it names. The primary key covers the same rows, and
/// when the other writer's entry is seen there first, Postgres reports it as an error. The other writer
/// has finished by then, so a repetition finds its row and replaces it.
pub(super) fn is_lost_race(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(database) if database.is_unique_violation())
}

/// Whether the bucket was deleted while the statement ran.
pub(super) fn is_missing_bucket(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(database) if database.is_foreign_key_violation())
}

/// Writes an object on a connection that may be in a transaction.
pub(super) async fn put_on(
    connection: &mut PgConnection,
    bucket: &str,
    version: &ObjectVersion,
    condition: &Condition,
) -> Result<PutOutcome, sqlx::Error> {
    let statement = match condition {
        Condition::Always => bound(INSERT_OR_REPLACE, bucket, version),
        Condition::IfAbsent => bound(INSERT_IF_ABSENT, bucket, version),
        Condition::IfPresent => bound(REPLACE_IF_MATCH, bucket, version).bind(None::<&str>),
        Condition::IfMatch(etag) => {
            bound(REPLACE_IF_MATCH, bucket, version).bind(Some(etag.as_str()))
        }
    };
    let written = statement.execute(&mut *connection).await?;
    if written.rows_affected() == 1 {
        return Ok(PutOutcome::Stored);
    }
    explain_refusal(connection, bucket, &version.key, condition).await
}

/// Says why nothing was written. It may look at a later state than the statement did, which is no
/// contradiction: both answers were true at some moment of the call.
async fn explain_refusal(
    connection: &mut PgConnection,
    bucket: &str,
    key: &str,
    condition: &Condition,
) -> Result<PutOutcome, sqlx::Error> {
    let found: Option<(bool,)> = sqlx::query_as(
        "select exists (select from object_store.object_version as version
                        where version.bucket_id = bucket.bucket_id and version.key = $2
                          and version.is_latest and not version.is_delete_marker)
         from object_store.bucket where name = $1",
    )
    .bind(bucket)
    .bind(key)
    .fetch_optional(connection)
    .await?;
    Ok(match (found, condition) {
        (None, _) => PutOutcome::NoSuchBucket,
        (Some((false,)), Condition::IfPresent | Condition::IfMatch(_)) => PutOutcome::NoSuchKey,
        (Some(_), _) => PutOutcome::PreconditionFailed,
    })
}

fn bound<'version>(
    statement: &'static str,
    bucket: &'version str,
    version: &'version ObjectVersion,
) -> Query<'version, Postgres, PgArguments> {
    let checksum = version.content.checksum.as_ref();
    sqlx::query(statement)
        .bind(bucket)
        .bind(version.key.as_str())
        .bind(version.content.sha256)
        .bind(size_to_row(version.content.size))
        .bind(version.content.etag.as_str())
        .bind(checksum.map(|checksum| checksum.algorithm.as_str()))
        .bind(checksum.map(|checksum| checksum.value.as_str()))
        .bind(checksum.is_some_and(|checksum| checksum.is_composite))
        .bind(version.attributes.storage_class.as_str())
        .bind(Json(&version.attributes.system))
        .bind(Json(&version.attributes.user))
        .bind(version.last_modified)
}
