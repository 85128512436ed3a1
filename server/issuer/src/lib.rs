//! An identity provider for tests, on loopback. It does what it is told, also what no honest provider does.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::disallowed_methods,
    reason = "for tests, which end there"
)]

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::Utc;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// How a token is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signing {
    /// By the provider's key.
    #[default]
    Right,
    /// By another key, under the name of the provider's.
    OtherKey,
    /// Not at all.
    Nothing,
    /// By the public key as if it were a shared secret.
    PublicKeyAsSecret,
    /// By the client's secret.
    ClientSecret,
}

/// What the provider does next.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// Claims that replace the usual ones; `null` leaves one out.
    pub claims: Map<String, Value>,
    /// How tokens are signed.
    pub signing: Signing,
    /// What the user-info endpoint says beside the subject.
    pub user_info: Map<String, Value>,
    /// What replaces fields of the description.
    pub description: Map<String, Value>,
    /// What is answered instead of anything else.
    pub fails_with: Option<u16>,
}

struct Key {
    signing: EncodingKey,
    public: Value,
}

fn new_key(number: usize) -> Key {
    let pair = EcdsaKeyPair::generate_pkcs8(
        &ECDSA_P256_SHA256_FIXED_SIGNING,
        &aws_lc_rs::rand::SystemRandom::new(),
    )
    .unwrap();
    let signing = EncodingKey::from_ec_der(pair.as_ref());
    let mut public =
        serde_json::to_value(Jwk::from_encoding_key(&signing, Algorithm::ES256).unwrap()).unwrap();
    public["kid"] = json!(format!("key-{number}"));
    public["use"] = json!("sig");
    Key { signing, public }
}

struct Granted {
    nonce: String,
    challenge: String,
    claims: Map<String, Value>,
}

/// What the provider knows.
struct Inner {
    issuer: String,
    key: Mutex<Key>,
    other_key: Key,
    script: Mutex<Script>,
    codes: Mutex<HashMap<String, Granted>>,
    subject_of_token: Mutex<HashMap<String, String>>,
    asked: Mutex<usize>,
}

/// A provider, for as long as the test runs.
#[derive(Clone)]
pub struct Issuer(Arc<Inner>);

/// The client's secret there.
pub const CLIENT_SECRET: &str = "a secret of the client, for tests";

impl Issuer {
    /// Starts one on a free port of loopback.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            issuer,
            key: Mutex::new(new_key(1)),
            other_key: new_key(0),
            script: Mutex::default(),
            codes: Mutex::default(),
            subject_of_token: Mutex::default(),
            asked: Mutex::new(0),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/user-info", get(user_info))
            .with_state(Self(inner.clone()));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self(inner)
    }

    /// Its URL.
    pub fn url(&self) -> String {
        self.0.issuer.clone()
    }

    /// How often its keys were asked for.
    pub fn times_asked(&self) -> usize {
        *self.0.asked.lock().unwrap()
    }

    /// What it does from now on.
    pub fn follow(&self, script: Script) {
        *self.0.script.lock().unwrap() = script;
    }

    /// Signs by a new key from now on, and knows no other.
    pub fn rotate(&self) {
        let mut key = self.0.key.lock().unwrap();
        let number: usize =
            key.public["kid"].as_str().unwrap().trim_start_matches("key-").parse().unwrap();
        *key = new_key(number + 1);
    }

    /// Signs somebody in who was sent to an address; the code that they come back with, and the state.
    pub fn sign_in(&self, address: &str, claims: Value) -> (String, String) {
        let query = address.split_once('?').unwrap().1;
        let values: HashMap<String, String> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        assert_eq!(values["code_challenge_method"], "S256");
        let code = format!("code-{}", self.0.codes.lock().unwrap().len());
        let Value::Object(claims) = claims else { panic!("claims are an object") };
        let granted = Granted {
            nonce: values["nonce"].clone(),
            challenge: values["code_challenge"].clone(),
            claims,
        };
        self.0.codes.lock().unwrap().insert(code.clone(), granted);
        (code, values["state"].clone())
    }

    /// An access token for our API.
    pub fn access_token(&self, claims: &Value) -> String {
        let now = Utc::now().timestamp();
        let mut all = json!({
            "iss": self.url(), "aud": "https://orgtrail.example.com",
            "iat": now, "exp": now + 600,
        });
        let own = claims.as_object().unwrap().clone();
        all.as_object_mut().unwrap().extend(own);
        self.sign(all.as_object().unwrap().clone())
    }

    fn sign(&self, mut claims: Map<String, Value>) -> String {
        let script = self.0.script.lock().unwrap().clone();
        claims.extend(script.claims);
        claims.retain(|_, value| !value.is_null());
        let key = self.0.key.lock().unwrap();
        let kid = key.public["kid"].as_str().unwrap().to_owned();
        let by = |algorithm, key: &EncodingKey| {
            let header = Header { kid: Some(kid.clone()), ..Header::new(algorithm) };
            encode(&header, &claims, key).unwrap()
        };
        match script.signing {
            Signing::Right => by(Algorithm::ES256, &key.signing),
            Signing::OtherKey => by(Algorithm::ES256, &self.0.other_key.signing),
            Signing::PublicKeyAsSecret => {
                let x = BASE64.decode(key.public["x"].as_str().unwrap()).unwrap();
                by(Algorithm::HS256, &EncodingKey::from_secret(&x))
            }
            Signing::ClientSecret => {
                by(Algorithm::HS256, &EncodingKey::from_secret(CLIENT_SECRET.as_bytes()))
            }
            Signing::Nothing => {
                let header = BASE64.encode(json!({"alg": "none", "kid": kid}).to_string());
                let claims = BASE64.encode(Value::Object(claims).to_string());
                format!("{header}.{claims}.")
            }
        }
    }
}

async fn describe(State(issuer): State<Issuer>) -> Response {
    let script = issuer.0.script.lock().unwrap().clone();
    if let Some(status) = script.fails_with {
        return StatusCode::from_u16(status).unwrap().into_response();
    }
    let url = &issuer.0.issuer;
    let mut description = json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "userinfo_endpoint": format!("{url}/user-info"),
        "jwks_uri": format!("{url}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    });
    description.as_object_mut().unwrap().extend(script.description);
    Json(description).into_response()
}

async fn keys(State(issuer): State<Issuer>) -> Json<Value> {
    *issuer.0.asked.lock().unwrap() += 1;
    Json(json!({"keys": [issuer.0.key.lock().unwrap().public]}))
}

async fn token(
    State(issuer): State<Issuer>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let refuse = |error: &str| {
        (StatusCode::BAD_REQUEST, Json(json!({"error": error, "error_description": "for a test"})))
            .into_response()
    };
    if let Some(status) = issuer.0.script.lock().unwrap().fails_with {
        return StatusCode::from_u16(status).unwrap().into_response();
    }
    if !headers.contains_key("authorization") {
        return refuse("invalid_client");
    }
    let code = form.get("code").cloned().unwrap_or_default();
    let Some(granted) = issuer.0.codes.lock().unwrap().remove(&code) else {
        return refuse("invalid_grant");
    };
    let verifier = form.get("code_verifier").cloned().unwrap_or_default();
    if BASE64.encode(digest(&SHA256, verifier.as_bytes())) != granted.challenge {
        return refuse("invalid_grant");
    }
    let now = Utc::now().timestamp();
    let subject = granted.claims["sub"].as_str().unwrap().to_owned();
    let mut claims = granted.claims;
    for (name, value) in [
        ("iss", json!(issuer.0.issuer)),
        ("aud", json!("orgtrail")),
        ("iat", json!(now)),
        ("exp", json!(now + 300)),
        ("nonce", json!(granted.nonce)),
    ] {
        claims.insert(name.to_owned(), value);
    }
    let access = format!("opaque-{code}");
    issuer.0.subject_of_token.lock().unwrap().insert(access.clone(), subject);
    let answer = json!({
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": 300,
        "id_token": issuer.sign(claims),
    });
    Json(answer).into_response()
}

async fn user_info(State(issuer): State<Issuer>, headers: HeaderMap) -> Response {
    let sent = headers.get("authorization").and_then(|value| value.to_str().ok());
    let token = sent.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    let subject = issuer.0.subject_of_token.lock().unwrap().get(token).cloned();
    let Some(subject) = subject else { return StatusCode::UNAUTHORIZED.into_response() };
    let mut answer = json!({ "sub": subject });
    let more = issuer.0.script.lock().unwrap().user_info.clone();
    answer.as_object_mut().unwrap().extend(more);
    Json(answer).into_response()
}
