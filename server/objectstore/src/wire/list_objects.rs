//! ListObjects and ListObjectsV2.

use super::conditions::no_such_bucket;
use super::{Wire, timestamp};
use crate::error::Error;
use crate::percent;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use orgtrail_storage::object_store::bounds::lower_bound;
use orgtrail_storage::object_store::{ListEntry, ListPage, ListQuery};
use s3s::dto::{
    CommonPrefix, ETag, EncodingType, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input,
    ListObjectsV2Output, Object, ObjectStorageClass,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

/// The most entries of a page, and the number of those who don't ask.
const KEYS_MAX: i32 = 1000;

/// Stands before the name in a continuation token, so that another kind of token is recognized.
const TOKEN_VERSION: u8 = 1;

/// How keys go over the wire: as they are or percent-encoded.
#[derive(Clone, Copy)]
pub(super) struct KeyEncoding {
    is_url: bool,
}

impl KeyEncoding {
    pub(super) fn parse(requested: Option<&EncodingType>) -> S3Result<Self> {
        match requested.map(EncodingType::as_str) {
            None | Some("") => Ok(Self { is_url: false }),
            Some(EncodingType::URL) => Ok(Self { is_url: true }),
            Some(_) => {
                Err(s3_error!(InvalidArgument, "Invalid Encoding Method specified in Request"))
            }
        }
    }

    pub(super) fn apply(self, text: &str) -> String {
        if self.is_url { percent::encode(text) } else { text.to_owned() }
    }

    pub(super) fn apply_to(self, text: Option<&String>) -> Option<String> {
        text.map(|text| self.apply(text))
    }
}

/// Lists objects in the first version of the protocol, which goes on behind a marker.
pub(super) async fn list_objects(
    wire: &Wire,
    request: S3Request<ListObjectsInput>,
) -> S3Result<S3Response<ListObjectsOutput>> {
    let input = request.input;
    let encoding = KeyEncoding::parse(input.encoding_type.as_ref())?;
    let limit = page_size(input.max_keys)?;
    let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
    let page = page(
        wire,
        &input.bucket,
        input.prefix.as_deref(),
        delimiter,
        input.marker.as_deref(),
        limit,
    )
    .await?;
    let last = page.entries.last().map(|entry| encoding.apply(entry.name()));
    let (contents, common_prefixes) = split(&page, encoding);
    Ok(S3Response::new(ListObjectsOutput {
        prefix: Some(encoding.apply(input.prefix.as_deref().unwrap_or_default())),
        marker: Some(encoding.apply(input.marker.as_deref().unwrap_or_default())),
        max_keys: Some(limit),
        is_truncated: Some(page.has_more),
        // S3 gives it only with a delimiter, without one the last key is it; clients take both.
        next_marker: last.filter(|_| page.has_more),
        contents: Some(contents),
        common_prefixes: Some(common_prefixes),
        delimiter: encoding.apply_to(input.delimiter.as_ref()),
        encoding_type: input.encoding_type,
        name: Some(input.bucket),
        ..ListObjectsOutput::default()
    }))
}

/// Lists objects in the second version of the protocol, which goes on with a token.
pub(super) async fn list_objects_v2(
    wire: &Wire,
    request: S3Request<ListObjectsV2Input>,
) -> S3Result<S3Response<ListObjectsV2Output>> {
    let input = request.input;
    let encoding = KeyEncoding::parse(input.encoding_type.as_ref())?;
    let limit = page_size(input.max_keys)?;
    let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
    // A token is from a later page than the start, and wins.
    let marker = match input.continuation_token.as_deref() {
        Some(token) => Some(parse_token(token)?),
        None => input.start_after.clone(),
    };
    let page =
        page(wire, &input.bucket, input.prefix.as_deref(), delimiter, marker.as_deref(), limit)
            .await?;
    let next = page.entries.last().filter(|_| page.has_more).map(|entry| print_token(entry.name()));
    let (contents, common_prefixes) = split(&page, encoding);
    Ok(S3Response::new(ListObjectsV2Output {
        prefix: Some(encoding.apply(input.prefix.as_deref().unwrap_or_default())),
        max_keys: Some(limit),
        key_count: i32::try_from(page.entries.len()).ok(),
        continuation_token: input.continuation_token,
        is_truncated: Some(page.has_more),
        next_continuation_token: next,
        contents: Some(contents),
        common_prefixes: Some(common_prefixes),
        delimiter: encoding.apply_to(input.delimiter.as_ref()),
        encoding_type: input.encoding_type,
        start_after: encoding.apply_to(input.start_after.as_ref()),
        name: Some(input.bucket),
        ..ListObjectsV2Output::default()
    }))
}

/// Clamps what a client asks for; a page of nothing is allowed and has no successor.
pub(super) fn page_size(requested: Option<i32>) -> S3Result<i32> {
    match requested.unwrap_or(KEYS_MAX) {
        negative if negative < 0 => Err(s3_error!(
            InvalidArgument,
            "Argument maxKeys must be an integer between 0 and 2147483647"
        )),
        limit => Ok(limit.min(KEYS_MAX)),
    }
}

async fn page(
    wire: &Wire,
    bucket: &str,
    prefix: Option<&str>,
    delimiter: Option<&str>,
    marker: Option<&str>,
    limit: i32,
) -> S3Result<ListPage> {
    let prefix = prefix.unwrap_or_default();
    let marker = marker.unwrap_or_default();
    if [prefix, marker, delimiter.unwrap_or_default()].iter().any(|text| text.contains('\0')) {
        return Err(s3_error!(InvalidArgument, "Keys must not contain NUL."));
    }
    let from = lower_bound(prefix, delimiter, marker);
    let limit = u32::try_from(limit).unwrap_or_default();
    let query = ListQuery { bucket, prefix, delimiter, from: &from, limit };
    let mut page =
        wire.store.metadata.list(&query).await.map_err(Error::from)?.ok_or_else(no_such_bucket)?;
    page.has_more &= limit > 0;
    Ok(page)
}

fn split(page: &ListPage, encoding: KeyEncoding) -> (Vec<Object>, Vec<CommonPrefix>) {
    let (mut objects, mut prefixes) = (Vec::new(), Vec::new());
    for entry in &page.entries {
        match entry {
            ListEntry::Prefix(prefix) => {
                prefixes.push(CommonPrefix { prefix: Some(encoding.apply(prefix)) });
            }
            ListEntry::Object(object) => objects.push(Object {
                key: Some(encoding.apply(&object.key)),
                e_tag: Some(ETag::Strong(object.etag.clone())),
                last_modified: Some(timestamp(object.last_modified)),
                size: i64::try_from(object.size).ok(),
                storage_class: Some(ObjectStorageClass::from(object.storage_class.clone())),
                ..Object::default()
            }),
        }
    }
    (objects, prefixes)
}

fn print_token(name: &str) -> String {
    let mut token = vec![TOKEN_VERSION];
    token.extend_from_slice(name.as_bytes());
    BASE64_URL_SAFE_NO_PAD.encode(token)
}

fn parse_token(token: &str) -> S3Result<String> {
    let name = BASE64_URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| {
        let (version, name) = bytes.split_first()?;
        (*version == TOKEN_VERSION).then(|| String::from_utf8(name.to_vec()).ok())?
    });
    name.ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}
