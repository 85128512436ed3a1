//! People, their access keys and their sessions.

use crate::authorization::Grant;
use crate::console::Role;
use crate::ids::AccountId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What the settings page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Who is asking, as AWS names people; none when the organization has no account yet.
    pub identity: Option<Identity>,
    /// The access keys that the caller may manage: their own, or everybody's.
    pub access_keys: Vec<AccessKey>,
    /// The sessions that the caller may end.
    pub sessions: Vec<Session>,
    /// The caller's own roles.
    pub grants: Vec<Grant>,
    /// The people of the organization, for those who manage them.
    pub people: Option<Vec<Person>>,
    /// A key that was made a moment ago, with its secret, which is shown once.
    pub new_key: Option<NewKey>,
    /// How it stands with the caller's second factor.
    pub second_factor: SecondFactor,
}

/// How it stands with somebody's second factor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactor {
    /// Whether signing in needs a code.
    pub is_set: bool,
    /// A secret that is to be confirmed by a code.
    pub pending: Option<PendingFactor>,
    /// Whether the organization requires one of those who change things.
    pub is_required: bool,
    /// Whether the person says so for the organization.
    pub may_require: bool,
    /// The identity provider that signs the person in, whose business a second factor is.
    #[serde(default)]
    pub issuer: Option<String>,
}

/// A secret for somebody's authenticator app.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingFactor {
    /// The secret, in base32.
    pub secret: String,
    /// The address that apps read.
    pub uri: String,
}

impl std::fmt::Debug for PendingFactor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PendingFactor").finish_non_exhaustive()
    }
}

/// Somebody as AWS names people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The account.
    pub account: AccountId,
    /// The ARN.
    pub arn: String,
    /// The unique id.
    pub user_id: String,
}

/// An access key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKey {
    /// The id.
    pub access_key_id: String,
    /// Whose it is.
    pub name: String,
    /// Whether it is the caller's own.
    pub is_own: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it is refused.
    pub disabled_at: Option<DateTime<Utc>>,
    /// Whether an administrator has refused it: then its owner can't accept it again.
    pub is_refused_by_administrator: bool,
    /// When it was used last, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// For which service and in which Region; empty when it was never used.
    pub last_used_for: String,
}

/// A key with its secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKey {
    /// Whose it is.
    pub name: String,
    /// The id.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: String,
}

impl std::fmt::Debug for NewKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("NewKey")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// A session that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub name: String,
    /// Whether it is the one that asks.
    pub is_this: bool,
    /// `console` or `api`.
    pub audience: String,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// The browser or program that opened it; empty when unknown.
    pub user_agent: String,
    /// The address it was opened from; empty when unknown.
    pub address: String,
}

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The identity provider that signs them in; none for a password of ours.
    pub issuer: Option<String>,
    /// The sign-in name.
    pub name: String,
    /// The account they belong to.
    pub account: Option<AccountId>,
    /// Their roles.
    pub grants: Vec<Grant>,
    /// Whether signing in is refused.
    pub is_disabled: bool,
    /// Whether it is a service, which has no password.
    pub is_service: bool,
    /// Whether signing in needs a code.
    pub has_second_factor: bool,
}

/// A role that somebody is to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantRequest {
    /// The person's sign-in name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// The organization, the root, a unit or an account, by its id.
    pub target: String,
    /// Where the period of events begins; auditors only.
    #[serde(default)]
    pub from: Option<DateTime<Utc>>,
    /// Where it ends.
    #[serde(default)]
    pub to: Option<DateTime<Utc>>,
    /// When the grant ends.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// Why.
    pub reason: String,
}

/// What can be done to an access key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyChange {
    /// Refuse it from now on.
    Disable,
    /// Accept it again.
    Enable,
    /// Delete it for good.
    Delete,
}
