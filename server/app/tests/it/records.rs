//! Records and the files that hold them.

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;
use uuid::Uuid;

/// The event id of a number.
pub(crate) fn event_id(number: u128) -> String {
    Uuid::from_u128(0x4f00_0000_0000_4000_8000_0000_0000_0000 + number).to_string()
}

/// A record as CloudTrail writes it.
pub(crate) fn record(number: u128, account: &str, time: DateTime<Utc>, name: &str) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser", "principalId": format!("AIDA{account}"), "arn": format!("arn:aws:iam::{account}:user/user-of-{account}"),
            "accountId": account, "accessKeyId": format!("AKIAIOSF{account}"), "userName": format!("user-of-{account}"),
        },
        "eventTime": time.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": format!("agent-of-{account}"),
        "requestParameters": {"bucketName": format!("bucket-of-{account}")},
        "responseElements": null,
        "eventID": event_id(number),
        "readOnly": false,
        "resources": [{"type": "AWS::S3::Bucket", "ARN": format!("arn:aws:s3:::bucket-of-{account}")}],
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": account,
        "eventCategory": "Management",
    })
}

/// A log file's uncompressed bytes.
pub(crate) fn log_file(records: &[Value]) -> Vec<u8> {
    serde_json::to_vec(&json!({ "Records": records })).unwrap()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
