//! Signing in through an identity provider: the browser goes there and comes back. And the form that says who the provider is.
//!
//! Source: OpenID Connect Core 1.0 §3.1; RFC 9207 for the issuer in the answer.

use super::AppState;
use super::api::status_of;
use super::authentication::{CallerExtension, Peer, session_cookie, user_agent};
use super::sign_in::{back, equal, failure, require_own_form, safe_next};
use crate::access::{Audience, Entered, Entrance, admit};
use crate::audit::{Actor, Deed, Origin};
use crate::backend::change_provider;
use axum::Router;
use axum::extract::{Extension, Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_oidc::{OidcError, Pending};
use orgtrail_shared::identity_provider::{GroupGrant, IdentityProvider, ProviderRequest};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What must come back with somebody, sealed.
const COOKIE: &str = "orgtrail_provider";

/// Where the cookie goes: nowhere else.
const COOKIE_PATH: &str = "/sign-in";

/// How long somebody may take at the provider.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);

/// The longest address to go on to: a cookie has four kilobytes.
const NEXT_BYTES_MAX: usize = 1_500;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/sign-in/provider", get(begin))
        .route("/sign-in/callback/{organization}", get(finish))
        .route("/identity-provider/change", post(change))
        .route("/identity-provider/remove", post(remove))
}

/// Somebody who is at the provider.
#[derive(Serialize, Deserialize)]
struct Away {
    organization_id: i32,
    /// The organization's id at AWS, which stands in the address that people come back to.
    organization: String,
    version: i32,
    pending: Pending,
    next: String,
    since: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Beginning {
    organization: String,
    #[serde(default)]
    next: String,
}

async fn begin(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    jar: CookieJar,
    headers: HeaderMap,
    Query(beginning): Query<Beginning>,
) -> Response {
    // A picture on another page begins nothing, nor uses up the attempts of a network.
    let goes_there = headers.get("sec-fetch-dest").is_none_or(|dest| dest == "document");
    if !goes_there {
        let text = "a sign-in is begun by following its link\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    let mut next = safe_next(&beginning.next);
    if next.len() > NEXT_BYTES_MAX {
        "/".clone_into(&mut next);
    }
    if state.throttle.check_address(peer.address).is_err() {
        return back("throttled", &next);
    }
    match send_away(&state, &beginning.organization, next.clone()).await {
        Ok(Some((cookie, address))) => (jar.add(cookie), Redirect::to(&address)).into_response(),
        Ok(None) => back("provider-gone", &next),
        Err(error) => {
            tracing::error!(
                error = format!("{error:#}"),
                "a sign-in by a provider could not begin"
            );
            back("provider-silent", &next)
        }
    }
}

async fn send_away(
    state: &AppState,
    organization: &str,
    next: String,
) -> anyhow::Result<Option<(Cookie<'static>, String)>> {
    let services = &state.services;
    let rows = services.database.identity_providers().await?;
    let Some(row) = rows.into_iter().find(|row| row.organization == organization) else {
        return Ok(None);
    };
    let Some(trusted) = services.providers.of(services, &row).await? else { return Ok(None) };
    let begun = trusted.provider.begin().await;
    let away = Away {
        organization_id: row.organization_id,
        organization: row.organization,
        version: row.version,
        pending: begun.pending,
        next,
        since: services.clock.now(),
    };
    let sealed = services.master_key.seal(COOKIE, &serde_json::to_vec(&away)?)?;
    let cookie = cookie(BASE64.encode(sealed), state.is_secure);
    Ok(Some((cookie, begun.address)))
}

/// Lax, as people come back from another site.
fn cookie(value: String, is_secure: bool) -> Cookie<'static> {
    Cookie::build((COOKIE, value))
        .path(COOKIE_PATH)
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(is_secure)
        .build()
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    /// The issuer, which a provider may name.
    iss: Option<String>,
    /// What is wrong, if the provider says so.
    error: Option<String>,
}

async fn finish(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    jar: CookieJar,
    headers: HeaderMap,
    Path(organization): Path<String>,
    Query(answer): Query<Answer>,
) -> Response {
    let away = read_away(&state, &jar);
    // Whatever becomes of it: nobody comes back twice.
    let jar = jar.remove(cookie(String::new(), state.is_secure));
    let away = away.filter(|away| {
        away.organization == organization && equal(&away.pending.state, &answer.state)
    });
    let Some(away) = away else { return (jar, back("provider-expired", "/")).into_response() };
    let next = away.next.clone();
    let origin = Origin::request(peer.address, user_agent(&headers), true);
    match come_back(&state, away, answer, origin).await {
        Ok(Back::In(token)) => {
            let jar = jar.add(session_cookie(token, state.is_secure));
            (jar, Redirect::to(&next)).into_response()
        }
        Ok(Back::Refused(why)) => (jar, back(why, &next)).into_response(),
        Err(error) => {
            tracing::error!(
                error = format!("{error:#}"),
                "a sign-in by a provider could not be finished"
            );
            (jar, back("provider-silent", &next)).into_response()
        }
    }
}

fn read_away(state: &AppState, jar: &CookieJar) -> Option<Away> {
    let sealed = BASE64.decode(jar.get(COOKIE)?.value()).ok()?;
    let away = state.services.master_key.open(COOKIE, &sealed).ok()?;
    let away: Away = serde_json::from_slice(&away).ok()?;
    (state.services.clock.now() < away.since + PATIENCE).then_some(away)
}

/// What becomes of somebody who comes back.
enum Back {
    /// Their session's token.
    In(String),
    /// Why not, as the sign-in page knows it.
    Refused(&'static str),
}

async fn come_back(
    state: &AppState,
    away: Away,
    answer: Answer,
    origin: Origin,
) -> anyhow::Result<Back> {
    let services = &state.services;
    let row = services.database.identity_provider(away.organization_id).await?;
    let Some(row) = row.filter(|row| row.version == away.version) else {
        return Ok(Back::Refused("provider-expired"));
    };
    let Some(trusted) = services.providers.of(services, &row).await? else {
        return Ok(Back::Refused("provider-gone"));
    };
    let refused = if let Some(error) = answer.error {
        Err(OidcError::Refused(format!("the provider says: {error}")))
    } else if answer.iss.is_some_and(|issuer| issuer != trusted.provider.issuer()) {
        Err(OidcError::Refused("the answer comes from another issuer".to_owned()))
    } else {
        trusted.provider.finish(answer.code, away.pending, services.clock.now()).await
    };
    let who = match refused {
        Ok(who) => who,
        Err(OidcError::Refused(reason)) => {
            tracing::warn!(%reason, issuer = trusted.provider.issuer(), "a sign-in by a provider is refused");
            let act = Actor::nobody(trusted.organization_id, origin);
            let act = act.act(services.clock.now(), &Deed::change("ConsoleLogin", Value::Null));
            services.database.record_act(&failure(act)).await?;
            return Ok(Back::Refused("provider-refused"));
        }
        Err(error) => return Err(error.into()),
    };
    Ok(match admit(services, &trusted, &who, Entrance::Console, origin).await? {
        Entered::Yes { session_id, name } => {
            let now = services.clock.now();
            Back::In(state.tokens.issue(&name, session_id, Audience::Console, now)?)
        }
        Entered::Disabled => Back::Refused("provider-disabled"),
        Entered::Changed => Back::Refused("provider-expired"),
        Entered::NoRole | Entered::Before => Back::Refused("provider-no-role"),
    })
}

#[derive(Deserialize)]
struct ProviderForm {
    #[serde(default)]
    label: String,
    #[serde(default)]
    issuer: String,
    #[serde(default)]
    client_id: String,
    /// Empty for the one there is.
    #[serde(default)]
    client_secret: String,
    /// Whether there is no secret.
    #[serde(default)]
    is_public: Option<String>,
    #[serde(default)]
    console_url: String,
    #[serde(default)]
    api_audience: String,
    #[serde(default)]
    groups_claim: String,
    /// With blanks between them.
    #[serde(default)]
    scopes: String,
    #[serde(default)]
    counts_as_second_factor: Option<String>,
    roles_last_days: u16,
    /// Lines of `ROLE PLACE GROUP`.
    #[serde(default)]
    grants: String,
    version: i32,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    csrf: String,
}

impl ProviderForm {
    fn request(self) -> Result<ProviderRequest, String> {
        let grants = GroupGrant::read_lines(&self.grants)?;
        let client_secret = match (self.is_public, self.client_secret) {
            (Some(_), secret) if !secret.is_empty() => {
                return Err("Give a client secret, or say that there is none; not both.".to_owned());
            }
            (Some(_), _) => Some(String::new()),
            (None, secret) => Some(secret).filter(|secret| !secret.is_empty()),
        };
        let text = |text: String| text.trim().to_owned();
        Ok(ProviderRequest {
            provider: Some(IdentityProvider {
                label: text(self.label),
                issuer: text(self.issuer),
                client_id: text(self.client_id),
                console_url: text(self.console_url),
                api_audience: Some(text(self.api_audience)).filter(|text| !text.is_empty()),
                groups_claim: text(self.groups_claim),
                scopes: self.scopes.split_whitespace().map(str::to_owned).collect(),
                counts_as_second_factor: self.counts_as_second_factor.is_some(),
                roles_last_days: self.roles_last_days,
                grants,
            }),
            client_secret,
            version: self.version,
            reason: self.reason,
        })
    }
}

#[derive(Deserialize)]
struct RemovalForm {
    version: i32,
    /// The provider's label, typed.
    #[serde(default)]
    confirm: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    csrf: String,
}

async fn change(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    Form(mut form): Form<ProviderForm>,
) -> Response {
    let csrf = std::mem::take(&mut form.csrf);
    put(&state, caller, &csrf, form.request()).await
}

async fn remove(
    State(state): State<AppState>,
    Extension(caller): Extension<CallerExtension>,
    Form(form): Form<RemovalForm>,
) -> Response {
    let RemovalForm { version, confirm, label, reason, csrf } = form;
    let request = if confirm.trim() == label && !label.is_empty() {
        Ok(ProviderRequest { provider: None, client_secret: None, version, reason })
    } else {
        Err(format!("Nothing was changed: type {label} to confirm."))
    };
    put(&state, caller, &csrf, request).await
}

async fn put(
    state: &AppState,
    CallerExtension(caller): CallerExtension,
    csrf: &str,
    request: Result<ProviderRequest, String>,
) -> Response {
    // A bearer token has no forms.
    let signed_in = caller.and_then(|caller| caller.session_id.map(|id| (caller, id)));
    let Some((caller, session_id)) = signed_in else {
        return Redirect::to("/sign-in?next=/identity-provider").into_response();
    };
    if let Err(refusal) = require_own_form(state, session_id, csrf) {
        return refusal.into_response();
    }
    let request = match request {
        Ok(request) => request,
        Err(words) => return (StatusCode::BAD_REQUEST, format!("{words}\n")).into_response(),
    };
    match Box::pin(change_provider(&state.services, &caller, request)).await {
        Ok(_) => Redirect::to("/identity-provider?changed=1").into_response(),
        Err(error) => (status_of(&error), format!("{error}\n")).into_response(),
    }
}
