//! KMS, Secrets Manager and the parameter store.

use super::Call;

const KEY: &[(&str, &str)] = &[("AWS::KMS::Key", "arn:aws:kms:<region>:<account>:key/<@kms-key>")];

pub(crate) static DECRYPT: Call = Call::read("kms", "Decrypt")
    .request(r#"{"keyId":"arn:aws:kms:<region>:<account>:key/<@kms-key>","encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::<bucket>"}}"#)
    .extra(r#"{"keyMaterialId":"<hex-64>"}"#)
    .resources(KEY);
pub(crate) static GENERATE_DATA_KEY: Call = Call::read("kms", "GenerateDataKey")
    .request(r#"{"keyId":"arn:aws:kms:<region>:<account>:key/<@kms-key>","keySpec":"AES_256","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::<bucket>"}}"#)
    .extra(r#"{"keyMaterialId":"<hex-64>"}"#)
    .resources(KEY);
pub(crate) static GENERATE_DATA_KEY_FOR_TRAIL: Call = Call::read("kms", "GenerateDataKey")
    .request(r#"{"keyId":"arn:aws:kms:<region>:<account>:key/<@kms-key>","keySpec":"AES_256","encryptionContext":{"aws:cloudtrail:arn":"<trail>","aws:s3:arn":"arn:aws:s3:::<trail-bucket>/AWSLogs/<organization>/<777788889999|345678901234|567890123456>/CloudTrail/<region>/<day-path>/<hex-16>.json.gz"}}"#)
    .extra(r#"{"keyMaterialId":"<hex-64>"}"#)
    .resources(KEY);
pub(crate) static DESCRIBE_KEY: Call = Call::read("kms", "DescribeKey")
    .request(r#"{"keyId":"arn:aws:kms:<region>:<account>:key/<@kms-key>"}"#)
    .resources(KEY);
pub(crate) static LIST_ALIASES: Call = Call::read("kms", "ListAliases").request(r#"{"limit":100}"#);
pub(crate) static CREATE_GRANT: Call = Call::write("kms", "CreateGrant")
    .request(r#"{"keyId":"arn:aws:kms:<region>:<account>:key/<@kms-key>","operations":["Decrypt","GenerateDataKeyWithoutPlaintext"],"granteePrincipal":"ec2.<region>.amazonaws.com","constraints":{"encryptionContextSubset":{"aws:ebs:id":"<volume>"}}}"#)
    .response(r#"{"grantId":"<hex-64>","keyId":"arn:aws:kms:<region>:<account>:key/<@kms-key>"}"#)
    .resources(KEY);
pub(crate) static ROTATE_KEY: Call = Call::write("kms", "RotateKey")
    .of_type("AwsServiceEvent")
    .details(r#"{"keyId":"<@kms-key>","rotationType":"AUTOMATIC","keyOrigin":"AWS_KMS"}"#)
    .resources(KEY);

pub(crate) static GET_SECRET_VALUE: Call = Call::read("secretsmanager", "GetSecretValue")
    .request(r#"{"secretId":"arn:aws:secretsmanager:<region>:<account>:secret:<secret>-<secret-suffix>","versionStage":"AWSCURRENT"}"#);
pub(crate) static DESCRIBE_SECRET: Call =
    Call::read("secretsmanager", "DescribeSecret").request(r#"{"secretId":"<secret>"}"#);
pub(crate) static LIST_SECRETS: Call =
    Call::read("secretsmanager", "ListSecrets").request(r#"{"maxResults":100}"#);
pub(crate) static ROTATE_SECRET: Call = Call::write("secretsmanager", "RotateSecret")
    .request(r#"{"secretId":"<secret>","clientRequestToken":"<uuid>","rotateImmediately":true}"#)
    .response(r#"{"arn":"arn:aws:secretsmanager:<region>:<account>:secret:<secret>-<secret-suffix>","versionId":"<uuid#version>"}"#);

pub(crate) static GET_PARAMETER: Call = Call::read("ssm", "GetParameter")
    .request(r#"{"name":"<parameter>","withDecryption":true}"#)
    .resources(&[("", "arn:aws:ssm:<region>:<account>:parameter<parameter>")]);
pub(crate) static GET_PARAMETERS_BY_PATH: Call = Call::read("ssm", "GetParametersByPath").request(
    r#"{"path":"/<account-name>/<word>","recursive":true,"withDecryption":true,"maxResults":10}"#,
);
pub(crate) static PUT_PARAMETER: Call = Call::write("ssm", "PutParameter")
    .request(r#"{"name":"<parameter>","value":"HIDDEN_DUE_TO_SECURITY_REASONS","type":"SecureString","overwrite":true}"#)
    .response(r#"{"version":<number-40>,"tier":"Standard"}"#);
