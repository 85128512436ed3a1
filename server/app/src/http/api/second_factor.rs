//! Second factors, for scripts.

use super::{ApiError, signed_in};
use crate::backend::second_factor::{
    begin_second_factor, confirm_second_factor, remove_second_factor, require_second_factor,
};
use crate::http::AppState;
use crate::http::authentication::CallerExtension;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{post, put};
use axum::{Json, Router};
use orgtrail_shared::console::ConsoleError;
use serde::Deserialize;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v1/second-factor", post(begin))
        .route("/api/v1/second-factor/confirm", post(confirm))
        .route("/api/v1/second-factor/remove", post(remove))
        .route("/api/v1/second-factor/requirement", put(require))
}

/// The caller's password once more.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Password {
    password: String,
}

/// A code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    code: String,
}

/// Whether a second factor is required.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Requirement {
    is_required: bool,
}

fn read<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, ApiError> {
    let Json(value) =
        body.map_err(|error| ConsoleError::BadRequest { message: error.body_text() })?;
    Ok(value)
}

/// Makes a secret for the caller's authenticator app, by the `password` once more; it counts once a code confirms it.
#[utoipa::path(post, path = "/api/v1/second-factor", responses(
    (status = 201, description = "`secret` in base32, and the `uri` that apps read"),
    (status = 400, description = "There is a second factor already, or the password is wrong"),
    (status = 401, description = "No valid token or session")))]
pub(super) async fn begin(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    body: Result<Json<Password>, JsonRejection>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let pending = begin_second_factor(&state.services, &caller, read(body)?.password).await?;
    Ok((StatusCode::CREATED, Json(pending)).into_response())
}

/// Confirms the caller's second factor by a `code`.
#[utoipa::path(post, path = "/api/v1/second-factor/confirm", responses(
    (status = 204, description = "Signing in needs a code from now on"),
    (status = 400, description = "The code is wrong or was used, or there is nothing to confirm"),
    (status = 401, description = "No valid token or session")))]
pub(super) async fn confirm(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    body: Result<Json<Code>, JsonRejection>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    confirm_second_factor(&state.services, &caller, &read(body)?.code).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Takes the caller's second factor away, by a `code` of it.
#[utoipa::path(post, path = "/api/v1/second-factor/remove", responses(
    (status = 204, description = "It is gone"),
    (status = 400, description = "The code is wrong or was used, or there is none"),
    (status = 401, description = "No valid token or session")))]
pub(super) async fn remove(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    body: Result<Json<Code>, JsonRejection>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    remove_second_factor(&state.services, &caller, &read(body)?.code).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Says by `is_required` whether those who change people, the organization or trails must have a second factor.
#[utoipa::path(put, path = "/api/v1/second-factor/requirement", responses(
    (status = 204, description = "It holds from the next request on"),
    (status = 400, description = "The caller has none"),
    (status = 401, description = "No valid token or session"),
    (status = 403, description = "The caller doesn't manage people")))]
pub(super) async fn require(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    body: Result<Json<Requirement>, JsonRejection>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    require_second_factor(&state.services, &caller, read(body)?.is_required).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
