use super::*;
use proptest::prelude::*;

#[test]
fn dates_and_times_are_utc() {
    for (text, expected) in [
        ("2026-11-20", "2026-11-20T00:00:00Z"),
        ("2026-11-20T14:30:00Z", "2026-11-20T14:30:00Z"),
        ("2026-11-20T14:30Z", "2026-11-20T14:30:00Z"),
        ("2026-11-20T14:30", "2026-11-20T14:30:00Z"),
        ("2026-11-20 14:30:05", "2026-11-20T14:30:05Z"),
        ("2026-11-20T14:30:00+02:00", "2026-11-20T12:30:00Z"),
    ] {
        assert_eq!(to_rfc3339(parse_time(text).unwrap()), expected, "{text:?}");
    }
    for text in ["", "yesterday", "2026-13-01", "2026-11-20T25:00Z", "20261120"] {
        assert!(parse_time(text).is_err(), "{text:?}");
    }
}

#[test]
fn a_range_is_never_empty() {
    let noon = parse_time("2026-11-20T12:00Z").unwrap();
    assert!(TimeRange::new(noon, noon).is_err());
    assert!(
        serde_json::from_str::<TimeRange>(
            r#"{"from":"2026-11-20T12:00:00Z","to":"2026-11-20T11:00:00Z"}"#
        )
        .is_err()
    );
}

/// An end like 23:59:59.999 is how many write "all of that day".
#[test]
fn a_range_within_seconds_has_the_events_that_it_had_before_rounding() {
    let time = |text: &str| parse_time(text).unwrap();
    let range = TimeRange::new(time("2026-11-20T10:00:00.5Z"), time("2026-11-20T23:59:59.999Z"));
    let range = range.unwrap();
    assert_eq!(to_rfc3339(range.start()), "2026-11-20T10:00:01Z");
    assert_eq!(to_rfc3339(range.end()), "2026-11-21T00:00:00Z");
    let query = crate::query::Query::parse("time:2026-11-20T10:00:00.5Z..2026-11-20T23:59:59.999Z");
    assert_eq!(query.unwrap().to_string(), "time:2026-11-20T10:00:01Z..2026-11-21T00:00:00Z");
    assert!(
        TimeRange::new(time("2026-11-20T10:00:00.1Z"), time("2026-11-20T10:00:00.9Z")).is_err()
    );
}

proptest! {
    #[test]
    fn rounding_keeps_the_events_of_a_range(start in 0_i64..4_000, length in 0_i64..4_000, second in 0_i64..9) {
        let at = |millis| DateTime::from_timestamp_millis(millis).unwrap();
        let event = at(second * 1_000);
        let (start, end) = (at(start), at(start + length));
        let is_within = TimeRange::new(start, end).is_ok_and(|range| range.contains(event));
        prop_assert_eq!(is_within, start <= event && event < end);
    }

    /// A printed time parses back to itself, so a link shows what its sender saw.
    #[test]
    fn printing_and_parsing_agree(seconds in 0_i64..4_000_000_000) {
        let time = DateTime::from_timestamp(seconds, 0).unwrap();
        prop_assert_eq!(parse_time(&to_rfc3339(time)), Ok(time));
        prop_assert_eq!(parse_time(&to_display(time)), Ok(time));
    }
}
