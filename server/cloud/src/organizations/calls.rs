//! The calls to AWS Organizations: paced, paged to the end, repeated while that may help.

use super::whole::WholeAnswers;
use crate::error::{CloudError, Result};
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_organizations::Client;
use aws_sdk_organizations::operation::describe_organization::DescribeOrganizationError;
use aws_sdk_organizations::types::{
    Account, DelegatedAdministrator, EnabledServicePrincipal, Organization, OrganizationalUnit,
    Policy, PolicySummary, PolicyType, Root,
};
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The service whose administrators and trust count.
pub(super) const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";

/// How fast and how stubbornly the organization is read. The rates of Organizations are low, and shared by everybody
/// who asks in the same account.
#[derive(Clone, Debug)]
pub struct Pace {
    /// The shortest time between the beginnings of two calls. Repeated attempts of a call have their own waits.
    pub between_calls: Duration,
    /// How often a call is tried at most, when it is throttled, when the service fails or can't be reached.
    pub attempts: u32,
    /// The wait before a second attempt; further ones are longer.
    pub backoff: Duration,
    /// The longest wait between two attempts.
    pub backoff_max: Duration,
    /// How many pages one listing has at most: a service that gives new pages for ever is not followed.
    pub pages_max: usize,
}

impl Default for Pace {
    /// Five calls a second. A page holds at most 20 entries, so the pages are enough for 40,000 accounts.
    fn default() -> Self {
        Self {
            between_calls: Duration::from_millis(200),
            attempts: 8,
            backoff: Duration::from_secs(1),
            backoff_max: Duration::from_secs(20),
            pages_max: 2_000,
        }
    }
}

/// One page: its entries and the token of the next one.
type Page<T> = (Vec<T>, Option<String>);

/// When calls may begin.
#[derive(Debug)]
pub(super) struct Turns {
    between: Duration,
    next: Option<Instant>,
}

impl Turns {
    pub(super) fn new(between: Duration) -> Self {
        Self { between, next: None }
    }

    /// When a call that is ready `now` may begin. Time that nobody used is not saved up.
    pub(super) fn take(&mut self, now: Instant) -> Instant {
        let turn = self.next.map_or(now, |next| next.max(now));
        self.next = Some(turn + self.between);
        turn
    }
}

/// Makes one call after the other.
#[derive(Debug)]
pub(super) struct Caller {
    client: Client,
    turns: Turns,
    pages_max: usize,
}

impl Caller {
    pub(super) fn new(config: &SdkConfig, pace: &Pace) -> Self {
        let config = aws_sdk_organizations::config::Builder::from(config)
            .interceptor(WholeAnswers)
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(pace.attempts)
                    .with_initial_backoff(pace.backoff)
                    .with_max_backoff(pace.backoff_max),
            )
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(10))
                    .read_timeout(Duration::from_secs(30))
                    .operation_attempt_timeout(Duration::from_mins(1))
                    .build(),
            );
        Self {
            client: Client::from_conf(config.build()),
            turns: Turns::new(pace.between_calls),
            pages_max: pace.pages_max,
        }
    }

    /// Waits until the next call may begin.
    async fn turn(&mut self) {
        sleep_until(self.turns.take(Instant::now())).await;
    }

    /// Reads all pages of a listing. Only a page without a token is the last one: an empty page may have one.
    ///
    /// Source: AWS Organizations API reference, "NextToken": a null token is the end, an empty list is not.
    async fn pages<T, F>(
        &mut self,
        what: &str,
        ask: impl Fn(Client, Option<String>) -> F,
    ) -> Result<Vec<T>>
    where
        F: Future<Output = Result<Page<T>>>,
    {
        let broken = |reason: String| CloudError::Other { what: what.to_owned(), reason };
        let (mut all, mut token, mut tokens) = (Vec::new(), None, HashSet::new());
        for _ in 0..self.pages_max {
            self.turn().await;
            let (entries, next) = ask(self.client.clone(), token).await?;
            all.extend(entries);
            let Some(next) = next.filter(|next| !next.is_empty()) else {
                return Ok(all);
            };
            if !tokens.insert(next.clone()) {
                return Err(broken("the service gave the same page token twice".to_owned()));
            }
            token = Some(next);
        }
        Err(broken(format!("the service gave more than {} pages", self.pages_max)))
    }

    /// The organization; `None` when the account is in none.
    pub(super) async fn organization(&mut self) -> Result<Option<Organization>> {
        self.turn().await;
        describe_organization(&self.client).await
    }

    pub(super) async fn roots(&mut self) -> Result<Vec<Root>> {
        let what = "could not list the roots";
        self.pages(what, |client, token| async move {
            let answer = client.list_roots().set_next_token(token).send().await;
            let answer = answer.map_err(|error| CloudError::from_sdk(what, error))?;
            Ok((answer.roots.unwrap_or_default(), answer.next_token))
        })
        .await
    }

    pub(super) async fn units_in(&mut self, parent: &str) -> Result<Vec<OrganizationalUnit>> {
        let what = &format!("could not list the units in {parent}");
        self.pages(what, |client, token| async move {
            let call = client.list_organizational_units_for_parent().parent_id(parent);
            let answer = call.set_next_token(token).send().await;
            let answer = answer.map_err(|error| CloudError::from_sdk(what, error))?;
            Ok((answer.organizational_units.unwrap_or_default(), answer.next_token))
        })
        .await
    }

    pub(super) async fn accounts_in(&mut self, parent: &str) -> Result<Vec<Account>> {
        let what = &format!("could not list the accounts in {parent}");
        self.pages(what, |client, token| async move {
            let call = client.list_accounts_for_parent().parent_id(parent);
            let answer = call.set_next_token(token).send().await;
            let answer = answer.map_err(|error| CloudError::from_sdk(what, error))?;
            Ok((answer.accounts.unwrap_or_default(), answer.next_token))
        })
        .await
    }

    /// All accounts, wherever they lie.
    pub(super) async fn accounts(&mut self) -> Result<Vec<Account>> {
        let what = "could not list the accounts";
        self.pages(what, |client, token| async move {
            let answer = client.list_accounts().set_next_token(token).send().await;
            let answer = answer.map_err(|error| CloudError::from_sdk(what, error))?;
            Ok((answer.accounts.unwrap_or_default(), answer.next_token))
        })
        .await
    }

    /// The accounts that administer CloudTrail for the organization.
    pub(super) async fn administrators(&mut self) -> Result<Vec<DelegatedAdministrator>> {
        let what = "could not list the delegated administrators";
        self.pages(what, |client, token| async move {
            let call = client.list_delegated_administrators().service_principal(CLOUDTRAIL);
            let answer = call.set_next_token(token).send().await;
            let answer = answer.map_err(|error| CloudError::from_sdk(what, error))?;
            Ok((answer.delegated_administrators.unwrap_or_default(), answer.next_token))
        })
        .await
    }

    /// The services that are trusted to act in the accounts.
    pub(super) async fn trusted_services(&mut self) -> Result<Vec<EnabledServicePrincipal>> {
        let what = "could not list the services with trusted access";
        self.pages(what, |client, token| async move {
            let call = client.list_aws_service_access_for_organization();
            let answer = call.set_next_token(token).send().await;
            let answer = answer.map_err(|error| CloudError::from_sdk(what, error))?;
            Ok((answer.enabled_service_principals.unwrap_or_default(), answer.next_token))
        })
        .await
    }

    /// The service control policies that are attached directly to a root, a unit or an account.
    pub(super) async fn policies_of(&mut self, target: &str) -> Result<Vec<PolicySummary>> {
        let what = &format!("could not list the policies of {target}");
        self.pages(what, |client, token| async move {
            let call = client.list_policies_for_target().target_id(target);
            let call = call.filter(PolicyType::ServiceControlPolicy);
            let answer = call.set_next_token(token).send().await;
            let answer = answer.map_err(|error| CloudError::from_sdk(what, error))?;
            Ok((answer.policies.unwrap_or_default(), answer.next_token))
        })
        .await
    }

    /// A policy with its document; `None` when the answer is empty.
    pub(super) async fn policy(&mut self, id: &str) -> Result<Option<Policy>> {
        self.turn().await;
        let what = format!("could not describe the policy {id}");
        let answer = self.client.describe_policy().policy_id(id).send().await;
        Ok(answer.map_err(|error| CloudError::from_sdk(what, error))?.policy)
    }
}

/// The organization; `None` when the account is in none.
pub(super) async fn describe_organization(client: &Client) -> Result<Option<Organization>> {
    match client.describe_organization().send().await {
        Ok(answer) => Ok(answer.organization),
        Err(error)
            if error.as_service_error().is_some_and(
                DescribeOrganizationError::is_aws_organizations_not_in_use_exception,
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(CloudError::from_sdk("could not describe the organization", error)),
    }
}
