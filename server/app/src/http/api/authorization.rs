//! Roles and reasons, for scripts.

use super::parameters::ApiQuery;
use super::{ApiError, signed_in};
use crate::backend::grants::{create_grant, grants, revoke_grant};
use crate::backend::{change_rules, edit_organization, explain, policies, rules, what_if};
use crate::http::AppState;
use crate::http::authentication::CallerExtension;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use orgtrail_shared::authorization::WhyQuestion;
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::edit::EditRequest;
use orgtrail_shared::rules::RulesRequest;
use orgtrail_shared::settings::GrantRequest;
use orgtrail_shared::what_if::WhatIfQuestion;
use serde::Deserialize;
use serde_json::json;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v1/grants", get(list_grants).post(make_grant))
        .route("/api/v1/grants/{id}", delete(delete_grant))
        .route("/api/v1/authorize/explain", get(explain_decision))
        .route("/api/v1/authorize/rules", get(show_rules).put(put_rules))
        .route("/api/v1/organization/what-if", post(try_policy))
        .route("/api/v1/organization/edits", post(make_edit))
        .route("/api/v1/organization/policies", get(list_policies))
}

/// What is asked of the authorization.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct WhyParameters {
    /// Sign-in name; the caller when absent. Others' only for those who manage people.
    principal: Option<String>,
    /// An action, such as `cloudtrail:StopLogging` or `orgtrail:SearchEvents`.
    action: String,
    /// The id of an account, a unit, a root or the organization, or a trail's ARN; the organization when absent.
    resource: Option<String>,
}

/// Whether somebody may do something, each step that decides, and who could do it instead.
#[utoipa::path(get, path = "/api/v1/authorize/explain", params(WhyParameters), responses(
    (status = 200, description = "`is_allowed`, `steps` in their order, and `instead`"),
    (status = 400, description = "There is no such action, or it isn't asked of such a thing"),
    (status = 401, description = "No valid token or session"),
    (status = 403, description = "The question is about somebody else"),
    (status = 404, description = "There is no such person")))]
pub(super) async fn explain_decision(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    ApiQuery(parameters): ApiQuery<WhyParameters>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let WhyParameters { principal, action, resource } = parameters;
    let question = WhyQuestion {
        principal: principal.unwrap_or_default(),
        action,
        resource: resource.unwrap_or_default(),
    };
    Ok(Json(explain(&state.services, &caller, question).await?).into_response())
}

/// What a service control policy would have done to the calls of the last days: `change` is `{"attach": {"content", "target"}}` or
/// `{"detach": {"policy", "target"}}`; `days` is 7 when absent. Nothing is changed.
#[utoipa::path(post, path = "/api/v1/organization/what-if", responses(
    (status = 200, description = "Calls by effect, principal and action"),
    (status = 400, description = "The change can't be thought through, or the body has another shape"),
    (status = 401, description = "No valid token or session"),
    (status = 403, description = "The caller doesn't read the organization's policies")))]
pub(super) async fn try_policy(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    body: Result<Json<WhatIfQuestion>, JsonRejection>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let Json(question) =
        body.map_err(|error| ConsoleError::BadRequest { message: error.body_text() })?;
    Ok(Json(what_if(&state.services, &caller, question).await?).into_response())
}

/// The policies that decide who may do what, and what the organization forbids beyond them.
#[utoipa::path(get, path = "/api/v1/authorize/rules", responses(
    (status = 200, description = "`roles`, `limits` and `schema` as Cedar, and `own` with its version"),
    (status = 401, description = "No valid token or session")))]
pub(super) async fn show_rules(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    Ok(Json(rules(&state.services, &caller).await?).into_response())
}

/// Changes what the organization forbids: `content` in Cedar, the `version` that it follows (0 for none), and `reason`.
#[utoipa::path(put, path = "/api/v1/authorize/rules", responses(
    (status = 200, description = "All rules, as they hold now"),
    (status = 400, description = "They can't be read, permit something, leave nobody who could change them, or follow another version"),
    (status = 401, description = "No valid token or session"),
    (status = 403, description = "The caller grants no roles at the organization")))]
pub(super) async fn put_rules(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    body: Result<Json<RulesRequest>, JsonRejection>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let Json(request) =
        body.map_err(|error| ConsoleError::BadRequest { message: error.body_text() })?;
    Ok(Json(change_rules(&state.services, &caller, request).await?).into_response())
}

/// The service control policies with what they are attached to.
#[utoipa::path(get, path = "/api/v1/organization/policies", responses(
    (status = 200, description = "Policies by name, whether they are in use, and why the caller can't change them"),
    (status = 401, description = "No valid token or session"),
    (status = 403, description = "The caller doesn't read the organization's policies")))]
pub(super) async fn list_policies(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    Ok(Json(policies(&state.services, &caller).await?).into_response())
}

/// Changes an organization that is kept here: `edit` is one of AWS's operations with its parameters, `reason` says why.
#[utoipa::path(post, path = "/api/v1/organization/edits", responses(
    (status = 200, description = "What is different now, and the id of what was made"),
    (status = 400, description = "AWS's error, or the body has another shape, or the organization is kept elsewhere"),
    (status = 401, description = "No valid token or session"),
    (status = 403, description = "The caller may not change that")))]
pub(super) async fn make_edit(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    body: Result<Json<EditRequest>, JsonRejection>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let Json(request) =
        body.map_err(|error| ConsoleError::BadRequest { message: error.body_text() })?;
    Ok(Json(edit_organization(&state.services, &caller, request).await?).into_response())
}

/// The roles of everybody, for those who grant them; otherwise the caller's own.
#[utoipa::path(get, path = "/api/v1/grants", responses(
    (status = 200, description = "Roles with place, period, end and reason"),
    (status = 401, description = "No valid token or session")))]
pub(super) async fn list_grants(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    Ok(Json(json!({ "grants": grants(&state.services, &caller).await? })).into_response())
}

/// Grants a role: `name`, `role`, `target`, `reason`, and if wanted `from`, `to` (auditors) and `expires_at`.
#[utoipa::path(post, path = "/api/v1/grants", responses(
    (status = 201, description = "The grant with its `id`"),
    (status = 400, description = "It can't be granted, or the body has another shape"),
    (status = 401, description = "No valid token or session"),
    (status = 403, description = "The caller grants no roles at that place"),
    (status = 404, description = "There is no such person or place")))]
pub(super) async fn make_grant(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    body: Result<Json<GrantRequest>, JsonRejection>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let Json(wanted) =
        body.map_err(|error| ApiError(ConsoleError::BadRequest { message: error.body_text() }))?;
    let grant = create_grant(&state.services, &caller, wanted).await?;
    Ok((StatusCode::CREATED, Json(grant)).into_response())
}

/// Takes a role back.
#[utoipa::path(delete, path = "/api/v1/grants/{id}",
    params(("id" = i32, Path, description = "The grant's number")), responses(
    (status = 204, description = "It is taken back"),
    (status = 400, description = "The number is none, or nobody would be left who manages the organization"),
    (status = 401, description = "No valid token or session"),
    (status = 404, description = "The caller manages no such grant")))]
pub(super) async fn delete_grant(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let wrong = |_| {
        let message = format!("`{id}` is not the number of a grant");
        ApiError(ConsoleError::BadRequest { message })
    };
    let id: i32 = id.parse().map_err(wrong)?;
    revoke_grant(&state.services, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
