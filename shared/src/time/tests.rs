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

proptest! {
    /// A printed time parses back to itself, so a link shows what its sender saw.
    #[test]
    fn printing_and_parsing_agree(seconds in 0_i64..4_000_000_000) {
        let time = DateTime::from_timestamp(seconds, 0).unwrap();
        prop_assert_eq!(parse_time(&to_rfc3339(time)), Ok(time));
        prop_assert_eq!(parse_time(&to_display(time)), Ok(time));
    }
}
