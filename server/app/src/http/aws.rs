//! AWS's own wire, at `POST /`: stock clients sign with a person's access key, and are that person.
//!
//! A form is the Query protocol, of which STS says who somebody is. An `X-Amz-Target` is the JSON protocol of CloudTrail
//! and Organizations. Source: Smithy, "AWS Query protocol" and "AWS JSON 1.1 protocol".

mod answer;
mod delegation;
mod json;
mod lookup;
mod organizations;
mod sts;

use self::answer::{Refusal, Wire};
use super::AppState;
use super::authentication::Peer;
use crate::access::{network_of, open_secret};
use crate::audit::Origin;
use anyhow::Context;
use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::post;
use orgtrail_domain::sigv4::{Claim, Payload, Rules, Secret, SignatureError, SignedRequest};
use orgtrail_storage::users::UserRow;
use sha2::{Digest, Sha256};
use std::net::{IpAddr, Ipv4Addr};
use uuid::Uuid;

/// The services that a request may be signed for.
const SERVICES: [&str; 3] = ["sts", "cloudtrail", "organizations"];

/// The largest body, in bytes; no request of these services comes near it.
const BODY_BYTES_MAX: usize = 256 << 10;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/", post(answer))
}

/// Answers a presigned `GET /`, as others send it on to prove who its maker is. Everything else goes on: it asks for a page.
pub(super) async fn answer_presigned(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let is_root = request.method() == Method::GET && request.uri().path() == "/";
    let query = request.uri().query().unwrap_or_default();
    let is_presigned = query.split('&').any(|pair| pair.starts_with("X-Amz-Signature="));
    if is_root && is_presigned {
        answer(State(state), request).await
    } else {
        next.run(request).await
    }
}

/// A request that was signed by somebody.
struct Signed {
    user: UserRow,
    access_key_id: String,
    service: String,
    region: String,
}

async fn answer(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let request_id = Uuid::from_u128(rand::random());
    let is_get = parts.method == Method::GET;
    // Nobody presigns a target.
    let wire = if is_get { Some(Wire::Query) } else { Wire::of(&parts.headers) };
    let Some(wire) = wire else {
        return Wire::Json.refuse(&Refusal::unknown_protocol(), request_id);
    };
    let network = parts.extensions.get::<Peer>().map(|peer| network_of(peer.address));
    let refused = |error: Refusal| {
        if let Some(network) = network.filter(|_| error.is_about_the_signature()) {
            state.signatures.note(&network);
        }
        wire.refuse(&error, request_id)
    };
    if network.is_some_and(|network| state.signatures.refuses(&network)) {
        return wire.refuse(&Refusal::throttled(), request_id);
    }
    let Ok(body) = to_bytes(body, BODY_BYTES_MAX).await else {
        return wire.refuse(&Refusal::too_large(), request_id);
    };
    let signed = match authenticate(&state, &parts, &body).await {
        Ok(signed) => signed,
        Err(refusal) => return refused(refusal),
    };
    tracing::debug!(
        access_key = %signed.access_key_id,
        service = %signed.service,
        region = %signed.region,
        "a signed request"
    );
    match (wire, signed.service.as_str()) {
        (Wire::Query, "sts") => {
            let form = String::from_utf8_lossy(&body);
            let form = if is_get { parts.uri.query().unwrap_or_default() } else { &form };
            sts::answer(&state.services, &signed.user, form, request_id).await
        }
        (Wire::Query, service) => wire.refuse(&Refusal::wrong_protocol(service), request_id),
        (Wire::Json, _) => {
            let target = text(&parts.headers, answer::TARGET);
            let agent = text(&parts.headers, USER_AGENT.as_str());
            let address = parts.extensions.get::<Peer>().map(|peer| peer.address);
            let address = address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
            let origin = Origin { request_id, ..Origin::request(address, agent, false) };
            match json::answer(&state.services, signed, target, &body, origin).await {
                Ok(body) => answer::json(&body, request_id),
                Err(refusal) => wire.refuse(&refusal, request_id),
            }
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whose request it is: that of the person whose access key has signed it.
async fn authenticate(state: &AppState, parts: &Parts, body: &Bytes) -> Result<Signed, Refusal> {
    let headers = headers(parts);
    let request = SignedRequest {
        method: parts.method.as_str(),
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: &headers,
    };
    let claim = Claim::read(&request)?.ok_or(SignatureError::MissingAuthenticationToken)?;
    let (services, now) = (&state.services, state.services.clock.now());
    let rules = Rules::new(now, &SERVICES);
    // Whoever asks for nothing sensible learns so before the database has to work.
    claim.check(&rules)?;
    let id = claim.access_key_id();
    if !is_key_id(id) {
        return Err(SignatureError::InvalidClientTokenId.into());
    }
    if !is_region(claim.region()) {
        let reason = "the Region of 'Credential' can't be one";
        return Err(SignatureError::IncompleteSignature(reason.to_owned()).into());
    }
    let failed = |error: anyhow::Error| Refusal::internal(&error);
    let key = services.database.signing_key(id, now).await.map_err(|error| failed(error.into()))?;
    let key = key.ok_or(SignatureError::InvalidClientTokenId)?;
    let secret = open_secret(services, id, &key).map_err(failed)?;
    let secret = String::from_utf8(secret).context("a secret is not text").map_err(failed)?;
    let payload = Payload::Sha256(Sha256::digest(body).into());
    claim.verify(&request, payload, &Secret::new(secret), &rules)?;
    let noted = services.database.note_key_use(id, claim.service(), claim.region(), now).await;
    if let Err(error) = noted {
        tracing::warn!(%error, "the use of an access key could not be noted");
    }
    Ok(Signed {
        user: key.user,
        access_key_id: id.to_owned(),
        service: claim.service().to_owned(),
        region: claim.region().to_owned(),
    })
}

/// Whether a text has the shape of the ids that are made here.
fn is_key_id(text: &str) -> bool {
    let rest = text.strip_prefix("AKIA").unwrap_or_default();
    rest.len() == 16 && rest.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'))
}

fn is_region(text: &str) -> bool {
    text.len() <= 32 && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// The headers as they came. HTTP/2 has the host in its address.
fn headers(parts: &Parts) -> Vec<(&str, &[u8])> {
    let mut headers: Vec<(&str, &[u8])> =
        parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    if !parts.headers.contains_key(HOST)
        && let Some(host) = parts.uri.authority()
    {
        headers.push((HOST.as_str(), host.as_str().as_bytes()));
    }
    headers
}

/// Whether a content type is that of a form.
fn is_form(headers: &HeaderMap) -> bool {
    text(headers, CONTENT_TYPE.as_str())
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}
