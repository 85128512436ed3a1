//! The rules of authorization, and what an organization forbids beyond them.

use crate::access::{Caller, facts_of, person_of, read_rules};
use crate::audit::{Deed, attempt, begin, finish};
use crate::search::internal;
use crate::services::Services;
use orgtrail_authz::{GrantVerdict, LIMITS, OwnPolicies, Question, ROLES, Resource, SCHEMA, Tree};
use orgtrail_shared::authorization::Action;
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::edit::REASON_CHARS_MAX;
use orgtrail_shared::rules::{OwnRules, RuleBook, RulesRequest};
use serde_json::json;

fn wrong<T>(message: impl Into<String>) -> Result<T, ConsoleError> {
    Err(ConsoleError::BadRequest { message: message.into() })
}

/// All rules: whoever is bound by them may read them.
///
/// # Errors
///
/// [`ConsoleError::Internal`].
pub async fn rules(services: &Services, caller: &Caller) -> Result<RuleBook, ConsoleError> {
    let own = services.database.own_policy(caller.scope.organization_id).await.map_err(internal)?;
    let what = "Changing what the organization forbids";
    let whole = caller.organization.id.to_string();
    let locked = caller.locked_at(services, Action::ManageGrants, &whole, what).await?;
    Ok(RuleBook {
        roles: ROLES.to_owned(),
        limits: LIMITS.to_owned(),
        schema: SCHEMA.to_owned(),
        own: own.map(|row| OwnRules {
            version: row.version,
            content: row.content,
            reason: row.reason,
            created_by: row.created_by,
            created_at: row.created_at,
        }),
        locked,
    })
}

/// Puts other policies of the organization in force, from the next request on.
///
/// # Errors
///
/// [`ConsoleError::Forbidden`], [`ConsoleError::BadRequest`] for policies that can't be read, that permit something, that leave
/// nobody who could change them, or that follow another version, [`ConsoleError::Internal`]. Nothing was changed then.
pub async fn change_rules(
    services: &Services,
    caller: &Caller,
    request: RulesRequest,
) -> Result<RuleBook, ConsoleError> {
    let deed = Deed::change(
        "PutAuthorizationPolicies",
        json!({"content": request.content, "version": request.version, "reason": request.reason}),
    );
    attempt(services, caller, &deed, change(services, caller, &request, &deed)).await?;
    rules(services, caller).await
}

async fn change(
    services: &Services,
    caller: &Caller,
    request: &RulesRequest,
    deed: &Deed,
) -> Result<(), ConsoleError> {
    let what = "changing what the organization forbids";
    caller.require(services, Action::ManageGrants, what)?;
    let reason = request.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return wrong(format!("Say why, in at most {REASON_CHARS_MAX} characters."));
    }
    let own = match read_rules(&services.authorization, &request.content) {
        Ok(own) => own,
        Err(error) => return wrong(format!("Nothing was changed: {error}")),
    };
    if let Some(own) = &own
        && !leaves_somebody(services, caller, own).await?
    {
        return wrong("Nobody would be left who could change them: nothing was changed.");
    }
    let organization_id = caller.scope.organization_id;
    let content = request.content.replace('\0', "\u{fffd}");
    let texts = (content.as_str(), reason, caller.user.name.as_str());
    let now = services.clock.now();
    let Some(version) = request.version.checked_add(1) else {
        return wrong("There is no such version to follow.");
    };
    let mut acting = begin(services, caller, deed).await?;
    let done = acting.insert_own_policy(organization_id, request.version, texts, now).await;
    if !done.map_err(internal)? {
        return wrong("Somebody else has changed them meanwhile: look again, and repeat it.");
    }
    finish(services, acting, json!({ "version": version })).await
}

/// Whether anybody who can sign in could take the policies back.
async fn leaves_somebody(
    services: &Services,
    caller: &Caller,
    own: &OwnPolicies,
) -> Result<bool, ConsoleError> {
    let people = services.database.people(caller.scope.organization_id).await.map_err(internal)?;
    let whole = caller.organization.id.to_string();
    let tree: Tree = [(whole.clone(), None)].into();
    let (resource, now) = (Resource::Node(whole), services.clock.now());
    let mut found = false;
    for user in people.iter().filter(|user| user.may_sign_in(now)) {
        let (person, grants) = (person_of(user), facts_of(user, now));
        // What can't be evaluated refuses everybody everything.
        for action in [Action::ManageGrants, Action::SearchEvents, Action::ManagePeople] {
            let question = Question {
                person: &person,
                action,
                resource: &resource,
                tree: &tree,
                now,
                at: None,
            };
            match services.authorization.ask(question, &grants, Some(own)) {
                Ok(verdicts) => {
                    let is_enough = verdicts.iter().any(GrantVerdict::is_enough);
                    found |= is_enough && action == Action::ManageGrants;
                }
                Err(error) => return wrong(format!("Nothing was changed: {error}")),
            }
        }
    }
    Ok(found)
}
