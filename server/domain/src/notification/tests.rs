use super::*;
use proptest::prelude::*;
use serde_json::json;

const KEY: &str = "AWSLogs/o-exampleorg1/111122223333/CloudTrail/us-east-1/2026/03/02/\
    111122223333_CloudTrail_us-east-1_20260302T0100Z_aaaaaaaaaaaaaaaa.json.gz";

fn s3_record(name: &str, key: &str) -> Value {
    json!({"eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventName": name,
        "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": "logs", "arn": "arn:aws:s3:::logs"},
            "object": {"key": key, "size": 1024, "eTag": "d41d8cd98f00b204e9800998ecf8427e"}}})
}

fn created(key: &str) -> Value {
    json!({"Records": [s3_record("ObjectCreated:Put", key)]})
}

fn bridged(kind: &str, key: &str) -> Value {
    json!({"version": "0", "id": "17793124", "detail-type": kind, "source": "aws.s3", "account": "111122223333",
        "detail": {"version": "0", "bucket": {"name": "logs"}, "object": {"key": key, "size": 5}, "reason": "PutObject"}})
}

fn topic(message: &str) -> Value {
    json!({"Type": "Notification", "MessageId": "22b80b92", "TopicArn": "arn:aws:sns:us-east-1:111122223333:t",
        "Subject": "Amazon S3 Notification", "Message": message, "Timestamp": "2026-03-02T01:00:00.000Z"})
}

/// The keys, the number of other statements, and whether all was understood.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a table reads better without references")]
fn check(body: impl ToString, keys: &[&str], other: u64, is_understood: bool) {
    let body = body.to_string();
    let found = Notification::read(&body);
    let expected: BTreeSet<NamedObject> = keys
        .iter()
        .map(|key| NamedObject { bucket: "logs".to_owned(), key: (*key).to_owned() })
        .collect();
    assert_eq!(found.objects, expected, "{body}");
    assert_eq!((found.other, found.is_understood()), (other, is_understood), "{body}: {found:?}");
}

#[test]
fn notifications_of_s3_name_what_was_written() {
    for name in [
        "ObjectCreated:Put",
        "ObjectCreated:CompleteMultipartUpload",
        "s3:ObjectCreated:Copy",
        "ObjectRestore:Completed",
    ] {
        check(json!({"Records": [s3_record(name, KEY)]}), &[KEY], 0, true);
    }
    check(
        json!({"Records": [s3_record("ObjectRemoved:Delete", KEY), s3_record("ObjectCreated:Put", KEY)]}),
        &[KEY],
        1,
        true,
    );
    check(json!({"Records": s3_record("ObjectCreated:Put", KEY)}), &[KEY], 0, true);
    check(json!([created(KEY), created("other")]), &[KEY, "other"], 0, true);
    check(s3_record("ObjectCreated:Put", KEY), &[KEY], 0, true);
    // Twice in one message is once.
    check(json!([created(KEY), created(KEY)]), &[KEY], 0, true);
}

#[test]
fn keys_are_decoded_where_the_form_encodes_them() {
    check(created("a+b%2Bc%20d/%C3%A9=%25"), &["a b+c d/é=%"], 0, true);
    check(created(&KEY.replace('/', "%2F")), &[KEY], 0, true);
    check(bridged("Object Created", "a+b%2Bc"), &["a+b%2Bc"], 0, true);
    // Who encodes in spite of the form, or doesn't: the reading counts that is a key of the layout.
    check(bridged("Object Created", &KEY.replace('/', "%2F")), &[KEY], 0, true);
    let odd = KEY.replace("o-exampleorg1/", "").replacen("AWSLogs", "a%2fb/AWSLogs", 1);
    check(bridged("Object Created", &odd), &[odd.as_str()], 0, true);
    // No UTF-8 when decoded.
    check(created("a%FF"), &["a%FF"], 0, true);
}

#[test]
fn events_of_eventbridge_are_read() {
    check(bridged("Object Created", KEY), &[KEY], 0, true);
    check(bridged("Object Restore Completed", KEY), &[KEY], 0, true);
    check(bridged("Object Deleted", KEY), &[], 1, true);
    let call = |name: &str| {
        json!({"detail-type": "AWS API Call via CloudTrail", "source": "aws.s3",
            "detail": {"eventName": name, "requestParameters": {"bucketName": "logs", "key": KEY}}})
    };
    check(call("PutObject"), &[KEY], 0, true);
    check(call("GetObject"), &[], 1, true);
    check(
        json!({"detail-type": "EC2 Instance State-change Notification", "source": "aws.ec2", "detail": {}}),
        &[],
        0,
        false,
    );
}

#[test]
fn envelopes_are_opened() {
    check(topic(&created(KEY).to_string()), &[KEY], 0, true);
    check(topic(&bridged("Object Created", KEY).to_string()), &[KEY], 0, true);
    check(topic(&topic(&created(KEY).to_string()).to_string()), &[KEY], 0, true);
    check(json!({"Type": "Notification", "Message": created(KEY)}), &[KEY], 0, true);
    // A text that holds the text, as some forwarders write it.
    check(Value::String(created(KEY).to_string()), &[KEY], 0, true);
    check(
        json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": created(KEY).to_string()}}]}),
        &[KEY],
        0,
        true,
    );
    check(
        json!({"Records": [{"eventSource": "aws:sqs", "body": created(KEY).to_string()}]}),
        &[KEY],
        0,
        true,
    );
    check(
        json!({"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": created(KEY)}),
        &[KEY],
        0,
        true,
    );
}

#[test]
fn messages_of_cloudtrail_name_one_key_or_several() {
    check(json!({"s3Bucket": "logs", "s3ObjectKey": [KEY, "b"]}), &[KEY, "b"], 0, true);
    check(json!({"s3Bucket": "logs", "s3ObjectKey": KEY}), &[KEY], 0, true);
    check(topic(&json!({"s3Bucket": "logs", "s3ObjectKey": [KEY]}).to_string()), &[KEY], 0, true);
    check(topic("CloudTrail validation message."), &[], 1, true);
    check(json!({"s3Bucket": "logs", "s3ObjectKey": []}), &[], 0, false);
    check(json!({"s3Bucket": "logs", "s3ObjectKey": [7, KEY]}), &[KEY], 0, false);
    check(json!({"s3ObjectKey": [KEY]}), &[], 0, false);
}

#[test]
fn test_events_are_understood() {
    let test = json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-03-02T01:00:00.000Z",
        "Bucket": "logs", "RequestId": "5582815E1AEA5ADF", "HostId": "x"});
    check(&test, &[], 1, true);
    check(topic(&test.to_string()), &[], 1, true);
}

#[test]
fn what_is_not_understood_is_said() {
    for body in [
        "",
        "hello",
        "{",
        "null",
        "7",
        "[]",
        "{}",
        "{\"Records\": []}",
        "{\"Records\": [{}]}",
        "{\"Message\": 5}",
    ] {
        check(body, &[], 0, false);
    }
    // A compliance notification, as Control Tower's aggregation topics forward it.
    let compliance = json!({"version": "0", "detail-type": "Config Rules Compliance Change", "source": "aws.config", "detail": {"configRuleName": "x"}});
    check(topic(&compliance.to_string()), &[], 0, false);
    let subscription = json!({"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe to the topic."});
    check(subscription, &[], 0, false);
    check(json!([created(KEY), {"what": "else"}]), &[KEY], 0, false);
    check(
        json!({"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "logs"}}}]}),
        &[],
        0,
        false,
    );
    check(json!({"Records": [{"s3": {}}]}), &[], 0, false);
    check(created(""), &[], 0, false);
    let mut deep = created(KEY);
    for _ in 0..20 {
        deep = json!([deep]);
    }
    check(deep, &[], 0, false);
}

fn any_json() -> impl Strategy<Value = Value> {
    let names = prop_oneof![
        Just("Records"),
        Just("s3"),
        Just("bucket"),
        Just("object"),
        Just("name"),
        Just("key"),
        Just("Message"),
        Just("detail"),
        Just("detail-type"),
        Just("source"),
        Just("s3Bucket"),
        Just("s3ObjectKey"),
        Just("Sns"),
        Just("body"),
        Just("eventName"),
        Just("Event"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(Value::from("ObjectCreated:Put")),
        Just(Value::from("aws.s3")),
    ];
    leaf.prop_recursive(6, 40, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((names.clone(), inner.clone()), 0..5).prop_map(|pairs| pairs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect::<Map<_, _>>()
                .into()),
            inner.prop_map(|value| Value::String(value.to_string())),
        ]
    })
}

proptest! {
    /// Whatever arrives: it is read or said not to be, and names no empty key.
    #[test]
    fn any_message_is_read(value in any_json(), text in ".{0,200}") {
        for body in [value.to_string(), text] {
            let found = Notification::read(&body);
            prop_assert!(found.objects.iter().all(|object| !object.key.is_empty()));
            prop_assert!(!found.objects.is_empty() || found.other > 0 || !found.is_understood(), "silent: {}", body);
        }
    }

    /// A key comes back from the encoding that S3 uses, whatever stands in it.
    #[test]
    fn encoded_keys_come_back(prefix in "[ -~é+%&=]{0,20}") {
        let key = format!("{prefix}/{KEY}");
        let encoded: String = key.bytes().map(|byte| match byte {
            b' ' => "+".to_owned(),
            b'/' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        }).collect();
        let found = Notification::read(&created(&encoded).to_string());
        prop_assert_eq!(found.objects.into_iter().map(|object| object.key).collect::<Vec<_>>(), [key]);
    }
}
