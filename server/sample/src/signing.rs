//! The key that signs digests.

use crate::SampleError;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use sha2::{Digest, Sha256};

/// An RSA key of 2048 bits.
pub(crate) struct SigningKey {
    pair: RsaKeyPair,
    fingerprint: String,
}

/// Makes a key for a sample and returns it in PKCS#8 DER: the one place with randomness of the machine.
///
/// # Errors
///
/// [`SampleError::Key`] when the machine has no randomness to give.
pub fn generate_key() -> Result<Vec<u8>, SampleError> {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| SampleError::Key)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| SampleError::Key)?;
    Ok(der.as_ref().to_vec())
}

impl SigningKey {
    /// Reads a key of 2048 bits.
    pub(crate) fn parse(pkcs8: &[u8]) -> Result<Self, SampleError> {
        let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| SampleError::Key)?;
        if pair.public_modulus_len() != KeySize::Rsa2048.len() {
            return Err(SampleError::Key);
        }
        let fingerprint = hex::encode(&Sha256::digest(pair.public_key().as_ref())[..16]);
        Ok(Self { pair, fingerprint })
    }

    /// The public key's fingerprint: 32 hexadecimal digits.
    pub(crate) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The public key as PKCS#1 `RSAPublicKey` in DER.
    pub(crate) fn public_der(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// The signature (PKCS#1 v1.5 with SHA-256) in lower-case hexadecimal.
    pub(crate) fn sign(&self, message: &str) -> String {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .expect("a parsed key of 2048 bits signs any message");
        hex::encode(signature)
    }
}
