//! What can go wrong with a call, as far as callers behave differently.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;

/// Why a call to a store failed.
#[derive(Debug, thiserror::Error)]
pub enum CloudError {
    /// The store asks for fewer requests; repeat later.
    #[error("{0}: the store asks for fewer requests")]
    Throttled(String),
    /// The credentials may not do this; a person has to act.
    #[error("{what}: access denied ({code})")]
    AccessDenied {
        /// What was tried.
        what: String,
        /// The store's code.
        code: String,
    },
    /// There is no such object or bucket.
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
    /// The store can't be reached or did not answer in time; repeat later.
    #[error("{what}: the store can't be reached: {reason}")]
    Unreachable {
        /// What was tried.
        what: String,
        /// The reason.
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

/// The result of a call to a store.
pub type Result<T> = std::result::Result<T, CloudError>;

impl CloudError {
    /// Whether the same call may succeed later without anybody doing anything.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Throttled(_) | Self::Unreachable { .. })
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
        let what = what.into();
        let status = error.raw_response().map_or(0, |response| response.status().as_u16());
        let request = error.request_id().map_or_else(String::new, |id| format!(" (request {id})"));
        let code = error.as_service_error().and_then(|service| service.code().map(str::to_owned));
        let code_text = code.as_deref().unwrap_or_default();
        match (status, code_text) {
            (404, _) | (_, "NoSuchKey" | "NoSuchBucket" | "NotFound") => Self::NotFound(what),
            (412, _) | (_, "PreconditionFailed") => Self::Exists(what),
            (401 | 403, _) => Self::AccessDenied {
                what,
                code: if code_text.is_empty() { status.to_string() } else { code_text.to_owned() },
            },
            (429 | 503, _) | (_, "SlowDown" | "Throttling" | "ThrottlingException") => {
                Self::Throttled(what)
            }
            (0, _) => Self::Unreachable { what, reason: chain(&error) },
            (500.., _) => {
                Self::Unreachable { what, reason: format!("status {status} {code_text}{request}") }
            }
            _ => Self::Other {
                what,
                reason: format!("status {status} {code_text}{request}: {}", chain(&error)),
            },
        }
    }
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
