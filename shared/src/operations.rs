//! The state of the machinery, for operators: jobs, log sources, and what waits or fails, each with what to do about it.

use crate::index::IndexState;
use crate::notifications::QueueReading;
use crate::reconciliation::LastReconciliation;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// What keeps an object, a prefix or a source from being read. Each kind asks for something else to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// The store asks for fewer requests.
    Throttled,
    /// The store failed.
    ServerError,
    /// The store can't be reached, did not answer in time, or broke off.
    Unreachable,
    /// The credentials have expired, are unknown or can't be had.
    Credentials,
    /// The credentials may not read this.
    AccessDenied,
    /// The key that the object is encrypted under may not be used.
    KeyDenied,
    /// The bucket is in another Region.
    WrongRegion,
    /// Our clock and the store's differ.
    ClockSkew,
    /// There is no such bucket or directory any more.
    NoBucket,
    /// The object was listed and is not there.
    Vanished,
    /// The object is larger than what is read.
    TooLarge,
    /// The object was fetched, and could not be archived or stored.
    NotTakenIn,
    /// Anything else; the reason says more.
    Other,
}

impl Trouble {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Throttled,
        Self::ServerError,
        Self::Unreachable,
        Self::Credentials,
        Self::AccessDenied,
        Self::KeyDenied,
        Self::WrongRegion,
        Self::ClockSkew,
        Self::NoBucket,
        Self::Vanished,
        Self::TooLarge,
        Self::NotTakenIn,
        Self::Other,
    ];

    /// The name, as it is stored and sent.
    pub fn name(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::ServerError => "server-error",
            Self::Unreachable => "unreachable",
            Self::Credentials => "credentials",
            Self::AccessDenied => "access-denied",
            Self::KeyDenied => "key-denied",
            Self::WrongRegion => "wrong-region",
            Self::ClockSkew => "clock-skew",
            Self::NoBucket => "no-bucket",
            Self::Vanished => "vanished",
            Self::TooLarge => "too-large",
            Self::NotTakenIn => "not-taken-in",
            Self::Other => "other",
        }
    }

    /// The kind of that name; a name that a newer version has written is [`Trouble::Other`].
    pub fn of_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|trouble| trouble.name() == name).unwrap_or(Self::Other)
    }

    /// What is the matter, in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Throttled => "the store asks for fewer requests",
            Self::ServerError => "the store failed",
            Self::Unreachable => "the store can't be reached or is too slow",
            Self::Credentials => "the credentials have expired or are not valid",
            Self::AccessDenied => "access denied",
            Self::KeyDenied => "the encryption key may not be used",
            Self::WrongRegion => "the bucket is in another Region",
            Self::ClockSkew => "the clocks differ",
            Self::NoBucket => "the bucket or directory is not there",
            Self::Vanished => "listed, and not there any more",
            Self::TooLarge => "larger than what is read",
            Self::NotTakenIn => "fetched, and could not be stored",
            Self::Other => "failed",
        }
    }

    /// What to do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Throttled => {
                "Nothing: it is tried again, less often. If it lasts, ask who else reads the bucket that much."
            }
            Self::ServerError => {
                "Nothing: it is tried again. If it lasts, look at the state of the store, or of S3 in that Region."
            }
            Self::Unreachable => {
                "It is tried again. If it lasts, check the endpoint, the network, the proxy and the name resolution."
            }
            Self::Credentials => {
                "Renew the access key, the profile or the role of the source, and start again with the sources file."
            }
            Self::AccessDenied => {
                "Allow s3:GetObject, and s3:ListBucket for listings, to the reader's role; look for explicit denials \
                 in the bucket's policy and for objects that another account owns. An archived object must be restored."
            }
            Self::KeyDenied => {
                "Allow kms:Decrypt on the key that the object is encrypted under, in the key's policy and to the \
                 reader's role; check that the key is neither disabled nor waiting to be deleted."
            }
            Self::WrongRegion => "Set `region` of the source to the Region that is named.",
            Self::ClockSkew => {
                "Set this machine's clock by NTP; requests are refused when it is off by minutes."
            }
            Self::NoBucket => {
                "If the bucket was moved, name the new one in the sources file; if it was deleted, what was not \
                 collected before is lost, and the digests say what that is."
            }
            Self::Vanished => {
                "Somebody deleted it between listing and fetching: look at the bucket's lifecycle rules and its data \
                 events. It is tried a few times more, and counted when it stays away."
            }
            Self::TooLarge => {
                "No trail delivers files of this size: look at what it is, and who wrote it."
            }
            Self::NotTakenIn => {
                "Look at the archive and the database by `orgtrail doctor`; the object is tried again, by itself."
            }
            Self::Other => "The reason says more; it is tried again.",
        }
    }

    /// Whether other objects of the source would fail, too, so that asking for them is no use for now.
    pub fn stops_source(self) -> bool {
        matches!(
            self,
            Self::Throttled
                | Self::Credentials
                | Self::WrongRegion
                | Self::ClockSkew
                | Self::NoBucket
        )
    }

    /// Whether it says something of the one object or prefix only, however often in a row it happens.
    pub fn is_of_one(self) -> bool {
        matches!(
            self,
            Self::AccessDenied | Self::KeyDenied | Self::Vanished | Self::TooLarge | Self::Other
        )
    }
}

/// The state of the machinery, for operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operations {
    /// The jobs with their last pass.
    pub jobs: Vec<JobStatus>,
    /// The log sources.
    pub sources: Vec<SourceStatus>,
    /// The index, and how it answers.
    pub index: IndexState,
}

/// The last pass of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobStatus {
    /// The job's name.
    pub name: String,
    /// What it does, in a line.
    pub purpose: String,
    /// When the last pass started.
    pub started_at: Option<DateTime<Utc>>,
    /// How long it took, in milliseconds; `None` while it runs.
    pub duration_ms: Option<i64>,
    /// What it did, in words.
    pub summary: String,
    /// The error, when it failed.
    pub error: Option<String>,
    /// How many passes failed since the server started.
    pub failed_passes: i64,
}

/// One log source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceStatus {
    /// Its name.
    pub name: String,
    /// Whether jobs list it and compare it, and not only a command.
    #[serde(default)]
    pub is_regular: bool,
    /// Whether a queue tells of its new objects.
    #[serde(default)]
    pub has_queue: bool,
    /// Where it is: `s3://bucket/prefix` or a directory.
    pub location: String,
    /// Files collected.
    pub files: u64,
    /// Files known and not yet collected, those of the backfill included.
    pub waiting: u64,
    /// Since when the one waits that waits longest, of those that aren't old days.
    #[serde(default)]
    pub waiting_since: Option<DateTime<Utc>>,
    /// When it was last listed.
    pub listed_at: Option<DateTime<Utc>>,
    /// When all of it was listed last.
    #[serde(default)]
    pub everything_listed_at: Option<DateTime<Utc>>,
    /// The error of the last attempt, when it failed.
    pub error: Option<String>,
    /// Objects in it that are not log files, digests or folder markers.
    pub foreign_objects: u64,
    /// How many days a usual listing looks back; none when no job lists it.
    #[serde(default)]
    pub window_days: u64,
    /// How late files have turned up, which the window follows.
    #[serde(default)]
    pub lateness: Vec<Lateness>,
    /// Days older than the window that are being collected.
    #[serde(default)]
    pub backfill: Option<BackfillStatus>,
    /// What keeps something from being read, the widest first.
    #[serde(default)]
    pub troubles: Vec<TroubleStatus>,
    /// What is there and is not read, by the reason, such as symbolic links.
    #[serde(default)]
    pub skipped: Vec<Skipped>,
    /// The last comparison with the index; `None` when there was none yet.
    #[serde(default)]
    pub reconciliation: Option<LastReconciliation>,
    /// What came of its queue; `None` when it has none, or it wasn't read yet.
    #[serde(default)]
    pub notifications: Option<QueueReading>,
}

/// How many files turned up so many days after the day in their key, within the last 90 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lateness {
    /// How many days late.
    pub days: u64,
    /// How many files.
    pub files: u64,
}

/// Older days that are collected beside the newest ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackfillStatus {
    /// Files that wait.
    pub waiting: u64,
    /// Files that were found since the backfill began.
    pub found: u64,
    /// The month that is collected now, by its first day.
    pub month: NaiveDate,
    /// The oldest month that waits, by its first day.
    pub oldest_month: NaiveDate,
    /// Whether it was paused.
    pub is_paused: bool,
    /// When it ends at the pace of the last minutes; `None` while it stands still.
    pub ends_at: Option<DateTime<Utc>>,
}

/// What keeps something from being read, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TroubleStatus {
    /// The kind.
    pub kind: Trouble,
    /// What it concerns: the source, a prefix, or how many objects.
    pub concerns: String,
    /// The last reason in the store's words.
    pub reason: String,
    /// How many objects it keeps waiting; none for a source or prefix, of which nobody knows.
    pub objects: Option<u64>,
    /// How often it was tried, at most.
    pub attempts: u64,
    /// When it is tried again.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// What to do about it.
    pub advice: String,
}

/// Something that is there and is not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// What it is.
    pub what: String,
    /// How many there are.
    pub count: u64,
}

#[cfg(test)]
mod tests {
    use super::Trouble;

    #[test]
    fn every_trouble_has_a_name_of_its_own_that_is_read_back_and_says_what_to_do() {
        for trouble in Trouble::ALL {
            assert_eq!(Trouble::of_name(trouble.name()), trouble);
            assert_eq!(
                serde_json::to_value(trouble).ok().as_ref().and_then(|value| value.as_str()),
                Some(trouble.name())
            );
            assert!(!trouble.title().is_empty() && trouble.advice().ends_with('.'));
        }
        assert_eq!(Trouble::of_name("of a later version"), Trouble::Other);
    }
}
