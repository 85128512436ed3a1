//! Reading what `aws cloudtrail list-public-keys` prints.

use super::{Signer, at};
use crate::digest::{InvalidKeys, PublicKeys};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

#[test]
fn times_may_be_numbers_or_text() {
    for (from, to) in [
        (json!(1_436_918_400.0), json!(1_438_114_800)),
        (json!("2015-07-15T00:00:00+00:00"), json!("2015-07-28T20:20:00Z")),
    ] {
        let keys = read(&json!([key(from, to)])).unwrap();
        let [key] = keys.as_slice() else { panic!("one key") };
        assert_eq!(key.pkcs1_der, Signer::First.pkcs1_der());
        assert_eq!(key.fingerprint, Signer::First.fingerprint());
        assert_eq!(key.valid_from, at("2015-07-15T00:00:00Z"));
        assert_eq!(key.valid_to, at("2015-07-28T20:20:00Z"));
    }
}

#[test]
fn what_is_wrong_with_a_list_is_named() {
    refused(&json!([]), "holds no key");
    refused(&json!("x"), "not what `aws cloudtrail list-public-keys` prints");
    refused(&json!([good(), spoiled("Value", json!("%%%"))]), "key 2 (fingerprint `d1e5");
    refused(&json!([spoiled("Value", json!("%%%"))]), "`Value` is not base64");
    refused(&json!([spoiled("Value", json!("AAAA"))]), "not an RSA key in PKCS#1 DER form");
    refused(&json!([spoiled("Value", json!(SHORT))]), "it has 512 bits");
    refused(&json!([spoiled("Fingerprint", json!("x"))]), "not 32 hexadecimal digits");
    refused(&json!([spoiled("ValidityEndTime", json!("soon"))]), "`ValidityEndTime` is neither");
    refused(&json!([spoiled("ValidityEndTime", json!(1e300))]), "`ValidityEndTime` is neither");
    refused(&json!([spoiled("ValidityEndTime", json!(0))]), "ends before it begins");
    assert!(PublicKeys::parse("{").is_err());
}

/// A key of 512 bits, which anybody can break.
const SHORT: &str = "MEgCQQDP/eKxf6N4KBNt4YwT++hMvJeIKv2GGvWjDAVmK3GbcivY985wBxr9Non3JT4MeITrBccw4KrymTLFk9uC4BuDAgMBAAE=";

fn key(from: Value, to: Value) -> Value {
    let mut key = good();
    key["ValidityStartTime"] = from;
    key["ValidityEndTime"] = to;
    key
}

fn good() -> Value {
    json!({
        "Value": STANDARD.encode(Signer::First.pkcs1_der()),
        "ValidityStartTime": 1_436_918_400.0, "ValidityEndTime": 1_438_114_800.0,
        "Fingerprint": Signer::First.fingerprint(),
    })
}

fn spoiled(field: &str, value: Value) -> Value {
    let mut key = good();
    key[field] = value;
    key
}

fn read(list: &Value) -> Result<PublicKeys, InvalidKeys> {
    PublicKeys::parse(&json!({ "PublicKeyList": list }).to_string())
}

#[track_caller]
fn refused(list: &Value, expected: &str) {
    let words = read(list).unwrap_err().to_string();
    assert!(words.contains(expected), "{words:?} lacks {expected:?}");
}
