//! The organization as the console and the API show it.

use crate::authorization::{Grant, Locked};
use crate::ids::{AccountId, OrganizationId, UnitId};
use crate::proof::CellState;
use crate::settings::Session;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// What an account is in its organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountKind {
    /// The management account.
    Management,
    /// A member that is registered as delegated administrator for CloudTrail.
    DelegatedAdministrator,
    /// Any other member.
    Member,
    /// Seen in logs, but not part of the organization as far as we know.
    Unknown,
}

impl AccountKind {
    /// The word for the kind.
    pub fn name(self) -> &'static str {
        match self {
            Self::Management => "management",
            Self::DelegatedAdministrator => "delegated administrator",
            Self::Member => "member",
            Self::Unknown => "unknown",
        }
    }
}

/// The state of an account.
///
/// Source: AWS Organizations API reference, `Account.State`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountState {
    /// The account is being made or activated.
    PendingActivation,
    /// The account is in use.
    Active,
    /// AWS or the organization has suspended the account.
    Suspended,
    /// The account is being closed.
    PendingClosure,
    /// The account is closed.
    Closed,
}

impl AccountState {
    /// The word for the state.
    pub fn name(self) -> &'static str {
        match self {
            Self::PendingActivation => "pending activation",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::PendingClosure => "pending closure",
            Self::Closed => "closed",
        }
    }
}

/// The organization with everything the caller may see of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// The organization's id.
    pub id: OrganizationId,
    /// A name for people.
    pub name: String,
    /// Root and organizational units, parents before children. Empty for a caller who sees accounts only.
    pub units: Vec<Unit>,
    /// The accounts the caller may see, by name.
    pub accounts: Vec<Account>,
    /// Whether CloudTrail has trusted access to the organization.
    pub is_trusted: bool,
    /// Why the caller can change nothing of it here; `None` when they can.
    pub locked: Option<Locked>,
}

/// The root or an organizational unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// The unit's id.
    pub id: UnitId,
    /// The parent's id; `None` for a root.
    pub parent: Option<UnitId>,
    /// The unit's name.
    pub name: String,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account's id.
    pub id: AccountId,
    /// Its name; empty when unknown.
    pub name: String,
    /// What it is in the organization.
    pub kind: AccountKind,
    /// Its state; `None` when unknown.
    pub state: Option<AccountState>,
    /// The unit it is in now; `None` when it is not a member.
    pub unit: Option<UnitId>,
    /// When it belonged to the organization, oldest first.
    pub memberships: Vec<Membership>,
    /// The worst state of its last 24 hours of delivery.
    pub coverage_day: Option<CellState>,
    /// The worst state since it joined or the trail began.
    pub coverage_worst: Option<CellState>,
    /// Events in the index.
    pub event_count: u64,
    /// The newest event in the index.
    pub newest_event: Option<DateTime<Utc>>,
}

/// A time in which an account belonged to the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// When it joined.
    pub joined_at: DateTime<Utc>,
    /// When it left; `None` while it is a member.
    pub left_at: Option<DateTime<Utc>>,
}

/// One account with its place in the organization, now and before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDetail {
    /// The account's id.
    pub id: AccountId,
    /// Its name; empty when unknown.
    pub name: String,
    /// What it is in the organization.
    pub kind: AccountKind,
    /// Its state; `None` when unknown.
    pub state: Option<AccountState>,
    /// When it belonged to the organization, oldest first.
    pub memberships: Vec<Membership>,
    /// When it was a delegated administrator for CloudTrail, oldest first.
    pub delegations: Vec<Span>,
    /// Where it lay, the newest first.
    pub places: Vec<Place>,
    /// The levels above it now, from the root down to itself, with the policies of each.
    pub levels: Vec<Level>,
    /// Whether service control policies bind it: not where they aren't in use, and never the management account.
    pub is_bound: bool,
    /// The worst state of its last 24 hours of delivery.
    pub coverage_day: Option<CellState>,
    /// The worst state since it joined or the trail began.
    pub coverage_worst: Option<CellState>,
    /// What its trails have delivered, month by month, the newest first.
    pub volumes: Vec<Volume>,
    /// Who may do something there, for those who manage people.
    pub people: Option<AccountPeople>,
    /// Why the caller can change nothing of it here; `None` when they can.
    pub locked: Option<Locked>,
}

/// What an account's trails have delivered in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// The first day of the month, in UTC.
    pub month: NaiveDate,
    /// Log files.
    pub files: u64,
    /// Events in them, but those that another file had delivered before.
    pub events: u64,
    /// Bytes as they are stored.
    pub stored_bytes: u64,
    /// Bytes without compression.
    pub content_bytes: u64,
}

/// Who may do something in an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPeople {
    /// Roles at the account and at what is above it.
    pub grants: Vec<Grant>,
    /// Open sessions of people who belong to the account.
    pub sessions: Vec<Session>,
}

/// The service control policies of the organization.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyBook {
    /// By name.
    pub policies: Vec<PolicyEntry>,
    /// Whether policies are in use.
    pub is_in_use: bool,
    /// Why the caller can change nothing of it here; `None` when they can.
    pub locked: Option<Locked>,
}

/// A policy with where it is attached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyEntry {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether it is AWS's own.
    pub is_aws_managed: bool,
    /// Its document.
    pub content: String,
    /// Why the document can't be read, if it can't.
    pub problem: Option<String>,
    /// The roots, units and accounts that it is attached to, with their names.
    pub targets: Vec<(String, String)>,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Its begin.
    pub from: DateTime<Utc>,
    /// Its end; `None` while it lasts.
    pub to: Option<DateTime<Utc>>,
}

/// Where an account lay for some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The unit.
    pub unit: UnitId,
    /// The unit's name; empty when it isn't known any more.
    pub name: String,
    /// When.
    pub span: Span,
}

/// The root, a unit or the account itself, with the policies that are attached to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Its id.
    pub id: String,
    /// Its name; empty when it has none.
    pub name: String,
    /// The policies that are attached to it directly.
    pub policies: Vec<AttachedPolicy>,
}

/// A policy where it is attached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedPolicy {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its document.
    pub content: String,
    /// Why the document can't be read, if it can't: then nothing of it counts as allowed.
    pub problem: Option<String>,
}

/// What is asked of the policies above an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyQuestion {
    /// The action, such as `cloudtrail:StopLogging`.
    pub action: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
}

/// What the policies above an account say about a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyAnswer {
    /// The question.
    pub question: PolicyQuestion,
    /// Whether the policies leave the request open. They never allow anything by themselves.
    pub is_open: bool,
    /// Why they don't count, if they don't.
    pub exempt: Option<String>,
    /// What every level says; `None` where they don't count.
    pub decision: Option<crate::scp::Decision>,
}
