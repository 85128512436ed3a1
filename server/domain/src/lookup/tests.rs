use super::*;
use orgtrail_shared::query::{Condition, Pattern, TextField};
use proptest::prelude::*;

fn event(text: &str) -> Event<'_> {
    Event::read(text).unwrap()
}

fn attribute(key: &str, value: &str) -> Attribute {
    Attribute::read(key, value, Category::Management).unwrap()
}

const RECORD: &str = r#"{"eventID": "e-1", "eventName": "CreateBucket", "eventSource": "s3.amazonaws.com",
    "eventCategory": "Management", "readOnly": false, "awsRegion": "us-east-1",
    "userIdentity": {"type": "AssumedRole", "principalId": "AROAX:alice", "accessKeyId": "ASIAX",
        "arn": "arn:aws:sts::111122223333:assumed-role/Admin/alice"},
    "requestParameters": {"bucketName": "logs"}}"#;

#[test]
fn each_attribute_is_compared_letter_by_letter() {
    let event = event(RECORD);
    for (key, value) in [
        ("EventId", "e-1"),
        ("EventName", "CreateBucket"),
        ("ReadOnly", "false"),
        ("Username", "alice"),
        ("ResourceType", "AWS::S3::Bucket"),
        ("ResourceName", "logs"),
        ("EventSource", "s3.amazonaws.com"),
        ("AccessKeyId", "ASIAX"),
    ] {
        assert!(event.has(&attribute(key, value)), "{key}");
        if key != "ReadOnly" {
            let loud = value.to_uppercase();
            assert_eq!(event.has(&attribute(key, &loud)), loud == value, "{key}");
            assert!(!event.has(&attribute(key, &format!("{value}*"))), "{key}");
        }
    }
    assert!(!event.has(&attribute("ReadOnly", "true")));
}

#[test]
fn people_are_called_as_event_history_calls_them() {
    for (identity, expected) in [
        (r#"{"type": "IAMUser", "userName": "bob"}"#, Some("bob")),
        (r#"{"type": "Root"}"#, Some("root")),
        (r#"{"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/R/s"}"#, Some("s")),
        (r#"{"type": "FederatedUser", "arn": "arn:aws:sts::1:federated-user/f"}"#, Some("f")),
        (r#"{"type": "AWSAccount", "accountId": "1"}"#, None),
        (r#"{"type": "AWSService", "invokedBy": "x"}"#, None),
        ("{}", None),
    ] {
        let text = format!(r#"{{"userIdentity": {identity}}}"#);
        assert_eq!(event(&text).username(), expected, "{identity}");
    }
}

#[test]
fn management_and_insights_events_are_told_apart_and_data_events_are_neither() {
    for (text, management, insight) in [
        (r#"{"eventCategory": "Management"}"#, true, false),
        (r#"{"eventCategory": "Data"}"#, false, false),
        (r#"{"eventCategory": "NetworkActivity"}"#, false, false),
        (r#"{"eventCategory": "Insight"}"#, false, true),
        (r#"{"managementEvent": false}"#, false, false),
        ("{}", true, false),
        (r#"{"eventType": "AwsCloudTrailInsight"}"#, false, true),
        (r#"{"eventType": "AwsVpceEvents"}"#, false, false),
    ] {
        let event = event(text);
        assert_eq!(event.is_of(Category::Management), management, "{text}");
        assert_eq!(event.is_of(Category::Insight), insight, "{text}");
    }
    let insight =
        event(r#"{"eventCategory": "Insight", "insightDetails": {"eventName": "RunInstances"}}"#);
    assert!(insight.has(&attribute("EventName", "RunInstances")));
}

#[test]
fn the_answer_has_what_the_record_says_and_the_record_itself() {
    let at: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let shape = event(RECORD).shape(at);
    assert_eq!(shape["EventTime"], json!(1_767_225_600));
    assert_eq!(shape["ReadOnly"], json!("false"));
    assert_eq!(shape["Username"], json!("alice"));
    assert_eq!(shape["CloudTrailEvent"], json!(RECORD));
    let expected = json!([{"ResourceType": "AWS::S3::Bucket", "ResourceName": "logs"}]);
    assert_eq!(shape["Resources"], expected);
    let bare = event("{}").shape(at);
    assert_eq!(bare["Resources"], json!([]));
    assert!(bare.get("Username").is_none() && bare.get("ReadOnly").is_none());
}

#[test]
fn resources_are_found_where_records_have_them() {
    let text = r#"{"eventSource": "ec2.amazonaws.com",
        "resources": [{"ARN": "arn:aws:kms:us-east-1:1:key/k", "type": "AWS::KMS::Key"}, {"ARN": "arn:x"}],
        "requestParameters": {"instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-1"}]}},
        "responseElements": {"groupId": "sg-1", "userName": "not of this service"}}"#;
    let found = event(text).resources().unwrap();
    let expected = [
        ("AWS::KMS::Key", "arn:aws:kms:us-east-1:1:key/k"),
        ("", "arn:x"),
        ("AWS::EC2::Instance", "i-1"),
        ("AWS::EC2::SecurityGroup", "sg-1"),
    ];
    assert_eq!(found, expected.map(|(kind, name)| (kind.to_owned(), name.to_owned())));
}

#[test]
fn what_can_not_be_asked_for_is_refused() {
    let long = "x".repeat(2_001);
    let doubled = "_".repeat(1_001);
    for (key, value, category) in [
        ("eventName", "x", Category::Management),
        ("Region", "x", Category::Management),
        ("EventName", "", Category::Management),
        ("EventName", long.as_str(), Category::Management),
        ("EventName", doubled.as_str(), Category::Management),
        ("ReadOnly", "True", Category::Management),
        ("Username", "x", Category::Insight),
    ] {
        assert!(Attribute::read(key, value, category).is_err(), "{key} {category:?}");
    }
    assert!(Attribute::read("EventName", &"_".repeat(1_000), Category::Management).is_ok());
}

#[test]
fn a_record_that_can_not_be_taken_apart_is_found_all_the_same() {
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    for odd in [format!(r#""deep": {deep}"#), r#""half": "\ud800""#.to_owned()] {
        let text = format!(
            r#"{{"eventID": "e-1", "eventName": "Run", "eventSource": "s3.amazonaws.com",
            "userIdentity": {{"type": "IAMUser", "userName": "bob"}},
            "requestParameters": {{"bucketName": "logs", {odd}}}}}"#
        );
        // Whatever the index takes, this takes, too.
        let claims = crate::record::FileClaims::default();
        let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        assert!(crate::record::IndexedRecord::read(&text, &claims, now).is_ok(), "{text}");
        let event = Event::read(&text).unwrap();
        for (key, value) in [("EventName", "Run"), ("Username", "bob"), ("ResourceName", "logs")] {
            assert!(event.has(&attribute(key, value)), "{key}");
        }
        assert_eq!(event.shape(now)["CloudTrailEvent"], json!(text));
    }
}

/// Nobody is below any unit.
struct NoUnits;

impl crate::filter::UnitTree for NoUnits {
    fn is_below(&self, _: &str, _: &orgtrail_shared::ids::UnitId) -> bool {
        false
    }
}

proptest! {
    /// The index is asked for the user first: it must find at least what `LookupEvents` calls so.
    #[test]
    fn whoever_is_called_so_is_found_by_that_name(
        kind in prop::sample::select(vec!["IAMUser", "Root", "AssumedRole", "FederatedUser", "AWSService", "SAMLUser", ""]),
        name in proptest::option::of("[a-z]{1,4}"),
        arn in proptest::option::of("arn:aws:(iam|sts)::1:(user|assumed-role|federated-user|root)(/[a-z]{1,3}){0,2}"),
        principal in proptest::option::of("[A-Z]{2}(:[a-z]{2})?"),
    ) {
        let identity = json!({"type": kind, "userName": name, "arn": arn, "principalId": principal});
        let text = json!({"eventName": "x", "userIdentity": identity}).to_string();
        let event = Event::read(&text).unwrap();
        if let Some(user) = event.username() {
            let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
            let claims = crate::record::FileClaims::default();
            let verdict = orgtrail_shared::proof::FileVerdict::Verified;
            let candidate = crate::filter::Candidate::read(&text, &claims, now, verdict).unwrap();
            let condition = Condition::Text(TextField::User, vec![Pattern::exact(user)]);
            prop_assert!(candidate.meets(&condition, &NoUnits), "{}", text);
        }
    }
}
