//! The identity provider, for scripts.

use super::{ApiError, signed_in};
use crate::backend::{change_provider, provider};
use crate::http::AppState;
use crate::http::authentication::CallerExtension;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::identity_provider::ProviderRequest;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/api/v1/identity-provider", get(show_provider).put(put_provider))
}

/// Through whom people sign in, and which roles their groups have. The client's secret is not in it.
#[utoipa::path(get, path = "/api/v1/identity-provider", responses(
    (status = 200, description = "`current` with its version, or null"),
    (status = 401, description = "No valid token or session"),
    (status = 403, description = "The caller grants no roles at the organization")))]
pub(super) async fn show_provider(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    Ok(Json(provider(&state.services, &caller).await?).into_response())
}

/// Puts another provider in force: `provider` (null takes it away), `client_secret` (absent keeps it, empty for none), the
/// `version` that it follows (0 for none), and `reason`. The provider is asked what it is before.
#[utoipa::path(put, path = "/api/v1/identity-provider", responses(
    (status = 200, description = "What holds now"),
    (status = 400, description = "The settings can't be right, the provider doesn't answer, nobody could administer, or it follows another version"),
    (status = 401, description = "No valid token or session"),
    (status = 403, description = "The caller grants no roles at the organization")))]
pub(super) async fn put_provider(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    body: Result<Json<ProviderRequest>, JsonRejection>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let Json(request) =
        body.map_err(|error| ConsoleError::BadRequest { message: error.body_text() })?;
    Ok(Json(Box::pin(change_provider(&state.services, &caller, request)).await?).into_response())
}
