//! Answers and refusals in the shape that each protocol has.

use super::is_form;
use axum::Json;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use orgtrail_domain::sigv4::SignatureError;
use serde_json::{Value, json};
use uuid::Uuid;

/// The header that names the operation of the JSON protocol.
pub(super) const TARGET: &str = "x-amz-target";

/// The namespace of STS's answers.
pub(super) const STS: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// How a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    /// Forms, answered by XML.
    Query,
    /// JSON 1.1, with the operation in a header.
    Json,
}

/// Why a request is refused, with the names that both protocols have for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The status of the Query protocol. The JSON protocol has 400 for whatever the client could do better.
    status: StatusCode,
    query_code: &'static str,
    json_code: &'static str,
    message: String,
}

impl Refusal {
    fn new(
        status: StatusCode,
        query_code: &'static str,
        json_code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { status, query_code, json_code, message: message.into() }
    }

    /// Neither a form nor a target.
    pub(super) fn unknown_protocol() -> Self {
        let message = "send a form (AWS Query protocol) or an X-Amz-Target (AWS JSON 1.1)";
        Self::new(StatusCode::BAD_REQUEST, "InvalidAction", "UnknownOperationException", message)
    }

    /// A form for a service that speaks JSON.
    pub(super) fn wrong_protocol(service: &str) -> Self {
        let message = format!("the service '{service}' doesn't speak the Query protocol");
        Self::new(StatusCode::BAD_REQUEST, "InvalidAction", "UnknownOperationException", message)
    }

    /// An operation that there is not.
    pub(super) fn unknown_operation(name: &str) -> Self {
        let message = format!("orgtrail doesn't answer '{name}'");
        Self::new(StatusCode::BAD_REQUEST, "InvalidAction", "UnknownOperationException", message)
    }

    /// Whether nobody is known to have signed the request.
    pub(super) fn is_about_the_signature(&self) -> bool {
        self.status == StatusCode::FORBIDDEN
    }

    /// The address has sent too many requests that were signed by nobody.
    pub(super) fn throttled() -> Self {
        let message = "Rate exceeded";
        Self::new(StatusCode::BAD_REQUEST, "Throttling", "ThrottlingException", message)
    }

    /// What the client could do better, by a name that AWS has for it.
    pub(super) fn named(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, code, message)
    }

    /// The body isn't the JSON that the operation takes.
    pub(super) fn unreadable(error: &serde_json::Error) -> Self {
        Self::named("SerializationException", format!("the body can't be read: {error}"))
    }

    /// The body is larger than any request is.
    pub(super) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            "SerializationException",
            "the body is too large or did not come whole",
        )
    }

    /// Our fault; the reason is in the log.
    pub(super) fn internal(error: &anyhow::Error) -> Self {
        tracing::error!(error = format!("{error:#}"), "a signed request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalFailure",
            "InternalFailure",
            "the server could not answer; nothing was changed, and the request may be repeated",
        )
    }
}

impl From<SignatureError> for Refusal {
    /// Source: IAM API Reference, "Common errors", and CloudTrail API Reference, "Common errors".
    fn from(error: SignatureError) -> Self {
        let message = error.to_string();
        let (query_code, json_code) = match error {
            SignatureError::MissingAuthenticationToken => {
                ("MissingAuthenticationToken", "MissingAuthenticationTokenException")
            }
            SignatureError::IncompleteSignature(_) => {
                ("IncompleteSignature", "IncompleteSignatureException")
            }
            SignatureError::InvalidClientTokenId => {
                ("InvalidClientTokenId", "UnrecognizedClientException")
            }
            SignatureError::SignatureDoesNotMatch(_) | SignatureError::ContentSha256Mismatch => {
                ("SignatureDoesNotMatch", "InvalidSignatureException")
            }
            SignatureError::RequestExpired(_) => ("RequestExpired", "InvalidSignatureException"),
        };
        Self::new(StatusCode::FORBIDDEN, query_code, json_code, message)
    }
}

impl Wire {
    /// How the client of a request speaks, if it says so.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        if headers.contains_key(TARGET) {
            return Some(Self::Json);
        }
        is_form(headers).then_some(Self::Query)
    }

    /// A refusal in this protocol's shape.
    pub(super) fn refuse(self, refusal: &Refusal, request_id: Uuid) -> Response {
        let Refusal { status, query_code, json_code, message } = refusal;
        match self {
            Self::Query => {
                let kind = if status.is_server_error() { "Receiver" } else { "Sender" };
                let body = format!(
                    "<ErrorResponse xmlns=\"{STS}\"><Error><Type>{kind}</Type><Code>{query_code}</Code>\
                     <Message>{}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
                    escape(message)
                );
                xml(*status, body, request_id)
            }
            Self::Json => {
                let status = if status.is_server_error() {
                    StatusCode::INTERNAL_SERVER_ERROR
                } else {
                    StatusCode::BAD_REQUEST
                };
                let body = Json(json!({ "__type": json_code, "message": message }));
                let mut response = (status, body).into_response();
                let headers = response.headers_mut();
                headers
                    .insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
                headers.insert(
                    HeaderName::from_static("x-amzn-errortype"),
                    HeaderValue::from_static(json_code),
                );
                with_id(response, request_id)
            }
        }
    }
}

/// An answer of the JSON protocol.
pub(super) fn json(body: &Value, request_id: Uuid) -> Response {
    let mut response = Json(body).into_response();
    let kind = HeaderValue::from_static("application/x-amz-json-1.1");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    with_id(response, request_id)
}

/// An answer of the Query protocol.
pub(super) fn xml(status: StatusCode, body: String, request_id: Uuid) -> Response {
    let kind = [(CONTENT_TYPE, HeaderValue::from_static("text/xml"))];
    with_id((status, kind, body).into_response(), request_id)
}

fn with_id(mut response: Response, request_id: Uuid) -> Response {
    if let Ok(id) = HeaderValue::from_str(&request_id.to_string()) {
        response.headers_mut().insert(HeaderName::from_static("x-amzn-requestid"), id);
    }
    response
}

/// A text as XML has it. What XML can't hold is left out.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' => escaped.push(character),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_can_not_break_out_of_its_element() {
        assert_eq!(escape("<a href=\"x\">&\u{0}\n"), "&lt;a href=&quot;x&quot;&gt;&amp;\n");
    }

    #[test]
    fn a_client_says_how_it_speaks() {
        let with = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, HeaderValue::from_static(value));
            }
            Wire::of(&headers)
        };
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        assert_eq!(with(&[("content-type", form)]), Some(Wire::Query));
        assert_eq!(with(&[("x-amz-target", "A.B"), ("content-type", form)]), Some(Wire::Json));
        assert_eq!(with(&[("content-type", "text/html")]), None);
    }
}
