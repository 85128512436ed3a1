//! Looking one object up, and counting all.

use super::{Attributes, Content, ContentHash, ObjectMetadata, ObjectVersion, StoredChecksum};
use super::{STORAGE_CLASS_DEFAULT, size_from_row};
use crate::Result;
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;
use std::collections::BTreeMap;

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// There is no such bucket.
    NoSuchBucket,
    /// The bucket has no such object.
    NoSuchKey,
    /// The object.
    Found(Box<ObjectVersion>),
}

/// How much the store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Objects.
    pub objects: u64,
    /// The sum of their sizes; equal contents count as often as they are named.
    pub bytes: u64,
}

#[derive(FromRow)]
struct VersionRow {
    sha256: Option<ContentHash>,
    size: Option<i64>,
    etag: Option<String>,
    checksum_algorithm: Option<String>,
    checksum_value: Option<String>,
    is_checksum_composite: Option<bool>,
    storage_class: Option<String>,
    system_metadata: Option<Json<BTreeMap<String, String>>>,
    user_metadata: Option<Json<BTreeMap<String, String>>>,
    last_modified: Option<DateTime<Utc>>,
}

impl ObjectMetadata {
    /// Looks the latest version of an object up.
    pub async fn lookup(&self, bucket: &str, key: &str) -> Result<Lookup> {
        // The left join answers "no bucket" and "no key" in one round trip.
        let row: Option<VersionRow> = sqlx::query_as(
            "select version.sha256, version.size, version.etag, version.checksum_algorithm,
                    version.checksum_value, version.is_checksum_composite, version.storage_class,
                    version.system_metadata, version.user_metadata, version.last_modified
             from object_store.bucket
             left join object_store.object_version as version
                    on version.bucket_id = bucket.bucket_id and version.key = $2
                   and version.is_latest and not version.is_delete_marker
             where bucket.name = $1",
        )
        .bind(bucket)
        .bind(key)
        .fetch_optional(&self.pool)
        .await?;
        Ok(match row {
            None => Lookup::NoSuchBucket,
            Some(row) => match row.into_version(key) {
                None => Lookup::NoSuchKey,
                Some(version) => Lookup::Found(Box::new(version)),
            },
        })
    }

    /// Counts all objects. It reads every row: for operators and tests, not for requests.
    pub async fn usage(&self) -> Result<Usage> {
        let (objects, bytes): (i64, i64) = sqlx::query_as(
            "select count(*), coalesce(sum(size), 0)::bigint
             from object_store.object_version where not is_delete_marker",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(Usage { objects: size_from_row(objects), bytes: size_from_row(bytes) })
    }
}

impl VersionRow {
    fn into_version(self, key: &str) -> Option<ObjectVersion> {
        let checksum =
            self.checksum_algorithm.zip(self.checksum_value).map(|(algorithm, value)| {
                let is_composite = self.is_checksum_composite.unwrap_or_default();
                StoredChecksum { algorithm, value, is_composite }
            });
        // Either all of these are null (there is no row) or none: `object_version_content_is_whole`.
        let content = Content {
            sha256: self.sha256?,
            size: size_from_row(self.size?),
            etag: self.etag?,
            checksum,
        };
        Some(ObjectVersion {
            key: key.to_owned(),
            content,
            attributes: Attributes {
                system: self.system_metadata.map(|Json(map)| map).unwrap_or_default(),
                user: self.user_metadata.map(|Json(map)| map).unwrap_or_default(),
                storage_class: self
                    .storage_class
                    .unwrap_or_else(|| STORAGE_CLASS_DEFAULT.to_owned()),
            },
            last_modified: self.last_modified?,
        })
    }
}
