//! Metadata of the embedded S3 store: which buckets and objects there are, and which file holds each.
//!
//! Every public method is one transaction, most of them one statement. Bytes are elsewhere: a row names
//! its content by SHA-256, and the caller makes the file durable before it calls.

pub mod bounds;
mod bucket;
mod bulk;
mod delete;
mod find;
mod garbage;
mod list;
mod multipart;
mod multipart_abandoned;
mod multipart_complete;
mod multipart_list;
mod put;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use std::collections::BTreeMap;

pub use bucket::{Bucket, BucketCreation, BucketDeletion};
pub use delete::Deletion;
pub use find::{Lookup, Usage};
pub use garbage::Unreferenced;
pub use list::{ListEntry, ListPage, ListQuery, ObjectSummary};
pub use multipart::{NewPart, Part, Upload, UploadChecksum};
pub use multipart_complete::Completion;
pub use multipart_list::UploadSummary;
pub use put::{Condition, PutOutcome};

/// The storage class of an object whose writer named none.
pub const STORAGE_CLASS_DEFAULT: &str = "STANDARD";

/// The name of a content: its SHA-256.
pub type ContentHash = [u8; 32];

/// The rows of the embedded store.
#[derive(Clone, Debug)]
pub struct ObjectMetadata {
    pool: PgPool,
}

impl ObjectMetadata {
    /// Metadata in the database behind `pool`, which has all migrations.
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

/// A checksum that a client sent, as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredChecksum {
    /// S3's name of the algorithm, such as `CRC32`.
    pub algorithm: String,
    /// Base64, with `-N` behind it if it was made of the checksums of N parts.
    pub value: String,
    /// Whether it was made of the parts' checksums instead of the bytes.
    pub is_composite: bool,
}

/// What an object consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Names the file.
    pub sha256: ContentHash,
    /// Length in bytes.
    pub size: u64,
    /// The entity tag without quotes.
    pub etag: String,
    /// The checksum that the client sent beside the SHA-256.
    pub checksum: Option<StoredChecksum>,
}

/// What a writer says about an object, kept and echoed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// Header name in lower case → value: content-type, cache-control and the like.
    pub system: BTreeMap<String, String>,
    /// The `x-amz-meta-` headers without their prefix.
    pub user: BTreeMap<String, String>,
    /// One of S3's storage classes.
    pub storage_class: String,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            system: BTreeMap::new(),
            user: BTreeMap::new(),
            storage_class: STORAGE_CLASS_DEFAULT.to_owned(),
        }
    }
}

/// One version of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectVersion {
    /// The object's key.
    pub key: String,
    /// Its bytes, by name.
    pub content: Content,
    /// What its writer said about it.
    pub attributes: Attributes,
    /// When it was written.
    pub last_modified: DateTime<Utc>,
}

/// Turns a size into what the database holds.
fn size_to_row(size: u64) -> i64 {
    // The schema's check refuses everything above 5 TiB, so a saturated value is refused, too.
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// Turns a size from the database, whose check keeps out negative ones, into ours.
fn size_from_row(size: i64) -> u64 {
    u64::try_from(size).unwrap_or_default()
}
