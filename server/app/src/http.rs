//! One port: health, metrics, the API, sign-in, and the console.

pub mod api;
mod authentication;
mod aws;
mod console;
mod edits;
mod health;
mod protection;
mod provider;
mod quarantine;
mod rules;
mod settings;
mod sign_in;

use crate::access::{FailureLimit, SignInThrottle, TokenIssuer};
use crate::config::ListenConfig;
use crate::services::Services;
use axum::Router;
use axum::middleware;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;

pub use authentication::CallerExtension;
pub use console::site_directory;

/// The largest request body, in bytes: forms and questions of the console.
const BODY_BYTES_MAX: usize = 256 << 10;

/// What every request handler shares.
#[derive(Clone)]
pub struct AppState(Arc<Inner>);

/// The parts of the state.
pub struct Inner {
    /// The services.
    pub services: Services,
    /// Makes and reads session tokens.
    pub tokens: TokenIssuer,
    /// Limits sign-in attempts.
    pub throttle: SignInThrottle,
    /// Limits requests whose signature is nobody's, by network.
    pub signatures: FailureLimit<IpAddr>,
    /// Whether browsers reach us over TLS.
    pub is_secure: bool,
    /// Proxies whose X-Forwarded-For is believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// What /metrics asks for beyond loopback.
    pub metrics_token: Option<String>,
    /// Where the console's files are.
    pub site: console::Site,
    /// Whether a start-up that takes longer, such as the sample's, is done.
    pub is_prepared: AtomicBool,
}

impl std::ops::Deref for AppState {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl AppState {
    /// The state of a server.
    ///
    /// # Errors
    ///
    /// When the session key can't be opened or the console's files are not there.
    pub async fn new(
        services: Services,
        listen: &ListenConfig,
        is_prepared: bool,
    ) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(Inner {
            tokens: TokenIssuer::load(&services).await?,
            throttle: SignInThrottle::default(),
            signatures: FailureLimit::new(300, Duration::from_secs(10)),
            is_secure: listen.is_secure(),
            trusted_proxies: listen.trusted_proxies.clone(),
            metrics_token: listen.metrics_token.clone(),
            site: console::Site::open(listen.site_dir.as_deref())?,
            is_prepared: AtomicBool::new(is_prepared),
            services,
        })))
    }

    /// From now on the server is ready.
    pub fn mark_prepared(&self) {
        self.is_prepared.store(true, Ordering::SeqCst);
    }
}

/// Every route of the server.
pub fn router(state: AppState) -> Router {
    let open =
        Router::new().merge(health::routes()).merge(sign_in::routes()).merge(provider::routes());
    let actions = edits::routes()
        .merge(rules::routes())
        .merge(quarantine::routes())
        .merge(settings::routes())
        .merge(aws::routes());
    let api = api::routes();
    Router::new()
        .merge(open)
        .merge(api)
        .merge(actions)
        .merge(console::routes(&state))
        .layer(middleware::from_fn_with_state(state.clone(), aws::answer_presigned))
        .layer(middleware::from_fn_with_state(state.clone(), authentication::authenticate))
        .layer(middleware::from_fn_with_state(state.clone(), protection::protect))
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(protection::measure))
        .with_state(state)
}
