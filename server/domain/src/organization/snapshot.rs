//! What an organization is at one time, as AWS Organizations says it.

use chrono::{DateTime, Utc};
use orgtrail_shared::ids::{AccountId, InvalidId, OrganizationId, PolicyId, UnitId};
use orgtrail_shared::organization::AccountState;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// An organization at one time. Everything is kept by id, so the order of the answers leaves no trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The organization's id.
    pub id: OrganizationId,
    /// Which features it has.
    pub feature_set: FeatureSet,
    /// The management account; it is one of `accounts`.
    pub management_account: AccountId,
    /// Since when CloudTrail is trusted to act in the accounts; `None` when it is not.
    pub trusted_access_since: Option<DateTime<Utc>>,
    /// Whether service control policies are in use. Without them nothing is denied, and there are no attachments.
    pub has_policies: bool,
    /// The root.
    pub root: Root,
    /// The organizational units below the root.
    pub units: BTreeMap<UnitId, Unit>,
    /// The accounts that belong to the organization now, closed ones included while AWS lists them.
    pub accounts: BTreeMap<AccountId, Account>,
    /// The accounts registered as delegated administrators for CloudTrail, and since when.
    pub delegated_administrators: BTreeMap<AccountId, DateTime<Utc>>,
    /// The service control policies that are attached to anything.
    pub policies: BTreeMap<PolicyId, Policy>,
    /// Which policy is attached directly to what.
    pub attachments: BTreeSet<Attachment>,
}

/// Which features an organization has.
///
/// Source: AWS Organizations API reference, `Organization.FeatureSet`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FeatureSet {
    /// All; an organization trail needs this.
    All,
    /// One bill, and nothing else.
    ConsolidatedBilling,
}

impl FeatureSet {
    /// The words for the set.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all features",
            Self::ConsolidatedBilling => "consolidated billing",
        }
    }
}

/// How an account came to the organization.
///
/// Source: AWS Organizations API reference, `Account.JoinedMethod`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JoinedMethod {
    /// It existed and was invited.
    Invited,
    /// It was made in the organization.
    Created,
}

impl JoinedMethod {
    /// The word for the method.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Created => "created",
        }
    }
}

/// The root of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// Its id.
    pub id: UnitId,
    /// Its name.
    pub name: String,
}

/// An organizational unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// The unit above or the root.
    pub parent: UnitId,
    /// Its name.
    pub name: String,
}

/// An account that belongs to the organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// The e-mail address of its root user.
    pub email: Option<String>,
    /// Its state.
    pub state: AccountState,
    /// How it joined.
    pub joined_method: Option<JoinedMethod>,
    /// When it joined last.
    pub joined_at: DateTime<Utc>,
    /// The unit or root that it lies in.
    pub unit: UnitId,
}

/// A service control policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether AWS has written it.
    pub is_aws_managed: bool,
    /// The policy document, letter by letter.
    pub content: String,
}

/// A direct attachment of a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Attachment {
    /// What it is attached to.
    pub target: Target,
    /// The policy.
    pub policy: PolicyId,
}

/// What a policy can be attached to. As text it is the id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Target {
    /// The root or a unit.
    Unit(UnitId),
    /// An account.
    Account(AccountId),
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit(unit) => unit.fmt(formatter),
            Self::Account(account) => account.fmt(formatter),
        }
    }
}

impl FromStr for Target {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if text.starts_with(|first: char| first.is_ascii_digit()) {
            text.parse().map(Self::Account)
        } else {
            text.parse().map(Self::Unit)
        }
    }
}

impl TryFrom<String> for Target {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.to_string()
    }
}

impl Snapshot {
    /// Whether a unit is there; the root counts.
    pub fn has_unit(&self, unit: &UnitId) -> bool {
        self.root.id == *unit || self.units.contains_key(unit)
    }

    /// Whether the root, a unit or an account has this id.
    pub fn has_place(&self, id: &str) -> bool {
        match id.parse::<Target>() {
            Ok(Target::Unit(unit)) => self.has_unit(&unit),
            Ok(Target::Account(account)) => self.accounts.contains_key(&account),
            Err(_) => false,
        }
    }

    /// What people call a unit; the root's name for the root.
    pub fn unit_name(&self, unit: &UnitId) -> Option<&str> {
        if self.root.id == *unit {
            return Some(&self.root.name);
        }
        self.units.get(unit).map(|unit| unit.name.as_str())
    }
}
