//! Records and files that nobody should write: each is read, or refused with a reason, and hides nothing else.

use super::*;
use crate::record::split::{OwnedPart, RECORD_BYTES_MAX};

/// Values of every type, ordinary and odd.
const VALUES: [&str; 18] = [
    "null",
    "true",
    "0",
    "-1.5e3",
    "123456789012345678901234567890",
    "\"\"",
    "\"text\"",
    "\"\\u0000\"",
    "\"a\\u0000b\"",
    "\"\u{202e}\u{feff}\u{10ffff}\"",
    "[]",
    "[1,[\"x\"],{\"a\":null}]",
    "{}",
    "{\"a\":{\"a\":{\"a\":1}}}",
    "{\"type\":[],\"arn\":{},\"userName\":7,\"sessionContext\":\"x\",\"onBehalfOf\":[]}",
    "{\"type\":\"Root\",\"type\":\"IAMUser\"}",
    "[{\"ARN\":1,\"ARNPrefix\":[],\"type\":{}},17,\"text\",null,[]]",
    "{\"reason\":\"requestParameters too large\",\"omitted\":\"true\",\"originalSize\":\"149893\"}",
];

#[test]
fn no_value_of_a_field_keeps_a_record_out() {
    let whole: serde_json::Map<String, serde_json::Value> = serde_json::from_str(ASSUMED).unwrap();
    let fields =
        whole.keys().cloned().chain(["sharedEventID", "insightDetails"].map(str::to_owned));
    for field in fields {
        for value in VALUES {
            // The field comes first, as the one that counts, and once more as it was.
            let text = ASSUMED.replacen('{', &format!("{{\"{field}\":{value},"), 1);
            let record = read(&text);
            for (name, is_kept) in [
                ("eventName", record.event_name == "DeleteBucket"),
                ("awsRegion", record.region == "eu-west-1"),
                ("eventID", record.event_id.to_string() == "6f6e8f0a-4d9c-4d9a-9b6a-3b8a1c0f2d11"),
                ("userIdentity", record.principal.name == "Deploy"),
                ("resources", record.resources.len() == 1),
            ] {
                assert!(is_kept || name == field, "{name} of {text}");
            }
        }
    }
}

#[test]
fn addresses_and_accounts_are_kept_as_they_stand() {
    for address in [
        "198.51.100.7",
        "198.51.100.7, 203.0.113.9",
        "fe80::1%eth0",
        "2001:db8::1",
        "::ffff:198.51.100.7",
        "ec2.amazonaws.com",
        "AWS Internal/#",
        "999.1.1.1",
        "",
    ] {
        let text = format!(r#"{{"eventName":"X","sourceIPAddress":"{address}"}}"#);
        assert_eq!(read(&text).source_ip, address);
    }
    for account in ["", "1", "anonymous", "12345678901", "ANONYMOUS_PRINCIPAL", "4444 5555 6666"] {
        let text = format!(r#"{{"eventName":"X","recipientAccountId":"{account}"}}"#);
        assert_eq!(read(&text).account, account);
        let claims = FileClaims { account: Some("444455556666".into()), ..FileClaims::default() };
        let record = IndexedRecord::read(&text, &claims, noon()).unwrap();
        assert_eq!(
            record.flags.contains(&EventFlag::OtherAccount),
            !account.is_empty(),
            "{account}"
        );
    }
}

#[test]
fn times_that_cannot_be_true_are_flagged_and_indexed() {
    for (time, seconds, is_odd) in [
        ("\"2016-12-31T23:59:60Z\"", 1_483_228_799, false),
        ("\"2026-11-20T10:00:00+14:00\"", 1_795_118_400, false),
        ("\"2026-11-20 10:00:00Z\"", 1_795_168_800, false),
        ("1795168800", 1_795_168_800, false),
        ("1795168800.75", 1_795_168_800, false),
        ("1795168800000", 1_795_168_800, false),
        ("\"0000-01-01T00:00:00Z\"", -62_167_219_200, true),
        ("\"1969-12-31T23:59:59Z\"", -1, true),
        ("\"9999-12-31T23:59:59Z\"", 253_402_300_799, true),
        ("\"10000-01-01T00:00:00Z\"", INDEX_EPOCH, true),
        ("\"2026-02-30T00:00:00Z\"", INDEX_EPOCH, true),
        ("\"2026-11-20T24:00:00Z\"", INDEX_EPOCH, true),
        ("\"NaN\"", INDEX_EPOCH, true),
        ("\"inf\"", INDEX_EPOCH, true),
        ("-5", INDEX_EPOCH, true),
        ("\"\\u0000\"", INDEX_EPOCH, true),
        ("{}", INDEX_EPOCH, true),
    ] {
        let text = format!(r#"{{"eventName":"X","eventTime":{time}}}"#);
        let record = read(&text);
        assert_eq!(record.seconds, seconds, "{time}");
        assert_eq!(record.flags.contains(&EventFlag::OddTime), is_odd, "{time}");
        let index = to_index_time(record.seconds);
        assert!(index < to_index_bound(i64::MAX), "{time} lies below some end");
    }
}

#[test]
fn ids_that_are_none_are_replaced_by_one_of_the_content() {
    for id in [
        "null",
        "17",
        "\"\"",
        "\"no id\"",
        "\"6f6e8f0a4d9c4d9a9b6a3b8a1c0f2d11\"",
        "\"{6f6e8f0a-4d9c-4d9a-9b6a-3b8a1c0f2d}\"",
        "\"6f6e8f0a-4d9c-4d9a-9b6a-3b8a1c0f2d11 \"",
        "[\"6f6e8f0a-4d9c-4d9a-9b6a-3b8a1c0f2d11\"]",
    ] {
        let text = format!(r#"{{"eventName":"X","eventID":{id}}}"#);
        let record = read(&text);
        assert!(record.flags.contains(&EventFlag::DerivedId), "{id}");
        assert_eq!(record.event_id, read(&text).event_id, "{id}");
        assert_eq!(record.event_id.get_version_num(), 8, "{id}");
    }
}

#[test]
fn records_of_every_category_are_told_apart() {
    for (fields, category) in [
        (r#""eventType":"AwsCloudTrailInsight","insightDetails":{"state":"Start"}"#, "Insight"),
        (r#""eventType":"AwsVpceEvent","eventName":"GetObject""#, "NetworkActivity"),
        (r#""eventType":"AwsApiCall","managementEvent":false"#, "Data"),
        (r#""eventType":"AwsApiCall","managementEvent":true"#, "Management"),
        (r#""eventType":"AwsAggregatedEvent","eventCategory":"Aggregated""#, "Aggregated"),
        (r#""eventCategory":"ConfigurationItem""#, "ConfigurationItem"),
    ] {
        let text = format!(r#"{{"eventTime":"2026-11-20T10:00:00Z",{fields}}}"#);
        assert_eq!(read(&text).category, category, "{fields}");
    }
}

#[test]
fn a_half_of_a_surrogate_pair_is_refused_where_it_is_read_and_skipped_elsewhere() {
    let unread = r#"{"eventName":"X","requestParameters":{"\udc00":"\ud800"},"eventID":"x"}"#;
    assert_eq!(read(unread).event_name, "X");
    for text in [r#"{"eventName":"\ud800"}"#, r#"{"eventName":"X","\udfff":1}"#] {
        let error = IndexedRecord::read(text, &FileClaims::default(), noon()).unwrap_err();
        assert!(error.to_string().contains("hex escape"), "{error}");
    }
}

#[test]
fn a_list_under_another_spelling_of_its_key_does_not_hide() {
    let escaped = br#"{"\u0052ecords":[{"a":1}]}"#;
    assert_eq!(split_log_file(escaped).unwrap(), [Ok(r#"{"a":1}"#)]);
    let broken = br#"{"\u0052ecords":[{"a":1},{"b":nope}]}"#;
    assert_eq!(split_log_file(broken).unwrap().len(), 2);
    let both = br#"{"Records":[],"\u0052ecords":[{"a":1}]}"#;
    assert_eq!(split_log_file(both), Err(SplitError::RecordsTwice));
    for broken in [&br#"{#Records":[{"a":1}],"Records":[]}"#[..], br#"{x:[{"a":1}],"Records":[]}"#]
    {
        assert!(matches!(split_log_file(broken), Err(SplitError::Unexpected { at: 1, .. })));
    }
    let marked = b"\xef\xbb\xbf{\"Records\":[{\"a\":1}]}";
    assert_eq!(split_log_file(marked).unwrap(), [Ok(r#"{"a":1}"#)]);
}

fn loose(text: &str) -> Vec<OwnedPart> {
    split_loose(text.as_bytes()).unwrap()
}

/// The event names of a loose file's records; `!` for what is refused.
fn names(text: &str) -> Vec<String> {
    loose(text)
        .into_iter()
        .map(|part| {
            let text = part.unwrap_or_default();
            IndexedRecord::read(&text, &FileClaims::default(), noon())
                .map_or("!".to_owned(), |record| record.event_name.to_string())
        })
        .collect()
}

#[test]
fn no_wrapping_hides_a_record() {
    let record = |name: &str| format!(r#"{{"eventName":"{name}","eventSource":"s"}}"#);
    let (a, b) = (record("A"), record("B"));
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let event = format!(r#"{{"detail-type":"AWS API Call via CloudTrail","detail":{a}}}"#);
    for (text, expected) in [
        // Two lists, the same list twice, a list beside a record's own fields.
        (format!(r#"{{"Records":[{a}],"Events":[{b}]}}"#), "A B"),
        (format!(r#"{{"Records":[{a}],"Records":[{b}]}}"#), "A B"),
        (r#"{"Records":[],"eventName":"A"}"#.to_owned(), "A"),
        (format!(r#"{{"Records":[{b}],"eventName":"A","eventID":"x"}}"#), "B A"),
        (format!(r#"{{"Records":{{"0":{a}}}}}"#), "A"),
        (r#"{"Records":[]}"#.to_owned(), ""),
        (format!(r#"{{"Records":[],"page":{{"next":{a}}}}}"#), "A"),
        (format!(r#"{{"Records":[17,{a},null,"text"]}}"#), "! A ! !"),
        // Repeated keys, and one that is no text.
        (format!(r#"{{"x":{a},"x":{b}}}"#), "A B"),
        (format!(r#"{{"\ud800":{a},"y":[{b}]}}"#), "A B"),
        (r#"{"eventName":"A","eventName":"B","requestParameters":{"eventName":"C","eventSource":"s"}}"#.to_owned(), "A"),
        (format!(r#"{{"eventName":"A","\ud800":1,"requestParameters":{b}}}"#), "!"),
        // JSON as text: CloudWatch Logs, SNS, queries of event data stores.
        (format!(r#"{{"events":[{{"timestamp":1,"message":{}}}]}}"#, quoted(&a)), "A"),
        (format!(r#"{{"Type":"Notification","Message":{}}}"#, quoted(&event)), "A"),
        (format!(r#"{{"QueryResultRows":[[{{"eventJson":{}}}]]}}"#, quoted(&a)), "A"),
        (format!(r#"{{"CloudTrailEvent":{}}}"#, quoted(&a)), "A"),
        (r#"{"CloudTrailEvent":"no JSON"}"#.to_owned(), "!"),
        (r#"{"CloudTrailEvent":null}"#.to_owned(), "!"),
        // A broken record spares its neighbours in every wrapping.
        (format!(r#"{{"Records":[{a},{{"b":nope}},{b}]}}"#), "A ! B"),
        (format!(r#"[{a},{{"b":nope}},{b}]"#), "A ! B"),
        (format!("{a}\n{{\"b\":nope}}\n{b}"), "A ! B"),
        (r#"{"nothing":"here"}"#.to_owned(), "!"),
    ] {
        assert_eq!(names(&text).join(" "), expected, "{text}");
    }
}

/// Each level was read by a call of its own, which ended the process.
#[test]
fn no_depth_of_wrappings_is_too_much() {
    let record = r#"{"eventName":"A"}"#;
    for (open, close) in
        [("{\"Records\":[", "]}"), ("{\"x\":", "}"), ("[", "]"), ("{\"x\":[", "]}")]
    {
        for depth in [5, 100, 200_000] {
            let text = format!("{}{record}{}", open.repeat(depth), close.repeat(depth));
            let names = names(&text);
            assert_eq!(names.len(), 1, "{open} {depth}");
            assert!(names[0] == "A" || depth > 5, "{open} {depth}: {names:?}");
        }
    }
}

#[test]
fn a_large_loose_file_is_no_large_record() {
    let record = format!(r#"{{"eventName":"A","x":"{}"}}"#, "x".repeat(1 << 20));
    let list = [record.as_str(); 6].join(",");
    for text in [format!("[{list}]"), format!(r#"{{"Records":[{list}]}}"#)] {
        assert!(text.len() > RECORD_BYTES_MAX);
        assert_eq!(names(&text), vec!["A"; 6]);
    }
    let large = format!(r#"{{"eventName":"A","x":"{}"}}"#, "x".repeat(RECORD_BYTES_MAX));
    let parts = loose(&format!("[{large},{record}]"));
    assert!(matches!(parts[0], Err((RecordError::TooLarge(_), _))) && parts[1].is_ok());
}

#[test]
fn bytes_that_are_no_text_spare_their_neighbours_in_loose_files() {
    let bytes =
        b"{\"Records\":[{\"eventName\":\"A\"},{\"eventName\":\"\xff\"},{\"eventName\":\"B\"}]}";
    let parts = split_loose(bytes).unwrap();
    assert!(parts[0].is_ok() && parts[2].is_ok());
    assert!(matches!(parts[1], Err((RecordError::NotUtf8(_), _))));
    for bytes in [&b"\xff\xfe{\0}\0"[..], b"\0", b"\x1f\x8b", b"\"text\"", b"17"] {
        assert!(split_loose(bytes).is_err(), "{bytes:?}");
    }
}
