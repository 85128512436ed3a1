//! Requests and answers of the console and of `/api/v1`.

use crate::authorization::Locked;
use crate::event::{EventDetail, EventSummary};
use crate::ids::{AccountId, OrganizationId};
use crate::proof::{CellState, FileVerdict};
use crate::query::{Facet, QueryError};
use crate::time::TimeRange;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a person may do.
///
/// Source: DESIGN §4; `Operator` is the local command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Manages the organization and everything below it.
    OrganizationAdministrator,
    /// Manages trails, retention and tiers.
    TrailAdministrator,
    /// Searches and reads the events of all accounts.
    SecurityAnalyst,
    /// Reads the accounts and the period of the grant.
    Auditor,
    /// Reads the events of its own account.
    Member,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [
        Self::OrganizationAdministrator,
        Self::TrailAdministrator,
        Self::SecurityAnalyst,
        Self::Auditor,
        Self::Member,
    ];

    /// The word for the role, as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::OrganizationAdministrator => "organization-administrator",
            Self::TrailAdministrator => "trail-administrator",
            Self::SecurityAnalyst => "security-analyst",
            Self::Auditor => "auditor",
            Self::Member => "member",
        }
    }

    /// Whether the role sees every account of the organization.
    pub fn sees_all_accounts(self) -> bool {
        match self {
            Self::OrganizationAdministrator | Self::TrailAdministrator | Self::SecurityAnalyst => {
                true
            }
            Self::Auditor | Self::Member => false,
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or_else(|| {
            format!("`{text}` is not a role; use one of {}", Self::ALL.map(Self::name).join(", "))
        })
    }
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// The sign-in name.
    pub name: String,
    /// The role that does most.
    pub role: Role,
    /// Whether the person sees every account of the organization.
    pub sees_all_accounts: bool,
    /// The account the principal belongs to.
    pub account: Option<AccountId>,
    /// The organization.
    pub organization: OrganizationId,
    /// The organization's name.
    pub organization_name: String,
    /// The accounts the person may see, with names; all of them for roles that see all.
    pub accounts: Vec<crate::event::AccountName>,
    /// Root and units to choose a scope from, parents before children; empty for roles that see
    /// accounts only.
    pub units: Vec<crate::organization::Unit>,
    /// What every form that changes something must send back.
    pub csrf_token: String,
}

/// Whether calls that only read are part of the results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reads {
    /// They are part of the results.
    #[default]
    Show,
    /// They are left out, and counted.
    Hide,
}

/// A search: what, when, and whether reads count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchRequest {
    /// The query text.
    pub query: String,
    /// The range of event time.
    pub range: TimeRange,
    /// Whether calls that only read are part of the results.
    pub reads: Reads,
    /// The account or unit that the console is looking at; empty for everything the caller may see.
    pub scope: String,
}

/// One page of results.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchPage {
    /// Newest first.
    pub events: Vec<EventSummary>,
    /// Where the next page begins; `None` when this was the last.
    pub next: Option<String>,
    /// How far back the search has looked, when it had to stop before the start of the range.
    pub looked_back_to: Option<DateTime<Utc>>,
    /// What could not be looked at, in words; empty when everything was.
    pub incomplete: Vec<String>,
    /// How the search was done, in words, where that isn't what one would expect.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A number of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// The number.
    pub events: u64,
    /// Whether there may be more than this.
    pub is_lower_bound: bool,
}

/// Events over time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    /// The length of a bucket, in seconds.
    pub bucket_seconds: u32,
    /// The buckets of the range, oldest first, without holes.
    pub buckets: Vec<HistogramBucket>,
    /// All events that match.
    pub total: Count,
    /// Read-only calls that match but were left out.
    pub hidden_reads: Count,
}

/// One bar of the histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistogramBucket {
    /// The bucket's first instant.
    pub start: DateTime<Utc>,
    /// Calls that changed something and succeeded.
    pub writes: u64,
    /// Calls that only read and succeeded.
    pub reads: u64,
    /// Calls that failed.
    pub errors: u64,
}

/// The most frequent values of one field, counted under the conditions on all other fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetCounts {
    /// The field.
    pub facet: Facet,
    /// The values, most frequent first.
    pub values: Vec<FacetValue>,
    /// How many further values there are.
    pub others: u64,
    /// Whether the counts may be too low.
    pub is_lower_bound: bool,
}

/// One value of a facet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetValue {
    /// The value, as a query takes it; empty for "none".
    pub value: String,
    /// What to show instead, e.g. the account's name; empty to show the value.
    pub label: String,
    /// How many events have it.
    pub events: u64,
}

/// A suggestion for the query bar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// What to put in place of the word at the cursor.
    pub insert: String,
    /// A line of help, or how often the value occurs.
    pub detail: String,
}

/// One interval of coverage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageInterval {
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: String,
    /// The time of delivery that the statement is about.
    pub range: TimeRange,
    /// What is proven.
    pub state: CellState,
    /// Why, in words.
    pub reason: String,
}

/// What the coverage grid is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageRequest {
    /// The range of delivery time.
    pub range: TimeRange,
    /// The account or unit to look at; empty for everything the caller may see.
    pub scope: String,
}

/// The coverage grid: one row per account, one cell per step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageGrid {
    /// The length of a step, in seconds: a day or an hour.
    pub step_seconds: u32,
    /// The first instant of each column.
    pub steps: Vec<DateTime<Utc>>,
    /// One row per account.
    pub rows: Vec<CoverageRow>,
    /// What is not proven.
    pub findings: Findings,
}

/// One account of the grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageRow {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// The path of its unit, e.g. `Root / Workloads / Production`.
    pub unit_path: String,
    /// The worst state of each step over all Regions.
    pub cells: Vec<CellState>,
}

/// Everything that is not proven in a range.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// The worst, a sentence each; there may be more.
    pub worst: Vec<Finding>,
    /// How many there are of each state, the worst first.
    pub by_state: Vec<(CellState, u64)>,
    /// How many accounts they are about.
    pub account_count: u64,
    /// Whether anything is proven at all: without findings, it may be that nothing was due.
    pub is_any_proven: bool,
}

/// A sentence about something that is not proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How bad it is.
    pub state: CellState,
    /// The sentence.
    pub sentence: String,
    /// Where to look: account and range.
    pub account: Option<AccountId>,
    /// The time it is about.
    pub range: Option<TimeRange>,
}

/// What lies behind a cell of the grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellRequest {
    /// The account.
    pub account: AccountId,
    /// The range of the cell.
    pub range: TimeRange,
}

/// The intervals, digests and files behind a cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellDetail {
    /// The statements that make up the cell.
    pub intervals: Vec<CoverageInterval>,
    /// The digests whose time lies in it.
    pub digests: Vec<DigestSummary>,
    /// The log files delivered in it, the worst verdict first.
    pub files: Vec<FileSummary>,
    /// How many further files there are.
    pub more_files: u64,
}

/// One digest file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestSummary {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The Region it covers.
    pub region: String,
    /// The time it covers; `None` when unreadable.
    pub range: Option<TimeRange>,
    /// Whether signature, location and links to the previous digest hold.
    pub is_valid: bool,
    /// What is wrong, in words; empty when nothing is.
    pub problem: String,
    /// How many log files it lists.
    pub file_count: u64,
    /// Whether it is a backfill digest.
    pub is_backfill: bool,
}

/// One log file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSummary {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The Region in its name.
    pub region: String,
    /// When it was delivered, from its name.
    pub delivered_at: Option<DateTime<Utc>>,
    /// How many events it holds.
    pub event_count: u64,
    /// What is proven about it.
    pub verdict: FileVerdict,
}

/// The overview of everything the caller may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// One row per account.
    pub accounts: Vec<AccountActivity>,
    /// Events of the last 24 hours.
    pub histogram: Histogram,
    /// What is not proven.
    pub findings: Findings,
    /// Objects and records in quarantine.
    pub quarantined: u64,
    /// The newest denied calls.
    pub denied: Vec<EventSummary>,
    /// The newest calls by root users.
    pub root: Vec<EventSummary>,
    /// All events in the index.
    pub event_count: u64,
    /// All log files in the archive.
    pub file_count: u64,
}

/// What arrived of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountActivity {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Events of the last 24 hours.
    pub events_day: u64,
    /// Failed calls of the last 24 hours.
    pub errors_day: u64,
    /// Events per hour over the last 24 hours, oldest first.
    pub hours: Vec<u64>,
    /// The newest event.
    pub newest_event: Option<DateTime<Utc>>,
    /// Seconds from the newest file's delivery time to its being searchable.
    pub lag_seconds: Option<i64>,
    /// The worst state of the last 24 hours of delivery.
    pub coverage_day: Option<CellState>,
}

/// One thing that could not be indexed, kept with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineEntry {
    /// Its number.
    pub id: i64,
    /// The bucket or directory it came from.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The record's place in the file; `None` when the whole file is quarantined.
    pub ordinal: Option<u32>,
    /// Why, in words.
    pub reason: String,
    /// The account in the file's name, when it has one.
    pub account: Option<AccountId>,
    /// How many bytes are kept.
    pub bytes: u64,
    /// When it was quarantined.
    pub quarantined_at: DateTime<Utc>,
    /// The beginning of what is kept, for a look.
    pub excerpt: String,
}

/// A page of the quarantine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantinePage {
    /// Newest first.
    pub entries: Vec<QuarantineEntry>,
    /// All entries the caller may see.
    pub total: u64,
    /// Where the next page begins.
    pub next: Option<i64>,
    /// Why the caller can try nothing again; `None` when they can.
    pub locked: Option<Locked>,
}

/// Why the console could not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum ConsoleError {
    /// Nobody is signed in.
    #[error("sign in to see this page")]
    NotSignedIn,
    /// The caller may not do this.
    #[error("{message}")]
    Forbidden {
        /// What is refused, why, and who may do it.
        message: String,
    },
    /// There is no such thing, or the caller may not know of it.
    #[error("{message}")]
    NotFound {
        /// What was looked for.
        message: String,
    },
    /// The query has a mistake.
    #[error("{error}")]
    Query {
        /// The mistake and its place.
        error: QueryError,
    },
    /// Another parameter has a mistake.
    #[error("{message}")]
    BadRequest {
        /// What is wrong.
        message: String,
    },
    /// The caller was refused too often, and has to wait.
    #[error("{message}")]
    TooMany {
        /// For how long.
        message: String,
    },
    /// Something failed on our side; the request may be repeated.
    #[error("the server could not answer; nothing was changed (request {request_id})")]
    Internal {
        /// The id to look for in the server's log.
        request_id: String,
    },
}

impl ConsoleError {
    /// The HTTP status that says the same.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotSignedIn => 401,
            Self::Forbidden { .. } => 403,
            Self::NotFound { .. } => 404,
            Self::Query { .. } | Self::BadRequest { .. } => 400,
            Self::TooMany { .. } => 429,
            Self::Internal { .. } => 500,
        }
    }

    /// Its name in answers of the API.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSignedIn => "not-signed-in",
            Self::Forbidden { .. } => "forbidden",
            Self::NotFound { .. } => "not-found",
            Self::Query { .. } => "query",
            Self::BadRequest { .. } => "bad-request",
            Self::TooMany { .. } => "too-many",
            Self::Internal { .. } => "internal",
        }
    }
}

/// The answer to `GET /api/v1/events/{event id}` for one content.
pub type Event = EventDetail;
