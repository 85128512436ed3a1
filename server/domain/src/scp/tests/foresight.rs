use super::*;
use std::collections::BTreeSet;

fn call(action: &str, known: &[(&str, &str)]) -> Call {
    Call { action: action.to_owned(), known: known.iter().copied().collect() }
}

fn foreseen(statements: &str, call: &Call) -> Foresight {
    let open = policy(r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#);
    let asked = policy(statements);
    foresee(&[level("r-ab12", &[("p-FullAWSAccess", &open), ("p-example1", &asked)])], call)
}

fn depends(on: &[&str]) -> Foresight {
    Foresight::Depends { on: on.iter().map(|text| (*text).to_owned()).collect::<BTreeSet<_>>() }
}

fn is_blocked(found: &Foresight) -> bool {
    matches!(found, Foresight::Blocked { .. })
}

#[test]
fn what_the_policy_does_not_ask_for_needs_not_be_known() {
    let deny = r#"{"Effect": "Deny", "Action": "cloudtrail:StopLogging", "Resource": "*"}"#;
    assert!(is_blocked(&foreseen(deny, &call("cloudtrail:StopLogging", &[]))));
    assert_eq!(foreseen(deny, &call("cloudtrail:StartLogging", &[])), Foresight::Open);
}

#[test]
fn what_is_not_known_is_named() {
    let deny = r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::logs/*",
        "Condition": {"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}, "Bool": {"aws:SecureTransport": "false"}}}"#;
    let arn = |role: &str| format!("arn:aws:iam::111122223333:role/{role}");
    let by =
        |role: &str| foreseen(deny, &call("s3:GetObject", &[("aws:PrincipalArn", &arn(role))]));
    assert_eq!(by("other"), depends(&[RESOURCE, "aws:SecureTransport"]));
    assert_eq!(by("admin"), Foresight::Open, "one condition fails for sure");
    let unknown = foreseen(deny, &call("s3:GetObject", &[]));
    assert_eq!(unknown, depends(&[RESOURCE, "aws:PrincipalArn", "aws:SecureTransport"]));
}

#[test]
fn a_variable_that_is_not_known_is_no_answer() {
    let deny = r#"{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": "${aws:PrincipalTag/region}"}}}"#;
    let found = foreseen(deny, &call("ec2:RunInstances", &[("aws:RequestedRegion", "eu-west-1")]));
    assert_eq!(found, depends(&["aws:PrincipalTag/region"]));
}

#[test]
fn regions_are_decided() {
    let deny = r#"{"Effect": "Deny", "NotAction": ["iam:*"], "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}}}"#;
    for (action, region, blocked) in [
        ("ec2:RunInstances", "eu-west-1", false),
        ("ec2:RunInstances", "us-east-1", true),
        ("iam:CreateUser", "us-east-1", false),
    ] {
        let found = foreseen(deny, &call(action, &[("aws:RequestedRegion", region)]));
        assert_eq!(is_blocked(&found), blocked, "{action} {region}: {found:?}");
    }
}

#[test]
fn without_an_allow_everything_is_blocked() {
    let call = call("s3:GetObject", &[]);
    assert!(is_blocked(&foresee(&[], &call)));
    assert!(is_blocked(&foresee(&[level("r-ab12", &[])], &call)));
    let some = policy(r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a/*"}"#);
    let found = foresee(&[level("r-ab12", &[("p-example1", &some)])], &call);
    assert_eq!(found, depends(&[RESOURCE]));
}
