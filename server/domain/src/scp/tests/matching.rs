//! Which actions and resources a statement covers.

use super::*;

#[track_caller]
fn check_action(elements: &str, action: &str, expected: bool) {
    let statement = format!(r#"{{"Effect":"Deny",{elements},"Resource":"*"}}"#);
    let request = request(action, "*", Context::default());
    assert_eq!(applies(&statement, &request), expected, "{elements} on {action}");
}

#[track_caller]
fn check_resource(elements: &str, resource: &str, expected: bool) {
    let statement = format!(r#"{{"Effect":"Deny","Action":"*",{elements}}}"#);
    let request = request("s3:GetObject", resource, Context::default());
    assert_eq!(applies(&statement, &request), expected, "{elements} on {resource}");
}

#[test]
fn actions_match_without_regard_to_case() {
    check_action(r#""Action":"cloudtrail:StopLogging""#, "cloudtrail:StopLogging", true);
    check_action(r#""Action":"CloudTrail:stoplogging""#, "cloudtrail:StopLogging", true);
    check_action(r#""Action":"cloudtrail:Stop*""#, "CLOUDTRAIL:STOPLOGGING", true);
    check_action(r#""Action":"cloudtrail:StopLogging""#, "cloudtrail:StopLoggings", false);
    check_action(r#""Action":"cloudtrail:StopLogging""#, "s3:StopLogging", false);
}

#[test]
fn actions_may_have_wildcards_anywhere() {
    check_action(r#""Action":"*""#, "s3:GetObject", true);
    check_action(r#""Action":"s3:*""#, "s3:GetObject", true);
    check_action(r#""Action":"s3:*""#, "s3-object-lambda:GetObject", false);
    check_action(r#""Action":"s3*:*""#, "s3-object-lambda:GetObject", true);
    check_action(r#""Action":"s3:*Object""#, "s3:GetObject", true);
    check_action(r#""Action":"s3:*Object""#, "s3:GetObjectAcl", false);
    check_action(r#""Action":"s3:G*Obj*""#, "s3:GetObjectAcl", true);
    check_action(r#""Action":"s3:?etObject""#, "s3:GetObject", true);
    check_action(r#""Action":"s3:GetObject?""#, "s3:GetObject", false);
    check_action(r#""Action":"*:Create*""#, "ec2:CreateVpc", true);
    check_action(r#""Action":["ec2:*","s3:Put*"]"#, "s3:PutObject", true);
    check_action(r#""Action":["ec2:*","s3:Put*"]"#, "s3:GetObject", false);
}

#[test]
fn not_action_covers_what_its_list_does_not_name() {
    check_action(r#""NotAction":"iam:*""#, "s3:GetObject", true);
    check_action(r#""NotAction":"iam:*""#, "IAM:GetUser", false);
    check_action(r#""NotAction":["iam:*","s3:Get*"]"#, "s3:GetObject", false);
    check_action(r#""NotAction":["iam:*","s3:Get*"]"#, "s3:PutObject", true);
    check_action(r#""NotAction":"*""#, "s3:GetObject", false);
}

#[test]
fn resources_match_with_regard_to_case() {
    check_resource(r#""Resource":"arn:aws:s3:::Logs/*""#, "arn:aws:s3:::Logs/a", true);
    check_resource(r#""Resource":"arn:aws:s3:::Logs/*""#, "arn:aws:s3:::logs/a", false);
    check_resource(r#""Resource":"arn:aws:s3:::logs/A""#, "arn:aws:s3:::logs/a", false);
}

#[test]
fn wildcards_of_a_resource_span_what_the_source_says() {
    // Everything, and what is no ARN.
    check_resource(r#""Resource":"*""#, "*", true);
    check_resource(r#""Resource":"*""#, TRAIL, true);
    check_resource(r#""Resource":"arn:aws:cloudtrail:*:*:trail/*""#, "*", false);
    // Slashes and colons of the last part.
    check_resource(r#""Resource":"arn:aws:s3:::b/*/c""#, "arn:aws:s3:::b/1/2/c", true);
    check_resource(r#""Resource":"arn:aws:s3:::b/?/c""#, "arn:aws:s3:::b/1/c", true);
    check_resource(r#""Resource":"arn:aws:s3:::b/?/c""#, "arn:aws:s3:::b/12/c", false);
    let group = "arn:aws:logs:eu-west-1:111122223333:log-group:a:log-stream:b";
    check_resource(r#""Resource":"arn:aws:logs:*:*:log-group:*:b""#, group, true);
    check_resource(r#""Resource":"arn:aws:logs:*:*:log-group:a?log-stream:b""#, group, true);
    check_resource(r#""Resource":"arn:aws:logs:eu-west-1:111122223333:log*eam:b""#, group, true);
    // Within the other parts.
    check_resource(r#""Resource":"arn:aws:cloudtrail:eu-*:*:trail/audit""#, TRAIL, true);
    check_resource(r#""Resource":"arn:aws:cloudtrail:eu-west-?:*:trail/audit""#, TRAIL, true);
    check_resource(r#""Resource":"arn:aws:cloudtrail:*-1:*:trail/audit""#, TRAIL, true);
    check_resource(r#""Resource":"arn:aws:cloudtrail:*3:*:trail/audit""#, TRAIL, false);
    check_resource(
        r#""Resource":"arn:aws:cloudtrail:eu-west-1?111122223333:*:trail/audit""#,
        TRAIL,
        false,
    );
    // A `*` at the end of a part goes on beyond the colon.
    check_resource(r#""Resource":"arn:aws:logs:*:log-stream:b""#, group, true);
    check_resource(r#""Resource":"arn:aws:logs:eu-*:a:log-stream:b""#, group, true);
    check_resource(r#""Resource":"arn:aws:logs:*1:a:log-stream:b""#, group, false);
    check_resource(r#""Resource":"arn:aws:logs:e*a:log-stream:b""#, group, false);
}

#[test]
fn missing_parts_of_a_resource_may_be_anything() {
    check_resource(r#""Resource":"arn:aws:cloudtrail""#, TRAIL, true);
    check_resource(r#""Resource":"arn:aws:cloudtrail:eu-west-1""#, TRAIL, true);
    check_resource(r#""Resource":"arn:aws:cloudtrail:*""#, TRAIL, true);
    check_resource(r#""Resource":"arn:aws:cloudtrail:us-east-1""#, TRAIL, false);
    check_resource(r#""Resource":"arn:aws:sqs""#, TRAIL, false);
    check_resource(r#""Resource":"arn:aws:cloudtrail:eu-west-1:111122223333:""#, TRAIL, false);
}

#[test]
fn not_resource_covers_what_its_list_does_not_name() {
    check_resource(r#""NotResource":"arn:aws:s3:::logs/*""#, "arn:aws:s3:::logs/a", false);
    check_resource(r#""NotResource":"arn:aws:s3:::logs/*""#, "arn:aws:s3:::other/a", true);
    check_resource(r#""NotResource":"arn:aws:s3:::logs/*""#, "*", true);
    let both = r#""NotResource":["arn:aws:s3:::logs/*","arn:aws:s3:::other/*"]"#;
    check_resource(both, "arn:aws:s3:::other/a", false);
    check_resource(both, "arn:aws:s3:::third/a", true);
}

#[test]
fn a_hostile_pattern_takes_no_more_time_than_its_length_allows() {
    let pattern = format!("arn:aws:s3:::{}b", "*a".repeat(2000));
    let statement = format!(r#"{{"Effect":"Deny","Action":"*","Resource":"{pattern}"}}"#);
    let resource = format!("arn:aws:s3:::{}", "a".repeat(2000));
    assert!(!applies(&statement, &request("s3:GetObject", &resource, Context::default())));
}
