//! Instants and ranges in UTC, and how people write them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SubsecRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// A half-open range of time: `start` belongs to it, `end` does not. Never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RangeParts", into = "RangeParts")]
pub struct TimeRange {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
struct RangeParts {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

/// Why a text is not a time or a range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTime {
    /// The text is neither RFC 3339 nor a date.
    #[error("`{0}` is not a time: write 2026-11-20 or 2026-11-20T14:30:00Z")]
    NotATime(String),
    /// The range is empty or ends before it starts.
    #[error("the range ends at {1}, which is not after its start {0}")]
    EmptyRange(String, String),
}

impl TimeRange {
    /// Makes the range from `start` to before `end`.
    ///
    /// Events have whole seconds, and so has a range: one that begins or ends within a second begins or ends with the
    /// next, which leaves the same events in it. Rounding the end down would lose those of the last second.
    ///
    /// # Errors
    ///
    /// [`InvalidTime::EmptyRange`] when `end` is not after `start`.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, InvalidTime> {
        let (start, end) = (at_whole_second(start), at_whole_second(end));
        if start < end {
            Ok(Self { start, end })
        } else {
            Err(InvalidTime::EmptyRange(to_rfc3339(start), to_rfc3339(end)))
        }
    }

    /// The first instant of the range.
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// The first instant after the range.
    pub fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// How long the range is.
    pub fn length(&self) -> TimeDelta {
        self.end - self.start
    }

    /// Whether `time` lies in the range.
    pub fn contains(&self, time: DateTime<Utc>) -> bool {
        self.start <= time && time < self.end
    }

    /// The part that both ranges have in common.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }
}

impl TryFrom<RangeParts> for TimeRange {
    type Error = InvalidTime;
    fn try_from(parts: RangeParts) -> Result<Self, InvalidTime> {
        Self::new(parts.from, parts.to)
    }
}

impl From<TimeRange> for RangeParts {
    fn from(range: TimeRange) -> Self {
        Self { from: range.start, to: range.end }
    }
}

/// The first whole second that is not before `time`.
pub fn at_whole_second(time: DateTime<Utc>) -> DateTime<Utc> {
    let whole = time.trunc_subsecs(0);
    if whole == time {
        return time;
    }
    whole.checked_add_signed(TimeDelta::seconds(1)).unwrap_or(whole)
}

/// Parses an RFC 3339 time or a date, which means its midnight in UTC.
///
/// Seconds, and the `Z`, may be left out: `2026-11-20T14:30` is UTC.
///
/// # Errors
///
/// [`InvalidTime::NotATime`] with the text.
pub fn parse_time(text: &str) -> Result<DateTime<Utc>, InvalidTime> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.with_timezone(&Utc));
    }
    if let Some(midnight) =
        NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|date| date.and_hms_opt(0, 0, 0))
    {
        return Ok(midnight.and_utc());
    }
    let bare = text.strip_suffix('Z').unwrap_or(text).replace(' ', "T");
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&bare, format).ok())
        .map(|time| time.and_utc())
        .ok_or_else(|| InvalidTime::NotATime(text.chars().take(60).collect()))
}

/// Prints a time as APIs and URLs carry it, to the second: `2026-11-20T14:32:07Z`.
pub fn to_rfc3339(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Prints a time as people read it in the console: `2026-11-20 14:32:07`.
pub fn to_display(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests;
