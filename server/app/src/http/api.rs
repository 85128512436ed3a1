//! `/api/v1`: the same questions as the console's, for scripts.

mod account;
mod authorization;
mod error;
mod parameters;
mod provider;
mod second_factor;
mod settings;

pub use error::ApiError;
pub(super) use error::status_of;

use super::AppState;
use super::authentication::CallerExtension;
use crate::access::Caller;
use crate::backend::{accesses, searching};
use crate::backend::{
    cell, coverage_intervals, event_detail, operations, organization, overview, quarantine,
    retry_entry,
};
use crate::search::Answered;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use orgtrail_shared::console::{ConsoleError, CoverageRequest};
use parameters::{
    ApiQuery, CellParameters, CompletionParameters, CoverageParameters, OverviewParameters,
    QuarantineParameters, SearchParameters,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use utoipa::OpenApi;

/// The description of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "orgtrail",
        description = "Search over the organization's events, and what is proven about them. Every answer is cut to \
                       what the caller may see. Authenticate by `Authorization: Bearer TOKEN`; `orgtrail token NAME` \
                       prints one."
    ),
    paths(
        list_events,
        show_event,
        count_events,
        list_facets,
        list_completions,
        list_coverage,
        show_cell,
        show_overview,
        show_organization,
        list_accesses,
        list_quarantine,
        retry_quarantined,
        show_operations,
        account::show_account,
        account::ask_policies,
        authorization::explain_decision,
        authorization::try_policy,
        authorization::make_edit,
        second_factor::begin,
        second_factor::confirm,
        second_factor::remove,
        second_factor::require,
        authorization::list_policies,
        authorization::show_rules,
        authorization::put_rules,
        provider::show_provider,
        provider::put_provider,
        authorization::list_grants,
        authorization::make_grant,
        authorization::delete_grant,
        settings::show_identity,
        settings::list_people,
        settings::list_keys,
        settings::make_key,
        settings::disable_key,
        settings::enable_key,
        settings::delete_key,
        settings::list_sessions,
        settings::delete_session
    )
)]
pub struct ApiDocument;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v1/openapi.json", get(document))
        .route("/api/v1/events", get(list_events))
        .route("/api/v1/events/histogram", get(count_events))
        .route("/api/v1/events/facets", get(list_facets))
        .route("/api/v1/events/{id}", get(show_event))
        .route("/api/v1/completions", get(list_completions))
        .route("/api/v1/coverage", get(list_coverage))
        .route("/api/v1/coverage/cell", get(show_cell))
        .route("/api/v1/overview", get(show_overview))
        .route("/api/v1/organization", get(show_organization))
        .route("/api/v1/event-accesses", get(list_accesses))
        .route("/api/v1/quarantine", get(list_quarantine))
        .route("/api/v1/quarantine/{id}/retry", post(retry_quarantined))
        .route("/api/v1/operations", get(show_operations))
        .merge(account::routes())
        .merge(authorization::routes())
        .merge(provider::routes())
        .merge(second_factor::routes())
        .merge(settings::routes())
        .route("/api/{*rest}", axum::routing::any(unknown))
}

fn signed_in(extension: CallerExtension) -> Result<Caller, ApiError> {
    extension.0.ok_or(ApiError(ConsoleError::NotSignedIn))
}

async fn document(Extension(caller): Extension<CallerExtension>) -> Result<Response, ApiError> {
    signed_in(caller)?;
    Ok(Json(ApiDocument::openapi()).into_response())
}

async fn unknown(Extension(caller): Extension<CallerExtension>) -> Result<Response, ApiError> {
    signed_in(caller)?;
    let message = "there is no such route; /api/v1/openapi.json lists them".to_owned();
    Err(ApiError(ConsoleError::NotFound { message }))
}

/// Events that match, newest first.
#[utoipa::path(get, path = "/api/v1/events", params(SearchParameters), responses(
    (status = 200, description = "A page of events; `next` is the token of the following page, absent on the last"),
    (status = 400, description = "A parameter is wrong; for the query with `start` and `end` of the mistake"),
    (status = 401, description = "No valid token or session")))]
async fn list_events(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    ApiQuery(parameters): ApiQuery<SearchParameters>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let services = &state.services;
    let (request, size) = parameters.read(services.clock.now())?;
    let is_explained = parameters.is_explained()?;
    let found =
        searching::search(services, &caller, &request, size, parameters.page.as_deref()).await?;
    Ok(explained(&found, is_explained))
}

/// How events that match are spread over time, and how many there are.
#[utoipa::path(get, path = "/api/v1/events/histogram", params(SearchParameters), responses(
    (status = 200, description = "Buckets of the range without holes, and the total"),
    (status = 400, description = "A parameter is wrong"),
    (status = 401, description = "No valid token or session")))]
async fn count_events(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    ApiQuery(parameters): ApiQuery<SearchParameters>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let (request, _) = parameters.read(state.services.clock.now())?;
    let is_explained = parameters.is_explained()?;
    Ok(explained(&searching::histogram(&state.services, &caller, &request).await?, is_explained))
}

/// The most frequent values of eight fields, each counted under the conditions on the others.
#[utoipa::path(get, path = "/api/v1/events/facets", params(SearchParameters), responses(
    (status = 200, description = "One entry per facet"),
    (status = 400, description = "A parameter is wrong"),
    (status = 401, description = "No valid token or session")))]
async fn list_facets(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    ApiQuery(parameters): ApiQuery<SearchParameters>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let (request, _) = parameters.read(state.services.clock.now())?;
    let is_explained = parameters.is_explained()?;
    Ok(explained(&searching::facets(&state.services, &caller, &request).await?, is_explained))
}

/// The answer, with who gave it if the request asks for that. A list becomes the field `facets` then.
fn explained<T: serde::Serialize>(found: &Answered<T>, is_explained: bool) -> Response {
    if !is_explained {
        return Json(&found.answer).into_response();
    }
    let answer = serde_json::to_value(&found.answer).unwrap_or_default();
    let mut answer = if answer.is_object() { answer } else { json!({ "facets": answer }) };
    answer["explain"] = json!(found.decision);
    Json(answer).into_response()
}

/// One event: the original record from the archive, beside its file, digest and verdict.
#[utoipa::path(get, path = "/api/v1/events/{id}", params(("id" = String, Path, description = "Event id")), responses(
    (status = 200, description = "`record` is the original JSON; `contents` lists every content under the id"),
    (status = 401, description = "No valid token or session"),
    (status = 404, description = "No such event among those that the caller may see")))]
async fn show_event(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let detail = event_detail(&state.services, &caller, &id).await?;
    // The record goes out as the bytes that were archived, not as a text that was read and written again.
    let raw = |text: &Option<String>| {
        text.as_ref().and_then(|text| RawValue::from_string(text.clone()).ok())
    };
    let contents: Vec<EventAnswer> = detail
        .contents
        .iter()
        .map(|content| EventAnswer {
            summary: serde_json::to_value(&content.summary).unwrap_or_default(),
            record: raw(&content.record),
            record_unavailable: content.record_unavailable.clone(),
            deliveries: serde_json::to_value(&content.deliveries).unwrap_or_default(),
        })
        .collect();
    let record = detail.contents.first().and_then(|content| raw(&content.record));
    Ok(Json(DetailAnswer { event_id: detail.event_id, record, contents }).into_response())
}

#[derive(serde::Serialize)]
struct DetailAnswer {
    event_id: String,
    record: Option<Box<RawValue>>,
    contents: Vec<EventAnswer>,
}

#[derive(serde::Serialize)]
struct EventAnswer {
    summary: Value,
    record: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record_unavailable: Option<String>,
    deliveries: Value,
}

/// How a word of a query can go on: qualifiers, or the most frequent values of one.
#[utoipa::path(get, path = "/api/v1/completions", params(CompletionParameters), responses(
    (status = 200, description = "`insert` replaces the word; `detail` says what it is"),
    (status = 400, description = "A parameter is wrong"),
    (status = 401, description = "No valid token or session")))]
async fn list_completions(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    ApiQuery(parameters): ApiQuery<CompletionParameters>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let request = parameters.read(state.services.clock.now())?;
    let completions =
        searching::suggestions(&state.services, &caller, &request, &parameters.word).await?;
    Ok(Json(json!({ "completions": completions })).into_response())
}

/// What is proven about accounts and Regions, as intervals of delivery time.
#[utoipa::path(get, path = "/api/v1/coverage", params(CoverageParameters), responses(
    (status = 200, description = "Intervals without holes for each account and Region"),
    (status = 400, description = "A parameter is wrong"),
    (status = 401, description = "No valid token or session")))]
async fn list_coverage(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    ApiQuery(parameters): ApiQuery<CoverageParameters>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let range = parameters.read(state.services.clock.now())?;
    let request = CoverageRequest { range, scope: parameters.account.clone().unwrap_or_default() };
    let intervals = coverage_intervals(&state.services, &caller, &request).await?;
    Ok(Json(json!({ "intervals": intervals })).into_response())
}

/// What lies behind the coverage of one account: intervals, the worst first, digests and files.
#[utoipa::path(get, path = "/api/v1/coverage/cell", params(CellParameters), responses(
    (status = 200, description = "At most 200 files and digests; `more_files` counts further files"),
    (status = 400, description = "A parameter is wrong"),
    (status = 401, description = "No valid token or session"),
    (status = 404, description = "No such account among those that the caller may see")))]
async fn show_cell(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    ApiQuery(parameters): ApiQuery<CellParameters>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let request = parameters.read(state.services.clock.now())?;
    Ok(Json(cell(&state.services, &caller, &request).await?).into_response())
}

/// The last day at a glance: activity of accounts, findings, and what was denied.
#[utoipa::path(get, path = "/api/v1/overview", params(OverviewParameters), responses(
    (status = 200, description = "Counts of the last 24 hours, findings of the last 14 days"),
    (status = 400, description = "A parameter is wrong"),
    (status = 401, description = "No valid token or session")))]
async fn show_overview(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    ApiQuery(parameters): ApiQuery<OverviewParameters>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    Ok(Json(overview(&state.services, &caller, &parameters.scope).await?).into_response())
}

/// The organization, as far as the caller may see it.
#[utoipa::path(get, path = "/api/v1/organization", responses(
    (status = 200, description = "Units, accounts, memberships and coverage"),
    (status = 401, description = "No valid token or session")))]
async fn show_organization(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    Ok(Json(organization(&state.services, &caller).await?).into_response())
}

/// Who has looked at events of the accounts that the caller sees, newest first.
#[utoipa::path(get, path = "/api/v1/event-accesses", params(QuarantineParameters), responses(
    (status = 200, description = "A page of looks; `next` is the number to give as `before`"),
    (status = 401, description = "No valid token or session")))]
async fn list_accesses(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    ApiQuery(parameters): ApiQuery<QuarantineParameters>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    Ok(Json(accesses(&state.services, &caller, parameters.before).await?).into_response())
}

/// What could not be indexed, with the reason, newest first.
#[utoipa::path(get, path = "/api/v1/quarantine", params(QuarantineParameters), responses(
    (status = 200, description = "A page of entries; `next` is the number to give as `before`"),
    (status = 401, description = "No valid token or session")))]
async fn list_quarantine(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    ApiQuery(parameters): ApiQuery<QuarantineParameters>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    Ok(Json(quarantine(&state.services, &caller, parameters.before).await?).into_response())
}

/// Reads the file of an entry once more from the archive, as after an upgrade, and indexes what can be read now.
#[utoipa::path(post, path = "/api/v1/quarantine/{id}/retry", params(("id" = i64, Path, description = "An open entry")),
    responses(
        (status = 200, description = "What came of it: `read`, `as-before` or `lost` with the `reason`, and how many events"),
        (status = 400, description = "The entry is not a number"),
        (status = 401, description = "No valid token or session"),
        (status = 403, description = "The caller's role doesn't see the machinery"),
        (status = 404, description = "There is no such open entry")))]
async fn retry_quarantined(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let id = id.parse().map_err(|_| {
        let message = format!("`{id}` is no number of an entry; GET /api/v1/quarantine lists them");
        ApiError(ConsoleError::BadRequest { message })
    })?;
    Ok(Json(retry_entry(&state.services, &caller, id).await?).into_response())
}

/// The background jobs with their last passes, and the log sources.
#[utoipa::path(get, path = "/api/v1/operations", responses(
    (status = 200, description = "Jobs and log sources"),
    (status = 401, description = "No valid token or session"),
    (status = 403, description = "The caller's role doesn't see the machinery")))]
async fn show_operations(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    Ok(Json(operations(&state.services, &caller).await?).into_response())
}
