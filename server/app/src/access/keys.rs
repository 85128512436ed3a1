//! Access keys, by which stock AWS clients say who they are.

use crate::installation::random_base32;
use crate::services::Services;
use anyhow::Context;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use orgtrail_shared::ids::AccountId;
use orgtrail_storage::access_keys::SigningKey;
use orgtrail_storage::audit::Acting;
use orgtrail_storage::users::UserRow;
use sha2::{Digest, Sha256};

/// A new key. Its secret is shown once, and never again.
#[derive(Clone, PartialEq, Eq)]
pub struct NewAccessKey {
    /// The id.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: String,
}

impl std::fmt::Debug for NewAccessKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("NewAccessKey")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

impl NewAccessKey {
    /// A key that nobody has.
    pub fn generate() -> Self {
        Self {
            access_key_id: format!("AKIA{}", random_base32(16)),
            // 30 bytes are the 40 characters that clients are used to.
            secret_access_key: BASE64_STANDARD.encode(rand::random::<[u8; 30]>()),
        }
    }

    /// Gives the key to a person, within an act. `false` when they have two already.
    ///
    /// # Errors
    ///
    /// When the secret can't be sealed or the database fails; nothing was kept.
    pub async fn keep(
        &self,
        services: &Services,
        acting: &mut Acting,
        user_id: i32,
    ) -> anyhow::Result<bool> {
        let name = secret_name(&self.access_key_id);
        let sealed = services.master_key.seal(&name, self.secret_access_key.as_bytes())?;
        let sealed = (services.master_key.id(), sealed.as_slice());
        let now = services.clock.now();
        Ok(acting.insert_access_key(&self.access_key_id, user_id, sealed, now).await?)
    }
}

fn secret_name(access_key_id: &str) -> String {
    format!("access-key {access_key_id}")
}

/// The secret of a key, to check a signature with.
///
/// # Errors
///
/// When it was sealed under another master key.
pub fn open_secret(
    services: &Services,
    access_key_id: &str,
    key: &SigningKey,
) -> anyhow::Result<Vec<u8>> {
    services.master_key.open(&secret_name(access_key_id), &key.sealed).with_context(|| {
        format!("the access key {access_key_id} is sealed under the master key {}", key.key_id)
    })
}

/// Somebody as AWS names people: a user of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsPrincipal {
    /// The account: the person's own, or the management account for those who belong to none.
    pub account: AccountId,
    /// `arn:aws:iam::ACCOUNT:user/NAME`.
    pub arn: String,
    /// The unique id that AWS would have made: `AIDA` and 16 characters, the same each time.
    pub user_id: String,
}

impl AwsPrincipal {
    /// The principal of a person; none when the organization has no account that they could belong to.
    ///
    /// # Errors
    ///
    /// When the database can't answer.
    pub async fn of(services: &Services, user: &UserRow) -> anyhow::Result<Option<Self>> {
        let number =
            services.database.account_of_person(user.organization_id, user.account_id).await?;
        let Some(account) = number.and_then(|number| number.parse::<AccountId>().ok()) else {
            return Ok(None);
        };
        let arn = format!("arn:aws:iam::{account}:user/{}", user.name);
        Ok(Some(Self { user_id: principal_id(user), account, arn }))
    }
}

/// The same person has the same id, and another one of the same name, made later, another.
pub(crate) fn principal_id(user: &UserRow) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let text = format!("orgtrail user {} {}", user.organization_id, user.user_id);
    let hash = Sha256::digest(text.as_bytes());
    let letters = hash.iter().take(16).map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
    format!("AIDA{}", letters.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_shape_of_aws_and_its_secret_is_not_printed() {
        let key = NewAccessKey::generate();
        assert_eq!((key.access_key_id.len(), key.secret_access_key.len()), (20, 40));
        assert!(key.access_key_id.starts_with("AKIA"));
        assert!(!format!("{key:?}").contains(&key.secret_access_key));
        assert_ne!(key, NewAccessKey::generate());
    }
}
