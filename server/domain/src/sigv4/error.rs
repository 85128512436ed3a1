//! Why a signature is refused, in words that give nothing away: neither the secret nor the signature that would be right.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// Why a signature is refused. Each variant names the code that AWS answers with.
///
/// Source: IAM API Reference and CloudTrail API Reference, "Common Errors". Services with the JSON protocol have names
/// of their own for some: `UnrecognizedClientException`, `InvalidSignatureException`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The request claims nothing where it must; made by the caller. AWS: `MissingAuthenticationToken`.
    #[error("the request carries no signature")]
    MissingAuthenticationToken,
    /// The claim lacks something, says it twice, or can't be read. AWS: `IncompleteSignature`.
    #[error("the signature is incomplete: {0}")]
    IncompleteSignature(String),
    /// The access key is unknown (made by the caller), or there is a session token and none was issued. AWS:
    /// `InvalidClientTokenId`; with the JSON protocol `UnrecognizedClientException`.
    #[error("the access key or the session token is not valid here")]
    InvalidClientTokenId,
    /// Something is not as it was signed. AWS: `SignatureDoesNotMatch`; with the JSON protocol
    /// `InvalidSignatureException`.
    #[error("the signature does not match: {0}")]
    SignatureDoesNotMatch(Mismatch),
    /// The body is not the one that `x-amz-content-sha256` names. S3: `XAmzContentSHA256Mismatch`; others:
    /// `SignatureDoesNotMatch`.
    #[error("the body is not the one that the header 'x-amz-content-sha256' names")]
    ContentSha256Mismatch,
    /// The request came at the wrong time. AWS: `RequestExpired` by its documents, but really `SignatureDoesNotMatch`,
    /// and `InvalidSignatureException` with the JSON protocol. S3: `RequestTimeTooSkewed`; for a presigned URL
    /// `AccessDenied`.
    #[error("the request came at the wrong time: {0}")]
    RequestExpired(Untimely),
}

impl SignatureError {
    pub(super) fn incomplete(reason: impl Into<String>) -> Self {
        Self::IncompleteSignature(reason.into())
    }
}

impl From<Mismatch> for SignatureError {
    fn from(mismatch: Mismatch) -> Self {
        Self::SignatureDoesNotMatch(mismatch)
    }
}

impl From<Untimely> for SignatureError {
    fn from(untimely: Untimely) -> Self {
        Self::RequestExpired(untimely)
    }
}

/// What doesn't match.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The day of the credential's scope and that of the request differ.
    #[error("the credential is scoped to the date '{scoped}', but the request is of {requested}")]
    Date {
        /// The scope's date.
        scoped: String,
        /// The request's time.
        requested: String,
    },
    /// The credential is for nothing that is here.
    #[error("the credential should be scoped to the service {}, not '{scoped}'", quoted(.expected))]
    Service {
        /// The scope's service.
        scoped: String,
        /// The services that are here.
        expected: Vec<String>,
    },
    /// The scope doesn't end as it must.
    #[error("the credential's scope should end with 'aws4_request', not with '{0}'")]
    Terminator(String),
    /// A header that must be signed is not.
    #[error("the header '{0}' must be signed")]
    UnsignedHeader(String),
    /// A header that was signed did not come.
    #[error("the header '{0}' is signed, but absent")]
    AbsentHeader(String),
    /// The body must be signed, and is not.
    #[error("the body must be signed")]
    UnsignedBody,
    /// The signature was made with another secret or for another request.
    #[error("check the secret access key and the way of signing")]
    Signature,
}

fn quoted(services: &[String]) -> String {
    let quoted: Vec<String> = services.iter().map(|service| format!("'{service}'")).collect();
    quoted.join(" or ")
}

/// How a request came at the wrong time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untimely {
    /// It was signed too long ago, or held up.
    #[error("it was signed at {}, more than {} seconds before {}", text(.signed_at), .skew_max.num_seconds(), text(.now))]
    TooOld {
        /// When it says it was signed.
        signed_at: DateTime<Utc>,
        /// When it came.
        now: DateTime<Utc>,
        /// What would have been accepted.
        skew_max: TimeDelta,
    },
    /// It was signed in the future.
    #[error("it was signed at {}, more than {} seconds after {}", text(.signed_at), .skew_max.num_seconds(), text(.now))]
    NotYet {
        /// When it says it was signed.
        signed_at: DateTime<Utc>,
        /// When it came.
        now: DateTime<Utc>,
        /// What would have been accepted.
        skew_max: TimeDelta,
    },
    /// A presigned URL was used after its end.
    #[error("the URL was signed at {} for {} seconds, and now it is {}", text(.signed_at), .expires.num_seconds(), text(.now))]
    UrlExpired {
        /// When it says it was signed.
        signed_at: DateTime<Utc>,
        /// How long it was valid.
        expires: TimeDelta,
        /// When it was used.
        now: DateTime<Utc>,
    },
}

fn text(time: &DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
