use super::*;

struct NoUnits;
impl UnitTree for NoUnits {
    fn is_below(&self, account: &str, unit: &UnitId) -> bool {
        account == "111122223333" && unit.as_str() == "ou-ab12-cd34ef56"
    }
}

const RECORD: &str = r#"{"eventTime":"2026-11-20T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"PutObject",
"awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.42","userAgent":"Boto3/1.34","errorCode":"AccessDenied","requestID":"REQ1",
"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/Deploy/alice","accessKeyId":"ASIAEXAMPLEEXAMPLE22",
"sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/Deploy"}}},"recipientAccountId":"111122223333",
"eventID":"6f6e8f0a-4d9c-4d9a-9b6a-3b8a1c0f2d11","readOnly":false,"vpcEndpointId":"vpce-1","requestParameters":{"key":"a\/b","q":"x\u0026y","n":"\u00e9t\u00e9"},
"resources":[{"ARN":"arn:aws:s3:::logs/a","type":"AWS::S3::Object"},{"ARNPrefix":"arn:aws:s3:::pre/"}],"eventType":"AwsApiCall"}"#;

#[track_caller]
fn check(query: &str, expected: bool) {
    let now = orgtrail_shared::time::parse_time("2026-11-20T12:00Z").unwrap();
    let candidate =
        Candidate::read(RECORD, &FileClaims::default(), now, FileVerdict::Verified).unwrap();
    assert_eq!(candidate.matches(&Query::parse(query).unwrap(), &NoUnits), expected, "{query}");
}

#[test]
fn every_field_can_be_asked_for() {
    for query in [
        "",
        "event:PutObject",
        "event:put*,Get*",
        "source:s3.amazonaws.com",
        "region:eu-west-1",
        "principal:arn:aws:iam::111122223333:role/Deploy",
        "principal:arn:aws:sts::111122223333:assumed-role/Deploy/alice",
        "principal:*assumed-role/Deploy/*",
        "principal-type:AssumedRole",
        "user:alice",
        "user:deploy",
        "access-key:ASIAEXAMPLEEXAMPLE22",
        "ip:198.51.100.0/24",
        "ip:198.51.100.42",
        "agent:boto3*",
        "error:*",
        "error:AccessDenied",
        "is:write",
        "is:failed,root",
        "category:Management",
        "type:AwsApiCall",
        "resource:arn:aws:s3:::logs/a",
        "resource:arn:aws:s3:::pre/",
        "resource:*logs*",
        "resource-type:AWS::S3::Object",
        "id:6f6e8f0a-4d9c-4d9a-9b6a-3b8a1c0f2d11",
        "vpc-endpoint:vpce-1",
        "request-id:req1",
        "account:111122223333",
        "ou:ou-ab12-cd34ef56",
        "proof:verified",
        "time:2026-11-20T10:00Z..2026-11-20T10:01Z",
        "putobject s3.AMAZONAWS",
        "a/b",
        "x&y",
        "été",
    ] {
        check(query, true);
        if !query.is_empty() && !query.contains(' ') {
            check(&format!("-{query}"), false);
        }
    }
}

#[test]
fn what_does_not_hold_is_told_apart() {
    for query in [
        "event:Put",
        "is:read",
        "is:root",
        "is:flagged",
        "error:Throttling*",
        "ip:198.51.101.0/24",
        "user:bob",
        "account:999999999999",
        "proof:missing",
        "time:>=2026-11-20T10:00:01Z",
        "time:<2026-11-20T10:00:00Z",
        "absent",
        "event:PutObject is:read",
    ] {
        check(query, false);
    }
}
