//! AWS services that act on their own, and watchers from outside.

use super::{Actor, Path, USUAL};
use crate::calls::{compute, data, governance, identity, keys, network, operations, storage};
use crate::identities::{PARTNER, SERVICE, SERVICE_EVENT, SERVICE_SESSION, USER, USER_ARN};

pub(crate) static CONFIG_RECORDER: Actor = Actor {
    identity: SERVICE_SESSION,
    variables: &[
        ("role", "AWSServiceRoleForConfig"),
        ("role-path", "aws-service-role/config.amazonaws.com/"),
        ("session", "AWSConfig-Describe"),
        ("service", "config.amazonaws.com"),
        ("mfa", "false"),
    ],
    opening: &[(SERVICE, &identity::ASSUME_ROLE_BY_SERVICE)],
    opening_permille: 400,
    sources: &["config.amazonaws.com"],
    agents: &["config.amazonaws.com"],
    calls: &[
        (10, &storage::GET_BUCKET_ACL),
        (10, &storage::GET_PUBLIC_ACCESS_BLOCK),
        (8, &storage::GET_BUCKET_POLICY),
        (8, &storage::GET_BUCKET_ENCRYPTION),
        (10, &network::DESCRIBE_NETWORK_INTERFACES),
        (8, &network::DESCRIBE_SECURITY_GROUPS),
        (8, &network::DESCRIBE_VPC_ENDPOINTS),
        (6, &network::DESCRIBE_ADDRESSES),
        (6, &compute::DESCRIBE_VOLUMES),
        (6, &compute::GET_FUNCTION),
        (6, &identity::GET_ROLE),
        (6, &identity::GET_POLICY_VERSION),
        (5, &identity::LIST_ATTACHED_ROLE_POLICIES),
        (5, &keys::LIST_ALIASES),
        (4, &data::DESCRIBE_DB_CLUSTERS),
        (8, &governance::PUT_EVALUATIONS),
    ],
    length: (8, 30),
    pause: 6,
    failures: 6,
    path: Path::Inside,
    ..USUAL
};

pub(crate) static FINDINGS_SYNC: Actor = Actor {
    variables: &[
        ("role", "AWSServiceRoleForSecurityHub"),
        ("role-path", "aws-service-role/securityhub.amazonaws.com/"),
        ("session", "securityhub"),
        ("service", "securityhub.amazonaws.com"),
        ("mfa", "false"),
    ],
    sources: &["securityhub.amazonaws.com", "AWS Internal"],
    agents: &["securityhub.amazonaws.com", "AWS Internal"],
    calls: &[
        (14, &governance::DESCRIBE_CONFIG_RULES),
        (10, &governance::GET_FINDINGS),
        (9, &governance::BATCH_IMPORT_FINDINGS),
        (8, &identity::GET_ACCOUNT_SUMMARY),
        (4, &identity::GENERATE_CREDENTIAL_REPORT),
        (8, &keys::DESCRIBE_KEY),
        (6, &compute::DESCRIBE_REGIONS),
    ],
    length: (6, 20),
    ..CONFIG_RECORDER
};

/// CloudTrail itself, which delivers to the bucket.
pub(crate) static TRAIL_DELIVERY: Actor = Actor {
    identity: SERVICE,
    arn: "<@service>",
    variables: &[
        ("service", "cloudtrail.amazonaws.com"),
        ("bucket", "<trail-bucket>"),
        ("kms-key", "a75d41c8-5c1e-4b7a-9d20-4f8e213bd5a6"),
    ],
    sources: &["cloudtrail.amazonaws.com"],
    agents: &["cloudtrail.amazonaws.com"],
    calls: &[(20, &storage::GET_BUCKET_ACL_BY_SERVICE), (24, &keys::GENERATE_DATA_KEY_FOR_TRAIL)],
    length: (8, 34),
    pause: 18,
    failures: 0,
    path: Path::Inside,
    ..USUAL
};

/// Services that use keys for the account.
pub(crate) static KEY_USE: Actor = Actor {
    identity: SERVICE,
    arn: "<@service>",
    variables: &[("service", "<secretsmanager|ebs|rds|dynamodb|s3>.amazonaws.com")],
    sources: &["AWS Internal", "secretsmanager.amazonaws.com", "dynamodb.amazonaws.com"],
    agents: &["AWS Internal"],
    calls: &[
        (30, &keys::DECRYPT),
        (20, &keys::GENERATE_DATA_KEY),
        (6, &keys::CREATE_GRANT),
        (4, &keys::DESCRIBE_KEY),
    ],
    length: (4, 16),
    pause: 15,
    failures: 4,
    path: Path::Inside,
    ..USUAL
};

/// AWS Backup, which says what it has done.
pub(crate) static BACKUP: Actor = Actor {
    identity: SERVICE_EVENT,
    arn: "<@service>",
    variables: &[("service", "backup.amazonaws.com")],
    sources: &["backup.amazonaws.com"],
    agents: &["backup.amazonaws.com"],
    calls: &[(1, &operations::BACKUP_JOB_COMPLETED)],
    length: (1, 5),
    pause: 90,
    failures: 0,
    path: Path::Inside,
    ..USUAL
};

/// KMS, which rotates keys once a year, and rarely more than one at a time.
pub(crate) static KEY_ROTATION: Actor = Actor {
    variables: &[("service", "kms.amazonaws.com")],
    sources: &["AWS Internal"],
    agents: &["AWS Internal"],
    calls: &[(1, &keys::ROTATE_KEY)],
    length: (1, 2),
    ..BACKUP
};

/// A monitoring service that the organization pays for, with a role in each account.
pub(crate) static PARTNER_MONITOR: Actor = Actor {
    variables: &[
        ("role", "ObservabilityPartner"),
        ("role-path", ""),
        ("session", "collector"),
        ("mfa", "false"),
        ("external-id", "<hex-24>"),
    ],
    opening: &[(PARTNER, &identity::ASSUME_ROLE_BY_SERVICE)],
    sources: &["203.0.113.<240|241|242>"],
    agents: &[
        "aws-sdk-go-v2/1.30.4 ua/2.0 os/linux lang/go#1.22.9 md/GOOS#linux md/GOARCH#amd64 api/cloudwatch#1.40.3",
    ],
    calls: &[
        (22, &operations::GET_METRIC_DATA),
        (16, &operations::LIST_METRICS),
        (10, &operations::DESCRIBE_ALARMS),
        (8, &compute::DESCRIBE_INSTANCES),
        (6, &data::DESCRIBE_DB_INSTANCES),
        (6, &compute::DESCRIBE_SERVICES),
        (4, &operations::GET_QUEUE_ATTRIBUTES),
    ],
    length: (10, 28),
    pause: 5,
    failures: 14,
    ..USUAL
};

/// A script with the key of an IAM user.
pub(crate) static METRICS_EXPORT: Actor = Actor {
    identity: USER,
    arn: USER_ARN,
    variables: &[("user", "metrics-export")],
    agents: &["Boto3/1.24.28 Python/3.8.10 Linux/5.4.0-1103-aws Botocore/1.27.28"],
    calls: &[(20, &operations::GET_METRIC_DATA), (8, &operations::LIST_METRICS)],
    length: (6, 18),
    pause: 8,
    failures: 20,
    ..USUAL
};
