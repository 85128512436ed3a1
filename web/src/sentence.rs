//! An event in words: who did what to what, from where, and what came of it.

#[cfg(test)]
mod tests;

use orgtrail_shared::event::{EventSummary, Principal};
use orgtrail_shared::text::shorten_middle;
use serde_json::Value;

/// The request parameters that most often name what a call was about, the most telling first.
const TARGET_PARAMETERS: [&str; 30] = [
    "bucketName",
    "userName",
    "roleName",
    "groupName",
    "policyArn",
    "roleArn",
    "functionName",
    "instanceId",
    "dBInstanceIdentifier",
    "dBClusterIdentifier",
    "tableName",
    "keyId",
    "secretId",
    "trailName",
    "queueUrl",
    "topicArn",
    "clusterName",
    "repositoryName",
    "stackName",
    "logGroupName",
    "groupId",
    "volumeId",
    "snapshotId",
    "vpcId",
    "subnetId",
    "hostedZoneId",
    "detectorId",
    "accountId",
    "resourceArn",
    "name",
];

/// The parts of the sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sentence {
    /// Who made the call.
    pub(crate) who: String,
    /// What was called.
    pub(crate) what: String,
    /// What it was about, as far as the record tells.
    pub(crate) target: Option<String>,
    /// Where the call came from.
    pub(crate) whence: String,
    /// What came of it.
    pub(crate) result: String,
}

/// Puts the sentence together; `record` is the event's JSON, when it can be read.
pub(crate) fn compose(event: &EventSummary, record: Option<&str>) -> Sentence {
    let record = record.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let message = record.as_ref().and_then(|record| record.get("errorMessage")?.as_str());
    Sentence {
        who: who(&event.principal),
        what: format!("{} ({})", event.event_name, event.event_source),
        target: record.as_ref().and_then(find_target),
        whence: whence(event),
        result: result(&event.error_code, message),
    }
}

/// The caller in words.
pub(crate) fn who(principal: &Principal) -> String {
    let name = if principal.name.is_empty() { principal.arn.as_str() } else { &principal.name };
    match (principal.kind.as_str(), name) {
        ("Root", _) if principal.account.is_empty() => "the root user".to_owned(),
        ("Root", _) => format!("the root user of {}", principal.account),
        ("", "") => "an unnamed caller".to_owned(),
        (kind, "") => format!("a caller of type {kind}"),
        ("IAMUser", name) => format!("user {name}"),
        ("AssumedRole" | "Role", name) if principal.session.is_empty() => format!("role {name}"),
        ("AssumedRole" | "Role", name) => format!("role {name} as {}", principal.session),
        ("FederatedUser", name) => format!("federated user {name}"),
        ("AWSService", name) => format!("AWS service {name}"),
        ("AWSAccount", name) => format!("account {name}"),
        ("IdentityCenterUser", name) => format!("Identity Center user {name}"),
        (_, name) => name.to_owned(),
    }
}

fn whence(event: &EventSummary) -> String {
    match (event.source_ip.as_str(), event.region.as_str()) {
        ("", "") => "an unknown address".to_owned(),
        ("", region) => format!("an unknown address, in {region}"),
        (address, "") => address.to_owned(),
        (address, region) => format!("{address}, in {region}"),
    }
}

fn result(error_code: &str, message: Option<&str>) -> String {
    let lower = error_code.to_ascii_lowercase();
    let verb = if lower.contains("denied") || lower.contains("unauthorized") {
        "was refused"
    } else {
        "failed"
    };
    match (error_code, message) {
        ("", None) => "succeeded".to_owned(),
        ("", Some(message)) => format!("succeeded, saying “{}”", shorten_middle(message, 160)),
        (code, None) => format!("{verb}: {code}"),
        (code, Some(message)) => format!("{verb}: {code}, “{}”", shorten_middle(message, 160)),
    }
}

/// What the call was about: the named resources, else the most telling request parameter.
fn find_target(record: &Value) -> Option<String> {
    let resources = record.get("resources").and_then(Value::as_array);
    let arns: Vec<&str> = resources
        .into_iter()
        .flatten()
        .filter_map(|resource| resource.get("ARN").or_else(|| resource.get("ARNPrefix"))?.as_str())
        .collect();
    match arns.as_slice() {
        [] => find_parameter(record.get("requestParameters")?),
        [one] => Some((*one).to_owned()),
        [first, rest @ ..] => Some(format!("{first} and {} more", rest.len())),
    }
}

fn find_parameter(parameters: &Value) -> Option<String> {
    TARGET_PARAMETERS.iter().find_map(|name| {
        let value = parameters.get(name)?.as_str()?;
        Some(format!("{name} {}", shorten_middle(value, 90)))
    })
}
