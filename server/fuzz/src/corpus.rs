//! Where fuzzing begins: what the targets read in earnest, and what has been a fault once.

use flate2::Compression;
use flate2::write::GzEncoder;
use orgtrail_domain::segment::{Segment, SegmentRow};
use std::io::Write;

const RECORD: &str = r#"{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROA:alice","arn":"arn:aws:sts::111122223333:assumed-role/Deploy/alice","accountId":"111122223333","accessKeyId":"ASIAEXAMPLEEXAMPLE12","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/ci/Deploy","userName":"Deploy"}}},"eventTime":"2026-11-20T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"DeleteBucket","awsRegion":"eu-west-1","sourceIPAddress":"198.51.100.42","userAgent":"aws-cli","errorCode":"AccessDenied","requestParameters":{"bucketName":"logs"},"eventID":"6f6e8f0a-4d9c-4d9a-9b6a-3b8a1c0f2d11","readOnly":false,"resources":[{"ARN":"arn:aws:s3:::logs","type":"AWS::S3::Bucket"}],"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}"#;

const DIGEST: &str = r#"{"awsAccountId":"444455556666","digestStartTime":"2026-01-10T12:01:31Z","digestEndTime":"2026-01-10T13:01:31Z","digestS3Bucket":"b","digestS3Object":"AWSLogs/444455556666/CloudTrail-Digest/us-east-1/2026/01/10/444455556666_CloudTrail-Digest_us-east-1_t_us-east-1_20260110T130131Z.json.gz","digestPublicKeyFingerprint":"d1e5","digestSignatureAlgorithm":"SHA256withRSA","newestEventTime":null,"oldestEventTime":null,"previousDigestS3Bucket":"b","previousDigestS3Object":"k","previousDigestHashValue":"0000000000000000000000000000000000000000000000000000000000000000","previousDigestHashAlgorithm":"SHA-256","previousDigestSignature":"00","logFiles":[{"s3Bucket":"b","s3Object":"k","hashValue":"0000000000000000000000000000000000000000000000000000000000000000","hashAlgorithm":"SHA-256","newestEventTime":"2026-01-10T12:21:31Z","oldestEventTime":null}]}"#;

const KEYS: [&str; 4] = [
    "AWSLogs/o-exampleorg1/444455556666/CloudTrail/us-east-1/2026/01/10/444455556666_CloudTrail_us-east-1_20260110T1206Z_0105AbCdEfGhIjKl.json.gz",
    "a/AWSLogs/b/AWSLogs/444455556666/CloudTrail-Insight/us-east-1/2026/01/10/444455556666_CloudTrail-Insight_us-east-1_20260110T1206Z_x.json",
    "AWSLogs/o-exampleorg1/444455556666/CloudTrail-Digest/us-east-1/2026/01/10/444455556666_CloudTrail-Digest_us-east-1_org_trail_eu-west-1_20260110T130131Z_backfill.json.gz",
    "AWSLogs/444455556666/CloudTrail/",
];

const QUERIES: [&str; 6] = [
    "event:DeleteBucket,DeleteTrail -is:failed account:111122223333",
    "error:*Denied* ip:198.51.100.0/24,2001:db8::/32 -user:\"a \\\" b\"",
    "\"customer export\" source:s3.amazonaws.com arn:aws:s3:::x",
    "time:2026-11-19..2026-11-20 time:>=2026-11-19T08:00Z time:<2026-12-01 time:*..2026-12-01",
    "ou:r-ab12,ou-ab12-cd34ef56 proof:verified is:read,write,root,service,flagged",
    "principal:*role/Dep?oy* request-id:x vpc-endpoint:y id:6f6e8f0a-4d9c-4d9a-9b6a-3b8a1c0f2d11",
];

const AUTHORIZATION: &str = "authorization: AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=00";

/// Requests of AWS's published signing test suite; the tests of `orgtrail_domain::sigv4` name their source.
const SIGNED: [&str; 5] = [
    "GET /\nHost:example.amazonaws.com\nMy-Header1:value2\nMy-Header1:value2\nMy-Header1:value1\nX-Amz-Date:20150830T123600Z\nAuthorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;my-header1;x-amz-date, Signature=c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
    "GET //example//\nHost:example.amazonaws.com\nX-Amz-Date:20150830T123600Z\nAuthorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
    "GET /?Param-3=Value3&Param=Value2&%E1%88%B4=Value1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=3600&X-Amz-Signature=c5f1848ceec943ac2ca68ee720460c23aaae30a2300586597ada94c4a65e4787\nHost:example.amazonaws.com",
    "GET /\nHost:example.amazonaws.com\nX-Amz-Security-Token:6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267\nX-Amz-Date:20150830T123600Z\nAuthorization:AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
    "GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=3600&X-Amz-Security-Token=6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267&X-Amz-Signature=7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c\nHost:example.amazonaws.com",
];

/// The corpus of a target.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    let texts = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    let list = format!(r#"{{"Records":[{RECORD},{{"eventName":"X"}}]}}"#);
    match target {
        "record" => texts(&[
            RECORD,
            r#"{"eventName":"X"}"#,
            r#"{"eventTime":1795168800000,"eventName":7,"resources":{"ARN":"a"},"userIdentity":[],"readOnly":"true"}"#,
            r#"{"eventName":"X","eventID":"x","requestParameters":{"\udc00":"\ud800"}}"#,
            r#"{"eventName":"X","a":[[[[{"a":1,"a":2}]]]]}"#,
        ]),
        "split" => texts(&[
            &list,
            &format!("\u{feff}[{RECORD},17]"),
            &format!("{RECORD}\n{{\"b\":nope}}\n"),
            r#"{"Records":[{"a":1},{"b":nope}],"\u0052ecords":[]}"#,
            r#"{"Records":[],"Events":[{"CloudTrailEvent":"{\"eventName\":\"A\"}"}]}"#,
            r#"{"detail-type":"x","detail":{"eventName":"A"},"y":{"z":"{\"eventName\":\"B\"}"}}"#,
        ]),
        "inflate" => {
            let (one, two) = (gzip(list.as_bytes()), gzip(b"[]"));
            vec![
                one.clone(),
                [one.clone(), two.clone()].concat(),
                two,
                one[..one.len() / 2].to_vec(),
                list.into_bytes(),
            ]
        }
        "digest" => texts(&[DIGEST]),
        "log_key" => texts(&KEYS),
        "query" => texts(&QUERIES),
        "cursor" => texts(&["v1.65a0c3f0.1.0", "v1.0.0.0", "v1.-1.7fffffff.7fffffff"]),
        "segment" => segments(),
        "grams" => texts(&[
            &format!("DeleteBucket\n{RECORD}"),
            &format!("6f6e8f0a-4d9c-4d9a-9b6a-3b8a1c0f2d11\n{RECORD}"),
            "a&b<c>/é\n{\"q\":\"a\\u0026b\\u003cc\\u003e\\/\\u00e9\"}",
            "9a-9b6a-3b8\n6f6e8f0a-4d9c-4d9a-9b6a-3b8a1c0f2d11",
        ]),
        "guard" => texts(&[
            &format!(
                "GET /bucket/key?list-type=2\nhost: h\nx-amz-date: 20260101T000000Z\n{AUTHORIZATION}"
            ),
            "PUT /b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00\nhost: h",
            "POST /b\ncontent-type: multipart/form-data; boundary=x\nauthorization: AWS AKIA:x",
        ]),
        "sigv4" => texts(&SIGNED),
        "endpoint" => texts(&[
            "https://s3.example.com",
            "http://[::1]:9000/x?y#z",
            "https://a@b",
            "http://10.0.0.1:70000",
            "",
        ]),
        _ => Vec::new(),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Memory takes every write.
    drop(encoder.write_all(bytes));
    encoder.finish().unwrap_or_default()
}

fn segments() -> Vec<Vec<u8>> {
    let rows = |count: i32| -> Vec<SegmentRow> {
        (0..count)
            .map(|number| SegmentRow {
                t: 400_000_000 + number * 7 % 86_400,
                object_id: 1 + number / 50,
                ordinal: number % 50,
                ids: std::array::from_fn(|column| {
                    number % (3 + i32::try_from(column).unwrap_or(0) * 40)
                }),
            })
            .collect()
    };
    [1, 40, 700]
        .iter()
        .flat_map(|count| Segment::from_rows(7, rows(*count)))
        .map(|segment| segment.encode())
        .collect()
}
