//! Hosts the console: pages rendered on the server, server functions, and the browser's bundle.

use super::AppState;
use super::authentication::CallerExtension;
use super::sign_in::{FORM_COOKIE, form_cookie};
use crate::backend::CallerBackend;
use anyhow::bail;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list};
use orgtrail_web::backend::{Backend, SignInContext};
use orgtrail_web::{App, shell};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
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

pub(super) fn leptos_options(named: Option<&Path>) -> anyhow::Result<LeptosOptions> {
    let site = site_directory(named)?;
    let mut options = LeptosOptions::builder()
        .output_name("console")
        .site_root(site.to_string_lossy())
        .site_pkg_dir("pkg")
        .build();
    options.hash_files = true;
    options.hash_file = site.join("hash.txt").to_string_lossy().into();
    Ok(options)
}

pub(super) fn routes(state: &AppState) -> Router<AppState> {
    let options = state.leptos.clone();
    let context = {
        let state = state.clone();
        move || provide(&state)
    };
    let document = {
        let options = options.clone();
        move || shell(options.clone())
    };
    let fallback = leptos_axum::render_app_async_with_context(context.clone(), document.clone());
    // The names of the bundle's files hold their hashes, so they never change.
    let assets = ServiceBuilder::new()
        .layer(SetResponseHeaderLayer::overriding(
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ))
        .service(
            ServeDir::new(Path::new(&*options.site_root).join("pkg"))
                .precompressed_br()
                .precompressed_gzip(),
        );
    let pages: Router<LeptosOptions> = Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context, document)
        .fallback(move |request: Request| async move { fallback(request).await });
    Router::new()
        .nest_service("/pkg", assets)
        .merge(pages.with_state(options))
        .layer(middleware::from_fn_with_state(state.clone(), require_sign_in))
}

/// Sends people who are not signed in to the form, and those who are away from it.
async fn require_sign_in(State(_): State<AppState>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<CallerExtension>();
    let is_signed_in = caller.is_some_and(|caller| caller.0.is_some());
    let path = request.uri().path();
    let is_page =
        *request.method() == Method::GET && !path.starts_with("/ui/") && !path.starts_with("/pkg/");
    if is_page && path == "/sign-in" && is_signed_in {
        return Redirect::to("/").into_response();
    }
    if is_page && path != "/sign-in" && !is_signed_in {
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
    if is_page { render(request, &next).await } else { next.run(request).await }
}

/// How long one attempt to render a page may take.
const RENDER_WITHIN: Duration = Duration::from_secs(8);

/// How often a page is rendered before the reader is told.
const RENDER_ATTEMPTS: usize = 3;

/// Renders a page within bounded time. A page only reads, so an attempt that got stuck is begun anew: rarely, a
/// resource of a page that is rendered on several threads misses that its answer has come, and would wait for ever.
async fn render(request: Request, next: &Next) -> Response {
    let (parts, _) = request.into_parts();
    for _ in 0..RENDER_ATTEMPTS {
        let attempt = Request::from_parts(parts.clone(), Body::empty());
        match tokio::time::timeout(RENDER_WITHIN, next.clone().run(attempt)).await {
            Ok(response) => return response,
            Err(_) => tracing::warn!(
                path = parts.uri.path(),
                "rendering a page got stuck; it is begun anew"
            ),
        }
    }
    let text =
        "the server could not put the page together in time; nothing was changed, load it again\n";
    (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
}

/// What every page and server function finds in its context.
fn provide(state: &AppState) {
    let parts = use_context::<Parts>();
    let caller = parts
        .as_ref()
        .and_then(|parts| parts.extensions.get::<CallerExtension>())
        .and_then(|extension| extension.0.clone());
    let csrf_token = caller
        .as_ref()
        .and_then(|caller| caller.session_id)
        .map(|id| state.tokens.csrf_token(id))
        .unwrap_or_default();
    let backend = CallerBackend { services: state.services.clone(), caller, csrf_token };
    provide_context::<Arc<dyn Backend>>(Arc::new(backend));
    let response = use_context::<ResponseOptions>();
    if let Some(parts) = &parts
        && parts.uri.path().contains("/sign-in")
    {
        provide_sign_in(state, parts, response.as_ref());
    }
    if let Some(response) = response {
        protect(&response);
    }
}

/// The sign-in form's token, kept in a cookie until the form comes back.
fn provide_sign_in(state: &AppState, parts: &Parts, response: Option<&ResponseOptions>) {
    let known = CookieJar::from_headers(&parts.headers)
        .get(FORM_COOKIE)
        .map(|cookie| cookie.value().to_owned());
    let csrf = known
        .filter(|value| value.len() == 32)
        .unwrap_or_else(|| hex::encode(rand::random::<[u8; 16]>()));
    if let (Some(response), Ok(value)) =
        (response, HeaderValue::from_str(&form_cookie(&csrf, state.is_secure)))
    {
        response.append_header(SET_COOKIE, value);
    }
    provide_context(SignInContext { csrf });
}

/// Scripts only with this page's nonce, and nothing from anywhere else.
fn protect(response: &ResponseOptions) {
    let nonce = use_nonce().map(|nonce| format!("'nonce-{nonce}'")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; connect-src 'self'; img-src 'self' data:; style-src 'self'; \
         script-src {nonce} 'self' 'wasm-unsafe-eval'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}
