//! DeleteObject and DeleteObjects.

use super::Wire;
use super::conditions::{no_such_bucket, precondition_failed};
use super::headers::check_version_id;
use crate::error::Error;
use crate::store::check_key;
use orgtrail_storage::object_store::Deletion;
use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject,
    ETagCondition, Error as FailedObject, ObjectIdentifier,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

/// S3's limit on one request.
const KEYS_MAX: usize = 1000;

/// Deletes an object; that there is none is no error.
pub(super) async fn delete_object(
    wire: &Wire,
    request: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    let input = request.input;
    check_version_id(input.version_id.as_deref())?;
    check_key(&input.key)?;
    if input.if_match_last_modified_time.is_some() || input.if_match_size.is_some() {
        return Err(s3_error!(NotImplemented, "Only If-Match is implemented for deletions."));
    }
    let etag = input.if_match.as_ref().and_then(ETagCondition::as_etag);
    let deleted = wire
        .store
        .metadata
        .delete(&input.bucket, &input.key, etag.map(s3s::dto::ETag::value))
        .await
        .map_err(Error::from)?;
    match deleted {
        Deletion::NoSuchBucket => Err(no_such_bucket()),
        Deletion::NothingDeleted if input.if_match.is_some() => Err(precondition_failed()),
        Deletion::Deleted | Deletion::NothingDeleted => {
            Ok(S3Response::new(DeleteObjectOutput::default()))
        }
    }
}

/// Deletes many objects in one transaction.
pub(super) async fn delete_objects(
    wire: &Wire,
    request: S3Request<DeleteObjectsInput>,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let input = request.input;
    let objects = input.delete.objects;
    if objects.is_empty() || objects.len() > KEYS_MAX {
        return Err(s3_error!(
            MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published schema"
        ));
    }
    let (valid, invalid): (Vec<_>, Vec<_>) = objects.into_iter().partition(is_deletable);
    let keys: Vec<&str> = valid.iter().map(|object| object.key.as_str()).collect();
    let has_bucket =
        wire.store.metadata.delete_many(&input.bucket, &keys).await.map_err(Error::from)?;
    if !has_bucket {
        return Err(no_such_bucket());
    }
    let is_quiet = input.delete.quiet.unwrap_or_default();
    let deleted = valid.into_iter().filter(|_| !is_quiet).map(|object| DeletedObject {
        key: Some(object.key),
        version_id: object.version_id,
        ..DeletedObject::default()
    });
    let errors = invalid.into_iter().map(|object| FailedObject {
        code: Some("InvalidArgument".to_owned()),
        message: Some("The key, the version id or a condition is not supported.".to_owned()),
        key: Some(object.key),
        version_id: object.version_id,
    });
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted: Some(deleted.collect()),
        errors: Some(errors.collect()),
        ..DeleteObjectsOutput::default()
    }))
}

/// Conditions per key aren't supported; ignoring one would delete what should stay.
fn is_deletable(object: &ObjectIdentifier) -> bool {
    let is_conditional =
        object.e_tag.is_some() || object.last_modified_time.is_some() || object.size.is_some();
    !is_conditional
        && check_key(&object.key).is_ok()
        && check_version_id(object.version_id.as_deref()).is_ok()
}
