//! What a batch consists of.

use crate::copy::EventRow;
use chrono::{DateTime, Utc};
use orgtrail_domain::grams::Grams;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// An object as it was seen in its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The source.
    pub source_id: i32,
    /// The bucket, or the directory of a directory source.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The version, when the bucket has versions.
    pub version: String,
    /// The ETag.
    pub etag: String,
    /// The size in bytes.
    pub size: i64,
    /// When it was last modified.
    pub last_modified: Option<DateTime<Utc>>,
}

impl Observation {
    /// What makes the observation the same as another: everything that a listing says about the object. Listings
    /// don't tell versions; another version differs in ETag, size or time.
    pub fn identity(&self) -> [u8; 32] {
        let modified = self.last_modified.map_or(0, |time| time.timestamp());
        hash_parts(&[
            &self.source_id.to_string(),
            &self.bucket,
            &self.key,
            &self.etag,
            &self.size.to_string(),
            &modified.to_string(),
        ])
    }
}

/// The hash under which all contents of one key are found.
pub fn location_of(organization_id: i32, bucket: &str, key: &str) -> [u8; 32] {
    hash_parts(&[&organization_id.to_string(), bucket, key])
}

fn hash_parts(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectClass {
    /// A delivered log file.
    Log,
    /// A digest.
    Digest,
    /// A file that was imported outside any layout.
    Loose,
}

impl ObjectClass {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Digest => "digest",
            Self::Loose => "loose",
        }
    }
}

/// A collected, archived and parsed object that is to be taken in.
#[derive(Clone, Debug)]
pub struct NewObject {
    /// The organization.
    pub organization_id: i32,
    /// How it was seen.
    pub observation: Observation,
    /// What it is.
    pub class: ObjectClass,
    /// The account in its key.
    pub account_id: Option<i32>,
    /// The Region in its key.
    pub region: Option<String>,
    /// The trail that delivered it, as far as the key tells.
    pub trail: Option<String>,
    /// The time of delivery in its key.
    pub delivered_at: Option<DateTime<Utc>>,
    /// User metadata of the original object.
    pub metadata: serde_json::Value,
    /// The bucket of the archived copy.
    pub archive_bucket: String,
    /// The key of the archived copy.
    pub archive_key: String,
    /// How many bytes are stored.
    pub stored_bytes: i64,
    /// SHA-256 of the stored bytes.
    pub stored_sha256: [u8; 32],
    /// SHA-256 of the uncompressed bytes.
    pub content_sha256: Option<[u8; 32]>,
    /// How many uncompressed bytes there are.
    pub content_bytes: Option<i64>,
    /// Why the whole object can't be read, when it can't.
    pub quarantine: Option<BadRecord>,
    /// New events.
    pub events: Vec<EventRow>,
    /// Events that are indexed already and were delivered once more.
    pub deliveries: Vec<Delivery>,
    /// Records that can't be read.
    pub bad_records: Vec<BadRecord>,
    /// Which texts its records can't hold; a file without may hold anything.
    pub grams: Option<Grams>,
    /// The object whose entries in quarantine this one resolves: the same bytes, read once more.
    pub retry_of: Option<i32>,
    /// The digest, when the object is one.
    pub digest: Option<DigestRow>,
}

/// Something that can't be indexed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRecord {
    /// The record's place; `None` for the whole file.
    pub ordinal: Option<i32>,
    /// Why.
    pub reason: String,
    /// How many bytes it has.
    pub bytes: i64,
    /// The beginning of it.
    pub excerpt: String,
}

/// A further delivery of an event that is indexed already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The account.
    pub account_id: i32,
    /// Index time.
    pub t: i32,
    /// The event id.
    pub event_id: Uuid,
    /// The content under the id.
    pub variant: i32,
    /// The record's place in the delivering file.
    pub ordinal: i32,
}

/// An event in the index that may be the same as a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExistingEvent {
    /// The event id.
    pub event_id: Uuid,
    /// Index time.
    pub t: i32,
    /// The account.
    pub account_id: i32,
    /// The content under the id.
    pub variant: i32,
    /// Half of the record's SHA-256.
    pub content: Uuid,
    /// The file that holds it.
    pub object_id: i32,
    /// Its place there.
    pub ordinal: i32,
}

/// A digest's statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestRow {
    /// The trail.
    pub trail: String,
    /// Whether it belongs to the backfill chain.
    pub is_backfill: bool,
    /// The time it covers.
    pub starts_at: DateTime<Utc>,
    /// The end of that time.
    pub ends_at: DateTime<Utc>,
    /// Its own signature, as the object's metadata gives it.
    pub signature: Option<String>,
    /// The previous digest: bucket, key, hash and signature.
    pub previous: Option<(String, String, Option<[u8; 32]>, String)>,
    /// What is wrong with it, taken alone: the kind's name and the words.
    pub own_problem: Option<(String, String)>,
    /// The files it lists.
    pub files: Vec<ListedFileRow>,
}

/// A file that a digest lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFileRow {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The hash that the file must have.
    pub sha256: [u8; 32],
}
