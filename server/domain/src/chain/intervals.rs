//! Stretches of time with a state: laying paints over each other, and reading the result.

use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_shared::proof::CellState;
use orgtrail_shared::time::TimeRange;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A stretch of time in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The stretch.
    pub range: TimeRange,
    /// Its state.
    pub state: CellState,
    /// Why, in words for a person who has never seen a digest.
    pub reason: String,
}

/// A claim about a stretch of time; where claims overlap, the worst one holds.
#[derive(Clone, Debug)]
pub(super) struct Paint {
    pub(super) range: TimeRange,
    pub(super) state: CellState,
    pub(super) reason: String,
}

/// A stretch and the index of the span that holds there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: DateTime<Utc>,
    pub(super) to: DateTime<Utc>,
    pub(super) index: usize,
}

/// Cuts overlapping spans into stretches that don't overlap: the greatest rank holds, and among
/// equals the first span. O(n log n).
pub(super) fn flatten<K: Ord>(spans: &[(TimeRange, K)]) -> Vec<Stretch> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|&index| spans[index].0.start());
    let mut bounds: Vec<_> =
        spans.iter().flat_map(|(range, _)| [range.start(), range.end()]).collect();
    bounds.sort_unstable();
    bounds.dedup();
    let mut waiting = order.into_iter().peekable();
    let mut open = BinaryHeap::new();
    let mut stretches: Vec<Stretch> = Vec::with_capacity(bounds.len());
    for bound in bounds.windows(2) {
        let (from, to) = (bound[0], bound[1]);
        while let Some(index) = waiting.next_if(|&index| spans[index].0.start() <= from) {
            open.push((&spans[index].1, Reverse(index)));
        }
        // Ended spans below the top may stay: they are dropped when they come up.
        while open.peek().is_some_and(|(_, Reverse(index))| spans[*index].0.end() <= from) {
            open.pop();
        }
        let Some(&(_, Reverse(index))) = open.peek() else { continue };
        match stretches.last_mut() {
            Some(last) if last.index == index && last.to == from => last.to = to,
            _ => stretches.push(Stretch { from, to, index }),
        }
    }
    stretches
}

/// The worst paint everywhere, cut off at `now`; neighbours with one state and reason are joined.
pub(super) fn from_paints(paints: &[Paint], now: DateTime<Utc>) -> Vec<Interval> {
    let spans: Vec<_> = paints
        .iter()
        .filter_map(|paint| {
            let range = TimeRange::new(paint.range.start(), paint.range.end().min(now)).ok()?;
            Some((range, (paint.state, Reverse(paint.reason.as_str()))))
        })
        .collect();
    let mut intervals: Vec<Interval> = Vec::new();
    for stretch in flatten(&spans) {
        let (state, Reverse(reason)) = spans[stretch.index].1;
        let from = match intervals.last() {
            Some(last) if last.state == state && last.reason == reason => {
                let start = last.range.start();
                intervals.pop();
                start
            }
            _ => stretch.from,
        };
        if let Ok(range) = TimeRange::new(from, stretch.to) {
            intervals.push(Interval { range, state, reason: reason.to_owned() });
        }
    }
    intervals
}

/// The worst state within a range, of intervals as [`super::ChainVerdict`] holds them.
///
/// Nothing is due before the first interval; after the last one everything is pending. Without any
/// interval nothing is known.
pub fn worst_state(intervals: &[Interval], range: TimeRange) -> CellState {
    let Some(last) = intervals.last() else { return CellState::Unknown };
    let first = intervals.partition_point(|interval| interval.range.end() <= range.start());
    let outside =
        if range.start() >= last.range.end() { CellState::Pending } else { CellState::NotExpected };
    intervals[first..]
        .iter()
        .take_while(|interval| interval.range.start() < range.end())
        .map(|interval| interval.state)
        .max()
        .unwrap_or(outside)
}

/// The worst state of each step of a range; the last step may be shorter. A step that isn't
/// positive gives no cells.
pub fn cells(intervals: &[Interval], range: TimeRange, step: TimeDelta) -> Vec<CellState> {
    let mut cells = Vec::new();
    if step <= TimeDelta::zero() {
        return cells;
    }
    let mut from = range.start();
    while from < range.end() {
        let to = super::shifted(from, step).min(range.end());
        match TimeRange::new(from, to) {
            Ok(cell) => cells.push(worst_state(intervals, cell)),
            Err(_) => break,
        }
        from = to;
    }
    cells
}
