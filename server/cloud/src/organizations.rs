//! AWS Organizations: which organization the credentials belong to, and all that is known of it.

mod calls;
mod convert;
mod fetch;
mod whole;

pub use calls::Pace;
pub use fetch::fetch_snapshot;

use crate::error::Result;
use aws_config::SdkConfig;

/// AWS Organizations, as the usual AWS credentials reach it.
#[derive(Clone, Debug)]
pub struct AwsOrganizations {
    config: SdkConfig,
    pace: Pace,
}

impl AwsOrganizations {
    /// The service at AWS's own endpoint or at another one. It is in one Region for all.
    pub async fn new(endpoint: Option<&str>, pace: Pace) -> Self {
        Self { config: default_config("us-east-1", endpoint).await, pace }
    }

    /// The organization as it is now; `None` when the credentials belong to none.
    ///
    /// # Errors
    ///
    /// [`crate::error::CloudError`] when anything of it could not be read: there is no part of an organization.
    pub async fn snapshot(
        &self,
    ) -> Result<Option<orgtrail_domain::organization::snapshot::Snapshot>> {
        fetch_snapshot(&self.config, &self.pace).await
    }
}

/// What `DescribeOrganization` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedOrganization {
    /// The organization's id.
    pub id: String,
    /// The management account's id.
    pub management_account: String,
    /// `ALL` or `CONSOLIDATED_BILLING`.
    pub feature_set: String,
}

/// Asks which organization the default credentials belong to. `None` when they belong to none.
///
/// # Errors
///
/// [`CloudError`](crate::error::CloudError) when AWS can't be reached or refuses to say.
pub async fn describe_organization(config: &SdkConfig) -> Result<Option<DescribedOrganization>> {
    let client = aws_sdk_organizations::Client::new(config);
    let found = calls::describe_organization(&client).await?;
    Ok(found.map(|organization| DescribedOrganization {
        id: organization.id().unwrap_or_default().to_owned(),
        management_account: organization.master_account_id().unwrap_or_default().to_owned(),
        feature_set: organization
            .feature_set()
            .map(|set| set.as_str().to_owned())
            .unwrap_or_default(),
    }))
}

/// The default credentials of the environment, for one Region and endpoint.
pub async fn default_config(region: &str, endpoint: Option<&str>) -> SdkConfig {
    let mut loader = aws_config::defaults(aws_config::BehaviorVersion::latest())
        .region(aws_config::Region::new(region.to_owned()));
    if let Some(endpoint) = endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    loader.load().await
}

#[cfg(test)]
mod tests;
