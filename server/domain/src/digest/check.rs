//! Whether one digest can be trusted by itself: its place, its signature, its key.

use super::{Digest, DigestProblem, PublicKey, SIGNATURE_ALGORITHM};
use crate::log_key::{DigestKey, ObjectKind};
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_shared::time::to_rfc3339;

/// How far a key's validity may lie after the digest's end.
///
/// Source: `aws cloudtrail validate-logs`, which asks for the keys of its range plus two hours.
const KEY_AFTER_END: TimeDelta = TimeDelta::hours(2);

/// How far a key's validity may lie from the making of a backfill digest.
///
/// Source: `aws cloudtrail validate-logs`, which asks for the keys of one hour before and after.
const KEY_AROUND_BACKFILL: TimeDelta = TimeDelta::hours(1);

/// Where a digest was found, and what was found with it.
#[derive(Clone, Copy, Debug)]
pub struct DigestObject<'a> {
    /// The bucket that it was read from.
    pub bucket: &'a str,
    /// The key that it was read from.
    pub key: &'a str,
    /// The SHA-256 of its uncompressed bytes.
    pub sha256: &'a [u8; 32],
    /// The object's metadata `signature`.
    pub signature: Option<&'a str>,
    /// The object's metadata `signature-algorithm`.
    pub signature_algorithm: Option<&'a str>,
    /// The object's metadata `backfill-generation-timestamp`; only backfill digests carry it.
    pub backfill_generated_at: Option<&'a str>,
}

/// The text that CloudTrail signs: four lines without a final line break.
///
/// Source: CloudTrail User Guide, "Custom implementations of CloudTrail log file integrity
/// validation".
pub fn string_to_sign(digest: &Digest, sha256: &[u8; 32]) -> String {
    let previous = digest.previous.as_ref().map_or("null", |previous| &previous.signature);
    let hash = hex::encode(sha256);
    format!("{}\n{}/{}\n{hash}\n{previous}", digest.end_text, digest.bucket, digest.key)
}

/// Decides whether a digest can be trusted by itself.
///
/// Unlike the stock validator it insists on SHA-256 inside the signature, and on a digest's own
/// account, day and end being those of its key.
///
/// # Errors
///
/// [`DigestProblem`] for the first thing that is wrong.
pub fn check(
    digest: &Digest,
    object: &DigestObject<'_>,
    keys: &[PublicKey],
) -> Result<(), DigestProblem> {
    if (digest.bucket.as_str(), digest.key.as_str()) != (object.bucket, object.key) {
        return Err(DigestProblem::Moved {
            written: format!("{}/{}", digest.bucket, digest.key),
            found: format!("{}/{}", object.bucket, object.key),
        });
    }
    let ObjectKind::Digest(key) = ObjectKind::parse(object.key) else {
        return Err(DigestProblem::NotADigestKey(object.key.to_owned()));
    };
    check_key(digest, &key)?;
    if digest.algorithm != SIGNATURE_ALGORITHM {
        return Err(DigestProblem::Algorithm(digest.algorithm.clone()));
    }
    let (from, to) = signing_time(digest, object, &key)?;
    let signature = signature(object)?;
    check_signature(digest, object, &signature, &usable_keys(digest, keys, from, to)?)
}

fn check_key(digest: &Digest, key: &DigestKey) -> Result<(), DigestProblem> {
    let differs = |what, in_digest: String, in_key: String| {
        if in_digest == in_key {
            Ok(())
        } else {
            Err(DigestProblem::KeyDiffers { what, in_digest, in_key })
        }
    };
    differs("account", digest.account.to_string(), key.place.account.to_string())?;
    differs("end", digest.end.to_rfc3339(), key.ends_at.to_rfc3339())?;
    differs("day", digest.end.date_naive().to_string(), key.place.day.to_string())
}

/// When the digest may have been signed.
fn signing_time(
    digest: &Digest,
    object: &DigestObject<'_>,
    key: &DigestKey,
) -> Result<(DateTime<Utc>, DateTime<Utc>), DigestProblem> {
    if !key.is_backfill {
        return Ok((digest.start, digest.end + KEY_AFTER_END));
    }
    let made_at = object.backfill_generated_at.ok_or(DigestProblem::NoBackfillTime)?;
    let made_at =
        orgtrail_shared::time::parse_time(made_at).map_err(|_| DigestProblem::NoBackfillTime)?;
    let shifted = |by| made_at.checked_add_signed(by).unwrap_or(made_at);
    Ok((shifted(-KEY_AROUND_BACKFILL), shifted(KEY_AROUND_BACKFILL)))
}

fn signature(object: &DigestObject<'_>) -> Result<Vec<u8>, DigestProblem> {
    let text = object.signature.ok_or(DigestProblem::NoSignature("signature"))?;
    let algorithm =
        object.signature_algorithm.ok_or(DigestProblem::NoSignature("signature algorithm"))?;
    if algorithm != SIGNATURE_ALGORITHM {
        return Err(DigestProblem::Algorithm(algorithm.chars().take(80).collect()));
    }
    hex::decode(text).map_err(|_| DigestProblem::MalformedSignature)
}

/// The keys with the digest's fingerprint that were in use when it was signed.
fn usable_keys<'a>(
    digest: &Digest,
    keys: &'a [PublicKey],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<&'a PublicKey>, DigestProblem> {
    let named: Vec<&PublicKey> = keys
        .iter()
        .filter(|key| key.fingerprint.eq_ignore_ascii_case(&digest.fingerprint))
        .collect();
    let Some(example) = named.first() else {
        return Err(DigestProblem::UnknownKey(digest.fingerprint.clone()));
    };
    let not_then = DigestProblem::KeyNotValidThen {
        fingerprint: digest.fingerprint.clone(),
        from: to_rfc3339(example.valid_from),
        to: to_rfc3339(example.valid_to),
    };
    let usable: Vec<_> =
        named.into_iter().filter(|key| key.valid_from <= to && from <= key.valid_to).collect();
    if usable.is_empty() { Err(not_then) } else { Ok(usable) }
}

fn check_signature(
    digest: &Digest,
    object: &DigestObject<'_>,
    signature: &[u8],
    keys: &[&PublicKey],
) -> Result<(), DigestProblem> {
    let text = string_to_sign(digest, object.sha256);
    let mut problem = DigestProblem::BadSignature;
    for key in keys {
        match key.load() {
            // Compares the whole encoded block, so a hash other than SHA-256 can't pass.
            Ok(loaded) if loaded.verifies(text.as_bytes(), signature) => return Ok(()),
            Ok(_) => {}
            Err(reason) => {
                let fingerprint = key.fingerprint.clone();
                problem = DigestProblem::UnusableKey { fingerprint, reason };
            }
        }
    }
    Err(problem)
}
