//! PutObject.

use super::body::{Expected, receive};
use super::checksum_fields::set_checksum;
use super::conditions::{check_outcome, write_condition};
use super::{Wire, headers};
use crate::checksum::Algorithm;
use crate::store::check_key;
use orgtrail_storage::object_store::{Content, ObjectVersion};
use s3s::dto::{ChecksumType, ETag, PutObjectInput, PutObjectOutput};
use s3s::{S3Request, S3Response, S3Result};

/// Stores an object: the bytes first, then, in one statement, the row that decides.
pub(super) async fn put_object(
    wire: &Wire,
    request: S3Request<PutObjectInput>,
) -> S3Result<S3Response<PutObjectOutput>> {
    headers::refuse_unsupported(&request.headers)?;
    let input = request.input;
    check_key(&input.key)?;
    let condition = write_condition(input.if_match.as_ref(), input.if_none_match.as_ref())?;
    let attributes = headers::attributes(&request.headers, input.metadata)?;
    let expected = Expected::of_upload(&request.headers)?;
    let hint = input.checksum_algorithm.and_then(|hint| Algorithm::parse(hint.as_str()));

    let staged =
        receive(&wire.store, input.body, &expected, hint, request.trailing_headers).await?;
    let etag = hex::encode(staged.digests.md5);
    let checksum = expected.kept(&staged.digests);
    let version = ObjectVersion {
        key: input.key,
        content: Content {
            sha256: staged.digests.sha256,
            size: staged.digests.size,
            etag: etag.clone(),
            checksum: checksum.clone(),
        },
        attributes,
        last_modified: wire.store.clock.now(),
    };
    let bucket = input.bucket;
    let outcome = wire
        .store
        .record(async move |store| {
            store.publish(staged).await?;
            Ok(store.metadata.put(&bucket, &version, &condition).await?)
        })
        .await?;
    check_outcome(outcome)?;

    let mut output =
        PutObjectOutput { e_tag: Some(ETag::Strong(etag)), ..PutObjectOutput::default() };
    if let Some(checksum) = checksum
        && let Some(algorithm) = Algorithm::parse(&checksum.algorithm)
    {
        set_checksum!(output, algorithm, Some(checksum.value));
        output.checksum_type = Some(ChecksumType::from_static(ChecksumType::FULL_OBJECT));
    }
    Ok(S3Response::new(output))
}
