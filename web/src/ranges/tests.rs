use super::*;
use orgtrail_shared::time::{parse_time, to_rfc3339};
use proptest::prelude::*;

fn range(from: &str, to: &str) -> TimeRange {
    TimeRange::new(parse_time(from).unwrap(), parse_time(to).unwrap()).unwrap()
}

#[track_caller]
fn check(range: TimeRange, from: &str, to: &str) {
    assert_eq!((to_rfc3339(range.start()), to_rfc3339(range.end())), (from.into(), to.into()));
}

#[test]
fn shifting_keeps_half_in_sight() {
    let day = range("2026-11-19", "2026-11-20");
    check(shift(day, -1), "2026-11-18T12:00:00Z", "2026-11-19T12:00:00Z");
    check(shift(day, 1), "2026-11-19T12:00:00Z", "2026-11-20T12:00:00Z");
}

#[test]
fn zooming_keeps_the_middle() {
    let day = range("2026-11-19", "2026-11-20");
    check(zoom_in(day), "2026-11-19T06:00:00Z", "2026-11-19T18:00:00Z");
    check(zoom_out(day), "2026-11-18T12:00:00Z", "2026-11-20T12:00:00Z");
    let short = range("2026-11-19T00:00:00Z", "2026-11-19T00:01:00Z");
    assert_eq!(zoom_in(short).length().num_seconds(), SHORTEST_SECONDS);
}

#[test]
fn a_brush_takes_whole_buckets_in_either_direction() {
    let day = range("2026-11-19", "2026-11-20");
    check(brushed(day, 0.26, 0.3, 3600), "2026-11-19T06:00:00Z", "2026-11-19T08:00:00Z");
    check(brushed(day, 0.3, 0.26, 3600), "2026-11-19T06:00:00Z", "2026-11-19T08:00:00Z");
    check(brushed(day, -3.0, 7.0, 3600), "2026-11-19T00:00:00Z", "2026-11-20T00:00:00Z");
}

#[test]
fn ticks_stand_at_round_times() {
    let labels = |from, to| -> Vec<String> {
        ticks(range(from, to), 0)
            .iter()
            .map(|tick| tick.at.format(tick.format).to_string())
            .collect()
    };
    assert_eq!(
        labels("2026-11-19T14:05:00Z", "2026-11-20T14:05:00Z"),
        ["15:00", "18:00", "21:00", "Nov 20", "03:00", "06:00", "09:00", "12:00"]
    );
    let shifted = ticks(range("2026-11-19T14:05:00Z", "2026-11-20T14:05:00Z"), 3600);
    assert_eq!(to_rfc3339(shifted[0].at), "2026-11-19T17:00:00Z");
    assert_eq!(labels("2026-11-01", "2026-11-08").first().map(String::as_str), Some("Nov 1"));
}

#[test]
fn spans_are_said_in_their_largest_sensible_unit() {
    for (seconds, words) in
        [(0, "0 s"), (90, "90 s"), (600, "10 min"), (86_400, "24 h"), (604_800, "7 d")]
    {
        assert_eq!(describe_seconds(seconds), words);
    }
}

proptest! {
    /// Whatever the pointer does, the brushed range lies within the chart.
    #[test]
    fn a_brush_never_leaves_the_chart(one in -1.0_f64..2.0, other in -1.0_f64..2.0, step in 0_u32..100_000) {
        let day = range("2026-11-19", "2026-11-20");
        let brushed = brushed(day, one, other, step);
        prop_assert!(day.start() <= brushed.start() && brushed.end() <= day.end());
    }

    /// An axis never has so many marks that their labels run into each other.
    #[test]
    fn an_axis_has_few_ticks(start in 0_i64..4_000_000_000, length in 1_i64..400_000_000, offset in -50_000_i64..50_000) {
        let time = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let range = TimeRange::new(time(start), time(start + length)).unwrap();
        prop_assert!(ticks(range, offset).len() <= 13);
    }
}
