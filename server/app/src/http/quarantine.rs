//! The console's form that tries a file of the quarantine once more: a plain form, so that it works without scripts.

use super::AppState;
use super::api::status_of;
use super::authentication::CallerExtension;
use super::sign_in::require_own_form;
use crate::backend::retry_entry;
use axum::Router;
use axum::extract::{Extension, Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
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
    // A bearer token has no forms.
    let Some((caller, session_id)) =
        caller.and_then(|caller| caller.session_id.map(|session_id| (caller, session_id)))
    else {
        return Redirect::to("/sign-in?next=/quarantine").into_response();
    };
    if let Err(refusal) = require_own_form(&state, session_id, &form.csrf) {
        return refusal.into_response();
    }
    match retry_entry(&state.services, &caller, form.id).await {
        Ok(retried) => {
            Redirect::to(&format!("/quarantine?retried={}", retried.outcome.name())).into_response()
        }
        Err(error) => (status_of(&error), format!("{error}\n")).into_response(),
    }
}
