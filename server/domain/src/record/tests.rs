mod hostile;

use super::split::{SplitError, split_log_file, split_loose};
use super::*;
use proptest::prelude::*;

fn noon() -> DateTime<Utc> {
    orgtrail_shared::time::parse_time("2026-11-20T12:00Z").unwrap()
}

fn read(text: &str) -> IndexedRecord<'_> {
    IndexedRecord::read(text, &FileClaims::default(), noon())
        .unwrap_or_else(|error| panic!("{error}: {text}"))
}

const ASSUMED: &str = r#"{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:alice",
"arn":"arn:aws:sts::111122223333:assumed-role/Deploy/alice","accountId":"111122223333","accessKeyId":"ASIAEXAMPLEEXAMPLE12",
"sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/ci/Deploy","userName":"Deploy"}}},
"eventTime":"2026-11-20T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"DeleteBucket","awsRegion":"eu-west-1",
"sourceIPAddress":"198.51.100.42","userAgent":"aws-cli","errorCode":"AccessDenied","requestParameters":{"bucketName":"logs"},
"eventID":"6f6e8f0a-4d9c-4d9a-9b6a-3b8a1c0f2d11","readOnly":false,"resources":[{"ARN":"arn:aws:s3:::logs","type":"AWS::S3::Bucket"}],
"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}"#;

#[test]
fn a_role_session_is_its_role_and_the_sessions_name() {
    let record = read(ASSUMED);
    assert_eq!(record.principal.arn, "arn:aws:iam::111122223333:role/ci/Deploy");
    assert_eq!(
        (record.principal.name.as_str(), record.principal.session.as_str()),
        ("Deploy", "alice")
    );
    assert_eq!((&*record.event_name, &*record.error_code), ("DeleteBucket", "AccessDenied"));
    assert_eq!(record.access, Access::Write);
    assert_eq!(record.resources[0].arn, "arn:aws:s3:::logs");
    assert_eq!(record.flags, vec![]);
}

#[test]
fn principals_of_every_kind_have_a_name() {
    for (identity, kind, name) in [
        (
            r#"{"type":"Root","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"}"#,
            "Root",
            "root",
        ),
        (
            r#"{"type":"IAMUser","arn":"arn:aws:iam::1:user/p/bob","userName":"bob"}"#,
            "IAMUser",
            "bob",
        ),
        (r#"{"type":"IAMUser","arn":"arn:aws:iam::1:user/p/bob"}"#, "IAMUser", "bob"),
        (
            r#"{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}"#,
            "AWSService",
            "ec2.amazonaws.com",
        ),
        (
            r#"{"type":"AWSAccount","principalId":"AIDAX","accountId":"999988887777"}"#,
            "AWSAccount",
            "AIDAX",
        ),
        (
            r#"{"type":"AWSAccount","principalId":"","accountId":"anonymous"}"#,
            "AWSAccount",
            "anonymous",
        ),
        (
            r#"{"type":"IdentityCenterUser","accountId":"1","onBehalfOf":{"userId":"u-1"}}"#,
            "IdentityCenterUser",
            "u-1",
        ),
        (
            r#"{"type":"SAMLUser","principalId":"q:s","userName":"s","identityProvider":"q"}"#,
            "SAMLUser",
            "s",
        ),
        (r#"{"accountId":"111122223333"}"#, "", "111122223333"),
        (r#""nonsense""#, "", ""),
        ("null", "", ""),
    ] {
        let text = format!(r#"{{"eventName":"X","userIdentity":{identity}}}"#);
        let principal = read(&text).principal;
        assert_eq!((principal.kind.as_str(), principal.name.as_str()), (kind, name), "{identity}");
    }
}

#[test]
fn changing_types_and_missing_fields_do_not_break() {
    let record = read(
        r#"{"eventName":42,"eventTime":null,"readOnly":"true","resources":{"ARN":"arn:x"},"sourceIPAddress":["10.0.0.1"],
        "userIdentity":{"sessionContext":"none","userName":{"a":1}},"responseElements":"text","unknownField":{"deep":[1,{"x":null}]}}"#,
    );
    assert_eq!(record.event_name, "42");
    assert_eq!(record.access, Access::Read);
    assert_eq!(record.resources.len(), 1);
    assert_eq!(record.source_ip, "");
    assert_eq!(record.flags, vec![EventFlag::DerivedId, EventFlag::OddTime]);
    let twice = read(r#"{"eventName":"First","eventName":"Second"}"#);
    assert_eq!(twice.event_name, "First");
}

#[test]
fn escapes_are_undone_in_values() {
    assert_eq!(read(r#"{"eventName":"a\u0026b\/c"}"#).event_name, "a&b/c");
}

#[test]
fn what_is_no_record_is_refused_with_a_reason() {
    for (text, part) in [
        ("[]", "begin with"),
        ("{", "EOF"),
        ("{}", "neither eventTime"),
        (r#"{"Records":[]}"#, "neither eventTime"),
        (r#"{"eventName":"x"} y"#, "trailing"),
    ] {
        let error = IndexedRecord::read(text, &FileClaims::default(), noon()).unwrap_err();
        assert!(error.to_string().contains(part), "{text}: {error}");
    }
}

#[test]
fn differences_to_the_files_name_are_flagged() {
    let day = noon().timestamp() / 86_400;
    let claims = |account: &str, region: &str, day| FileClaims {
        account: Some(account.into()),
        region: Some(region.into()),
        day: Some(day),
    };
    let flags = |claims| IndexedRecord::read(ASSUMED, &claims, noon()).unwrap().flags;
    assert_eq!(flags(claims("111122223333", "eu-west-1", day)), vec![]);
    assert_eq!(flags(claims("111122223333", "eu-west-1", day + 1)), vec![]);
    assert_eq!(
        flags(claims("444455556666", "us-east-1", day + 2)),
        vec![EventFlag::OtherAccount, EventFlag::OtherRegion, EventFlag::OtherDay]
    );
}

#[test]
fn times_in_every_known_form() {
    for (text, expected) in [
        ("2026-11-20T10:00:00Z", Some(1_795_168_800)),
        ("2026-11-20T10:00:00.500Z", Some(1_795_168_800)),
        ("20261120T100000Z", Some(1_795_168_800)),
        ("1795168800", Some(1_795_168_800)),
        ("1795168800000", Some(1_795_168_800)),
        ("soon", None),
        ("", None),
    ] {
        assert_eq!(parse_event_time(text), expected, "{text:?}");
    }
    for (time, is_odd) in [
        ("2012-12-31T00:00:00Z", true),
        ("2026-11-21T11:00:00Z", false),
        ("2026-11-22T00:00:00Z", true),
    ] {
        let text = format!(r#"{{"eventName":"X","eventTime":"{time}"}}"#);
        assert_eq!(read(&text).flags.contains(&EventFlag::OddTime), is_odd, "{time}");
    }
}

#[test]
fn a_missing_id_is_derived_from_the_content() {
    let one = read(r#"{"eventName":"X"}"#);
    assert_eq!(one.event_id, read(r#"{"eventName":"X"}"#).event_id);
    assert_ne!(one.event_id, read(r#"{"eventName":"Y"}"#).event_id);
    assert_eq!(one.event_id.get_version_num(), 8);
}

#[test]
fn a_log_file_is_split_and_a_broken_record_spares_its_neighbours() {
    let parts =
        split_log_file(br#" { "x": 1, "Records" : [ {"a":"}]"} , {"b":"\"{"} ] } "#).unwrap();
    assert_eq!(parts, vec![Ok(r#"{"a":"}]"}"#), Ok(r#"{"b":"\"{"}"#)]);
    let parts = split_log_file(br#"{"Records":[{"a":1},{"b":nope},{"c":3}]}"#).unwrap();
    assert_eq!(parts, vec![Ok(r#"{"a":1}"#), Ok(r#"{"b":nope}"#), Ok(r#"{"c":3}"#)]);
    let parts = split_log_file(b"{\"Records\":[{\"a\":1},{\"b\":\"\xff\"},{\"c\":3}]}").unwrap();
    assert!(parts[0].is_ok() && parts[2].is_ok());
    assert!(matches!(parts[1], Err((RecordError::NotUtf8(6), _))));
    assert_eq!(split_log_file(br#"{"Records":[]}"#).unwrap(), vec![]);
}

#[test]
fn a_broken_file_is_refused_whole() {
    for (bytes, expected) in [
        (&b"{\"Records\":[{\"a\":1}"[..], SplitError::Truncated),
        (b"{\"Records\":[{\"a\":1", SplitError::Truncated),
        (b"{\"Records\":[{\"a\":1}]} x", SplitError::Trailing(1)),
        (b"{}", SplitError::NoRecords),
        (b"{\"other\":[]}", SplitError::NoRecords),
        (b"{\"Records\":[],\"Records\":[]}", SplitError::RecordsTwice),
        (b"", SplitError::Truncated),
        (b"[]", SplitError::Unexpected { found: '[', at: 0 }),
        (b"{\"Records\":{}}", SplitError::Unexpected { found: '{', at: 11 }),
    ] {
        assert_eq!(split_log_file(bytes), Err(expected), "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn loose_files_of_every_wrapping() {
    let one = r#"{"eventName":"A"}"#;
    for text in [
        one.to_owned(),
        format!("[{one}]"),
        format!(r#"{{"Records":[{one}]}}"#),
        format!("{one}\n"),
        format!(
            r#"{{"Events":[{{"EventId":"x","CloudTrailEvent":{}}}]}}"#,
            serde_json::to_string(one).unwrap()
        ),
        format!(r#"[{{"EventId":"x","CloudTrailEvent":{}}}]"#, serde_json::to_string(one).unwrap()),
        format!(r#"{{"version":"0","detail-type":"AWS API Call via CloudTrail","detail":{one}}}"#),
        format!("\u{feff}{one}"),
    ] {
        assert_eq!(split_loose(text.as_bytes()).unwrap(), vec![Ok(one.to_owned())], "{text}");
    }
    let lines = format!("{one}\n{one}\r\n\n{one}");
    assert_eq!(split_loose(lines.as_bytes()).unwrap().len(), 3);
    assert_eq!(split_loose(b"[]").unwrap(), vec![]);
    assert!(split_loose(b"plain text").is_err());
    assert!(split_loose(b"{\"a\":1} garbage").is_err());
}

/// Real events: every one is read, and its text survives.
#[test]
fn real_events_are_read() {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let Ok(folders) = std::fs::read_dir(data) else {
        eprintln!("skipped: the folder of real events is not there");
        return;
    };
    let mut count = 0;
    for folder in folders.flatten().filter(|entry| entry.path().is_dir()) {
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            let bytes =
                crate::inflate::inflate(&std::fs::read(file.path()).unwrap()).unwrap().bytes;
            for part in
                split_loose(&bytes).unwrap_or_else(|error| panic!("{:?}: {error}", file.path()))
            {
                let text = part.unwrap();
                let record = read(&text);
                assert!(!record.event_name.is_empty(), "{text}");
                count += 1;
            }
        }
    }
    assert!(count > 3_000, "{count} events");
}

proptest! {
    /// The fast reader and the tolerant one find the same records.
    #[test]
    fn both_splitters_agree(texts in prop::collection::vec("[a-z{}\\[\\]\",:\\\\ ]{0,12}", 0..6)) {
        let records: Vec<String> =
            texts.iter().map(|text| serde_json::json!({"eventName": text, "n": [1, {"x": null}]}).to_string()).collect();
        let file = format!("{{\"Records\":[{}]}}", records.join(" , "));
        let expected: Vec<_> = records.iter().map(|text| Ok(text.as_str())).collect();
        prop_assert_eq!(split_log_file(file.as_bytes()).unwrap(), expected.clone());
        // A sibling that is no JSON sends the file through the tolerant reader.
        let odd = file.replacen('{', "{\"odd\":nope,", 1);
        prop_assert_eq!(split_log_file(odd.as_bytes()).unwrap(), expected);
    }

    /// No bytes make the splitters or the reader panic.
    #[test]
    fn any_bytes_are_split_or_refused(bytes in prop::collection::vec(prop::sample::select(b"{}[]\",:\\Records a1\xff\n".to_vec()), 0..60)) {
        if let Ok(parts) = split_loose(&bytes) {
            for text in parts.into_iter().flatten() {
                drop(IndexedRecord::read(&text, &FileClaims::default(), noon()));
            }
        }
        drop(split_log_file(&bytes));
    }

    /// Index time holds every second that 32 bits can carry.
    #[test]
    fn index_time_round_trips(offset in i32::MIN..i32::MAX) {
        prop_assert_eq!(to_index_time(from_index_time(offset)), offset);
    }
}

/// A search puts the ARN of a session together from the role and the session: it must be the one that the record has.
#[test]
fn a_role_session_is_found_by_its_arn_whatever_its_issuer_says() {
    for (arn, issuer) in [
        (
            "arn:aws:sts::111122223333:assumed-role/Deploy/alice",
            "arn:aws:iam::111122223333:role/ci/Deploy",
        ),
        ("arn:aws:sts::111122223333:assumed-role/Deploy/alice", ""),
        (
            "arn:aws:sts::111122223333:assumed-role/Deploy/alice",
            "arn:aws:iam::444455556666:role/Deploy",
        ),
        (
            "arn:aws-cn:sts::111122223333:assumed-role/Deploy/alice",
            "arn:aws:iam::111122223333:role/Deploy",
        ),
        ("arn:aws:sts::111122223333:assumed-role/Deploy/alice", "no ARN"),
        (
            "arn:aws:sts::111122223333:assumed-role/a/b",
            "arn:aws:iam::111122223333:role/service-role/a",
        ),
    ] {
        let record = serde_json::json!({"eventName": "A", "eventTime": "2026-11-20T10:00:00Z", "userIdentity": {
            "type": "AssumedRole", "arn": arn, "sessionContext": {"sessionIssuer": {"arn": issuer}}}});
        let record = record.to_string();
        let record = IndexedRecord::read(&record, &FileClaims::default(), noon()).unwrap();
        let Principal { arn: role, name, session, .. } = &record.principal;
        assert_eq!(principal::session_arn(role, name, session), arn, "{issuer}");
    }
}
