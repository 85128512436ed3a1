//! UploadPartCopy: a part out of an object that is here already.

use super::body::{BODY_BYTES_MAX, too_large};
use super::checksum_fields::set_checksum;
use super::conditions::{ReadConditions, no_such_key};
use super::copy_object::{check_source, source};
use super::multipart_upload::{check_part_number, record_part, require_upload};
use super::{Wire, headers, timestamp};
use crate::blobs::reader::WHOLE_BYTES_MAX;
use crate::blobs::writer::{BlobWriter, StagedBlob};
use crate::checksum::Algorithm;
use crate::error::{Error, Result};
use futures::TryStreamExt;
use orgtrail_storage::object_store::Content;
use s3s::dto::{CopyPartResult, ETag, UploadPartCopyInput, UploadPartCopyOutput};
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};
use std::ops::Range;

/// Stores a part that is an object, or a range of one.
///
/// Its bytes are read and written once more: a part needs its own MD5 and checksum, which nobody knows of a range.
/// What is compared with the source's SHA-256 on the way is what is compared when it is read: a small object and a
/// whole one, but not a range of a large one.
pub(super) async fn upload_part_copy(
    wire: &Wire,
    request: S3Request<UploadPartCopyInput>,
) -> S3Result<S3Response<UploadPartCopyOutput>> {
    headers::refuse_unsupported(&request.headers)?;
    let input = request.input;
    check_part_number(input.part_number)?;
    let upload = require_upload(wire, &input.bucket, &input.key, &input.upload_id).await?;
    let agreed = upload.checksum.and_then(|checksum| Algorithm::parse(&checksum.algorithm));
    let staged = stage(wire, &input, agreed).await?;

    let mut result = CopyPartResult {
        e_tag: Some(ETag::Strong(hex::encode(staged.digests.md5))),
        ..CopyPartResult::default()
    };
    if let Some(algorithm) = agreed {
        let value = staged.digests.value(algorithm).map(str::to_owned);
        set_checksum!(result, algorithm, value);
    }
    let recorded_at =
        record_part(wire, upload.upload_id, input.part_number, staged, agreed).await?;
    result.last_modified = Some(timestamp(recorded_at));
    Ok(S3Response::new(UploadPartCopyOutput {
        copy_part_result: Some(result),
        ..UploadPartCopyOutput::default()
    }))
}

/// Writes what is asked for into a file without a name.
async fn stage(
    wire: &Wire,
    input: &UploadPartCopyInput,
    agreed: Option<Algorithm>,
) -> S3Result<StagedBlob> {
    let (bucket, key) = source(&input.copy_source)?;
    let conditions = ReadConditions {
        if_match: input.copy_source_if_match.as_ref(),
        if_none_match: input.copy_source_if_none_match.as_ref(),
        if_modified_since: input.copy_source_if_modified_since.as_ref(),
        if_unmodified_since: input.copy_source_if_unmodified_since.as_ref(),
    };
    loop {
        let version = wire.store.lookup(bucket, key).await?.ok_or_else(no_such_key)?;
        check_source(&conditions, &version)?;
        let range = range(input.copy_source_range.as_deref(), version.content.size)?;
        if range.end - range.start > BODY_BYTES_MAX {
            return Err(too_large());
        }
        match copy(wire, &version.content, range, agreed).await {
            Err(error) => wire.store.ensure_replaced(bucket, &version, error).await?,
            Ok(staged) => return Ok(staged),
        }
    }
}

async fn copy(
    wire: &Wire,
    content: &Content,
    range: Range<u64>,
    agreed: Option<Algorithm>,
) -> Result<StagedBlob> {
    let mut writer = BlobWriter::new(wire.store.blobs.clone(), agreed);
    if content.size <= WHOLE_BYTES_MAX {
        let whole = wire.store.blobs.read(content.sha256, content.size).await?;
        let position = |offset: u64| usize::try_from(offset).unwrap_or(whole.len());
        writer.write(whole.slice(position(range.start)..position(range.end))).await?;
        return writer.finish().await;
    }
    let mut pieces = Box::pin(wire.store.open_range(content, range).await?.into_stream());
    let path = hex::encode(content.sha256);
    while let Some(piece) = pieces.try_next().await.map_err(Error::file(path.as_str()))? {
        writer.write(piece).await?;
    }
    writer.finish().await
}

/// The bytes that `x-amz-copy-source-range` names; all of them without it. Unlike `Range` it must have both ends,
/// and both must lie in the source.
fn range(text: Option<&str>, size: u64) -> S3Result<Range<u64>> {
    let Some(text) = text else { return Ok(0..size) };
    let ends = text.strip_prefix("bytes=").and_then(|ends| ends.split_once('-'));
    let number = |text: &str| {
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_plain { text.parse::<u64>().ok() } else { None }
    };
    let (first, last) = ends
        .and_then(|(first, last)| Some((number(first)?, number(last)?)))
        .ok_or_else(malformed)?;
    if first > last {
        return Err(malformed());
    }
    if last >= size {
        return Err(s3_error!(
            InvalidArgument,
            "Range specified is not valid for source object of size: {size}"
        ));
    }
    Ok(first..last + 1)
}

fn malformed() -> S3Error {
    s3_error!(
        InvalidArgument,
        "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are \
         the zero-based offsets of the first and last bytes to copy"
    )
}
