//! Reading a digest's bytes.

use super::{at, idle};
use crate::digest::{DIGEST_BYTES_MAX, Digest, DigestFormatError};
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn every_field_is_read() {
    let digest = read(|json| {
        json["newestEventTime"] = "2026-01-10T12:21:31Z".into();
        json["logFiles"] = json!([file("a")]);
        previous(json);
    })
    .unwrap();
    assert_eq!(digest.start, at("2026-01-10T12:01:31Z"));
    assert_eq!(digest.end_text, "2026-01-10T13:01:31Z");
    assert_eq!(digest.newest_event_at, Some(at("2026-01-10T12:21:31Z")));
    assert_eq!(digest.oldest_event_at, None);
    let previous = digest.previous.unwrap();
    assert_eq!((previous.key.as_str(), previous.signature.as_str()), ("k", "AB"));
    assert_eq!((previous.bucket.as_str(), previous.sha256), ("b", [0xcd; 32]));
    assert_eq!(digest.log_files.len(), 1);
    assert_eq!(digest.log_files[0].sha256, [0xab; 32]);
    assert_eq!(digest.log_files[0].oldest_event_at, Some(at("2026-01-10T12:06:31Z")));
}

#[test]
fn unknown_fields_are_ignored_and_absent_ones_are_named() {
    assert!(read(|json| json["somethingNew"] = json!({"a": [1, 2]})).is_ok());
    for field in [
        "awsAccountId",
        "digestStartTime",
        "digestEndTime",
        "digestS3Bucket",
        "digestS3Object",
        "digestPublicKeyFingerprint",
        "digestSignatureAlgorithm",
        "previousDigestSignature",
        "logFiles",
    ] {
        let error = read(|json| drop(json.as_object_mut().unwrap().remove(field))).unwrap_err();
        assert!(error.to_string().contains(field), "{error} lacks {field}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    refused("`digestEndTime` is not a time: `noon`", |json| json["digestEndTime"] = "noon".into());
    refused("not after its start", |json| json["digestEndTime"] = json["digestStartTime"].clone());
    refused("not an account id", |json| json["awsAccountId"] = "12".into());
    refused("the hash of `a` is not 64", |json| {
        json["logFiles"] = json!([file("a")]);
        json["logFiles"][0]["hashValue"] = "abc".into();
    });
    refused("made with `MD5`", |json| {
        json["logFiles"] = json!([file("a")]);
        json["logFiles"][0]["hashAlgorithm"] = "MD5".into();
    });
    refused("`s3Object` holds the character zero", |json| json["logFiles"] = json!([file("a\0")]));
    refused("lists `a` twice", |json| json["logFiles"] = json!([file("a"), file("b"), file("a")]));
    refused("`s3Object` is longer", |json| json["logFiles"] = json!([file(&"x".repeat(1025))]));
    refused("`digestS3Object` is longer", |json| json["digestS3Object"] = "x".repeat(1025).into());
    refused("invalid type", |json| json["logFiles"] = "none".into());
}

#[test]
fn a_previous_digest_is_named_wholly_or_not_at_all() {
    for field in [
        "previousDigestS3Bucket",
        "previousDigestS3Object",
        "previousDigestHashValue",
        "previousDigestHashAlgorithm",
        "previousDigestSignature",
    ] {
        refused(&format!("`{field}` is null and others are not"), |json| {
            previous(json);
            json[field] = Value::Null;
        });
    }
}

#[test]
fn a_field_that_occurs_twice_is_refused() {
    let text = String::from_utf8(idle().bytes).unwrap();
    let twice = text.replacen('{', r#"{"digestEndTime":"2026-01-10T13:01:31Z","#, 1);
    assert!(Digest::parse(twice.as_bytes()).unwrap_err().to_string().contains("duplicate field"));
}

#[test]
fn an_endless_digest_is_refused_unread() {
    let bytes = vec![b' '; DIGEST_BYTES_MAX + 1];
    assert_eq!(Digest::parse(&bytes), Err(DigestFormatError::TooLarge(bytes.len())));
}

proptest! {
    /// Whatever lies in the bucket, reading it ends with a verdict.
    #[test]
    fn no_bytes_make_the_reader_fail(at in 0_usize..900, byte in any::<u8>(), cut in 0_usize..900) {
        let mut bytes = idle().bytes;
        let at = at % bytes.len();
        bytes[at] = byte;
        drop(Digest::parse(&bytes));
        bytes.truncate(cut);
        drop(Digest::parse(&bytes));
    }
}

fn file(key: &str) -> Value {
    json!({
        "s3Bucket": "b", "s3Object": key, "hashValue": "ab".repeat(32), "hashAlgorithm": "SHA-256",
        "newestEventTime": null, "oldestEventTime": "2026-01-10T12:06:31Z",
    })
}

fn previous(json: &mut Value) {
    json["previousDigestS3Bucket"] = "b".into();
    json["previousDigestS3Object"] = "k".into();
    json["previousDigestHashValue"] = "CD".repeat(32).into();
    json["previousDigestHashAlgorithm"] = "SHA-256".into();
    json["previousDigestSignature"] = "AB".into();
}

fn read(change: impl FnOnce(&mut Value)) -> Result<Digest, DigestFormatError> {
    let mut json: Value = serde_json::from_slice(&idle().bytes).unwrap();
    change(&mut json);
    Digest::parse(json.to_string().as_bytes())
}

#[track_caller]
fn refused(expected: &str, change: impl FnOnce(&mut Value)) {
    let words = read(change).unwrap_err().to_string();
    assert!(words.contains(expected), "{words:?} lacks {expected:?}");
}
