//! The HTTP endpoint: guard, then s3s, then [`crate::wire`].

use crate::guard;
use crate::keys::KeyRing;
use crate::store::Inner;
use crate::wire::Wire;
use crate::wire::access::{Gate, Keys};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderValue, StatusCode};
use s3s::S3Error;
use s3s::service::{S3Service, S3ServiceBuilder};
use std::sync::Arc;
use tower::ServiceExt;

#[derive(Clone)]
struct Endpoint {
    service: S3Service,
    region: Arc<str>,
}

pub(crate) fn router(store: Arc<Inner>, keys: KeyRing, region: &str) -> Router {
    let region: Arc<str> = Arc::from(region);
    let mut builder =
        S3ServiceBuilder::new(Wire { store, keys: keys.clone(), region: Arc::clone(&region) });
    builder.set_auth(Keys(keys.clone()));
    builder.set_access(Gate(keys));
    Router::new().fallback(serve).with_state(Endpoint { service: builder.build(), region })
}

async fn serve(State(endpoint): State<Endpoint>, mut request: Request) -> Response {
    if let Err(refusal) = guard::check(&request, &endpoint.region) {
        return error_response(refusal);
    }
    join_content_encodings(request.headers_mut());
    let request = match guard::document::check(request).await {
        Ok(request) => request,
        Err(refusal) => return error_response(refusal),
    };
    match endpoint.service.oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(error) => {
            tracing::error!(?error, "could not answer an S3 request");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Makes one header of several `content-encoding`s, as the SDK sends them for an encoded object in chunks.
///
/// s3s refuses headers that come twice. For the signature it is the same: there, values are joined, too.
fn join_content_encodings(headers: &mut HeaderMap) {
    let values: Vec<&[u8]> =
        headers.get_all(CONTENT_ENCODING).iter().map(HeaderValue::as_bytes).collect();
    if values.len() < 2 {
        return;
    }
    if let Ok(joined) = HeaderValue::from_bytes(&values.join(&b","[..])) {
        headers.insert(CONTENT_ENCODING, joined);
    }
}

fn error_response(error: S3Error) -> Response {
    match error.to_http_response() {
        Ok(response) => response.map(Body::new),
        Err(error) => {
            tracing::error!(?error, "could not write an S3 error");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
