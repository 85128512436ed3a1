//! Policies as organizations have them.

use super::*;

/// A path of three levels with FullAWSAccess and what else is attached.
struct Path {
    attached: [Vec<Policy>; 3],
}

impl Path {
    fn of(attached: [&[&str]; 3]) -> Self {
        Self { attached: attached.map(|texts| texts.iter().map(|text| policy(text)).collect()) }
    }

    fn is_allowed(&self, request: &Request) -> bool {
        let levels: Vec<Level<'_>> = ["r-ab12", "ou-ab12-cd34ef56", "111122223333"]
            .into_iter()
            .zip(&self.attached)
            .map(|(id, policies)| {
                let policies: Vec<(&str, &Policy)> =
                    policies.iter().map(|policy| ("p-example1", policy)).collect();
                level(id, &policies)
            })
            .collect();
        evaluate(&levels, request).is_allowed
    }

    #[track_caller]
    fn check(&self, action: &str, resource: &str, context: &[(&str, &str)], expected: bool) {
        let context = context.iter().copied().collect();
        let request = request(action, resource, context);
        assert_eq!(self.is_allowed(&request), expected, "{request:?}");
    }
}

const FULL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

const GUARD_CLOUDTRAIL: &str = r#"{"Sid":"GuardCloudTrail","Effect":"Deny","Action":["cloudtrail:StopLogging",
    "cloudtrail:DeleteTrail","cloudtrail:UpdateTrail","cloudtrail:PutEventSelectors",
    "cloudtrail:PutInsightSelectors","cloudtrail:DeleteEventDataStore","cloudtrail:UpdateEventDataStore",
    "cloudtrail:StopEventDataStoreIngestion"],"Resource":"*"}"#;

#[test]
fn a_deny_list_takes_from_full_access() {
    let path = Path::of([&[FULL, GUARD_CLOUDTRAIL], &[FULL], &[FULL]]);
    for action in ["StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors", "stoplogging"]
    {
        path.check(&format!("cloudtrail:{action}"), TRAIL, &[], false);
    }
    path.check("cloudtrail:StopEventDataStoreIngestion", "*", &[], false);
    for action in ["StartLogging", "LookupEvents", "DescribeTrails", "CreateTrail"] {
        path.check(&format!("cloudtrail:{action}"), TRAIL, &[], true);
    }
    path.check("s3:GetObject", "arn:aws:s3:::logs/a", &[], true);
}

#[test]
fn an_allow_list_leaves_only_what_it_names() {
    let allow = r#"{"Effect":"Allow","Action":["s3:*","cloudtrail:Lookup*"],"Resource":"*"}"#;
    let path = Path::of([&[FULL], &[allow], &[FULL]]);
    path.check("s3:GetObject", "arn:aws:s3:::logs/a", &[], true);
    path.check("cloudtrail:LookupEvents", "*", &[], true);
    path.check("ec2:RunInstances", "*", &[], false);
    // Two lists at one level add up, at two levels they intersect.
    let more = r#"{"Effect":"Allow","Action":"ec2:*","Resource":"*"}"#;
    let both = Path::of([&[FULL], &[allow, more], &[FULL]]);
    both.check("ec2:RunInstances", "*", &[], true);
    both.check("s3:GetObject", "arn:aws:s3:::logs/a", &[], true);
    let neither = Path::of([&[FULL], &[allow], &[more]]);
    neither.check("ec2:RunInstances", "*", &[], false);
    neither.check("s3:GetObject", "arn:aws:s3:::logs/a", &[], false);
}

#[test]
fn without_full_access_at_a_unit_everything_below_is_denied() {
    let path = Path::of([&[FULL], &[], &[FULL]]);
    path.check("s3:GetObject", "arn:aws:s3:::logs/a", &[], false);
    let path = Path::of([&[FULL], &[GUARD_CLOUDTRAIL], &[FULL]]);
    path.check("s3:GetObject", "arn:aws:s3:::logs/a", &[], false);
    path.check("cloudtrail:StopLogging", TRAIL, &[], false);
}

#[test]
fn a_guard_can_spare_a_role() {
    let guard = r#"{"Effect":"Deny","Action":"cloudtrail:StopLogging","Resource":"arn:aws:cloudtrail:*:*:trail/audit*",
        "Condition":{"ArnNotLike":{"aws:PrincipalARN":"arn:aws:iam::*:role/TrailAdministrator"}}}"#;
    let path = Path::of([&[FULL, guard], &[FULL], &[FULL]]);
    let role = |name: &str| format!("arn:aws:iam::111122223333:role/{name}");
    let stop = "cloudtrail:StopLogging";
    path.check(stop, TRAIL, &[("aws:PrincipalArn", &role("TrailAdministrator"))], true);
    path.check(stop, TRAIL, &[("aws:PrincipalArn", &role("Developer"))], false);
    path.check(stop, TRAIL, &[], false);
    path.check(stop, &TRAIL.replace("audit", "other"), &[], true);
}

#[test]
fn regions_can_be_closed_but_for_global_services() {
    let regions = r#"{"Effect":"Deny","NotAction":["iam:*","organizations:*","route53:*","support:*"],"Resource":"*",
        "Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-central-1","eu-west-1"]}}}"#;
    let path = Path::of([&[FULL, regions], &[FULL], &[FULL]]);
    path.check("ec2:RunInstances", "*", &[("aws:RequestedRegion", "eu-west-1")], true);
    path.check("ec2:RunInstances", "*", &[("aws:RequestedRegion", "us-east-1")], false);
    path.check("iam:CreateRole", "*", &[("aws:RequestedRegion", "us-east-1")], true);
}

#[test]
fn the_root_user_can_be_shut_out() {
    let root = r#"{"Effect":"Deny","Action":"*","Resource":"*",
        "Condition":{"StringLike":{"aws:PrincipalArn":["arn:aws:iam::*:root"]}}}"#;
    let path = Path::of([&[FULL], &[FULL, root], &[FULL]]);
    let principal = |name: &str| format!("arn:aws:iam::111122223333:{name}");
    path.check("s3:ListAllMyBuckets", "*", &[("aws:PrincipalArn", &principal("root"))], false);
    path.check("s3:ListAllMyBuckets", "*", &[("aws:PrincipalArn", &principal("user/root"))], true);
}

#[test]
fn an_allow_may_have_conditions_and_resources() {
    let allow = r#"[{"Effect":"Allow","NotAction":"s3:*","Resource":"*"},
        {"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:PrincipalTag/team}-*",
         "Condition":{"Bool":{"aws:SecureTransport":"true"}}}]"#;
    let path = Path::of([&[FULL], &[allow], &[FULL]]);
    let red = ("aws:PrincipalTag/team", "red");
    let secure = ("aws:SecureTransport", "true");
    path.check("ec2:RunInstances", "*", &[], true);
    path.check("s3:GetObject", "arn:aws:s3:::red-logs/a", &[red, secure], true);
    path.check("s3:GetObject", "arn:aws:s3:::red-logs/a", &[red], false);
    path.check("s3:GetObject", "arn:aws:s3:::blue-logs/a", &[red, secure], false);
    path.check("s3:GetObject", "arn:aws:s3:::red-logs/a", &[secure], false);
}
