//! Changes of an organization that isn't followed elsewhere.

use crate::access::Caller;
use crate::audit::{Deed, attempt, begin};
use crate::search::internal;
use crate::services::Services;
use orgtrail_domain::organization::changes::{Changes, compare};
use orgtrail_domain::organization::edit::{Occasion, apply, create};
use orgtrail_domain::organization::snapshot::{Snapshot, Target};
use orgtrail_domain::scp;
use orgtrail_shared::authorization::{Action, Locked};
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::edit::{EditRequest, Edited, OrganizationEdit, REASON_CHARS_MAX};
use orgtrail_shared::organization::{PolicyBook, PolicyEntry};
use orgtrail_storage::audit::Acting;
use orgtrail_storage::organizations::{OrganizationRow, Origin};
use serde_json::json;

fn wrong(message: impl Into<String>) -> ConsoleError {
    ConsoleError::BadRequest { message: message.into() }
}

/// Why a caller can change nothing of the organization at a place; `None` when they can.
pub(super) async fn locked(
    services: &Services,
    caller: &Caller,
    place: Option<&str>,
) -> Result<Option<Locked>, ConsoleError> {
    let elsewhere = match caller.organization.origin {
        Origin::Local | Origin::Sample => None,
        Origin::Aws => {
            Some("It follows AWS Organizations: what is changed there changes here within minutes.")
        }
        Origin::File => Some("It comes from a file: change that, and start the server again."),
    };
    if let Some(reason) = elsewhere {
        // No role would help.
        return Ok(Some(Locked { reason: reason.to_owned(), why: None }));
    }
    let whole = caller.organization.id.to_string();
    let place = place.unwrap_or(&whole);
    let what = "Changing the organization there";
    caller.locked_at(services, Action::ManageOrganization, place, what).await
}

/// The service control policies, for those who read them.
///
/// # Errors
///
/// [`ConsoleError::Forbidden`], [`ConsoleError::Internal`].
pub async fn policies(services: &Services, caller: &Caller) -> Result<PolicyBook, ConsoleError> {
    caller.require(services, Action::ListPolicies, "the list of policies")?;
    let snapshot = services.database.snapshot(caller.scope.organization_id).await;
    let locked = locked(services, caller, None).await?;
    let Some(snapshot) = snapshot.map_err(internal)? else {
        return Ok(PolicyBook { locked, ..PolicyBook::default() });
    };
    let name = |target: &Target| match target {
        Target::Unit(unit) => snapshot.unit_name(unit).unwrap_or_default().to_owned(),
        Target::Account(account) => {
            snapshot.accounts.get(account).map(|account| account.name.clone()).unwrap_or_default()
        }
    };
    let mut entries: Vec<PolicyEntry> = snapshot
        .policies
        .iter()
        .map(|(id, policy)| PolicyEntry {
            id: id.to_string(),
            name: policy.name.clone(),
            description: policy.description.clone(),
            is_aws_managed: policy.is_aws_managed,
            content: policy.content.clone(),
            problem: scp::Policy::parse(&policy.content).err().map(|error| error.to_string()),
            targets: snapshot
                .attachments
                .iter()
                .filter(|one| one.policy == *id)
                .map(|one| (one.target.to_string(), name(&one.target)))
                .collect(),
        })
        .collect();
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(PolicyBook { policies: entries, is_in_use: snapshot.has_policies, locked })
}

/// The deed of a change, by the name of AWS's operation.
pub(crate) fn edit_deed(request: &EditRequest) -> Deed {
    Deed::change(request.edit.name(), json!({"edit": request.edit, "reason": request.reason}))
}

/// Changes the organization.
///
/// # Errors
///
/// [`ConsoleError::Forbidden`] for who may not, [`ConsoleError::BadRequest`] with AWS's error for what can't be done, and for an
/// organization that follows AWS or a file, [`ConsoleError::Internal`]. Nothing was changed then.
pub async fn edit_organization(
    services: &Services,
    caller: &Caller,
    request: EditRequest,
) -> Result<Edited, ConsoleError> {
    let deed = edit_deed(&request);
    attempt(services, caller, &deed, edit(services, caller, &request, &deed)).await
}

async fn edit(
    services: &Services,
    caller: &Caller,
    request: &EditRequest,
    deed: &Deed,
) -> Result<Edited, ConsoleError> {
    let database = &services.database;
    let rows = database.organizations().await.map_err(internal)?;
    let row = rows.into_iter().find(|row| row.organization_id == caller.scope.organization_id);
    let row = row.ok_or_else(|| internal(anyhow::anyhow!("the caller's organization is gone")))?;
    let before = database.snapshot(row.organization_id).await.map_err(internal)?;
    require(services, caller, before.as_ref(), &request.edit).await?;
    let acting = begin(services, caller, deed).await?;
    change(services, &row, before.as_ref(), request, acting).await
}

/// Refuses what the caller may not change: where it happens, and for delegation what only the management account may.
async fn require(
    services: &Services,
    caller: &Caller,
    before: Option<&Snapshot>,
    edit: &OrganizationEdit,
) -> Result<(), ConsoleError> {
    let whole = caller.organization.id.to_string();
    let action = match edit {
        OrganizationEdit::RegisterOrganizationDelegatedAdmin { .. } => {
            Action::RegisterDelegatedAdmin
        }
        OrganizationEdit::DeregisterOrganizationDelegatedAdmin { .. } => {
            Action::DeregisterDelegatedAdmin
        }
        OrganizationEdit::CreateOrganization { .. }
        | OrganizationEdit::CreateOrganizationalUnit { .. }
        | OrganizationEdit::UpdateOrganizationalUnit { .. }
        | OrganizationEdit::DeleteOrganizationalUnit { .. }
        | OrganizationEdit::CreateAccount { .. }
        | OrganizationEdit::InviteAccountToOrganization { .. }
        | OrganizationEdit::MoveAccount { .. }
        | OrganizationEdit::CloseAccount { .. }
        | OrganizationEdit::RemoveAccountFromOrganization { .. }
        | OrganizationEdit::EnablePolicyType {}
        | OrganizationEdit::DisablePolicyType {}
        | OrganizationEdit::CreatePolicy { .. }
        | OrganizationEdit::UpdatePolicy { .. }
        | OrganizationEdit::DeletePolicy { .. }
        | OrganizationEdit::AttachPolicy { .. }
        | OrganizationEdit::DetachPolicy { .. }
        | OrganizationEdit::EnableAWSServiceAccess {}
        | OrganizationEdit::DisableAWSServiceAccess {} => Action::ManageOrganization,
    };
    for place in places(edit) {
        // What isn't there is asked about as a whole, so that whoever may change everything is told that it isn't.
        let place = place.filter(|place| before.is_some_and(|before| before.has_place(place)));
        let place = place.unwrap_or_else(|| whole.clone());
        caller.require_at(services, action, &place, "changing the organization there").await?;
    }
    Ok(())
}

/// Where a change happens; `None` stands for the organization as a whole.
fn places(edit: &OrganizationEdit) -> Vec<Option<String>> {
    match edit {
        OrganizationEdit::CreateOrganizationalUnit { parent: unit, .. }
        | OrganizationEdit::UpdateOrganizationalUnit { unit, .. }
        | OrganizationEdit::DeleteOrganizationalUnit { unit } => vec![Some(unit.to_string())],
        OrganizationEdit::MoveAccount { account, destination } => {
            vec![Some(account.to_string()), Some(destination.to_string())]
        }
        OrganizationEdit::CloseAccount { account } => vec![Some(account.to_string())],
        // Who belongs, what policies say and where they stand, and who administers is everybody's matter: whoever administers a
        // unit doesn't take off what the organization has put on it.
        OrganizationEdit::CreateOrganization { .. }
        | OrganizationEdit::CreateAccount { .. }
        | OrganizationEdit::InviteAccountToOrganization { .. }
        | OrganizationEdit::RemoveAccountFromOrganization { .. }
        | OrganizationEdit::EnablePolicyType {}
        | OrganizationEdit::DisablePolicyType {}
        | OrganizationEdit::CreatePolicy { .. }
        | OrganizationEdit::UpdatePolicy { .. }
        | OrganizationEdit::DeletePolicy { .. }
        | OrganizationEdit::AttachPolicy { .. }
        | OrganizationEdit::DetachPolicy { .. }
        | OrganizationEdit::EnableAWSServiceAccess {}
        | OrganizationEdit::DisableAWSServiceAccess {}
        | OrganizationEdit::RegisterOrganizationDelegatedAdmin { .. }
        | OrganizationEdit::DeregisterOrganizationDelegatedAdmin { .. } => vec![None],
    }
}

/// Makes a change that somebody may make.
///
/// # Errors
///
/// [`ConsoleError::BadRequest`], [`ConsoleError::Internal`]; nothing was changed.
pub(crate) async fn change(
    services: &Services,
    row: &OrganizationRow,
    before: Option<&Snapshot>,
    request: &EditRequest,
    mut acting: Acting,
) -> Result<Edited, ConsoleError> {
    let reason = request.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        return Err(wrong(format!("Say why, in at most {REASON_CHARS_MAX} characters.")));
    }
    match row.origin {
        Origin::Local | Origin::Sample => {}
        Origin::Aws => {
            return Err(wrong(
                "The organization follows AWS Organizations: change it there, and it changes here within minutes.",
            ));
        }
        Origin::File => {
            return Err(wrong("The organization comes from a file: change that, and start again."));
        }
    }
    let now = services.clock.now();
    let fresh = fresh();
    let occasion = Occasion { now, fresh: &fresh };
    let applied = match before {
        Some(before) => apply(before, &request.edit, occasion),
        None => create(&row.id, &request.edit, occasion),
    };
    let applied = applied.map_err(|error| wrong(error.to_string()))?;
    let changes = match before {
        Some(before) => compare(before, &applied.after),
        None => Changes::of_members(&std::collections::BTreeSet::new(), &applied.after),
    };
    let sentences: Vec<String> = changes.changes.iter().map(ToString::to_string).collect();
    let made = (&applied.after, &changes);
    let is_done = acting.apply_edit(row.organization_id, made, row.revision, now).await;
    if !is_done.map_err(internal)? {
        return Err(wrong(
            "ConcurrentModificationException: somebody else has just changed the organization: look again, and repeat it.",
        ));
    }
    let response = json!({"made": applied.made, "changes": sentences});
    crate::audit::finish(services, acting, response).await?;
    Ok(Edited { made: applied.made, changes: sentences })
}

/// Eight letters and digits, as the ends of AWS's ids.
fn fresh() -> String {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let bytes = rand::random::<[u8; 8]>();
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}
