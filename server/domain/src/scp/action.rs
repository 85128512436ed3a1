//! Which action of IAM a call is that an event tells of.

/// Services whose events name another host than their actions.
///
/// Source: Service Authorization Reference, and the "service name in events" of the services' own guides.
const SERVICES: [(&str, &str); 12] = [
    ("monitoring", "cloudwatch"),
    ("email", "ses"),
    ("tagging", "tag"),
    ("mturk-requester", "mechanicalturk"),
    ("streams.dynamodb", "dynamodb"),
    ("api.ecr", "ecr"),
    ("models.lex", "lex"),
    ("runtime.lex", "lex"),
    ("api.pricing", "pricing"),
    ("entitlement.marketplace", "aws-marketplace"),
    ("metering.marketplace", "aws-marketplace"),
    ("data.iot", "iot"),
];

/// Calls of S3 whose action has another name.
///
/// Source: Amazon S3 API Reference, "Required permissions for Amazon S3 API operations".
const S3_CALLS: [(&str, &str); 25] = [
    ("ListBuckets", "ListAllMyBuckets"),
    ("HeadBucket", "ListBucket"),
    ("ListObjects", "ListBucket"),
    ("ListObjectsV2", "ListBucket"),
    ("ListObjectVersions", "ListBucketVersions"),
    ("ListMultipartUploads", "ListBucketMultipartUploads"),
    ("ListParts", "ListMultipartUploadParts"),
    ("HeadObject", "GetObject"),
    ("SelectObjectContent", "GetObject"),
    ("CopyObject", "PutObject"),
    ("CreateMultipartUpload", "PutObject"),
    ("UploadPart", "PutObject"),
    ("UploadPartCopy", "PutObject"),
    ("CompleteMultipartUpload", "PutObject"),
    ("PostObject", "PutObject"),
    ("DeleteObjects", "DeleteObject"),
    ("GetBucketEncryption", "GetEncryptionConfiguration"),
    ("PutBucketEncryption", "PutEncryptionConfiguration"),
    ("DeleteBucketEncryption", "PutEncryptionConfiguration"),
    ("GetBucketLifecycle", "GetLifecycleConfiguration"),
    ("PutBucketLifecycle", "PutLifecycleConfiguration"),
    ("DeleteBucketLifecycle", "PutLifecycleConfiguration"),
    ("GetBucketReplication", "GetReplicationConfiguration"),
    ("PutBucketReplication", "PutReplicationConfiguration"),
    ("DeleteBucketReplication", "PutReplicationConfiguration"),
];

/// The action of a call: `eventSource` and `eventName` in IAM's words. `None` for what is no call of a service.
///
/// Most names are the same. Known to differ are hosts, S3's calls, and the dates that Lambda appends; what isn't known to
/// differ is taken as it is.
pub fn action_of(source: &str, name: &str) -> Option<String> {
    let host = source.strip_suffix(".amazonaws.com")?;
    // Actions of API Gateway are HTTP's methods, which no event tells.
    if matches!(host, "signin" | "apigateway")
        || name.is_empty()
        || name.contains([' ', ':', '*', '?'])
    {
        return None;
    }
    let service = SERVICES.iter().find(|(known, _)| *known == host).map_or(host, |(_, is)| is);
    let name = match service {
        "s3" => S3_CALLS.iter().find(|(known, _)| *known == name).map_or(name, |(_, is)| is),
        "lambda" => without_date(name),
        _ => name,
    };
    Some(format!("{service}:{name}"))
}

/// `CreateFunction20150331v2` → `CreateFunction`.
fn without_date(name: &str) -> &str {
    let bare = name.rfind('v').filter(|at| {
        *at > 8 && name[at + 1..].bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
    });
    let bare = bare.map_or(name, |at| &name[..at]);
    let digits = bare.len() - bare.trim_end_matches(|one: char| one.is_ascii_digit()).len();
    if digits == 8 { &bare[..bare.len() - 8] } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_have_the_names_of_their_actions() {
        for (source, name, action) in [
            ("cloudtrail.amazonaws.com", "StopLogging", Some("cloudtrail:StopLogging")),
            ("monitoring.amazonaws.com", "PutMetricData", Some("cloudwatch:PutMetricData")),
            ("s3.amazonaws.com", "HeadObject", Some("s3:GetObject")),
            ("s3.amazonaws.com", "PutObject", Some("s3:PutObject")),
            ("lambda.amazonaws.com", "CreateFunction20150331", Some("lambda:CreateFunction")),
            ("lambda.amazonaws.com", "Invoke", Some("lambda:Invoke")),
            (
                "lambda.amazonaws.com",
                "UpdateFunctionCode20150331v2",
                Some("lambda:UpdateFunctionCode"),
            ),
            ("lambda.amazonaws.com", "GetPolicy20150331v2", Some("lambda:GetPolicy")),
            ("signin.amazonaws.com", "ConsoleLogin", None),
            ("s3.amazonaws.com", "", None),
            ("example.com", "Call", None),
        ] {
            assert_eq!(action_of(source, name).as_deref(), action, "{source} {name}");
        }
    }
}
