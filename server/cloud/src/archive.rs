//! The central archive: write once, read back, compare.

use crate::error::{CloudError, Result};
use crate::objects::FetchedObject;
use crate::objects::{ObjectSource, S3Source};
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;

/// The bucket that holds the archived copies.
#[derive(Clone, Debug)]
pub struct Archive {
    client: Client,
    bucket: String,
}

/// What a create-only put did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The object was written.
    Created,
    /// There was an object of that key already; it was not touched.
    Existed,
}

impl Archive {
    /// The archive in `bucket`.
    pub fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }

    /// The bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Writes an object unless there is one of that key.
    ///
    /// # Errors
    ///
    /// [`CloudError`]; whether the object was written is not known, and the call may be repeated.
    pub async fn put_new(
        &self,
        key: &str,
        body: Bytes,
        metadata: &[(String, String)],
    ) -> Result<Put> {
        let what = format!("could not archive s3://{}/{key}", self.bucket);
        let mut request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .if_none_match("*")
            .content_type("application/octet-stream")
            .body(ByteStream::from(body));
        for (name, value) in metadata {
            request = request.metadata(name, value);
        }
        match request.send().await.map_err(|error| CloudError::from_sdk(what, error)) {
            Ok(_) => Ok(Put::Created),
            Err(CloudError::Exists(_)) => Ok(Put::Existed),
            Err(error) => Err(error),
        }
    }

    /// What lies in a bucket of the archive's store, to be listed.
    pub fn objects_of(&self, bucket: &str) -> S3Source {
        S3Source::new(self.client.clone(), bucket.to_owned())
    }

    /// Reads an object.
    ///
    /// # Errors
    ///
    /// [`CloudError`].
    pub async fn get(&self, bucket: &str, key: &str, bytes_max: u64) -> Result<FetchedObject> {
        self.objects_of(bucket).fetch(key, bytes_max).await
    }

    /// Makes the bucket unless it is there.
    ///
    /// # Errors
    ///
    /// [`CloudError`].
    pub async fn ensure_bucket(&self) -> Result<()> {
        let what = format!("could not make the bucket {}", self.bucket);
        if self.is_reachable().await.is_ok() {
            return Ok(());
        }
        match self
            .client
            .create_bucket()
            .bucket(&self.bucket)
            .send()
            .await
            .map_err(|error| CloudError::from_sdk(&what, error))
        {
            Ok(_) | Err(CloudError::Exists(_)) => Ok(()),
            Err(error) => self.is_reachable().await.map_err(|_| error),
        }
    }

    /// Whether the bucket answers.
    ///
    /// # Errors
    ///
    /// [`CloudError`] with the reason why it does not.
    pub async fn is_reachable(&self) -> Result<()> {
        let what = format!("could not reach the bucket {}", self.bucket);
        self.client
            .head_bucket()
            .bucket(&self.bucket)
            .send()
            .await
            .map(|_| ())
            .map_err(|error| CloudError::from_sdk(what, error))
    }
}
