//! Signing in through an organization's identity provider: OpenID Connect with authorization code, PKCE and nonce, and the
//! provider's tokens as bearer tokens. What a provider says is believed only as far as its keys have signed it.
//!
//! Sources: OpenID Connect Core 1.0 and Discovery 1.0; RFC 7636 (PKCE), RFC 8725 (JWT best practice), RFC 9068 (JWT access
//! tokens), RFC 9207 (issuer in the answer).

mod bearer;
mod claims;
mod outbound;
mod provider;

pub use bearer::issuer_of;
pub use outbound::{Outbound, OutboundError};
pub use provider::{Begun, Pending, Provider};

use chrono::{DateTime, TimeDelta, Utc};

/// How far a provider's clock and ours may be apart.
pub(crate) const SKEW: TimeDelta = TimeDelta::seconds(60);

/// What an administrator says about a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderSettings {
    /// The issuer's URL, exactly as the provider writes it.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// The secret that proves it; none for a public client.
    pub client_secret: Option<String>,
    /// Where the provider sends people back to.
    pub redirect_uri: String,
    /// The audience of its access tokens that are for us; none when they aren't accepted.
    pub api_audience: Option<String>,
    /// The claim with somebody's groups, by its name or by a path with dots.
    pub groups_claim: String,
    /// Scopes that are asked for beside `openid`.
    pub scopes: Vec<String>,
}

/// Somebody whom a provider knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// Who they are there, never reused.
    pub subject: String,
    /// What they are called, for people to read. It proves nothing.
    pub name: String,
    /// Their groups.
    pub groups: Vec<String>,
    /// When the provider said so.
    pub issued_at: DateTime<Utc>,
    /// When that ends.
    pub expires_at: DateTime<Utc>,
}

/// Why nobody was identified. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OidcError {
    /// The provider doesn't answer, or not in a way that can be understood. It may be tried again.
    #[error("the identity provider {issuer} can't be asked: {reason}")]
    Unreachable {
        /// The issuer.
        issuer: String,
        /// What is wrong.
        reason: String,
    },
    /// The settings are wrong.
    #[error("{0}")]
    Settings(String),
    /// What came back is not to be believed. A new sign-in may succeed.
    #[error("{0}")]
    Refused(String),
}

impl OidcError {
    pub(crate) fn refused(reason: impl Into<String>) -> Self {
        Self::Refused(reason.into())
    }
}

#[cfg(test)]
mod tests;
