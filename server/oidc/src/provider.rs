//! A provider: what it says about itself, and who comes back from it.

use crate::bearer::{self, Named};
use crate::claims::{self, Extra};
use crate::outbound::{Outbound, OutboundError};
use crate::{Identified, OidcError, ProviderSettings, SKEW};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::Jwk;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
    CoreProviderMetadata, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClaimsVerificationError, Client, ClientId, ClientSecret,
    CsrfToken, DiscoveryError, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IdTokenClaims, IdTokenFields, IdTokenVerifier, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    Scope, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse, TokenResponse,
    UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use tokio::sync::{Mutex, RwLock};

/// Keys that are older are fetched again: a provider takes a stolen key back by leaving it out.
const KEYS_AGE_MAX: TimeDelta = TimeDelta::hours(1);

/// An unknown key makes us ask again at most this often: tokens can name any key.
const REFETCH_PAUSE: TimeDelta = TimeDelta::minutes(1);

/// How old what a provider says about somebody who comes back may be.
const ISSUED_AGE_MAX: TimeDelta = TimeDelta::minutes(10);

/// Algorithms that providers sign by. None of them takes a shared secret.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Tokens = StandardTokenResponse<
    IdTokenFields<
        Extra,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

type RelyingParty = Client<
    Extra,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What must come back with somebody who was sent to the provider. It is a secret until then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Names the sign-in; comes back in the address.
    pub state: String,
    /// Comes back in the provider's token.
    pub nonce: String,
    /// Proves that whoever redeems the code has asked for it.
    pub verifier: String,
}

/// A sign-in that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Where the browser goes.
    pub address: String,
    /// What must come back.
    pub pending: Pending,
}

/// What the provider said about itself.
struct Found {
    party: RelyingParty,
    keys: Vec<Jwk>,
    at: DateTime<Utc>,
}

/// An identity provider.
pub struct Provider {
    settings: ProviderSettings,
    outbound: Outbound,
    found: RwLock<Arc<Found>>,
    /// When an unknown key last made us ask again; held while we ask.
    asked_again: Mutex<Option<DateTime<Utc>>>,
}

impl Provider {
    /// Asks a provider what it is.
    ///
    /// # Errors
    ///
    /// [`OidcError::Settings`], [`OidcError::Unreachable`].
    pub async fn discover(
        settings: ProviderSettings,
        outbound: Outbound,
        now: DateTime<Utc>,
    ) -> Result<Self, OidcError> {
        let found = find(&settings, &outbound, now).await?;
        let found = RwLock::new(Arc::new(found));
        Ok(Self { settings, outbound, found, asked_again: Mutex::new(None) })
    }

    /// The issuer.
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Begins a sign-in: the browser goes to the provider, and comes back with a code.
    pub async fn begin(&self) -> Begun {
        let found = self.found.read().await.clone();
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let scopes = self.settings.scopes.iter().map(|scope| Scope::new(scope.clone()));
        let (address, state, nonce) = found
            .party
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(scopes)
            .set_pkce_challenge(challenge)
            .url();
        Begun {
            address: address.to_string(),
            pending: Pending {
                state: state.into_secret(),
                nonce: nonce.secret().clone(),
                verifier: verifier.into_secret(),
            },
        }
    }

    /// Takes the code of somebody who came back. Their state was compared by the caller.
    ///
    /// # Errors
    ///
    /// [`OidcError::Refused`] when anything about the answer is wrong, [`OidcError::Unreachable`].
    pub async fn finish(
        &self,
        code: String,
        pending: Pending,
        now: DateTime<Utc>,
    ) -> Result<Identified, OidcError> {
        self.renew_old_keys(now).await;
        let found = self.found.read().await.clone();
        let asked = found
            .party
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| OidcError::Settings(format!("the provider takes no codes: {error}")))?
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier));
        let tokens = asked.request_async(&self.outbound).await.map_err(|error| match error {
            RequestTokenError::ServerResponse(answer) => {
                OidcError::Refused(format!("the identity provider refuses the code: {answer}"))
            }
            RequestTokenError::Request(error) => self.unreachable(&error),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                OidcError::refused("the identity provider's answer to the code can't be read")
            }
        })?;
        let nonce = Nonce::new(pending.nonce);
        let claims = match verified(&found, &tokens, &nonce, now) {
            Err(Wrong::UnknownKey) => {
                self.ask_again(now).await?;
                let found = self.found.read().await.clone();
                verified(&found, &tokens, &nonce, now)
            }
            other => other,
        };
        let claims = claims.map_err(|wrong| OidcError::Refused(wrong.words()))?;
        self.told(&tokens, claims).await
    }

    /// Reads an access token of the provider.
    ///
    /// # Errors
    ///
    /// As [`Provider::finish`].
    pub async fn read_bearer(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Identified, OidcError> {
        let header = bearer::header_of(token)?;
        self.renew_old_keys(now).await;
        let mut found = self.found.read().await.clone();
        if matches!(bearer::key_for(&found.keys, &header)?, Named::Unknown) {
            self.ask_again(now).await?;
            found = self.found.read().await.clone();
        }
        match bearer::key_for(&found.keys, &header)? {
            Named::Known(key) => bearer::read(token, header.alg, key, &self.settings, now),
            Named::Unknown => Err(OidcError::refused("no key of the provider signed the token")),
        }
    }

    /// The groups of somebody whose token is verified; asked for when the token doesn't hold them.
    async fn told(
        &self,
        tokens: &Tokens,
        claims: IdTokenClaims<Extra, CoreGenderClaim>,
    ) -> Result<Identified, OidcError> {
        let subject = claims.subject().to_string();
        if subject.is_empty() || subject.len() > 255 {
            return Err(OidcError::refused("the identity provider says nobody's name"));
        }
        let (issued_at, expires_at) = (claims.issue_time(), claims.expiration());
        let mut all = flat(&claims);
        if !matches!(claims::groups(&all, &self.settings.groups_claim), Ok(Some(_)))
            && let Some(more) = self.user_info(tokens, &claims).await?
        {
            all.extend(more);
        }
        Ok(Identified {
            name: claims::name(&all, &subject),
            // A provider may leave the claim out for somebody without groups.
            groups: claims::groups(&all, &self.settings.groups_claim)?.unwrap_or_default(),
            subject,
            issued_at,
            expires_at,
        })
    }

    async fn user_info(
        &self,
        tokens: &Tokens,
        claims: &IdTokenClaims<Extra, CoreGenderClaim>,
    ) -> Result<Option<Map<String, Value>>, OidcError> {
        let found = self.found.read().await.clone();
        let access = tokens.access_token().clone();
        // The library compares the subject: another's groups are nobody's.
        let Ok(asked) = found.party.user_info(access, Some(claims.subject().clone())) else {
            return Ok(None);
        };
        let answer: UserInfoClaims<Extra, CoreGenderClaim> =
            asked.request_async(&self.outbound).await.map_err(|error| {
                OidcError::Refused(format!(
                    "the identity provider doesn't tell the groups: {error}"
                ))
            })?;
        Ok(Some(flat(&answer)))
    }

    /// Asks the provider for its keys once more, unless that was done a moment ago.
    async fn ask_again(&self, now: DateTime<Utc>) -> Result<(), OidcError> {
        let mut last = self.asked_again.lock().await;
        self.ask_once(&mut last, now).await
    }

    async fn ask_once(
        &self,
        last: &mut Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<(), OidcError> {
        if last.is_some_and(|last| now < last + REFETCH_PAUSE) {
            return Ok(());
        }
        *last = Some(now);
        let found = find(&self.settings, &self.outbound, now).await?;
        *self.found.write().await = Arc::new(found);
        Ok(())
    }

    /// Fetches old keys again. A provider that doesn't answer now is believed for as long as it is silent.
    async fn renew_old_keys(&self, now: DateTime<Utc>) {
        if now < self.found.read().await.at + KEYS_AGE_MAX {
            return;
        }
        // Somebody else asks already: what is known is good until they are done.
        let Ok(mut last) = self.asked_again.try_lock() else { return };
        if let Err(error) = self.ask_once(&mut last, now).await {
            tracing::warn!(%error, "an identity provider's keys could not be renewed");
        }
    }

    fn unreachable(&self, error: &OutboundError) -> OidcError {
        OidcError::Unreachable { issuer: self.settings.issuer.clone(), reason: error.to_string() }
    }
}

async fn find(
    settings: &ProviderSettings,
    outbound: &Outbound,
    now: DateTime<Utc>,
) -> Result<Found, OidcError> {
    let wrong = |what: &str, error: &dyn std::fmt::Display| {
        OidcError::Settings(format!("{what} is not a URL: {error}"))
    };
    let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|e| wrong("the issuer", &e))?;
    let redirect = RedirectUrl::new(settings.redirect_uri.clone())
        .map_err(|error| wrong("the address of the console", &error))?;
    let unreachable =
        |reason: String| OidcError::Unreachable { issuer: settings.issuer.clone(), reason };
    let metadata = CoreProviderMetadata::discover_async(issuer, outbound).await;
    let metadata = metadata.map_err(|error| match error {
        DiscoveryError::Request(error) => unreachable(error.to_string()),
        DiscoveryError::Parse(error) => {
            unreachable(format!("its description is no JSON of the kind: {error}"))
        }
        DiscoveryError::Validation(reason) => {
            unreachable(format!("its description isn't valid: {reason}"))
        }
        other @ (DiscoveryError::Other(_)
        | DiscoveryError::Response(..)
        | DiscoveryError::UrlParse(_)
        | _) => unreachable(other.to_string()),
    })?;
    if metadata.token_endpoint().is_none() {
        return Err(unreachable("its description names no token endpoint".to_owned()));
    }
    let keys = serde_json::to_value(metadata.jwks()).unwrap_or_default();
    let keys = keys["keys"].as_array().cloned().unwrap_or_default();
    let keys: Vec<Jwk> =
        keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
    let secret = settings.client_secret.clone().map(ClientSecret::new);
    let party =
        Client::from_provider_metadata(metadata, ClientId::new(settings.client_id.clone()), secret)
            .set_redirect_uri(redirect);
    Ok(Found { party, keys, at: now })
}

/// What is wrong with a token.
enum Wrong {
    UnknownKey,
    Other(String),
}

impl Wrong {
    fn words(self) -> String {
        match self {
            Self::UnknownKey => "no key of the identity provider signed its token".to_owned(),
            Self::Other(words) => words,
        }
    }
}

fn verifier(found: &Found, now: DateTime<Utc>) -> IdTokenVerifier<'_, CoreJsonWebKey> {
    let is_recent = move |issued: DateTime<Utc>| {
        if issued > now + SKEW {
            return Err("it was issued in the future".to_owned());
        }
        if issued < now - ISSUED_AGE_MAX {
            return Err("it is too old".to_owned());
        }
        Ok(())
    };
    found
        .party
        .id_token_verifier()
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || now - SKEW)
        .set_issue_time_verifier_fn(is_recent)
}

fn verified(
    found: &Found,
    tokens: &Tokens,
    nonce: &Nonce,
    now: DateTime<Utc>,
) -> Result<IdTokenClaims<Extra, CoreGenderClaim>, Wrong> {
    let other = |words: String| Wrong::Other(words);
    let token = tokens
        .id_token()
        .ok_or_else(|| other("the identity provider says nobody's identity".to_owned()))?;
    let verifier = verifier(found, now);
    let claims = token.claims(&verifier, nonce).map_err(|error| {
        let has_no_key = matches!(
            error,
            ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey
            )
        );
        if has_no_key {
            return Wrong::UnknownKey;
        }
        Wrong::Other(format!("the identity provider's token is not accepted: {error}"))
    })?;
    if let Some(expected) = claims.access_token_hash() {
        let broken = |_| other("the identity provider's access token can't be compared".to_owned());
        let algorithm = token.signing_alg().map_err(broken)?;
        let key = token.signing_key(&verifier).map_err(broken)?;
        let actual =
            AccessTokenHash::from_token(tokens.access_token(), algorithm, key).map_err(|_| {
                other("the identity provider's access token can't be compared".to_owned())
            })?;
        if actual != *expected {
            return Err(other("the identity provider's tokens don't belong together".to_owned()));
        }
    }
    Ok(claims.clone())
}

/// All claims by their names.
fn flat(claims: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(claims)) => claims,
        Ok(_) | Err(_) => Map::new(),
    }
}
