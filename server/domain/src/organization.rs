//! The organization: units, accounts, who belonged when, and the file it can be loaded from.

use chrono::{DateTime, Utc};
use orgtrail_shared::ids::{AccountId, OrganizationId, UnitId};
use orgtrail_shared::organization::{AccountKind, AccountState, Membership};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How deep units may lie below the root.
///
/// Source: AWS Organizations User Guide, "Quotas": five levels of organizational units.
pub const UNIT_DEPTH_MAX: usize = 5;

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

fn active() -> AccountState {
    AccountState::Active
}

/// What is wrong with an organization, with the path of the offending value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct OrganizationError {
    /// Where in the file, e.g. `accounts[3].unit`.
    pub path: String,
    /// What is wrong there.
    pub reason: String,
}

fn wrong(path: impl Into<String>, reason: impl Into<String>) -> OrganizationError {
    OrganizationError { path: path.into(), reason: reason.into() }
}

impl OrganizationFile {
    /// Reads and checks the file's text.
    ///
    /// # Errors
    ///
    /// [`OrganizationError`] for the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, OrganizationError> {
        let file: Self = serde_json::from_str(text).map_err(|error| {
            wrong(format!("line {}, column {}", error.line(), error.column()), error.to_string())
        })?;
        file.check()?;
        Ok(file)
    }

    /// Checks everything that the types don't.
    ///
    /// # Errors
    ///
    /// [`OrganizationError`] for the first thing that is wrong.
    pub fn check(&self) -> Result<(), OrganizationError> {
        let parents = self.check_units()?;
        self.check_accounts(&parents)?;
        self.check_delegations()
    }

    fn check_units(&self) -> Result<BTreeMap<&UnitId, Option<&UnitId>>, OrganizationError> {
        let mut parents = BTreeMap::new();
        for (index, unit) in self.units.iter().enumerate() {
            if parents.insert(&unit.id, unit.parent.as_ref()).is_some() {
                return Err(wrong(
                    format!("units[{index}].id"),
                    format!("`{}` is there twice", unit.id),
                ));
            }
        }
        for (index, unit) in self.units.iter().enumerate() {
            if let Some(parent) = &unit.parent
                && !parents.contains_key(parent)
            {
                let reason = format!("there is no unit `{parent}`");
                return Err(wrong(format!("units[{index}].parent"), reason));
            }
            let (mut depth, mut above) = (0, unit.parent.as_ref());
            while let Some(parent) = above {
                depth += 1;
                if depth > UNIT_DEPTH_MAX {
                    let reason =
                        format!("lies more than {UNIT_DEPTH_MAX} levels deep or in a circle");
                    return Err(wrong(format!("units[{index}].parent"), reason));
                }
                above = parents.get(parent).copied().flatten();
            }
        }
        let roots = self.units.iter().filter(|unit| unit.parent.is_none()).count();
        if roots > 1 {
            return Err(wrong("units", "there must be one root: one unit without `parent`"));
        }
        Ok(parents)
    }

    fn check_accounts(
        &self,
        parents: &BTreeMap<&UnitId, Option<&UnitId>>,
    ) -> Result<(), OrganizationError> {
        let mut seen = BTreeSet::new();
        for (index, account) in self.accounts.iter().enumerate() {
            let path = format!("accounts[{index}]");
            if !seen.insert(&account.id) {
                return Err(wrong(
                    format!("{path}.id"),
                    format!("`{}` is there twice", account.id),
                ));
            }
            if let Some(unit) = &account.unit
                && !parents.contains_key(unit)
            {
                return Err(wrong(format!("{path}.unit"), format!("there is no unit `{unit}`")));
            }
            check_memberships(&account.memberships, &format!("{path}.memberships"))?;
        }
        if !seen.contains(&self.management_account) {
            let reason = format!("`{}` is not one of `accounts`", self.management_account);
            return Err(wrong("management_account", reason));
        }
        Ok(())
    }

    fn check_delegations(&self) -> Result<(), OrganizationError> {
        for (index, delegation) in self.delegated_administrators.iter().enumerate() {
            let path = format!("delegated_administrators[{index}].account");
            if delegation.account == self.management_account {
                return Err(wrong(
                    path,
                    "the management account can't be a delegated administrator",
                ));
            }
            if !self.accounts.iter().any(|account| account.id == delegation.account) {
                let reason = format!("`{}` is not one of `accounts`", delegation.account);
                return Err(wrong(path, reason));
            }
        }
        Ok(())
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

fn check_memberships(memberships: &[Membership], path: &str) -> Result<(), OrganizationError> {
    let mut earliest = DateTime::<Utc>::MIN_UTC;
    for (index, membership) in memberships.iter().enumerate() {
        let path = format!("{path}[{index}]");
        if membership.joined_at < earliest {
            return Err(wrong(path, "begins before the previous membership has ended"));
        }
        match membership.left_at {
            Some(left) if left <= membership.joined_at => {
                return Err(wrong(path, "ends before it begins"));
            }
            Some(left) => earliest = left,
            None if index + 1 < memberships.len() => {
                return Err(wrong(path, "only the last membership may have no end"));
            }
            None => {}
        }
    }
    if memberships.is_empty() {
        return Err(wrong(path, "an account needs at least one membership"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
