//! The master key, which seals what is secret in the database. It is never in the database itself.

use anyhow::{Context, bail};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use orgtrail_cloud::kms::decrypt;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Seals and opens secrets.
pub struct MasterKey {
    key: LessSafeKey,
    id: String,
    is_local: bool,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("MasterKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl MasterKey {
    /// The key from its 64 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// When the text has another form.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let bytes = hex::decode(text.trim()).ok();
        let bytes = bytes.context("the master key is not 64 hexadecimal digits")?;
        Self::of_bytes(&bytes)
    }

    fn of_bytes(bytes: &[u8]) -> anyhow::Result<Self> {
        if bytes.len() != 32 {
            bail!("the master key is not 64 hexadecimal digits");
        }
        let unbound = UnboundKey::new(&AES_256_GCM, bytes)
            .map_err(|_| anyhow::anyhow!("the master key can't be used"))?;
        // Names the key without telling anything of it.
        let id = hex::encode(
            &Sha256::digest([b"orgtrail-master-key-id".as_slice(), bytes].concat())[..8],
        );
        Ok(Self { key: LessSafeKey::new(unbound), id, is_local: false })
    }

    /// The key in a file that KMS has encrypted. Nothing of it is written anywhere.
    ///
    /// # Errors
    ///
    /// When the file can't be read, KMS refuses or can't be reached, or the plaintext is no key.
    pub async fn from_kms(path: &Path, endpoint: Option<&str>) -> anyhow::Result<Self> {
        let name = path.display();
        let text = fs::read_to_string(path)
            .with_context(|| format!("could not read the encrypted master key {name}"))?;
        let ciphertext = BASE64_STANDARD
            .decode(text.trim())
            .with_context(|| format!("the encrypted master key {name} is not Base64"))?;
        let plaintext = decrypt(endpoint, ciphertext)
            .await
            .with_context(|| format!("the master key {name} could not be opened"))?;
        // A data key is bytes; what somebody has encrypted themselves may be the digits.
        let key = match plaintext.len() {
            32 => Self::of_bytes(&plaintext),
            _ => Self::parse(std::str::from_utf8(&plaintext).unwrap_or_default()),
        };
        key.with_context(|| format!("what {name} encrypts is no master key"))
    }

    /// The key in a file.
    ///
    /// # Errors
    ///
    /// When the file can't be read or holds none.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("could not read the master key {}", path.display()))?;
        Self::parse(&text)
    }

    /// The key in the data directory; made when there is none.
    ///
    /// # Errors
    ///
    /// When the file can't be read or made.
    pub fn in_data_directory(directory: &Path) -> anyhow::Result<Self> {
        let path = directory.join("master.key");
        if !path.exists() {
            let text = hex::encode(rand::random::<[u8; 32]>());
            let mut file = fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)
                .with_context(|| format!("could not make the master key {}", path.display()))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
        }
        Ok(Self { is_local: true, ..Self::read(&path)? })
    }

    /// Names the key, so that a secret sealed under another one is told apart.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the key lies beside the data that it protects.
    pub fn is_local(&self) -> bool {
        self.is_local
    }

    /// Seals a secret; `name` must be the same when it is opened.
    ///
    /// # Errors
    ///
    /// When the cipher fails, which it does not.
    pub fn seal(&self, name: &str, secret: &[u8]) -> anyhow::Result<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = secret.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(name),
                &mut sealed,
            )
            .map_err(|_| anyhow::anyhow!("could not seal `{name}`"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens a sealed secret.
    ///
    /// # Errors
    ///
    /// When it was sealed under another key or name, or was altered.
    pub fn open(&self, name: &str, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
        let wrong = || {
            anyhow::anyhow!(
                "`{name}` can't be opened: it was altered or sealed under another master key"
            )
        };
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).ok_or_else(wrong)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| wrong())?;
        let mut secret = sealed.to_vec();
        let length =
            self.key.open_in_place(nonce, Aad::from(name), &mut secret).map_err(|_| wrong())?.len();
        secret.truncate(length);
        Ok(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_under_its_key_and_name() {
        let directory = tempfile::tempdir().unwrap();
        let key = MasterKey::in_data_directory(directory.path()).unwrap();
        let sealed = key.seal("a", b"secret").unwrap();
        assert_eq!(key.open("a", &sealed).unwrap(), b"secret");
        assert!(key.open("b", &sealed).is_err());
        let mut altered = sealed.clone();
        *altered.last_mut().unwrap() ^= 1;
        assert!(key.open("a", &altered).is_err());
        assert!(MasterKey::parse(&"ab".repeat(32)).unwrap().open("a", &sealed).is_err());
        let again = MasterKey::in_data_directory(directory.path()).unwrap();
        assert_eq!(again.open("a", &sealed).unwrap(), b"secret");
    }

    #[test]
    fn a_key_of_another_form_is_refused() {
        for text in ["", "ab", "zz".repeat(32).as_str()] {
            assert!(MasterKey::parse(text).is_err(), "{text:?}");
        }
    }
}
