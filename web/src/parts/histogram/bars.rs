//! The shapes of the bars.

use chrono::TimeDelta;
use orgtrail_shared::console::{Histogram, HistogramBucket};
use orgtrail_shared::time::TimeRange;
use std::fmt::Write as _;

/// The width of a bar with its gap, in units of the drawing.
pub(super) const WIDTH: usize = 10;
/// The height of the drawing.
pub(super) const HEIGHT: u64 = 1000;
/// The least height of a bar that stands for anything.
const LEAST: u64 = 14;

/// The time that the bars cover; `None` when there are none.
pub(super) fn domain(histogram: &Histogram) -> Option<TimeRange> {
    let (first, last) = (histogram.buckets.first()?, histogram.buckets.last()?);
    let step = TimeDelta::seconds(i64::from(histogram.bucket_seconds.max(1)));
    TimeRange::new(first.start, last.start + step).ok()
}

/// The height of the highest bar, in events.
pub(super) fn highest(buckets: &[HistogramBucket]) -> u64 {
    buckets.iter().map(|bucket| bucket.writes + bucket.reads + bucket.errors).max().unwrap_or(0)
}

/// The outlines of writes, reads and errors, stacked in this order from the ground.
pub(super) fn stacked(buckets: &[HistogramBucket]) -> [String; 3] {
    let highest = highest(buckets).max(1);
    let bar = if buckets.len() > 150 { WIDTH } else { WIDTH - 2 };
    let mut paths = [String::new(), String::new(), String::new()];
    for (index, bucket) in buckets.iter().enumerate() {
        let mut ground = HEIGHT;
        for (path, events) in paths.iter_mut().zip([bucket.writes, bucket.reads, bucket.errors]) {
            if events == 0 {
                continue;
            }
            let height = (events.saturating_mul(HEIGHT) / highest).max(LEAST).min(ground);
            let left = index * WIDTH + 1;
            // Writing to a string can't fail.
            let _written = write!(path, "M{left} {ground}v-{height}h{bar}v{height}z");
            ground -= height;
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use orgtrail_shared::time::parse_time;

    fn bucket(writes: u64, reads: u64, errors: u64) -> HistogramBucket {
        HistogramBucket { start: parse_time("2026-11-20").unwrap(), writes, reads, errors }
    }

    #[test]
    fn bars_stack_from_the_ground_and_few_events_stay_visible() {
        let [writes, reads, errors] = stacked(&[bucket(500, 500, 0), bucket(0, 0, 1)]);
        assert_eq!(writes, "M1 1000v-500h8v500z");
        assert_eq!(reads, "M1 500v-500h8v500z");
        assert_eq!(errors, "M11 1000v-14h8v14z");
    }

    #[test]
    fn without_bars_there_is_no_domain() {
        assert_eq!(domain(&Histogram::default()), None);
    }
}
