//! One digest: reading it, and deciding whether it can be trusted by itself.

mod format;
mod keys;

use super::testing::{ACCOUNT, BUCKET, Recipe, Signer, StoredDigest, at, log_key};
use super::{Digest, DigestProblem, PublicKey, string_to_sign};
use chrono::TimeDelta;
use serde_json::json;

/// Source: `reference/cloudtrail-logfiles.md` §6, a run of the stock validator.
#[test]
fn the_string_to_sign_is_that_of_the_worked_example() {
    let key = "AWSLogs/o-exampleorg1/444455556666/CloudTrail-Digest/us-east-1/2026/01/10/\
               444455556666_CloudTrail-Digest_us-east-1_org-trail_us-east-1_20260110T130131Z.json.gz";
    let previous = "02eefca37a1cefb273f5b65fc5f7d330";
    let json = json!({
        "awsAccountId": "444455556666",
        "digestStartTime": "2026-01-10T12:01:31Z", "digestEndTime": "2026-01-10T13:01:31Z",
        "digestS3Bucket": "ct-example-bucket", "digestS3Object": key,
        "digestPublicKeyFingerprint": "d1e5fd74a52e9afe3a9a3b163bf8f431",
        "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": "2026-01-10T12:21:31Z", "oldestEventTime": "2026-01-10T12:06:31Z",
        "previousDigestS3Bucket": "ct-example-bucket", "previousDigestS3Object": "previous",
        "previousDigestHashValue": "52a762c4ae56".to_owned() + &"0".repeat(52),
        "previousDigestHashAlgorithm": "SHA-256", "previousDigestSignature": previous,
        "logFiles": [],
    });
    let digest = Digest::parse(json.to_string().as_bytes()).unwrap();
    let hash = "6abc03e7908f5c2fe97da07279f61a450b104ec748cabbdc95b0391bd2899b2b";
    let sha256 = hex::decode(hash).unwrap().try_into().unwrap();
    assert_eq!(
        string_to_sign(&digest, &sha256),
        format!("2026-01-10T13:01:31Z\nct-example-bucket/{key}\n{hash}\n{previous}")
    );
}

#[test]
fn a_starting_digest_signs_the_word_null() {
    let digest = Digest { previous: None, ..idle().parse() };
    assert!(string_to_sign(&digest, &[0; 32]).ends_with("\nnull"));
}

#[test]
fn a_digest_as_cloudtrail_writes_it_is_trusted() {
    let first = idle();
    assert_eq!(first.check(&keys()), Ok(()));
    let next = Recipe { end: at("2026-01-10T14:01:31Z"), previous: Some(&first), ..recipe() };
    assert_eq!(next.store().check(&keys()), Ok(()));
    let second = Recipe { signer: Signer::Second, ..recipe() }.store();
    assert_eq!(second.check(&keys()), Ok(()));
    let backfill = Recipe { is_backfill: true, ..recipe() }.store();
    assert_eq!(backfill.check(&keys()), Ok(()));
}

#[test]
fn what_is_wrong_with_a_digest_is_named() {
    spoiled("moved or copied", |digest| digest.bucket = "another-bucket".to_owned());
    spoiled("moved or copied", |digest| digest.key = digest.key.replace("2026/", "2027/"));
    spoiled("carries no signature:", |digest| digest.signature = None);
    spoiled("carries no signature algorithm:", |digest| digest.signature_algorithm = None);
    spoiled("signed with `SHA1withRSA`", |digest| {
        digest.signature_algorithm = Some("SHA1withRSA".to_owned());
    });
    spoiled("not hexadecimal", |digest| digest.signature = Some("zz".to_owned()));
    spoiled("signature does not fit", |digest| digest.signature = Some(String::new()));
    spoiled("signature does not fit", |digest| digest.signature = Some("00".repeat(256)));
    spoiled("signature does not fit", |digest| digest.signature = Some("ff".repeat(256)));
    spoiled("signature does not fit", |digest| digest.bytes.push(b' '));
    spoiled("can't be read as a digest", |digest| digest.bytes.truncate(20));
}

#[test]
fn even_a_signed_digest_must_agree_with_its_own_name() {
    resigned("the account is 111122223333 inside", |json| {
        json["awsAccountId"] = "111122223333".into();
    });
    resigned("the end is 2026-01-10T13:01:32", |json| {
        json["digestEndTime"] = "2026-01-10T13:01:32Z".into();
    });
    resigned("signed with `SHA512withRSA`", |json| {
        json["digestSignatureAlgorithm"] = "SHA512withRSA".into();
    });
    let other_day = |key: &str| key.replace("2026/01/10", "2026/01/11");
    let key = other_day(&idle().key);
    let moved = StoredDigest { key: key.clone(), ..idle() };
    let moved = moved.rewritten(Signer::First, |json| json["digestS3Object"] = json!(key));
    words(moved.check(&keys()), "the day is 2026-01-10 inside");
    let other_region = StoredDigest { key: "notes.txt".to_owned(), ..idle() };
    let foreign =
        other_region.rewritten(Signer::First, |json| json["digestS3Object"] = json!("notes.txt"));
    words(foreign.check(&keys()), "not a name that CloudTrail gives");
}

#[test]
fn a_signature_with_another_hash_than_sha256_is_refused() {
    use sha2::{Digest as _, Sha512};
    let mut digest = idle();
    let text = string_to_sign(&digest.parse(), &digest.sha256());
    digest.signature = Some(Signer::First.sign_with::<Sha512>(&Sha512::digest(text)));
    assert_eq!(digest.check(&keys()), Err(DigestProblem::BadSignature));
}

#[test]
fn without_the_right_key_nothing_is_trusted() {
    let digest = idle();
    words(digest.check(&[]), "the public key `d1e5fd74a52e9afe3a9a3b163bf8f431`");
    words(digest.check(&[Signer::Second.public_key()]), "is not known here");
    let swapped = PublicKey {
        fingerprint: Signer::First.fingerprint().to_owned(),
        ..Signer::Second.public_key()
    };
    assert_eq!(digest.check(std::slice::from_ref(&swapped)), Err(DigestProblem::BadSignature));
    assert_eq!(digest.check(&[swapped, Signer::First.public_key()]), Ok(()));
    let broken = PublicKey { pkcs1_der: vec![0x30, 0], ..Signer::First.public_key() };
    words(digest.check(&[broken]), "is unusable: it is not an RSA key");
}

/// The stock validator asks for the keys of its period only, so it is as strict.
#[test]
fn a_key_counts_only_while_it_was_in_use() {
    let with_validity = |from: &str, to: &str| {
        let key = Signer::First.public_key();
        idle().check(&[PublicKey { valid_from: at(from), valid_to: at(to), ..key }])
    };
    assert_eq!(with_validity("2026-01-10T13:00:00Z", "2026-01-24T00:00:00Z"), Ok(()));
    assert_eq!(with_validity("2026-01-10T15:01:31Z", "2026-01-24T00:00:00Z"), Ok(()));
    assert_eq!(with_validity("2026-01-01T00:00:00Z", "2026-01-10T12:01:31Z"), Ok(()));
    words(with_validity("2026-01-10T15:01:32Z", "2026-01-24T00:00:00Z"), "was in use from");
    words(with_validity("2026-01-01T00:00:00Z", "2026-01-10T12:01:30Z"), "was in use from");
}

#[test]
fn a_backfill_digest_carries_the_time_of_its_making() {
    let mut backfill = Recipe { is_backfill: true, ..recipe() }.store();
    backfill.backfill_generated_at = None;
    assert_eq!(backfill.check(&keys()), Err(DigestProblem::NoBackfillTime));
    backfill.backfill_generated_at = Some("yesterday".to_owned());
    assert_eq!(backfill.check(&keys()), Err(DigestProblem::NoBackfillTime));
    backfill.backfill_generated_at = Some("2026-03-01T00:00:00Z".to_owned());
    words(backfill.check(&keys()), "was in use from");
}

pub(super) fn keys() -> Vec<PublicKey> {
    vec![Signer::First.public_key(), Signer::Second.public_key()]
}

fn recipe() -> Recipe<'static> {
    Recipe {
        end: at("2026-01-10T13:01:31Z"),
        length: TimeDelta::hours(1),
        previous: None,
        files: vec![(log_key(at("2026-01-10T12:06:00Z"), "0105AbCdEfGhIjKl"), [7; 32])],
        is_backfill: false,
        signer: Signer::First,
    }
}

pub(super) fn idle() -> StoredDigest {
    let digest = Recipe { files: Vec::new(), ..recipe() }.store();
    assert_eq!((digest.bucket.as_str(), digest.parse().account.as_str()), (BUCKET, ACCOUNT));
    digest
}

#[track_caller]
fn spoiled(expected: &str, spoil: impl FnOnce(&mut StoredDigest)) {
    let mut digest = idle();
    spoil(&mut digest);
    words(digest.check(&keys()), expected);
}

#[track_caller]
fn resigned(expected: &str, change: impl FnOnce(&mut serde_json::Value)) {
    words(idle().rewritten(Signer::First, change).check(&keys()), expected);
}

#[track_caller]
fn words(result: Result<(), DigestProblem>, expected: &str) {
    let words = result.unwrap_err().to_string();
    assert!(words.contains(expected), "{words:?} lacks {expected:?}");
}
