//! The errors that calls meet, as the services word them.

use crate::activity::{Activity, Draft, Outcome};
use crate::actors::Path;
use crate::calls::Call;
use crate::random::{Random, hash};

/// The service control policy that denials name.
const POLICY: &str =
    "arn:aws:organizations::111122223333:policy/o-orgtrail01/service_control_policy/p-4k2m8x1q";

/// An error code and its message, ready for JSON.
pub(crate) struct Failure {
    /// `errorCode`; empty when the record has none.
    pub(crate) code: &'static str,
    /// `errorMessage`.
    pub(crate) message: String,
}

/// The error that a call meets, if it fails.
pub(crate) fn failure_of(activity: &Activity, draft: &Draft) -> Option<Failure> {
    if let Some((code, message)) = draft.call.failure {
        return Some(Failure { code, message: message.to_owned() });
    }
    let mut random = Random::new(&[draft.seed, hash("failure")]);
    match draft.outcome {
        Outcome::Succeeds => None,
        Outcome::Denied => Some(denied(activity, draft, "no identity-based policy allows")),
        // What runs inside AWS has the rights that it needs.
        Outcome::Fails if activity.path != Path::Inside && random.happens(450) => {
            let reason = random.pick(&[
                "no identity-based policy allows",
                "no identity-based policy allows",
                "no permissions boundary allows",
                "with an explicit deny in a service control policy",
            ]);
            Some(denied(activity, draft, reason))
        }
        Outcome::Fails => {
            let (code, message) = usual(draft.call);
            let message = activity.values(draft.seed, draft.time).fill(message);
            Some(Failure { code, message })
        }
    }
}

fn denied(activity: &Activity, draft: &Draft, reason: &str) -> Failure {
    let action = draft.call.action();
    let arn = activity.values(draft.seed, draft.time).fill(activity.arn);
    let because = if reason.starts_with("with") {
        format!("{reason}: {POLICY}")
    } else {
        format!("because {reason} the {action} action")
    };
    match draft.call.source {
        "ec2" => Failure {
            code: "Client.UnauthorizedOperation",
            message: format!(
                "You are not authorized to perform this operation. User: {arn} is not authorized to perform: {action} {because}"
            ),
        },
        source => Failure {
            code: match source {
                "s3"
                | "iam"
                | "sts"
                | "autoscaling"
                | "elasticloadbalancing"
                | "rds"
                | "sns"
                | "sqs"
                | "cloudformation"
                | "monitoring" => "AccessDenied",
                _ => "AccessDeniedException",
            },
            message: format!("User: {arn} is not authorized to perform: {action} {because}"),
        },
    }
}

/// The error that is usual for a call, apart from denials.
fn usual(call: &Call) -> (&'static str, &'static str) {
    match (call.source, call.name) {
        ("s3", "GetObject" | "HeadObject") => ("NoSuchKey", "The specified key does not exist."),
        ("s3", "GetBucketPolicy") => ("NoSuchBucketPolicy", "The bucket policy does not exist"),
        ("s3", "GetBucketPublicAccessBlock") => (
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        ),
        ("s3", _) => ("SlowDown", "Please reduce your request rate."),
        (
            "ec2",
            "DescribeInstanceStatus" | "TerminateInstances" | "StopInstances" | "CreateTags",
        ) => ("Client.InvalidInstanceID.NotFound", "The instance ID '<instance>' does not exist"),
        ("ec2", "RunInstances") => (
            "Server.InsufficientInstanceCapacity",
            "We currently do not have sufficient <@instance-type> capacity in the Availability Zone you requested (<availability-zone>).",
        ),
        ("ec2", _) => ("Client.RequestLimitExceeded", "Request limit exceeded."),
        ("iam", "GetRole" | "ListRolePolicies" | "ListAttachedRolePolicies" | "GetRolePolicy") => {
            ("NoSuchEntityException", "The role with name <any-role> cannot be found.")
        }
        ("sts", _) => {
            ("ExpiredTokenException", "The security token included in the request is expired")
        }
        ("kms", _) => (
            "NotFoundException",
            "Key 'arn:aws:kms:<region>:<account>:key/<kms-key>' does not exist",
        ),
        ("dynamodb", "PutItem" | "UpdateItem") => {
            ("ConditionalCheckFailedException", "The conditional request failed")
        }
        ("lambda", _) => (
            "ResourceNotFoundException",
            "Function not found: arn:aws:lambda:<region>:<account>:function:<function>",
        ),
        ("ssm", "GetParameter") => ("ParameterNotFound", "Parameter <parameter> not found."),
        ("secretsmanager", "GetSecretValue") => (
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS",
        ),
        ("ecr", "BatchGetImage") => (
            "ImageNotFoundException",
            "The image with imageId {imageTag:'<hex-12>'} does not exist",
        ),
        ("logs", "CreateLogStream") => {
            ("ResourceAlreadyExistsException", "The specified log stream already exists")
        }
        ("glue", "GetTable") => ("EntityNotFoundException", "Table <crawler-table> not found."),
        _ => ("ThrottlingException", "Rate exceeded"),
    }
}
