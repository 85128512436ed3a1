//! People, at the console and at the command line.

use super::{Actor, Hours, Path, USUAL};
use crate::calls::{
    compute, data, governance, identity, keys, network, operations, sign_in, storage,
};
use crate::identities::{
    IDENTITY_CENTER_USER, ROOT, SAML_USER, SESSION, UNKNOWN_USER, USER, USER_ARN, USER_AT_SIGN_IN,
    USER_SESSION,
};

pub(crate) const BROWSERS: &[&str] = &[
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
];
pub(crate) const SHELLS: &[&str] = &[
    "aws-cli/2.22.7 md/awscrt#0.22.0 ua/2.0 os/macos#24.1.0 md/arch#arm64 lang/python#3.12.6 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#<s3.ls|ec2.describe-instances|logs.tail|sts.get-caller-identity>",
    "aws-cli/2.17.44 md/awscrt#0.21.2 ua/2.0 os/linux#6.8.0-45-generic md/arch#x86_64 lang/python#3.11.9 md/pyimpl#CPython exec-env/devcontainer cfg/retry-mode#standard md/installer#exe",
    "Boto3/1.35.71 md/Botocore#1.35.71 ua/2.0 os/macos#24.1.0 md/arch#arm64 lang/python#3.12.6 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.35.71",
];
const WHERE: &[&str] = &["<office-ip>", "<office-ip>", "<home-ip>"];
pub(crate) const SSO_PATH: &str = "aws-reserved/sso.amazonaws.com/us-east-1/";
const SIGN_IN: &[(&str, &crate::calls::Call)] =
    &[(SAML_USER, &identity::ASSUME_ROLE_WITH_SAML), (SESSION, &sign_in::CONSOLE_LOGIN)];

pub(crate) static ADMINISTRATOR: Actor = Actor {
    variables: &[
        ("person", "<olga.brandt|marco.silva|kate.murray>"),
        ("session", "<@person>@example.com"),
        ("role", "AWSReservedSSO_AdministratorAccess_<sso-suffix>"),
        ("role-path", SSO_PATH),
        ("mfa-used", "No"),
    ],
    opening: SIGN_IN,
    sources: WHERE,
    agents: BROWSERS,
    calls: &[
        (12, &governance::DESCRIBE_ORGANIZATION),
        (10, &governance::LIST_ACCOUNTS),
        (6, &governance::LIST_PARENTS),
        (6, &governance::DESCRIBE_TRAILS),
        (6, &governance::GET_TRAIL_STATUS),
        (8, &governance::LOOKUP_EVENTS),
        (6, &operations::DESCRIBE_EVENT_AGGREGATES),
        (8, &identity::LIST_ROLES),
        (6, &identity::GET_ACCOUNT_SUMMARY),
        (3, &identity::GET_USER),
        (3, &identity::TAG_ROLE),
        (1, &identity::UPDATE_ACCESS_KEY),
        (1, &governance::UPDATE_POLICY),
        (4, &storage::LIST_BUCKETS),
        (6, &operations::DESCRIBE_ALARMS),
        (2, &operations::PUT_RETENTION_POLICY),
        (1, &sign_in::SWITCH_ROLE),
    ],
    length: (6, 24),
    pause: 45,
    hours: Hours::Office,
    path: Path::Console,
    ..USUAL
};

pub(crate) static DEVELOPER: Actor = Actor {
    variables: &[
        ("person", "<person>"),
        ("session", "<@person>@example.com"),
        ("role", "AWSReservedSSO_<DeveloperAccess|ReadOnlyAccess>_<sso-suffix>"),
        ("role-path", SSO_PATH),
        ("mfa-used", "No"),
    ],
    opening: SIGN_IN,
    sources: WHERE,
    agents: BROWSERS,
    calls: &[
        (10, &compute::DESCRIBE_INSTANCES),
        (6, &compute::DESCRIBE_INSTANCE_STATUS),
        (5, &network::DESCRIBE_SECURITY_GROUPS),
        (4, &network::DESCRIBE_VPCS),
        (8, &operations::DESCRIBE_ALARMS),
        (8, &operations::GET_METRIC_DATA),
        (8, &operations::DESCRIBE_LOG_GROUPS),
        (8, &operations::FILTER_LOG_EVENTS),
        (3, &operations::START_QUERY),
        (6, &storage::LIST_BUCKETS),
        (5, &storage::GET_BUCKET_LOCATION),
        (4, &compute::LIST_FUNCTIONS),
        (4, &compute::DESCRIBE_SERVICES),
        (4, &data::DESCRIBE_DB_INSTANCES),
        (3, &operations::DESCRIBE_EVENT_AGGREGATES),
        (1, &operations::PUT_DASHBOARD),
        (1, &operations::START_SESSION),
        (1, &keys::PUT_PARAMETER),
    ],
    length: (6, 26),
    pause: 40,
    hours: Hours::Office,
    failures: 45,
    path: Path::Console,
    ..USUAL
};

pub(crate) static DEVELOPER_SHELL: Actor = Actor {
    opening: &[(SAML_USER, &identity::ASSUME_ROLE_WITH_SAML)],
    agents: SHELLS,
    calls: &[
        (10, &identity::GET_CALLER_IDENTITY),
        (8, &operations::FILTER_LOG_EVENTS),
        (8, &storage::LIST_OBJECTS),
        (8, &storage::GET_OBJECT),
        (6, &compute::DESCRIBE_INSTANCES),
        (6, &keys::GET_PARAMETER),
        (4, &keys::GET_SECRET_VALUE),
        (3, &keys::DESCRIBE_SECRET),
        (3, &operations::DESCRIBE_INSTANCE_INFORMATION),
        (4, &compute::GET_FUNCTION_CONFIGURATION),
        (3, &compute::DESCRIBE_TASKS),
        (2, &operations::START_SESSION),
        (1, &compute::UPDATE_SERVICE),
        (1, &network::AUTHORIZE_INGRESS),
        (1, &network::REVOKE_INGRESS),
    ],
    length: (4, 18),
    failures: 60,
    path: Path::Internet,
    ..DEVELOPER
};

pub(crate) static EXPERIMENTER: Actor = Actor {
    variables: &[
        ("person", "anna.keller"),
        ("session", "anna.keller@example.com"),
        ("role", "AWSReservedSSO_AdministratorAccess_<sso-suffix>"),
        ("role-path", SSO_PATH),
        ("mfa-used", "No"),
    ],
    calls: &[
        (8, &compute::DESCRIBE_INSTANCES),
        (6, &compute::DESCRIBE_IMAGES),
        (5, &network::DESCRIBE_SUBNETS),
        (3, &compute::RUN_INSTANCES),
        (3, &compute::STOP_INSTANCES),
        (3, &compute::TERMINATE_INSTANCES),
        (2, &storage::CREATE_BUCKET),
        (2, &compute::UPDATE_FUNCTION_CODE),
        (5, &data::INVOKE_MODEL),
        (5, &operations::DESCRIBE_LOG_GROUPS),
        (3, &identity::CREATE_ROLE),
        (3, &identity::ATTACH_ROLE_POLICY),
        (4, &identity::LIST_ROLES),
    ],
    failures: 70,
    ..DEVELOPER
};

pub(crate) static ANALYST: Actor = Actor {
    variables: &[
        ("person", "<priya.nair|lucy.chen|elena.popova>"),
        ("session", "<@person>@example.com"),
        ("role", "AWSReservedSSO_DataAnalyst_<sso-suffix>"),
        ("role-path", SSO_PATH),
        ("mfa-used", "No"),
    ],
    calls: &[
        (5, &data::START_QUERY_EXECUTION),
        (16, &data::GET_QUERY_EXECUTION),
        (8, &data::GET_QUERY_RESULTS),
        (10, &data::GET_TABLE),
        (8, &data::GET_PARTITIONS),
        (6, &storage::LIST_OBJECTS),
    ],
    ..DEVELOPER
};

pub(crate) static INVESTIGATOR: Actor = Actor {
    variables: &[
        ("person", "<amir.hassan|nina.larsen>"),
        ("session", "<@person>@example.com"),
        ("role", "AWSReservedSSO_SecurityAnalyst_<sso-suffix>"),
        ("role-path", SSO_PATH),
        ("mfa-used", "No"),
    ],
    calls: &[
        (12, &governance::LIST_FINDINGS),
        (12, &governance::GET_FINDINGS),
        (10, &governance::LOOKUP_EVENTS),
        (6, &governance::DESCRIBE_TRAILS),
        (5, &governance::GET_TRAIL_STATUS),
        (6, &governance::DESCRIBE_CONFIG_RULES),
        (5, &identity::LIST_ROLES),
        (5, &identity::GET_POLICY_VERSION),
        (2, &operations::START_QUERY),
    ],
    failures: 10,
    ..DEVELOPER
};

/// A person in the access portal of IAM Identity Center.
pub(crate) static PORTAL_USER: Actor = Actor {
    identity: IDENTITY_CENTER_USER,
    arn: "arn:aws:identitystore:::user/<@hex-10>-<@uuid>",
    variables: &[("person", "<person>"), ("service", "sso.amazonaws.com")],
    opening: &[(IDENTITY_CENTER_USER, &sign_in::USER_AUTHENTICATION)],
    sources: WHERE,
    agents: BROWSERS,
    calls: &[
        (6, &sign_in::LIST_APPLICATIONS),
        (8, &sign_in::LIST_ACCOUNT_ROLES),
        (8, &sign_in::GET_ROLE_CREDENTIALS),
        (4, &sign_in::FEDERATE),
        (1, &sign_in::AUTHENTICATE),
    ],
    length: (3, 10),
    pause: 30,
    hours: Hours::Office,
    failures: 0,
    ..USUAL
};

/// The emergency user, with a second factor.
pub(crate) static BREAK_GLASS: Actor = Actor {
    identity: USER_SESSION,
    arn: USER_ARN,
    variables: &[
        ("person", "kate.murray"),
        ("user", "break-glass"),
        ("session-key", "ASIA<base32-16>"),
    ],
    opening: &[(USER, &identity::GET_SESSION_TOKEN)],
    sources: WHERE,
    agents: SHELLS,
    calls: &[
        (4, &identity::GET_CALLER_IDENTITY),
        (4, &governance::LIST_ACCOUNTS),
        (3, &identity::LIST_USERS),
    ],
    length: (3, 8),
    hours: Hours::Office,
    ..USUAL
};

/// The root user, who looks at bills.
pub(crate) static ROOT_USER: Actor = Actor {
    identity: ROOT,
    arn: "arn:aws:iam::<account>:root",
    variables: &[("person", "kate.murray"), ("mfa-used", "Yes")],
    opening: &[(ROOT, &sign_in::CONSOLE_LOGIN)],
    sources: WHERE,
    agents: BROWSERS,
    calls: &[(5, &identity::GET_ACCOUNT_SUMMARY), (3, &operations::DESCRIBE_EVENT_AGGREGATES)],
    length: (2, 5),
    pause: 60,
    hours: Hours::Office,
    failures: 0,
    path: Path::Console,
    ..USUAL
};

/// Somebody who mistypes a password or a name, and then perhaps doesn't.
pub(crate) static FAILED_SIGN_IN: Actor = Actor {
    identity: UNKNOWN_USER,
    arn: USER_ARN,
    variables: &[("person", "<person>"), ("user", "break-glass"), ("mfa-used", "No")],
    opening: &[(USER_AT_SIGN_IN, &sign_in::CONSOLE_LOGIN_FAILED)],
    sources: WHERE,
    agents: BROWSERS,
    calls: &[(1, &sign_in::CONSOLE_LOGIN_FAILED)],
    length: (1, 3),
    pause: 25,
    hours: Hours::Office,
    failures: 0,
    ..USUAL
};
