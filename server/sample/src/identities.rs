//! `userIdentity` in its variants.
//!
//! Source: CloudTrail User Guide, "CloudTrail userIdentity element".

/// An assumed role.
pub(crate) const SESSION: &str = r#"{"type":"AssumedRole","principalId":"<role-id>:<@session>","arn":"arn:aws:sts::<account>:assumed-role/<@role>/<@session>","accountId":"<account>","accessKeyId":"<@key>","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"<role-id>","arn":"arn:aws:iam::<account>:role/<@role-path><@role>","accountId":"<account>","userName":"<@role>"},"attributes":{"creationDate":"<@created>","mfaAuthenticated":"<@mfa>"}}}"#;

/// An assumed role whose session carries the person at the start of the chain.
pub(crate) const CHAINED_SESSION: &str = r#"{"type":"AssumedRole","principalId":"<role-id>:<@session>","arn":"arn:aws:sts::<account>:assumed-role/<@role>/<@session>","accountId":"<account>","accessKeyId":"<@key>","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"<role-id>","arn":"arn:aws:iam::<account>:role/<@role-path><@role>","accountId":"<account>","userName":"<@role>"},"attributes":{"creationDate":"<@created>","mfaAuthenticated":"<@mfa>"},"sourceIdentity":"<@person>"}}"#;

/// An assumed role of a pod or a pipeline, by web identity.
pub(crate) const WEB_SESSION: &str = r#"{"type":"AssumedRole","principalId":"<role-id>:<@session>","arn":"arn:aws:sts::<account>:assumed-role/<@role>/<@session>","accountId":"<account>","accessKeyId":"<@key>","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"<role-id>","arn":"arn:aws:iam::<account>:role/<@role>","accountId":"<account>","userName":"<@role>"},"webIdFederationData":{"federatedProvider":"arn:aws:iam::<account>:oidc-provider/<@issuer>","attributes":{}},"attributes":{"creationDate":"<@created>","mfaAuthenticated":"false"}}}"#;

/// The role of an EC2 instance.
pub(crate) const INSTANCE_SESSION: &str = r#"{"type":"AssumedRole","principalId":"<role-id>:<@session>","arn":"arn:aws:sts::<account>:assumed-role/<@role>/<@session>","accountId":"<account>","accessKeyId":"<@key>","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"<role-id>","arn":"arn:aws:iam::<account>:role/<@role>","accountId":"<account>","userName":"<@role>"},"attributes":{"creationDate":"<@created>","mfaAuthenticated":"false"},"ec2RoleDelivery":"2.0"}}"#;

/// A role that a service uses on behalf of the account.
pub(crate) const SERVICE_SESSION: &str = r#"{"type":"AssumedRole","principalId":"<role-id>:<@session>","arn":"arn:aws:sts::<account>:assumed-role/<@role>/<@session>","accountId":"<account>","accessKeyId":"<@key>","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"<role-id>","arn":"arn:aws:iam::<account>:role/<@role-path><@role>","accountId":"<account>","userName":"<@role>"},"attributes":{"creationDate":"<@created>","mfaAuthenticated":"false"}},"invokedBy":"<@service>"}"#;

/// An IAM user with a long-term access key.
pub(crate) const USER: &str = r#"{"type":"IAMUser","principalId":"<user-id>","arn":"arn:aws:iam::<account>:user/<@user>","accountId":"<account>","accessKeyId":"<user-key>","userName":"<@user>"}"#;

/// An IAM user at the sign-in page.
pub(crate) const USER_AT_SIGN_IN: &str = r#"{"type":"IAMUser","principalId":"<user-id>","arn":"arn:aws:iam::<account>:user/<@user>","accountId":"<account>","userName":"<@user>"}"#;

/// An IAM user in a session with a second factor.
pub(crate) const USER_SESSION: &str = r#"{"type":"IAMUser","principalId":"<user-id>","arn":"arn:aws:iam::<account>:user/<@user>","accountId":"<account>","accessKeyId":"<@session-key>","userName":"<@user>","sessionContext":{"attributes":{"creationDate":"<@created>","mfaAuthenticated":"true"}}}"#;

/// The user whom the intruder has made.
pub(crate) const NEW_USER: &str = r#"{"type":"IAMUser","principalId":"<@new-user-id>","arn":"arn:aws:iam::<account>:user/<@new-user>","accountId":"<account>","accessKeyId":"<@new-key>","userName":"<@new-user>"}"#;

/// Somebody at the sign-in page whose name is not known.
pub(crate) const UNKNOWN_USER: &str = r#"{"type":"IAMUser","accountId":"<account>","accessKeyId":"","userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#;

/// The root user.
pub(crate) const ROOT: &str = r#"{"type":"Root","principalId":"<account>","arn":"arn:aws:iam::<account>:root","accountId":"<account>","accessKeyId":"<@key>","sessionContext":{"attributes":{"creationDate":"<@created>","mfaAuthenticated":"true"}}}"#;

/// An AWS service.
pub(crate) const SERVICE: &str = r#"{"type":"AWSService","invokedBy":"<@service>"}"#;

/// The service behind a service event; such records have no type.
pub(crate) const SERVICE_EVENT: &str = r#"{"accountId":"<account>","invokedBy":"<@service>"}"#;

/// A person who comes from the identity provider by SAML.
pub(crate) const SAML_USER: &str = r#"{"type":"SAMLUser","principalId":"<@base64-27>=:<@session>","userName":"<@session>","identityProvider":"<@base64-27>="}"#;

/// A pod or a pipeline that comes with a token.
pub(crate) const WEB_USER: &str = r#"{"type":"WebIdentityUser","principalId":"arn:aws:iam::<account>:oidc-provider/<@issuer>:sts.amazonaws.com:<@subject>","userName":"<@subject>","identityProvider":"arn:aws:iam::<account>:oidc-provider/<@issuer>"}"#;

/// A person in IAM Identity Center.
pub(crate) const IDENTITY_CENTER_USER: &str = r#"{"type":"IdentityCenterUser","accountId":"<account>","onBehalfOf":{"userId":"<@hex-10>-<@uuid>","identityStoreArn":"arn:aws:identitystore::<management>:identitystore/d-90671a2b3c"},"credentialId":"<@hex-64>"}"#;

/// A principal of another account, as the account that is called sees it.
pub(crate) const PEER: &str =
    r#"{"type":"AWSAccount","principalId":"<@peer-principal>","accountId":"<@peer-account>"}"#;

/// A partner outside the organization.
pub(crate) const PARTNER: &str = r#"{"type":"AWSAccount","principalId":"AROA5PARTNER7QXYZ2K4M:collector","accountId":"999911118888"}"#;

/// The ARN of a role session, for error messages.
pub(crate) const SESSION_ARN: &str = "arn:aws:sts::<account>:assumed-role/<@role>/<@session>";
/// The ARN of an IAM user, for error messages.
pub(crate) const USER_ARN: &str = "arn:aws:iam::<account>:user/<@user>";
