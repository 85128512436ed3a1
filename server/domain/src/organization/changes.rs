//! What tells two snapshots of an organization apart, in words, and what is too much to believe at once.

use super::snapshot::Snapshot;
use orgtrail_shared::ids::AccountId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

pub use super::compare::compare;

/// How many accounts may leave at once before somebody has to confirm it.
const LEFT_MAX: usize = 10;

/// How many accounts are named in a reason.
const NAMED_MAX: usize = 5;

/// What kind of difference it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It is another organization. Before and after: the id.
    OtherOrganization,
    /// Another account manages it. Before and after: the account.
    OtherManagementAccount,
    /// The tree has another root. Before and after: the root's id.
    OtherRoot,
    /// Before and after: the features in words.
    FeatureSet,
    /// CloudTrail's trusted access was switched on. After: when.
    TrustedAccessOn,
    /// CloudTrail's trusted access was switched off. Before: since when it was on.
    TrustedAccessOff,
    /// CloudTrail's trusted access is on since another time. Before and after: the time.
    TrustedAccessRenewed,
    /// Service control policies came into use or out of it. Before and after: `in use` or `not in use`.
    PolicyUse,
    /// A unit is new. After: the unit above.
    UnitAdded,
    /// A unit is gone. Before: the unit above.
    UnitRemoved,
    /// A unit lies elsewhere. Before and after: the unit above.
    UnitMoved,
    /// The root or a unit has another name. Before and after: the name.
    UnitRenamed,
    /// An account joined. After: its unit.
    AccountJoined,
    /// An account left. Before: its unit.
    AccountLeft,
    /// An account joined at another time: it may have left meanwhile. Before and after: the time.
    AccountRejoined,
    /// An account lies elsewhere. Before and after: its unit.
    AccountMoved,
    /// An account has another name. Before and after: the name.
    AccountRenamed,
    /// An account is in another state. Before and after: the state in words.
    AccountState,
    /// An account has another e-mail address. Before and after: the address.
    AccountEmail,
    /// An account joined in another way. Before and after: the way in a word.
    AccountJoinedMethod,
    /// An account was registered as delegated administrator. After: since when.
    DelegationRegistered,
    /// An account is no delegated administrator any more. Before: since when it was.
    DelegationDeregistered,
    /// A delegated administrator was registered at another time. Before and after: since when.
    DelegationRenewed,
    /// A policy is new. After: its document.
    PolicyAdded,
    /// A policy is gone. Before: its document.
    PolicyRemoved,
    /// A policy says something else. Before and after: its document.
    PolicyChanged,
    /// A policy has another name. Before and after: the name.
    PolicyRenamed,
    /// A policy has another description. Before and after: the description.
    PolicyDescription,
    /// A policy is AWS's where it was the customer's, or the other way. Before and after: `AWS` or `the customer`.
    PolicyOwner,
    /// A policy was attached. After: the target.
    PolicyAttached,
    /// A policy was detached. Before: the target.
    PolicyDetached,
}

/// One difference. Times are RFC 3339, units, accounts and policies are ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What kind it is.
    pub kind: ChangeKind,
    /// The id of the account, unit, policy or organization that it is about.
    pub subject: String,
    /// What people call the subject; empty when it has no name.
    pub name: String,
    /// How it was; absent when there was nothing.
    pub before: Option<String>,
    /// How it is; absent when there is nothing.
    pub after: Option<String>,
}

impl fmt::Display for Change {
    /// One sentence without a full stop. It leaves out e-mail addresses and policy documents.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The template is walked instead of replaced in: a name may hold what looks like a place in it.
        let mut rest = self.kind.template();
        while let Some((text, place)) = rest.split_once('{') {
            let (place, after) = place.split_once('}').unwrap_or((place, ""));
            formatter.write_str(text)?;
            match (place, self.name.as_str()) {
                ("id", _) | ("subject", "") => formatter.write_str(&self.subject)?,
                ("subject", name) => write!(formatter, "{} ({name})", self.subject)?,
                ("before", _) => {
                    formatter.write_str(self.before.as_deref().unwrap_or("unknown"))?;
                }
                _ => formatter.write_str(self.after.as_deref().unwrap_or("unknown"))?,
            }
            rest = after;
        }
        formatter.write_str(rest)
    }
}

impl ChangeKind {
    /// The sentence, with places for what it is about.
    fn template(self) -> &'static str {
        match self {
            Self::OtherOrganization => "the organization is {after} instead of {before}",
            Self::OtherManagementAccount => "the management account is {after} instead of {before}",
            Self::OtherRoot => "the root is {after} instead of {before}",
            Self::FeatureSet => "organization {id} has {after} instead of {before}",
            Self::TrustedAccessOn => "trusted access of CloudTrail is on since {after}",
            Self::TrustedAccessOff => {
                "trusted access of CloudTrail is off; it was on since {before}"
            }
            Self::TrustedAccessRenewed => {
                "trusted access of CloudTrail is on since {after} instead of {before}"
            }
            Self::PolicyUse => "service control policies are {after} instead of {before}",
            Self::UnitAdded => "unit {subject} was added in {after}",
            Self::UnitRemoved => "unit {subject} was removed from {before}",
            Self::UnitMoved => "unit {subject} moved from {before} to {after}",
            Self::UnitRenamed => "unit {id} is named `{after}` instead of `{before}`",
            Self::AccountJoined => "account {subject} joined, in {after}",
            Self::AccountLeft => "account {subject} left; it was in {before}",
            Self::AccountRejoined => {
                "account {subject} joined at {after} instead of {before}: it may have left meanwhile"
            }
            Self::AccountMoved => "account {subject} moved from {before} to {after}",
            Self::AccountRenamed => "account {id} is named `{after}` instead of `{before}`",
            Self::AccountState => "account {subject} is {after} instead of {before}",
            Self::AccountEmail => "account {subject} has another e-mail address",
            Self::AccountJoinedMethod => "account {subject} joined as {after} instead of {before}",
            Self::DelegationRegistered => {
                "account {subject} is delegated administrator since {after}"
            }
            Self::DelegationDeregistered => {
                "account {subject} is no delegated administrator any more; it was since {before}"
            }
            Self::DelegationRenewed => {
                "account {subject} is delegated administrator since {after} instead of {before}"
            }
            Self::PolicyAdded => "policy {subject} is new",
            Self::PolicyRemoved => "policy {subject} is gone",
            Self::PolicyChanged => "policy {subject} has another document",
            Self::PolicyRenamed => "policy {id} is named `{after}` instead of `{before}`",
            Self::PolicyDescription => {
                "policy {subject} is described as `{after}` instead of `{before}`"
            }
            Self::PolicyOwner => "policy {subject} is managed by {after} instead of {before}",
            Self::PolicyAttached => "policy {subject} was attached to {after}",
            Self::PolicyDetached => "policy {subject} was detached from {before}",
        }
    }
}

/// The changes from a known snapshot to a new one, in a fixed order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// The organization first, then units, accounts, delegations, policies and attachments, each by id.
    pub changes: Vec<Change>,
    /// How many accounts were known before.
    pub known_accounts: usize,
    /// How many accounts have left lately, without somebody having confirmed it: they count with those that leave now, so
    /// that an organization isn't emptied bit by bit.
    #[serde(default)]
    pub lately_left: usize,
}

impl Changes {
    /// Whether both snapshots say the same.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// What is to be said where there is nothing to compare with but the accounts: of an organization that was never seen
    /// as a whole, such as one without units.
    pub fn of_members(known: &BTreeSet<AccountId>, new: &Snapshot) -> Self {
        let left = known.iter().filter(|id| !new.accounts.contains_key(*id));
        let left = left.map(|id| Change {
            kind: ChangeKind::AccountLeft,
            subject: id.to_string(),
            name: String::new(),
            before: None,
            after: None,
        });
        Self { changes: left.collect(), known_accounts: known.len(), lately_left: 0 }
    }

    /// The accounts that left.
    pub fn removals(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.kind == ChangeKind::AccountLeft)
    }

    /// Whether somebody has to confirm the changes before they are believed.
    pub fn is_suspicious(&self) -> bool {
        !self.suspicions().is_empty()
    }

    /// Why somebody has to confirm the changes, in words; empty when nobody has to.
    ///
    /// What belongs to an account that has left is expected no more, so a wrong answer of AWS, credentials of another
    /// organization or an intruder would silence a lot at once.
    pub fn suspicions(&self) -> Vec<String> {
        let mut reasons: Vec<String> = self
            .changes
            .iter()
            .filter(|change| {
                matches!(
                    change.kind,
                    ChangeKind::OtherOrganization
                        | ChangeKind::OtherManagementAccount
                        | ChangeKind::OtherRoot
                )
            })
            .map(ToString::to_string)
            .collect();
        reasons.extend(self.too_many(ChangeKind::AccountLeft, "left"));
        // What joins anew was not expected of before: a wrong time silences an account as leaving does.
        reasons.extend(self.too_many(ChangeKind::AccountRejoined, "joined at another time"));
        reasons
    }

    fn too_many(&self, kind: ChangeKind, did: &str) -> Option<String> {
        let of_kind = self.changes.iter().filter(|change| change.kind == kind);
        let now: Vec<&str> = of_kind.map(|change| change.subject.as_str()).collect();
        let earlier = if kind == ChangeKind::AccountLeft { self.lately_left } else { 0 };
        let (count, known) = (now.len() + earlier, self.known_accounts + earlier);
        // One account may leave the smallest organization, although it is more than a tenth of it.
        let is_much = count > LEFT_MAX || (count > 1 && count * 10 > known);
        if now.is_empty() || !is_much {
            return None;
        }
        let named: Vec<&str> = now.iter().take(NAMED_MAX).copied().collect();
        let rest = if now.len() > NAMED_MAX { ", …" } else { "" };
        let lately = match earlier {
            0 => String::new(),
            earlier => format!(", {earlier} of them within the last day"),
        };
        Some(format!("{count} of {known} accounts {did}{lately}: {}{rest}", named.join(", ")))
    }
}
