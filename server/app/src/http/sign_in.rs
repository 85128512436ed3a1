//! Signing in and out, by plain forms, so that it works without scripts.

use super::AppState;
use super::authentication::{COOKIE, CallerExtension, Peer, session_cookie, user_agent};
use crate::access::{Audience, Caller, step_of, verify_password};
use crate::audit::{Actor, Deed, Origin};
use crate::services::Services;
use axum::Router;
use axum::extract::{Extension, Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use orgtrail_storage::audit::NewAct;
use orgtrail_storage::users::{NewSession, UserRow};
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// The cookie that a sign-in form's token must equal.
pub(super) const FORM_COOKIE: &str = "orgtrail_form";

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/sign-in", post(sign_in)).route("/sign-out", post(sign_out))
}

#[derive(Deserialize)]
struct SignInForm {
    name: String,
    password: String,
    /// The code of a second factor; empty for none.
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    csrf: String,
}

#[derive(Deserialize)]
struct SignOutForm {
    #[serde(default)]
    csrf: String,
}

/// A path of ours to go on to; anything else leads to the overview.
pub(super) fn safe_next(next: &str) -> String {
    let is_path = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(|character: char| character == '\\' || character.is_control())
        && !next.starts_with("/sign-in");
    if is_path { next.to_owned() } else { "/".to_owned() }
}

pub(super) fn back(error: &str, next: &str) -> Response {
    let next: String = next
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect();
    Redirect::to(&format!("/sign-in?error={error}&next={next}")).into_response()
}

/// Refuses a form that was not sent from a page of this very session.
pub(super) fn require_own_form(
    state: &AppState,
    session_id: Uuid,
    csrf: &str,
) -> Result<(), (StatusCode, &'static str)> {
    if equal(&state.tokens.csrf_token(session_id), csrf) {
        return Ok(());
    }
    let text = "the form has expired; go back, load the page again and repeat\n";
    Err((StatusCode::FORBIDDEN, text))
}

pub(super) fn equal(one: &str, other: &str) -> bool {
    !one.is_empty() && bool::from(one.as_bytes().ct_eq(other.as_bytes()))
}

async fn sign_in(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    jar: CookieJar,
    headers: HeaderMap,
    Form(form): Form<SignInForm>,
) -> Response {
    let next = safe_next(&form.next);
    let expected = jar.get(FORM_COOKIE).map_or("", Cookie::value);
    if !equal(expected, &form.csrf) {
        return back("expired", &next);
    }
    let name = form.name.trim().to_lowercase();
    if let Err(seconds) = state.throttle.check(&name, peer.address) {
        tracing::warn!(wait_seconds = seconds, "sign-in attempts are throttled");
        return back("throttled", &next);
    }
    let origin = Origin::request(peer.address, user_agent(&headers), true);
    match open_session(&state, &name, (form.password, form.code), origin).await {
        Ok(Some(token)) => {
            let jar = jar.add(session_cookie(token, state.is_secure));
            (jar, Redirect::to(&next)).into_response()
        }
        Ok(None) => back("credentials", &next),
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "a sign-in failed");
            let text = "the server can't sign you in now; nothing was done, try again\n";
            (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
        }
    }
}

async fn open_session(
    state: &AppState,
    name: &str,
    (password, code): (String, String),
    origin: Origin,
) -> anyhow::Result<Option<String>> {
    let services = &state.services;
    let now = services.clock.now();
    let user = services.database.lookup_user(name).await?;
    let may_sign_in = user.as_ref().is_some_and(|user| user.may_sign_in(now));
    // Services, and those whom an identity provider signs in, have no password, so none is right.
    let hash = user.as_ref().map(|user| user.password_hash.clone()).filter(|hash| !hash.is_empty());
    let is_right = verify_password(password, hash).await?;
    let step = match user.as_ref().filter(|user| is_right && user.has_second_factor) {
        Some(user) => code_step(services, user, &code).await?,
        None => Step::NotNeeded,
    };
    let actor = match &user {
        Some(user) => {
            let management =
                services.database.account_of_person(user.organization_id, None).await?;
            Actor::person(user, management.as_deref(), origin.clone())
        }
        None => Actor::unknown(origin.clone()),
    };
    // Source: CloudTrail user guide, "AWS Management Console sign-in events".
    let act = actor.act(now, &Deed::change("ConsoleLogin", Value::Null));
    let Some(user) = user.filter(|_| is_right && may_sign_in && step != Step::Wrong) else {
        services.database.record_act(&failure(act)).await?;
        return Ok(None);
    };
    let session_id = Uuid::from_u128(rand::random());
    let audience = Audience::Console;
    // Once the session is open, its code is used up: both or none.
    let refused = act.clone();
    let mut acting = services.database.act(act).await?;
    if let Step::Right(sealed, step) = &step
        && !acting.take_step(user.user_id, (sealed, *step), now).await?
    {
        drop(acting);
        services.database.record_act(&failure(refused)).await?;
        return Ok(None);
    }
    acting
        .insert_session(&NewSession {
            session_id,
            user_id: user.user_id,
            audience: audience.name(),
            created_at: now,
            expires_at: now + audience.session_lifetime(),
            user_agent: &origin.user_agent,
            address: &origin.address,
        })
        .await?;
    acting.commit(json!({"ConsoleLogin": "Success"})).await?;
    Ok(Some(state.tokens.issue(&user.name, session_id, audience, now)?))
}

/// What a code of a second factor says.
#[derive(Clone, PartialEq, Eq)]
enum Step {
    /// There is no second factor.
    NotNeeded,
    /// The code is wrong, or there is none.
    Wrong,
    /// The code is that of a time step.
    Right(Vec<u8>, i64),
}

async fn code_step(services: &Services, user: &UserRow, code: &str) -> anyhow::Result<Step> {
    let row = services.database.second_factor(user.user_id).await?;
    let Some(row) = row.filter(|row| row.is_confirmed) else { return Ok(Step::NotNeeded) };
    let step = step_of(services, user, &row, code)?;
    Ok(step.map_or(Step::Wrong, |step| Step::Right(row.sealed, step)))
}

/// The act of a sign-in that failed. It doesn't tell what was wrong.
pub(super) fn failure(mut act: NewAct) -> NewAct {
    if let Some(record) = act.record.as_object_mut() {
        record.insert("errorMessage".to_owned(), json!("Failed authentication"));
        record.insert("responseElements".to_owned(), json!({"ConsoleLogin": "Failure"}));
    }
    act
}

async fn sign_out(
    State(state): State<AppState>,
    Extension(CallerExtension(caller)): Extension<CallerExtension>,
    jar: CookieJar,
    Form(form): Form<SignOutForm>,
) -> Response {
    let signed_in = caller.and_then(|caller| caller.session_id.map(|id| (caller, id)));
    if let Some((caller, session_id)) = signed_in {
        if let Err(refusal) = require_own_form(&state, session_id, &form.csrf) {
            return refusal.into_response();
        }
        if let Err(error) = end_session(&state, &caller, session_id).await {
            tracing::error!(error = format!("{error:#}"), "a session could not be ended");
            let text = "the session could not be ended; try again\n";
            return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
        }
    }
    let gone =
        Cookie::build((COOKIE, "")).path("/").http_only(true).same_site(SameSite::Lax).build();
    (jar.remove(gone), Redirect::to("/sign-in")).into_response()
}

/// Ends a session. One must be able to leave: when the database can't end it now, it is ended as soon as it can.
async fn end_session(state: &AppState, caller: &Caller, session_id: Uuid) -> anyhow::Result<()> {
    let services = &state.services;
    let deed = Deed::change("SignOut", json!({ "sessionId": session_id }));
    let act = Actor::of(caller).act(services.clock.now(), &deed);
    let work = async {
        let mut acting = services.database.act(act.clone()).await?;
        acting.revoke_session(session_id, services.clock.now()).await?;
        acting.commit(Value::Null).await
    };
    if let Err(error) = work.await {
        tracing::warn!(%error, "a sign-out is journalled, as the database can't take it");
        services.journal.write(&act, Some(session_id))?;
    }
    Ok(())
}

/// A cookie for the sign-in form, and the value that the form sends back.
pub(super) fn form_cookie(value: &str, is_secure: bool) -> String {
    Cookie::build((FORM_COOKIE, value.to_owned()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_secure)
        .build()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_gone_on_to() {
        for (next, expected) in [
            ("/search?q=a", "/search?q=a"),
            ("", "/"),
            ("https://evil.example/", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/sign-in?next=/", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
            ("/\t/evil.example", "/"),
            ("/\u{1}", "/"),
        ] {
            assert_eq!(safe_next(next), expected, "{next:?}");
        }
    }
}
