use super::*;
use crate::proof::FileVerdict;
use proptest::prelude::*;

#[track_caller]
fn parsed(text: &str) -> Vec<Term> {
    Query::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}")).terms
}

#[track_caller]
fn check_error(text: &str, start: usize, end: usize, part: &str) {
    let error = Query::parse(text).unwrap_err();
    assert_eq!((error.start, error.end), (start, end), "{text:?}: {error}");
    assert!(error.message.contains(part), "{text:?}: {error}");
}

fn text(field: TextField, patterns: &[&str]) -> Condition {
    let patterns = patterns.iter().map(|text| Pattern {
        text: (*text).to_owned(),
        is_wildcard: crate::text::has_wildcard(text),
    });
    Condition::Text(field, patterns.collect())
}

#[test]
fn qualifiers_lists_negation_and_free_text() {
    let terms = parsed(r#"event:DeleteBucket,Put* -error:* "two words" access_denied"#);
    assert_eq!(
        terms,
        vec![
            Term {
                is_negated: false,
                condition: text(TextField::EventName, &["DeleteBucket", "Put*"])
            },
            Term { is_negated: true, condition: text(TextField::Error, &["*"]) },
            Term { is_negated: false, condition: Condition::Contains("two words".into()) },
            Term { is_negated: false, condition: Condition::Contains("access_denied".into()) },
        ]
    );
}

#[test]
fn an_arn_is_free_text_and_a_value() {
    assert_eq!(
        parsed("arn:aws:s3:::logs")[0].condition,
        Condition::Contains("arn:aws:s3:::logs".into())
    );
    assert_eq!(
        parsed("resource:arn:aws:s3:::logs/*")[0].condition,
        text(TextField::Resource, &["arn:aws:s3:::logs/*"])
    );
}

#[test]
fn addresses_networks_and_services() {
    assert_eq!(
        parsed("ip:198.51.100.42,10.0.0.0/8")[0].condition,
        Condition::Network(vec![
            "198.51.100.42/32".parse().unwrap(),
            "10.0.0.0/8".parse().unwrap()
        ])
    );
    assert_eq!(
        parsed("ip:ec2.amazonaws.com")[0].condition,
        text(TextField::SourceIp, &["ec2.amazonaws.com"])
    );
    assert_eq!(
        parsed("ip:2001:db8::/32")[0].condition,
        Condition::Network(vec!["2001:db8::/32".parse().unwrap()])
    );
    check_error("ip:10.0.0.0/8,nonsense", 14, 22, "not an address");
}

#[test]
fn mistakes_point_at_their_characters() {
    check_error("event:x evnt:DeleteBucket", 8, 12, "no qualifier `evnt`");
    check_error("account:1234", 8, 12, "12 digits");
    check_error("event:", 6, 7, "a value must follow");
    check_error("event:\"open", 6, 11, "never closed");
    check_error("- x", 0, 1, "must follow the `-`");
    check_error("time:2026-11-20..2026-11-19", 5, 27, "empty");
    check_error("time:soon", 5, 9, "not a range");
    check_error("is:odd", 3, 6, "read, write, root");
    check_error("proof:maybe", 6, 11, "verified");
    check_error("é evnt:x", 2, 6, "no qualifier");
}

#[test]
fn quotes_take_away_the_meaning_of_wildcards() {
    assert_eq!(
        parsed(r#"resource:"a*b""#)[0].condition,
        Condition::Text(TextField::Resource, vec![Pattern::exact("a*b")])
    );
}

#[test]
fn a_facet_click_gathers_moves_and_removes() {
    let event = Facet::Text(TextField::EventName);
    let query = Query::parse("is:write").unwrap();
    let one = query.toggle(event, "CreateUser", false);
    assert_eq!(one.to_string(), "is:write event:CreateUser");
    let two = one.toggle(event, "DeleteUser", false);
    assert_eq!(two.to_string(), "is:write event:CreateUser,DeleteUser");
    assert_eq!(two.toggle(event, "CreateUser", false).to_string(), "is:write event:DeleteUser");
    assert_eq!(
        two.toggle(event, "CreateUser", true).to_string(),
        "is:write event:DeleteUser -event:CreateUser"
    );
    assert_eq!(
        query.toggle(Facet::Account, "111122223333", true).to_string(),
        "is:write -account:111122223333"
    );
}

#[test]
fn time_terms_narrow_the_range() {
    let range = TimeRange::new(
        crate::time::parse_time("2026-11-01").unwrap(),
        crate::time::parse_time("2026-11-30").unwrap(),
    )
    .unwrap();
    let query = Query::parse("time:2026-11-10..2026-12-10").unwrap();
    let narrowed = query.narrow(range).unwrap();
    assert_eq!(crate::time::to_rfc3339(narrowed.start()), "2026-11-10T00:00:00Z");
    assert_eq!(narrowed.end(), range.end());
    assert!(Query::parse("time:<2026-10-01").unwrap().narrow(range).is_err());
}

fn any_pattern() -> impl Strategy<Value = Pattern> {
    (r#"[a-zA-Z0-9:/."\\, *?é-]{1,12}"#, any::<bool>()).prop_map(|(text, wild)| {
        // A wildcard pattern has no characters that only quotes can carry.
        let is_wildcard =
            wild && crate::text::has_wildcard(&text) && !text.contains(['"', ',', '\\', ' ']);
        Pattern { text, is_wildcard }
    })
}

fn any_condition() -> impl Strategy<Value = Condition> {
    let field = prop::sample::select(TextField::ALL.map(|(field, ..)| field).to_vec());
    let time =
        (0_i64..4_000_000_000).prop_map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap());
    prop_oneof![
        (field, prop::collection::vec(any_pattern(), 1..4))
            .prop_filter("an ip value that reads as a network becomes one", |(field, _)| {
                *field != TextField::SourceIp
            })
            .prop_map(|(field, patterns)| Condition::Text(field, patterns)),
        prop::collection::vec("[0-9]{12}", 1..3)
            .prop_map(|ids| Condition::Account(ids.iter().map(|id| id.parse().unwrap()).collect())),
        any::<[u8; 4]>()
            .prop_map(|octets| Condition::Network(vec![std::net::IpAddr::from(octets).into()])),
        prop::sample::subsequence(Kind::ALL.map(|(kind, _)| kind).to_vec(), 1..3)
            .prop_map(Condition::Is),
        prop::sample::subsequence(FileVerdict::ALL.to_vec(), 1..3).prop_map(Condition::Proof),
        time.prop_map(|low| Condition::Time(Some(low), None)),
        r#"[a-zA-Z0-9:"\\ ,-]{1,12}"#.prop_map(Condition::Contains),
    ]
}

/// A wildcard beside a backslash or quote was printed in quotes, and was none any more.
#[test]
fn what_stands_beside_a_wildcard_leaves_it_one() {
    for text in
        [r"user:CORP\*", r#"agent:*"x"*"#, r#"ip:"odd/address""#, r"error:?\?,\*", "ip:10.*/x"]
    {
        let query = Query::parse(text).unwrap();
        assert_eq!(Query::parse(&query.to_string()), Ok(query.clone()), "{text} as {query}");
    }
}

proptest! {
    /// What a query prints is read back as the same query, so the address bar never changes a search.
    #[test]
    fn printing_and_parsing_agree(
        terms in prop::collection::vec((any::<bool>(), any_condition()), 0..6)
    ) {
        let terms = terms.into_iter().map(|(is_negated, condition)| Term { is_negated, condition });
        let query = Query { terms: terms.collect() };
        prop_assert_eq!(Query::parse(&query.to_string()), Ok(query.clone()), "{}", query);
    }

    /// No text makes the parser panic, and a mistake always lies inside the text or at its end.
    #[test]
    fn any_text_is_parsed_or_refused(text in "\\PC{0,40}") {
        if let Err(error) = Query::parse(&text) {
            prop_assert!(error.start <= text.chars().count() && error.start < error.end);
        }
    }
}
