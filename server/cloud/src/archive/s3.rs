//! An archive that is reached by S3.

use super::{ArchiveStore, NewCopy, Put};
use crate::error::{CloudError, Result};
use crate::objects::{FetchedObject, ObjectSource, S3Source};
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_types::base64;
use bytes::Bytes;
use tokio::sync::OnceCell;

/// Where the store is asked whether it checks what it takes.
const PROBE_KEY: &str = "orgtrail-probe/checksum";

/// What stores say when a body isn't what its checksum promises.
const REFUSALS: [&str; 2] = ["BadDigest", "XAmzContentChecksumMismatch"];

/// An archive that is reached by S3.
#[derive(Debug)]
pub(super) struct S3Archive {
    client: Client,
    bucket: String,
    /// Whether the store refuses a body with a wrong checksum.
    checks_bodies: OnceCell<bool>,
}

impl S3Archive {
    pub(super) fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket, checks_bodies: OnceCell::new() }
    }

    /// Whether the checksum in an answer is the store's own finding: a store that takes a wrong one just repeats what
    /// it was told. Asked once; as long as there is no clear answer, no.
    async fn checks_bodies(&self) -> bool {
        self.checks_bodies.get_or_try_init(|| self.probe()).await.copied().unwrap_or(false)
    }

    async fn probe(&self) -> Result<bool> {
        let answer = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(PROBE_KEY)
            // An object that is there already was taken with a wrong checksum at another time.
            .if_none_match("*")
            .checksum_sha256(base64::encode([0; 32]))
            .body(ByteStream::from(Bytes::from_static(b"orgtrail")))
            .send()
            .await;
        let checks = match answer {
            Ok(_) => false,
            Err(error) => {
                let code = error.as_service_error().and_then(|service| service.code());
                if code.is_some_and(|code| REFUSALS.contains(&code)) {
                    true
                } else {
                    match CloudError::from_sdk("could not probe the archive", error) {
                        passing if passing.may_pass() => return Err(passing),
                        _ => false,
                    }
                }
            }
        };
        if !checks {
            tracing::warn!(
                bucket = self.bucket,
                "the archive's store does not refuse a wrong checksum: every object is read back"
            );
        }
        Ok(checks)
    }
}

#[async_trait]
impl ArchiveStore for S3Archive {
    async fn put_new(&self, copy: NewCopy) -> Result<Put> {
        let what = format!("could not archive s3://{}/{}", self.bucket, copy.key);
        let checksum = base64::encode(copy.sha256);
        let mut request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(&copy.key)
            .if_none_match("*")
            .content_type("application/octet-stream")
            .checksum_sha256(&checksum)
            .body(ByteStream::from(copy.body));
        for (name, value) in copy.metadata {
            request = request.metadata(name, value);
        }
        match request.send().await.map_err(|error| CloudError::from_sdk(what, error)) {
            Ok(answer) if answer.checksum_sha256() == Some(&checksum) => {
                Ok(if self.checks_bodies().await { Put::Proven } else { Put::Created })
            }
            Ok(_) => Ok(Put::Created),
            Err(CloudError::Exists(_)) => Ok(Put::Existed),
            Err(error) => Err(error),
        }
    }

    async fn get(&self, bucket: &str, key: &str, bytes_max: u64) -> Result<FetchedObject> {
        S3Source::new(self.client.clone(), bucket.to_owned()).fetch(key, bytes_max).await
    }

    async fn ensure_bucket(&self) -> Result<()> {
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

    async fn is_reachable(&self) -> Result<()> {
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
