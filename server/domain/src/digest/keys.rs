//! The public keys that digests are checked with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use rsa::pkcs1::DecodeRsaPublicKey;
use rsa::traits::PublicKeyParts;
use rsa::{Pkcs1v15Sign, RsaPublicKey};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The shortest key that is accepted.
///
/// CloudTrail's keys have 2048 bits; a shorter one can be broken and so proves nothing.
pub const KEY_BITS_MIN: usize = 2048;

/// The longest key that the quick verification takes; CloudTrail's have 2048 bits.
const QUICK_BITS_MAX: usize = 8192;

/// How many keys one list may hold. CloudTrail rotates a Region's key about every two weeks.
const KEY_COUNT_MAX: usize = 10_000;

/// A public key that signs one Region's digests.
///
/// Source: CloudTrail API reference, `PublicKey`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// The name under which digests refer to it: 32 hexadecimal digits, otherwise opaque.
    pub fingerprint: String,
    /// The key as DER of PKCS#1 `RSAPublicKey`.
    pub pkcs1_der: Vec<u8>,
    /// Since when it signs.
    pub valid_from: DateTime<Utc>,
    /// Until when it signs.
    pub valid_to: DateTime<Utc>,
}

impl PublicKey {
    /// Loads the key.
    ///
    /// # Errors
    ///
    /// A sentence that says why it can't be used.
    pub(super) fn load(&self) -> Result<LoadedKey<'_>, String> {
        let key = RsaPublicKey::from_pkcs1_der(&self.pkcs1_der)
            .map_err(|error| format!("it is not an RSA key in PKCS#1 DER form ({error})"))?;
        let bits = key.n().bits();
        if bits < KEY_BITS_MIN {
            return Err(format!("it has {bits} bits, and fewer than {KEY_BITS_MIN} prove nothing"));
        }
        Ok(LoadedKey { key, pkcs1_der: &self.pkcs1_der })
    }
}

/// A key that can be used.
#[derive(Debug)]
pub(super) struct LoadedKey<'a> {
    key: RsaPublicKey,
    pkcs1_der: &'a [u8],
}

impl LoadedKey<'_> {
    /// Whether the signature is of this text, by RSA with PKCS#1 v1.5 and SHA-256.
    pub(super) fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        // There is a digest for every hour of every account and Region, and this one needs a seventh of the time.
        if self.key.n().bits() <= QUICK_BITS_MAX {
            let algorithm = &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
            let key = aws_lc_rs::signature::UnparsedPublicKey::new(algorithm, self.pkcs1_der);
            return key.verify(text, signature).is_ok();
        }
        let hash = Sha256::digest(text);
        self.key.verify(Pkcs1v15Sign::new::<Sha256>(), &hash, signature).is_ok()
    }
}

/// A list of public keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicKeys(Vec<PublicKey>);

/// Why a text is not a list of public keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeys {
    /// Not the JSON that `aws cloudtrail list-public-keys` prints.
    #[error("this is not what `aws cloudtrail list-public-keys` prints: {0}")]
    NotAList(String),
    /// The list holds no key.
    #[error("the list holds no key: ask for the period in which the digests were signed")]
    Empty,
    /// More keys than anybody has.
    #[error("the list holds {0} keys; more than {KEY_COUNT_MAX} are not read")]
    TooMany(usize),
    /// One key is wrong.
    #[error("key {position} (fingerprint `{fingerprint}`): {reason}")]
    Key {
        /// Its place in the list, from 1.
        position: usize,
        /// Its fingerprint.
        fingerprint: String,
        /// What is wrong.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    public_key_list: Vec<WrittenKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WrittenKey {
    value: String,
    validity_start_time: WrittenTime,
    validity_end_time: WrittenTime,
    fingerprint: String,
}

/// A time as the versions of the AWS CLI print it: seconds since 1970, or RFC 3339.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenTime {
    Seconds(f64),
    Text(String),
}

impl PublicKeys {
    /// Reads what `aws cloudtrail list-public-keys` prints.
    ///
    /// # Errors
    ///
    /// [`InvalidKeys`] for the first thing that is wrong; no key is taken from a list with an error.
    pub fn parse(json: &str) -> Result<Self, InvalidKeys> {
        let written: Written = serde_json::from_str(json).map_err(|error| {
            InvalidKeys::NotAList(error.to_string().chars().take(200).collect())
        })?;
        match written.public_key_list.len() {
            0 => return Err(InvalidKeys::Empty),
            count if count > KEY_COUNT_MAX => return Err(InvalidKeys::TooMany(count)),
            _ => {}
        }
        let keys = written.public_key_list.iter().enumerate().map(|(index, key)| {
            key.read().map_err(|reason| InvalidKeys::Key {
                position: index + 1,
                fingerprint: key.fingerprint.chars().take(80).collect(),
                reason,
            })
        });
        Ok(Self(keys.collect::<Result<_, _>>()?))
    }

    /// The keys, in the order of the list.
    pub fn as_slice(&self) -> &[PublicKey] {
        &self.0
    }
}

impl From<PublicKeys> for Vec<PublicKey> {
    fn from(keys: PublicKeys) -> Self {
        keys.0
    }
}

impl WrittenKey {
    fn read(&self) -> Result<PublicKey, String> {
        let is_hex = self.fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit());
        if self.fingerprint.len() != 32 || !is_hex {
            return Err("the fingerprint is not 32 hexadecimal digits".to_owned());
        }
        let pkcs1_der = STANDARD
            .decode(self.value.trim())
            .map_err(|error| format!("`Value` is not base64: {error}"))?;
        let key = PublicKey {
            fingerprint: self.fingerprint.to_ascii_lowercase(),
            pkcs1_der,
            valid_from: self.validity_start_time.read("ValidityStartTime")?,
            valid_to: self.validity_end_time.read("ValidityEndTime")?,
        };
        if key.valid_to <= key.valid_from {
            return Err("its validity ends before it begins".to_owned());
        }
        key.load()?;
        Ok(key)
    }
}

impl WrittenTime {
    fn read(&self, field: &str) -> Result<DateTime<Utc>, String> {
        match self {
            Self::Seconds(seconds) => from_seconds(*seconds),
            Self::Text(text) => DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()),
        }
        .ok_or_else(|| format!("`{field}` is neither seconds since 1970 nor an RFC 3339 time"))
    }
}

fn from_seconds(seconds: f64) -> Option<DateTime<Utc>> {
    // Digests know no fractions of a second, and neither do the keys' times.
    if !(0.0..=4e9).contains(&seconds) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked just above")]
    DateTime::from_timestamp(seconds as i64, 0)
}
