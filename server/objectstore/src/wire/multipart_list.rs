//! ListParts and ListMultipartUploads.

use super::list_objects::{KeyEncoding, page_size};
use super::multipart_upload::{checksum_type, parse_upload_id, print_upload_id, require_upload};
use super::{Wire, buckets, timestamp};
use crate::checksum::Algorithm;
use crate::error::Error;
use crate::wire::checksum_fields::set_checksum;
use orgtrail_storage::object_store::bounds::{common_prefix, lower_bound};
use orgtrail_storage::object_store::{Part as PartRow, UploadSummary};
use s3s::dto::{
    ChecksumAlgorithm, CommonPrefix, ETag, ListMultipartUploadsInput, ListMultipartUploadsOutput,
    ListPartsInput, ListPartsOutput, MultipartUpload, Part, StorageClass,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};
use uuid::Uuid;

/// How many rows are asked for at a time while common prefixes are skipped.
const BATCH: u32 = 1000;

/// Lists the parts of an upload.
pub(super) async fn list_parts(
    wire: &Wire,
    request: S3Request<ListPartsInput>,
) -> S3Result<S3Response<ListPartsOutput>> {
    let input = request.input;
    let upload = require_upload(wire, &input.bucket, &input.key, &input.upload_id).await?;
    let limit = page_size(input.max_parts)?;
    let after = input.part_number_marker.unwrap_or_default();
    // One more than asked for tells whether there are more.
    let rows_max = u32::try_from(limit).unwrap_or_default() + 1;
    let rows = wire.store.metadata.list_parts(upload.upload_id, after, rows_max).await;
    let mut rows = rows.map_err(Error::from)?;
    let page_length = usize::try_from(limit).unwrap_or_default();
    let has_more = rows.len() > page_length && limit > 0;
    rows.truncate(page_length);
    let algorithm =
        upload.checksum.as_ref().and_then(|checksum| Algorithm::parse(&checksum.algorithm));
    let last = rows.last().map(|row| row.part.part_number);
    let parts = rows.into_iter().map(|row| part(row, algorithm)).collect();
    Ok(S3Response::new(ListPartsOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        checksum_algorithm: algorithm.map(|found| ChecksumAlgorithm::from_static(found.name())),
        checksum_type: upload.checksum.as_ref().map(checksum_type),
        is_truncated: Some(has_more),
        max_parts: Some(limit),
        part_number_marker: Some(after),
        next_part_number_marker: last.filter(|_| has_more),
        parts: Some(parts),
        storage_class: Some(StorageClass::from(upload.attributes.storage_class)),
        ..ListPartsOutput::default()
    }))
}

/// Lists the unfinished uploads of a bucket.
pub(super) async fn list_multipart_uploads(
    wire: &Wire,
    request: S3Request<ListMultipartUploadsInput>,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    let input = request.input;
    buckets::require(wire, &input.bucket).await?;
    let encoding = KeyEncoding::parse(input.encoding_type.as_ref())?;
    let limit = page_size(input.max_uploads)?;
    let page = page(wire, &input, usize::try_from(limit).unwrap_or_default()).await?;
    let uploads = page.uploads.into_iter().map(|upload| MultipartUpload {
        key: Some(encoding.apply(&upload.key)),
        upload_id: Some(print_upload_id(upload.upload_id)),
        initiated: Some(timestamp(upload.initiated_at)),
        storage_class: Some(StorageClass::from(upload.storage_class)),
        ..MultipartUpload::default()
    });
    let prefixes =
        page.prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(encoding.apply(prefix)) });
    let (next_key, next_id) = page.next.unzip();
    Ok(S3Response::new(ListMultipartUploadsOutput {
        common_prefixes: Some(prefixes.collect()),
        uploads: Some(uploads.collect()),
        is_truncated: Some(next_key.is_some()),
        next_key_marker: next_key.map(|key| encoding.apply(&key)),
        next_upload_id_marker: next_id,
        max_uploads: Some(limit),
        key_marker: encoding.apply_to(input.key_marker.as_ref()),
        upload_id_marker: input.upload_id_marker,
        prefix: encoding.apply_to(input.prefix.as_ref()),
        delimiter: encoding.apply_to(input.delimiter.as_ref()),
        encoding_type: input.encoding_type,
        bucket: Some(input.bucket),
        ..ListMultipartUploadsOutput::default()
    }))
}

/// One page of uploads.
#[derive(Default)]
struct Page {
    uploads: Vec<UploadSummary>,
    prefixes: Vec<String>,
    /// The markers of the next page.
    next: Option<(String, String)>,
}

impl Page {
    fn length(&self) -> usize {
        self.uploads.len() + self.prefixes.len()
    }
}

/// Gathers a page. There are few unfinished uploads, so common prefixes are made here.
async fn page(wire: &Wire, input: &ListMultipartUploadsInput, limit: usize) -> S3Result<Page> {
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let marker = input.key_marker.as_deref().unwrap_or_default();
    let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
    if [prefix, marker, delimiter.unwrap_or_default()].iter().any(|text| text.contains('\0')) {
        return Err(s3_error!(InvalidArgument, "Keys must not contain NUL."));
    }
    let mut page = Page::default();
    let mut last = (marker.to_owned(), String::new());
    let (mut from, mut after) = match input.upload_id_marker.as_deref() {
        // An id continues within its key, a key alone continues behind all uploads of that key.
        Some(id) if !id.is_empty() && !marker.is_empty() => {
            (marker.to_owned(), parse_upload_id(id)?)
        }
        _ => (lower_bound(prefix, delimiter, marker), Uuid::nil()),
    };
    if limit == 0 {
        return Ok(page);
    }
    loop {
        let rows =
            wire.store.metadata.list_uploads(&input.bucket, prefix, &from, after, BATCH).await;
        let rows = rows.map_err(Error::from)?;
        let is_last_batch = rows.len() < BATCH as usize;
        for row in rows {
            (from, after) = (row.key.clone(), row.upload_id);
            let common = delimiter.and_then(|delimiter| common_prefix(&row.key, prefix, delimiter));
            if common
                .is_some_and(|common| page.prefixes.last().is_some_and(|shown| shown == common))
            {
                continue;
            }
            if page.length() == limit {
                page.next = Some(last);
                return Ok(page);
            }
            if let Some(common) = common {
                last = (common.to_owned(), String::new());
                page.prefixes.push(common.to_owned());
            } else {
                last = (row.key.clone(), print_upload_id(row.upload_id));
                page.uploads.push(row);
            }
        }
        if is_last_batch {
            return Ok(page);
        }
    }
}

fn part(row: PartRow, algorithm: Option<Algorithm>) -> Part {
    let mut part = Part {
        e_tag: Some(ETag::Strong(hex::encode(row.part.md5))),
        last_modified: Some(timestamp(row.last_modified)),
        part_number: Some(row.part.part_number),
        size: i64::try_from(row.part.size).ok(),
        ..Part::default()
    };
    if let Some(algorithm) = algorithm {
        set_checksum!(part, algorithm, row.part.checksum_value);
    }
    part
}
