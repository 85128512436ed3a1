//! Digests.
//!
//! Source: `reference/cloudtrail-logfiles.md`, "Digest files" and "Signature".

use super::log_file::place;
use super::{SampleObject, compress};
use crate::chain::{Chain, Window};
use crate::organization::{self, BUCKET, HOME_REGION, TRAIL};
use crate::signing::SigningKey;
use crate::time::{self, iso, to_utc};
use orgtrail_domain::log_key::DigestKey;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt::Write;

/// A log file as a digest lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ListedFile {
    pub(super) key: String,
    pub(super) hash: String,
    pub(super) oldest: i64,
    pub(super) newest: i64,
    pub(super) delivered_at: i64,
}

/// What the next digest says about this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PreviousDigest {
    key: String,
    hash: String,
    signature: String,
}

/// A digest before it is written.
pub(super) struct Digest<'a> {
    pub(super) chain: &'a Chain,
    pub(super) window: Window,
    pub(super) listed: &'a [ListedFile],
    pub(super) previous: Option<&'a PreviousDigest>,
}

impl Digest<'_> {
    /// Writes and signs the digest.
    pub(super) fn write(&self, signing_key: &SigningKey) -> (SampleObject, PreviousDigest) {
        let delivered_at = time::slot_at_or_after(self.window.end);
        let key = DigestKey {
            place: place(self.chain, self.window.end),
            trail: TRAIL.to_owned(),
            home_region: organization::region(HOME_REGION),
            ends_at: to_utc(self.window.end),
            is_backfill: false,
        };
        let key = key.to_string();
        let text = self.text(&key, signing_key.fingerprint());
        let hash = hex::encode(<Sha256 as sha2::Digest>::digest(text.as_bytes()));
        let before = self.previous.map_or("null", |previous| &previous.signature);
        let signed = format!("{}\n{BUCKET}/{key}\n{hash}\n{before}", iso(self.window.end));
        let signature = signing_key.sign(&signed);
        let object = SampleObject {
            key: key.clone(),
            body: compress(&text),
            content_type: "application/json",
            content_encoding: "gzip",
            metadata: vec![
                ("signature".to_owned(), signature.clone()),
                ("signature-algorithm".to_owned(), "SHA256withRSA".to_owned()),
            ],
            delivered_at: to_utc(delivered_at),
            event_count: 0,
        };
        (object, PreviousDigest { key, hash, signature })
    }

    fn text(&self, key: &str, fingerprint: &str) -> String {
        let quote =
            |text: Option<&str>| text.map_or("null".to_owned(), |text| format!("\"{text}\""));
        let time = |time: Option<i64>| quote(time.map(iso).as_deref());
        let newest = time(self.listed.iter().map(|file| file.newest).max());
        let oldest = time(self.listed.iter().map(|file| file.oldest).min());
        let (start, end) = (iso(self.window.start), iso(self.window.end));
        let previous = self.previous;
        let mut text = format!(
            r#"{{"awsAccountId":"{}","digestStartTime":"{start}","digestEndTime":"{end}","digestS3Bucket":"{BUCKET}","digestS3Object":"{key}","digestPublicKeyFingerprint":"{fingerprint}","digestSignatureAlgorithm":"SHA256withRSA","newestEventTime":{newest},"oldestEventTime":{oldest}"#,
            self.chain.account.id,
        );
        for (name, value) in [
            ("previousDigestS3Bucket", previous.map(|_| BUCKET)),
            ("previousDigestS3Object", previous.map(|previous| previous.key.as_str())),
            ("previousDigestHashValue", previous.map(|previous| previous.hash.as_str())),
            ("previousDigestHashAlgorithm", previous.map(|_| "SHA-256")),
            ("previousDigestSignature", previous.map(|previous| previous.signature.as_str())),
        ] {
            append(&mut text, format_args!(r#","{name}":{}"#, quote(value)));
        }
        text.push_str(r#","logFiles":["#);
        for (index, file) in self.listed.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let ListedFile { key, hash, .. } = file;
            let (newest, oldest) = (iso(file.newest), iso(file.oldest));
            append(
                &mut text,
                format_args!(
                    r#"{comma}{{"s3Bucket":"{BUCKET}","s3Object":"{key}","hashValue":"{hash}","hashAlgorithm":"SHA-256","newestEventTime":"{newest}","oldestEventTime":"{oldest}"}}"#
                ),
            );
        }
        text.push_str("]}");
        text
    }
}

fn append(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more).expect("writing to a string can't fail");
}
