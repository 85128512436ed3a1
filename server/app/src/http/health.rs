//! `/healthz`, `/readyz` and `/metrics`.

use super::AppState;
use super::authentication::Peer;
use crate::telemetry;
use axum::Router;
use axum::extract::{Extension, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::atomic::Ordering;
use std::time::Duration;
use subtle::ConstantTimeEq;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
}

/// The process runs.
async fn healthz() -> &'static str {
    "ok\n"
}

/// The server can do its job: database with all migrations, archive, and whatever start-up has to prepare.
async fn readyz(State(state): State<AppState>) -> Response {
    let mut missing = Vec::new();
    if !state.is_prepared.load(Ordering::SeqCst) {
        missing.push("the sample is being prepared");
    }
    let limit = Duration::from_secs(2);
    match tokio::time::timeout(limit, state.services.database.is_ready()).await {
        Ok(Ok(true)) => {}
        Ok(Ok(false)) => missing.push("the database lacks migrations: run `orgtrail migrate`"),
        Ok(Err(_)) | Err(_) => missing.push("the database does not answer"),
    }
    match tokio::time::timeout(limit, state.services.archive.is_reachable()).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) | Err(_) => missing.push("the archive does not answer"),
    }
    if missing.is_empty() {
        return "ready\n".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, missing.join("\n") + "\n").into_response()
}

/// Prometheus metrics, for loopback or with the token.
async fn metrics(
    State(state): State<AppState>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    let given = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    let has_token = state
        .metrics_token
        .as_ref()
        .is_some_and(|token| bool::from(token.as_bytes().ct_eq(given.as_bytes())));
    let is_local = peer.is_direct && peer.address.is_loopback();
    if !has_token && !is_local {
        return (
            StatusCode::FORBIDDEN,
            "metrics are for loopback, or for the token of --metrics-token\n",
        )
            .into_response();
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], telemetry::metrics().render()).into_response()
}
