//! CreateMultipartUpload, UploadPart and AbortMultipartUpload.

use super::body::{Expected, receive};
use super::checksum_fields::set_checksum;
use super::{Wire, buckets, conditions, headers};
use crate::blobs::writer::StagedBlob;
use crate::checksum::Algorithm;
use crate::error::Error;
use crate::store::check_key;
use chrono::{DateTime, Utc};
use orgtrail_storage::object_store::{NewPart, Upload, UploadChecksum};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, ChecksumType,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};
use uuid::Uuid;

/// S3's limit on part numbers.
const PART_NUMBER_MAX: i32 = 10_000;

/// Begins an upload.
pub(super) async fn create_multipart_upload(
    wire: &Wire,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    headers::refuse_unsupported(&request.headers)?;
    let input = request.input;
    check_key(&input.key)?;
    let checksum =
        agreed_checksum(input.checksum_algorithm.as_ref(), input.checksum_type.as_ref())?;
    let upload = Upload {
        upload_id: Uuid::from_u128(rand::random()),
        key: input.key,
        attributes: headers::attributes(&request.headers, input.metadata)?,
        checksum,
        initiated_at: wire.store.clock.now(),
    };
    let has_bucket =
        wire.store.metadata.create_upload(&input.bucket, &upload).await.map_err(Error::from)?;
    if !has_bucket {
        return Err(conditions::no_such_bucket());
    }
    Ok(S3Response::new(CreateMultipartUploadOutput {
        checksum_algorithm: input.checksum_algorithm,
        checksum_type: upload.checksum.as_ref().map(checksum_type),
        bucket: Some(input.bucket),
        key: Some(upload.key),
        upload_id: Some(print_upload_id(upload.upload_id)),
        ..CreateMultipartUploadOutput::default()
    }))
}

/// Stores a part.
pub(super) async fn upload_part(
    wire: &Wire,
    request: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    headers::refuse_unsupported(&request.headers)?;
    let input = request.input;
    check_part_number(input.part_number)?;
    let upload = require_upload(wire, &input.bucket, &input.key, &input.upload_id).await?;
    let expected = Expected::of_upload(&request.headers)?;
    let agreed = upload.checksum.and_then(|checksum| Algorithm::parse(&checksum.algorithm));
    let staged =
        receive(&wire.store, input.body, &expected, agreed, request.trailing_headers).await?;

    let mut output = UploadPartOutput {
        e_tag: Some(ETag::Strong(hex::encode(staged.digests.md5))),
        ..UploadPartOutput::default()
    };
    if let Some(algorithm) = agreed.or_else(|| expected.algorithms().first().copied()) {
        let value = staged.digests.value(algorithm).map(str::to_owned);
        set_checksum!(output, algorithm, value);
    }
    record_part(wire, upload.upload_id, input.part_number, staged, agreed).await?;
    Ok(S3Response::new(output))
}

pub(super) fn check_part_number(number: i32) -> S3Result<()> {
    if (1..=PART_NUMBER_MAX).contains(&number) {
        return Ok(());
    }
    Err(s3_error!(
        InvalidArgument,
        "Part number must be an integer between 1 and {PART_NUMBER_MAX}, inclusive"
    ))
}

/// Names the file of a part and records it. Gives back when.
pub(super) async fn record_part(
    wire: &Wire,
    upload_id: Uuid,
    part_number: i32,
    staged: StagedBlob,
    agreed: Option<Algorithm>,
) -> S3Result<DateTime<Utc>> {
    let digests = &staged.digests;
    let part = NewPart {
        part_number,
        sha256: digests.sha256,
        md5: digests.md5,
        size: digests.size,
        checksum_value: agreed.and_then(|agreed| digests.value(agreed)).map(str::to_owned),
    };
    let now = wire.store.clock.now();
    let is_known = wire
        .store
        .record(async move |store| {
            store.publish(staged).await?;
            Ok(store.metadata.put_part(upload_id, &part, now).await?)
        })
        .await?;
    if is_known { Ok(now) } else { Err(no_such_upload()) }
}

/// Gives an upload up.
pub(super) async fn abort_multipart_upload(
    wire: &Wire,
    request: S3Request<AbortMultipartUploadInput>,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    let input = request.input;
    check_key(&input.key)?;
    let upload_id = parse_upload_id(&input.upload_id)?;
    let aborted = wire.store.metadata.abort_upload(&input.bucket, &input.key, upload_id).await;
    if aborted.map_err(Error::from)? {
        return Ok(S3Response::new(AbortMultipartUploadOutput::default()));
    }
    buckets::require(wire, &input.bucket).await?;
    Err(no_such_upload())
}

/// Looks an upload up, or says what is missing.
pub(super) async fn require_upload(
    wire: &Wire,
    bucket: &str,
    key: &str,
    upload_id: &str,
) -> S3Result<Upload> {
    check_key(key)?;
    let upload_id = parse_upload_id(upload_id)?;
    let found = wire.store.metadata.lookup_upload(bucket, key, upload_id).await;
    if let Some(upload) = found.map_err(Error::from)? {
        return Ok(upload);
    }
    buckets::require(wire, bucket).await?;
    Err(no_such_upload())
}

pub(super) fn print_upload_id(upload_id: Uuid) -> String {
    upload_id.simple().to_string()
}

/// Whatever isn't one of our ids is the id of no upload.
pub(super) fn parse_upload_id(text: &str) -> S3Result<Uuid> {
    let parsed = Uuid::try_parse(text).ok();
    // Only the form that is printed: an id has one name.
    parsed.filter(|id| print_upload_id(*id) == text).ok_or_else(no_such_upload)
}

pub(super) fn no_such_upload() -> S3Error {
    s3_error!(
        NoSuchUpload,
        "The specified multipart upload does not exist. The upload ID might be invalid, or the \
         multipart upload might have been aborted or completed."
    )
}

pub(super) fn checksum_type(checksum: &UploadChecksum) -> ChecksumType {
    ChecksumType::from_static(if checksum.is_composite {
        ChecksumType::COMPOSITE
    } else {
        ChecksumType::FULL_OBJECT
    })
}

fn agreed_checksum(
    algorithm: Option<&ChecksumAlgorithm>,
    kind: Option<&ChecksumType>,
) -> S3Result<Option<UploadChecksum>> {
    let Some(name) = algorithm else {
        return match kind {
            None => Ok(None),
            Some(_) => Err(s3_error!(
                InvalidRequest,
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            )),
        };
    };
    let algorithm = Algorithm::parse(name.as_str())
        .ok_or_else(|| s3_error!(InvalidRequest, "Checksum algorithm provided is unsupported."))?;
    let is_composite = match kind.map(ChecksumType::as_str) {
        None => algorithm.may_be_composite(),
        Some(ChecksumType::COMPOSITE) if algorithm.may_be_composite() => true,
        Some(ChecksumType::FULL_OBJECT) if algorithm.may_be_full() => false,
        Some(kind) => {
            return Err(s3_error!(
                InvalidRequest,
                "The {kind} checksum type cannot be used with the {} checksum algorithm.",
                algorithm.name()
            ));
        }
    };
    Ok(Some(UploadChecksum { algorithm: algorithm.name().to_owned(), is_composite }))
}
