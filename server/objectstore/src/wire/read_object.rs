//! GetObject and HeadObject.

use super::checksum_fields::show_checksums;
use super::conditions::{ReadConditions, no_such_key};
use super::headers::{check_version_id, expires};
use super::{Wire, timestamp};
use crate::blobs::reader::WHOLE_BYTES_MAX;
use crate::store::check_key;
use orgtrail_storage::object_store::{ObjectVersion, STORAGE_CLASS_DEFAULT};
use s3s::dto::{
    ChecksumMode, ETag, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput,
    PartNumber, Range as RequestedRange, StorageClass, StreamingBlob,
};
use s3s::{Body, S3Request, S3Response, S3Result, s3_error};
use std::ops::Range;

/// Fills the fields that both answers have.
macro_rules! describe {
    ($output:expr, $version:expr, $slice:expr, $mode:expr) => {{
        let version: &ObjectVersion = $version;
        let slice: &Slice = $slice;
        let system = &version.attributes.system;
        $output.accept_ranges = Some("bytes".to_owned());
        $output.content_length = i64::try_from(slice.range.end - slice.range.start).ok();
        $output.content_range = slice.content_range(version.content.size);
        $output.e_tag = Some(ETag::Strong(version.content.etag.clone()));
        $output.last_modified = Some(timestamp(version.last_modified));
        $output.cache_control = system.get("cache-control").cloned();
        $output.content_disposition = system.get("content-disposition").cloned();
        $output.content_encoding = system.get("content-encoding").cloned();
        $output.content_language = system.get("content-language").cloned();
        $output.content_type = system.get("content-type").cloned();
        $output.expires = expires(system);
        $output.website_redirect_location = system.get("x-amz-website-redirect-location").cloned();
        $output.metadata = Some(version.attributes.user.clone().into_iter().collect());
        // S3 does not name the default.
        let class = Some(&version.attributes.storage_class);
        let class = class.filter(|class| *class != STORAGE_CLASS_DEFAULT);
        $output.storage_class = class.cloned().map(StorageClass::from);
        let is_asked = $mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
        // A checksum of all bytes says nothing about some of them.
        if is_asked && !slice.is_partial {
            show_checksums!($output, &version.content);
        }
    }};
}

/// Which bytes are asked for.
struct Slice {
    range: Range<u64>,
    is_partial: bool,
}

/// Sends an object or a range of it.
pub(super) async fn get_object(
    wire: &Wire,
    request: S3Request<GetObjectInput>,
) -> S3Result<S3Response<GetObjectOutput>> {
    let input = request.input;
    check_version_id(input.version_id.as_deref())?;
    let conditions = ReadConditions {
        if_match: input.if_match.as_ref(),
        if_none_match: input.if_none_match.as_ref(),
        if_modified_since: input.if_modified_since.as_ref(),
        if_unmodified_since: input.if_unmodified_since.as_ref(),
    };
    loop {
        let version = lookup(wire, &input.bucket, &input.key).await?;
        conditions.check(&version)?;
        let slice = Slice::of(&version, input.range.as_ref(), input.part_number)?;
        match open(wire, &version, &slice).await {
            Err(error) => wire.store.ensure_replaced(&input.bucket, &version, error).await?,
            Ok(body) => {
                let mut output = GetObjectOutput { body: Some(body), ..GetObjectOutput::default() };
                describe!(output, &version, &slice, input.checksum_mode);
                return Ok(S3Response::new(output));
            }
        }
    }
}

/// Describes an object.
pub(super) async fn head_object(
    wire: &Wire,
    request: S3Request<HeadObjectInput>,
) -> S3Result<S3Response<HeadObjectOutput>> {
    let input = request.input;
    check_version_id(input.version_id.as_deref())?;
    let version = lookup(wire, &input.bucket, &input.key).await?;
    let conditions = ReadConditions {
        if_match: input.if_match.as_ref(),
        if_none_match: input.if_none_match.as_ref(),
        if_modified_since: input.if_modified_since.as_ref(),
        if_unmodified_since: input.if_unmodified_since.as_ref(),
    };
    conditions.check(&version)?;
    let slice = Slice::of(&version, input.range.as_ref(), input.part_number)?;
    let mut output = HeadObjectOutput::default();
    describe!(output, &version, &slice, input.checksum_mode);
    Ok(S3Response::new(output))
}

async fn lookup(wire: &Wire, bucket: &str, key: &str) -> S3Result<ObjectVersion> {
    check_key(key)?;
    wire.store.lookup(bucket, key).await?.ok_or_else(no_such_key)
}

/// Opens the bytes. A small whole object is checked before the first byte is sent, a large one before
/// the last.
async fn open(
    wire: &Wire,
    version: &ObjectVersion,
    slice: &Slice,
) -> crate::error::Result<StreamingBlob> {
    let content = &version.content;
    if content.size <= WHOLE_BYTES_MAX {
        let whole = wire.store.blobs.read(content.sha256, content.size).await?;
        let position = |offset: u64| usize::try_from(offset).unwrap_or(whole.len());
        let body = whole.slice(position(slice.range.start)..position(slice.range.end));
        return Ok(StreamingBlob::from(Body::from(body)));
    }
    let reader = wire.store.open_range(content, slice.range.clone()).await?;
    Ok(StreamingBlob::wrap(reader.into_stream()))
}

impl Slice {
    fn of(
        version: &ObjectVersion,
        range: Option<&RequestedRange>,
        part_number: Option<PartNumber>,
    ) -> S3Result<Self> {
        let size = version.content.size;
        match (range, part_number) {
            (Some(_), Some(_)) => Err(s3_error!(
                InvalidRequest,
                "Cannot specify both Range header and partNumber query parameter"
            )),
            (Some(range), None) => {
                let range = range.check(size).map_err(|_| {
                    s3_error!(InvalidRange, "The requested range is not satisfiable")
                })?;
                Ok(Self { range, is_partial: true })
            }
            // An object that was put as a whole is its only part.
            (None, Some(1)) if !version.content.etag.contains('-') => {
                Ok(Self { range: 0..size, is_partial: false })
            }
            // The parts of a completed upload are put together, and where they met is forgotten.
            (None, Some(_)) => {
                Err(s3_error!(NotImplemented, "Reading parts of an object is not implemented."))
            }
            (None, None) => Ok(Self { range: 0..size, is_partial: false }),
        }
    }

    fn content_range(&self, size: u64) -> Option<String> {
        let Range { start, end } = self.range;
        self.is_partial.then(|| format!("bytes {start}-{}/{size}", end.saturating_sub(1)))
    }
}
