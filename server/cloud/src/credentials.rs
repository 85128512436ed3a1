//! Clients with the credentials that a source is configured with.

use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{Builder, Region};
use std::fmt;
use std::time::Duration;

/// How to reach a store and as whom.
#[derive(Clone, Default)]
pub struct StoreAccess {
    /// The endpoint; AWS's own when there is none.
    pub endpoint: Option<String>,
    /// The Region.
    pub region: String,
    /// Access key id and secret.
    pub keys: Option<(String, String)>,
    /// A profile of the AWS configuration files.
    pub profile: Option<String>,
    /// A role to assume with the credentials so far.
    pub role_arn: Option<String>,
    /// The external id that the role demands.
    pub external_id: Option<String>,
}

impl fmt::Debug for StoreAccess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StoreAccess")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("access_key_id", &self.keys.as_ref().map(|(id, _)| id))
            .field("role_arn", &self.role_arn)
            .finish_non_exhaustive()
    }
}

/// Makes an S3 client: path style, a few attempts with back-off, bounded waits.
pub async fn s3_client(access: &StoreAccess) -> Client {
    let region = Region::new(access.region.clone());
    let mut config = Builder::new()
        .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
        .region(region.clone())
        .force_path_style(true)
        .retry_config(RetryConfig::standard().with_max_attempts(5))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(10))
                .read_timeout(Duration::from_mins(1))
                .build(),
        );
    if let Some(endpoint) = &access.endpoint {
        config = config.endpoint_url(endpoint);
    }
    config = config.credentials_provider(provider(access, region).await);
    Client::from_conf(config.build())
}

/// Makes an SQS client. A long poll takes up to 20 seconds, so its answer may take longer than that.
pub(crate) async fn sqs_client(access: &StoreAccess) -> aws_sdk_sqs::Client {
    let region = Region::new(access.region.clone());
    let mut config = aws_sdk_sqs::config::Builder::new()
        .behavior_version(aws_sdk_sqs::config::BehaviorVersion::latest())
        .region(region.clone())
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(10))
                .read_timeout(Duration::from_secs(40))
                .build(),
        );
    if let Some(endpoint) = &access.endpoint {
        config = config.endpoint_url(endpoint);
    }
    config = config.credentials_provider(provider(access, region).await);
    aws_sdk_sqs::Client::from_conf(config.build())
}

async fn provider(access: &StoreAccess, region: Region) -> SharedCredentialsProvider {
    if let (Some((id, secret)), None) = (&access.keys, &access.role_arn) {
        return SharedCredentialsProvider::new(Credentials::new(
            id, secret, None, None, "orgtrail",
        ));
    }
    let mut loader =
        aws_config::defaults(aws_config::BehaviorVersion::latest()).region(region.clone());
    if let Some((id, secret)) = &access.keys {
        loader = loader.credentials_provider(Credentials::new(id, secret, None, None, "orgtrail"));
    } else if let Some(profile) = &access.profile {
        loader = loader.profile_name(profile);
    }
    let base = loader.load().await;
    match &access.role_arn {
        Some(role) => {
            let mut assume = AssumeRoleProvider::builder(role)
                .session_name("orgtrail")
                .region(region)
                .configure(&base);
            if let Some(external_id) = &access.external_id {
                assume = assume.external_id(external_id);
            }
            SharedCredentialsProvider::new(assume.build().await)
        }
        None => base.credentials_provider().unwrap_or_else(|| {
            // Without any credentials every call is refused by the store, with its own words.
            SharedCredentialsProvider::new(Credentials::new("none", "none", None, None, "orgtrail"))
        }),
    }
}
