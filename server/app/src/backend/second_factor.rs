//! One's own second factor; and whether the organization requires one of those who change things.

use crate::access::{Caller, enrolment, new_secret, step_of, verify_password};
use crate::audit::{Deed, attempt, begin, finish};
use crate::search::internal;
use crate::services::Services;
use chrono::TimeDelta;
use orgtrail_shared::authorization::Action;
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::settings::{PendingFactor, SecondFactor};
use orgtrail_storage::users::SecondFactorRow;
use serde_json::{Value, json};

/// How long a secret waits for its first code.
const PENDING: TimeDelta = TimeDelta::minutes(15);

fn wrong<T>(message: impl Into<String>) -> Result<T, ConsoleError> {
    Err(ConsoleError::BadRequest { message: message.into() })
}

/// How it stands with the caller's second factor.
///
/// # Errors
///
/// [`ConsoleError::Internal`].
pub async fn second_factor(
    services: &Services,
    caller: &Caller,
) -> Result<SecondFactor, ConsoleError> {
    let row = services.database.second_factor(caller.user.user_id).await.map_err(internal)?;
    let pending = match row.as_ref().filter(|row| is_pending(services, caller, row)) {
        Some(row) => {
            let made = enrolment(services, &caller.user, row).map_err(internal)?;
            Some(PendingFactor { secret: made.secret, uri: made.uri })
        }
        None => None,
    };
    Ok(SecondFactor {
        is_set: row.is_some_and(|row| row.is_confirmed),
        pending,
        is_required: caller.organization.requires_second_factor,
        may_require: caller.may(services, Action::ManagePeople)?,
        issuer: caller.user.issuer.clone(),
    })
}

/// Whether a secret waits for this session's code.
fn is_pending(services: &Services, caller: &Caller, row: &SecondFactorRow) -> bool {
    let is_young = services.clock.now() - row.created_at < PENDING;
    !row.is_confirmed && is_young && Some(row.begun_by) == caller.session_id
}

/// Makes a secret for the caller's app. It counts once a code confirms it.
///
/// # Errors
///
/// [`ConsoleError::BadRequest`] when there is a second factor already, [`ConsoleError::Internal`]. Nothing was made then.
pub async fn begin_second_factor(
    services: &Services,
    caller: &Caller,
    password: String,
) -> Result<PendingFactor, ConsoleError> {
    let deed = Deed::change("CreateVirtualMFADevice", json!({"userName": caller.user.name}));
    let work = async {
        let user_id = caller.user.user_id;
        // Whoever has found an open session must not make it theirs for good.
        let Some(begun_by) = caller.session_id else { return wrong("Sign in first.") };
        if let Some(issuer) = &caller.user.issuer {
            return wrong(format!("{issuer} signs you in: a second factor belongs there."));
        }
        if !services.codes.lets_try_password(&caller.user.name) {
            return wrong("Too many attempts: wait a minute.");
        }
        let hash = Some(caller.user.password_hash.clone()).filter(|hash| !hash.is_empty());
        if !verify_password(password, hash).await.map_err(internal)? {
            return wrong("The password is wrong.");
        }
        let sealed = new_secret(services, user_id).map_err(internal)?;
        let mut acting = begin(services, caller, &deed).await?;
        let sealed = (services.master_key.id(), sealed.as_slice(), begun_by);
        let done = acting.begin_second_factor(user_id, sealed, services.clock.now()).await;
        if !done.map_err(internal)? {
            return wrong("You have a second factor: take it away first.");
        }
        finish(services, acting, Value::Null).await?;
        let pending = second_factor(services, caller).await?.pending;
        pending.ok_or_else(|| internal(anyhow::anyhow!("a new second factor is gone")))
    };
    attempt(services, caller, &deed, work).await
}

/// Takes a code for what it is asked for. Each is good once.
async fn take_code(
    services: &Services,
    caller: &Caller,
    deed: &Deed,
    code: &str,
) -> Result<orgtrail_storage::audit::Acting, ConsoleError> {
    const WRONG: &str = "The code is wrong, or was used before: wait for the next one.";
    let user = &caller.user;
    let row = services.database.second_factor(user.user_id).await.map_err(internal)?;
    let row = row.filter(|row| row.is_confirmed || is_pending(services, caller, row));
    let Some(row) = row else { return wrong("You have no second factor.") };
    // Codes are guessed no quicker than passwords.
    if !services.codes.lets_try(&user.name) {
        return wrong("Too many codes: wait a minute.");
    }
    let step = step_of(services, user, &row, code).map_err(internal)?;
    let Some(step) = step else { return wrong(WRONG) };
    let mut acting = begin(services, caller, deed).await?;
    let taken = acting.take_step(user.user_id, (&row.sealed, step), services.clock.now()).await;
    if !taken.map_err(internal)? {
        return wrong(WRONG);
    }
    Ok(acting)
}

/// Confirms the caller's second factor by a code of it. From now on signing in needs one, and every other session is over.
///
/// # Errors
///
/// [`ConsoleError::BadRequest`] for a wrong code, [`ConsoleError::Internal`]. Nothing was changed then.
pub async fn confirm_second_factor(
    services: &Services,
    caller: &Caller,
    code: &str,
) -> Result<(), ConsoleError> {
    let deed = Deed::change("EnableMFADevice", json!({"userName": caller.user.name}));
    let work = async {
        let mut acting = take_code(services, caller, &deed, code).await?;
        if let Some(kept) = caller.session_id {
            let now = services.clock.now();
            acting.revoke_other_sessions(caller.user.user_id, kept, now).await.map_err(internal)?;
        }
        finish(services, acting, Value::Null).await
    };
    attempt(services, caller, &deed, work).await
}

/// Takes the caller's second factor away, by a code of it.
///
/// # Errors
///
/// As [`confirm_second_factor`].
pub async fn remove_second_factor(
    services: &Services,
    caller: &Caller,
    code: &str,
) -> Result<(), ConsoleError> {
    let deed = Deed::change("DeactivateMFADevice", json!({"userName": caller.user.name}));
    let work = async {
        let mut acting = take_code(services, caller, &deed, code).await?;
        acting.delete_second_factor(caller.user.user_id).await.map_err(internal)?;
        finish(services, acting, Value::Null).await
    };
    attempt(services, caller, &deed, work).await
}

/// Says whether those who change people, the organization or trails must have a second factor.
///
/// # Errors
///
/// [`ConsoleError::Forbidden`], [`ConsoleError::BadRequest`] when the caller has none, [`ConsoleError::Internal`]. Nothing
/// was changed then.
pub async fn require_second_factor(
    services: &Services,
    caller: &Caller,
    is_required: bool,
) -> Result<(), ConsoleError> {
    let deed = Deed::change("RequireMFA", json!({"isRequired": is_required}));
    let work = async {
        caller.require(services, Action::ManagePeople, "saying who needs a second factor")?;
        if is_required && !caller.user.has_second_factor {
            return wrong(
                "Set up your own second factor first: nobody would be left who could change it.",
            );
        }
        let mut acting = begin(services, caller, &deed).await?;
        let organization_id = caller.scope.organization_id;
        acting.require_second_factor(organization_id, is_required).await.map_err(internal)?;
        finish(services, acting, Value::Null).await
    };
    attempt(services, caller, &deed, work).await
}
