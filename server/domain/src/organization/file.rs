//! The file that an organization can be loaded from.

use super::snapshot::{FeatureSet, JoinedMethod, Target};
use super::{OrganizationError, wrong};
use chrono::{DateTime, Utc};
use orgtrail_shared::ids::{AccountId, OrganizationId, PolicyId, UnitId};
use orgtrail_shared::organization::{AccountKind, AccountState, Membership};
use serde::{Deserialize, Serialize};

/// An organization as written in a file; `docs/organization-file.md` describes it for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationFile {
    /// The organization's id.
    pub id: OrganizationId,
    /// A name for people.
    #[serde(default)]
    pub name: String,
    /// The management account; it must be one of `accounts`.
    pub management_account: AccountId,
    /// Root and organizational units.
    #[serde(default)]
    pub units: Vec<UnitEntry>,
    /// The accounts, present and past.
    pub accounts: Vec<AccountEntry>,
    /// The accounts registered as delegated administrators for CloudTrail.
    #[serde(default)]
    pub delegated_administrators: Vec<DelegationEntry>,
    /// Which features it has; all when the file doesn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature_set: Option<FeatureSet>,
    /// Since when CloudTrail is trusted to act in the accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusted_access_since: Option<DateTime<Utc>>,
    /// The service control policies; none when they are not in use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<PolicyEntry>,
    /// What the policies are attached to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentEntry>,
}

/// The root or a unit in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitEntry {
    /// The unit's id.
    pub id: UnitId,
    /// The unit above; absent for the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<UnitId>,
    /// The unit's name.
    pub name: String,
}

/// An account in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountEntry {
    /// The account's id.
    pub id: AccountId,
    /// The account's name.
    #[serde(default)]
    pub name: String,
    /// Its state.
    #[serde(default = "active")]
    pub state: AccountState,
    /// The unit it is in; absent when it has left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// When it belonged to the organization, oldest first.
    pub memberships: Vec<Membership>,
    /// The e-mail address of its root user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// How it joined last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_method: Option<JoinedMethod>,
}

/// A delegated administrator in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelegationEntry {
    /// The account.
    pub account: AccountId,
    /// Since when it is registered.
    pub enabled_at: DateTime<Utc>,
}

/// A service control policy in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyEntry {
    /// The policy's id.
    pub id: PolicyId,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether AWS has written it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_aws_managed: bool,
    /// The policy document: a JSON object as text, as `DescribePolicy` gives it.
    pub content: String,
}

/// An attachment of a service control policy in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachmentEntry {
    /// The policy; it must be one of `policies`.
    pub policy: PolicyId,
    /// The root, unit or account.
    pub target: Target,
}

fn active() -> AccountState {
    AccountState::Active
}

impl OrganizationFile {
    /// Reads and checks the file's text.
    ///
    /// # Errors
    ///
    /// [`OrganizationError`] for the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, OrganizationError> {
        let file: Self = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| {
                wrong(
                    format!("line {}, column {}", error.line(), error.column()),
                    error.to_string(),
                )
            })?
        } else {
            serde_saphyr::from_str(text).map_err(|error| {
                let place = error.location().map_or_else(
                    || "document".to_owned(),
                    |at| format!("line {}, column {}", at.line(), at.column()),
                );
                wrong(place, error.to_string())
            })?
        };
        file.check()?;
        Ok(file)
    }

    /// What an account is in this organization.
    pub fn kind(&self, account: &AccountId) -> AccountKind {
        if *account == self.management_account {
            AccountKind::Management
        } else if self.delegated_administrators.iter().any(|entry| entry.account == *account) {
            AccountKind::DelegatedAdministrator
        } else if self.accounts.iter().any(|entry| entry.id == *account) {
            AccountKind::Member
        } else {
            AccountKind::Unknown
        }
    }
}
