//! CompleteMultipartUpload.
//!
//! The parts are put together into one file. That costs a copy of the bytes, and in return an object is
//! always one content: one hash to check, one file to read a range of, one checksum over all bytes.

use super::checksum_fields::{checksum_of, set_checksum};
use super::conditions::{check_outcome, write_condition};
use super::multipart_upload::{no_such_upload, require_upload};
use super::{Wire, headers};
use crate::blobs::writer::{BlobWriter, StagedBlob};
use crate::checksum::Algorithm;
use crate::error::Error;
use crate::store::Inner;
use futures::TryStreamExt;
use md5::{Digest, Md5};
use orgtrail_storage::object_store::{
    Completion, Content, ObjectVersion, Part, StoredChecksum, Upload,
};
use s3s::dto::{
    ChecksumType, CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart, ETag,
};
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};
use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;

/// The least size of every part but the last.
const PART_BYTES_MIN: u64 = 5 << 20;

/// S3's limit on an object.
const OBJECT_BYTES_MAX: u64 = 5 << 40;

/// S3's limit on the number of parts.
const PARTS_MAX: u32 = 10_000;

/// Makes an object of the parts of an upload, and ends the upload.
pub(super) async fn complete_multipart_upload(
    wire: &Wire,
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    headers::refuse_unsupported(&request.headers)?;
    let input = request.input;
    let condition = write_condition(input.if_match.as_ref(), input.if_none_match.as_ref())?;
    let upload = require_upload(wire, &input.bucket, &input.key, &input.upload_id).await?;
    let wanted = input.multipart_upload.as_ref().and_then(|list| list.parts.as_deref());
    let parts = chosen_parts(wire, &upload, wanted.unwrap_or_default()).await?;
    let size: u64 = parts.iter().map(|part| part.part.size).sum();
    if input.mpu_object_size.is_some_and(|expected| u64::try_from(expected) != Ok(size)) {
        return Err(s3_error!(
            InvalidRequest,
            "The provided 'x-amz-mp-object-size' header does not match."
        ));
    }

    let agreed =
        upload.checksum.as_ref().and_then(|checksum| Algorithm::parse(&checksum.algorithm));
    let staged = join(&wire.store, &parts, agreed).await?;
    let checksum = object_checksum(&upload, &parts, staged.as_ref());
    check_announced(&input, checksum.as_ref())?;
    let sha256 = staged.as_ref().map_or(parts[0].part.sha256, |staged| staged.digests.sha256);
    let etag = etag(&parts);
    let version = ObjectVersion {
        key: upload.key,
        content: Content { sha256, size, etag: etag.clone(), checksum: checksum.clone() },
        attributes: upload.attributes,
        last_modified: wire.store.clock.now(),
    };
    let bucket = input.bucket.clone();
    let completion = wire
        .store
        .record(async move |store| {
            if let Some(staged) = staged {
                store.publish(staged).await?;
            }
            let metadata = &store.metadata;
            let upload_id = upload.upload_id;
            Ok(metadata.complete_upload(&bucket, upload_id, &parts, &version, &condition).await?)
        })
        .await?;
    match completion {
        Completion::Put(outcome) => check_outcome(outcome)?,
        Completion::NoSuchUpload => return Err(no_such_upload()),
        Completion::PartsChanged => return Err(invalid_part()),
    }
    Ok(S3Response::new(answer(input, etag, checksum)))
}

fn answer(
    input: CompleteMultipartUploadInput,
    etag: String,
    checksum: Option<StoredChecksum>,
) -> CompleteMultipartUploadOutput {
    let mut output = CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", input.bucket, crate::percent::encode(&input.key))),
        bucket: Some(input.bucket),
        key: Some(input.key),
        e_tag: Some(ETag::Strong(etag)),
        ..CompleteMultipartUploadOutput::default()
    };
    if let Some(checksum) = checksum
        && let Some(algorithm) = Algorithm::parse(&checksum.algorithm)
    {
        let kind =
            if checksum.is_composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT };
        set_checksum!(output, algorithm, Some(checksum.value));
        output.checksum_type = Some(ChecksumType::from_static(kind));
    }
    output
}

/// Checks the list of parts that the client wants against those that it sent.
async fn chosen_parts(
    wire: &Wire,
    upload: &Upload,
    wanted: &[CompletedPart],
) -> S3Result<Vec<Part>> {
    if wanted.is_empty() {
        return Err(s3_error!(MalformedXML, "You must specify at least one part"));
    }
    let numbers: Vec<i32> = wanted.iter().filter_map(|part| part.part_number).collect();
    if numbers.len() != wanted.len() {
        return Err(s3_error!(MalformedXML, "Every part needs a number"));
    }
    if !numbers.is_sorted_by(|left, right| left < right) {
        return Err(s3_error!(
            InvalidPartOrder,
            "The list of parts was not in ascending order. Parts must be ordered by part number."
        ));
    }
    let known = wire.store.metadata.list_parts(upload.upload_id, 0, PARTS_MAX).await;
    let mut known: HashMap<i32, Part> =
        known.map_err(Error::from)?.into_iter().map(|part| (part.part.part_number, part)).collect();
    let algorithm =
        upload.checksum.as_ref().and_then(|checksum| Algorithm::parse(&checksum.algorithm));
    let mut chosen = Vec::with_capacity(wanted.len());
    for (wanted, number) in wanted.iter().zip(numbers) {
        let part = known.remove(&number).ok_or_else(invalid_part)?;
        let is_etag_right = wanted
            .e_tag
            .as_ref()
            .is_none_or(|etag| etag.value().eq_ignore_ascii_case(&hex::encode(part.part.md5)));
        let named = algorithm.and_then(|algorithm| checksum_of!(wanted, algorithm));
        let is_checksum_right =
            named.is_none_or(|named| part.part.checksum_value.as_deref() == Some(named));
        if !is_etag_right || !is_checksum_right {
            return Err(invalid_part());
        }
        chosen.push(part);
    }
    check_sizes(&chosen)?;
    Ok(chosen)
}

fn check_sizes(parts: &[Part]) -> S3Result<()> {
    let but_last = &parts[..parts.len() - 1];
    if but_last.iter().any(|part| part.part.size < PART_BYTES_MIN) {
        return Err(s3_error!(
            EntityTooSmall,
            "Your proposed upload is smaller than the minimum allowed size"
        ));
    }
    if parts.iter().map(|part| part.part.size).sum::<u64>() > OBJECT_BYTES_MAX {
        return Err(s3_error!(
            EntityTooLarge,
            "Your proposed upload exceeds the maximum allowed object size"
        ));
    }
    Ok(())
}

/// Writes the parts into one file, without a name yet. A single part has its file already.
///
/// Nothing keeps the parts' files meanwhile: if the upload is aborted or a part replaced, one may be
/// gone. Then the upload is not what the client thinks, whatever the reason.
async fn join(
    store: &Arc<Inner>,
    parts: &[Part],
    agreed: Option<Algorithm>,
) -> S3Result<Option<StagedBlob>> {
    if parts.len() == 1 {
        return Ok(None);
    }
    let mut writer = BlobWriter::new(Arc::clone(&store.blobs), agreed);
    for part in parts {
        let size = part.part.size;
        let reader = match store.blobs.open_range(part.part.sha256, size, 0..size).await {
            Err(Error::Damaged { .. }) => return Err(invalid_part()),
            reader => reader?,
        };
        let mut pieces = pin!(reader.into_stream());
        while let Some(piece) =
            pieces.try_next().await.map_err(|error| s3_error!(error, InternalError))?
        {
            writer.write(piece).await?;
        }
    }
    Ok(Some(writer.finish().await?))
}

fn object_checksum(
    upload: &Upload,
    parts: &[Part],
    staged: Option<&StagedBlob>,
) -> Option<StoredChecksum> {
    let agreed = upload.checksum.as_ref()?;
    let algorithm = Algorithm::parse(&agreed.algorithm)?;
    let value = if agreed.is_composite {
        let values: Option<Vec<String>> =
            parts.iter().map(|part| part.part.checksum_value.clone()).collect();
        algorithm.composite(&values?)
    } else if let Some(staged) = staged {
        staged.digests.value(algorithm)?.to_owned()
    } else {
        parts.first()?.part.checksum_value.clone()?
    };
    Some(StoredChecksum {
        algorithm: algorithm.name().to_owned(),
        value,
        is_composite: agreed.is_composite,
    })
}

/// Compares the checksum that the client computed of the whole object, if it sent one.
fn check_announced(
    input: &CompleteMultipartUploadInput,
    checksum: Option<&StoredChecksum>,
) -> S3Result<()> {
    for algorithm in Algorithm::ALL {
        let Some(announced) = checksum_of!(input, algorithm) else { continue };
        let actual = checksum.filter(|checksum| checksum.algorithm == algorithm.name());
        let Some(actual) = actual else {
            return Err(s3_error!(
                InvalidRequest,
                "The upload was not created with the {} checksum algorithm.",
                algorithm.name()
            ));
        };
        // Of a composite checksum some clients leave the number of parts away.
        let bare = actual.value.split('-').next();
        if actual.value != announced && bare != Some(announced) {
            return Err(s3_error!(
                BadDigest,
                "The {} you specified did not match the calculated checksum.",
                algorithm.name()
            ));
        }
    }
    Ok(())
}

/// MD5 of the parts' MD5s, and their number.
fn etag(parts: &[Part]) -> String {
    let mut hasher = Md5::new();
    for part in parts {
        hasher.update(part.part.md5);
    }
    format!("{}-{}", hex::encode(hasher.finalize()), parts.len())
}

fn invalid_part() -> S3Error {
    s3_error!(
        InvalidPart,
        "One or more of the specified parts could not be found. The part may not have been \
         uploaded, or the specified entity tag may not match the part's entity tag."
    )
}
