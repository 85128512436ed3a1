//! Changes of an organization as AWS Organizations makes them: with its limits and its errors.
//!
//! Sources: AWS Organizations API reference and "Quotas and service limits"; CloudTrail API reference, "Errors" of
//! `RegisterOrganizationDelegatedAdmin` and `DeregisterOrganizationDelegatedAdmin`.

mod accounts;
mod policies;
mod units;

pub(crate) use policies::ATTACHED_MAX;

use super::snapshot::{FeatureSet, Root, Snapshot};
use crate::scp;
use chrono::{DateTime, Utc};
use orgtrail_shared::edit::OrganizationEdit;
use orgtrail_shared::ids::{AccountId, OrganizationId, UnitId};
use orgtrail_shared::organization::AccountState;
use std::collections::{BTreeMap, BTreeSet};

/// How many units an organization has at the most.
const UNITS_MAX: usize = 2_000;

/// How many accounts may administer the organization's trails.
const DELEGATED_MAX: usize = 3;

/// Why a change is refused: AWS's error, and words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct EditError {
    /// The error, as AWS names it.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
}

fn refuse<T>(code: &'static str, message: impl Into<String>) -> Result<T, EditError> {
    Err(EditError { code, message: message.into() })
}

/// What a change needs to know beside the organization.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// Now.
    pub now: DateTime<Utc>,
    /// Eight random lower-case letters and digits, for the id of what is made.
    pub fresh: &'a str,
}

/// The organization after a change, and the id of what was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The organization.
    pub after: Snapshot,
    /// The id of what was made.
    pub made: Option<String>,
}

/// The organization of an installation that knew none.
///
/// # Errors
///
/// [`EditError`] when it is another change.
pub fn create(
    id: &OrganizationId,
    edit: &OrganizationEdit,
    occasion: Occasion<'_>,
) -> Result<Applied, EditError> {
    let OrganizationEdit::CreateOrganization { management_account, name } = edit else {
        return refuse(
            "AWSOrganizationsNotInUseException",
            "The organization has no management account yet: make it by CreateOrganization.",
        );
    };
    let root: UnitId = match format!("r-{}", &occasion.fresh[..4.min(occasion.fresh.len())]).parse()
    {
        Ok(root) => root,
        Err(error) => return refuse("ServiceException", error.to_string()),
    };
    let account = accounts::joining(name, None, root.clone(), None, occasion.now)?;
    let after = Snapshot {
        id: id.clone(),
        feature_set: FeatureSet::All,
        management_account: management_account.clone(),
        trusted_access_since: None,
        has_policies: false,
        root: Root { id: root.clone(), name: "Root".to_owned() },
        units: BTreeMap::new(),
        accounts: BTreeMap::from([(management_account.clone(), account)]),
        delegated_administrators: BTreeMap::new(),
        policies: BTreeMap::new(),
        attachments: BTreeSet::new(),
    };
    Ok(Applied { after, made: Some(root.to_string()) })
}

/// Makes one change.
///
/// # Errors
///
/// [`EditError`]; nothing is changed then.
pub fn apply(
    before: &Snapshot,
    edit: &OrganizationEdit,
    occasion: Occasion<'_>,
) -> Result<Applied, EditError> {
    let mut after = before.clone();
    let it = &mut after;
    let made = match edit {
        OrganizationEdit::CreateOrganization { .. } => {
            return refuse("AlreadyInOrganizationException", "There is an organization already.");
        }
        OrganizationEdit::CreateOrganizationalUnit { parent, name } => {
            Some(units::create(it, parent, name, occasion.fresh)?)
        }
        OrganizationEdit::UpdateOrganizationalUnit { unit, name } => units::rename(it, unit, name)?,
        OrganizationEdit::DeleteOrganizationalUnit { unit } => units::delete(it, unit)?,
        OrganizationEdit::CreateAccount { account, name, email, parent } => {
            let method = super::snapshot::JoinedMethod::Created;
            accounts::join(it, account, (name, email, method), parent.as_ref(), occasion.now)?
        }
        OrganizationEdit::InviteAccountToOrganization { account, name, email, parent } => {
            let method = super::snapshot::JoinedMethod::Invited;
            accounts::join(it, account, (name, email, method), parent.as_ref(), occasion.now)?
        }
        OrganizationEdit::MoveAccount { account, destination } => {
            accounts::move_to(it, account, destination)?
        }
        OrganizationEdit::CloseAccount { account } => accounts::close(it, account)?,
        OrganizationEdit::RemoveAccountFromOrganization { account } => {
            accounts::remove(it, account)?
        }
        OrganizationEdit::EnablePolicyType {} => policies::enable(it)?,
        OrganizationEdit::DisablePolicyType {} => policies::disable(it)?,
        OrganizationEdit::CreatePolicy { name, description, content } => {
            Some(policies::create(it, (name, description, content), occasion.fresh)?)
        }
        OrganizationEdit::UpdatePolicy { policy, name, description, content } => {
            let texts = (name.as_deref(), description.as_deref(), content.as_deref());
            policies::update(it, policy, texts)?
        }
        OrganizationEdit::DeletePolicy { policy } => policies::delete(it, policy)?,
        OrganizationEdit::AttachPolicy { policy, target } => policies::attach(it, policy, target)?,
        OrganizationEdit::DetachPolicy { policy, target } => policies::detach(it, policy, target)?,
        OrganizationEdit::EnableAWSServiceAccess {} => {
            require_all_features(it)?;
            it.trusted_access_since = it.trusted_access_since.or(Some(occasion.now));
            None
        }
        OrganizationEdit::DisableAWSServiceAccess {} => {
            if !it.delegated_administrators.is_empty() {
                return refuse(
                    "ConstraintViolationException",
                    "CloudTrail has delegated administrators: deregister them first.",
                );
            }
            it.trusted_access_since = None;
            None
        }
        OrganizationEdit::RegisterOrganizationDelegatedAdmin { account } => {
            register(it, account, occasion.now)?
        }
        OrganizationEdit::DeregisterOrganizationDelegatedAdmin { account } => {
            if it.delegated_administrators.remove(account).is_none() {
                return refuse(
                    "AccountNotRegisteredException",
                    format!("{account} is not a delegated administrator for CloudTrail."),
                );
            }
            None
        }
    };
    after
        .check()
        .map_err(|error| EditError { code: "InvalidInputException", message: error.to_string() })?;
    Ok(Applied { after, made })
}

fn require_all_features(it: &Snapshot) -> Result<(), EditError> {
    if it.feature_set == FeatureSet::All {
        return Ok(());
    }
    refuse(
        "OrganizationNotInAllFeaturesModeException",
        "The organization has consolidated billing only: all features must be enabled.",
    )
}

fn register(
    it: &mut Snapshot,
    account: &AccountId,
    now: DateTime<Utc>,
) -> Result<Option<String>, EditError> {
    require_all_features(it)?;
    if it.trusted_access_since.is_none() {
        return refuse(
            "CloudTrailAccessNotEnabledException",
            "CloudTrail has no trusted access to the organization: give it by EnableAWSServiceAccess.",
        );
    }
    if *account == it.management_account {
        return refuse(
            "CannotDelegateManagementAccountException",
            "The management account can't be a delegated administrator.",
        );
    }
    let Some(found) = it.accounts.get(account) else {
        return refuse(
            "AccountNotFoundException",
            format!("{account} is not in the organization."),
        );
    };
    if found.state != AccountState::Active {
        return refuse(
            "ConstraintViolationException",
            format!(
                "{account} is {}: only an active account can be registered.",
                found.state.name()
            ),
        );
    }
    if it.delegated_administrators.contains_key(account) {
        return refuse(
            "AccountRegisteredException",
            format!("{account} is a delegated administrator already."),
        );
    }
    if it.delegated_administrators.len() >= DELEGATED_MAX {
        return refuse(
            "DelegatedAdminAccountLimitExceededException",
            format!("{DELEGATED_MAX} accounts are registered, and no more can be."),
        );
    }
    it.delegated_administrators.insert(account.clone(), now);
    Ok(None)
}

/// A name as AWS takes it: 1 to 128 characters that aren't control characters.
fn check_name(name: &str, chars_max: usize) -> Result<(), EditError> {
    let count = name.chars().count();
    if name.trim().is_empty() || count > chars_max || name.chars().any(char::is_control) {
        return refuse(
            "InvalidInputException",
            format!("A name has 1 to {chars_max} characters, and this one has {count}."),
        );
    }
    Ok(())
}

/// The content of a policy.
fn check_content(content: &str) -> Result<(), EditError> {
    match scp::Policy::parse(content) {
        Ok(_) => Ok(()),
        Err(error) => refuse("MalformedPolicyDocumentException", error.to_string()),
    }
}

#[cfg(test)]
mod tests;
