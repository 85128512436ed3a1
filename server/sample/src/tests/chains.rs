//! The digests are what a strict verifier wants, except where a story says otherwise.

use super::*;
use orgtrail_domain::log_key::ObjectKind;
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::signature::Verifier;
use sha2::{Digest, Sha256};

/// All digests of a chain, oldest first, with their texts and metadata.
fn digests() -> BTreeMap<String, Vec<(&'static SampleObject, Value, &'static str)>> {
    let mut chains: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for object in &WORLD.objects {
        if let ObjectKind::Digest(key) = ObjectKind::parse(&object.key) {
            let text = WORLD.texts[&object.key].as_str();
            let chain = format!("{}/{}", key.place.account, key.place.region);
            chains.entry(chain).or_default().push((
                object,
                serde_json::from_str(text).unwrap(),
                text,
            ));
        }
    }
    chains
}

fn text<'a>(digest: &'a Value, field: &str) -> &'a str {
    digest[field].as_str().unwrap_or("null")
}

#[test]
fn every_key_follows_the_layout() {
    for object in &WORLD.objects {
        match ObjectKind::parse(&object.key) {
            ObjectKind::Log(key) => assert_eq!(key.to_string(), object.key),
            ObjectKind::Digest(key) => assert_eq!(key.to_string(), object.key),
            kind @ (ObjectKind::FolderMarker | ObjectKind::Foreign) => {
                panic!("{}: {kind:?}", object.key)
            }
        }
        assert_eq!((object.content_type, object.content_encoding), ("application/json", "gzip"));
    }
    assert_eq!(WORLD.texts.len(), WORLD.objects.len(), "each key is there once");
    assert_eq!(digests().len(), 22);
}

#[test]
fn every_signature_is_valid() {
    let public = WORLD.sample.public_key();
    let key: VerifyingKey<Sha256> =
        VerifyingKey::new(rsa::RsaPublicKey::from_pkcs1_der(&public.der).unwrap());
    assert_eq!(public.fingerprint.len(), 32);
    for (object, digest, raw) in digests().into_values().flatten() {
        let signed = format!(
            "{}\n{}/{}\n{}\n{}",
            text(&digest, "digestEndTime"),
            text(&digest, "digestS3Bucket"),
            object.key,
            hex::encode(Sha256::digest(raw.as_bytes())),
            text(&digest, "previousDigestSignature"),
        );
        let [(name, signature), (kind, algorithm)] = &object.metadata[..] else { panic!() };
        assert_eq!([name, kind, algorithm], ["signature", "signature-algorithm", "SHA256withRSA"]);
        let signature = Signature::try_from(hex::decode(signature).unwrap().as_slice()).unwrap();
        key.verify(signed.as_bytes(), &signature).unwrap();
        assert_eq!(text(&digest, "digestPublicKeyFingerprint"), public.fingerprint);
        assert_eq!(text(&digest, "digestS3Object"), object.key);
        assert_eq!(text(&digest, "digestS3Bucket"), WORLD.sample.trail().bucket);
    }
}

#[test]
fn chains_are_linked_except_for_one_lost_digest_and_the_restart() {
    let mut lost = Vec::new();
    for (chain, digests) in digests() {
        let mut starts = 0;
        for (index, (_, digest, _)) in digests.iter().enumerate() {
            let previous = index.checked_sub(1).map(|index| &digests[index]);
            if digest["previousDigestS3Object"].is_null() {
                starts += 1;
                for field in ["S3Bucket", "HashValue", "HashAlgorithm", "Signature"] {
                    assert!(digest[format!("previousDigest{field}")].is_null());
                }
                continue;
            }
            let (object, before, raw) = previous.unwrap();
            if text(digest, "previousDigestS3Object") != object.key {
                assert!(!WORLD.texts.contains_key(text(digest, "previousDigestS3Object")));
                lost.push(chain.clone());
                continue;
            }
            assert_eq!(text(digest, "digestStartTime"), text(before, "digestEndTime"));
            let hash = hex::encode(Sha256::digest(raw.as_bytes()));
            assert_eq!(text(digest, "previousDigestHashValue"), hash);
            assert_eq!(text(digest, "previousDigestSignature"), object.metadata[0].1);
        }
        assert_eq!(starts, 2, "{chain} begins, and begins again after the stop");
    }
    assert_eq!(lost, ["567890123456/eu-west-1"]);
}

#[test]
fn listed_hashes_are_the_files_hashes_except_of_the_altered_one() {
    let mut altered = Vec::new();
    let mut listed = std::collections::BTreeSet::new();
    for (_, digest, _) in digests().into_values().flatten() {
        for file in digest["logFiles"].as_array().unwrap() {
            let key = text(file, "s3Object").to_owned();
            let hash = hex::encode(Sha256::digest(WORLD.texts[&key].as_bytes()));
            if text(file, "hashValue") != hash {
                altered.push(key.clone());
            }
            let ObjectKind::Log(log) = ObjectKind::parse(&key) else { panic!("{key}") };
            let delivered = time::iso(log.delivered_at.timestamp());
            assert!(text(&digest, "digestStartTime") <= delivered.as_str());
            assert!(delivered.as_str() < text(&digest, "digestEndTime"));
            assert!(listed.insert(key), "a file is listed once");
        }
    }
    let [altered] = &altered[..] else { panic!("{altered:?}") };
    assert!(altered.contains("/345678901234/CloudTrail/us-east-1/"), "{altered}");
    let last =
        digests().into_values().flatten().map(|(object, ..)| object.delivered_at).max().unwrap();
    let unlisted: Vec<_> = WORLD
        .objects
        .iter()
        .filter(|object| object.key.contains("/CloudTrail/") && !listed.contains(&object.key))
        .filter(|object| object.delivered_at < last - TimeDelta::hours(2))
        .collect();
    assert!(!unlisted.is_empty() && unlisted.len() <= 4, "{}", unlisted.len());
    assert!(
        unlisted.iter().all(|object| object.key.contains("/567890123456/CloudTrail/eu-west-1/"))
    );
}

#[test]
fn the_stop_is_seen_in_every_chain() {
    let moments = WORLD.sample.planner.moments;
    let [stop, start] = [moments.stopped_at, moments.restarted_at].map(time::iso);
    for (chain, digests) in digests() {
        let position = digests
            .iter()
            .position(|(_, digest, _)| text(digest, "digestStartTime") == start)
            .unwrap_or_else(|| panic!("{chain} has no starting digest"));
        assert!(digests[position].1["previousDigestSignature"].is_null());
        let last = &digests[position - 1].1;
        assert!(text(last, "digestEndTime") > stop.as_str(), "the final digest covers the stop");
        assert!(text(last, "digestEndTime") < start.as_str());
    }
    for (key, record) in WORLD.records() {
        let time = text(&record, "eventTime");
        assert!(time <= stop.as_str() || time >= start.as_str(), "{key}");
    }
}

#[test]
fn most_hours_are_quiet_and_have_a_digest_all_the_same() {
    let all: Vec<_> = digests().into_values().flatten().collect();
    let empty = all
        .iter()
        .filter(|(_, digest, _)| digest["logFiles"].as_array().unwrap().is_empty())
        .inspect(|(_, digest, _)| assert!(digest["newestEventTime"].is_null()))
        .count();
    assert!(empty > all.len() / 10 && empty < all.len(), "{empty} of {}", all.len());
}
