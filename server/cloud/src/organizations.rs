//! AWS Organizations: a first look at the organization that the credentials belong to.

use crate::error::{CloudError, Result};
use aws_config::SdkConfig;

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
/// [`CloudError`] when AWS can't be reached or refuses to say.
pub async fn describe_organization(config: &SdkConfig) -> Result<Option<DescribedOrganization>> {
    let what = "could not describe the organization".to_owned();
    let client = aws_sdk_organizations::Client::new(config);
    match client.describe_organization().send().await {
        Ok(answer) => Ok(answer.organization().map(|organization| DescribedOrganization {
            id: organization.id().unwrap_or_default().to_owned(),
            management_account: organization.master_account_id().unwrap_or_default().to_owned(),
            feature_set: organization
                .feature_set()
                .map(|set| set.as_str().to_owned())
                .unwrap_or_default(),
        })),
        Err(error) => {
            let is_none = error
                .as_service_error()
                .is_some_and(aws_sdk_organizations::operation::describe_organization::DescribeOrganizationError::is_aws_organizations_not_in_use_exception);
            if is_none {
                return Ok(None);
            }
            let reason = aws_sdk_organizations::error::DisplayErrorContext(&error).to_string();
            Err(CloudError::Unreachable { what, reason })
        }
    }
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
