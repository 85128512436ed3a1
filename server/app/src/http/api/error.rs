//! Refusals of the API: a status, a code, and a sentence that names the thing.

use axum::Json;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use orgtrail_shared::console::ConsoleError;
use serde_json::json;

/// The status that says the same as an error.
pub(crate) fn status_of(error: &ConsoleError) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// An error on its way out.
#[derive(Debug)]
pub struct ApiError(pub ConsoleError);

impl From<ConsoleError> for ApiError {
    fn from(error: ConsoleError) -> Self {
        Self(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = status_of(&self.0);
        let message = match &self.0 {
            ConsoleError::NotSignedIn => {
                "this needs a valid bearer token or session; `orgtrail token NAME` prints a token"
                    .to_owned()
            }
            ConsoleError::Forbidden { .. }
            | ConsoleError::NotFound { .. }
            | ConsoleError::Query { .. }
            | ConsoleError::BadRequest { .. }
            | ConsoleError::TooMany { .. }
            | ConsoleError::Internal { .. } => self.0.to_string(),
        };
        let mut body = json!({ "error": { "code": self.0.code(), "message": message } });
        match &self.0 {
            ConsoleError::Query { error } => {
                body["error"]["start"] = error.start.into();
                body["error"]["end"] = error.end.into();
            }
            ConsoleError::Internal { request_id } => {
                body["error"]["request_id"] = request_id.clone().into();
            }
            ConsoleError::NotSignedIn
            | ConsoleError::Forbidden { .. }
            | ConsoleError::NotFound { .. }
            | ConsoleError::TooMany { .. }
            | ConsoleError::BadRequest { .. } => {}
        }
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
        }
        response
    }
}
