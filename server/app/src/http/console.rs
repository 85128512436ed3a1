//! Hosts the console: pages rendered on the server, server functions, and the browser's bundle.

use super::AppState;
use super::authentication::CallerExtension;
use super::settings::take_new_key;
use super::sign_in::{FORM_COOKIE, form_cookie};
use crate::access::Caller;
use crate::backend::CallerBackend;
use anyhow::{Context, bail};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use axum_extra::extract::cookie::CookieJar;
use leptos::prelude::provide_context;
use leptos_axum::handle_server_fns_with_context;
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::settings::NewKey;
use orgtrail_web::Failure;
use orgtrail_web::backend::Backend;
use orgtrail_web::document::{Bundle, PART_HEADER, PATHS, PageRequest, Part, SIGN_IN, render};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tower::ServiceBuilder;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// Finds the console's files: the folder that was named, `site` beside the program, or the build's own.
///
/// # Errors
///
/// When there is none.
pub fn site_directory(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    let mut places = Vec::new();
    if let Some(named) = named {
        places.push(named.to_owned());
    } else {
        if let Ok(program) = std::env::current_exe()
            && let Some(folder) = program.parent()
        {
            places.extend([folder.join("site"), folder.join("../site")]);
        }
        places.push(PathBuf::from("target/site"));
    }
    if let Some(found) = places.iter().find(|place| place.join("hash.txt").exists()) {
        return Ok(std::path::absolute(found)?);
    }
    let places: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
    bail!(
        "the console's files are in none of {}: build them by `cargo xtask web`, or name their folder by --site-dir",
        places.join(", ")
    )
}

/// The console's files: where they are, and what they are called.
#[derive(Clone, Debug)]
pub struct Site {
    directory: PathBuf,
    bundle: Bundle,
}

impl Site {
    pub(super) fn open(named: Option<&Path>) -> anyhow::Result<Self> {
        let directory = site_directory(named)?;
        let list = directory.join("hash.txt");
        let hashes = std::fs::read_to_string(&list)
            .with_context(|| format!("could not read {}", list.display()))?;
        let bundle = Bundle::from_hashes(&hashes)
            .map_err(|reason| anyhow::anyhow!("{} is damaged: {reason}", list.display()))?;
        Ok(Self { directory, bundle })
    }
}

pub(super) fn routes(state: &AppState) -> Router<AppState> {
    // The names of the bundle's files hold their hashes, so they never change.
    let assets = ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::overriding(CACHE_CONTROL, lifetime))
        .service(
            ServeDir::new(state.site.directory.join("pkg")).precompressed_br().precompressed_gzip(),
        );
    let pages = PATHS.iter().fold(Router::new(), |router, path| router.route(path, get(page)));
    pages
        .fallback(page)
        .route("/ui/{function}", post(server_function))
        .nest_service("/pkg", assets)
        .layer(middleware::from_fn_with_state(state.clone(), require_sign_in))
}

/// How long an asset may be kept: for ever when it is there. What isn't may be there soon, while servers are replaced.
#[expect(clippy::unnecessary_wraps, reason = "the layer takes a function that may have no value")]
fn lifetime<B>(response: &Response<B>) -> Option<HeaderValue> {
    let is_there = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    Some(HeaderValue::from_static(if is_there {
        "public, max-age=31536000, immutable"
    } else {
        "no-store"
    }))
}

/// Sends people who are not signed in to the form, and those who are away from it.
async fn require_sign_in(State(_): State<AppState>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<CallerExtension>();
    let is_signed_in = caller.is_some_and(|caller| caller.0.is_some());
    let path = request.uri().path();
    let is_page =
        *request.method() == Method::GET && !path.starts_with("/ui/") && !path.starts_with("/pkg/");
    if is_page && path == SIGN_IN && is_signed_in {
        return Redirect::to("/").into_response();
    }
    if is_page && path != SIGN_IN && !is_signed_in {
        let wanted = request.uri().path_and_query().map_or("/", |wanted| wanted.as_str());
        let next: String = wanted
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                    char::from(byte).to_string()
                }
                _ => format!("%{byte:02X}"),
            })
            .collect();
        return Redirect::to(&format!("/sign-in?next={next}")).into_response();
    }
    next.run(request).await
}

/// Answers for one caller.
fn backend(state: &AppState, caller: Option<Caller>, new_key: Option<NewKey>) -> CallerBackend {
    let session = caller.as_ref().and_then(|caller| caller.session_id);
    let csrf_token = session.map(|id| state.tokens.csrf_token(id)).unwrap_or_default();
    CallerBackend { services: state.services.clone(), caller, csrf_token, new_key }
}

fn caller(parts: &Parts) -> Option<Caller> {
    parts.extensions.get::<CallerExtension>().and_then(|extension| extension.0.clone())
}

/// Renders a page, or says that there is none at this address.
async fn page(State(state): State<AppState>, parts: Parts) -> Response {
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let is_signing_in = parts.uri.path() == SIGN_IN;
    let sign_in_token = if is_signing_in { sign_in_token(&parts) } else { String::new() };
    let text = |name: &str| {
        let value = parts.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let request = PageRequest {
        path: parts.uri.path().to_owned(),
        search: parts.uri.query().unwrap_or_default().to_owned(),
        cookies: text(COOKIE.as_str()),
        part: Part::from_name(&text(PART_HEADER)),
        sign_in_token: sign_in_token.clone(),
    };
    let caller = caller(&parts);
    let jar = CookieJar::from_headers(&parts.headers);
    let session = caller.as_ref().and_then(|caller| caller.session_id);
    let made = session
        .filter(|_| parts.uri.path() == "/settings")
        .and_then(|session| take_new_key(&state, session, &jar));
    let (new_key, forget) = made.unzip();
    let backend = backend(&state, caller, new_key);
    let document = render(request, &backend, &state.site.bundle).await;
    let mut headers = HeaderMap::new();
    // A nonce is hexadecimal or Base64, so that the policy is always a header's value.
    if let Ok(policy) = HeaderValue::from_str(&document.policy()) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    if let Some(forget) = forget
        && let Ok(cookie) = HeaderValue::from_str(&forget)
    {
        headers.insert(SET_COOKIE, cookie);
    }
    if is_signing_in
        && let Ok(cookie) = HeaderValue::from_str(&form_cookie(&sign_in_token, state.is_secure))
    {
        headers.insert(SET_COOKIE, cookie);
    }
    let status = StatusCode::from_u16(document.status).unwrap_or(StatusCode::OK);
    (status, headers, Html(document.html)).into_response()
}

/// Answers a question that the browser's code asks.
async fn server_function(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if caller(&parts).is_none() {
        let failure = Failure::Answer(ConsoleError::NotSignedIn);
        return (StatusCode::UNAUTHORIZED, Json(failure)).into_response();
    }
    let backend: Arc<dyn Backend> = Arc::new(backend(&state, caller(&parts), None));
    let context = move || provide_context(backend.clone());
    let request = Request::from_parts(parts, body);
    handle_server_fns_with_context(context, request).await.into_response()
}

/// The sign-in form's token, kept in a cookie until the form comes back.
fn sign_in_token(parts: &Parts) -> String {
    let known = CookieJar::from_headers(&parts.headers)
        .get(FORM_COOKIE)
        .map(|cookie| cookie.value().to_owned());
    // Ours are 32 hexadecimal digits; nothing else goes into a header again.
    let is_ours =
        |value: &String| value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    known.filter(is_ours).unwrap_or_else(|| hex::encode(rand::random::<[u8; 16]>()))
}
