//! Session tokens: short-lived JWTs, signed with one pinned algorithm, revocable through their session.

use crate::services::Services;
use anyhow::Context;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The one algorithm: a token that names another is refused.
const ALGORITHM: Algorithm = Algorithm::EdDSA;

/// The name of the key that signs; older keys would stay accepted under their own names.
const KEY_ID: &str = "session-key-1";

/// Who made the token.
const ISSUER: &str = "orgtrail";

/// What a token is for. One for the console is never accepted by the API, and the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The cookie of a browser.
    Console,
    /// A bearer token.
    Api,
}

impl Audience {
    /// The name in the token and in the session's row.
    pub fn name(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Api => "api",
        }
    }

    /// How long a token lives. A cookie is renewed while its session lasts.
    pub fn token_lifetime(self) -> TimeDelta {
        match self {
            Self::Console => TimeDelta::minutes(30),
            Self::Api => TimeDelta::hours(1),
        }
    }

    /// How long a session lives.
    pub fn session_lifetime(self) -> TimeDelta {
        match self {
            Self::Console => TimeDelta::hours(12),
            Self::Api => TimeDelta::hours(1),
        }
    }
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionClaims {
    /// The sign-in name.
    pub sub: String,
    /// The session.
    pub sid: Uuid,
    /// What it is for.
    pub aud: String,
    /// Who made it.
    pub iss: String,
    /// When it was made, seconds since 1970.
    pub iat: i64,
    /// When it ends, seconds since 1970.
    pub exp: i64,
}

/// Makes and reads tokens. The key is in the database, sealed, and shared by all processes.
pub struct TokenIssuer {
    signing: EncodingKey,
    verifying: DecodingKey,
    csrf_key: Vec<u8>,
}

impl TokenIssuer {
    /// Loads the key, or makes it.
    ///
    /// # Errors
    ///
    /// When it can't be opened.
    pub async fn load(services: &Services) -> anyhow::Result<Self> {
        let make = || {
            let pair = Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8v1());
            let pkcs8 = pair.map_err(|_| anyhow::anyhow!("the session key can't be made"))?;
            Ok(pkcs8.as_ref().to_vec())
        };
        let pkcs8 = services.secret(KEY_ID, make).await?;
        let pair = Ed25519KeyPair::from_pkcs8(&pkcs8)
            .or_else(|_| Ed25519KeyPair::from_pkcs8_maybe_unchecked(&pkcs8))
            .map_err(|_| anyhow::anyhow!("the session key can't be read"))?;
        let csrf_key =
            services.secret("form-key", || Ok(rand::random::<[u8; 32]>().to_vec())).await?;
        Ok(Self {
            signing: EncodingKey::from_ed_der(&pkcs8),
            verifying: DecodingKey::from_ed_der(pair.public_key().as_ref()),
            csrf_key,
        })
    }

    /// Makes a token for a session.
    ///
    /// # Errors
    ///
    /// When it can't be signed.
    pub fn issue(
        &self,
        name: &str,
        session_id: Uuid,
        audience: Audience,
        now: DateTime<Utc>,
    ) -> anyhow::Result<String> {
        let claims = SessionClaims {
            sub: name.to_owned(),
            sid: session_id,
            aud: audience.name().to_owned(),
            iss: ISSUER.to_owned(),
            iat: now.timestamp(),
            exp: (now + audience.token_lifetime()).timestamp(),
        };
        let header = Header { kid: Some(KEY_ID.to_owned()), ..Header::new(ALGORITHM) };
        encode(&header, &claims, &self.signing).context("could not sign the token")
    }

    /// Reads a token; `None` when anything about it is wrong.
    pub fn read(
        &self,
        token: &str,
        audience: Audience,
        now: DateTime<Utc>,
    ) -> Option<SessionClaims> {
        let mut validation = Validation::new(ALGORITHM);
        validation.set_audience(&[audience.name()]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        // The time is ours to give, so that tests decide what time it is.
        validation.validate_exp = false;
        let data = decode::<SessionClaims>(token, &self.verifying, &validation).ok()?;
        let is_ours = data.header.kid.as_deref() == Some(KEY_ID);
        (is_ours && data.claims.exp > now.timestamp()).then_some(data.claims)
    }

    /// What every form of a session must send back.
    pub fn csrf_token(&self, session_id: Uuid) -> String {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &self.csrf_key);
        hex::encode(&aws_lc_rs::hmac::sign(&key, session_id.as_bytes()).as_ref()[..16])
    }
}
