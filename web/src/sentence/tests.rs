use super::*;
use crate::fixtures::data::summary;

#[test]
fn callers_are_named_by_their_kind() {
    let check = |kind: &str, name: &str, session: &str, expected: &str| {
        let principal = Principal {
            kind: kind.into(),
            name: name.into(),
            session: session.into(),
            account: "111122223333".into(),
            arn: String::new(),
        };
        assert_eq!(who(&principal), expected);
    };
    check("IAMUser", "alice", "", "user alice");
    check("AssumedRole", "Deploy", "bob", "role Deploy as bob");
    check("AssumedRole", "Deploy", "", "role Deploy");
    check("Root", "", "", "the root user of 111122223333");
    check("AWSService", "ec2.amazonaws.com", "", "AWS service ec2.amazonaws.com");
    check("", "", "", "an unnamed caller");
    check("Novelty", "x", "", "x");
}

#[test]
fn a_sentence_says_who_did_what_to_what_from_where_and_the_result() {
    let record =
        r#"{"requestParameters":{"Host":"h","bucketName":"payroll"},"errorMessage":"not you"}"#;
    let mut event = summary(1, "DeleteBucket");
    event.error_code = "AccessDenied".into();
    let sentence = compose(&event, Some(record));
    assert_eq!(sentence.what, "DeleteBucket (s3.amazonaws.com)");
    assert_eq!(sentence.target.as_deref(), Some("bucketName payroll"));
    assert_eq!(sentence.whence, "198.51.100.42, in us-west-2");
    assert_eq!(sentence.result, "was refused: AccessDenied, “not you”");
}

#[test]
fn named_resources_come_before_parameters() {
    let record = r#"{"resources":[{"ARN":"arn:a"},{"type":"x"},{"ARN":"arn:b"}],"requestParameters":{"name":"n"}}"#;
    assert_eq!(compose(&summary(1, "X"), Some(record)).target.as_deref(), Some("arn:a and 1 more"));
    assert_eq!(compose(&summary(1, "X"), Some("not json")).target, None);
    assert_eq!(compose(&summary(1, "X"), Some("[]")).target, None);
}
