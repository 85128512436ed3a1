//! From a digest's bytes to a [`Digest`].

use super::{Digest, HASH_ALGORITHM, ListedFile, PreviousDigest};
use chrono::{DateTime, Utc};
use orgtrail_shared::ids::AccountId;
use serde::{Deserialize, Deserializer};
use std::collections::HashSet;

/// How long a digest's uncompressed bytes may be.
///
/// CloudTrail names no limit. 64 MiB hold more than 100,000 listed files, in one hour.
pub const DIGEST_BYTES_MAX: usize = 64 << 20;

/// How many log files one digest may list.
pub const LOG_FILE_COUNT_MAX: usize = 200_000;

/// How long a bucket, key, fingerprint or signature may be. S3 keys have at most 1,024 bytes, and
/// the signature of the largest key that we accept has as many hexadecimal digits.
const TEXT_BYTES_MAX: usize = 1024;

/// Why bytes are not a digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestFormatError {
    /// More bytes than [`DIGEST_BYTES_MAX`].
    #[error("the digest has {0} bytes; more than {DIGEST_BYTES_MAX} are not read")]
    TooLarge(usize),
    /// More files than [`LOG_FILE_COUNT_MAX`].
    #[error("the digest lists {0} log files; more than {LOG_FILE_COUNT_MAX} are not read")]
    TooManyFiles(usize),
    /// Not JSON, a field is absent, or a field has the wrong type.
    #[error("the file can't be read as a digest: {0}")]
    NotADigest(String),
    /// A text that is too long.
    #[error("`{0}` is longer than {TEXT_BYTES_MAX} bytes")]
    TooLong(&'static str),
    /// A text with the character zero, which no bucket, key or signature has and Postgres can't hold.
    #[error("`{0}` holds the character zero")]
    ZeroCharacter(&'static str),
    /// A time that is none.
    #[error("`{field}` is not a time: `{text}`")]
    NotATime {
        /// The field.
        field: &'static str,
        /// What it holds.
        text: String,
    },
    /// The digest ends at or before its start.
    #[error("the digest says that it ends at {end}, which is not after its start {start}")]
    EmptyWindow {
        /// `digestStartTime`.
        start: String,
        /// `digestEndTime`.
        end: String,
    },
    /// Some fields about the previous digest are there and others are null.
    #[error("the digest names a previous digest only by half: `{0}` is null and others are not")]
    HalfPrevious(&'static str),
    /// A hash that isn't 64 hexadecimal digits.
    #[error("the hash of `{0}` is not 64 hexadecimal digits")]
    NotAHash(String),
    /// A hash that isn't SHA-256.
    #[error("the hash of `{object}` is made with `{algorithm}`; only {HASH_ALGORITHM} is used")]
    HashAlgorithm {
        /// Whose hash it is.
        object: String,
        /// The algorithm that the digest names.
        algorithm: String,
    },
    /// One file twice.
    #[error("the digest lists `{0}` twice")]
    ListedTwice(String),
}

/// The JSON as CloudTrail writes it. A field that occurs twice is refused.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    aws_account_id: AccountId,
    digest_start_time: String,
    digest_end_time: String,
    digest_s3_bucket: String,
    digest_s3_object: String,
    digest_public_key_fingerprint: String,
    digest_signature_algorithm: String,
    newest_event_time: Option<String>,
    oldest_event_time: Option<String>,
    previous_digest_s3_bucket: Option<String>,
    previous_digest_s3_object: Option<String>,
    previous_digest_hash_value: Option<String>,
    previous_digest_hash_algorithm: Option<String>,
    #[serde(deserialize_with = "null_but_present")]
    previous_digest_signature: Option<String>,
    log_files: Vec<WrittenFile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenFile {
    s3_bucket: String,
    s3_object: String,
    hash_value: String,
    hash_algorithm: String,
    newest_event_time: Option<String>,
    oldest_event_time: Option<String>,
}

/// Lets a field be null, but not absent: with `deserialize_with` serde has no default for it.
///
/// The stock validator requires the presence of this field, too.
fn null_but_present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(from)
}

pub(super) fn parse(bytes: &[u8]) -> Result<Digest, DigestFormatError> {
    if bytes.len() > DIGEST_BYTES_MAX {
        return Err(DigestFormatError::TooLarge(bytes.len()));
    }
    let mut written: Written = serde_json::from_slice(bytes)
        .map_err(|error| DigestFormatError::NotADigest(shortened(&error.to_string())))?;
    let start = time("digestStartTime", &written.digest_start_time)?;
    let end = time("digestEndTime", &written.digest_end_time)?;
    if start >= end {
        let (start, end) = (written.digest_start_time, written.digest_end_time);
        return Err(DigestFormatError::EmptyWindow { start, end });
    }
    for (field, text) in [
        ("digestS3Bucket", &written.digest_s3_bucket),
        ("digestS3Object", &written.digest_s3_object),
        ("digestPublicKeyFingerprint", &written.digest_public_key_fingerprint),
        ("digestSignatureAlgorithm", &written.digest_signature_algorithm),
    ] {
        short_enough(field, text)?;
    }
    let newest_event_at = optional_time("newestEventTime", written.newest_event_time.take())?;
    let oldest_event_at = optional_time("oldestEventTime", written.oldest_event_time.take())?;
    let log_files = log_files(std::mem::take(&mut written.log_files))?;
    let previous = previous(&mut written)?;
    Ok(Digest {
        account: written.aws_account_id,
        start,
        end,
        end_text: written.digest_end_time,
        bucket: written.digest_s3_bucket,
        key: written.digest_s3_object,
        fingerprint: written.digest_public_key_fingerprint,
        algorithm: written.digest_signature_algorithm,
        newest_event_at,
        oldest_event_at,
        previous,
        log_files,
    })
}

/// Reads the five fields about the previous digest: all are null or none is.
fn previous(written: &mut Written) -> Result<Option<PreviousDigest>, DigestFormatError> {
    let fields = [
        ("previousDigestS3Bucket", written.previous_digest_s3_bucket.take()),
        ("previousDigestS3Object", written.previous_digest_s3_object.take()),
        ("previousDigestHashValue", written.previous_digest_hash_value.take()),
        ("previousDigestHashAlgorithm", written.previous_digest_hash_algorithm.take()),
        ("previousDigestSignature", written.previous_digest_signature.take()),
    ];
    if fields.iter().all(|(_, text)| text.is_none()) {
        return Ok(None);
    }
    let mut texts = Vec::with_capacity(fields.len());
    for (field, text) in fields {
        let text = text.ok_or(DigestFormatError::HalfPrevious(field))?;
        short_enough(field, &text)?;
        texts.push(text);
    }
    let [bucket, key, hash, algorithm, signature] =
        <[String; 5]>::try_from(texts).expect("five fields were read, and an absent one returned");
    let sha256 = sha256(&key, &hash, &algorithm)?;
    Ok(Some(PreviousDigest { bucket, key, sha256, signature }))
}

fn log_files(written: Vec<WrittenFile>) -> Result<Vec<ListedFile>, DigestFormatError> {
    if written.len() > LOG_FILE_COUNT_MAX {
        return Err(DigestFormatError::TooManyFiles(written.len()));
    }
    let mut seen = HashSet::with_capacity(written.len());
    for file in &written {
        short_enough("s3Bucket", &file.s3_bucket)?;
        short_enough("s3Object", &file.s3_object)?;
        if !seen.insert((&file.s3_bucket, &file.s3_object)) {
            return Err(DigestFormatError::ListedTwice(file.s3_object.clone()));
        }
    }
    written
        .into_iter()
        .map(|file| {
            Ok(ListedFile {
                sha256: sha256(&file.s3_object, &file.hash_value, &file.hash_algorithm)?,
                bucket: file.s3_bucket,
                key: file.s3_object,
                newest_event_at: optional_time("newestEventTime", file.newest_event_time)?,
                oldest_event_at: optional_time("oldestEventTime", file.oldest_event_time)?,
            })
        })
        .collect()
}

fn sha256(object: &str, hash: &str, algorithm: &str) -> Result<[u8; 32], DigestFormatError> {
    if algorithm != HASH_ALGORITHM {
        let algorithm = shortened(algorithm);
        return Err(DigestFormatError::HashAlgorithm { object: object.to_owned(), algorithm });
    }
    let mut sha256 = [0; 32];
    hex::decode_to_slice(hash, &mut sha256)
        .map_err(|_| DigestFormatError::NotAHash(object.to_owned()))?;
    Ok(sha256)
}

fn time(field: &'static str, text: &str) -> Result<DateTime<Utc>, DigestFormatError> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| DigestFormatError::NotATime { field, text: shortened(text) })
}

fn optional_time(
    field: &'static str,
    text: Option<String>,
) -> Result<Option<DateTime<Utc>>, DigestFormatError> {
    text.map(|text| time(field, &text)).transpose()
}

fn short_enough(field: &'static str, text: &str) -> Result<(), DigestFormatError> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(DigestFormatError::TooLong(field));
    }
    if text.contains('\0') { Err(DigestFormatError::ZeroCharacter(field)) } else { Ok(()) }
}

fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}
