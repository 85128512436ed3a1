//! CopyObject: another row for the same bytes.

use super::checksum_fields::show_checksums;
use super::conditions::{ReadConditions, Verdict, check_outcome, no_such_key, precondition_failed};
use super::headers::{attributes, check_version_id, refuse_unsupported, storage_class};
use super::{Wire, timestamp};
use crate::error::Error;
use crate::store::{Inner, check_key};
use http::HeaderMap;
use orgtrail_storage::object_store::{Attributes, Condition, ObjectVersion};
use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETag, MetadataDirective,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};
use std::sync::Arc;

/// Copies an object. No bytes move.
pub(super) async fn copy_object(
    wire: &Wire,
    request: S3Request<CopyObjectInput>,
) -> S3Result<S3Response<CopyObjectOutput>> {
    refuse_unsupported(&request.headers)?;
    check_key(&request.input.key)?;
    // All of it is one recording: between the look at the source and the new row the source may be
    // deleted, and then nothing but this keeps its file from being collected.
    let copied = wire
        .store
        .record(async move |store| Ok(copy(store, request.input, request.headers).await))
        .await??;
    let mut result = CopyObjectResult {
        e_tag: Some(ETag::Strong(copied.content.etag.clone())),
        last_modified: Some(timestamp(copied.last_modified)),
        ..CopyObjectResult::default()
    };
    if copied.content.checksum.is_some() {
        show_checksums!(result, &copied.content);
    }
    Ok(S3Response::new(CopyObjectOutput {
        copy_object_result: Some(result),
        ..CopyObjectOutput::default()
    }))
}

async fn copy(
    store: Arc<Inner>,
    input: CopyObjectInput,
    headers: HeaderMap,
) -> S3Result<ObjectVersion> {
    let (from_bucket, from_key) = source(&input.copy_source)?;
    let source = store.lookup(from_bucket, from_key).await?.ok_or_else(no_such_key)?;
    let conditions = ReadConditions {
        if_match: input.copy_source_if_match.as_ref(),
        if_none_match: input.copy_source_if_none_match.as_ref(),
        if_modified_since: input.copy_source_if_modified_since.as_ref(),
        if_unmodified_since: input.copy_source_if_unmodified_since.as_ref(),
    };
    check_source(&conditions, &source)?;
    let attributes = new_attributes(&input, &headers, &source)?;
    let is_same_place = from_bucket == input.bucket && from_key == input.key;
    if is_same_place && attributes == source.attributes && !is_replacing(&input) {
        return Err(s3_error!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself \
             without changing the object's metadata, storage class, website redirect location \
             or encryption attributes."
        ));
    }
    let version = ObjectVersion {
        key: input.key,
        content: source.content,
        attributes,
        last_modified: store.clock.now(),
    };
    let outcome = store.metadata.put(&input.bucket, &version, &Condition::Always).await;
    check_outcome(outcome.map_err(Error::from)?)?;
    Ok(version)
}

/// The bucket and key that are copied from.
pub(super) fn source(source: &CopySource) -> S3Result<(&str, &str)> {
    match source {
        CopySource::Bucket { bucket, key, version_id } => {
            check_version_id(version_id.as_deref())?;
            check_key(key)?;
            Ok((bucket, key))
        }
        CopySource::AccessPoint { .. } | CopySource::Outpost { .. } => {
            Err(s3_error!(NotImplemented, "Only buckets can be copied from."))
        }
    }
}

/// Refuses a copy whose conditions on the source don't hold: there is no "not modified" for a copy.
pub(super) fn check_source(
    conditions: &ReadConditions<'_>,
    source: &ObjectVersion,
) -> S3Result<()> {
    match conditions.verdict(source) {
        Verdict::Proceed => Ok(()),
        Verdict::PreconditionFailed | Verdict::NotModified => Err(precondition_failed()),
    }
}

fn is_replacing(input: &CopyObjectInput) -> bool {
    let directive = input.metadata_directive.as_ref();
    directive.is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE)
}

/// The metadata comes from the source or from the request as the directive says, the storage class
/// always from the request.
fn new_attributes(
    input: &CopyObjectInput,
    headers: &HeaderMap,
    source: &ObjectVersion,
) -> S3Result<Attributes> {
    match input.metadata_directive.as_ref().map(MetadataDirective::as_str) {
        Some(MetadataDirective::REPLACE) => attributes(headers, input.metadata.clone()),
        None | Some(MetadataDirective::COPY) => {
            let storage_class =
                storage_class(headers)?.unwrap_or_else(|| Attributes::default().storage_class);
            Ok(Attributes { storage_class, ..source.attributes.clone() })
        }
        Some(_) => Err(s3_error!(InvalidArgument, "Unknown metadata directive.")),
    }
}
