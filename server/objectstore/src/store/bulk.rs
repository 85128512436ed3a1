//! Writing many objects at once, from inside the process.

use super::{CONTENT_TYPE_DEFAULT, ObjectStore, check_key};
use crate::blobs::writer::StagedBlob;
use crate::error::{Error, Result};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use orgtrail_storage::object_store::{Attributes, Content, ObjectVersion, PutOutcome};
use std::collections::{HashMap, HashSet};

/// An object to be written by [`ObjectStore::put_many`].
#[derive(Clone, Debug)]
pub struct NewObject {
    /// Its key.
    pub key: String,
    /// Its bytes.
    pub body: Bytes,
    /// Its media type.
    pub content_type: Option<String>,
    /// Its content encoding, such as `gzip`.
    pub content_encoding: Option<String>,
    /// User metadata, without the prefix `x-amz-meta-`.
    pub metadata: Vec<(String, String)>,
    /// When it was written; now without.
    pub last_modified: Option<DateTime<Utc>>,
}

impl ObjectStore {
    /// Writes many objects, all or none, and replaces those that are there. Of equal keys the last counts.
    ///
    /// The disk is waited for in parallel and the metadata is one statement, so this is the way to write
    /// thousands of small objects. All of them are in memory.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchBucket`], [`Error::InvalidKey`], or files or metadata could not be written; no
    /// object has changed and the call may be repeated.
    pub async fn put_many(&self, bucket: &str, objects: Vec<NewObject>) -> Result<()> {
        let (versions, staged) = self.stage_latest(&objects).await?;
        if versions.is_empty() {
            return Ok(());
        }
        let owned_bucket = bucket.to_owned();
        let outcome = self
            .inner
            .record(async move |inner| {
                inner.blobs.publish_many(staged).await?;
                Ok(inner.metadata.put_many(&owned_bucket, &versions).await?)
            })
            .await?;
        match outcome {
            PutOutcome::Stored => Ok(()),
            PutOutcome::NoSuchBucket | PutOutcome::NoSuchKey | PutOutcome::PreconditionFailed => {
                Err(Error::NoSuchBucket { bucket: bucket.to_owned() })
            }
        }
    }

    /// Writes those of many objects whose keys have none, and gives back their keys. What is there stays as it is; of
    /// equal keys in `objects` the last counts.
    ///
    /// A file is read back from its directory and compared before it gets its name, so a key that is given back
    /// stands for the bytes that were handed over.
    ///
    /// # Errors
    ///
    /// As [`Self::put_many`]; no object has changed and the call may be repeated.
    pub async fn put_absent_many(
        &self,
        bucket: &str,
        objects: Vec<NewObject>,
    ) -> Result<HashSet<String>> {
        let (versions, staged) = self.stage_latest(&objects).await?;
        if versions.is_empty() {
            return Ok(HashSet::new());
        }
        let owned_bucket = bucket.to_owned();
        let written = self
            .inner
            .record(async move |inner| {
                // Also of those that will not be written: the file of a known content is repaired by its equal.
                inner.blobs.publish_many(staged).await?;
                Ok(inner.metadata.put_absent_many(&owned_bucket, &versions).await?)
            })
            .await?;
        written.ok_or_else(|| Error::NoSuchBucket { bucket: bucket.to_owned() })
    }

    /// Writes the contents to disk, without names yet, and says what versions they are: of equal keys the last.
    async fn stage_latest(
        &self,
        objects: &[NewObject],
    ) -> Result<(Vec<ObjectVersion>, Vec<StagedBlob>)> {
        let mut latest: HashMap<&str, &NewObject> = HashMap::with_capacity(objects.len());
        for object in objects {
            check_key(&object.key)?;
            latest.insert(&object.key, object);
        }
        let latest: Vec<&NewObject> = latest.into_values().collect();
        let bodies: Vec<Bytes> = latest.iter().map(|object| object.body.clone()).collect();
        let staged = self.inner.blobs.stage_many(&bodies).await?;
        let now = self.inner.clock.now();
        let versions = latest.iter().zip(&staged);
        Ok((versions.map(|(object, staged)| object.version(staged, now)).collect(), staged))
    }
}

impl NewObject {
    fn version(&self, staged: &StagedBlob, now: DateTime<Utc>) -> ObjectVersion {
        let mut attributes = Attributes::default();
        let content_type = self.content_type.as_deref().unwrap_or(CONTENT_TYPE_DEFAULT);
        attributes.system.insert("content-type".to_owned(), content_type.to_owned());
        if let Some(encoding) = &self.content_encoding {
            attributes.system.insert("content-encoding".to_owned(), encoding.clone());
        }
        attributes.user = self.metadata.iter().cloned().collect();
        ObjectVersion {
            key: self.key.clone(),
            content: Content {
                sha256: staged.digests.sha256,
                size: staged.digests.size,
                etag: hex::encode(staged.digests.md5),
                checksum: None,
            },
            attributes,
            last_modified: self.last_modified.unwrap_or(now),
        }
    }
}
