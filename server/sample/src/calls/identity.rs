//! IAM and STS.

use super::Call;

const ROLE: &[(&str, &str)] =
    &[("AWS::IAM::Role", "arn:aws:iam::<account>:role/<@role-path><@role>")];
const CREDENTIALS: &str = r#"{"credentials":{"accessKeyId":"<@key>","sessionToken":"<@token>","expiration":"<expires>"},"assumedRoleUser":{"assumedRoleId":"<role-id>:<@session>","arn":"arn:aws:sts::<account>:assumed-role/<@role>/<@session>"}}"#;

pub(crate) static ASSUME_ROLE_BY_SERVICE: Call = Call::read("sts", "AssumeRole")
    .request(r#"{"roleArn":"arn:aws:iam::<account>:role/<@role-path><@role>","roleSessionName":"<@session>","durationSeconds":3600}"#)
    .response(CREDENTIALS)
    .resources(ROLE);
pub(crate) static ASSUME_ROLE_FROM_PEER: Call = Call::read("sts", "AssumeRole")
    .request(r#"{"roleArn":"arn:aws:iam::<@target-account>:role/<@target-role>","roleSessionName":"<@target-session>","externalId":"<@external-id>","durationSeconds":3600}"#)
    .response(r#"{"credentials":{"accessKeyId":"<@target-key>","sessionToken":"<@shared-token>","expiration":"<expires>"},"assumedRoleUser":{"assumedRoleId":"<@target-role-id>:<@target-session>","arn":"arn:aws:sts::<@target-account>:assumed-role/<@target-role>/<@target-session>"}}"#)
    .resources(&[("AWS::IAM::Role", "arn:aws:iam::<@target-account>:role/<@target-role>")]);
pub(crate) static ASSUME_ROLE_WITH_SAML: Call = Call::read("sts", "AssumeRoleWithSAML")
    .request(r#"{"sAMLAssertionID":"_<uuid>","roleSessionName":"<@session>","principalTags":{"department":"<engineering|operations|security>","costCenter":"<4100|4210|4300>"},"transitiveTagKeys":["department"],"durationSeconds":3600,"roleArn":"arn:aws:iam::<account>:role/<@role-path><@role>","principalArn":"arn:aws:iam::<account>:saml-provider/AWSSSO_<saml-suffix>_DO_NOT_DELETE"}"#)
    .response(r#"{"subjectType":"persistent","issuer":"https://portal.sso.us-east-1.amazonaws.com/saml/assertion/<saml-suffix>","credentials":{"accessKeyId":"<@key>","sessionToken":"<@token>","expiration":"<expires>"},"nameQualifier":"<base64-27>=","assumedRoleUser":{"assumedRoleId":"<role-id>:<@session>","arn":"arn:aws:sts::<account>:assumed-role/<@role>/<@session>"},"subject":"<@session>","audience":"https://signin.aws.amazon.com/saml"}"#)
    .resources(&[
        ("AWS::IAM::Role", "arn:aws:iam::<account>:role/<@role-path><@role>"),
        ("AWS::IAM::SAMLProvider", "arn:aws:iam::<account>:saml-provider/AWSSSO_<saml-suffix>_DO_NOT_DELETE"),
    ]);
pub(crate) static ASSUME_ROLE_WITH_WEB_IDENTITY: Call = Call::read("sts", "AssumeRoleWithWebIdentity")
    .request(r#"{"roleArn":"arn:aws:iam::<account>:role/<@role>","roleSessionName":"<@session>","durationSeconds":3600}"#)
    .response(r#"{"subjectFromWebIdentityToken":"<@subject>","credentials":{"accessKeyId":"<@key>","sessionToken":"<@token>","expiration":"<expires>"},"assumedRoleUser":{"assumedRoleId":"<role-id>:<@session>","arn":"arn:aws:sts::<account>:assumed-role/<@role>/<@session>"},"provider":"arn:aws:iam::<account>:oidc-provider/<@issuer>","audience":"sts.amazonaws.com"}"#)
    .resources(ROLE);
pub(crate) static GET_CALLER_IDENTITY: Call = Call::read("sts", "GetCallerIdentity");
pub(crate) static GET_SESSION_TOKEN: Call = Call::read("sts", "GetSessionToken")
    .request(r#"{"durationSeconds":43200,"serialNumber":"arn:aws:iam::<account>:mfa/<@user>"}"#)
    .response(r#"{"credentials":{"accessKeyId":"<@session-key>","sessionToken":"<token>","expiration":"<expires>"}}"#);

pub(crate) static GET_ROLE: Call =
    Call::read("iam", "GetRole").request(r#"{"roleName":"<any-role>"}"#);
pub(crate) static LIST_ROLES: Call = Call::read("iam", "ListRoles").request(r#"{"maxItems":1000}"#);
pub(crate) static LIST_USERS: Call = Call::read("iam", "ListUsers").request(r#"{"maxItems":1000}"#);
pub(crate) static GET_USER: Call = Call::read("iam", "GetUser")
    .request(r#"{"userName":"<backup-agent|metrics-export|break-glass>"}"#);
pub(crate) static LIST_ACCESS_KEYS: Call = Call::read("iam", "ListAccessKeys")
    .request(r#"{"userName":"<backup-agent|metrics-export|break-glass>"}"#);
pub(crate) static LIST_ATTACHED_ROLE_POLICIES: Call =
    Call::read("iam", "ListAttachedRolePolicies").request(r#"{"roleName":"<any-role>"}"#);
pub(crate) static LIST_ROLE_POLICIES: Call =
    Call::read("iam", "ListRolePolicies").request(r#"{"roleName":"<any-role>"}"#);
pub(crate) static GET_ROLE_POLICY: Call = Call::read("iam", "GetRolePolicy")
    .request(r#"{"roleName":"<any-role>","policyName":"<policy>"}"#);
pub(crate) static GET_POLICY_VERSION: Call = Call::read("iam", "GetPolicyVersion")
    .request(r#"{"policyArn":"arn:aws:iam::<account>:policy/<policy>","versionId":"v<number-5>"}"#);
pub(crate) static GET_ACCOUNT_SUMMARY: Call = Call::read("iam", "GetAccountSummary");
pub(crate) static GENERATE_CREDENTIAL_REPORT: Call = Call::read("iam", "GenerateCredentialReport")
    .response(r#"{"state":"<STARTED|COMPLETE>","description":"No report exists. Starting a new report generation task"}"#);
pub(crate) static GET_ACCOUNT_AUTHORIZATION_DETAILS: Call =
    Call::read("iam", "GetAccountAuthorizationDetails").request(r#"{"filter":["User","Role"]}"#);
pub(crate) static CREATE_ROLE: Call = Call::write("iam", "CreateRole")
    .request(r#"{"path":"/","roleName":"<@any-role>","assumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"<ecs-tasks|lambda|ec2>.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}","maxSessionDuration":3600,"tags":[{"key":"managed-by","value":"terraform"}]}"#)
    .response(r#"{"role":{"path":"/","roleName":"<@any-role>","roleId":"AROA<base32-17>","arn":"arn:aws:iam::<account>:role/<@any-role>","createDate":"<long-time>","maxSessionDuration":3600}}"#)
    .resources(&[("AWS::IAM::Role", "arn:aws:iam::<account>:role/<@any-role>")]);
pub(crate) static PUT_ROLE_POLICY: Call = Call::write("iam", "PutRolePolicy")
    .request(r#"{"roleName":"<@any-role>","policyName":"<policy>","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:ListBucket\"],\"Resource\":[\"arn:aws:s3:::<bucket>\",\"arn:aws:s3:::<bucket>/*\"]}]}"}"#)
    .resources(&[("AWS::IAM::Role", "arn:aws:iam::<account>:role/<@any-role>")]);
pub(crate) static ATTACH_ROLE_POLICY: Call = Call::write("iam", "AttachRolePolicy")
    .request(r#"{"roleName":"<@any-role>","policyArn":"arn:aws:iam::<account>:policy/<policy>"}"#);
pub(crate) static UPDATE_ASSUME_ROLE_POLICY: Call = Call::write("iam", "UpdateAssumeRolePolicy")
    .request(r#"{"roleName":"<any-role>","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::666677778888:role/pipelines-deploy\"},\"Action\":\"sts:AssumeRole\"}]}"}"#);
pub(crate) static TAG_ROLE: Call = Call::write("iam", "TagRole")
    .request(r#"{"roleName":"<any-role>","tags":[{"key":"owner","value":"<person>"},{"key":"cost-center","value":"<4100|4210|4300>"}]}"#);
pub(crate) static UPDATE_ACCESS_KEY: Call = Call::write("iam", "UpdateAccessKey")
    .request(r#"{"accessKeyId":"AKIA<base32-16>","status":"Inactive","userName":"<backup-agent|metrics-export>"}"#);
pub(crate) static CREATE_USER: Call = Call::write("iam", "CreateUser")
    .request(r#"{"path":"/","userName":"<@new-user>"}"#)
    .response(r#"{"user":{"path":"/","userName":"<@new-user>","userId":"<@new-user-id>","arn":"arn:aws:iam::<account>:user/<@new-user>","createDate":"<long-time>"}}"#)
    .resources(&[("AWS::IAM::User", "arn:aws:iam::<account>:user/<@new-user>")]);
pub(crate) static CREATE_ACCESS_KEY: Call = Call::write("iam", "CreateAccessKey")
    .request(r#"{"userName":"<@new-user>"}"#)
    .response(r#"{"accessKey":{"accessKeyId":"<@new-key>","status":"Active","userName":"<@new-user>","createDate":"<long-time>"}}"#);
pub(crate) static ATTACH_USER_POLICY: Call = Call::write("iam", "AttachUserPolicy").request(
    r#"{"userName":"<@new-user>","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}"#,
);
pub(crate) static CREATE_SERVICE_LINKED_ROLE: Call = Call::write("iam", "CreateServiceLinkedRole")
    .request(r#"{"aWSServiceName":"<@linked-service>.amazonaws.com"}"#)
    .response(r#"{"role":{"path":"/aws-service-role/<@linked-service>.amazonaws.com/","roleName":"<@linked-role>","roleId":"AROA<base32-17>","arn":"arn:aws:iam::<account>:role/aws-service-role/<@linked-service>.amazonaws.com/<@linked-role>","createDate":"<long-time>"}}"#);
