//! The index and how it answers, for operators.

use serde::{Deserialize, Serialize};

/// What the index holds, and how searches were answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexState {
    /// Log files with events.
    pub files: u64,
    /// Those of them whose events are not in column segments yet; while there are some, rows answer instead.
    pub files_without_segments: u64,
    /// Those of them without a bitmap of grams; free text reads them always.
    pub files_without_bitmaps: u64,
    /// The column segments, the smallest stretch of time first.
    pub segments: Vec<SegmentLevel>,
    /// Bytes of decoded segments in memory.
    pub remembered_bytes: u64,
    /// How searches were answered since the server started, the most frequent first.
    pub answers: Vec<AnswerKind>,
}

/// Column segments of one stretch of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentLevel {
    /// What was put together: `batch`, `hour`, `day`, `month` or `year`.
    pub level: String,
    /// How many segments.
    pub segments: u64,
    /// How many events they hold.
    pub events: u64,
    /// Their compressed bytes.
    pub bytes: u64,
}

/// Searches that were answered in the same way for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerKind {
    /// What was wanted: `page`, or `counts` for bars and facets.
    pub wanted: String,
    /// Who answered: `rows`, `segments` or `records`.
    pub answered_by: String,
    /// Why.
    pub reason: String,
    /// How many searches.
    pub searches: u64,
    /// How long they took on average, in milliseconds.
    pub mean_ms: u64,
    /// How long the slowest took, in milliseconds.
    pub slowest_ms: u64,
}
