//! Who a request comes from: the session cookie of a browser, or a bearer token of the API.

use super::AppState;
use crate::access::{Audience, Caller, Entered, Entrance, admit, read_token, session_of, visitor};
use crate::audit::Origin;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{AUTHORIZATION, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The session cookie's name.
pub(super) const COOKIE: &str = "orgtrail_session";

/// The caller of a request; `None` for somebody who is not signed in.
#[derive(Clone, Debug)]
pub struct CallerExtension(pub Option<Caller>);

/// The address that a request comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    pub(super) address: IpAddr,
    /// Whether no proxy stands between.
    pub(super) is_direct: bool,
}

/// Puts the caller and the peer into the request, and renews a cookie that is half over.
pub(super) async fn authenticate(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = peer(&state, &request);
    request.extensions_mut().insert(peer);
    let path = request.uri().path();
    let is_api = path.starts_with("/api/");
    let is_static =
        path.starts_with("/pkg/") || matches!(path, "/healthz" | "/readyz" | "/metrics");
    if is_static {
        return next.run(request).await;
    }
    let sender = (peer.address, user_agent(request.headers()).to_owned());
    let found = if is_api {
        // A script sends a token; the API also answers a browser that is signed in.
        match bearer(request.headers()) {
            Some(token) => bearer_token(&state, token, &sender).await,
            None => cookie(&state, request.headers(), &sender).await,
        }
    } else {
        cookie(&state, request.headers(), &sender).await
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "a caller could not be authenticated");
            let text = "the server can't check who you are now; nothing was done, try again\n";
            return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
        }
    };
    let renewed = found.as_ref().and_then(|found| found.renewed.clone());
    request.extensions_mut().insert(CallerExtension(found.map(|found| found.caller)));
    let mut response = next.run(request).await;
    if let Some(cookie) = renewed
        && !response.headers().contains_key(SET_COOKIE)
        && let Ok(value) = HeaderValue::from_str(&cookie)
    {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

/// What a client says that it is.
pub(super) fn user_agent(headers: &HeaderMap) -> &str {
    headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

struct Found {
    caller: Caller,
    renewed: Option<String>,
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

async fn cookie(
    state: &AppState,
    headers: &HeaderMap,
    sender: &(IpAddr, String),
) -> anyhow::Result<Option<Found>> {
    let jar = CookieJar::from_headers(headers);
    match jar.get(COOKIE) {
        Some(cookie) => read(state, cookie.value(), Audience::Console, sender).await,
        None => Ok(None),
    }
}

/// A token of ours, or an access token of an organization's identity provider.
async fn bearer_token(
    state: &AppState,
    token: &str,
    sender: &(IpAddr, String),
) -> anyhow::Result<Option<Found>> {
    if let Some(found) = read(state, token, Audience::Api, sender).await? {
        return Ok(Some(found));
    }
    let services = &state.services;
    let Some((trusted, who)) = read_token(services, token).await? else { return Ok(None) };
    let (session_id, origin) = (session_of(token), Origin::request(sender.0, &sender.1, false));
    let audience = Audience::Api.name();
    let now = services.clock.now();
    let mut user = services.database.session_user(session_id, audience, now).await?;
    if user.is_none() {
        // One that has ended stays so, and one of the last moments opens nothing.
        let is_over = services.database.session_exists(session_id).await?;
        let visitor = visitor(&trusted, &who);
        if is_over || who.expires_at <= now || services.strangers.refuses(&visitor) {
            return Ok(None);
        }
        let entrance = Entrance::Token(session_id);
        let entered = admit(services, &trusted, &who, entrance, origin.clone()).await?;
        // Another request with the token may have opened the session meanwhile.
        if matches!(entered, Entered::Yes { .. } | Entered::Before) {
            user = services.database.session_user(session_id, audience, now).await?;
        } else {
            services.strangers.note(&visitor);
        }
    }
    let Some(user) = user else { return Ok(None) };
    let caller = Caller::new(services, user, Some(session_id), origin).await?;
    Ok(Some(Found { caller, renewed: None }))
}

async fn read(
    state: &AppState,
    token: &str,
    audience: Audience,
    (address, agent): &(IpAddr, String),
) -> anyhow::Result<Option<Found>> {
    let services = &state.services;
    let now = services.clock.now();
    let Some(claims) = state.tokens.read(token, audience, now) else { return Ok(None) };
    let user = services.database.session_user(claims.sid, audience.name(), now).await?;
    let Some(user) = user.filter(|user| user.name == claims.sub) else { return Ok(None) };
    let half_over = now.timestamp() > claims.iat + audience.token_lifetime().num_seconds() / 2;
    let renewed = (audience == Audience::Console && half_over)
        .then(|| state.tokens.issue(&user.name, claims.sid, audience, now))
        .transpose()?
        .map(|token| session_cookie(token, state.is_secure).to_string());
    let origin = Origin::request(*address, agent, audience == Audience::Console);
    let caller = Caller::new(services, user, Some(claims.sid), origin).await?;
    Ok(Some(Found { caller, renewed }))
}

/// The session's cookie: out of reach of scripts and of other sites' forms.
pub(super) fn session_cookie(token: String, is_secure: bool) -> Cookie<'static> {
    Cookie::build((COOKIE, token))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(is_secure)
        .build()
}

/// The address of the client. X-Forwarded-For is believed from a declared proxy only: its last entry, which that
/// proxy has added itself. An IPv4 address in IPv6's clothes is the IPv4 address that networks and limits mean.
fn peer(state: &AppState, request: &Request) -> Peer {
    let direct = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip().to_canonical());
    let forwarded = request
        .headers()
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.rsplit(',').next())
        .and_then(|value| value.trim().parse().ok())
        .map(|address: IpAddr| address.to_canonical());
    let is_proxy = state.trusted_proxies.iter().any(|network| network.contains(&direct));
    match forwarded {
        Some(address) if is_proxy => Peer { address, is_direct: false },
        _ => Peer { address: direct, is_direct: !is_proxy },
    }
}
