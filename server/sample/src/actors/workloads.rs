//! Programs that run in the accounts.

use super::{Actor, Path, USUAL};
use crate::calls::{compute, data, delivery, identity, keys, network, operations, storage};
use crate::identities::{INSTANCE_SESSION, SERVICE, WEB_SESSION, WEB_USER};

const POD: &[(&str, &str)] = &[
    ("issuer", "oidc.eks.<region>.amazonaws.com/id/<oidc>"),
    ("app", "<word>"),
    ("subject", "system:serviceaccount:<@app>:<@app>"),
    ("role", "<account-name>-<@app>-pod"),
    ("session", "eks-<@app>-<hex-10>"),
];
const SDKS: &[&str] = &[
    "aws-sdk-java/2.29.20 md/io#sync ua/2.1 os/Linux#5.10.228 lang/java#21.0.5 m/D",
    "aws-sdk-go-v2/1.32.5 ua/2.1 os/linux lang/go#1.23.3 md/GOOS#linux md/GOARCH#arm64 api/dynamodb#1.37.1 m/E",
    "aws-sdk-js/3.696.0 ua/2.1 os/linux#5.10.228 lang/js md/nodejs#22.11.0 api/s3#3.696.0 m/E,b",
    "aws-sdk-rust/1.3.3 os/linux lang/rust/1.82.0",
    "Boto3/1.35.60 md/Botocore#1.35.60 ua/2.0 os/linux#5.10.228 md/arch#aarch64 lang/python#3.12.7",
];

pub(crate) static STORAGE_POD: Actor = Actor {
    identity: WEB_SESSION,
    variables: POD,
    opening: &[(WEB_USER, &identity::ASSUME_ROLE_WITH_WEB_IDENTITY)],
    opening_permille: 350,
    sources: &["<private-ip>"],
    agents: SDKS,
    calls: &[
        (40, &storage::GET_OBJECT),
        (12, &storage::HEAD_OBJECT),
        (8, &storage::LIST_OBJECTS),
        (12, &storage::PUT_OBJECT),
        (4, &storage::DELETE_OBJECT),
        (10, &keys::DECRYPT),
        (4, &keys::GENERATE_DATA_KEY),
    ],
    length: (8, 30),
    pause: 7,
    failures: 12,
    path: Path::Endpoint,
    ..USUAL
};

pub(crate) static TABLE_POD: Actor = Actor {
    calls: &[
        (30, &data::GET_ITEM),
        (26, &data::QUERY),
        (12, &data::PUT_ITEM),
        (10, &data::UPDATE_ITEM),
        (5, &data::DESCRIBE_TABLE),
        (6, &keys::GET_PARAMETER),
    ],
    failures: 10,
    ..STORAGE_POD
};

pub(crate) static TASK: Actor = Actor {
    variables: &[
        ("role", "<workload-role>"),
        ("role-path", ""),
        ("session", "<hex-32>"),
        ("mfa", "false"),
    ],
    agents: SDKS,
    calls: &[
        (14, &keys::GET_SECRET_VALUE),
        (14, &keys::GET_PARAMETER),
        (8, &keys::GET_PARAMETERS_BY_PATH),
        (12, &keys::DECRYPT),
        (12, &operations::GET_QUEUE_ATTRIBUTES),
        (5, &operations::GET_TOPIC_ATTRIBUTES),
        (6, &operations::CREATE_LOG_STREAM),
        (1, &keys::ROTATE_SECRET),
        (4, &identity::GET_CALLER_IDENTITY),
    ],
    length: (6, 22),
    pause: 10,
    ..USUAL
};

pub(crate) static FUNCTION: Actor = Actor {
    variables: &[
        ("function", "<function>"),
        ("role", "<@function>-role"),
        ("role-path", ""),
        ("session", "<@function>"),
        ("log-group", "/aws/lambda/<@function>"),
        ("service", "lambda.amazonaws.com"),
        ("mfa", "false"),
    ],
    opening: &[(SERVICE, &identity::ASSUME_ROLE_BY_SERVICE)],
    agents: &[
        "aws-sdk-nodejs/3.696.0 linux/v22.11.0 exec-env/AWS_Lambda_nodejs22.x promise",
        "Boto3/1.34.145 md/Botocore#1.34.145 ua/2.0 os/linux#5.10.227 md/arch#x86_64 lang/python#3.12.7 md/pyimpl#CPython exec-env/AWS_Lambda_python3.12 cfg/retry-mode#legacy Botocore/1.34.145",
    ],
    calls: &[
        (6, &operations::CREATE_LOG_STREAM),
        (8, &data::GET_ITEM),
        (5, &data::PUT_ITEM),
        (8, &storage::GET_OBJECT),
        (6, &keys::GET_PARAMETER),
        (5, &keys::DECRYPT),
        (5, &compute::INVOKE),
    ],
    length: (4, 16),
    pause: 6,
    ..USUAL
};

pub(crate) static INSTANCE: Actor = Actor {
    identity: INSTANCE_SESSION,
    variables: &[
        ("instance", "<instance>"),
        ("role", "<account-name>-node"),
        ("session", "<@instance>"),
        ("log-group", "/aws/ec2/<account-name>"),
    ],
    agents: &[
        "aws-sdk-go/1.55.5 (go1.22.7; linux; arm64) amazon-ssm-agent/3.3.1611.0",
        "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.7 md/GOOS#linux md/GOARCH#arm64 api/ecr#1.30.3",
    ],
    calls: &[
        (18, &operations::UPDATE_INSTANCE_INFORMATION),
        (14, &operations::LIST_INSTANCE_ASSOCIATIONS),
        (10, &compute::DESCRIBE_TAGS),
        (10, &delivery::GET_AUTHORIZATION_TOKEN),
        (12, &delivery::BATCH_GET_IMAGE),
        (12, &delivery::GET_DOWNLOAD_URL),
        (4, &compute::DESCRIBE_VOLUMES),
        (5, &compute::DESCRIBE_CLUSTER),
    ],
    length: (5, 16),
    pause: 25,
    failures: 6,
    ..USUAL
};

pub(crate) static LOAD_BALANCER_POD: Actor = Actor {
    variables: &[
        ("issuer", "oidc.eks.<region>.amazonaws.com/id/<oidc>"),
        ("subject", "system:serviceaccount:kube-system:aws-load-balancer-controller"),
        ("role", "<account-name>-load-balancers"),
        ("session", "<digits-19>"),
    ],
    agents: &[
        "elbv2.k8s.aws/v2.10.0 aws-sdk-go-v2/1.32.3 ua/2.1 os/linux lang/go#1.22.7 md/GOOS#linux md/GOARCH#arm64 api/elasticloadbalancingv2#1.41.0",
    ],
    sources: &["<nat-ip>"],
    calls: &[
        (26, &network::DESCRIBE_TARGET_HEALTH),
        (10, &network::DESCRIBE_LOAD_BALANCERS),
        (8, &network::DESCRIBE_SECURITY_GROUPS),
        (5, &network::DESCRIBE_SUBNETS),
        (6, &network::REGISTER_TARGETS),
        (6, &network::DEREGISTER_TARGETS),
        (4, &compute::DESCRIBE_AVAILABILITY_ZONES),
    ],
    length: (8, 24),
    failures: 6,
    path: Path::Internet,
    ..STORAGE_POD
};

pub(crate) static NODE_SCALER: Actor = Actor {
    variables: &[
        ("issuer", "oidc.eks.<region>.amazonaws.com/id/<oidc>"),
        ("subject", "system:serviceaccount:karpenter:karpenter"),
        ("role", "<account-name>-karpenter"),
        ("session", "<digits-19>"),
        ("instance-type", "<m7g.large|m7g.xlarge|c7g.xlarge|r7g.large>"),
    ],
    agents: &[
        "karpenter.sh-1.0.8 aws-sdk-go-v2/1.32.2 ua/2.1 os/linux lang/go#1.23.2 md/GOOS#linux md/GOARCH#arm64 api/ec2#1.187.0",
    ],
    sources: &["<nat-ip>"],
    calls: &[
        (20, &compute::DESCRIBE_INSTANCES),
        (10, &network::DESCRIBE_SUBNETS),
        (8, &compute::DESCRIBE_IMAGES),
        (8, &network::DESCRIBE_SECURITY_GROUPS),
        (8, &compute::DESCRIBE_AUTO_SCALING_GROUPS),
        (4, &compute::RUN_INSTANCES),
        (4, &compute::CREATE_TAGS),
        (3, &compute::TERMINATE_INSTANCES),
        (2, &network::CREATE_NETWORK_INTERFACE),
        (2, &network::DELETE_NETWORK_INTERFACE),
        (1, &compute::SET_DESIRED_CAPACITY),
    ],
    length: (6, 20),
    failures: 18,
    path: Path::Internet,
    ..STORAGE_POD
};

pub(crate) static QUERY_JOB: Actor = Actor {
    variables: &[
        ("role", "<account-name>-glue-jobs"),
        ("role-path", "service-role/"),
        ("session", "GlueJobRunnerSession"),
        ("service", "glue.amazonaws.com"),
        ("mfa", "false"),
    ],
    opening: &[(SERVICE, &identity::ASSUME_ROLE_BY_SERVICE)],
    opening_permille: 500,
    agents: &[
        "ElasticMapReduce/1.0.0 emrfs/s3n user:spark,user:hadoop, aws-sdk-java/1.12.725 Linux/5.10.227 java/17.0.13 scala/2.12.18",
    ],
    calls: &[
        (44, &storage::GET_OBJECT),
        (12, &storage::LIST_OBJECTS),
        (10, &storage::HEAD_OBJECT),
        (16, &storage::PUT_OBJECT),
        (10, &data::GET_PARTITIONS),
        (8, &data::GET_TABLE),
        (8, &keys::DECRYPT),
        (1, &data::START_JOB_RUN),
    ],
    length: (14, 44),
    pause: 5,
    failures: 6,
    ..USUAL
};

pub(crate) static TRAINING: Actor = Actor {
    variables: &[
        ("role", "<account-name>-training"),
        ("role-path", ""),
        ("session", "SageMaker"),
        ("service", "sagemaker.amazonaws.com"),
        ("mfa", "false"),
    ],
    agents: SDKS,
    calls: &[
        (1, &data::CREATE_TRAINING_JOB),
        (16, &data::DESCRIBE_TRAINING_JOB),
        (16, &storage::GET_OBJECT),
        (5, &storage::PUT_OBJECT),
        (8, &data::INVOKE_MODEL),
        (2, &operations::CREATE_LOG_STREAM),
    ],
    length: (8, 28),
    ..QUERY_JOB
};
