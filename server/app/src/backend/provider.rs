//! Through whom an organization's people sign in.

use crate::access::{Caller, client_secret, open_provider, seal_client_secret};
use crate::audit::{Deed, attempt, begin, finish};
use crate::search::internal;
use crate::services::Services;
use orgtrail_oidc::OidcError;
use orgtrail_shared::authorization::Action;
use orgtrail_shared::console::{ConsoleError, Role};
use orgtrail_shared::edit::REASON_CHARS_MAX;
use orgtrail_shared::identity_provider::{
    IdentityProvider, ProviderBook, ProviderRequest, ProviderVersion, SignInOption,
};
use orgtrail_storage::audit::Acting;
use orgtrail_storage::users::{FROM_PROVIDER, NewProvider, ProviderRow};
use serde_json::json;

fn wrong<T>(message: impl Into<String>) -> Result<T, ConsoleError> {
    Err(ConsoleError::BadRequest { message: message.into() })
}

/// Who the provider is, for those who grant roles: its groups have some.
///
/// # Errors
///
/// [`ConsoleError::Forbidden`], [`ConsoleError::Internal`].
pub async fn provider(services: &Services, caller: &Caller) -> Result<ProviderBook, ConsoleError> {
    caller.require(services, Action::ManageGrants, "the identity provider")?;
    let row = services.database.identity_provider(caller.scope.organization_id).await;
    let current = row.map_err(internal)?.map(told).transpose()?;
    Ok(ProviderBook { current, organization: caller.organization.id.to_string() })
}

fn told(row: ProviderRow) -> Result<ProviderVersion, ConsoleError> {
    let provider: Option<IdentityProvider> =
        row.content.map(serde_json::from_value).transpose().map_err(internal)?;
    Ok(ProviderVersion {
        version: row.version,
        redirect_uri: provider.as_ref().map(IdentityProvider::redirect_uri),
        provider,
        has_secret: row.sealed.is_some(),
        reason: row.reason,
        created_by: row.created_by,
        created_at: row.created_at,
    })
}

/// The providers that people can sign in with, for whoever looks at the sign-in page.
///
/// # Errors
///
/// [`ConsoleError::Internal`].
pub async fn sign_in_options(services: &Services) -> Result<Vec<SignInOption>, ConsoleError> {
    let rows = services.database.identity_providers().await.map_err(internal)?;
    let told = |row: ProviderRow| {
        let label = row.content?.get("label")?.as_str()?.to_owned();
        Some(SignInOption { organization: row.organization, label })
    };
    Ok(rows.into_iter().filter_map(told).collect())
}

/// Puts another provider in force, or none. It is asked what it is before.
///
/// # Errors
///
/// [`ConsoleError::Forbidden`], [`ConsoleError::BadRequest`] for a provider that can't be right, doesn't answer, or follows
/// another version, [`ConsoleError::Internal`]. Nothing was changed then.
pub async fn change_provider(
    services: &Services,
    caller: &Caller,
    request: ProviderRequest,
) -> Result<ProviderBook, ConsoleError> {
    let deed = provider_deed(&request);
    attempt(services, caller, &deed, change(services, caller, &request, &deed)).await?;
    provider(services, caller).await
}

/// The act of changing the provider. Its secret isn't said.
pub(crate) fn provider_deed(request: &ProviderRequest) -> Deed {
    Deed::change(
        "PutIdentityProvider",
        json!({"provider": request.provider, "version": request.version, "reason": request.reason,
            "changesSecret": request.client_secret.is_some()}),
    )
}

async fn change(
    services: &Services,
    caller: &Caller,
    request: &ProviderRequest,
    deed: &Deed,
) -> Result<(), ConsoleError> {
    caller.require(services, Action::ManageGrants, "changing the identity provider")?;
    let organization_id = caller.scope.organization_id;
    let checked = check_provider(services, organization_id, request).await?;
    let acting = begin(services, caller, deed).await?;
    let (acting, response) =
        put_provider(services, acting, (organization_id, &caller.user.name), request, checked)
            .await?;
    finish(services, acting, response).await
}

/// A provider that was asked what it is.
pub(crate) struct Checked {
    secret: Option<String>,
}

/// Checks what can be checked before the provider holds: its settings, its places, and what it says about itself.
///
/// # Errors
///
/// [`ConsoleError::BadRequest`] with what is wrong, [`ConsoleError::Internal`].
pub(crate) async fn check_provider(
    services: &Services,
    organization_id: i32,
    request: &ProviderRequest,
) -> Result<Checked, ConsoleError> {
    let reason = request.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return wrong(format!("Say why, in at most {REASON_CHARS_MAX} characters."));
    }
    if !leaves_somebody(services, organization_id, request.provider.as_ref()).await? {
        return wrong(
            "Nothing was changed: nobody would be left who manages the organization. Grant that to somebody by hand, or to a group.",
        );
    }
    let Some(provider) = &request.provider else { return Ok(Checked { secret: None }) };
    if let Err(mistake) = provider.check() {
        return wrong(format!("Nothing was changed: {mistake}."));
    }
    let tree = services.database.organization_tree(organization_id).await.map_err(internal)?;
    for grant in &provider.grants {
        if !tree.above.contains_key(&grant.target) {
            return wrong(format!("Nothing was changed: there is no place {}.", grant.target));
        }
    }
    let rows = services.database.identity_providers().await.map_err(internal)?;
    for other in rows.iter().filter(|row| row.organization_id != organization_id) {
        let Some(other) = &other.content else { continue };
        let is_same = other["issuer"] == *provider.issuer
            && (other["client_id"] == *provider.client_id
                || other["api_audience"]
                    .as_str()
                    .is_some_and(|audience| Some(audience) == provider.api_audience.as_deref()));
        if is_same {
            return wrong(
                "Nothing was changed: another organization of this installation uses that client or audience.",
            );
        }
    }
    let known = rows.into_iter().find(|row| row.organization_id == organization_id);
    let secret = wanted_secret(services, known.as_ref(), provider, request)?;
    match open_provider(services, provider, secret.clone()).await {
        Ok(_) => Ok(Checked { secret }),
        Err(error) => wrong(format!("Nothing was changed: {error}.")),
    }
}

/// Whether somebody manages the organization whom no group has let in, or a group does.
async fn leaves_somebody(
    services: &Services,
    organization_id: i32,
    provider: Option<&IdentityProvider>,
) -> Result<bool, ConsoleError> {
    let role = Role::OrganizationAdministrator;
    let organizations = services.database.organizations().await.map_err(internal)?;
    let own = organizations.iter().find(|row| row.organization_id == organization_id);
    let whole = own.map(|row| row.id.to_string()).unwrap_or_default();
    let mut groups = provider.into_iter().flat_map(|provider| &provider.grants);
    if groups.any(|grant| grant.role == role && grant.target == whole) {
        return Ok(true);
    }
    let people = services.database.people(organization_id).await.map_err(internal)?;
    let now = services.clock.now();
    Ok(people.iter().filter(|person| !person.is_disabled).any(|person| {
        person.grants_at(now).any(|grant| {
            grant.role == role && grant.target_id == whole && grant.created_by != FROM_PROVIDER
        })
    }))
}

fn wanted_secret(
    services: &Services,
    known: Option<&ProviderRow>,
    provider: &IdentityProvider,
    request: &ProviderRequest,
) -> Result<Option<String>, ConsoleError> {
    if let Some(secret) = &request.client_secret {
        return Ok(Some(secret.clone()).filter(|secret| !secret.is_empty()));
    }
    let Some(row) = known.filter(|row| row.sealed.is_some()) else {
        return wrong(
            "Nothing was changed: there is no client secret yet; give one, or say that there is none.",
        );
    };
    // A secret is shown to whom it was meant for, and to nobody else.
    let is_same = row.content.as_ref().is_some_and(|content| {
        content["issuer"] == *provider.issuer && content["client_id"] == *provider.client_id
    });
    if !is_same {
        return wrong(
            "Nothing was changed: the client secret belongs to another issuer or client; give it anew.",
        );
    }
    client_secret(services, row).map_err(|error: OidcError| internal(anyhow::anyhow!(error)))
}

/// Puts a checked provider in force; the act is the caller's to commit, with the answer.
///
/// # Errors
///
/// [`ConsoleError::BadRequest`] when it follows another version, [`ConsoleError::Internal`].
pub(crate) async fn put_provider(
    services: &Services,
    mut acting: Acting,
    (organization_id, by): (i32, &str),
    request: &ProviderRequest,
    checked: Checked,
) -> Result<(Acting, serde_json::Value), ConsoleError> {
    let version = request.version + 1;
    let sealed = match &checked.secret {
        Some(secret) => {
            let sealed = seal_client_secret(services, (organization_id, version), secret);
            Some((services.master_key.id(), sealed.map_err(internal)?))
        }
        None => None,
    };
    let provider = request.provider.as_ref();
    let possible = provider.iter().flat_map(|provider| &provider.grants);
    let new = NewProvider {
        organization_id,
        known: request.version,
        content: provider.map(serde_json::to_value).transpose().map_err(internal)?,
        sealed,
        reason: request.reason.trim(),
        by,
        issuer: provider.map(|provider| provider.issuer.as_str()),
        possible: possible.map(|grant| (grant.role, grant.target.as_str())).collect(),
    };
    let done = acting.insert_provider(new, services.clock.now()).await;
    if !done.map_err(internal)? {
        return wrong("Somebody else has changed it meanwhile: look again, and repeat it.");
    }
    Ok((acting, json!({ "version": version })))
}
