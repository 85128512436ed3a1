//! Pipelines and the IAM users that nobody has replaced yet.

use super::{Actor, Hours, Path, USUAL};
use crate::calls::{
    compute, data, delivery, governance, identity, keys, network, operations, storage,
};
use crate::identities::{SERVICE_SESSION, USER, USER_ARN, WEB_SESSION, WEB_USER};

const TERRAFORM: &[&str] = &[
    "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.77.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.32.5 ua/2.1 os/linux lang/go#1.23.2 md/GOOS#linux md/GOARCH#amd64 api/<iam#1.38.1|ec2#1.193.0|s3#1.68.0>",
];
const RUNNERS: &[&str] = &["203.0.113.<210|211|214|219|223|231>"];
const GITHUB: &[(&str, &str)] = &[
    ("issuer", "token.actions.githubusercontent.com"),
    ("subject", "repo:example-org/<account-name>-<infrastructure|service>:ref:refs/heads/main"),
    ("role", "github-actions-deploy"),
    ("session", "GitHubActions"),
];

pub(crate) static DEPLOYMENT: Actor = Actor {
    identity: WEB_SESSION,
    variables: GITHUB,
    opening: &[
        (WEB_USER, &identity::ASSUME_ROLE_WITH_WEB_IDENTITY),
        (WEB_SESSION, &identity::GET_CALLER_IDENTITY),
    ],
    sources: RUNNERS,
    agents: TERRAFORM,
    calls: &[
        (12, &identity::GET_ROLE),
        (10, &identity::LIST_ROLE_POLICIES),
        (10, &identity::LIST_ATTACHED_ROLE_POLICIES),
        (8, &identity::GET_ROLE_POLICY),
        (8, &network::DESCRIBE_SECURITY_GROUPS),
        (6, &network::DESCRIBE_SUBNETS),
        (6, &network::DESCRIBE_VPCS),
        (6, &network::DESCRIBE_ROUTE_TABLES),
        (6, &storage::GET_BUCKET_POLICY),
        (6, &storage::GET_BUCKET_ENCRYPTION),
        (6, &storage::GET_BUCKET_VERSIONING),
        (5, &keys::DESCRIBE_KEY),
        (5, &network::LIST_RECORD_SETS),
        (5, &compute::GET_FUNCTION),
        (5, &identity::PUT_ROLE_POLICY),
        (2, &identity::CREATE_ROLE),
        (2, &identity::ATTACH_ROLE_POLICY),
        (1, &identity::UPDATE_ASSUME_ROLE_POLICY),
        (2, &storage::PUT_BUCKET_POLICY),
        (2, &network::AUTHORIZE_INGRESS),
        (2, &network::CHANGE_RECORD_SETS),
        (4, &operations::PUT_METRIC_ALARM),
        (4, &compute::UPDATE_FUNCTION_CODE),
    ],
    length: (16, 48),
    pause: 6,
    hours: Hours::Office,
    ..USUAL
};

/// CloudFormation, which calls with the pipeline's credentials.
pub(crate) static STACK_RELEASE: Actor = Actor {
    identity: SERVICE_SESSION,
    variables: &[
        ("role", "stack-release"),
        ("session", "AWSCloudFormation"),
        ("role-path", ""),
        ("service", "cloudformation.amazonaws.com"),
        ("mfa", "false"),
    ],
    sources: &["cloudformation.amazonaws.com"],
    agents: &["cloudformation.amazonaws.com"],
    calls: &[
        (14, &operations::DESCRIBE_STACKS),
        (10, &operations::DESCRIBE_STACK_EVENTS),
        (1, &operations::CREATE_CHANGE_SET),
        (1, &operations::EXECUTE_CHANGE_SET),
        (2, &compute::REGISTER_TASK_DEFINITION),
        (2, &compute::UPDATE_SERVICE),
        (6, &compute::DESCRIBE_SERVICES),
    ],
    length: (8, 20),
    pause: 20,
    hours: Hours::Office,
    path: Path::Inside,
    ..USUAL
};

pub(crate) static IMAGE_BUILD: Actor = Actor {
    identity: WEB_SESSION,
    variables: &[
        ("issuer", "token.actions.githubusercontent.com"),
        ("subject", "repo:example-org/<checkout|web-shop|ledger|mobile-api>:ref:refs/heads/main"),
        ("role", "github-actions-images"),
        ("session", "GitHubActions"),
    ],
    opening: &[(WEB_USER, &identity::ASSUME_ROLE_WITH_WEB_IDENTITY)],
    sources: RUNNERS,
    agents: &[
        "docker/27.3.1 go/go1.22.7 git-commit/41ca978 kernel/6.8.0-1017-azure os/linux arch/amd64 UpstreamClient(Docker-Client/27.3.1 \\\\(linux\\\\))",
        "aws-sdk-js/3.696.0 ua/2.1 os/linux#6.8.0-1017-azure lang/js md/nodejs#20.18.0 api/ecr#3.696.0",
    ],
    calls: &[
        (4, &delivery::GET_AUTHORIZATION_TOKEN),
        (14, &delivery::CHECK_LAYERS),
        (10, &delivery::BATCH_GET_IMAGE),
        (8, &delivery::GET_DOWNLOAD_URL),
        (5, &delivery::PUT_IMAGE),
        (7, &storage::PUT_OBJECT),
    ],
    length: (10, 30),
    pause: 8,
    hours: Hours::Office,
    ..USUAL
};

/// The pipeline that makes and governs accounts.
pub(crate) static LANDING_ZONE: Actor = Actor {
    variables: &[
        ("role", "landing-zone-pipeline"),
        ("session", "AWSCodeBuild-<uuid>"),
        ("role-path", "service-role/"),
        ("mfa", "false"),
    ],
    agents: TERRAFORM,
    calls: &[
        (14, &governance::DESCRIBE_ORGANIZATION),
        (14, &governance::LIST_ACCOUNTS),
        (10, &governance::LIST_PARENTS),
        (10, &governance::LIST_POLICIES),
        (1, &governance::UPDATE_POLICY),
        (6, &governance::DESCRIBE_TRAILS),
        (6, &governance::GET_TRAIL_STATUS),
        (6, &identity::GET_ROLE),
        (4, &identity::LIST_ATTACHED_ROLE_POLICIES),
        (1, &identity::PUT_ROLE_POLICY),
        (3, &keys::GET_PARAMETERS_BY_PATH),
    ],
    length: (10, 36),
    pause: 8,
    failures: 8,
    ..USUAL
};

/// Takes the nightly snapshots with a key that is older than some colleagues' contracts.
pub(crate) static BACKUP_AGENT: Actor = Actor {
    identity: USER,
    arn: USER_ARN,
    variables: &[("user", "backup-agent")],
    agents: &["Boto3/1.26.165 Python/3.10.6 Linux/5.15.0-91-generic Botocore/1.29.165"],
    calls: &[
        (10, &compute::DESCRIBE_VOLUMES),
        (10, &compute::DESCRIBE_SNAPSHOTS),
        (6, &data::DESCRIBE_DB_INSTANCES),
        (3, &compute::CREATE_SNAPSHOT),
        (1, &data::CREATE_DB_SNAPSHOT),
    ],
    length: (8, 20),
    pause: 12,
    ..USUAL
};

/// Publishes the shop's pages; the story is about its key.
pub(crate) static CI_PUBLISHER: Actor = Actor {
    identity: USER,
    arn: USER_ARN,
    variables: &[("user", "ci-publisher")],
    sources: RUNNERS,
    agents: &[
        "aws-cli/1.36.2 md/Botocore#1.35.61 ua/2.0 os/linux#5.15.0-1073-aws md/arch#x86_64 lang/python#3.10.12 md/pyimpl#CPython cfg/retry-mode#legacy botocore/1.35.61",
    ],
    calls: &[
        (6, &storage::LIST_OBJECTS),
        (8, &storage::HEAD_OBJECT),
        (5, &storage::PUT_OBJECT),
        (1, &network::CREATE_INVALIDATION),
    ],
    length: (6, 20),
    pause: 4,
    hours: Hours::Office,
    failures: 4,
    ..USUAL
};
