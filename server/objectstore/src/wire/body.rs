//! Receiving a body, and comparing it with everything that its sender said about it.

#[cfg(test)]
mod tests;

use crate::blobs::writer::{BlobWriter, StagedBlob};
use crate::checksum::{Algorithm, Digests};
use crate::store::Inner;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures::StreamExt;
use http::{HeaderMap, StatusCode, header};
use orgtrail_storage::object_store::StoredChecksum;
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3ErrorCode, S3Result, TrailingHeaders, s3_error};
use std::sync::Arc;

/// S3's limit on one request.
pub(super) const BODY_BYTES_MAX: u64 = 5 << 30;

/// What the sender said about a body before sending it.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    md5: Option<[u8; 16]>,
    values: Vec<(Algorithm, String)>,
    /// Announced to come behind the body.
    trailers: Vec<Algorithm>,
    length: Option<u64>,
}

impl Expected {
    /// Reads what the headers of an upload say. s3s has made `content-length` that of the decoded body.
    pub(crate) fn of_upload(headers: &HeaderMap) -> S3Result<Self> {
        let mut expected = Self::of_document(headers)?;
        for name in text(headers, "x-amz-trailer").unwrap_or_default().split(',') {
            let name = name.trim();
            expected
                .trailers
                .extend(Algorithm::ALL.into_iter().find(|algorithm| algorithm.header() == name));
        }
        expected.length =
            text(headers, header::CONTENT_LENGTH.as_str()).and_then(|length| length.parse().ok());
        match expected.length {
            Some(length) if length > BODY_BYTES_MAX => Err(too_large()),
            _ => Ok(expected),
        }
    }

    /// Reads what the headers of an XML document say.
    pub(crate) fn of_document(headers: &HeaderMap) -> S3Result<Self> {
        let mut expected = Self::default();
        if let Some(value) = headers.get("content-md5") {
            let md5 = BASE64_STANDARD.decode(value).ok().and_then(|bytes| bytes.try_into().ok());
            expected.md5 = Some(md5.ok_or_else(|| {
                s3_error!(InvalidDigest, "The Content-MD5 you specified was invalid.")
            })?);
        }
        for algorithm in Algorithm::ALL {
            if let Some(value) = text(headers, algorithm.header()) {
                check_form(algorithm, &value)?;
                expected.values.push((algorithm, value));
            }
        }
        Ok(expected)
    }

    /// The algorithms that must be computed.
    pub(crate) fn algorithms(&self) -> Vec<Algorithm> {
        let mut algorithms: Vec<Algorithm> =
            self.values.iter().map(|(algorithm, _)| *algorithm).collect();
        algorithms.extend(&self.trailers);
        algorithms
    }

    /// Compares everything with what arrived.
    pub(crate) fn compare(&self, actual: &Digests, trailers: Option<&HeaderMap>) -> S3Result<()> {
        if self.length.is_some_and(|length| length != actual.size) {
            return Err(s3_error!(IncompleteBody, "The body is not as long as its headers say."));
        }
        if self.md5.is_some_and(|md5| md5 != actual.md5) {
            return Err(s3_error!(
                BadDigest,
                "The Content-MD5 you specified did not match what we received."
            ));
        }
        for (algorithm, value) in &self.values {
            check_value(*algorithm, value, actual)?;
        }
        for &algorithm in &self.trailers {
            let value = trailers.and_then(|trailers| text(trailers, algorithm.header()));
            let value = value.ok_or_else(|| {
                s3_error!(
                    InvalidRequest,
                    "The trailer {} was announced and is absent.",
                    algorithm.header()
                )
            })?;
            check_form(algorithm, &value)?;
            check_value(algorithm, &value, actual)?;
        }
        Ok(())
    }

    /// The checksum to keep: the first that was sent.
    pub(crate) fn kept(&self, actual: &Digests) -> Option<StoredChecksum> {
        let algorithm = self.algorithms().into_iter().next()?;
        Some(StoredChecksum {
            algorithm: algorithm.name().to_owned(),
            value: actual.value(algorithm)?.to_owned(),
            is_composite: false,
        })
    }
}

/// Writes a body to disk, without a name yet, and compares it with what was said about it.
///
/// `also` is computed besides. Nothing is left behind when it fails.
pub(crate) async fn receive(
    store: &Arc<Inner>,
    body: Option<StreamingBlob>,
    expected: &Expected,
    also: Option<Algorithm>,
    trailers: Option<TrailingHeaders>,
) -> S3Result<StagedBlob> {
    let mut wanted = expected.algorithms();
    wanted.extend(also);
    let mut writer = BlobWriter::new(Arc::clone(&store.blobs), wanted);
    let mut received = 0_u64;
    if let Some(mut body) = body {
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(|error| broken_body(&error.to_string()))?;
            received += piece.len() as u64;
            if received > BODY_BYTES_MAX {
                return Err(too_large());
            }
            writer.write(piece).await?;
        }
    }
    let staged = writer.finish().await?;
    // They are there only now, behind the last piece.
    let trailers = trailers.and_then(|trailers| trailers.take());
    expected.compare(&staged.digests, trailers.as_ref())?;
    Ok(staged)
}

/// s3s checks the signed hash and the chunks' signatures while the body passes; its errors have no names
/// outside of it but their text.
fn broken_body(error: &str) -> S3Error {
    if error.contains("Sha256Mismatch") {
        // s3s has no name for this one.
        let mut error = S3Error::with_message(
            S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into()),
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        );
        error.set_status_code(StatusCode::BAD_REQUEST);
        return error;
    }
    if error.contains("SignatureMismatch") {
        return s3_error!(SignatureDoesNotMatch, "The signature of a chunk does not match.");
    }
    s3_error!(IncompleteBody, "The body could not be read to its end.")
}

fn check_form(algorithm: Algorithm, value: &str) -> S3Result<()> {
    if algorithm.is_valid(value) {
        return Ok(());
    }
    Err(s3_error!(InvalidRequest, "Value for {} header is invalid.", algorithm.header()))
}

fn check_value(algorithm: Algorithm, value: &str, actual: &Digests) -> S3Result<()> {
    if actual.value(algorithm) == Some(value) {
        return Ok(());
    }
    Err(s3_error!(
        BadDigest,
        "The {} you specified did not match the calculated checksum.",
        algorithm.name()
    ))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.trim().to_owned())
}

pub(super) fn too_large() -> S3Error {
    s3_error!(EntityTooLarge, "Your proposed upload exceeds the maximum allowed object size.")
}
