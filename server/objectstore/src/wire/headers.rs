//! What a writer says about an object besides its bytes, and what of that is not supported.

use crate::store::CONTENT_TYPE_DEFAULT;
use http::{HeaderMap, HeaderName};
use orgtrail_storage::object_store::{Attributes, STORAGE_CLASS_DEFAULT};
use s3s::dto::{Metadata, StorageClass, Timestamp, TimestampFormat};
use s3s::{S3Result, s3_error};
use std::collections::BTreeMap;

/// Kept and echoed without a meaning of their own.
const KEPT: [&str; 7] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "x-amz-website-redirect-location",
];

const STORAGE_CLASSES: [&str; 8] = [
    StorageClass::STANDARD,
    StorageClass::REDUCED_REDUNDANCY,
    StorageClass::STANDARD_IA,
    StorageClass::ONEZONE_IA,
    StorageClass::INTELLIGENT_TIERING,
    StorageClass::GLACIER,
    StorageClass::DEEP_ARCHIVE,
    StorageClass::GLACIER_IR,
];

/// What means "private to the owner", who is everybody with a key. There are no other grants.
const PRIVATE_ACLS: [&str; 3] = ["private", "bucket-owner-full-control", "bucket-owner-read"];

/// S3's limit on the names and values of user metadata together.
const USER_METADATA_BYTES_MAX: usize = 2048;

/// Reads what is to be kept.
pub(super) fn attributes(headers: &HeaderMap, user: Option<Metadata>) -> S3Result<Attributes> {
    let mut system = BTreeMap::new();
    for name in KEPT {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        let value = match name {
            "content-encoding" => value.and_then(without_chunking),
            _ => value.map(str::to_owned),
        };
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            system.insert(name.to_owned(), value);
        }
    }
    system.entry("content-type".to_owned()).or_insert_with(|| CONTENT_TYPE_DEFAULT.to_owned());
    let user: BTreeMap<String, String> = user.unwrap_or_default().into_iter().collect();
    let user_bytes: usize = user.iter().map(|(name, value)| name.len() + value.len()).sum();
    if user_bytes > USER_METADATA_BYTES_MAX {
        return Err(s3_error!(
            MetadataTooLarge,
            "Your metadata headers exceed the maximum allowed metadata size."
        ));
    }
    if user.values().any(|value| value.contains('\0')) {
        return Err(s3_error!(InvalidArgument, "Metadata must not contain NUL."));
    }
    let storage_class = storage_class(headers)?.unwrap_or_else(|| STORAGE_CLASS_DEFAULT.to_owned());
    Ok(Attributes { system, user, storage_class })
}

/// Reads the storage class that a writer asks for.
pub(super) fn storage_class(headers: &HeaderMap) -> S3Result<Option<String>> {
    let Some(class) = headers.get("x-amz-storage-class") else { return Ok(None) };
    match STORAGE_CLASSES.into_iter().find(|known| known.as_bytes() == class.as_bytes()) {
        Some(class) => Ok(Some(class.to_owned())),
        None => {
            Err(s3_error!(InvalidStorageClass, "The storage class you specified is not valid."))
        }
    }
}

/// Refuses what would otherwise be dropped silently, so that nobody relies on it.
pub(super) fn refuse_unsupported(headers: &HeaderMap) -> S3Result<()> {
    for name in headers.keys().map(HeaderName::as_str) {
        if name.starts_with("x-amz-object-lock-") {
            return Err(s3_error!(InvalidRequest, "Bucket is missing Object Lock Configuration"));
        }
        if name.starts_with("x-amz-grant-") {
            return Err(no_acls());
        }
        let is_unknown = name.starts_with("x-amz-server-side-encryption")
            || ["x-amz-tagging", "x-amz-write-offset-bytes"].contains(&name);
        if is_unknown {
            return Err(s3_error!(NotImplemented, "The header {name} is not implemented."));
        }
    }
    let acl = headers.get("x-amz-acl");
    if acl
        .is_some_and(|acl| !PRIVATE_ACLS.iter().any(|private| private.as_bytes() == acl.as_bytes()))
    {
        return Err(no_acls());
    }
    Ok(())
}

/// Only the version `null` exists in an unversioned bucket.
pub(super) fn check_version_id(version_id: Option<&str>) -> S3Result<()> {
    match version_id {
        None | Some("null" | "") => Ok(()),
        Some(_) => Err(s3_error!(InvalidArgument, "Invalid version id specified")),
    }
}

/// Turns a kept `expires` into what s3s wants. One that is no date can't be shown.
pub(super) fn expires(system: &BTreeMap<String, String>) -> Option<Timestamp> {
    Timestamp::parse(TimestampFormat::HttpDate, system.get("expires")?).ok()
}

/// `aws-chunked` describes the request, not the object.
fn without_chunking(value: &str) -> Option<String> {
    let kept: Vec<&str> =
        value.split(',').map(str::trim).filter(|coding| *coding != "aws-chunked").collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

fn no_acls() -> s3s::S3Error {
    s3_error!(AccessControlListNotSupported, "The bucket does not allow ACLs")
}
