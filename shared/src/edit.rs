//! Changes of an organization that isn't followed elsewhere, by the names of AWS's own operations.

use crate::ids::{AccountId, PolicyId, UnitId};
use serde::{Deserialize, Serialize};

/// The longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 500;

/// One change. Fields are what AWS's operation of that name is given; times and new ids are made here.
///
/// Sources: AWS Organizations API reference; CloudTrail API reference for the delegated administrators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "operation", deny_unknown_fields)]
pub enum OrganizationEdit {
    /// Makes the organization of an installation that knows none: its root and its management account.
    CreateOrganization {
        /// The account that manages it.
        management_account: AccountId,
        /// What people call that account.
        #[serde(default)]
        name: String,
    },
    /// Makes a unit.
    CreateOrganizationalUnit {
        /// The root or the unit above.
        parent: UnitId,
        /// Its name.
        name: String,
    },
    /// Gives a unit another name.
    UpdateOrganizationalUnit {
        /// The unit.
        unit: UnitId,
        /// The name.
        name: String,
    },
    /// Deletes a unit that is empty.
    DeleteOrganizationalUnit {
        /// The unit.
        unit: UnitId,
    },
    /// An account that was made joins.
    CreateAccount {
        /// Its id, which AWS has given.
        account: AccountId,
        /// Its name.
        name: String,
        /// Its e-mail address.
        email: String,
        /// Where it is put; the root when absent.
        parent: Option<UnitId>,
    },
    /// An account that was invited joins.
    InviteAccountToOrganization {
        /// Its id.
        account: AccountId,
        /// Its name.
        name: String,
        /// Its e-mail address.
        email: String,
        /// Where it is put; the root when absent.
        parent: Option<UnitId>,
    },
    /// Moves an account.
    MoveAccount {
        /// The account.
        account: AccountId,
        /// The root or the unit.
        destination: UnitId,
    },
    /// Closes an account. It stays until AWS has closed it for good.
    CloseAccount {
        /// The account.
        account: AccountId,
    },
    /// An account leaves.
    RemoveAccountFromOrganization {
        /// The account.
        account: AccountId,
    },
    /// Lets service control policies be used; `FullAWSAccess` is attached to everything.
    EnablePolicyType {},
    /// Ends the use of service control policies, and detaches all.
    DisablePolicyType {},
    /// Makes a policy.
    CreatePolicy {
        /// Its name.
        name: String,
        /// What it is for.
        #[serde(default)]
        description: String,
        /// Its document, as JSON.
        content: String,
    },
    /// Changes a policy.
    UpdatePolicy {
        /// The policy.
        policy: PolicyId,
        /// The name; as it is when absent.
        name: Option<String>,
        /// The description; as it is when absent.
        description: Option<String>,
        /// The document; as it is when absent.
        content: Option<String>,
    },
    /// Deletes a policy that is attached nowhere.
    DeletePolicy {
        /// The policy.
        policy: PolicyId,
    },
    /// Attaches a policy.
    AttachPolicy {
        /// The policy.
        policy: PolicyId,
        /// The root, a unit or an account.
        target: String,
    },
    /// Detaches a policy.
    DetachPolicy {
        /// The policy.
        policy: PolicyId,
        /// The root, a unit or an account.
        target: String,
    },
    /// Gives CloudTrail trusted access.
    EnableAWSServiceAccess {},
    /// Takes CloudTrail's trusted access.
    DisableAWSServiceAccess {},
    /// Lets an account administer the organization's trails.
    RegisterOrganizationDelegatedAdmin {
        /// The account.
        account: AccountId,
    },
    /// Takes that back.
    DeregisterOrganizationDelegatedAdmin {
        /// The account.
        account: AccountId,
    },
}

impl OrganizationEdit {
    /// The operation's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CreateOrganization { .. } => "CreateOrganization",
            Self::CreateOrganizationalUnit { .. } => "CreateOrganizationalUnit",
            Self::UpdateOrganizationalUnit { .. } => "UpdateOrganizationalUnit",
            Self::DeleteOrganizationalUnit { .. } => "DeleteOrganizationalUnit",
            Self::CreateAccount { .. } => "CreateAccount",
            Self::InviteAccountToOrganization { .. } => "InviteAccountToOrganization",
            Self::MoveAccount { .. } => "MoveAccount",
            Self::CloseAccount { .. } => "CloseAccount",
            Self::RemoveAccountFromOrganization { .. } => "RemoveAccountFromOrganization",
            Self::EnablePolicyType {} => "EnablePolicyType",
            Self::DisablePolicyType {} => "DisablePolicyType",
            Self::CreatePolicy { .. } => "CreatePolicy",
            Self::UpdatePolicy { .. } => "UpdatePolicy",
            Self::DeletePolicy { .. } => "DeletePolicy",
            Self::AttachPolicy { .. } => "AttachPolicy",
            Self::DetachPolicy { .. } => "DetachPolicy",
            Self::EnableAWSServiceAccess {} => "EnableAWSServiceAccess",
            Self::DisableAWSServiceAccess {} => "DisableAWSServiceAccess",
            Self::RegisterOrganizationDelegatedAdmin { .. } => "RegisterOrganizationDelegatedAdmin",
            Self::DeregisterOrganizationDelegatedAdmin { .. } => {
                "DeregisterOrganizationDelegatedAdmin"
            }
        }
    }

    /// What must be typed to confirm it, if it takes something away: an id.
    pub fn confirmation(&self) -> Option<String> {
        match self {
            Self::DeleteOrganizationalUnit { unit } => Some(unit.to_string()),
            Self::CloseAccount { account }
            | Self::RemoveAccountFromOrganization { account }
            | Self::DeregisterOrganizationDelegatedAdmin { account } => Some(account.to_string()),
            Self::DeletePolicy { policy } | Self::DetachPolicy { policy, .. } => {
                Some(policy.to_string())
            }
            Self::DisablePolicyType {} => Some("SERVICE_CONTROL_POLICY".to_owned()),
            Self::DisableAWSServiceAccess {} => Some("cloudtrail.amazonaws.com".to_owned()),
            Self::CreateOrganization { .. }
            | Self::CreateOrganizationalUnit { .. }
            | Self::UpdateOrganizationalUnit { .. }
            | Self::CreateAccount { .. }
            | Self::InviteAccountToOrganization { .. }
            | Self::MoveAccount { .. }
            | Self::EnablePolicyType {}
            | Self::CreatePolicy { .. }
            | Self::UpdatePolicy { .. }
            | Self::AttachPolicy { .. }
            | Self::EnableAWSServiceAccess {}
            | Self::RegisterOrganizationDelegatedAdmin { .. } => None,
        }
    }
}

/// A change that somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditRequest {
    /// The change.
    pub edit: OrganizationEdit,
    /// Why.
    pub reason: String,
}

/// What was changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// The id of what was made, if something was.
    pub made: Option<String>,
    /// What is different now, in sentences.
    pub changes: Vec<String>,
}
