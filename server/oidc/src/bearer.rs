//! A provider's access tokens, as bearer tokens.

use crate::{Identified, OidcError, ProviderSettings, SKEW, claims};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde_json::{Map, Value};

/// How old a token may be: what a provider said longer ago says nothing of today's groups.
const AGE_MAX: TimeDelta = TimeDelta::hours(12);

/// What a key verifies. A key never verifies by an algorithm of another family: that is how tokens are forged with a public key.
fn algorithms_of(key: &Jwk) -> &'static [Algorithm] {
    match &key.algorithm {
        AlgorithmParameters::RSA(_) => &[
            Algorithm::RS256,
            Algorithm::RS384,
            Algorithm::RS512,
            Algorithm::PS256,
            Algorithm::PS384,
            Algorithm::PS512,
        ],
        AlgorithmParameters::EllipticCurve(curve) => match curve.curve {
            EllipticCurve::P256 => &[Algorithm::ES256],
            EllipticCurve::P384 => &[Algorithm::ES384],
            EllipticCurve::P521 | EllipticCurve::Ed25519 | _ => &[],
        },
        AlgorithmParameters::OctetKeyPair(_) => &[Algorithm::EdDSA],
        // A secret in a public key set verifies nothing.
        AlgorithmParameters::OctetKey(_) | AlgorithmParameters::Other(_) | _ => &[],
    }
}

/// The key that a token names.
#[derive(Debug)]
pub(crate) enum Named<'a> {
    Known(&'a Jwk),
    /// No key has that name: the provider may have new ones.
    Unknown,
}

/// The key of a token's header.
///
/// # Errors
///
/// [`OidcError::Refused`] when there is a key, but not for this.
pub(crate) fn key_for<'a>(keys: &'a [Jwk], header: &Header) -> Result<Named<'a>, OidcError> {
    let found = match &header.kid {
        Some(kid) => keys.iter().find(|key| key.common.key_id.as_ref() == Some(kid)),
        None if keys.len() == 1 => keys.first(),
        None => return Err(OidcError::refused("the token names no key")),
    };
    let Some(key) = found else { return Ok(Named::Unknown) };
    if key.common.public_key_use.as_ref().is_some_and(|used| *used != PublicKeyUse::Signature) {
        return Err(OidcError::refused("the token's key is not for signatures"));
    }
    let is_other =
        key.common.key_algorithm.is_some_and(|own| own.to_string() != format!("{:?}", header.alg));
    if is_other || !algorithms_of(key).contains(&header.alg) {
        return Err(OidcError::refused("the token's algorithm is not that of its key"));
    }
    Ok(Named::Known(key))
}

/// The header of a token, as far as it may be one for us.
///
/// # Errors
///
/// [`OidcError::Refused`].
pub(crate) fn header_of(token: &str) -> Result<Header, OidcError> {
    let header = decode_header(token).map_err(|_| OidcError::refused("the token can't be read"))?;
    // Source: RFC 9068 §2.1. Most providers still write JWT or nothing.
    let kind = header.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
    if !["jwt", "at+jwt", "application/at+jwt"].contains(&kind.as_str()) {
        return Err(OidcError::refused(format!("a token of the type `{kind}` is no access token")));
    }
    Ok(header)
}

/// Reads a token that a key has signed.
///
/// # Errors
///
/// [`OidcError::Refused`] when anything about it is wrong.
pub(crate) fn read(
    token: &str,
    algorithm: Algorithm,
    key: &Jwk,
    settings: &ProviderSettings,
    now: DateTime<Utc>,
) -> Result<Identified, OidcError> {
    let audience = settings.api_audience.as_deref().ok_or_else(|| {
        OidcError::refused("access tokens of the identity provider aren't accepted here")
    })?;
    let key = DecodingKey::from_jwk(key)
        .map_err(|_| OidcError::refused("the token's key can't be used"))?;
    let mut validation = Validation::new(algorithm);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[&settings.issuer]);
    validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    // The time is the caller's to give.
    validation.validate_exp = false;
    let data = decode::<Map<String, Value>>(token, &key, &validation)
        .map_err(|error| OidcError::Refused(format!("the token is not accepted: {error}")))?;
    let claims = data.claims;
    let time = |name: &str| -> Option<DateTime<Utc>> {
        let value = claims.get(name)?;
        // Fractions of seconds are allowed, and don't matter.
        #[expect(clippy::cast_possible_truncation, reason = "a time that doesn't fit is no time")]
        let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))?;
        DateTime::from_timestamp(seconds, 0)
    };
    let missing = |name: &str| OidcError::Refused(format!("the token has no time `{name}`"));
    let (expires_at, issued_at) =
        (time("exp").ok_or_else(|| missing("exp"))?, time("iat").ok_or_else(|| missing("iat"))?);
    if ["nonce", "at_hash", "c_hash"].iter().any(|name| claims.contains_key(*name)) {
        return Err(OidcError::refused("the token proves a sign-in, and is no access token"));
    }
    if issued_at + AGE_MAX <= now {
        return Err(OidcError::refused("the token is too old, whatever it says"));
    }
    if expires_at + SKEW <= now {
        return Err(OidcError::refused("the token has expired"));
    }
    if issued_at > now + SKEW || time("nbf").is_some_and(|begin| begin > now + SKEW) {
        return Err(OidcError::refused("the token isn't valid yet"));
    }
    let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
    if subject.is_empty() || subject.len() > 255 {
        return Err(OidcError::refused("the token says nobody's name"));
    }
    // Whoever says nothing of groups must not seem to have none: they would lose their roles.
    let groups = claims::groups(&claims, &settings.groups_claim)?
        .ok_or_else(|| OidcError::refused("the token doesn't tell the groups"))?;
    Ok(Identified { name: claims::name(&claims, &subject), groups, subject, issued_at, expires_at })
}

/// Whose token it claims to be, before anything about it is verified.
pub fn issuer_of(token: &str) -> Option<String> {
    let data = jsonwebtoken::dangerous::insecure_decode::<Map<String, Value>>(token).ok()?;
    Some(data.claims.get("iss")?.as_str()?.to_owned())
}
