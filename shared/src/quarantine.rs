//! Trying once more what is in quarantine.

use serde::{Deserialize, Serialize};

/// What came of trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RetryOutcome {
    /// The file was read, as a whole or more of it than before.
    Read,
    /// It is as unreadable as before.
    AsBefore,
    /// The archive doesn't give its bytes, or gives others than were archived.
    Lost,
}

impl RetryOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Read, Self::AsBefore, Self::Lost];

    /// The name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::AsBefore => "as-before",
            Self::Lost => "lost",
        }
    }

    /// The outcome of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }

    /// The outcome in words, for whoever tried.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Read => {
                "The file was read once more. What could be read is searchable now; what could not be is listed below, with its reason."
            }
            Self::AsBefore => "The file was read once more, and is as unreadable as before.",
            Self::Lost => {
                "The archive doesn't give the file, or gives other bytes than were archived; nothing was changed. The server's log has the reason, and orgtrail doctor --reconcile looks whether the archive lacks more."
            }
        }
    }
}

/// What came of trying one file once more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retried {
    /// In a word.
    pub outcome: RetryOutcome,
    /// Why the file was not read; it may be tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Events that were indexed.
    pub events: u64,
    /// Events that were indexed before.
    pub duplicates: u64,
    /// Entries that are in quarantine again.
    pub quarantined: u64,
}
