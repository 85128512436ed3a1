//! Roles that people have at places of the organization: shown, given and taken back.

use crate::access::Caller;
use crate::audit::{Deed, Seen, attempt, begin, finish, look};
use crate::search::internal;
use crate::services::Services;
use chrono::{DateTime, Utc};
use orgtrail_shared::authorization::{Action, Grant};
use orgtrail_shared::console::{ConsoleError, Role};
use orgtrail_shared::settings::GrantRequest;
use orgtrail_storage::users::{GrantRow, Granted, NewGrant, UserRow};
use serde_json::json;
use std::collections::HashMap;

/// The longest reason, in characters.
const REASON_MAX: usize = 500;

/// What people call places, by id.
pub(super) type PlaceNames = HashMap<String, String>;

/// The names of the places that the caller sees.
pub(super) async fn place_names(
    services: &Services,
    caller: &Caller,
) -> Result<PlaceNames, ConsoleError> {
    let units = services.database.units(&caller.scope).await.map_err(internal)?;
    let mut names: PlaceNames =
        units.into_iter().map(|unit| (unit.id.to_string(), unit.name)).collect();
    names.insert(caller.organization.id.to_string(), caller.organization.name.clone());
    let accounts = caller.accounts.iter();
    names.extend(accounts.map(|account| (account.number.clone(), account.name.clone())));
    Ok(names)
}

pub(super) fn told_grant(
    names: &PlaceNames,
    person: &str,
    grant: &GrantRow,
    now: DateTime<Utc>,
) -> Grant {
    Grant {
        id: grant.grant_id,
        name: person.to_owned(),
        role: grant.role,
        target: grant.target_id.clone(),
        target_name: names.get(&grant.target_id).cloned().unwrap_or_default(),
        from: grant.period_from,
        to: grant.period_to,
        expires_at: grant.expires_at,
        is_over: !grant.holds_at(now),
        reason: grant.reason.clone(),
        created_by: grant.created_by.clone(),
        created_at: grant.created_at,
    }
}

/// The caller's own roles.
pub(super) async fn own_grants(
    services: &Services,
    caller: &Caller,
) -> Result<Vec<Grant>, ConsoleError> {
    // Where somebody has a role they may know the place's name, though not what else is there.
    let grants = caller.user.grants.iter();
    let places: Vec<&str> = grants.clone().map(|grant| grant.target_id.as_str()).collect();
    let organization_id = caller.scope.organization_id;
    let names = services.database.place_names(organization_id, &places).await.map_err(internal)?;
    let now = services.clock.now();
    Ok(grants.map(|grant| told_grant(&names, &caller.user.name, grant, now)).collect())
}

/// The roles of everybody, for those who grant them; otherwise the caller's own.
///
/// # Errors
///
/// [`ConsoleError::Internal`].
pub async fn grants(services: &Services, caller: &Caller) -> Result<Vec<Grant>, ConsoleError> {
    if !caller.may(services, Action::ManageGrants)? {
        return own_grants(services, caller).await;
    }
    look(services, caller, &Deed::read("ListGrants", json!({})), Seen::of_people()).await?;
    let people = services.database.people(caller.scope.organization_id).await.map_err(internal)?;
    let (names, now) = (place_names(services, caller).await?, services.clock.now());
    let told = |person: &UserRow| {
        let grants = person.grants.iter();
        grants.map(|grant| told_grant(&names, &person.name, grant, now)).collect::<Vec<_>>()
    };
    Ok(people.iter().flat_map(told).collect())
}

fn wrong<T>(message: impl Into<String>) -> Result<T, ConsoleError> {
    Err(ConsoleError::BadRequest { message: message.into() })
}

fn check(wanted: &GrantRequest, now: DateTime<Utc>) -> Result<(), ConsoleError> {
    let reason = wanted.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        return wrong(format!("Say why, in at most {REASON_MAX} characters."));
    }
    if wanted.role == Role::Member && !is_account(&wanted.target) {
        return wrong("The role member is granted at an account.");
    }
    if wanted.role != Role::Auditor && (wanted.from.is_some() || wanted.to.is_some()) {
        return wrong("Only an auditor's grant has a period.");
    }
    if let (Some(from), Some(to)) = (wanted.from, wanted.to)
        && from >= to
    {
        return wrong("The period ends before it begins.");
    }
    if wanted.expires_at.is_some_and(|end| end <= now) {
        return wrong("The grant would have ended already.");
    }
    Ok(())
}

fn is_account(target: &str) -> bool {
    target.len() == 12 && target.bytes().all(|byte| byte.is_ascii_digit())
}

/// Grants a role. The caller must be allowed to grant at that place.
///
/// # Errors
///
/// [`ConsoleError::Forbidden`], [`ConsoleError::NotFound`] for an unknown person or place, [`ConsoleError::BadRequest`]
/// for what can't be granted, [`ConsoleError::Internal`]. Nothing was granted then.
pub async fn create_grant(
    services: &Services,
    caller: &Caller,
    wanted: GrantRequest,
) -> Result<Grant, ConsoleError> {
    let deed = Deed::change(
        "CreateGrant",
        json!({"userName": wanted.name, "role": wanted.role.name(), "target": wanted.target,
            "periodFrom": wanted.from, "periodTo": wanted.to, "expiresAt": wanted.expires_at,
            "reason": wanted.reason}),
    );
    attempt(services, caller, &deed, give(services, caller, wanted, &deed)).await
}

async fn give(
    services: &Services,
    caller: &Caller,
    wanted: GrantRequest,
    deed: &Deed,
) -> Result<Grant, ConsoleError> {
    caller
        .require_at(services, Action::ManageGrants, &wanted.target, "granting a role there")
        .await?;
    let now = services.clock.now();
    check(&wanted, now)?;
    if let Some(end) = caller.administers_until()
        && wanted.expires_at.is_none_or(|wanted| wanted > end)
    {
        return wrong(format!(
            "Your own role ends at {}: what you give can't outlast it.",
            end.format("%Y-%m-%d %H:%M UTC")
        ));
    }
    let grant = NewGrant {
        role: wanted.role,
        target_id: wanted.target.clone(),
        period: (wanted.from, wanted.to),
        expires_at: wanted.expires_at,
        reason: wanted.reason.trim().replace('\0', "\u{fffd}"),
        by: caller.user.name.clone(),
    };
    let organization_id = caller.scope.organization_id;
    let mut acting = begin(services, caller, deed).await?;
    let done = acting.insert_grant(organization_id, &wanted.name, &grant, now).await;
    let (name, target) = (&wanted.name, &wanted.target);
    let grant_id = match done.map_err(internal)? {
        Granted::Made(grant_id) => {
            finish(services, acting, json!({ "grantId": grant_id })).await?;
            grant_id
        }
        Granted::Known => {
            return wrong(format!("{name} is {} at {target} already.", wanted.role.name()));
        }
        Granted::NoPerson => {
            return Err(ConsoleError::NotFound { message: format!("There is nobody `{name}`.") });
        }
        Granted::NoTarget => {
            return Err(ConsoleError::NotFound { message: format!("There is no place {target}.") });
        }
        Granted::OtherPeriod => {
            return wrong(format!(
                "{name} sees another period by another grant: all grants of a person have one period. Take the other back first."
            ));
        }
    };
    tracing::info!(by = %grant.by, person = name, role = wanted.role.name(), target, "a role was granted");
    let person = services.database.lookup_user(name).await.map_err(internal)?;
    let row = person
        .and_then(|person| person.grants.into_iter().find(|grant| grant.grant_id == grant_id));
    let row =
        row.ok_or_else(|| internal(anyhow::anyhow!("a grant is gone that was made a moment ago")))?;
    Ok(told_grant(&place_names(services, caller).await?, name, &row, now))
}

/// Takes a role back. The person's sessions and keys stay as long as another grant holds, and do only what that allows.
///
/// # Errors
///
/// [`ConsoleError::NotFound`] when there is no such grant that the caller manages, [`ConsoleError::BadRequest`] when nobody
/// would be left who grants roles, [`ConsoleError::Internal`]. Nothing was changed then.
pub async fn revoke_grant(
    services: &Services,
    caller: &Caller,
    grant_id: i32,
) -> Result<(), ConsoleError> {
    let deed = Deed::change("RevokeGrant", json!({ "grantId": grant_id }));
    attempt(services, caller, &deed, take_back(services, caller, grant_id, &deed)).await
}

async fn take_back(
    services: &Services,
    caller: &Caller,
    grant_id: i32,
    deed: &Deed,
) -> Result<(), ConsoleError> {
    let missing =
        || ConsoleError::NotFound { message: "There is no such grant that you manage.".to_owned() };
    let (database, now) = (&services.database, services.clock.now());
    let organization_id = caller.scope.organization_id;
    let people = database.people(organization_id).await.map_err(internal)?;
    let found = people.iter().find_map(|person| {
        let grant = person.grants.iter().find(|grant| grant.grant_id == grant_id)?;
        Some((person, grant))
    });
    let (person, grant) = found.ok_or_else(missing)?;
    let what = "taking back a role there";
    let may = caller.require_at(services, Action::ManageGrants, &grant.target_id, what).await;
    may.map_err(|_| missing())?;
    let mut acting = begin(services, caller, deed).await?;
    let is_last = acting.is_last_administrator(organization_id, grant_id, now).await;
    if is_last.map_err(internal)? {
        return wrong(
            "Nobody would be left who manages the organization: grant that to somebody else first.",
        );
    }
    let done = acting.revoke_grant(organization_id, grant_id, &caller.user.name, now).await;
    if !done.map_err(internal)? {
        return Err(missing());
    }
    let what =
        json!({"userName": person.name, "role": grant.role.name(), "target": grant.target_id});
    finish(services, acting, what).await?;
    tracing::info!(by = %caller.user.name, person = %person.name, role = grant.role.name(),
        target = %grant.target_id, "a role was taken back");
    Ok(())
}
