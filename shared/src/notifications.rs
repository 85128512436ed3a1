//! What came of the queue that tells of a log source's new objects.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The last reading of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueReading {
    /// When it was last tried.
    pub read_at: DateTime<Utc>,
    /// Why the last attempt failed. New objects are found by the passes meanwhile.
    pub error: Option<String>,
    /// The queue, and what was read from it; `None` as long as nothing could be read.
    pub state: Option<QueueState>,
}

/// A queue, and what was read from it so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueState {
    /// Its URL.
    pub url: String,
    /// About how many messages wait in it; `None` when it can't be asked.
    pub waiting: Option<u64>,
    /// About how many are being worked on, by us or somebody else; `None` when it can't be asked.
    pub in_flight: Option<u64>,
    /// About how many messages lie in its dead-letter queue; `None` when it has none or it can't be asked.
    pub dead_letters: Option<u64>,
    /// Why the dead letters aren't known.
    pub dead_letters_note: Option<String>,
    /// What was read so far.
    pub counts: QueueCounts,
}

/// What was read from a queue so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueCounts {
    /// Messages.
    pub messages: u64,
    /// Messages that arrived again while they were worked on.
    pub repeated: u64,
    /// Names of objects in them.
    pub named: u64,
    /// Objects that were new, and were taken in.
    pub taken_in: u64,
    /// Objects that were known already, by a pass or another message.
    pub known: u64,
    /// Objects that were not there when they were looked for.
    pub absent: u64,
    /// Objects that could not be fetched; their messages stay in the queue.
    pub failed: u64,
    /// Names that belong to no source of the queue, or to no file of the layout.
    pub ignored: u64,
    /// Statements that tell of no new object: test events, deletions.
    pub other: u64,
    /// Arrivals of messages that aren't understood; they are left to the queue's redrive policy.
    pub unknown: u64,
    /// Messages that could not be deleted; they arrive again, which does no harm.
    pub undeleted: u64,
}

impl QueueCounts {
    /// Adds what was read since.
    pub fn merge(&mut self, more: &Self) {
        self.messages += more.messages;
        self.repeated += more.repeated;
        self.named += more.named;
        self.taken_in += more.taken_in;
        self.known += more.known;
        self.absent += more.absent;
        self.failed += more.failed;
        self.ignored += more.ignored;
        self.other += more.other;
        self.unknown += more.unknown;
        self.undeleted += more.undeleted;
    }
}
