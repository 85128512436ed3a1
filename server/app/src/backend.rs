//! What the console may ask: one object per request, which carries the caller.

mod accesses;
mod account;
mod coverage;
pub(crate) mod edits;
mod findings;
pub mod grants;
mod index;
mod lookup;
pub(crate) mod operations;
mod overview;
mod provider;
mod quarantine;
mod rules;
pub(crate) mod searching;
pub mod second_factor;
pub mod settings;
mod what_if;
mod why;

use crate::access::Caller;
use crate::audit::{Deed, Seen, attempt, look};
use crate::search::{self, internal};
use crate::services::Services;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use orgtrail_domain::clock::Clock;
use orgtrail_shared::access::EventAccessPage;
use orgtrail_shared::authorization::{Explanation, WhyQuestion};
use orgtrail_shared::console::{
    CellDetail, CellRequest, Completion, ConsoleError, CoverageGrid, CoverageRequest, FacetCounts,
    Histogram, Overview, QuarantinePage, SearchPage, SearchRequest, Viewer,
};
use orgtrail_shared::event::{AccountName, EventDetail};
use orgtrail_shared::identity_provider::{ProviderBook, SignInOption};
use orgtrail_shared::operations::Operations;
use orgtrail_shared::organization::{
    AccountDetail, Organization, PolicyAnswer, PolicyBook, PolicyQuestion,
};
use orgtrail_shared::page::{EventPosition, PageSize};
use orgtrail_shared::rules::RuleBook;
use orgtrail_shared::settings::{NewKey, Settings};
use orgtrail_shared::what_if::{WhatIf, WhatIfQuestion};
use orgtrail_web::backend::{Answer, Backend};
use serde_json::json;
use uuid::Uuid;

pub use accesses::accesses;
pub use account::{account_detail, policy_answer};
pub use coverage::{cell, coverage_intervals};
pub use edits::{edit_organization, policies};
pub(crate) use lookup::{Lookup, lookup_page};
pub use operations::operations;
pub use overview::{organization, overview};
pub use provider::{change_provider, provider, sign_in_options};
pub(crate) use provider::{check_provider, provider_deed, put_provider};
pub use quarantine::{quarantine, retry_entry};
pub use rules::{change_rules, rules};
pub use what_if::what_if;
pub use why::explain;
pub(crate) use why::refusal_of;

/// Answers one caller.
pub struct CallerBackend {
    /// The services.
    pub services: Services,
    /// The caller; `None` for somebody who is not signed in.
    pub caller: Option<Caller>,
    /// What the caller's forms send back.
    pub csrf_token: String,
    /// A key that the caller made a moment ago.
    pub new_key: Option<NewKey>,
}

impl CallerBackend {
    fn caller(&self) -> Result<&Caller, ConsoleError> {
        self.caller.as_ref().ok_or(ConsoleError::NotSignedIn)
    }
}

#[async_trait]
impl Backend for CallerBackend {
    async fn viewer(&self) -> Answer<Viewer> {
        let caller = self.caller()?;
        let accounts = caller.accounts.iter().filter_map(|account| {
            Some(AccountName { id: account.id()?, name: account.name.clone() })
        });
        let own = caller
            .accounts
            .iter()
            .find(|account| Some(account.account_id) == caller.user.account_id);
        Ok(Viewer {
            name: caller.user.name.clone(),
            role: caller.role,
            sees_all_accounts: caller.scope.accounts == orgtrail_storage::AccountScope::All,
            account: own.and_then(orgtrail_storage::organizations::AccountRow::id),
            organization: caller.organization.id.clone(),
            organization_name: caller.organization.name.clone(),
            accounts: accounts.collect(),
            units: self.services.database.units(&caller.scope).await.map_err(internal)?,
            csrf_token: self.csrf_token.clone(),
        })
    }

    async fn sign_in_options(&self) -> Answer<Vec<SignInOption>> {
        sign_in_options(&self.services).await
    }

    async fn identity_provider(&self) -> Answer<ProviderBook> {
        provider(&self.services, self.caller()?).await
    }

    async fn search(&self, request: SearchRequest, page: Option<String>) -> Answer<SearchPage> {
        let (caller, size) = (self.caller()?, PageSize::default());
        Ok(searching::search(&self.services, caller, &request, size, page.as_deref()).await?.answer)
    }

    async fn histogram(&self, request: SearchRequest) -> Answer<Histogram> {
        Ok(searching::histogram(&self.services, self.caller()?, &request).await?.answer)
    }

    async fn facets(&self, request: SearchRequest) -> Answer<Vec<FacetCounts>> {
        Ok(searching::facets(&self.services, self.caller()?, &request).await?.answer)
    }

    async fn complete(&self, request: SearchRequest, word: String) -> Answer<Vec<Completion>> {
        searching::suggestions(&self.services, self.caller()?, &request, &word).await
    }

    async fn event(&self, event_id: String) -> Answer<EventDetail> {
        event_detail(&self.services, self.caller()?, &event_id).await
    }

    async fn overview(&self, scope: String) -> Answer<Overview> {
        overview(&self.services, self.caller()?, &scope).await
    }

    async fn organization(&self) -> Answer<Organization> {
        organization(&self.services, self.caller()?).await
    }

    async fn coverage(&self, request: CoverageRequest) -> Answer<CoverageGrid> {
        coverage::grid(&self.services, self.caller()?, &request).await
    }

    async fn cell(&self, request: CellRequest) -> Answer<CellDetail> {
        cell(&self.services, self.caller()?, &request).await
    }

    async fn quarantine(&self, before: Option<i64>) -> Answer<QuarantinePage> {
        quarantine(&self.services, self.caller()?, before).await
    }

    async fn accesses(&self, before: Option<i64>) -> Answer<EventAccessPage> {
        accesses(&self.services, self.caller()?, before).await
    }

    async fn account(&self, id: String) -> Answer<AccountDetail> {
        account_detail(&self.services, self.caller()?, &id).await
    }

    async fn policy_answer(&self, id: String, question: PolicyQuestion) -> Answer<PolicyAnswer> {
        policy_answer(&self.services, self.caller()?, &id, question).await
    }

    async fn settings(&self) -> Answer<Settings> {
        let found = settings::settings(&self.services, self.caller()?).await?;
        Ok(Settings { new_key: self.new_key.clone(), ..found })
    }

    async fn operations(&self) -> Answer<Operations> {
        operations(&self.services, self.caller()?).await
    }

    async fn explain(&self, question: WhyQuestion) -> Answer<Explanation> {
        explain(&self.services, self.caller()?, question).await
    }

    async fn rules(&self) -> Answer<RuleBook> {
        rules(&self.services, self.caller()?).await
    }

    async fn policies(&self) -> Answer<PolicyBook> {
        policies(&self.services, self.caller()?).await
    }

    async fn what_if(&self, question: WhatIfQuestion) -> Answer<WhatIf> {
        what_if(&self.services, self.caller()?, question).await
    }

    async fn now(&self) -> DateTime<Utc> {
        Clock::now(&*self.services.clock)
    }
}

/// Everything about an event, by its id or by its position in the order of results.
///
/// # Errors
///
/// [`ConsoleError::NotFound`] when there is none that the caller may see.
pub async fn event_detail(
    services: &Services,
    caller: &Caller,
    event_id: &str,
) -> Result<EventDetail, ConsoleError> {
    let shown: String = event_id.chars().take(80).collect();
    let deed = Deed::read("GetEvent", json!({ "eventId": shown }));
    attempt(services, caller, &deed, find_event(services, caller, event_id, &deed)).await
}

async fn find_event(
    services: &Services,
    caller: &Caller,
    event_id: &str,
    deed: &Deed,
) -> Result<EventDetail, ConsoleError> {
    let rows = if let Ok(position) = EventPosition::from_token(event_id) {
        let row = services.database.event_at(&caller.scope, position).await.map_err(internal)?;
        row.into_iter().collect()
    } else if let Ok(id) = event_id.parse::<Uuid>() {
        services.database.event_by_id(&caller.scope, id).await.map_err(internal)?
    } else {
        Vec::new()
    };
    let Some(first) = rows.first() else {
        let shown: String = event_id.chars().take(80).collect();
        return Err(ConsoleError::NotFound {
            message: format!("there is no event `{shown}` among those that you may see"),
        });
    };
    let event_id = first.hit.event_id.to_string();
    let mut accounts: Vec<i32> = rows.iter().map(|row| row.hit.account_id).collect();
    accounts.dedup();
    let seen = Seen {
        accounts: Some(accounts),
        event: Some(event_id.clone()),
        question: Some(event_id.clone()),
        ..Seen::default()
    };
    look(services, caller, deed, seen).await?;
    let contents =
        futures::future::join_all(rows.iter().map(|row| search::content(services, row))).await;
    Ok(EventDetail { event_id, contents })
}
