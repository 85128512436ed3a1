use super::*;
use orgtrail_shared::query::{Facet, TextField};
use orgtrail_shared::time::{TimeRange, parse_time, to_rfc3339};
use proptest::prelude::*;

fn address(search: &str) -> SearchAddress {
    SearchAddress::from_params(&Params::parse(search))
}

#[test]
fn an_empty_url_is_the_last_day_without_reads() {
    let now = parse_time("2026-11-20T14:05:00Z").unwrap();
    let range = address("").range_at(now).unwrap();
    assert_eq!(to_rfc3339(range.start()), "2026-11-19T14:05:00Z");
    assert_eq!(range.end(), now);
    assert!(!address("").shows_reads);
    assert_eq!(address("").href(), "/search");
}

#[test]
fn values_are_decoded_once() {
    assert_eq!(address("q=agent%3A%22100%2525%22+x%2By").query, "agent:\"100%25\" x+y");
    assert_eq!(address("q=50%").query, "50%");
    assert_eq!(address("q=%C3%A9%").query, "é%");
}

#[test]
fn a_mistaken_time_is_said_and_never_replaced_by_a_default() {
    let now = parse_time("2026-11-20").unwrap();
    for search in ["from=yesterday", "to=25:00", "from=2026-11-20&to=2026-11-19"] {
        assert!(address(search).range_at(now).is_err(), "{search}");
    }
}

#[test]
fn columns_come_as_a_list_or_as_checked_boxes() {
    let wanted = vec![Column::Event, Column::Proof];
    assert_eq!(address("columns=event,proof,nonsense").columns, wanted);
    assert_eq!(address("columns=event&columns=proof&columns=event").columns, wanted);
    assert_eq!(
        address("columns=event,proof").shown_columns(),
        vec![Column::Time, Column::Event, Column::Proof]
    );
}

#[test]
fn a_facet_click_edits_the_text_and_closes_the_event() {
    let event = Facet::Text(TextField::EventName);
    let toggled = address("q=is:write&event=e1&page=v1&scope=ou-ab12-cd34ef56&tz=local").toggled(
        event,
        "CreateUser",
        false,
    );
    assert_eq!(
        toggled.href(),
        "/search?q=is:write%20event:CreateUser&scope=ou-ab12-cd34ef56&tz=local"
    );
    let error = Facet::Text(TextField::Error);
    let without = address("q=is:write").toggled(error, "", false);
    assert_eq!(without.query, "is:write -error:*");
    assert_eq!(without.toggled(error, "", false).query, "is:write");
    assert_eq!(without.toggled(error, "", true).query, "is:write error:*");
    assert_eq!(address("q=nonsense:1").toggled(event, "X", false).query, "nonsense:1");
}

#[test]
fn a_click_on_an_address_goes_in_moves_and_comes_out() {
    let ip = Facet::Text(TextField::SourceIp);
    let one = address("q=is:write").toggled(ip, "198.51.100.42", false);
    assert_eq!(one.query, "is:write ip:198.51.100.42/32");
    let two = one.toggled(ip, "2001:db8::7", false);
    assert_eq!(two.query, "is:write ip:198.51.100.42/32,2001:db8::7/128");
    assert!(has_value(
        &orgtrail_shared::query::Query::parse(&two.query).unwrap(),
        ip,
        "198.51.100.42",
        false
    ));
    assert_eq!(
        two.toggled(ip, "198.51.100.42", true).query,
        "is:write ip:2001:db8::7/128 -ip:198.51.100.42/32"
    );
    assert_eq!(one.toggled(ip, "198.51.100.42", false).query, "is:write");
    assert_eq!(address("").toggled(ip, "AWS Internal", false).query, "ip:\"AWS Internal\"");
}

#[test]
fn one_parameter_is_replaced_and_the_others_stay() {
    assert_eq!(
        replace_param("/integrity", "?from=a&scope=x", "scope", "y"),
        "/integrity?from=a&scope=y"
    );
    assert_eq!(replace_param("/search", "scope=x", "scope", ""), "/search");
}

proptest! {
    /// A link leads back to exactly the search it was made from.
    #[test]
    fn search_addresses_round_trip(
        query in "\\PC{0,30}", scope in "[a-z0-9-]{0,12}", event in proptest::option::of("\\PC{1,12}"),
        start in 0_i64..4_000_000_000, length in 1_i64..100_000_000, shows_reads: bool,
    ) {
        let time = |seconds| chrono::DateTime::from_timestamp(seconds, 0).unwrap();
        let range = TimeRange::new(time(start), time(start + length)).unwrap();
        let carried = Carried { scope, zone: Zone::Local };
        let made = SearchAddress { event, ..SearchAddress::new(carried, &query).with_reads(shows_reads).with_range(range) };
        let href = made.href();
        prop_assert_eq!(address(href.split_once('?').map_or("", |(_, search)| search)), made);
    }

    /// Decoding never fails and undoes encoding, whatever the text is.
    #[test]
    fn encoding_round_trips(text in "\\PC{0,40}") {
        let params = Params::parse(&format!("a={}", encode(&text)));
        prop_assert_eq!(params.get("a").unwrap_or_default(), text);
    }
}
