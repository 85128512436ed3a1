//! The console's and the API's view of events.

use crate::ids::AccountId;
use crate::proof::FileVerdict;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Whether a call only read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// `readOnly` is true.
    Read,
    /// `readOnly` is false.
    Write,
    /// The record does not say; searches count it as a write, so that nothing is folded away.
    Unknown,
}

/// A remark about an event that a reader must not miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventFlag {
    /// The record is for another account than its file's name says.
    OtherAccount,
    /// The record is of another Region than its file's name says.
    OtherRegion,
    /// The event's day is more than one day from the day in the file's name.
    OtherDay,
    /// The record has no valid event id; the id shown was derived from its content.
    DerivedId,
    /// Another event with other content carries the same id.
    SharedId,
    /// The event time lies outside 2013 to tomorrow, or is unreadable.
    OddTime,
}

impl EventFlag {
    /// All flags with their bit in the index.
    pub const ALL: [(Self, i32); 6] = [
        (Self::OtherAccount, 1),
        (Self::OtherRegion, 2),
        (Self::OtherDay, 4),
        (Self::DerivedId, 8),
        (Self::SharedId, 16),
        (Self::OddTime, 32),
    ];

    /// The flag in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::OtherAccount => "the record is for another account than its file's name says",
            Self::OtherRegion => "the record is of another Region than its file's name says",
            Self::OtherDay => "the event happened on another day than its file's name says",
            Self::DerivedId => {
                "the record has no valid event id; this one was derived from its content"
            }
            Self::SharedId => "another event with other content carries the same event id",
            Self::OddTime => "the event time is unreadable or implausible",
        }
    }
}

/// Who made a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// `userIdentity.type`, or empty when the record has none.
    pub kind: String,
    /// The ARN without the role session's name; empty when there is none.
    pub arn: String,
    /// The account of the principal; empty when unknown.
    pub account: String,
    /// The name to show: user, role, service or account.
    pub name: String,
    /// The role session's name; empty when there is none.
    pub session: String,
}

/// One event in a list of results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventSummary {
    /// The event id, or the id derived from its content.
    pub event_id: String,
    /// When the event happened.
    pub time: DateTime<Utc>,
    /// `eventName`.
    pub event_name: String,
    /// `eventSource`.
    pub event_source: String,
    /// The account the event was delivered for; text, because odd records have odd accounts.
    pub account: String,
    /// The account's name in the organization; empty when unknown.
    pub account_name: String,
    /// `awsRegion`.
    pub region: String,
    /// Who made the call.
    pub principal: Principal,
    /// `userIdentity.accessKeyId`; empty when there is none.
    pub access_key: String,
    /// `sourceIPAddress`; empty when there is none.
    pub source_ip: String,
    /// `userAgent`; empty when there is none.
    pub user_agent: String,
    /// `errorCode`; empty when the call succeeded.
    pub error_code: String,
    /// Whether the call only read.
    pub access: Access,
    /// `eventCategory`.
    pub category: String,
    /// Remarks.
    pub flags: Vec<EventFlag>,
    /// What is proven about the log file that holds the event.
    pub proof: FileVerdict,
    /// How many log files delivered the same event.
    pub deliveries: u32,
    /// The place of the event in the order of results; also names this very record.
    pub position: String,
}

/// Everything about one event id: all contents that carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventDetail {
    /// The event id.
    pub event_id: String,
    /// The contents under this id; more than one is suspicious.
    pub contents: Vec<EventContent>,
}

/// One content of an event, with the proof for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventContent {
    /// The typed summary.
    pub summary: EventSummary,
    /// The original JSON text from the archive, byte for byte; `None` when it can't be read now.
    pub record: Option<String>,
    /// Why the record can't be shown, when it can't.
    pub record_unavailable: Option<String>,
    /// The log files that delivered it, the one that is shown first.
    pub deliveries: Vec<Delivery>,
}

/// One log file that holds an event, and what is proven about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The bucket the file was delivered to.
    pub bucket: String,
    /// The file's key in that bucket.
    pub key: String,
    /// The record's place in the file, from 0.
    pub ordinal: u32,
    /// SHA-256 of the uncompressed file, lower-case hex.
    pub sha256: String,
    /// What is proven about the file.
    pub verdict: FileVerdict,
    /// When the verdict was reached.
    pub verdict_at: Option<DateTime<Utc>>,
    /// The key of the digest that lists the file, when one does.
    pub digest_key: Option<String>,
    /// When the file was collected.
    pub collected_at: DateTime<Utc>,
}

/// A short reference to an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountName {
    /// The account's id.
    pub id: AccountId,
    /// Its name in the organization; empty when unknown.
    pub name: String,
}
