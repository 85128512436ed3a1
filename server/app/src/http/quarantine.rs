//! The console's form that tries a file of the quarantine once more: a plain form, so that it works without scripts.

use super::AppState;
use super::authentication::CallerExtension;
use crate::backend::retry_entry;
use axum::Router;
use axum::extract::{Extension, Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use orgtrail_shared::console::ConsoleError;
use serde::Deserialize;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/quarantine/retry", post(retry))
}

#[derive(Deserialize)]
struct RetryForm {
    id: i64,
    #[serde(default)]
    csrf: String,
}

async fn retry(
    State(state): State<AppState>,
    Extension(CallerExtension(caller)): Extension<CallerExtension>,
    Form(form): Form<RetryForm>,
) -> Response {
    let Some(caller) = caller else {
        return Redirect::to("/sign-in?next=/quarantine").into_response();
    };
    let expected = caller.session_id.map(|id| state.tokens.csrf_token(id)).unwrap_or_default();
    if !super::sign_in::equal(&expected, &form.csrf) {
        let text = "the form has expired; go back, load the page again and repeat\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    match retry_entry(&state.services, &caller, form.id).await {
        Ok(retried) => {
            Redirect::to(&format!("/quarantine?retried={}", retried.outcome.name())).into_response()
        }
        Err(error) => {
            let status = match &error {
                ConsoleError::Forbidden { .. } => StatusCode::FORBIDDEN,
                ConsoleError::NotFound { .. } => StatusCode::NOT_FOUND,
                ConsoleError::NotSignedIn => StatusCode::UNAUTHORIZED,
                ConsoleError::Query { .. } | ConsoleError::BadRequest { .. } => {
                    StatusCode::BAD_REQUEST
                }
                ConsoleError::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            };
            (status, format!("{error}\n")).into_response()
        }
    }
}
