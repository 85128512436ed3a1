//! Requests signed with AWS Signature Version 4: whether a request was made by who holds a secret.
//!
//! [`Claim::read`] finds out who says to have signed a request, [`Claim::verify`] whether that is so. The caller looks up
//! the secret between the two, and decides what the holder may do.
//!
//! Source: IAM User Guide, "AWS Signature Version 4 for API requests" and "Create a signed AWS API request".

mod canonical;
mod claim;
mod error;
#[cfg(test)]
mod testing;
mod verify;

pub use claim::Claim;
pub use error::{Mismatch, SignatureError, Untimely};

use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;

/// The one algorithm that is understood.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// How far a client's clock may be wrong.
///
/// Source: what AWS answers to a late request ("… - 5 min."). Its pages on "Common Errors" speak of 15 minutes.
pub const CLOCK_SKEW_MAX: TimeDelta = TimeDelta::minutes(5);

/// How long a presigned URL may live.
///
/// Source: S3 API Reference, "Authenticating Requests: Using Query Parameters", `X-Amz-Expires`.
pub const PRESIGNED_EXPIRY_MAX: TimeDelta = TimeDelta::days(7);

/// The service with rules of its own: its paths are signed as they are sent, and bodies may stay unsigned.
const S3: &str = "s3";

/// A request as it came over the wire, before anything decoded it.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path, still encoded.
    pub path: &'a str,
    /// The query without its question mark, still encoded; empty when there is none.
    pub query: &'a str,
    /// The headers' names, in any case, and values, in their order. HTTP/2's `:authority` stands here as `host`.
    pub headers: &'a [(&'a str, &'a [u8])],
}

impl<'a> SignedRequest<'a> {
    /// The values of a header; the name is in lower case.
    fn values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let named = self.headers.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name));
        named.map(|(_, value)| *value)
    }

    /// The value of a header that makes sense once only; the name is in lower case.
    ///
    /// # Errors
    ///
    /// [`SignatureError::IncompleteSignature`] when it stands there twice, or is no text.
    fn value(&self, name: &str) -> Result<Option<&'a str>, SignatureError> {
        let mut values = self.values(name);
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(SignatureError::incomplete(format!("the header '{name}' is there twice")));
        }
        let text = std::str::from_utf8(value.trim_ascii());
        text.map(Some)
            .map_err(|_| SignatureError::incomplete(format!("the header '{name}' is not text")))
    }
}

/// What is known of the body that really came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Its SHA-256.
    Sha256([u8; 32]),
    /// It wasn't hashed. Only a request whose signature need not cover its body passes: one to S3 or a presigned one.
    Unhashed,
}

/// A secret access key. It is never printed.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes the key as its owner was given it.
    pub fn new(key: String) -> Self {
        Self(key)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

/// What becomes of requests with a session token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionTokens {
    /// They are refused, because nobody was issued one.
    Refused,
    /// The caller has compared the token with the one that it issued for the access key.
    CheckedByCaller,
}

/// What a signature must fulfil beside being right.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The time of arrival.
    pub now: DateTime<Utc>,
    /// The services that a credential may be scoped to here.
    pub services: &'a [&'a str],
    /// How far the client's clock may be wrong, in both directions.
    pub clock_skew_max: TimeDelta,
    /// How long a presigned URL may live.
    pub presigned_expiry_max: TimeDelta,
    /// What becomes of session tokens.
    pub session_tokens: SessionTokens,
}

impl<'a> Rules<'a> {
    /// The limits that AWS has, and no session tokens.
    pub fn new(now: DateTime<Utc>, services: &'a [&'a str]) -> Self {
        Self {
            now,
            services,
            clock_skew_max: CLOCK_SKEW_MAX,
            presigned_expiry_max: PRESIGNED_EXPIRY_MAX,
            session_tokens: SessionTokens::Refused,
        }
    }
}

#[cfg(test)]
mod tests;
