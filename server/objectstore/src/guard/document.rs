//! Checksums of XML documents, which s3s reads before anybody else sees them.

use super::parameters;
use crate::checksum::Hashers;
use crate::wire::body::Expected;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use http::Method;
use s3s::{S3Result, s3_error};

/// Longer documents than a deletion of 1,000 keys needs are refused.
const DOCUMENT_BYTES_MAX: usize = 4 << 20;

/// Compares the checksums of a document with its bytes, and hands the request on.
///
/// That is the list of keys to delete; a completion's checksums are those of the object, not of the
/// document. Bodies in chunks have their checksum behind them and are left to their signature.
pub(crate) async fn check(request: Request) -> S3Result<Request> {
    let is_chunked = request.headers().contains_key("x-amz-decoded-content-length");
    let query = request.uri().query().unwrap_or_default();
    let is_deletion = parameters(query).iter().any(|(name, _)| name == "delete");
    if request.method() != Method::POST || !is_deletion || is_chunked {
        return Ok(request);
    }
    let expected = Expected::of_document(request.headers())?;
    let (parts, body) = request.into_parts();
    let Ok(document) = to_bytes(body, DOCUMENT_BYTES_MAX).await else {
        return Err(s3_error!(MaxMessageLengthExceeded, "The document is too long or incomplete."));
    };
    let mut hashers = Hashers::new(expected.algorithms());
    hashers.update(&document);
    expected.compare(&hashers.finish(), None)?;
    Ok(Request::from_parts(parts, Body::from(document)))
}
