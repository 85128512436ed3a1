//! Sources of delivered objects: an S3 bucket or a directory of the same layout.

mod directory;
mod s3;

pub use directory::DirectorySource;
pub use s3::S3Source;

use crate::error::Result;
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};

/// An object as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedObject {
    /// The key.
    pub key: String,
    /// The size in bytes.
    pub size: u64,
    /// The ETag, without quotes.
    pub etag: String,
    /// When it was last modified.
    pub last_modified: Option<DateTime<Utc>>,
}

/// A part of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Objects.
    pub objects: Vec<ListedObject>,
    /// Folders, when a listing is not recursive.
    pub folders: Vec<String>,
    /// Where the next part begins.
    pub next: Option<String>,
    /// What is there and is no object of the listing.
    pub skipped: Skipped,
}

/// What a directory holds that can't be an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Symbolic links, which are not followed: they may lead anywhere.
    pub links: u64,
    /// Files and folders whose names are not UTF-8, which no key can be.
    pub names: u64,
}

/// An object with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedObject {
    /// The object as it is now, which may differ from an earlier listing.
    pub object: ListedObject,
    /// The version, when the bucket has versions.
    pub version: String,
    /// User metadata, in the order of names.
    pub metadata: Vec<(String, String)>,
    /// The bytes as they are stored.
    pub body: Bytes,
}

/// Whether a listing goes into folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// All objects below the prefix.
    All,
    /// Objects and folders right below the prefix.
    One,
}

/// Where delivered objects are read from.
#[async_trait]
pub trait ObjectSource: Send + Sync {
    /// The bucket, or the directory.
    fn bucket(&self) -> &str;

    /// Lists a part of what begins with `prefix`, in the order of keys.
    ///
    /// # Errors
    ///
    /// [`crate::error::CloudError`]; the call may be repeated.
    async fn list(&self, prefix: &str, depth: Depth, next: Option<&str>) -> Result<Listing>;

    /// Reads an object of at most `bytes_max` bytes.
    ///
    /// # Errors
    ///
    /// [`crate::error::CloudError`]; `NotFound` and `TooLarge` are final, the others may pass.
    async fn fetch(&self, key: &str, bytes_max: u64) -> Result<FetchedObject>;

    /// What should be changed although everything works, in a sentence.
    fn remark(&self) -> Option<String> {
        None
    }
}
