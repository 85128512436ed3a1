//! Reading intervals, and the words for lengths of time.

use super::world::{World, hour, minutes};
use crate::chain::intervals::{Paint, flatten, from_paints};
use crate::chain::{cells, in_words, worst_state};
use chrono::TimeDelta;
use orgtrail_shared::proof::CellState;
use orgtrail_shared::time::TimeRange;

#[test]
fn the_worst_state_of_a_range_counts() {
    let intervals = World::intact(6).with(|world| world.lose_digest(2)).verdict().intervals;
    for (from, to, expected) in [
        (0, 2, CellState::Proven),
        (0, 6, CellState::Missing),
        (2, 3, CellState::Missing),
        (-9, -3, CellState::NotExpected),
        (-9, 2, CellState::Proven),
        (6, 9, CellState::Pending),
    ] {
        let range = TimeRange::new(hour(from), hour(to)).unwrap();
        assert_eq!(worst_state(&intervals, range), expected, "{from}..{to}");
    }
    let range = TimeRange::new(hour(0), hour(1)).unwrap();
    assert_eq!(worst_state(&[], range), CellState::Unknown);
}

#[test]
fn cells_cut_a_range_into_steps() {
    let intervals = World::intact(6).with(|world| world.lose_digest(2)).verdict().intervals;
    let range = TimeRange::new(hour(1), hour(3) + minutes(30)).unwrap();
    let states = |step| cells(&intervals, range, step);
    let expected = [CellState::Proven, CellState::Missing, CellState::Proven];
    assert_eq!(states(TimeDelta::hours(1)), expected);
    assert_eq!(states(TimeDelta::days(1)), [CellState::Missing]);
    assert!(states(TimeDelta::zero()).is_empty());
}

#[test]
fn the_greatest_span_holds_where_spans_overlap() {
    let span = |from, to, rank| (TimeRange::new(hour(from), hour(to)).unwrap(), rank);
    let stretches = flatten(&[span(0, 6, 1), span(1, 3, 5), span(2, 5, 3), span(8, 9, 0)]);
    let found: Vec<_> = stretches.iter().map(|it| (it.from, it.to, it.index)).collect();
    let expected = [(0, 1, 0), (1, 3, 1), (3, 5, 2), (5, 6, 0), (8, 9, 3)];
    assert_eq!(found, expected.map(|(from, to, index)| (hour(from), hour(to), index)));
}

#[test]
fn intervals_end_now_and_join_what_is_equal() {
    let paint = |from, to, state| Paint {
        range: TimeRange::new(hour(from), hour(to)).unwrap(),
        state,
        reason: String::new(),
    };
    let paints = [
        paint(0, 2, CellState::Proven),
        paint(2, 9, CellState::Proven),
        paint(3, 4, CellState::Gap),
    ];
    let found: Vec<_> = from_paints(&paints, hour(5))
        .iter()
        .map(|interval| (interval.range.start(), interval.range.end(), interval.state))
        .collect();
    let expected = [(0, 3, CellState::Proven), (3, 4, CellState::Gap), (4, 5, CellState::Proven)];
    assert_eq!(found, expected.map(|(from, to, state)| (hour(from), hour(to), state)));
}

#[test]
fn lengths_are_said_in_words() {
    for (seconds, words) in [
        (3600, "1 hour"),
        (7200, "2 hours"),
        (3900, "1 hour 5 minutes"),
        (60, "1 minute"),
        (40, "40 seconds"),
    ] {
        assert_eq!(in_words(TimeDelta::seconds(seconds)), words);
    }
}
