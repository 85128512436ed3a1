//! Who administers the organization's trails, as CloudTrail's own operations say it.
//!
//! Source: CloudTrail API Reference, `RegisterOrganizationDelegatedAdmin` and `DeregisterOrganizationDelegatedAdmin`.

use super::answer::Refusal;
use super::json::read;
use crate::access::Caller;
use crate::backend::{edit_organization, refusal_of};
use crate::services::Services;
use axum::body::Bytes;
use orgtrail_authz::Resource;
use orgtrail_shared::authorization::Action;
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::edit::{EditRequest, OrganizationEdit};
use orgtrail_shared::ids::AccountId;
use serde::Deserialize;
use serde_json::{Value, json};

/// The errors of both operations that say what can't be done.
const ERRORS: [&str; 11] = [
    "AccountNotFoundException",
    "AccountNotRegisteredException",
    "AccountRegisteredException",
    "CannotDelegateManagementAccountException",
    "CloudTrailAccessNotEnabledException",
    "ConflictException",
    "DelegatedAdminAccountLimitExceededException",
    "InvalidParameterException",
    "OrganizationNotInAllFeaturesModeException",
    "OrganizationsNotInUseException",
    "ConcurrentModificationException",
];

/// The two name the account differently.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    member_account_id: Option<String>,
    delegated_admin_account_id: Option<String>,
}

/// Answers either operation.
///
/// # Errors
///
/// [`Refusal`] by CloudTrail's names; nothing was changed then.
pub(super) async fn answer(
    services: &Services,
    caller: &Caller,
    is_registration: bool,
    body: &Bytes,
) -> Result<Value, Refusal> {
    let input: Input = read(body)?;
    let (name, given) = if is_registration {
        ("MemberAccountId", input.member_account_id)
    } else {
        ("DelegatedAdminAccountId", input.delegated_admin_account_id)
    };
    let invalid = |message: String| Refusal::named("InvalidParameterException", message);
    let given = given.ok_or_else(|| invalid(format!("{name} is missing.")))?;
    let account: AccountId =
        given.parse().map_err(|_| invalid(format!("{name} '{given}' is not an account id.")))?;
    require(services, caller, is_registration).await?;
    let edit = if is_registration {
        OrganizationEdit::RegisterOrganizationDelegatedAdmin { account }
    } else {
        OrganizationEdit::DeregisterOrganizationDelegatedAdmin { account }
    };
    // The operation has no room for a reason.
    let reason = "by CloudTrail's API".to_owned();
    let done = edit_organization(services, caller, EditRequest { edit, reason }).await;
    match done {
        Ok(_) => Ok(json!({})),
        Err(error) => Err(named(error)),
    }
}

async fn require(
    services: &Services,
    caller: &Caller,
    is_registration: bool,
) -> Result<(), Refusal> {
    if !caller.person.is_management {
        let message = "This action is for the management account of the organization.";
        return Err(Refusal::named("NotOrganizationManagementAccountException", message));
    }
    let action = if is_registration {
        Action::RegisterDelegatedAdmin
    } else {
        Action::DeregisterDelegatedAdmin
    };
    let whole = Resource::Node(caller.organization.id.to_string());
    let refused = refusal_of(services, caller, action, &whole).await;
    let refused = refused.map_err(|error| Refusal::internal(&anyhow::anyhow!("{error}")))?;
    match refused {
        None => Ok(()),
        Some(step) => Err(Refusal::named(
            "AccessDeniedException",
            format!(
                "User: {} is not authorized to perform: {action}: {}",
                caller.user.name, step.words
            ),
        )),
    }
}

/// A refusal of the edit, by AWS's own name if it has one.
fn named(error: ConsoleError) -> Refusal {
    match error {
        ConsoleError::Forbidden { message } => Refusal::named("AccessDeniedException", message),
        ConsoleError::TooMany { message } => Refusal::named("ThrottlingException", message),
        ConsoleError::BadRequest { message } => {
            let known = message.split_once(": ").and_then(|(code, words)| {
                let code = ERRORS.iter().find(|known| **known == code)?;
                Some((*code, words.to_owned()))
            });
            // Where the organization follows another place, it is changed there.
            let (code, words) = known.unwrap_or(("OperationNotPermittedException", message));
            // CloudTrail's word for it.
            let code =
                if code == "ConcurrentModificationException" { "ConflictException" } else { code };
            Refusal::named(code, words)
        }
        ConsoleError::NotSignedIn
        | ConsoleError::NotFound { .. }
        | ConsoleError::Query { .. }
        | ConsoleError::Internal { .. } => Refusal::internal(&anyhow::anyhow!("{error}")),
    }
}
