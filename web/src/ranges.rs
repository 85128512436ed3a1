//! Ranges of time as people move through them: shift, zoom, snap, and the ticks of an axis.

#[cfg(test)]
mod tests;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use orgtrail_shared::time::TimeRange;
use std::fmt::Write as _;

/// The shortest range that zooming in reaches, in seconds.
const SHORTEST_SECONDS: i64 = 60;
/// The longest range that zooming out reaches, in seconds: ten years.
const LONGEST_SECONDS: i64 = 315_360_000;

/// A preset range: its name and how many hours it reaches back.
pub(crate) const PRESETS: [(&str, i64); 4] =
    [("1 h", 1), ("24 h", 24), ("7 d", 24 * 7), ("30 d", 24 * 30)];

/// The range of the hours before `end`.
pub(crate) fn hours_before(end: DateTime<Utc>, hours: i64) -> Option<TimeRange> {
    TimeRange::new(end - TimeDelta::hours(hours), end).ok()
}

/// The end of the minute that `now` lies in, so that calls of the same minute agree.
pub(crate) fn end_of_minute(now: DateTime<Utc>) -> DateTime<Utc> {
    let minute = TimeDelta::minutes(1);
    now.duration_trunc(minute).map_or(now, |start| start + minute)
}

/// The range before or after: it moves by half its length, so that half of it stays in sight.
pub(crate) fn shift(range: TimeRange, halves: i32) -> TimeRange {
    let delta = range.length() / 2 * halves;
    TimeRange::new(range.start() + delta, range.end() + delta).unwrap_or(range)
}

/// The middle half of the range.
pub(crate) fn zoom_in(range: TimeRange) -> TimeRange {
    let seconds = (range.length().num_seconds() / 2).max(SHORTEST_SECONDS);
    around_middle(range, seconds)
}

/// The range with half its length added on both sides.
pub(crate) fn zoom_out(range: TimeRange) -> TimeRange {
    let seconds = range.length().num_seconds().saturating_mul(2).clamp(2, LONGEST_SECONDS);
    around_middle(range, seconds)
}

fn around_middle(range: TimeRange, seconds: i64) -> TimeRange {
    let middle = range.start() + range.length() / 2;
    let start = middle - TimeDelta::seconds(seconds / 2);
    TimeRange::new(start, start + TimeDelta::seconds(seconds)).unwrap_or(range)
}

/// The range between two places of a chart, each from 0 to 1, widened to whole buckets.
#[cfg(any(feature = "hydrate", test))]
pub(crate) fn brushed(range: TimeRange, one: f64, other: f64, bucket_seconds: u32) -> TimeRange {
    let length = range.length().num_seconds();
    let step = i64::from(bucket_seconds.max(1));
    let (low, high) = (one.min(other).clamp(0.0, 1.0), one.max(other).clamp(0.0, 1.0));
    let first = fraction_of(length, low) / step * step;
    let last = (fraction_of(length, high) / step + 1) * step;
    let start = range.start() + TimeDelta::seconds(first);
    TimeRange::new(start, range.start() + TimeDelta::seconds(last.min(length).max(first + 1)))
        .unwrap_or(range)
}

#[cfg(any(feature = "hydrate", test))]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a place on a chart of at most some decades of seconds"
)]
fn fraction_of(length: i64, fraction: f64) -> i64 {
    (length as f64 * fraction) as i64
}

/// Where `time` lies in the range, in percent of its length.
#[expect(clippy::cast_precision_loss, reason = "a place on a chart")]
fn percent(range: TimeRange, time: DateTime<Utc>) -> f64 {
    let length = range.length().num_seconds().max(1) as f64;
    (time - range.start()).num_seconds() as f64 * 100.0 / length
}

/// A mark on the time axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tick {
    /// The instant.
    at: DateTime<Utc>,
    /// How its label is printed.
    format: &'static str,
}

/// Up to ten marks at times that are round in a zone so many seconds ahead of UTC.
fn ticks(range: TimeRange, offset: i64) -> Vec<Tick> {
    const STEPS: [i64; 16] = [
        1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
        2_592_000,
    ];
    let length = range.length().num_seconds();
    let step = STEPS.into_iter().find(|step| length / step <= 9).unwrap_or(31_536_000);
    // Midnight says which day it is; the hours after it need not repeat that.
    let format = |at: DateTime<Utc>| match step {
        ..60 => "%H:%M:%S",
        60..86_400 if (at.timestamp() + offset) % 86_400 != 0 => "%H:%M",
        60..2_592_000 => "%b %-d",
        _ => "%Y-%m",
    };
    let first = (range.start().timestamp() + offset).div_euclid(step) * step - offset;
    (0..12)
        .filter_map(|index| DateTime::from_timestamp(first + index * step, 0))
        .filter(|at| range.contains(*at))
        .map(|at| Tick { at, format: format(at) })
        .collect()
}

/// The marks of [`ticks`] as the content of a drawing; `print` makes their labels, which are plain text.
pub(crate) fn axis(
    range: TimeRange,
    offset: i64,
    print: impl Fn(DateTime<Utc>, &str) -> String,
) -> String {
    let mut marks = String::new();
    for (index, tick) in ticks(range, offset).into_iter().enumerate() {
        let place = percent(range, tick.at);
        let anchor = match place {
            ..6.0 => "start",
            94.0.. => "end",
            _ => "middle",
        };
        let class = if index % 2 == 1 { " class=\"is-minor\"" } else { "" };
        let label = print(tick.at, tick.format);
        // Writing to a string can't fail.
        let _written = write!(
            marks,
            "<line x1=\"{place:.2}%\" x2=\"{place:.2}%\" y1=\"0\" y2=\"4\"></line>\
             <text x=\"{place:.2}%\" y=\"15\" text-anchor=\"{anchor}\"{class}>{label}</text>"
        );
    }
    marks
}

/// How long a span is, in its largest sensible units: `24 h`, `3 d`, `90 s`.
pub(crate) fn describe_seconds(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}
