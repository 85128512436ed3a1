//! People, their access keys and their sessions: everybody manages their own, organization administrators everybody's.

use super::grants::{PlaceNames, own_grants, place_names, told_grant};
use crate::access::{AwsPrincipal, Caller, NewAccessKey};
use crate::audit::{Deed, Seen, attempt, begin, finish, look};
use crate::search::internal;
use crate::services::Services;
use chrono::{DateTime, Utc};
use orgtrail_shared::authorization::Action;
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::ids::AccountId;
use orgtrail_shared::settings::{
    AccessKey, Identity, KeyChange, NewKey, Person, Session, Settings,
};
use orgtrail_storage::access_keys::AccessKeyRow;
use orgtrail_storage::users::{SessionRow, UserRow};
use serde_json::json;
use uuid::Uuid;

/// Whose keys and sessions a caller manages: one person's, or everybody's.
fn managed(services: &Services, caller: &Caller) -> Result<Option<i32>, ConsoleError> {
    let manages_all = caller.may(services, Action::ManagePeople)?;
    Ok((!manages_all).then_some(caller.user.user_id))
}

/// All that the caller may see of people, keys and sessions.
///
/// # Errors
///
/// [`ConsoleError::Internal`].
pub async fn settings(services: &Services, caller: &Caller) -> Result<Settings, ConsoleError> {
    let people = match managed(services, caller)? {
        None => Some(people(services, caller).await?),
        Some(_) => None,
    };
    Ok(Settings {
        identity: identity(services, caller).await?,
        grants: own_grants(services, caller).await?,
        access_keys: access_keys(services, caller).await?,
        sessions: sessions(services, caller).await?,
        people,
        new_key: None,
        second_factor: super::second_factor::second_factor(services, caller).await?,
    })
}

/// The caller as AWS names people; none when the organization has no management account yet.
///
/// # Errors
///
/// [`ConsoleError::Internal`].
pub async fn identity(
    services: &Services,
    caller: &Caller,
) -> Result<Option<Identity>, ConsoleError> {
    let principal = AwsPrincipal::of(services, &caller.user).await.map_err(internal)?;
    Ok(principal.map(|AwsPrincipal { account, arn, user_id }| Identity { account, arn, user_id }))
}

/// The access keys that the caller manages.
///
/// # Errors
///
/// [`ConsoleError::Internal`].
pub async fn access_keys(
    services: &Services,
    caller: &Caller,
) -> Result<Vec<AccessKey>, ConsoleError> {
    if managed(services, caller)?.is_none() {
        let deed = Deed::read("ListAccessKeys", json!({}));
        look(services, caller, &deed, Seen::of_people()).await?;
    }
    managed_keys(services, caller).await
}

async fn managed_keys(
    services: &Services,
    caller: &Caller,
) -> Result<Vec<AccessKey>, ConsoleError> {
    let organization_id = caller.scope.organization_id;
    let keys = services.database.access_keys(organization_id, managed(services, caller)?).await;
    let told = |key: AccessKeyRow| AccessKey {
        is_own: key.user_id == caller.user.user_id,
        access_key_id: key.access_key_id,
        name: key.name,
        created_at: key.created_at,
        disabled_at: key.disabled_at,
        is_refused_by_administrator: key.is_refused_by_administrator,
        last_used_at: key.last_used_at,
        last_used_for: match key.last_used_service.as_str() {
            "" => String::new(),
            service => format!("{service} in {}", key.last_used_region),
        },
    };
    Ok(keys.map_err(internal)?.into_iter().map(told).collect())
}

/// The sessions that the caller may end.
///
/// # Errors
///
/// [`ConsoleError::Internal`].
pub async fn sessions(services: &Services, caller: &Caller) -> Result<Vec<Session>, ConsoleError> {
    if managed(services, caller)?.is_none() {
        look(services, caller, &Deed::read("ListSessions", json!({})), Seen::of_people()).await?;
    }
    managed_sessions(services, caller).await
}

async fn managed_sessions(
    services: &Services,
    caller: &Caller,
) -> Result<Vec<Session>, ConsoleError> {
    let (organization_id, now) = (caller.scope.organization_id, services.clock.now());
    let sessions =
        services.database.sessions(organization_id, managed(services, caller)?, now).await;
    let told = |session| told_session(caller, session);
    Ok(sessions.map_err(internal)?.into_iter().map(told).collect())
}

pub(super) fn told_session(caller: &Caller, session: SessionRow) -> Session {
    Session {
        is_this: Some(session.session_id) == caller.session_id,
        id: session.session_id.to_string(),
        name: session.name,
        audience: session.audience,
        created_at: session.created_at,
        expires_at: session.expires_at,
        user_agent: session.user_agent,
        address: session.address,
    }
}

/// The people of the organization, for administrators.
///
/// # Errors
///
/// [`ConsoleError::Forbidden`], [`ConsoleError::Internal`].
pub async fn people(services: &Services, caller: &Caller) -> Result<Vec<Person>, ConsoleError> {
    let deed = Deed::read("ListUsers", json!({}));
    let may = async { caller.require(services, Action::ManagePeople, "the list of people") };
    attempt(services, caller, &deed, may).await?;
    look(services, caller, &deed, Seen::of_people()).await?;
    let people = services.database.people(caller.scope.organization_id).await.map_err(internal)?;
    let names = place_names(services, caller).await?;
    let now = services.clock.now();
    Ok(people.into_iter().map(|person| told_person(caller, &names, now, person)).collect())
}

fn told_person(caller: &Caller, names: &PlaceNames, now: DateTime<Utc>, person: UserRow) -> Person {
    let account = |id: i32| -> Option<AccountId> {
        caller.accounts.iter().find(|account| account.account_id == id)?.id()
    };
    Person {
        account: person.account_id.and_then(account),
        grants: person
            .grants
            .iter()
            .map(|grant| told_grant(names, &person.name, grant, now))
            .collect(),
        name: person.name,
        is_disabled: person.is_disabled,
        is_service: person.is_service,
        issuer: person.issuer,
        has_second_factor: person.has_second_factor,
    }
}

/// Makes an access key for the caller, or for somebody else if the caller manages them. The secret is in the answer and
/// nowhere else.
///
/// # Errors
///
/// [`ConsoleError::Forbidden`] for another's key, [`ConsoleError::NotFound`] for an unknown person,
/// [`ConsoleError::BadRequest`] when there are two keys already, [`ConsoleError::Internal`]. Nothing was made then.
pub async fn create_key(
    services: &Services,
    caller: &Caller,
    name: Option<&str>,
) -> Result<NewKey, ConsoleError> {
    let name = name.unwrap_or(&caller.user.name);
    let deed = Deed::change("CreateAccessKey", json!({ "userName": name }));
    attempt(services, caller, &deed, make_key(services, caller, name, &deed)).await
}

async fn make_key(
    services: &Services,
    caller: &Caller,
    name: &str,
    deed: &Deed,
) -> Result<NewKey, ConsoleError> {
    let refuse = |message: String| Err(ConsoleError::BadRequest { message });
    let person = if name == caller.user.name {
        caller.user.clone()
    } else {
        caller.require(services, Action::ManagePeople, "an access key for somebody else")?;
        let person = services.database.lookup_user(name).await.map_err(internal)?;
        let organization_id = caller.scope.organization_id;
        let person = person.filter(|person| person.organization_id == organization_id);
        let missing = || ConsoleError::NotFound { message: format!("There is nobody `{name}`.") };
        person.ok_or_else(missing)?
    };
    if AwsPrincipal::of(services, &person).await.map_err(internal)?.is_none() {
        return refuse("An access key belongs to an account, and the organization has no management account yet.".to_owned());
    }
    if managed(services, caller)?.is_some() {
        let keys = managed_keys(services, caller).await?;
        if let Some(refused) = keys.iter().find(|key| key.is_refused_by_administrator) {
            let id = &refused.access_key_id;
            return refuse(format!(
                "An administrator has refused {id}, and can make a new key for you."
            ));
        }
    }
    let key = NewAccessKey::generate();
    let mut acting = begin(services, caller, deed).await?;
    if !key.keep(services, &mut acting, person.user_id).await.map_err(internal)? {
        return refuse(format!("{name} has two access keys already: delete one first."));
    }
    let NewAccessKey { access_key_id, secret_access_key } = key;
    let made =
        json!({"accessKey": {"userName": name, "accessKeyId": access_key_id, "status": "Active"}});
    finish(services, acting, made).await?;
    tracing::info!(by = %caller.user.name, person = name, access_key = %access_key_id, "an access key was made");
    Ok(NewKey { name: name.to_owned(), access_key_id, secret_access_key })
}

/// Refuses, accepts or deletes an access key that the caller manages.
///
/// # Errors
///
/// [`ConsoleError::NotFound`] when the caller manages no such key, [`ConsoleError::Forbidden`] when an administrator has
/// refused it and the caller is none, [`ConsoleError::Internal`]. Nothing was changed then.
pub async fn change_key(
    services: &Services,
    caller: &Caller,
    access_key_id: &str,
    change: KeyChange,
) -> Result<(), ConsoleError> {
    let deed = key_deed(access_key_id, change);
    attempt(services, caller, &deed, alter_key(services, caller, access_key_id, change, &deed))
        .await
}

/// As IAM's own events say it.
pub(crate) fn key_deed(access_key_id: &str, change: KeyChange) -> Deed {
    match change {
        KeyChange::Delete => {
            Deed::change("DeleteAccessKey", json!({ "accessKeyId": access_key_id }))
        }
        KeyChange::Disable | KeyChange::Enable => {
            let status = if change == KeyChange::Disable { "Inactive" } else { "Active" };
            let parameters = json!({"accessKeyId": access_key_id, "status": status});
            Deed::change("UpdateAccessKey", parameters)
        }
    }
}

async fn alter_key(
    services: &Services,
    caller: &Caller,
    access_key_id: &str,
    change: KeyChange,
    deed: &Deed,
) -> Result<(), ConsoleError> {
    let managed_keys = managed_keys(services, caller).await?;
    let missing = || {
        let message = format!("There is no access key {access_key_id} that you manage.");
        Err(ConsoleError::NotFound { message })
    };
    let Some(key) = managed_keys.iter().find(|key| key.access_key_id == access_key_id) else {
        return missing();
    };
    let is_administrator = managed(services, caller)?.is_none();
    if key.is_refused_by_administrator && !is_administrator {
        let message =
            format!("An administrator has refused {access_key_id}: only one of them changes it.");
        return Err(ConsoleError::Forbidden { message });
    }
    let organization_id = caller.scope.organization_id;
    let now = services.clock.now();
    let mut acting = begin(services, caller, deed).await?;
    let is_done = match change {
        KeyChange::Disable => {
            acting
                .disable_access_key(organization_id, access_key_id, Some(now), is_administrator)
                .await
        }
        KeyChange::Enable => {
            acting.disable_access_key(organization_id, access_key_id, None, is_administrator).await
        }
        KeyChange::Delete => acting.delete_access_key(organization_id, access_key_id).await,
    };
    if !is_done.map_err(internal)? {
        return missing();
    }
    finish(services, acting, json!({ "userName": key.name })).await?;
    tracing::info!(by = %caller.user.name, person = %key.name, access_key = access_key_id, ?change, "an access key was changed");
    Ok(())
}

/// Ends a session that the caller may end: at once, wherever it is used.
///
/// # Errors
///
/// [`ConsoleError::NotFound`] when the caller may end no such session, [`ConsoleError::Internal`].
pub async fn end_session(
    services: &Services,
    caller: &Caller,
    id: &str,
) -> Result<(), ConsoleError> {
    let deed = Deed::change("EndSession", json!({ "sessionId": id }));
    attempt(services, caller, &deed, end(services, caller, id, &deed)).await
}

async fn end(
    services: &Services,
    caller: &Caller,
    id: &str,
    deed: &Deed,
) -> Result<(), ConsoleError> {
    let known = managed_sessions(services, caller).await?;
    let found = known.iter().find(|session| session.id == id);
    let Some(id) = found.and_then(|session| session.id.parse::<Uuid>().ok()) else {
        let message = "There is no such session that you may end.".to_owned();
        return Err(ConsoleError::NotFound { message });
    };
    let mut acting = begin(services, caller, deed).await?;
    acting.revoke_session(id, services.clock.now()).await.map_err(internal)?;
    let whose = found.map(|session| session.name.as_str());
    finish(services, acting, json!({ "userName": whose })).await?;
    tracing::info!(by = %caller.user.name, session = %id, "a session was ended");
    Ok(())
}
