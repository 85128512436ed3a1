//! People whom an identity provider sends: they are made known here, and have the roles of their groups.

use super::Audience;
use crate::audit::{Actor, Deed, Origin};
use crate::services::Services;
use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_oidc::{Identified, OidcError, Outbound, Provider, ProviderSettings};
use orgtrail_shared::console::Role;
use orgtrail_shared::identity_provider::IdentityProvider;
use orgtrail_storage::users::{Admitted, NewSession, ProviderRow, Sent};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::Mutex as AsyncMutex;
use uuid::Uuid;

/// The longest part of a name that comes from a provider; the rest tells people of one name apart.
const NAME_CHARACTERS_MAX: usize = 50;

/// A provider that an organization trusts.
pub(crate) struct Trusted {
    pub(crate) organization_id: i32,
    pub(crate) version: i32,
    pub(crate) content: IdentityProvider,
    pub(crate) provider: Provider,
}

/// The providers that were asked what they are, by organization; each once for a version.
#[derive(Default)]
pub struct Providers {
    known: Mutex<HashMap<i32, Arc<Trusted>>>,
    /// Who asks a provider just now, and what became of the last attempt; one at a time for each organization.
    asking: Mutex<HashMap<i32, Arc<AsyncMutex<Option<Failure>>>>>,
    outbound: OnceLock<Outbound>,
}

/// An attempt that failed.
struct Failure {
    version: i32,
    at: DateTime<Utc>,
    error: OidcError,
}

/// How long nobody asks again after a provider has not answered.
const SILENCE: TimeDelta = TimeDelta::seconds(10);

impl Providers {
    /// The provider of a row; `None` when the row says that there is none.
    ///
    /// # Errors
    ///
    /// [`OidcError::Unreachable`] when it doesn't answer, [`OidcError::Settings`].
    pub(crate) async fn of(
        &self,
        services: &Services,
        row: &ProviderRow,
    ) -> Result<Option<Arc<Trusted>>, OidcError> {
        let Some(content) = &row.content else { return Ok(None) };
        if let Some(known) = self.known(row) {
            return Ok(Some(known));
        }
        let asking = lock(&self.asking).entry(row.organization_id).or_default().clone();
        let mut failure = asking.lock().await;
        if let Some(known) = self.known(row) {
            return Ok(Some(known));
        }
        let now = services.clock.now();
        if let Some(failure) = &*failure
            && failure.version == row.version
            && now < failure.at + SILENCE
        {
            return Err(failure.error.clone());
        }
        match self.ask(services, row, content).await {
            Ok(trusted) => Ok(Some(trusted)),
            Err(error) => {
                *failure = Some(Failure { version: row.version, at: now, error: error.clone() });
                Err(error)
            }
        }
    }

    fn known(&self, row: &ProviderRow) -> Option<Arc<Trusted>> {
        let known = lock(&self.known).get(&row.organization_id).cloned();
        known.filter(|known| known.version == row.version)
    }

    async fn ask(
        &self,
        services: &Services,
        row: &ProviderRow,
        content: &Value,
    ) -> Result<Arc<Trusted>, OidcError> {
        let content: IdentityProvider = serde_json::from_value(content.clone())
            .map_err(|error| OidcError::Settings(format!("the provider can't be read: {error}")))?;
        let secret = match &row.sealed {
            Some(sealed) => Some(open(services, row, sealed)?),
            None => None,
        };
        let provider = open_provider(services, &row.organization, &content, secret).await?;
        let (organization_id, version) = (row.organization_id, row.version);
        let trusted = Arc::new(Trusted { organization_id, version, content, provider });
        lock(&self.known).insert(organization_id, trusted.clone());
        Ok(trusted)
    }

    /// The way out to providers, made once: it reads the system's certificates.
    fn outbound(&self, services: &Services) -> Result<Outbound, OidcError> {
        if let Some(outbound) = self.outbound.get() {
            return Ok(outbound.clone());
        }
        let made =
            Outbound::new(services.allowed_endpoints.clone()).map_err(OidcError::Settings)?;
        Ok(self.outbound.get_or_init(|| made).clone())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open(services: &Services, row: &ProviderRow, sealed: &[u8]) -> Result<String, OidcError> {
    let name = secret_name(row.organization_id, row.version);
    let secret = services.master_key.open(&name, sealed).map(String::from_utf8);
    let wrong = || OidcError::Settings("the client's secret can't be opened".to_owned());
    secret.map_err(|_| wrong())?.map_err(|_| wrong())
}

/// What a client secret is sealed as.
fn secret_name(organization_id: i32, version: i32) -> String {
    format!("identity-provider {organization_id} {version}")
}

/// Seals a client secret for a version.
///
/// # Errors
///
/// When it can't be sealed.
pub(crate) fn seal_client_secret(
    services: &Services,
    (organization_id, version): (i32, i32),
    secret: &str,
) -> anyhow::Result<Vec<u8>> {
    services.master_key.seal(&secret_name(organization_id, version), secret.as_bytes())
}

/// The client secret of a version.
///
/// # Errors
///
/// When it was sealed under another master key.
pub(crate) fn client_secret(
    services: &Services,
    row: &ProviderRow,
) -> Result<Option<String>, OidcError> {
    row.sealed.as_deref().map(|sealed| open(services, row, sealed)).transpose()
}

/// Asks a provider what it is.
///
/// # Errors
///
/// [`OidcError::Unreachable`] when it doesn't answer, [`OidcError::Settings`].
pub(crate) async fn open_provider(
    services: &Services,
    organization: &str,
    content: &IdentityProvider,
    client_secret: Option<String>,
) -> Result<Provider, OidcError> {
    let outbound = services.providers.outbound(services)?;
    let settings = ProviderSettings {
        issuer: content.issuer.clone(),
        client_id: content.client_id.clone(),
        client_secret,
        redirect_uri: content.redirect_uri(organization),
        api_audience: content.api_audience.clone(),
        groups_claim: content.groups_claim.clone(),
        scopes: content.scopes.clone(),
    };
    Provider::discover(settings, outbound, services.clock.now()).await
}

/// What somebody wants to enter by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entrance {
    /// A session of the console.
    Console,
    /// An access token, which is a session of the API by itself.
    Token(Uuid),
}

/// What has become of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entered {
    /// The session is open.
    Yes { session_id: Uuid, name: String },
    /// The token's session was opened before, and has ended by now or is open.
    Before,
    /// The provider was changed or taken away meanwhile.
    Changed,
    /// No group of theirs has a role.
    NoRole,
    /// An administrator has refused them.
    Disabled,
}

/// Lets somebody in whose identity was proven: makes them known, gives and takes the roles of their groups, and opens a session.
/// What is done and what is refused is recorded.
///
/// # Errors
///
/// When the database can't; nothing was changed then.
pub(crate) async fn admit(
    services: &Services,
    trusted: &Trusted,
    who: &Identified,
    entrance: Entrance,
    origin: Origin,
) -> anyhow::Result<Entered> {
    let (content, now) = (&trusted.content, services.clock.now());
    let roles = content.roles_of(&who.groups);
    let actor = actor(services, trusted, who, &roles, origin.clone()).await?;
    let deed = match entrance {
        Entrance::Console => Deed::change("ConsoleLogin", Value::Null),
        // Source: AWS STS API reference, the operation that takes a provider's token.
        Entrance::Token(_) => Deed::change("AssumeRoleWithWebIdentity", Value::Null),
    };
    let sent = Sent {
        organization_id: trusted.organization_id,
        issuer: &content.issuer,
        subject: &who.subject,
        names: names(&who.name, &content.issuer, &who.subject),
        roles,
        told_at: who.issued_at,
        version: trusted.version,
        roles_until: who.issued_at + TimeDelta::days(i64::from(content.roles_last_days)),
    };
    let act = actor.act(now, &deed);
    let mut acting = services.database.act(act).await?;
    let admitted = acting.admit(&sent, now).await?;
    let Admitted::Known { user_id, name, has_role, given, taken, left_out } = admitted else {
        let (words, entered) = match &admitted {
            Admitted::Disabled { .. } => ("An administrator has refused them.", Entered::Disabled),
            Admitted::Changed => ("The provider was changed meanwhile.", Entered::Changed),
            Admitted::Known { .. } | Admitted::Stranger => {
                ("No group of theirs has a role.", Entered::NoRole)
            }
        };
        acting.refuse(words);
        acting.commit(json!({"ConsoleLogin": "Failure"})).await?;
        return Ok(entered);
    };
    let answer = |outcome: &str| {
        json!({"ConsoleLogin": outcome, "userName": name, "rolesGiven": given, "rolesTaken": taken,
            "rolesLeftOut": left_out})
    };
    if !has_role {
        acting.refuse("No group of theirs has a role.");
        acting.commit(answer("Failure")).await?;
        return Ok(Entered::NoRole);
    }
    let (session_id, audience, expires_at) = session(entrance, who, now);
    let session = NewSession {
        session_id,
        user_id,
        audience: audience.name(),
        created_at: now,
        expires_at,
        user_agent: &origin.user_agent,
        address: &origin.address,
    };
    if !acting.insert_session_once(&session).await? {
        return Ok(Entered::Before);
    }
    acting.commit(answer("Success")).await?;
    Ok(Entered::Yes { session_id, name })
}

fn session(
    entrance: Entrance,
    who: &Identified,
    now: DateTime<Utc>,
) -> (Uuid, Audience, DateTime<Utc>) {
    let longest = now + Audience::Console.session_lifetime();
    match entrance {
        Entrance::Console => (Uuid::from_u128(rand::random()), Audience::Console, longest),
        Entrance::Token(id) => (id, Audience::Api, who.expires_at.min(longest)),
    }
}

/// The session that an access token is: whoever has the token has the session, and nobody can guess one from the other.
pub(crate) fn session_of(token: &str) -> Uuid {
    // Some signatures can be written in two ways, which are the same token.
    let signed = token.rsplit_once('.').map_or(token, |(signed, _)| signed);
    uuid_of(signed)
}

/// Names somebody of a provider, to count how often they are refused.
pub(crate) fn visitor(trusted: &Trusted, who: &Identified) -> Uuid {
    uuid_of(&format!("{}\0{}", trusted.content.issuer, who.subject))
}

fn uuid_of(text: &str) -> Uuid {
    let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    Uuid::from_bytes(id)
}

async fn actor(
    services: &Services,
    trusted: &Trusted,
    who: &Identified,
    roles: &[(Role, &str)],
    origin: Origin,
) -> anyhow::Result<Actor> {
    let member = roles.iter().find(|(role, _)| *role == Role::Member);
    let account = match member {
        Some((_, account)) => Some((*account).to_owned()),
        None => services.database.account_of_person(trusted.organization_id, None).await?,
    };
    let identity = (trusted.content.issuer.as_str(), who.subject.as_str(), who.name.as_str());
    Ok(Actor::sent(trusted.organization_id, account, identity, origin))
}

/// Who may be behind an access token of a provider; `None` when no provider of ours would have made it.
///
/// # Errors
///
/// When the database, or the provider, can't answer.
pub(crate) async fn read_token(
    services: &Services,
    token: &str,
) -> anyhow::Result<Option<(Arc<Trusted>, Identified)>> {
    let Some(issuer) = orgtrail_oidc::issuer_of(token) else { return Ok(None) };
    for row in services.database.identity_providers().await? {
        let is_its = row.content.as_ref().is_some_and(|content| {
            content["issuer"] == *issuer && content["api_audience"].is_string()
        });
        if !is_its {
            continue;
        }
        let trusted = match services.providers.of(services, &row).await {
            Ok(trusted) => trusted.context("a provider is gone")?,
            Err(error) => return Err(error.into()),
        };
        match trusted.provider.read_bearer(token, services.clock.now()).await {
            Ok(who) => return Ok(Some((trusted, who))),
            Err(OidcError::Refused(reason)) => {
                tracing::info!(%reason, %issuer, "an access token is refused");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// What somebody may be called here, the best first: a name of the shape of ours, and the same with what tells people of
/// one name apart.
fn names(name: &str, issuer: &str, subject: &str) -> Vec<String> {
    let shaped: String = name
        .to_lowercase()
        .chars()
        .map(|one| match one {
            'a'..='z' | '0'..='9' | '.' | '_' | '@' | '-' => one,
            _ => '-',
        })
        .collect();
    let base: String =
        shaped.trim_matches(['.', '_', '@', '-']).chars().take(NAME_CHARACTERS_MAX).collect();
    let base = if base.is_empty() { "person".to_owned() } else { base };
    let hash = hex::encode(&Sha256::digest(format!("{issuer}\0{subject}"))[..6]);
    let (short, long) = (format!("{base}-{}", &hash[..6]), format!("{base}-{hash}"));
    vec![base, short, long]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_kept_as_far_as_ours_can_be_so() {
        let first = |name: &str| names(name, "https://id.example.com", "1").remove(0);
        assert_eq!(first("Alice@Example.com"), "alice@example.com");
        assert_eq!(first("José Núñez"), "jos--n--ez");
        assert_eq!(first("--"), "person");
        let of = |subject: &str| names("alice", "https://id.example.com", subject);
        assert_ne!(of("1")[1..], of("2")[1..]);
    }

    proptest! {
        #[test]
        fn every_name_has_the_shape_that_the_database_wants(name in any::<String>()) {
            for name in names(&name, "issuer", "subject") {
                prop_assert!((1..=64).contains(&name.len()), "{name}");
                prop_assert!(name.starts_with(|one: char| one.is_ascii_lowercase() || one.is_ascii_digit()));
                let is_ours = |one: char| matches!(one, 'a'..='z' | '0'..='9' | '.' | '_' | '@' | '-');
                prop_assert!(name.chars().all(is_ours), "{name}");
            }
        }
    }
}
