//! Through whom an organization's people sign in.

use crate::access::{Caller, client_secret, open_provider, seal_client_secret};
use crate::audit::{Deed, attempt, begin, finish};
use crate::search::internal;
use crate::services::Services;
use chrono::TimeDelta;
use orgtrail_oidc::OidcError;
use orgtrail_shared::authorization::Action;
use orgtrail_shared::console::{ConsoleError, Role};
use orgtrail_shared::edit::REASON_CHARS_MAX;
use orgtrail_shared::identity_provider::{
    GroupGrant, IdentityProvider, ProviderBook, ProviderRequest, ProviderVersion, SignInOption,
};
use orgtrail_storage::audit::Acting;
use orgtrail_storage::organizations::OrganizationRow;
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
        redirect_uri: provider.as_ref().map(|provider| provider.redirect_uri(&row.organization)),
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
    check_giver(services, caller, request).await?;
    let acting = begin(services, caller, deed).await?;
    let by = (organization_id, caller.user.name.as_str());
    let (acting, response) = put_provider(services, acting, by, request, checked).await?;
    finish(services, acting, response).await
}

/// Whoever lets groups have roles gives them: for no longer than they have their own, and nowhere where they may give none.
async fn check_giver(
    services: &Services,
    caller: &Caller,
    request: &ProviderRequest,
) -> Result<(), ConsoleError> {
    let now = services.clock.now();
    let by_group = caller.user.grants_at(now).any(|grant| {
        grant.role == Role::OrganizationAdministrator && grant.created_by == FROM_PROVIDER
    });
    if let Some(end) = caller.administers_until()
        && !by_group
    {
        return wrong(format!(
            "Your own role ends at {}: what groups would be given outlasts it.",
            end.format("%Y-%m-%d %H:%M UTC")
        ));
    }
    let known = services.database.identity_provider(caller.scope.organization_id).await;
    let known = known_provider(known.map_err(internal)?.as_ref())?;
    let had = |target: &str| {
        let mut grants = known.iter().flat_map(|known| &known.grants);
        grants.any(|grant| grant.target == target)
    };
    let wanted = request.provider.iter().flat_map(|provider| &provider.grants);
    let mut targets: Vec<&str> = wanted.map(|grant| grant.target.as_str()).collect();
    targets.sort_unstable();
    targets.dedup();
    for target in targets.into_iter().filter(|target| !had(target)) {
        let what = "granting a role there";
        caller.require_at(services, Action::ManageGrants, target, what).await?;
    }
    Ok(())
}

fn known_provider(row: Option<&ProviderRow>) -> Result<Option<IdentityProvider>, ConsoleError> {
    let content = row.and_then(|row| row.content.clone());
    content.map(serde_json::from_value).transpose().map_err(internal)
}

/// A provider that was asked what it is.
#[derive(Default)]
pub(crate) struct Checked {
    secret: Option<String>,
    kept: Vec<(Role, String)>,
}

/// The roles that nobody loses by a change: of the same people, told in the same way, every group that had one has it still.
fn kept(known: Option<&IdentityProvider>, new: &IdentityProvider) -> Vec<(Role, String)> {
    let Some(known) = known else { return Vec::new() };
    if known.issuer != new.issuer || known.groups_claim != new.groups_claim {
        return Vec::new();
    }
    let lost: Vec<&GroupGrant> =
        known.grants.iter().filter(|grant| !new.grants.contains(grant)).collect();
    let is_kept = |grant: &&GroupGrant| {
        !lost.iter().any(|lost| lost.role == grant.role && lost.target == grant.target)
    };
    let kept = known.grants.iter().filter(is_kept);
    kept.map(|grant| (grant.role, grant.target.clone())).collect()
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
    let organizations = services.database.organizations().await.map_err(internal)?;
    let own = organizations.into_iter().find(|row| row.organization_id == organization_id);
    let own = own.ok_or_else(|| internal(anyhow::anyhow!("the organization is gone")))?;
    let row = services.database.identity_provider(organization_id).await.map_err(internal)?;
    let known = known_provider(row.as_ref())?;
    let new = request.provider.as_ref();
    if let Some(Err(mistake)) = new.map(IdentityProvider::check) {
        return wrong(format!("Nothing was changed: {mistake}."));
    }
    if !leaves_somebody(services, &own, (known.as_ref(), new)).await? {
        return wrong(
            "Nothing was changed: nobody would be left who manages the organization. Grant that for good to somebody with a password of ours.",
        );
    }
    let Some(provider) = new else { return Ok(Checked::default()) };
    let tree = services.database.organization_tree(organization_id).await.map_err(internal)?;
    for grant in &provider.grants {
        if !tree.above.contains_key(&grant.target) {
            return wrong(format!("Nothing was changed: there is no place {}.", grant.target));
        }
    }
    is_nobody_elses(services, organization_id, provider).await?;
    let secret = wanted_secret(services, row.as_ref(), provider, request)?;
    match open_provider(services, own.id.as_str(), provider, secret.clone()).await {
        Ok(_) => Ok(Checked { secret, kept: kept(known.as_ref(), provider) }),
        Err(error) => wrong(format!("Nothing was changed: {error}.")),
    }
}

/// Refuses a client or an audience that another organization of this installation has: a token would be good for both.
async fn is_nobody_elses(
    services: &Services,
    organization_id: i32,
    provider: &IdentityProvider,
) -> Result<(), ConsoleError> {
    let rows = services.database.identity_providers().await.map_err(internal)?;
    for other in rows.iter().filter(|row| row.organization_id != organization_id) {
        let Some(other) = known_provider(Some(other))? else { continue };
        let is_same = other.issuer == provider.issuer
            && (other.client_id == provider.client_id
                || (other.api_audience.is_some() && other.api_audience == provider.api_audience));
        if is_same {
            return wrong(
                "Nothing was changed: another organization of this installation uses that client or audience.",
            );
        }
    }
    Ok(())
}

/// Whether somebody is left who manages the organization: a person with a password of ours whose role has no end, or somebody who
/// does so now by a group that goes on to have the role.
async fn leaves_somebody(
    services: &Services,
    own: &OrganizationRow,
    (known, new): (Option<&IdentityProvider>, Option<&IdentityProvider>),
) -> Result<bool, ConsoleError> {
    let role = Role::OrganizationAdministrator;
    let whole = own.id.as_str();
    let kept = new.map(|new| kept(known, new)).unwrap_or_default();
    // Whoever comes by a provider has no factor of ours, so what the organization requires must be met by the provider.
    let counts = new.is_some_and(|new| new.counts_as_second_factor);
    let group_stays = (counts || !own.requires_second_factor)
        && kept.iter().any(|(kept, target)| *kept == role && target == whole);
    let people = services.database.people(own.organization_id).await.map_err(internal)?;
    let now = services.clock.now();
    let able = people.iter().filter(|person| !person.is_disabled && !person.is_service);
    Ok(able.into_iter().any(|person| {
        let mut grants =
            person.grants_at(now).filter(|grant| grant.role == role && grant.target_id == whole);
        let is_ours = person.issuer.is_none();
        grants.any(|grant| {
            let is_by_group = grant.created_by == FROM_PROVIDER;
            if is_by_group { group_stays } else { is_ours && grant.expires_at.is_none() }
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
    let Some(version) = request.version.checked_add(1) else {
        return wrong("There is no such version to follow.");
    };
    let sealed = match &checked.secret {
        Some(secret) => {
            let sealed = seal_client_secret(services, (organization_id, version), secret);
            Some((services.master_key.id(), sealed.map_err(internal)?))
        }
        None => None,
    };
    let provider = request.provider.as_ref();
    let now = services.clock.now();
    let days = provider.map_or(0, |provider| provider.roles_last_days);
    let new = NewProvider {
        organization_id,
        known: request.version,
        content: provider.map(serde_json::to_value).transpose().map_err(internal)?,
        sealed,
        reason: request.reason.trim(),
        by,
        issuer: provider.map(|provider| provider.issuer.as_str()),
        kept: checked.kept.iter().map(|(role, target)| (*role, target.as_str())).collect(),
        roles_until: now + TimeDelta::days(i64::from(days)),
    };
    let done = acting.insert_provider(new, now).await;
    if !done.map_err(internal)? {
        return wrong("Somebody else has changed it meanwhile: look again, and repeat it.");
    }
    Ok((acting, json!({ "version": version })))
}
