//! People, access keys and sessions, for scripts.

use super::{ApiError, signed_in};
use crate::backend::settings::{
    access_keys, change_key, create_key, end_session, identity, people, sessions,
};
use crate::http::AppState;
use crate::http::authentication::CallerExtension;
use axum::body::to_bytes;
use axum::extract::{Extension, FromRequest, Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::settings::KeyChange;
use serde::Deserialize;
use serde_json::json;

/// The longest body that says whose key is to be made, in bytes.
const MAKE_KEY_BYTES_MAX: usize = 4 << 10;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/api/v1/identity", get(show_identity))
        .route("/api/v1/people", get(list_people))
        .route("/api/v1/access-keys", get(list_keys).post(make_key))
        .route("/api/v1/access-keys/{id}", delete(delete_key))
        .route("/api/v1/access-keys/{id}/disable", post(disable_key))
        .route("/api/v1/access-keys/{id}/enable", post(enable_key))
        .route("/api/v1/sessions", get(list_sessions))
        .route("/api/v1/sessions/{id}", delete(delete_session))
}

/// Whose key is to be made.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MakeKey {
    name: Option<String>,
}

/// Who is asking, as AWS names people.
#[utoipa::path(get, path = "/api/v1/identity", responses(
    (status = 200, description = "`name`, `role`, and `identity` with account, ARN and unique id, or null"),
    (status = 401, description = "No valid token or session")))]
pub(super) async fn show_identity(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let found = identity(&state.services, &caller).await?;
    let (name, role) = (&caller.user.name, caller.role);
    let answer = json!({ "name": name, "role": role, "identity": found });
    Ok(Json(answer).into_response())
}

/// The people of the organization; organization administrators only.
#[utoipa::path(get, path = "/api/v1/people", responses(
    (status = 200, description = "Everybody who can sign in, with role, account and grant"),
    (status = 401, description = "No valid token or session"),
    (status = 403, description = "The caller manages nobody else")))]
pub(super) async fn list_people(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    Ok(Json(json!({ "people": people(&state.services, &caller).await? })).into_response())
}

/// The caller's access keys; everybody's for organization administrators. Secrets are never among them.
#[utoipa::path(get, path = "/api/v1/access-keys", responses(
    (status = 200, description = "Keys with their state and last use"),
    (status = 401, description = "No valid token or session")))]
pub(super) async fn list_keys(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let keys = access_keys(&state.services, &caller).await?;
    Ok(Json(json!({ "access_keys": keys })).into_response())
}

/// Makes an access key: the caller's own, or that of `name` for organization administrators. The secret is in this answer
/// and nowhere else.
#[utoipa::path(post, path = "/api/v1/access-keys", responses(
    (status = 201, description = "`name`, `access_key_id` and `secret_access_key`"),
    (status = 400, description = "There are two keys already, an administrator has refused one, or the body is not JSON of this shape"),
    (status = 401, description = "No valid token or session"),
    (status = 403, description = "The key would be somebody else's"),
    (status = 404, description = "There is no such person")))]
pub(super) async fn make_key(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    request: Request,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let wrong = |message: String| ApiError(ConsoleError::BadRequest { message });
    let (parts, body) = request.into_parts();
    let body =
        to_bytes(body, MAKE_KEY_BYTES_MAX).await.map_err(|error| wrong(error.to_string()))?;
    // A body that isn't understood must never mean "the caller's own".
    let wanted = if body.is_empty() {
        MakeKey::default()
    } else {
        let request = Request::from_parts(parts, body.into());
        Json::<MakeKey>::from_request(request, &())
            .await
            .map_err(|error| wrong(error.body_text()))?
            .0
    };
    let key = create_key(&state.services, &caller, wanted.name.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(key)).into_response())
}

async fn change(
    state: &AppState,
    caller: CallerExtension,
    id: &str,
    change: KeyChange,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    change_key(&state.services, &caller, id, change).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Refuses an access key from now on.
#[utoipa::path(post, path = "/api/v1/access-keys/{id}/disable",
    params(("id" = String, Path, description = "The key's id")), responses(
    (status = 204, description = "It is refused"),
    (status = 401, description = "No valid token or session"),
    (status = 404, description = "The caller manages no such key")))]
pub(super) async fn disable_key(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    change(&state, caller, &id, KeyChange::Disable).await
}

/// Accepts an access key again.
#[utoipa::path(post, path = "/api/v1/access-keys/{id}/enable",
    params(("id" = String, Path, description = "The key's id")), responses(
    (status = 204, description = "It is accepted"),
    (status = 401, description = "No valid token or session"),
    (status = 403, description = "An administrator has refused it"),
    (status = 404, description = "The caller manages no such key")))]
pub(super) async fn enable_key(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    change(&state, caller, &id, KeyChange::Enable).await
}

/// Deletes an access key for good.
#[utoipa::path(delete, path = "/api/v1/access-keys/{id}",
    params(("id" = String, Path, description = "The key's id")), responses(
    (status = 204, description = "It is gone"),
    (status = 401, description = "No valid token or session"),
    (status = 403, description = "An administrator has refused it"),
    (status = 404, description = "The caller manages no such key")))]
pub(super) async fn delete_key(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    change(&state, caller, &id, KeyChange::Delete).await
}

/// The caller's open sessions; everybody's for organization administrators.
#[utoipa::path(get, path = "/api/v1/sessions", responses(
    (status = 200, description = "Sessions of browsers and tokens, the newest first"),
    (status = 401, description = "No valid token or session")))]
pub(super) async fn list_sessions(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    let sessions = sessions(&state.services, &caller).await?;
    Ok(Json(json!({ "sessions": sessions })).into_response())
}

/// Ends a session at once, wherever it is used.
#[utoipa::path(delete, path = "/api/v1/sessions/{id}",
    params(("id" = String, Path, description = "The session's id")), responses(
    (status = 204, description = "It has ended"),
    (status = 401, description = "No valid token or session"),
    (status = 404, description = "The caller may end no such session")))]
pub(super) async fn delete_session(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let caller = signed_in(caller)?;
    end_session(&state.services, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
