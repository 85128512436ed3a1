//! The forms that change the organization: plain forms, so that they work without scripts.

use super::AppState;
use super::api::status_of;
use super::authentication::CallerExtension;
use super::sign_in::{require_own_form, safe_next};
use crate::backend::edit_organization;
use axum::Router;
use axum::extract::{Extension, Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::edit::{EditRequest, OrganizationEdit};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/organization/edit", post(edit))
}

async fn edit(
    State(state): State<AppState>,
    Extension(CallerExtension(caller)): Extension<CallerExtension>,
    Form(mut form): Form<BTreeMap<String, String>>,
) -> Response {
    let mut take = |name: &str| form.remove(name).unwrap_or_default();
    let (csrf, back, confirm, reason) =
        (take("csrf"), take("back"), take("confirm"), take("reason"));
    // A bearer token has no forms.
    let signed_in = caller.and_then(|caller| caller.session_id.map(|id| (caller, id)));
    let Some((caller, session_id)) = signed_in else {
        return Redirect::to("/sign-in?next=/organization").into_response();
    };
    if let Err(refusal) = require_own_form(&state, session_id, &csrf) {
        return refusal.into_response();
    }
    let done = async {
        let edit = read(form)?;
        if edit.confirmation().is_some_and(|wanted| wanted != confirm.trim()) {
            let message = "Nothing was changed: type the id to confirm.".to_owned();
            return Err(ConsoleError::BadRequest { message });
        }
        let request = EditRequest { edit, reason };
        Box::pin(edit_organization(&state.services, &caller, request)).await
    };
    match done.await {
        Ok(_) => Redirect::to(&format!("{}?changed=1", safe_next(&back))).into_response(),
        Err(error) => (status_of(&error), format!("{error}\n")).into_response(),
    }
}

/// The fields of a form as an operation; empty ones are absent.
fn read(form: BTreeMap<String, String>) -> Result<OrganizationEdit, ConsoleError> {
    let fields = form.into_iter().filter(|(_, value)| !value.trim().is_empty());
    let fields = fields.map(|(name, value)| (name, Value::String(value.trim().to_owned())));
    serde_json::from_value(Value::Object(fields.collect())).map_err(|error| {
        ConsoleError::BadRequest { message: format!("That is no change: {error}.") }
    })
}
