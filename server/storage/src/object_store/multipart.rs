//! Multipart uploads: begin, send parts, abort. Their completion is next door.

use super::put::is_missing_bucket;
use super::{Attributes, ContentHash, ObjectMetadata, size_from_row, size_to_row};
use crate::Result;
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The checksum that an upload's parts are to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadChecksum {
    /// S3's name of the algorithm.
    pub algorithm: String,
    /// Whether the object's checksum is made of the parts' checksums.
    pub is_composite: bool,
}

/// An unfinished multipart upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub upload_id: Uuid,
    /// What the object will be called.
    pub key: String,
    /// What the writer said about the object.
    pub attributes: Attributes,
    /// The checksum that was agreed on.
    pub checksum: Option<UploadChecksum>,
    /// When it was begun.
    pub initiated_at: DateTime<Utc>,
}

/// A part as it arrives; its content is durable already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPart {
    /// 1 to 10,000.
    pub part_number: i32,
    /// Names the file.
    pub sha256: ContentHash,
    /// Its entity tag, in bytes.
    pub md5: [u8; 16],
    /// Length in bytes.
    pub size: u64,
    /// The checksum of the upload's algorithm, in base64.
    pub checksum_value: Option<String>,
}

/// A part of an unfinished upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The part.
    pub part: NewPart,
    /// When it was written.
    pub last_modified: DateTime<Utc>,
}

#[derive(FromRow)]
struct UploadRow {
    upload_id: Uuid,
    key: String,
    initiated_at: DateTime<Utc>,
    checksum_algorithm: Option<String>,
    is_checksum_composite: bool,
    storage_class: String,
    system_metadata: Json<BTreeMap<String, String>>,
    user_metadata: Json<BTreeMap<String, String>>,
}

#[derive(FromRow)]
struct PartRow {
    part_number: i32,
    sha256: ContentHash,
    md5: [u8; 16],
    size: i64,
    checksum_value: Option<String>,
    last_modified: DateTime<Utc>,
}

impl ObjectMetadata {
    /// Begins an upload and says whether the bucket exists.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was written and the call may be repeated.
    pub async fn create_upload(&self, bucket: &str, upload: &Upload) -> Result<bool> {
        let inserted = sqlx::query(
            "insert into object_store.multipart_upload
                 (upload_id, bucket_id, key, initiated_at, checksum_algorithm, is_checksum_composite,
                  storage_class, system_metadata, user_metadata)
             select $2, bucket_id, $3, $4, $5, $6, $7, $8, $9
             from object_store.bucket where name = $1",
        )
        .bind(bucket)
        .bind(upload.upload_id)
        .bind(&upload.key)
        .bind(upload.initiated_at)
        .bind(upload.checksum.as_ref().map(|checksum| checksum.algorithm.as_str()))
        .bind(upload.checksum.as_ref().is_some_and(|checksum| checksum.is_composite))
        .bind(&upload.attributes.storage_class)
        .bind(Json(&upload.attributes.system))
        .bind(Json(&upload.attributes.user))
        .execute(&self.pool)
        .await;
        match inserted {
            Err(error) if is_missing_bucket(&error) => Ok(false),
            inserted => Ok(inserted?.rows_affected() == 1),
        }
    }

    /// Looks an upload up; bucket and key must be those that it was begun with.
    pub async fn lookup_upload(
        &self,
        bucket: &str,
        key: &str,
        upload_id: Uuid,
    ) -> Result<Option<Upload>> {
        let row: Option<UploadRow> = sqlx::query_as(
            "select upload_id, key, initiated_at, checksum_algorithm, is_checksum_composite, storage_class,
                    system_metadata, user_metadata
             from object_store.multipart_upload join object_store.bucket using (bucket_id)
             where upload_id = $3 and key = $2 and bucket.name = $1",
        )
        .bind(bucket)
        .bind(key)
        .bind(upload_id)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(UploadRow::into_upload))
    }

    /// Adds a part or replaces the one of the same number, and says whether the upload still exists.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was written and the call may be repeated.
    pub async fn put_part(
        &self,
        upload_id: Uuid,
        part: &NewPart,
        now: DateTime<Utc>,
    ) -> Result<bool> {
        let written = sqlx::query(
            "insert into object_store.multipart_part
                 (upload_id, part_number, sha256, md5, size, checksum_value, last_modified)
             select upload_id, $2, $3, $4, $5, $6, $7
             from object_store.multipart_upload where upload_id = $1
             on conflict (upload_id, part_number) do update set
                 sha256 = excluded.sha256,
                 md5 = excluded.md5,
                 size = excluded.size,
                 checksum_value = excluded.checksum_value,
                 last_modified = excluded.last_modified",
        )
        .bind(upload_id)
        .bind(part.part_number)
        .bind(part.sha256)
        .bind(part.md5)
        .bind(size_to_row(part.size))
        .bind(part.checksum_value.as_deref())
        .bind(now)
        .execute(&self.pool)
        .await;
        match written {
            // The upload was completed or aborted while the statement ran.
            Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Ok(false),
            written => Ok(written?.rows_affected() == 1),
        }
    }

    /// Lists the parts of an upload with numbers above `after`, at most `limit`.
    pub async fn list_parts(&self, upload_id: Uuid, after: i32, limit: u32) -> Result<Vec<Part>> {
        let rows: Vec<PartRow> = sqlx::query_as(
            "select part_number, sha256, md5, size, checksum_value, last_modified
             from object_store.multipart_part
             where upload_id = $1 and part_number > $2
             order by part_number
             limit $3",
        )
        .bind(upload_id)
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(PartRow::into_part).collect())
    }

    /// Forgets an upload and its parts, and says whether it existed.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was deleted and the call may be repeated.
    pub async fn abort_upload(&self, bucket: &str, key: &str, upload_id: Uuid) -> Result<bool> {
        let mut transaction = self.pool.begin().await?;
        let is_known = lock_upload(&mut transaction, bucket, key, upload_id).await?;
        if is_known {
            delete_upload(&mut transaction, upload_id).await?;
        }
        transaction.commit().await?;
        Ok(is_known)
    }
}

/// Locks an upload against everybody who would add a part, complete or abort it; says whether it exists.
pub(super) async fn lock_upload(
    connection: &mut PgConnection,
    bucket: &str,
    key: &str,
    upload_id: Uuid,
) -> Result<bool, sqlx::Error> {
    let row: Option<(i32,)> = sqlx::query_as(
        "select 1 from object_store.multipart_upload as upload join object_store.bucket using (bucket_id)
         where upload.upload_id = $3 and upload.key = $2 and bucket.name = $1
         for update of upload",
    )
    .bind(bucket)
    .bind(key)
    .bind(upload_id)
    .fetch_optional(connection)
    .await?;
    Ok(row.is_some())
}

/// Deletes an upload that is locked, and its parts.
pub(super) async fn delete_upload(
    connection: &mut PgConnection,
    upload_id: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from object_store.multipart_part where upload_id = $1")
        .bind(upload_id)
        .execute(&mut *connection)
        .await?;
    sqlx::query("delete from object_store.multipart_upload where upload_id = $1")
        .bind(upload_id)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

impl UploadRow {
    fn into_upload(self) -> Upload {
        let is_composite = self.is_checksum_composite;
        Upload {
            upload_id: self.upload_id,
            key: self.key,
            attributes: Attributes {
                system: self.system_metadata.0,
                user: self.user_metadata.0,
                storage_class: self.storage_class,
            },
            checksum: self
                .checksum_algorithm
                .map(|algorithm| UploadChecksum { algorithm, is_composite }),
            initiated_at: self.initiated_at,
        }
    }
}

impl PartRow {
    fn into_part(self) -> Part {
        Part {
            part: NewPart {
                part_number: self.part_number,
                sha256: self.sha256,
                md5: self.md5,
                size: size_from_row(self.size),
                checksum_value: self.checksum_value,
            },
            last_modified: self.last_modified,
        }
    }
}
