//! What can go wrong with a call to a store, a queue or AWS Organizations, as far as callers behave differently.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;
use orgtrail_shared::operations::Trouble;

/// Why a call failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CloudError {
    /// The service asks for fewer requests; repeat later.
    #[error("{0}: the service asks for fewer requests")]
    Throttled(String),
    /// The credentials may not do this; a person has to act.
    #[error("{what}: access denied ({code})")]
    AccessDenied {
        /// What was tried.
        what: String,
        /// The store's code.
        code: String,
    },
    /// The key that the object is encrypted under may not be used; a person has to act.
    #[error("{what}: the encryption key may not be used: {reason}")]
    KeyDenied {
        /// What was tried.
        what: String,
        /// The store's words.
        reason: String,
    },
    /// The credentials have expired, are unknown or can't be had; a person has to act.
    #[error("{what}: the credentials are not valid ({reason})")]
    Credentials {
        /// What was tried.
        what: String,
        /// The store's code, or why there are none.
        reason: String,
    },
    /// The bucket is in another Region.
    #[error("{what}: the bucket is in {}", region.as_deref().unwrap_or("another Region, which the store does not name"))]
    WrongRegion {
        /// What was tried.
        what: String,
        /// The right one, when the store says it.
        region: Option<String>,
    },
    /// Our clock and the store's differ too much.
    #[error("{what}: the service refuses our clock: {reason}")]
    ClockSkew {
        /// What was tried.
        what: String,
        /// The store's words.
        reason: String,
    },
    /// There is no such bucket.
    #[error("{0}: there is no such bucket")]
    NoBucket(String),
    /// There is no such object.
    #[error("{0}: not found")]
    NotFound(String),
    /// The object exists already; nothing was written.
    #[error("{0}: exists already")]
    Exists(String),
    /// The object is larger than what is read.
    #[error("{what}: has {size} bytes, more than the {limit} that are read")]
    TooLarge {
        /// The object.
        what: String,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The service failed; repeat later.
    #[error("{what}: the service failed: {reason}")]
    ServerError {
        /// What was tried.
        what: String,
        /// The reason.
        reason: String,
    },
    /// The service can't be reached or did not answer in time; repeat later.
    #[error("{what}: the service can't be reached: {reason}")]
    Unreachable {
        /// What was tried.
        what: String,
        /// The reason.
        reason: String,
    },
    /// Answers contradict each other, as they do when somebody makes changes between them; repeat later.
    #[error("{what}: the answers contradict each other: {reason}")]
    Inconsistent {
        /// What was tried.
        what: String,
        /// The contradiction.
        reason: String,
    },
    /// Anything else.
    #[error("{what}: {reason}")]
    Other {
        /// What was tried.
        what: String,
        /// The reason.
        reason: String,
    },
}

/// The result of a call.
pub type Result<T> = std::result::Result<T, CloudError>;

/// What an answer says of the failure.
struct Answer<'a> {
    status: u16,
    code: &'a str,
    message: &'a str,
    /// The Region that a redirect names.
    region: Option<String>,
    /// The request's id, to ask the store's people about.
    request: String,
    /// All that is known, in one line.
    all: String,
}

impl CloudError {
    /// Whether the same call may succeed later without anybody doing anything.
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Throttled(_)
                | Self::Unreachable { .. }
                | Self::ServerError { .. }
                | Self::Inconsistent { .. }
        )
    }

    /// The kind of trouble that reading an object is in.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Throttled(_) => Trouble::Throttled,
            Self::AccessDenied { .. } => Trouble::AccessDenied,
            Self::KeyDenied { .. } => Trouble::KeyDenied,
            Self::Credentials { .. } => Trouble::Credentials,
            Self::WrongRegion { .. } => Trouble::WrongRegion,
            Self::ClockSkew { .. } => Trouble::ClockSkew,
            Self::NoBucket(_) => Trouble::NoBucket,
            Self::NotFound(_) => Trouble::Vanished,
            Self::TooLarge { .. } => Trouble::TooLarge,
            Self::ServerError { .. } => Trouble::ServerError,
            Self::Unreachable { .. } => Trouble::Unreachable,
            Self::Exists(_) | Self::Inconsistent { .. } | Self::Other { .. } => Trouble::Other,
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
    pub(crate) fn from_sdk<E>(
        what: impl Into<String>,
        error: SdkError<E, aws_sdk_s3::config::http::HttpResponse>,
    ) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        SdkError<E, aws_sdk_s3::config::http::HttpResponse>: RequestId,
    {
        let response = error.raw_response();
        let service = error.as_service_error();
        let named = response.and_then(|response| response.headers().get("x-amz-bucket-region"));
        let body = response.and_then(|response| response.body().bytes());
        let answer = Answer {
            status: response.map_or(0, |response| response.status().as_u16()),
            code: service.and_then(ProvideErrorMetadata::code).unwrap_or_default(),
            message: service.and_then(ProvideErrorMetadata::message).unwrap_or_default(),
            region: named.map(str::to_owned).or_else(|| body.and_then(region_of_body)),
            request: error.request_id().map_or_else(String::new, |id| format!(" (request {id})")),
            all: chain(&error),
        };
        Self::from_answer(what.into(), answer)
    }

    /// Source: Amazon S3 API Reference, "Error responses"; AWS Organizations API Reference, "Common errors". Services
    /// that speak JSON answer most refusals with 400, so their codes count, not the status.
    fn from_answer(what: String, answer: Answer<'_>) -> Self {
        let Answer { status, code, message, region, request, all } = answer;
        match (status, code) {
            (_, "InvalidSignatureException") if is_of_clock(message) => {
                Self::ClockSkew { what, reason: message.to_owned() }
            }
            _ if is_of_credentials(code) => Self::Credentials { what, reason: code.to_owned() },
            (_, "RequestTimeTooSkewed") => Self::ClockSkew { what, reason: message.to_owned() },
            (301 | 307 | 308, _)
            | (
                _,
                "PermanentRedirect"
                | "TemporaryRedirect"
                | "AuthorizationHeaderMalformed"
                | "IllegalLocationConstraintException",
            ) => Self::WrongRegion { what, region },
            // What was listed a moment ago is gone.
            (
                _,
                "ParentNotFoundException" | "TargetNotFoundException" | "PolicyNotFoundException",
            ) => Self::Inconsistent { what, reason: format!("{code}{request}") },
            (_, "NoSuchBucket") => Self::NoBucket(what),
            (404, _) | (_, "NoSuchKey" | "NotFound") => Self::NotFound(what),
            (412, _) | (_, "PreconditionFailed") => Self::Exists(what),
            (400 | 401 | 403, _) if is_of_key(code, message) => {
                Self::KeyDenied { what, reason: format!("{code}: {message}") }
            }
            (401 | 403, _)
            | (400, "AccessDeniedException" | "AccessDeniedForDependencyException") => {
                Self::AccessDenied {
                    what,
                    code: if code.is_empty() { status.to_string() } else { code.to_owned() },
                }
            }
            (429 | 503, _) => Self::Throttled(what),
            _ if is_of_rate(code) => Self::Throttled(what),
            (_, "RequestTimeout") => Self::Unreachable { what, reason: format!("{code}{request}") },
            // The SDK found no credentials to sign with, or the role could not be assumed: nothing was sent.
            (0, _) if all.to_ascii_lowercase().contains("credential") => {
                Self::Credentials { what, reason: all }
            }
            (0, _) => Self::Unreachable { what, reason: all },
            (500.., _) => {
                Self::ServerError { what, reason: format!("status {status} {code}{request}") }
            }
            _ => Self::Other { what, reason: format!("status {status} {code}{request}: {all}") },
        }
    }
}

/// Whether a refusal is about who we are, before what we may do.
fn is_of_credentials(code: &str) -> bool {
    matches!(
        code,
        "ExpiredToken"
            | "ExpiredTokenException"
            | "TokenRefreshRequired"
            | "RequestExpired"
            | "InvalidToken"
            | "InvalidAccessKeyId"
            | "InvalidClientTokenId"
            | "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "IncompleteSignature"
            | "MissingAuthenticationTokenException"
            | "UnrecognizedClientException"
    )
}

/// Whether a refusal is about how much is asked.
fn is_of_rate(code: &str) -> bool {
    matches!(
        code,
        "SlowDown"
            | "Throttling"
            | "ThrottlingException"
            | "TooManyRequestsException"
            | "RequestLimitExceeded"
    )
}

/// Whether a refusal of a signature is about its time.
///
/// Source: IAM User Guide, "Troubleshoot Signature Version 4 signing".
fn is_of_clock(message: &str) -> bool {
    message.starts_with("Signature expired") || message.starts_with("Signature not yet current")
}

/// Whether a refusal is about the key that the object is encrypted under.
fn is_of_key(code: &str, message: &str) -> bool {
    code.starts_with("KMS.") || code.starts_with("Kms") || {
        let message = message.to_ascii_lowercase();
        message.contains("kms:") || message.contains("kms key") || message.contains(":kms")
    }
}

/// The Region that the body of an `AuthorizationHeaderMalformed` names.
fn region_of_body(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once("<Region>")?;
    let (region, _) = rest.split_once("</Region>")?;
    let is_region = !region.is_empty()
        && region
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    is_region.then(|| region.to_owned())
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, code: &str, message: &str) -> CloudError {
        let region = Some("eu-west-1".to_owned());
        let (request, all) = (String::new(), message.to_owned());
        CloudError::from_answer(
            "x".to_owned(),
            Answer { status, code, message, region, request, all },
        )
    }

    #[test]
    fn each_answer_leads_to_what_has_to_be_done() {
        for (status, code, message, trouble) in [
            (503, "SlowDown", "Please reduce your request rate.", Trouble::Throttled),
            (429, "", "", Trouble::Throttled),
            (500, "InternalError", "", Trouble::ServerError),
            (502, "", "", Trouble::ServerError),
            (0, "", "timed out", Trouble::Unreachable),
            (400, "RequestTimeout", "", Trouble::Unreachable),
            (0, "", "dispatch failure: failed to load Credentials", Trouble::Credentials),
            (400, "ExpiredToken", "The provided token has expired.", Trouble::Credentials),
            (403, "InvalidAccessKeyId", "", Trouble::Credentials),
            (403, "SignatureDoesNotMatch", "", Trouble::Credentials),
            (403, "AccessDenied", "Access Denied", Trouble::AccessDenied),
            (403, "InvalidObjectState", "", Trouble::AccessDenied),
            (
                403,
                "AccessDenied",
                "User: x is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext",
                Trouble::KeyDenied,
            ),
            (400, "KMS.DisabledException", "k is disabled.", Trouble::KeyDenied),
            (301, "PermanentRedirect", "", Trouble::WrongRegion),
            (400, "AuthorizationHeaderMalformed", "", Trouble::WrongRegion),
            (403, "RequestTimeTooSkewed", "The difference is too large.", Trouble::ClockSkew),
            (404, "NoSuchBucket", "", Trouble::NoBucket),
            (404, "NoSuchKey", "", Trouble::Vanished),
            (400, "InvalidArgument", "", Trouble::Other),
            (400, "AccessDeniedException", "You don't have permissions.", Trouble::AccessDenied),
            (400, "TooManyRequestsException", "", Trouble::Throttled),
            (400, "UnrecognizedClientException", "", Trouble::Credentials),
            (
                400,
                "InvalidSignatureException",
                "The signature does not match.",
                Trouble::Credentials,
            ),
            (400, "InvalidSignatureException", "Signature expired: now.", Trouble::ClockSkew),
            (400, "TargetNotFoundException", "", Trouble::Other),
            (500, "ServiceException", "", Trouble::ServerError),
        ] {
            assert_eq!(of(status, code, message).trouble(), trouble, "{status} {code} {message}");
        }
        assert!(of(301, "", "").to_string().contains("eu-west-1"));
    }

    #[test]
    fn a_region_is_read_from_a_refusal() {
        let body = b"<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-central-1</Region></Error>";
        assert_eq!(region_of_body(body).as_deref(), Some("eu-central-1"));
        assert_eq!(region_of_body(b"<Region>http://elsewhere/</Region>"), None);
        assert_eq!(region_of_body(b"<Region></Region>"), None);
    }
}
