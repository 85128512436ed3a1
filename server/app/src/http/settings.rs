//! The forms of the settings page: plain forms, so that they work without scripts.

use super::AppState;
use super::api::status_of;
use super::authentication::CallerExtension;
use super::sign_in::require_own_form;
use crate::access::Caller;
use crate::backend::grants::{create_grant, grants, revoke_grant};
use crate::backend::second_factor::{
    begin_second_factor, confirm_second_factor, remove_second_factor, require_second_factor,
};
use crate::backend::settings::{change_key, create_key, end_session};
use axum::Router;
use axum::extract::{Extension, Form, State};
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum_extra::extract::cookie::CookieJar;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use orgtrail_shared::console::{ConsoleError, Role};
use orgtrail_shared::settings::{GrantRequest, KeyChange, NewKey};
use orgtrail_shared::time::parse_time;
use serde::Deserialize;
use uuid::Uuid;

/// The cookie that carries a new key's secret, sealed, to the one page that shows it.
const NEW_KEY_COOKIE: &str = "orgtrail_new_key";

/// How long that page may take.
const NEW_KEY_SECONDS: u32 = 60;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/settings/access-keys/create", post(create))
        .route("/settings/access-keys/change", post(change))
        .route("/settings/sessions/end", post(end))
        .route("/settings/grants/create", post(give))
        .route("/settings/grants/revoke", post(revoke))
        .route("/settings/second-factor/begin", post(begin_factor))
        .route("/settings/second-factor/confirm", post(confirm_factor))
        .route("/settings/second-factor/remove", post(remove_factor))
        .route("/settings/second-factor/require", post(require_factor))
}

#[derive(Deserialize)]
struct CreateForm {
    #[serde(default)]
    csrf: String,
}

#[derive(Deserialize)]
struct ChangeForm {
    access_key_id: String,
    change: KeyChange,
    /// The key's id once more, to be deleted.
    #[serde(default)]
    confirm: String,
    #[serde(default)]
    csrf: String,
}

#[derive(Deserialize)]
struct EndForm {
    id: String,
    #[serde(default)]
    csrf: String,
}

/// A role to be granted; times as people write them, empty for none.
#[derive(Deserialize)]
struct GiveForm {
    name: String,
    role: Role,
    target: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    expires_at: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    csrf: String,
}

#[derive(Deserialize)]
struct RevokeForm {
    id: i32,
    /// The person's name, to be taken back.
    #[serde(default)]
    confirm: String,
    #[serde(default)]
    csrf: String,
}

/// The caller of a form that was sent from a page of their own session.
fn sender(
    state: &AppState,
    caller: Option<Caller>,
    csrf: &str,
) -> Result<(Caller, Uuid), Box<Response>> {
    // A bearer token has no forms.
    let signed_in = caller.and_then(|caller| caller.session_id.map(|id| (caller, id)));
    let Some((caller, session_id)) = signed_in else {
        return Err(Box::new(Redirect::to("/sign-in?next=/settings").into_response()));
    };
    require_own_form(state, session_id, csrf)
        .map_err(|refusal| Box::new(refusal.into_response()))?;
    Ok((caller, session_id))
}

fn refused(error: &ConsoleError) -> Response {
    (status_of(error), format!("{error}\n")).into_response()
}

async fn create(
    State(state): State<AppState>,
    Extension(CallerExtension(caller)): Extension<CallerExtension>,
    Form(form): Form<CreateForm>,
) -> Response {
    let (caller, session_id) = match sender(&state, caller, &form.csrf) {
        Ok(sender) => sender,
        Err(response) => return *response,
    };
    let key = match create_key(&state.services, &caller, None).await {
        Ok(key) => key,
        Err(error) => return refused(&error),
    };
    match seal(&state, session_id, &key) {
        Ok(sealed) => {
            let cookie = new_key_cookie(&sealed, NEW_KEY_SECONDS, state.is_secure);
            ([(SET_COOKIE, cookie)], Redirect::to("/settings#access-keys")).into_response()
        }
        Err(error) => {
            // Nobody will ever know its secret.
            let gone = change_key(&state.services, &caller, &key.access_key_id, KeyChange::Delete);
            if let Err(error) = gone.await {
                tracing::warn!(%error, "a key that could not be shown is still there");
            }
            refused(&crate::search::internal(error))
        }
    }
}

async fn change(
    State(state): State<AppState>,
    Extension(CallerExtension(caller)): Extension<CallerExtension>,
    Form(form): Form<ChangeForm>,
) -> Response {
    let caller = match sender(&state, caller, &form.csrf) {
        Ok((caller, _)) => caller,
        Err(response) => return *response,
    };
    if form.change == KeyChange::Delete && form.confirm.trim() != form.access_key_id {
        let message = "Nothing was deleted: type the key's id to confirm.".to_owned();
        return refused(&ConsoleError::BadRequest { message });
    }
    match change_key(&state.services, &caller, &form.access_key_id, form.change).await {
        Ok(()) => Redirect::to("/settings#access-keys").into_response(),
        Err(error) => refused(&error),
    }
}

async fn end(
    State(state): State<AppState>,
    Extension(CallerExtension(caller)): Extension<CallerExtension>,
    Form(form): Form<EndForm>,
) -> Response {
    let caller = match sender(&state, caller, &form.csrf) {
        Ok((caller, _)) => caller,
        Err(response) => return *response,
    };
    match end_session(&state.services, &caller, &form.id).await {
        Ok(()) => Redirect::to("/settings#sessions").into_response(),
        Err(error) => refused(&error),
    }
}

async fn give(
    State(state): State<AppState>,
    Extension(CallerExtension(caller)): Extension<CallerExtension>,
    Form(form): Form<GiveForm>,
) -> Response {
    let caller = match sender(&state, caller, &form.csrf) {
        Ok((caller, _)) => caller,
        Err(response) => return *response,
    };
    match Box::pin(grant_of(&state, &caller, form)).await {
        Ok(()) => Redirect::to("/settings#people").into_response(),
        Err(error) => refused(&error),
    }
}

async fn grant_of(state: &AppState, caller: &Caller, form: GiveForm) -> Result<(), ConsoleError> {
    let time = |text: &str| match text.trim() {
        "" => Ok(None),
        text => parse_time(text).map(Some).map_err(|error| ConsoleError::BadRequest {
            message: format!("`{text}` is not a time: {error}"),
        }),
    };
    let wanted = GrantRequest {
        from: time(&form.from)?,
        to: time(&form.to)?,
        expires_at: time(&form.expires_at)?,
        name: form.name,
        role: form.role,
        target: form.target,
        reason: form.reason,
    };
    create_grant(&state.services, caller, wanted).await.map(drop)
}

async fn revoke(
    State(state): State<AppState>,
    Extension(CallerExtension(caller)): Extension<CallerExtension>,
    Form(form): Form<RevokeForm>,
) -> Response {
    let caller = match sender(&state, caller, &form.csrf) {
        Ok((caller, _)) => caller,
        Err(response) => return *response,
    };
    let known = match grants(&state.services, &caller).await {
        Ok(known) => known,
        Err(error) => return refused(&error),
    };
    let name = known.into_iter().find(|grant| grant.id == form.id).map(|grant| grant.name);
    if name.is_some_and(|name| name != form.confirm.trim()) {
        let message = "Nothing was taken back: type the person's name to confirm.".to_owned();
        return refused(&ConsoleError::BadRequest { message });
    }
    match revoke_grant(&state.services, &caller, form.id).await {
        Ok(()) => Redirect::to("/settings#people").into_response(),
        Err(error) => refused(&error),
    }
}

/// The form of a second factor: a code, or whether one is required.
#[derive(Deserialize)]
struct FactorForm {
    #[serde(default)]
    code: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    required: String,
    #[serde(default)]
    csrf: String,
}

/// Goes back to the section of the second factor, or says what is wrong.
fn factor_answer(done: Result<(), ConsoleError>) -> Response {
    match done {
        Ok(()) => Redirect::to("/settings#second-factor").into_response(),
        Err(error) => refused(&error),
    }
}

async fn begin_factor(
    State(state): State<AppState>,
    Extension(CallerExtension(caller)): Extension<CallerExtension>,
    Form(form): Form<FactorForm>,
) -> Response {
    match sender(&state, caller, &form.csrf) {
        Ok((caller, _)) => factor_answer(
            begin_second_factor(&state.services, &caller, form.password).await.map(drop),
        ),
        Err(response) => *response,
    }
}

async fn confirm_factor(
    State(state): State<AppState>,
    Extension(CallerExtension(caller)): Extension<CallerExtension>,
    Form(form): Form<FactorForm>,
) -> Response {
    match sender(&state, caller, &form.csrf) {
        Ok((caller, _)) => {
            factor_answer(confirm_second_factor(&state.services, &caller, &form.code).await)
        }
        Err(response) => *response,
    }
}

async fn remove_factor(
    State(state): State<AppState>,
    Extension(CallerExtension(caller)): Extension<CallerExtension>,
    Form(form): Form<FactorForm>,
) -> Response {
    match sender(&state, caller, &form.csrf) {
        Ok((caller, _)) => {
            factor_answer(remove_second_factor(&state.services, &caller, &form.code).await)
        }
        Err(response) => *response,
    }
}

async fn require_factor(
    State(state): State<AppState>,
    Extension(CallerExtension(caller)): Extension<CallerExtension>,
    Form(form): Form<FactorForm>,
) -> Response {
    match sender(&state, caller, &form.csrf) {
        Ok((caller, _)) => {
            let is_required = form.required == "yes";
            factor_answer(require_second_factor(&state.services, &caller, is_required).await)
        }
        Err(response) => *response,
    }
}

/// The cookie, whose value is of letters, digits and dashes.
fn new_key_cookie(value: &str, seconds: u32, is_secure: bool) -> String {
    let secure = if is_secure { "; Secure" } else { "" };
    format!(
        "{NEW_KEY_COOKIE}={value}; Path=/settings; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}"
    )
}

fn sealed_for(session_id: Uuid) -> String {
    format!("new access key for session {session_id}")
}

fn seal(state: &AppState, session_id: Uuid, key: &NewKey) -> anyhow::Result<String> {
    let ends_at = state.services.clock.now().timestamp() + i64::from(NEW_KEY_SECONDS);
    let text = serde_json::to_vec(&(ends_at, key))?;
    let sealed = state.services.master_key.seal(&sealed_for(session_id), &text)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(sealed))
}

/// The key that this session made a moment ago, and the cookie that forgets it: it is shown once.
pub(super) fn take_new_key(
    state: &AppState,
    session_id: Uuid,
    jar: &CookieJar,
) -> Option<(NewKey, String)> {
    let sealed = BASE64_URL_SAFE_NO_PAD.decode(jar.get(NEW_KEY_COOKIE)?.value()).ok()?;
    let text = state.services.master_key.open(&sealed_for(session_id), &sealed).ok()?;
    let (ends_at, key): (i64, NewKey) = serde_json::from_slice(&text).ok()?;
    (state.services.clock.now().timestamp() <= ends_at).then_some(())?;
    Some((key, new_key_cookie("", 0, state.is_secure)))
}
