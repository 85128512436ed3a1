//! Digests: what CloudTrail signs every hour about the log files that it delivered.
//!
//! [`Digest::parse`] reads one, [`check()`] decides whether it can be trusted by itself. Whether a
//! whole chain of them is complete is decided in [`crate::chain`].
//!
//! Source: CloudTrail User Guide, "CloudTrail digest file structure".

mod check;
mod keys;
mod parse;
mod problem;
#[cfg(test)]
pub(crate) mod testing;

pub use check::{DigestObject, check, string_to_sign};
pub use keys::{InvalidKeys, KEY_BITS_MIN, PublicKey, PublicKeys};
pub use parse::{DIGEST_BYTES_MAX, DigestFormatError, LOG_FILE_COUNT_MAX};
pub use problem::{DigestProblem, Problem, ProblemKind};

use chrono::{DateTime, Utc};
use orgtrail_shared::ids::AccountId;

/// The one signature algorithm that digests use: RSA PKCS#1 v1.5 with SHA-256.
///
/// Source: CloudTrail User Guide, "CloudTrail digest file structure".
pub const SIGNATURE_ALGORITHM: &str = "SHA256withRSA";

/// The one hash algorithm that digests use.
///
/// Source: CloudTrail User Guide, "CloudTrail digest file structure".
pub const HASH_ALGORITHM: &str = "SHA-256";

/// A digest as it was written: well-formed, but not yet trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// The account that it covers; for an organization trail the member.
    pub account: AccountId,
    /// The first instant of delivery that it covers.
    pub start: DateTime<Utc>,
    /// The first instant of delivery that it doesn't cover any more.
    pub end: DateTime<Utc>,
    /// `digestEndTime` exactly as written, because this text is signed.
    pub end_text: String,
    /// The bucket that it says it was delivered to.
    pub bucket: String,
    /// The key that it says it was delivered under.
    pub key: String,
    /// The fingerprint of the key pair that signed it.
    pub fingerprint: String,
    /// The algorithm that it says it is signed with.
    pub algorithm: String,
    /// The time of the newest event in the listed files.
    pub newest_event_at: Option<DateTime<Utc>>,
    /// The time of the oldest event in the listed files; it may be before `start`.
    pub oldest_event_at: Option<DateTime<Utc>>,
    /// The digest before it; `None` for a starting digest.
    pub previous: Option<PreviousDigest>,
    /// The log files that were delivered; none for an idle hour.
    pub log_files: Vec<ListedFile>,
}

/// What a digest says about the digest before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviousDigest {
    /// The previous digest's bucket.
    pub bucket: String,
    /// The previous digest's key.
    pub key: String,
    /// The SHA-256 of the previous digest's uncompressed bytes.
    pub sha256: [u8; 32],
    /// The previous digest's signature in hex, exactly as written, because this text is signed.
    pub signature: String,
}

/// What a digest says about one log file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    /// The file's bucket.
    pub bucket: String,
    /// The file's key.
    pub key: String,
    /// The SHA-256 of the file's uncompressed bytes.
    pub sha256: [u8; 32],
    /// The time of the newest event in the file.
    pub newest_event_at: Option<DateTime<Utc>>,
    /// The time of the oldest event in the file.
    pub oldest_event_at: Option<DateTime<Utc>>,
}

impl Digest {
    /// Reads a digest's uncompressed bytes. Unknown fields are ignored.
    ///
    /// # Errors
    ///
    /// [`DigestFormatError`] for the first thing that is wrong.
    pub fn parse(uncompressed: &[u8]) -> Result<Self, DigestFormatError> {
        parse::parse(uncompressed)
    }
}

#[cfg(test)]
mod tests;
