//! What the console may ask, and the server functions that carry a browser's questions there.
//!
//! The caller's identity is inside the backend, so nothing here decides what anybody may see.

use crate::failure::Failure;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use orgtrail_shared::console::Completion;

#[cfg(feature = "ssr")]
pub use asked::{Answer, Backend};

#[cfg(feature = "ssr")]
mod asked {
    use async_trait::async_trait;
    use chrono::{DateTime, Utc};
    use orgtrail_shared::access::EventAccessPage;
    use orgtrail_shared::authorization::{Explanation, WhyQuestion};
    use orgtrail_shared::console::{
        CellDetail, CellRequest, Completion, ConsoleError, CoverageGrid, CoverageRequest,
        FacetCounts, Histogram, Overview, QuarantinePage, SearchPage, SearchRequest, Viewer,
    };
    use orgtrail_shared::event::EventDetail;
    use orgtrail_shared::identity_provider::{ProviderBook, SignInOption};
    use orgtrail_shared::operations::Operations;
    use orgtrail_shared::organization::{
        AccountDetail, Organization, PolicyAnswer, PolicyBook, PolicyQuestion,
    };
    use orgtrail_shared::rules::RuleBook;
    use orgtrail_shared::settings::Settings;
    use orgtrail_shared::what_if::{WhatIf, WhatIfQuestion};

    /// An answer of the backend.
    pub type Answer<T> = Result<T, ConsoleError>;

    /// Everything the console may ask on behalf of one caller.
    #[async_trait]
    pub trait Backend: Send + Sync {
        /// Who is signed in.
        async fn viewer(&self) -> Answer<Viewer>;
        /// The identity providers that people sign in with; asked for nobody.
        async fn sign_in_options(&self) -> Answer<Vec<SignInOption>>;
        /// Who the organization's identity provider is.
        async fn identity_provider(&self) -> Answer<ProviderBook>;
        /// One page of events, newest first.
        async fn search(&self, request: SearchRequest, page: Option<String>) -> Answer<SearchPage>;
        /// The events of a search over time.
        async fn histogram(&self, request: SearchRequest) -> Answer<Histogram>;
        /// The most frequent values of each facet.
        async fn facets(&self, request: SearchRequest) -> Answer<Vec<FacetCounts>>;
        /// Suggestions for the word at the cursor.
        async fn complete(&self, request: SearchRequest, word: String) -> Answer<Vec<Completion>>;
        /// Everything about one event id.
        async fn event(&self, event_id: String) -> Answer<EventDetail>;
        /// What arrived, and what is wrong, in the scope.
        async fn overview(&self, scope: String) -> Answer<Overview>;
        /// The organization, as far as the caller may see it.
        async fn organization(&self) -> Answer<Organization>;
        /// The coverage grid.
        async fn coverage(&self, request: CoverageRequest) -> Answer<CoverageGrid>;
        /// What lies behind one cell of the grid.
        async fn cell(&self, request: CellRequest) -> Answer<CellDetail>;
        /// The rules of authorization.
        async fn rules(&self) -> Answer<RuleBook>;
        /// The service control policies.
        async fn policies(&self) -> Answer<PolicyBook>;
        /// What a service control policy would do.
        async fn what_if(&self, question: WhatIfQuestion) -> Answer<WhatIf>;
        /// Who has looked at events, the looks before the given number.
        async fn accesses(&self, before: Option<i64>) -> Answer<EventAccessPage>;
        /// A page of the quarantine, the entries before the given number.
        async fn quarantine(&self, before: Option<i64>) -> Answer<QuarantinePage>;
        /// The state of jobs and sources.
        async fn operations(&self) -> Answer<Operations>;
        /// One account with its history and the policies above it.
        async fn account(&self, id: String) -> Answer<AccountDetail>;
        /// What the policies above an account say about a request.
        async fn policy_answer(&self, id: String, question: PolicyQuestion)
        -> Answer<PolicyAnswer>;
        /// The caller's keys and sessions, and the people that they manage.
        async fn settings(&self) -> Answer<Settings>;
        /// Why somebody may do something, or may not.
        async fn explain(&self, question: WhyQuestion) -> Answer<Explanation>;
        /// The server's clock.
        async fn now(&self) -> DateTime<Utc>;
    }
}

/// The backend of the caller, which the server puts into the context of a server function.
#[cfg(feature = "ssr")]
fn backend() -> Result<std::sync::Arc<dyn Backend>, Failure> {
    use orgtrail_shared::console::ConsoleError;
    use_context().ok_or(Failure::Answer(ConsoleError::NotSignedIn))
}

/// What the search page at an address asks.
#[cfg(feature = "ssr")]
async fn request_at(
    backend: &dyn Backend,
    parameters: &str,
) -> Result<orgtrail_shared::console::SearchRequest, Failure> {
    use crate::address::{Params, SearchAddress};
    let now = crate::ranges::end_of_minute(backend.now().await);
    Ok(SearchAddress::from_params(&Params::parse(parameters)).request_at(now)?)
}

/// Asks for suggestions for a word, given the parameters of the search page without it.
#[server(prefix = "/ui", endpoint = "complete", input = Json)]
pub(crate) async fn ask_complete(
    parameters: String,
    word: String,
) -> Result<Vec<Completion>, Failure> {
    let backend = backend()?;
    let request = request_at(&*backend, &parameters).await?;
    Ok(backend.complete(request, word).await?)
}

/// Asks how many events the search page at these parameters finds now.
#[server(prefix = "/ui", endpoint = "count", input = Json)]
pub(crate) async fn ask_count(parameters: String) -> Result<u64, Failure> {
    let backend = backend()?;
    let request = request_at(&*backend, &parameters).await?;
    Ok(backend.histogram(request).await?.total.events)
}
