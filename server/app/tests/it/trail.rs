//! An organization trail's bucket, copied into a directory: log files, and digests signed with a key of the test.

use crate::records::{gzip, log_file, record};
use crate::world::{ORGANIZATION, at, write};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

pub(crate) const ACCOUNT: &str = "444455556666";
pub(crate) const OTHER_ACCOUNT: &str = "777788889999";
pub(crate) const THIRD_ACCOUNT: &str = "888899990000";
/// The bucket that the directory was copied from.
pub(crate) const BUCKET: &str = "example-trail-bucket";
const FINGERPRINT: &str = "d1e5fd74a52e9afe3a9a3b163bf8f431";

static KEY: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

/// The start of an hour of the chain.
pub(crate) fn hour(index: i32) -> DateTime<Utc> {
    at("2026-03-02T01:00:00Z") + TimeDelta::hours(1) * index
}

/// What CloudTrail does in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hour {
    /// It delivers two log files and a digest that lists both.
    Regular,
    /// Nothing is delivered.
    Silent,
    /// The digest knows no predecessor.
    Restart,
    /// The digest lists only the first of the two files.
    LateFile,
    /// The account stops a trail of this name.
    Stop,
    /// As `Restart`, and the account starts a trail of this name.
    Start,
}

/// A file in the bucket.
#[derive(Clone, Debug)]
pub(crate) struct Delivered {
    pub(crate) key: String,
    pub(crate) path: PathBuf,
    sha256: String,
    signature: String,
}

/// What was delivered for one account.
pub(crate) struct Chain {
    region: &'static str,
    root: PathBuf,
    account: String,
    /// By hour; none for a silent one.
    pub(crate) digests: Vec<Option<Delivered>>,
    /// The two files of each hour.
    pub(crate) logs: Vec<Vec<Delivered>>,
}

/// What `list-public-keys` would print.
pub(crate) fn public_keys() -> Value {
    json!({"PublicKeyList": [{
        "Value": STANDARD.encode(KEY.public_key().as_ref()), "Fingerprint": FINGERPRINT,
        "ValidityStartTime": "2026-01-01T00:00:00Z", "ValidityEndTime": "2027-01-01T00:00:00Z",
    }]})
}

/// Writes what `list-public-keys` would print.
pub(crate) fn write_public_keys(path: &Path) {
    write(path, public_keys().to_string().as_bytes());
}

/// The key of a log file.
pub(crate) fn log_key(account: &str, delivered_at: DateTime<Utc>, unique: &str) -> String {
    log_key_in("us-east-1", account, delivered_at, unique)
}

fn log_key_in(region: &str, account: &str, delivered_at: DateTime<Utc>, unique: &str) -> String {
    let (day, minute) = (delivered_at.format("%Y/%m/%d"), delivered_at.format("%Y%m%dT%H%MZ"));
    format!(
        "AWSLogs/{ORGANIZATION}/{account}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{minute}_{unique}.json.gz"
    )
}

/// Writes a log file into the bucket.
pub(crate) fn put_log(
    root: &Path,
    account: &str,
    time: DateTime<Utc>,
    unique: &str,
    records: &[Value],
) -> Delivered {
    put_log_as(root, log_key(account, time, unique), records)
}

fn put_log_as(root: &Path, key: String, records: &[Value]) -> Delivered {
    let bytes = log_file(records);
    let path = root.join(&key);
    write(&path, &gzip(&bytes));
    Delivered { key, path, sha256: hex::encode(Sha256::digest(&bytes)), signature: String::new() }
}

fn sign(text: &str) -> String {
    let mut signature = vec![0; KEY.public_modulus_len()];
    KEY.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    hex::encode(signature)
}

impl Chain {
    /// Delivers six hours of an account's trail; `plan` tells what is special about which hour.
    pub(crate) fn deliver(root: &Path, account: &str, plan: &[(i32, Hour)]) -> Self {
        Self::deliver_from("us-east-1", root, account, plan)
    }

    /// The same from another Region.
    pub(crate) fn deliver_from(
        region: &'static str,
        root: &Path,
        account: &str,
        plan: &[(i32, Hour)],
    ) -> Self {
        let mut chain = Self {
            region,
            root: root.to_owned(),
            account: account.to_owned(),
            digests: Vec::new(),
            logs: Vec::new(),
        };
        for index in 0..6 {
            let kind =
                plan.iter().find(|(at, _)| *at == index).map_or(Hour::Regular, |(_, kind)| *kind);
            chain.add_hour(index, kind);
        }
        chain
    }

    fn add_hour(&mut self, index: i32, kind: Hour) {
        if kind == Hour::Silent {
            self.digests.push(None);
            self.logs.push(Vec::new());
            return;
        }
        let seed: u128 = self.account.parse().unwrap();
        let logs: Vec<Delivered> = [10, 40]
            .into_iter()
            .map(|minute| {
                let time = hour(index) + TimeDelta::minutes(minute);
                let elsewhere = self.region.strip_prefix("us-east-1").is_none();
                let region = u128::from(elsewhere) * u128::from(self.region.as_bytes()[0]);
                let number = (region << 64)
                    + seed * 1000
                    + u128::from(index.unsigned_abs()) * 60
                    + u128::from(minute.unsigned_abs());
                let event = event(number, &self.account, time - TimeDelta::minutes(3), kind);
                let unique = format!("file{minute}{index:010}");
                let key = log_key_in(self.region, &self.account, time, &unique);
                put_log_as(&self.root, key, &[event])
            })
            .collect();
        let count = if kind == Hour::LateFile { 1 } else { 2 };
        let is_restart = matches!(kind, Hour::Restart | Hour::Start);
        let previous = self.digests.iter().flatten().last().filter(|_| !is_restart).cloned();
        let digest = self.put_digest(index, previous.as_ref(), &logs[..count], false);
        self.logs.push(logs);
        self.digests.push(Some(digest));
    }

    /// Delivers a backfill digest for files that their own hour's digest doesn't list.
    pub(crate) fn backfill(&self, index: i32, files: &[Delivered]) {
        self.put_digest(index, None, files, true);
    }

    fn put_digest(
        &self,
        index: i32,
        previous: Option<&Delivered>,
        files: &[Delivered],
        is_backfill: bool,
    ) -> Delivered {
        let (start, end, account) = (text(hour(index)), hour(index + 1), &self.account);
        let region = self.region;
        let suffix = if is_backfill { "_backfill" } else { "" };
        let key = format!(
            "AWSLogs/{ORGANIZATION}/{account}/CloudTrail-Digest/{region}/{}/{account}_CloudTrail-Digest_{region}_org-trail_us-east-1_{}{suffix}.json.gz",
            end.format("%Y/%m/%d"),
            end.format("%Y%m%dT%H%M%SZ"),
        );
        let listed: Vec<Value> = files
            .iter()
            .map(|file| json!({
                "s3Bucket": BUCKET, "s3Object": file.key, "hashValue": file.sha256, "hashAlgorithm": "SHA-256",
                "newestEventTime": text(end), "oldestEventTime": start,
            }))
            .collect();
        let digest = json!({
            "awsAccountId": account, "digestStartTime": start, "digestEndTime": text(end),
            "digestS3Bucket": BUCKET, "digestS3Object": key, "digestPublicKeyFingerprint": FINGERPRINT,
            "digestSignatureAlgorithm": "SHA256withRSA", "newestEventTime": null, "oldestEventTime": null,
            "previousDigestS3Bucket": previous.map(|_| BUCKET),
            "previousDigestS3Object": previous.map(|it| &it.key),
            "previousDigestHashValue": previous.map(|it| &it.sha256),
            "previousDigestHashAlgorithm": previous.map(|_| "SHA-256"),
            "previousDigestSignature": previous.map(|it| &it.signature),
            "logFiles": listed,
        });
        let bytes = serde_json::to_vec(&digest).unwrap();
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let before = previous.map_or("null", |it| &it.signature);
        let signature = sign(&format!("{}\n{BUCKET}/{key}\n{sha256}\n{before}", text(end)));
        let path = self.root.join(&key);
        write(&path, &gzip(&bytes));
        let mut metadata = json!({"signature": signature, "signature-algorithm": "SHA256withRSA"});
        if is_backfill {
            metadata["backfill-generation-timestamp"] = text(end).into();
        }
        write(&metadata_path(&path), metadata.to_string().as_bytes());
        Delivered { key, path, sha256, signature }
    }

    /// Deletes the digest of an hour, and its metadata.
    pub(crate) fn lose_digest(&self, index: usize) {
        let path = &self.digests[index].as_ref().unwrap().path;
        fs::remove_file(path).unwrap();
        fs::remove_file(metadata_path(path)).unwrap();
    }

    /// Deletes everything of an hour.
    pub(crate) fn lose_hour(&self, index: usize) {
        self.lose_digest(index);
        self.logs[index].iter().for_each(|file| fs::remove_file(&file.path).unwrap());
    }

    /// Replaces a log file by one with another event.
    pub(crate) fn replace_log(&self, index: i32) {
        let event = record(99, &self.account, hour(index), "DeleteBucketPolicy");
        let unique = format!("file10{index:010}");
        put_log(&self.root, &self.account, hour(index) + TimeDelta::minutes(10), &unique, &[event]);
    }

    /// Puts a file into an hour that no digest lists.
    pub(crate) fn inject(&self, index: i32) {
        let time = hour(index) + TimeDelta::minutes(20);
        let event = record(98, &self.account, hour(index), "PutBucketPolicy");
        put_log(&self.root, &self.account, time, "injected00000000", &[event]);
    }
}

fn event(number: u128, account: &str, time: DateTime<Utc>, kind: Hour) -> Value {
    let name = match kind {
        Hour::Stop => "StopLogging",
        Hour::Start => "StartLogging",
        Hour::Regular | Hour::Silent | Hour::Restart | Hour::LateFile => {
            return record(number, account, time, "PutBucketPolicy");
        }
    };
    let mut event = record(number, account, time, name);
    event["eventSource"] = "cloudtrail.amazonaws.com".into();
    event["requestParameters"] = json!({"name": "org-trail"});
    event
}

fn text(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Where the metadata of an object lies.
pub(crate) fn metadata_path(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap().to_str().unwrap();
    path.with_file_name(format!("{name}.metadata.json"))
}
