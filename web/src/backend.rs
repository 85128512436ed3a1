//! What the console may ask, and the server functions that carry the questions there.
//!
//! The server puts an `Arc<dyn Backend>` for the current caller into the context; the caller's
//! identity is inside it, so nothing here decides what anybody may see.

use crate::failure::Failure;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use orgtrail_shared::console::{
    CellDetail, CellRequest, Completion, ConsoleError, CoverageGrid, CoverageRequest, FacetCounts,
    Histogram, Operations, Overview, QuarantinePage, SearchPage, SearchRequest, Viewer,
};
use orgtrail_shared::event::EventDetail;
use orgtrail_shared::organization::Organization;
#[cfg(feature = "ssr")]
use std::sync::Arc;

/// An answer of the backend.
pub type Answer<T> = Result<T, ConsoleError>;

/// Everything the console may ask on behalf of one caller.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Who is signed in.
    async fn viewer(&self) -> Answer<Viewer>;
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
    /// A page of the quarantine, the entries before the given number.
    async fn quarantine(&self, before: Option<i64>) -> Answer<QuarantinePage>;
    /// The state of jobs and sources.
    async fn operations(&self) -> Answer<Operations>;
    /// The server's clock.
    async fn now(&self) -> DateTime<Utc>;
}

/// What the sign-in page needs before there is a session; the server provides it as context.
#[derive(Clone, Debug)]
pub struct SignInContext {
    /// The token that the sign-in form sends back.
    pub csrf: String,
}

#[cfg(feature = "ssr")]
fn backend() -> Result<Arc<dyn Backend>, Failure> {
    use_context().ok_or(Failure::Answer(ConsoleError::NotSignedIn))
}

/// Asks who is signed in.
#[server(prefix = "/ui", endpoint = "viewer", input = Json)]
pub(crate) async fn ask_viewer() -> Result<Viewer, Failure> {
    Ok(backend()?.viewer().await?)
}

/// Asks for one page of events.
#[server(prefix = "/ui", endpoint = "search", input = Json)]
pub(crate) async fn ask_search(
    request: SearchRequest,
    page: Option<String>,
) -> Result<SearchPage, Failure> {
    Ok(backend()?.search(request, page).await?)
}

/// Asks for the events of a search over time.
#[server(prefix = "/ui", endpoint = "histogram", input = Json)]
pub(crate) async fn ask_histogram(request: SearchRequest) -> Result<Histogram, Failure> {
    Ok(backend()?.histogram(request).await?)
}

/// Asks for the facets of a search.
#[server(prefix = "/ui", endpoint = "facets", input = Json)]
pub(crate) async fn ask_facets(request: SearchRequest) -> Result<Vec<FacetCounts>, Failure> {
    Ok(backend()?.facets(request).await?)
}

/// Asks for suggestions for the word at the cursor.
#[server(prefix = "/ui", endpoint = "complete", input = Json)]
pub(crate) async fn ask_complete(
    request: SearchRequest,
    word: String,
) -> Result<Vec<Completion>, Failure> {
    Ok(backend()?.complete(request, word).await?)
}

/// Asks for everything about one event id.
#[server(prefix = "/ui", endpoint = "event", input = Json)]
pub(crate) async fn ask_event(event_id: String) -> Result<EventDetail, Failure> {
    Ok(backend()?.event(event_id).await?)
}

/// Asks for the overview.
#[server(prefix = "/ui", endpoint = "overview", input = Json)]
pub(crate) async fn ask_overview(scope: String) -> Result<Overview, Failure> {
    Ok(backend()?.overview(scope).await?)
}

/// Asks for the organization.
#[server(prefix = "/ui", endpoint = "organization", input = Json)]
pub(crate) async fn ask_organization() -> Result<Organization, Failure> {
    Ok(backend()?.organization().await?)
}

/// Asks for the coverage grid.
#[server(prefix = "/ui", endpoint = "coverage", input = Json)]
pub(crate) async fn ask_coverage(request: CoverageRequest) -> Result<CoverageGrid, Failure> {
    Ok(backend()?.coverage(request).await?)
}

/// Asks what lies behind one cell of the grid.
#[server(prefix = "/ui", endpoint = "cell", input = Json)]
pub(crate) async fn ask_cell(request: CellRequest) -> Result<CellDetail, Failure> {
    Ok(backend()?.cell(request).await?)
}

/// Asks for a page of the quarantine.
#[server(prefix = "/ui", endpoint = "quarantine", input = Json)]
pub(crate) async fn ask_quarantine(before: Option<i64>) -> Result<QuarantinePage, Failure> {
    Ok(backend()?.quarantine(before).await?)
}

/// Asks for the state of jobs and sources.
#[server(prefix = "/ui", endpoint = "operations", input = Json)]
pub(crate) async fn ask_operations() -> Result<Operations, Failure> {
    Ok(backend()?.operations().await?)
}

/// Asks for the server's clock.
#[server(prefix = "/ui", endpoint = "now", input = Json)]
pub(crate) async fn ask_now() -> Result<DateTime<Utc>, Failure> {
    Ok(backend()?.now().await)
}

/// Asks for the token that the sign-in form sends back.
#[server(prefix = "/ui", endpoint = "sign_in_token", input = Json)]
pub(crate) async fn ask_sign_in_token() -> Result<String, Failure> {
    let context = use_context::<SignInContext>();
    std::future::ready(Ok(context.map(|context| context.csrf).unwrap_or_default())).await
}
