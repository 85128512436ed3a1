//! One account, for scripts.

use super::parameters::ApiQuery;
use super::{ApiError, signed_in};
use crate::backend::{account_detail, policy_answer};
use crate::http::AppState;
use crate::http::authentication::CallerExtension;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use orgtrail_shared::organization::PolicyQuestion;
use serde::Deserialize;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v1/organization/accounts/{id}", get(show_account))
        .route("/api/v1/organization/accounts/{id}/policy-answer", get(ask_policies))
}

/// What is asked of the policies.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyParameters {
    /// One call of a service, such as `cloudtrail:StopLogging`.
    action: String,
    /// The ARN that it is about; `*` when absent.
    resource: Option<String>,
}

/// One account: memberships, places and delegations with their times, and the policies above it, level by level.
#[utoipa::path(get, path = "/api/v1/organization/accounts/{id}",
    params(("id" = String, Path, description = "Twelve digits")), responses(
    (status = 200, description = "The account with its history and policies"),
    (status = 401, description = "No valid token or session"),
    (status = 404, description = "No such account among those that the caller may see")))]
pub(super) async fn show_account(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    Ok(Json(account_detail(&state.services, &caller, &id).await?).into_response())
}

/// What the service control policies above an account say about a request, level by level.
#[utoipa::path(get, path = "/api/v1/organization/accounts/{id}/policy-answer",
    params(("id" = String, Path, description = "Twelve digits"), PolicyParameters), responses(
    (status = 200, description = "`is_open`, and for every level what it says and by which statements"),
    (status = 400, description = "The action or resource can't be one, or a policy can't be read"),
    (status = 401, description = "No valid token or session"),
    (status = 404, description = "No such account among those that the caller may see")))]
pub(super) async fn ask_policies(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    Path(id): Path<String>,
    ApiQuery(parameters): ApiQuery<PolicyParameters>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let PolicyParameters { action, resource } = parameters;
    let question = PolicyQuestion { action, resource: resource.unwrap_or_else(|| "*".to_owned()) };
    Ok(Json(policy_answer(&state.services, &caller, &id, question).await?).into_response())
}
