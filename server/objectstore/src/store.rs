//! The store itself: what the wire and in-process callers share.

mod abandoned;
mod bulk;
mod garbage;

pub use bulk::NewObject;
pub use garbage::Collected;

use crate::blobs::BlobDirectory;
use crate::blobs::reader::BlobReader;
use crate::blobs::writer::{StagedBlob, on_blocking_thread};
use crate::error::{Error, Result};
use crate::keys::KeyRing;
use axum::Router;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use orgtrail_domain::clock::Clock;
use orgtrail_storage::object_store::{
    BucketCreation, Content, Deletion, Lookup, ObjectMetadata, ObjectVersion, Usage,
};
use std::fmt;
use std::future::Future;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::RwLock;
use tokio_util::task::TaskTracker;

/// The media type of an object whose writer named none.
pub(crate) const CONTENT_TYPE_DEFAULT: &str = "binary/octet-stream";

/// An open store. Clones are the same store.
#[derive(Clone)]
pub struct ObjectStore {
    pub(crate) inner: Arc<Inner>,
}

/// What all clones share.
pub(crate) struct Inner {
    pub(crate) blobs: Arc<BlobDirectory>,
    pub(crate) metadata: ObjectMetadata,
    pub(crate) clock: Arc<dyn Clock>,
    /// Read by whoever is between naming a file and recording it; written by the collection of garbage.
    references: RwLock<()>,
    /// Writes that must run to their end although the client that asked for them is gone.
    tasks: TaskTracker,
}

/// An object as [`ObjectStore::get`] returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedObject {
    /// Its bytes, checked against their SHA-256.
    pub body: Bytes,
    /// Its entity tag without quotes.
    pub etag: String,
    /// Its media type.
    pub content_type: Option<String>,
    /// Its content encoding.
    pub content_encoding: Option<String>,
    /// User metadata, without the prefix `x-amz-meta-`.
    pub metadata: Vec<(String, String)>,
    /// When it was written.
    pub last_modified: DateTime<Utc>,
}

impl ObjectStore {
    /// Opens the store in `directory`, which is made if it is absent and locked as long as the store lives.
    ///
    /// # Errors
    ///
    /// [`Error::InUse`] if another process has it open; [`Error::File`] if it can't be used.
    pub fn open(
        directory: PathBuf,
        metadata: ObjectMetadata,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let blobs = BlobDirectory::open(directory)?;
        let references = RwLock::new(());
        let tasks = TaskTracker::new();
        Ok(Self { inner: Arc::new(Inner { blobs, metadata, clock, references, tasks }) })
    }

    /// Makes the S3 endpoint, path style, for the caller to serve: every path belongs to it.
    pub fn router(&self, keys: KeyRing, region: &str) -> Router {
        crate::router::router(Arc::clone(&self.inner), keys, region)
    }

    /// Makes a bucket and says whether it is new.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidBucketName`], or the metadata could not be written.
    pub async fn create_bucket(&self, name: &str) -> Result<BucketCreation> {
        if !s3s::path::check_bucket_name(name) {
            return Err(Error::InvalidBucketName { bucket: name.to_owned() });
        }
        Ok(self.inner.metadata.create_bucket(name, self.inner.clock.now()).await?)
    }

    /// Reads an object as a whole, or nothing if the bucket has none of that key.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchBucket`], [`Error::Damaged`] if its bytes aren't what was written, or it could not be read.
    pub async fn get(&self, bucket: &str, key: &str) -> Result<Option<FetchedObject>> {
        let (version, body) = loop {
            let Some(version) = self.inner.lookup(bucket, key).await? else { return Ok(None) };
            let content = &version.content;
            match self.inner.blobs.read(content.sha256, content.size).await {
                Err(error) => self.inner.ensure_replaced(bucket, &version, error).await?,
                Ok(body) => break (version, body),
            }
        };
        let mut system = version.attributes.system;
        Ok(Some(FetchedObject {
            body,
            etag: version.content.etag,
            content_type: system.remove("content-type"),
            content_encoding: system.remove("content-encoding"),
            metadata: version.attributes.user.into_iter().collect(),
            last_modified: version.last_modified,
        }))
    }

    /// Deletes an object and says whether there was one.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchBucket`], or the metadata could not be written.
    pub async fn delete(&self, bucket: &str, key: &str) -> Result<bool> {
        match self.inner.metadata.delete(bucket, key, None).await? {
            Deletion::Deleted => Ok(true),
            Deletion::NothingDeleted => Ok(false),
            Deletion::NoSuchBucket => Err(Error::NoSuchBucket { bucket: bucket.to_owned() }),
        }
    }

    /// Counts the objects of all buckets. It reads every row: not for requests.
    ///
    /// # Errors
    ///
    /// The metadata could not be read.
    pub async fn usage(&self) -> Result<Usage> {
        Ok(self.inner.metadata.usage().await?)
    }

    /// Waits for the writes that are being recorded. New ones are still accepted: stop the server first.
    pub async fn finish_writes(&self) {
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
        self.inner.tasks.reopen();
    }
}

impl fmt::Debug for ObjectStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ObjectStore").finish_non_exhaustive()
    }
}

impl Inner {
    /// Runs what names files and records them, to its end even if the caller goes away meanwhile.
    ///
    /// Meanwhile the collection of garbage waits. Were the work dropped half-way, the database could
    /// still execute a statement after the collection had looked, and a row would name a removed file.
    pub(crate) async fn record<T, Work, Running>(self: &Arc<Self>, work: Work) -> Result<T>
    where
        T: Send + 'static,
        Work: FnOnce(Arc<Self>) -> Running + Send + 'static,
        Running: Future<Output = Result<T>> + Send + 'static,
    {
        let inner = Arc::clone(self);
        let task = self.tasks.spawn(async move {
            let _named_but_unrecorded = inner.references.read().await;
            work(Arc::clone(&inner)).await
        });
        // It fails only when the runtime shuts down or the work panicked, which the runtime reports.
        task.await.unwrap_or(Err(Error::Stopped))
    }

    /// Names the file of a staged content, durably.
    pub(crate) async fn publish(&self, staged: StagedBlob) -> Result<()> {
        let blobs = Arc::clone(&self.blobs);
        on_blocking_thread(move || blobs.publish(staged)).await
    }

    /// Looks an object up.
    pub(crate) async fn lookup(&self, bucket: &str, key: &str) -> Result<Option<ObjectVersion>> {
        match self.metadata.lookup(bucket, key).await? {
            Lookup::NoSuchBucket => Err(Error::NoSuchBucket { bucket: bucket.to_owned() }),
            Lookup::NoSuchKey => Ok(None),
            Lookup::Found(version) => Ok(Some(*version)),
        }
    }

    /// Returns if the file that could not be opened belongs to an object that has been replaced or deleted
    /// since it was looked up, so that the caller looks again. Otherwise the file is really damaged.
    pub(crate) async fn ensure_replaced(
        &self,
        bucket: &str,
        version: &ObjectVersion,
        error: Error,
    ) -> Result<()> {
        let current = self.lookup(bucket, &version.key).await?;
        let is_same = current.is_some_and(|current| current.content == version.content);
        if is_same || !matches!(error, Error::Damaged { .. }) {
            return Err(error);
        }
        Ok(())
    }

    /// Opens a range of a content that was just looked up.
    pub(crate) async fn open_range(
        &self,
        content: &Content,
        range: Range<u64>,
    ) -> Result<BlobReader> {
        self.blobs.open_range(content.sha256, content.size, range).await
    }
}

/// Checks what the database would refuse: S3's limit on keys, and NUL, which Postgres can't hold.
pub(crate) fn check_key(key: &str) -> Result<()> {
    if key.is_empty() || key.len() > 1024 || key.contains('\0') {
        return Err(Error::InvalidKey { key: key.to_owned() });
    }
    Ok(())
}
