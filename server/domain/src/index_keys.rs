//! How access keys and resources are kept in the index: compactly, and without ambiguity.

use sha2::{Digest, Sha256};
use siphasher::sip::SipHasher24;
use std::hash::Hasher;
use uuid::Uuid;

/// The characters of an AWS access key id; each carries five bits.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The characters of an access key id.
const ACCESS_KEY_LENGTH: usize = 20;

/// Marks a text that is not of the usual form, of which only a hash is kept.
const HASHED: u8 = 0x80;

/// The index form of an access key id: its 100 bits exactly, or 127 bits of a hash for any other text.
///
/// Letters count without regard to case, as in searches. No text is zero, which stands for "none".
pub fn access_key_bits(access_key: &str) -> Uuid {
    if access_key.is_empty() {
        return Uuid::nil();
    }
    let upper = access_key.to_ascii_uppercase();
    exact_bits(&upper).unwrap_or_else(|| {
        let mut half = [0; 16];
        half.copy_from_slice(&Sha256::digest(upper.as_bytes())[..16]);
        half[0] |= HASHED;
        Uuid::from_bytes(half)
    })
}

fn exact_bits(upper: &str) -> Option<Uuid> {
    if upper.len() != ACCESS_KEY_LENGTH {
        return None;
    }
    let mut bits = 1_u128; // a leading one, so that no key is zero
    for byte in upper.bytes() {
        let value = ALPHABET.iter().position(|letter| *letter == byte)?;
        bits = (bits << 5) | value as u128;
    }
    Some(Uuid::from_u128(bits))
}

/// The text of an access key from its index form; `None` when only a hash is kept.
pub fn access_key_text(bits: Uuid) -> Option<String> {
    if bits.is_nil() {
        return Some(String::new());
    }
    if bits.as_bytes()[0] & HASHED != 0 {
        return None;
    }
    let mut rest = bits.as_u128();
    let mut text = [0; ACCESS_KEY_LENGTH];
    for place in text.iter_mut().rev() {
        *place = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    String::from_utf8(text.to_vec()).ok()
}

/// Hashes resources under a key of the installation, so that nobody can prepare two that collide.
#[derive(Clone, Copy, Debug)]
pub struct ResourceHasher {
    key: [u8; 16],
}

impl ResourceHasher {
    /// A hasher with the installation's key.
    pub fn new(key: [u8; 16]) -> Self {
        Self { key }
    }

    /// The hash of an ARN, without regard to ASCII case.
    pub fn arn(&self, arn: &str) -> i64 {
        self.hash(b'a', arn)
    }

    /// The hash of a resource type, without regard to ASCII case.
    pub fn kind(&self, kind: &str) -> i64 {
        self.hash(b't', kind)
    }

    fn hash(&self, domain: u8, text: &str) -> i64 {
        let mut hasher = SipHasher24::new_with_key(&self.key);
        hasher.write_u8(domain);
        hasher.write(text.to_ascii_lowercase().as_bytes());
        hasher.finish().cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_ordinary_key_is_kept_exactly_and_another_text_as_a_hash() {
        let key = "AKIAIOSFODNN7EXAMPLE";
        assert_eq!(access_key_text(access_key_bits(key)).as_deref(), Some(key));
        assert_eq!(access_key_bits(key), access_key_bits(&key.to_lowercase()));
        assert_eq!(access_key_bits(""), Uuid::nil());
        assert_eq!(access_key_text(access_key_bits("AKIA-odd")), None);
        assert_ne!(access_key_bits("AAAAAAAAAAAAAAAAAAAA"), Uuid::nil());
    }

    #[test]
    fn arns_and_types_do_not_meet() {
        let hasher = ResourceHasher::new([7; 16]);
        assert_ne!(hasher.arn("x"), hasher.kind("x"));
        assert_eq!(hasher.arn("ARN:X"), hasher.arn("arn:x"));
        assert_ne!(hasher.arn("x"), ResourceHasher::new([8; 16]).arn("x"));
    }

    proptest! {
        /// Different keys have different bits.
        #[test]
        fn keys_do_not_collide(one in "[A-Z2-7]{20}", two in "[A-Z2-7]{20}") {
            prop_assert_eq!(access_key_text(access_key_bits(&one)), Some(one.clone()));
            prop_assert_eq!(one == two, access_key_bits(&one) == access_key_bits(&two));
        }
    }
}
