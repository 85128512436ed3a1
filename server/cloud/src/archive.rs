//! The central archive: write once, and rely on nothing that isn't proven.

mod s3;

use crate::error::{CloudError, Result};
use crate::objects::FetchedObject;
use async_trait::async_trait;
use bytes::Bytes;
use s3::S3Archive;
use std::fmt;
use std::sync::Arc;

/// What a create-only put did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The object was written, and the store has shown that it holds these bytes.
    Proven,
    /// The object was written, as the store says.
    Created,
    /// There was an object of that key already; it was not touched.
    Existed,
}

/// An object to be archived.
#[derive(Clone, Debug)]
pub struct NewCopy {
    /// The key.
    pub key: String,
    /// The bytes.
    pub body: Bytes,
    /// Their SHA-256.
    pub sha256: [u8; 32],
    /// Metadata that headers can carry.
    pub metadata: Vec<(String, String)>,
}

/// Where the copies are: a bucket that is reached by S3, or the embedded store in the same process.
#[async_trait]
pub trait ArchiveStore: fmt::Debug + Send + Sync {
    /// Writes an object unless there is one of that key.
    ///
    /// # Errors
    ///
    /// [`CloudError`]; whether the object was written is not known, and the call may be repeated.
    async fn put_new(&self, copy: NewCopy) -> Result<Put>;

    /// Reads an object of at most `bytes_max` bytes.
    ///
    /// # Errors
    ///
    /// [`CloudError`].
    async fn get(&self, bucket: &str, key: &str, bytes_max: u64) -> Result<FetchedObject>;

    /// Makes the bucket unless it is there.
    ///
    /// # Errors
    ///
    /// [`CloudError`].
    async fn ensure_bucket(&self) -> Result<()>;

    /// Whether the bucket answers.
    ///
    /// # Errors
    ///
    /// [`CloudError`] with the reason why it does not.
    async fn is_reachable(&self) -> Result<()>;
}

/// The bucket that holds the archived copies. Clones are the same archive.
#[derive(Clone, Debug)]
pub struct Archive {
    store: Arc<dyn ArchiveStore>,
    bucket: String,
}

impl Archive {
    /// The archive in `bucket` of a store that is reached by S3.
    pub fn new(client: aws_sdk_s3::Client, bucket: String) -> Self {
        let store = Arc::new(S3Archive::new(client, bucket.clone()));
        Self { store, bucket }
    }

    /// The archive in `bucket` of a store in this process.
    pub fn of_store(store: Arc<dyn ArchiveStore>, bucket: String) -> Self {
        Self { store, bucket }
    }

    /// The bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Archives a copy. When this returns, the archive holds these bytes under the key: the store has shown it, or they
    /// were read back and compared. See `docs/decisions/0014-proof-of-the-archive.md`.
    ///
    /// # Errors
    ///
    /// [`CloudError`]; also when other bytes are there. Nothing is known about the archive then, and the call may be
    /// repeated.
    pub async fn keep(&self, copy: NewCopy) -> Result<()> {
        let (key, body, sample) = (copy.key.clone(), copy.body.clone(), copy.sha256[0]);
        let put = self.store.put_new(copy).await?;
        if put == Put::Proven && !is_sampled(sample) {
            return Ok(());
        }
        // What existed was written by somebody else, at another time: nobody has shown anything about it.
        let length = u64::try_from(body.len()).unwrap_or(u64::MAX);
        let stored = self.store.get(&self.bucket, &key, length.saturating_add(1)).await;
        match stored {
            Ok(stored) if stored.body == body => Ok(()),
            Ok(_) | Err(CloudError::TooLarge { .. }) => Err(CloudError::Other {
                what: format!("could not archive s3://{}/{key}", self.bucket),
                reason: "it holds other bytes there than were written: it can't be trusted"
                    .to_owned(),
            }),
            Err(error) => Err(error),
        }
    }

    /// Writes an object unless there is one of that key, and leaves it at what the store says.
    ///
    /// # Errors
    ///
    /// [`CloudError`]; whether the object was written is not known, and the call may be repeated.
    pub async fn put_new(&self, copy: NewCopy) -> Result<Put> {
        self.store.put_new(copy).await
    }

    /// Reads an object.
    ///
    /// # Errors
    ///
    /// [`CloudError`].
    pub async fn get(&self, bucket: &str, key: &str, bytes_max: u64) -> Result<FetchedObject> {
        self.store.get(bucket, key, bytes_max).await
    }

    /// Makes the bucket unless it is there.
    ///
    /// # Errors
    ///
    /// [`CloudError`].
    pub async fn ensure_bucket(&self) -> Result<()> {
        self.store.ensure_bucket().await
    }

    /// Whether the bucket answers.
    ///
    /// # Errors
    ///
    /// [`CloudError`] with the reason why it does not.
    pub async fn is_reachable(&self) -> Result<()> {
        self.store.is_reachable().await
    }
}

/// One content in 64 is read back even though the store has shown that it holds it: so that a store whose word is
/// worth nothing any more is noticed.
fn is_sampled(first_byte: u8) -> bool {
    first_byte < 4
}

#[cfg(test)]
mod tests;
