//! The form that changes what the organization forbids: a plain form, so that it works without scripts.

use super::AppState;
use super::api::status_of;
use super::authentication::CallerExtension;
use super::sign_in::require_own_form;
use crate::backend::change_rules;
use axum::Router;
use axum::extract::{Extension, Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use orgtrail_shared::rules::RulesRequest;
use serde::Deserialize;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/rules/change", post(change))
}

#[derive(Deserialize)]
struct RulesForm {
    #[serde(default)]
    content: String,
    version: i32,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    csrf: String,
}

async fn change(
    State(state): State<AppState>,
    Extension(CallerExtension(caller)): Extension<CallerExtension>,
    Form(form): Form<RulesForm>,
) -> Response {
    // A bearer token has no forms.
    let signed_in = caller.and_then(|caller| caller.session_id.map(|id| (caller, id)));
    let Some((caller, session_id)) = signed_in else {
        return Redirect::to("/sign-in?next=/rules").into_response();
    };
    if let Err(refusal) = require_own_form(&state, session_id, &form.csrf) {
        return refusal.into_response();
    }
    let RulesForm { content, version, reason, .. } = form;
    let request = RulesRequest { content: content.replace("\r\n", "\n"), version, reason };
    match Box::pin(change_rules(&state.services, &caller, request)).await {
        Ok(_) => Redirect::to("/rules?changed=1").into_response(),
        Err(error) => (status_of(&error), format!("{error}\n")).into_response(),
    }
}
