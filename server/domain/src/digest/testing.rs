//! Digests for tests, signed with real keys.

use super::{Digest, DigestObject, DigestProblem, PublicKey, check, string_to_sign};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_shared::time::parse_time;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPublicKey};
use rsa::{Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

pub(crate) const ACCOUNT: &str = "444455556666";
pub(crate) const BUCKET: &str = "ct-example-bucket";
pub(crate) const FINGERPRINTS: [&str; 2] =
    ["d1e5fd74a52e9afe3a9a3b163bf8f431", "8eba5db5bea9b640d1c96a77256fe7f2"];

/// Which of the two keys signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    First,
    Second,
}

impl Signer {
    pub(crate) fn fingerprint(self) -> &'static str {
        FINGERPRINTS[self as usize]
    }

    fn private_key(self) -> &'static RsaPrivateKey {
        &PRIVATE_KEYS[self as usize]
    }

    pub(crate) fn pkcs1_der(self) -> Vec<u8> {
        let key = RsaPublicKey::from(self.private_key());
        key.to_pkcs1_der().unwrap().into_vec()
    }

    pub(crate) fn public_key(self) -> PublicKey {
        PublicKey {
            fingerprint: self.fingerprint().to_owned(),
            pkcs1_der: self.pkcs1_der(),
            valid_from: at("2026-01-01T00:00:00Z"),
            valid_to: at("2026-02-01T00:00:00Z"),
        }
    }

    /// Signs a hash made with another algorithm.
    pub(crate) fn sign_with<H: sha2::Digest + rsa::pkcs8::AssociatedOid>(
        self,
        hash: &[u8],
    ) -> String {
        hex::encode(self.private_key().sign(Pkcs1v15Sign::new::<H>(), hash).unwrap())
    }

    /// Signs; each text is signed only once, because signing is slow without optimization.
    pub(crate) fn sign(self, text: &str) -> String {
        type Made = HashMap<(usize, String), String>;
        static MADE: LazyLock<Mutex<Made>> = LazyLock::new(Mutex::default);
        let known = MADE.lock().unwrap().get(&(self as usize, text.to_owned())).cloned();
        known.unwrap_or_else(|| {
            let hash = Sha256::digest(text);
            let signature = self.private_key().sign(Pkcs1v15Sign::new::<Sha256>(), &hash).unwrap();
            let signature = hex::encode(signature);
            MADE.lock().unwrap().insert((self as usize, text.to_owned()), signature.clone());
            signature
        })
    }
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    parse_time(text).unwrap()
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The key of a log file delivered at a time.
pub(crate) fn log_key(delivered_at: DateTime<Utc>, unique: &str) -> String {
    let (day, minute) = (delivered_at.format("%Y/%m/%d"), delivered_at.format("%Y%m%dT%H%MZ"));
    format!(
        "AWSLogs/o-exampleorg1/{ACCOUNT}/CloudTrail/us-east-1/{day}/\
         {ACCOUNT}_CloudTrail_us-east-1_{minute}_{unique}.json.gz"
    )
}

/// A digest as it lies in S3, and whatever a test wants to spoil about it.
#[derive(Clone, Debug)]
pub(crate) struct StoredDigest {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) signature: Option<String>,
    pub(crate) signature_algorithm: Option<String>,
    pub(crate) backfill_generated_at: Option<String>,
}

impl StoredDigest {
    pub(crate) fn sha256(&self) -> [u8; 32] {
        sha256(&self.bytes)
    }

    pub(crate) fn parse(&self) -> Digest {
        Digest::parse(&self.bytes).unwrap()
    }

    pub(crate) fn check(&self, keys: &[PublicKey]) -> Result<(), DigestProblem> {
        check(&Digest::parse(&self.bytes)?, &self.object(&self.sha256()), keys)
    }

    pub(crate) fn object<'a>(&'a self, sha256: &'a [u8; 32]) -> DigestObject<'a> {
        DigestObject {
            bucket: &self.bucket,
            key: &self.key,
            sha256,
            signature: self.signature.as_deref(),
            signature_algorithm: self.signature_algorithm.as_deref(),
            backfill_generated_at: self.backfill_generated_at.as_deref(),
        }
    }

    /// Changes the content and signs it anew, as only CloudTrail could.
    pub(crate) fn rewritten(&self, signer: Signer, change: impl FnOnce(&mut Value)) -> Self {
        let mut value = serde_json::from_slice(&self.bytes).unwrap();
        change(&mut value);
        value["digestPublicKeyFingerprint"] = json!(signer.fingerprint());
        let mut stored = Self { bytes: serde_json::to_vec(&value).unwrap(), ..self.clone() };
        let text = string_to_sign(&stored.parse(), &stored.sha256());
        stored.signature = Some(signer.sign(&text));
        stored
    }
}

/// What a digest is made of.
#[derive(Clone, Debug)]
pub(crate) struct Recipe<'a> {
    pub(crate) end: DateTime<Utc>,
    pub(crate) length: TimeDelta,
    pub(crate) previous: Option<&'a StoredDigest>,
    pub(crate) files: Vec<(String, [u8; 32])>,
    pub(crate) is_backfill: bool,
    pub(crate) signer: Signer,
}

impl Recipe<'_> {
    /// Writes and signs the digest as CloudTrail does.
    pub(crate) fn store(&self) -> StoredDigest {
        let (day, time) = (self.end.format("%Y/%m/%d"), self.end.format("%Y%m%dT%H%M%SZ"));
        let suffix = if self.is_backfill { "_backfill" } else { "" };
        let key = format!(
            "AWSLogs/o-exampleorg1/{ACCOUNT}/CloudTrail-Digest/us-east-1/{day}/\
             {ACCOUNT}_CloudTrail-Digest_us-east-1_org-trail_us-east-1_{time}{suffix}.json.gz"
        );
        let text = |time: DateTime<Utc>| time.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let files = self.files.iter().map(|(key, sha256)| {
            json!({
                "s3Bucket": BUCKET, "s3Object": key, "hashValue": hex::encode(sha256),
                "hashAlgorithm": "SHA-256", "newestEventTime": text(self.end),
                "oldestEventTime": text(self.end - self.length),
            })
        });
        let previous = self.previous;
        let digest = json!({
            "awsAccountId": ACCOUNT,
            "digestStartTime": text(self.end - self.length),
            "digestEndTime": text(self.end),
            "digestS3Bucket": BUCKET,
            "digestS3Object": key,
            "digestPublicKeyFingerprint": self.signer.fingerprint(),
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": null,
            "oldestEventTime": null,
            "previousDigestS3Bucket": previous.map(|it| &it.bucket),
            "previousDigestS3Object": previous.map(|it| &it.key),
            "previousDigestHashValue": previous.map(|it| hex::encode(it.sha256())),
            "previousDigestHashAlgorithm": previous.map(|_| "SHA-256"),
            "previousDigestSignature": previous.map(|it| it.signature.as_ref().unwrap()),
            "logFiles": files.collect::<Vec<_>>(),
        });
        let stored = StoredDigest {
            bucket: BUCKET.to_owned(),
            key,
            bytes: Vec::new(),
            signature: None,
            signature_algorithm: Some("SHA256withRSA".to_owned()),
            backfill_generated_at: self.is_backfill.then(|| text(self.end)),
        };
        let stored = StoredDigest { bytes: serde_json::to_vec(&digest).unwrap(), ..stored };
        stored.rewritten(self.signer, |_| ())
    }
}

static PRIVATE_KEYS: LazyLock<[RsaPrivateKey; 2]> = LazyLock::new(|| {
    [FIRST, SECOND]
        .map(|key| RsaPrivateKey::from_pkcs1_der(&STANDARD.decode(key).unwrap()).unwrap())
});

/// Made for these tests with `openssl genrsa 2048`; nothing else was ever signed with it.
const FIRST: &str = "\
    MIIEpAIBAAKCAQEAv7KncZ8aTPZjAsZ9hNJdJMUWP8guhdUq97uIWQ4Hc/JNLa7wOuxDafNLuc+Bk0MYGNIQcU6gVE\
    KkcmxFaBJl7caxBNs/iMAA60+Dqkov9wqJqhY5lwEVk1ZmPrKMQeKKIx826qp2uLWfzbpFNDr8gczkTQAFSAB8PAwB\
    IdNybiNgGjFzNgNMbCUH+sjhrCmJaxxR36ApFTfaukNRPkZ3LTo2EToaW22jcu7BoVGbe9H3/wRJS+yhwPuH6xjWXA\
    satuBwLqfa0eRO+wYBLTcgIrfiKWXL9vGFyxg26uQV6UIDr6bycgFVu+VXpQnoMKn5dbrBwU01Qusp7+ZalJQIBQID\
    AQABAoIBACPtnPpromdISnhLsVzCfJiWo7vije2hbUMvD7f5LCZsBFEKl5XDkEL8SXYS0StDiPGl9VT3Mo94Sg/0AP\
    IneJkfAzBw0zCTI9j2dyvkaab4f6K0Naj6mAucRt97YVQ73D4G7KkAt+2YhNHvFmdaotbFCwjvdw3uoVozucaYNbs0\
    bREsiVZj6l2a1iaC1gvMsdffYkKRfwk9FGKKaVGOKDNWxftpBOpZ5resoZW08w537Kxz55G91cyzX1LATr4tQ0IXE6\
    0Xp3V0iWtzBjb412qlGzd173La03A8hJ5FZfZjgL7sBBgHafuIPbaumbwU7rzsz9R9rNEs2BJMXJ2SJEECgYEA4hTJ\
    Gxwu1e97iA+0jZ/Y6b4s6b6S2P7Zc4M4541IxToWWQw2yb3da44GlPeR1qHOMB+0oi73d8mxhxHKqpVeI+1axIXg6+\
    QP6W4GX7kzQwSc+AfwHuIAKILwmRxkSAdU+sJ6pe6DLjUoQiDIz4JIGSFLY4zWdeTzZ9o2kfd219UCgYEA2REGVdSm\
    kwIw/1Z/luqOfVurEE196JerQTpxL9B5GsYUpGN30FjktamazeNoQlTbWDxWQlmuqmckvNblOOAflb2H98/Okh4+y/\
    e9twueBcUUL4BUFLuGle25GGcPm53TdYuOEUe/46VJvYYqSWp8lBKVk327r5J0Xb/PMa3AN3ECgYEAyUAdgT+GRbTI\
    L2djn0qyyegbjPuzNu0t3xDpv93Z8I9zw1MHFnEoQI0OON9k+D3TEK24m0LZ0c0+dfEViuIqCitIyHYwsWuz6mSh0e\
    ZHxpm9rWFLlAI0h9t/l5xZfHDiadJjYYA/UAvLyYnrmCTuT0h/FqARbKMhNcpfF3LFXP0CgYAsXalw05T0SSdgmPpd\
    CzXyc1EEdQI+DvnmzB4kSrTl/wRrERWFFRYx9yd323oMzLFEWJi82P21QH2mxzl0pYJvJZzrzqKHBP2KzOkOx6YVwd\
    E9YDpPPoDklgEV9sKe6OQ2iz6PU53p1ne67/gmp0gtL5s42SMKYKG+I50ip0O5UQKBgQDRhBPI/TZPDA8aOPNED6pI\
    RBiU6sNxdUJd6WEJqiUacZXKQcPTC3VP37UKYorPZg2x7LPFZJZ7mpT5Y++VBAq8M37815piyk+hNd7qmT0VekfPDm\
    ehG1FXKuKUtEzO+D0uzx7jcfx8mWBdvmJ+O9TOwkhiy2eRz11i7+2zxUUGsQ==";

/// The second one, for rotation.
const SECOND: &str = "\
    MIIEowIBAAKCAQEAnFnJXuWViNV8MgnNIdRHdZy+E2A+L6fB1OIco0K1Lq5UwR/OFW3+OIblZotwJAOfNYf1RNQt3R\
    BbLipmq+Ag/mB06UcnmdXelKH/w2G9X03YLSdJSreZloTx1MxwcJ7/wJcPE+zMl0XzAnq2I1No+yOkpZ8+kpuSddZL\
    3tATPdtmiD2LpXJ3bwN4i3wTVGsCN4wlbmXfMGobtA72rmnashHnTveUq3ndnhavsYRjnJ+XRdweuJUdAtg63AOc+Z\
    hPmCMawx4axhkbxwP1qsKnoqFg+At03+jpIQXpjY/8tKPN7EQHzasRumX4niWPDOukooMnAFS3yUM9P5NETbr3HQID\
    AQABAoIBAAwVoYDuSEzw8+jkhTXNPppf0M4rv8AMXJOGctWzO9CdmgCU+NIDCXrs1ubCi2/xKrlRu+/uYWlx0JuvHH\
    aXkR1FhHZyW48iRBJOD3gWbMi6D3sf9fl/2tpoMKPfYFJywPbtsLU8IIJnCOsYY82zrkx48F/PwN+b2tRfnvIcDYdX\
    4rXKJ6NtFvQKsEr7/s9W6nPQMh2lTMSQrpo2XYRsPpEPF9Mu4VnLSzNuwYDgR1vQk8q8yHT5Rvg039xWevfpIy6LW7\
    rkkpJqWI9utMJunvYiNQ3Rwbvd+lauT5h8DOlnpEE+8kJULKnhW79FVZakBxWIvy3ypRJn8wJUbgfkNDkCgYEAyQj1\
    KdCBR8VsCBXNXsPNrkC8jUUT+OOxgyREY3hb0oI4mqmcLnHz1cfVOyUbP1LV28PpuKkvUBpyAyW9srs9dGgFEM587S\
    QwkHwoDUyaaKIAtSoHbqGc8acJ6iOCY9Ye/B4fV+Dc7CvicObyZM5W/o82H/+CDndmemdsuP8fSskCgYEAxxk+S31U\
    fhiii41okWGj1kIj0Q8qiMWYdRsLTKYOfMO5xOFtyQk7DFPhZIeJSyoofuZgU9pr0lVHxNF1V8MtmSdwgi7eYett+v\
    kodLCvRjZhNc7XotGhwi8KWXFOdM7OlvVhdsxO1wMviE6gdUIGKP0gityYcJIRDDq5r7vG37UCgYA7SrIMGBvZECgR\
    pmSA250RFLTHsaT3Vihntk2ZTMlAJ/oL25RdumwhFCQWopYLsiGzBHAtb3Ct3m7b8MinK0QvzfIYh94ejvrn0kZ5za\
    sIyycMR44TmgTQ3OQ2syxkx6Ux1KyH3aEq4rKRe/vnsVfFEnXzMAeqvppx5YkScuRGyQKBgHnwAfEl/zuDRvoFT0fK\
    7xboRxthGIHP0wHV4GO/SBwtm3bzQdPgbWOtc9uoDvQUC908pz50BZk6Vcw7JIztot2sBAIXRmfeUutk8dwV4iM0Zv\
    EXj4XOsi1Ftib1eEGd73URL/IcSyTwdIoc7bUjDLbJ4MZrOImpS/ubc+InNTQJAoGBALkWe6WcURyUdM6p+lj/3CdB\
    AxRpseAldAVHkVCIfwx8uqLlE25PEDVZcM7LjYAM6QprTfbSMvRtkLvfi/hBJ0OwtJ1ZkPtWMc3/2VY4ukmMUvmbtm\
    owd1g4IVrhy9auhDEEZdIdia4ykW+VAauKXTUnbSzgV5gp5urQgp1UeEIR";
