//! Which key may do what: s3s asks for the secret first and for permission after the signature.

use crate::keys::{AccessKey, KeyRing, Permission};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::dto::{CopyObjectInput, CopySource, UploadPartCopyInput};
use s3s::{S3Request, S3Result, s3_error};
use std::sync::Arc;

/// Gives s3s the secrets.
pub(crate) struct Keys(pub(crate) KeyRing);

/// Decides about operations.
pub(crate) struct Gate(pub(crate) KeyRing);

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, id: &str) -> S3Result<SecretKey> {
        match self.0.lookup(id) {
            Some(key) => Ok(SecretKey::from(key.secret.as_str())),
            None => Err(s3_error!(InvalidAccessKeyId, "The access key is not known.")),
        }
    }
}

#[async_trait::async_trait]
impl S3Access for Gate {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        let key = self.key(context.credentials().map(|found| found.access_key.as_str()))?;
        if key.permission == Permission::ReadOnly && !changes_nothing(context.s3_op().name()) {
            return Err(s3_error!(AccessDenied, "The access key may only read."));
        }
        match context.s3_path().get_bucket_name() {
            Some(bucket) => check_bucket(&key, bucket),
            None => Ok(()), // a listing of buckets, which shows only those of the key
        }
    }

    async fn copy_object(&self, request: &mut S3Request<CopyObjectInput>) -> S3Result<()> {
        let key = self.key(request.credentials.as_ref().map(|found| found.access_key.as_str()))?;
        check_source(&key, &request.input.copy_source)
    }

    async fn upload_part_copy(&self, request: &mut S3Request<UploadPartCopyInput>) -> S3Result<()> {
        let key = self.key(request.credentials.as_ref().map(|found| found.access_key.as_str()))?;
        check_source(&key, &request.input.copy_source)
    }
}

impl Gate {
    /// The key of a request; anonymous requests have none.
    fn key(&self, id: Option<&str>) -> S3Result<Arc<AccessKey>> {
        let id = id.ok_or_else(|| s3_error!(AccessDenied, "Requests must be signed."))?;
        // It was there when the signature was checked; it may have been removed since.
        self.0
            .lookup(id)
            .ok_or_else(|| s3_error!(InvalidAccessKeyId, "The access key is not known."))
    }
}

fn check_bucket(key: &AccessKey, bucket: &str) -> S3Result<()> {
    if key.covers(bucket) {
        return Ok(());
    }
    Err(s3_error!(AccessDenied, "The access key is not for this bucket."))
}

/// A copy reads from a bucket that the request's path doesn't name.
fn check_source(key: &AccessKey, source: &CopySource) -> S3Result<()> {
    match source {
        CopySource::Bucket { bucket, .. } => check_bucket(key, bucket),
        // Refused by the operation itself.
        CopySource::AccessPoint { .. } | CopySource::Outpost { .. } => Ok(()),
    }
}

/// Whether an operation only reads. All others are writes, also those that will be added.
fn changes_nothing(operation: &str) -> bool {
    ["Get", "Head", "List"].iter().any(|verb| operation.starts_with(verb))
}
