//! Accounts that join, move, are closed and leave.

use super::{EditError, check_name, refuse};
use crate::organization::snapshot::{Account, JoinedMethod, Snapshot, Target};
use chrono::{DateTime, Utc};
use orgtrail_shared::ids::{AccountId, UnitId};
use orgtrail_shared::organization::AccountState;

/// How many characters an account's name has at the most.
const NAME_CHARS_MAX: usize = 50;

/// How many characters an e-mail address has at the most.
const EMAIL_CHARS_MAX: usize = 64;

/// An account that joins now.
pub(super) fn joining(
    name: &str,
    email: Option<&str>,
    unit: UnitId,
    joined_method: Option<JoinedMethod>,
    now: DateTime<Utc>,
) -> Result<Account, EditError> {
    if !name.is_empty() {
        check_name(name, NAME_CHARS_MAX)?;
    }
    Ok(Account {
        name: name.to_owned(),
        email: email.map(str::to_owned),
        state: AccountState::Active,
        joined_method,
        joined_at: now,
        unit,
    })
}

pub(super) fn join(
    it: &mut Snapshot,
    id: &AccountId,
    (name, email, method): (&str, &str, JoinedMethod),
    parent: Option<&UnitId>,
    now: DateTime<Utc>,
) -> Result<Option<String>, EditError> {
    check_name(name, NAME_CHARS_MAX)?;
    check_email(it, email)?;
    if it.accounts.contains_key(id) {
        return refuse(
            "DuplicateAccountException",
            format!("{id} is in the organization already."),
        );
    }
    let unit = parent.unwrap_or(&it.root.id).clone();
    if !it.has_unit(&unit) {
        return refuse("ParentNotFoundException", format!("There is no root or unit {unit}."));
    }
    let account = joining(name, Some(email), unit, Some(method), now)?;
    it.accounts.insert(id.clone(), account);
    super::policies::attach_full_access(it, Target::Account(id.clone()));
    Ok(Some(id.to_string()))
}

/// Each account has an address of its own.
fn check_email(it: &Snapshot, email: &str) -> Result<(), EditError> {
    let count = email.chars().count();
    let is_address = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.contains('@')
    });
    if !(6..=EMAIL_CHARS_MAX).contains(&count) || !is_address || email.contains(char::is_whitespace)
    {
        return refuse(
            "InvalidInputException",
            format!("`{email}` is not an e-mail address of 6 to {EMAIL_CHARS_MAX} characters."),
        );
    }
    let lower = email.to_lowercase();
    let is_taken = it
        .accounts
        .values()
        .any(|account| account.email.as_deref().is_some_and(|known| known.to_lowercase() == lower));
    if is_taken {
        return refuse(
            "ConstraintViolationException",
            "EMAIL_ALREADY_EXISTS: another account has this e-mail address.",
        );
    }
    Ok(())
}

fn find<'a>(it: &'a mut Snapshot, id: &AccountId) -> Result<&'a mut Account, EditError> {
    let missing = || EditError {
        code: "AccountNotFoundException",
        message: format!("{id} is not in the organization."),
    };
    it.accounts.get_mut(id).ok_or_else(missing)
}

pub(super) fn move_to(
    it: &mut Snapshot,
    id: &AccountId,
    destination: &UnitId,
) -> Result<Option<String>, EditError> {
    let is_there = it.has_unit(destination);
    let account = find(it, id)?;
    if !is_there {
        return refuse(
            "DestinationParentNotFoundException",
            format!("There is no root or unit {destination}."),
        );
    }
    if account.unit == *destination {
        return refuse("DuplicateAccountException", format!("{id} lies in {destination} already."));
    }
    account.unit = destination.clone();
    Ok(None)
}

pub(super) fn close(it: &mut Snapshot, id: &AccountId) -> Result<Option<String>, EditError> {
    check_free(it, id, "closed", "CANNOT_CLOSE_MANAGEMENT_ACCOUNT")?;
    let account = find(it, id)?;
    if matches!(
        account.state,
        AccountState::PendingClosure | AccountState::Suspended | AccountState::Closed
    ) {
        return refuse(
            "AccountAlreadyClosedException",
            format!("{id} is {} already.", account.state.name()),
        );
    }
    account.state = AccountState::PendingClosure;
    Ok(None)
}

pub(super) fn remove(it: &mut Snapshot, id: &AccountId) -> Result<Option<String>, EditError> {
    find(it, id)?;
    if *id == it.management_account {
        return refuse(
            "MasterCannotLeaveOrganizationException",
            "The management account can't leave its organization.",
        );
    }
    check_free(it, id, "removed", "")?;
    it.accounts.remove(id);
    it.attachments.retain(|one| one.target != Target::Account(id.clone()));
    Ok(None)
}

/// The management account and delegated administrators can't go.
fn check_free(
    it: &Snapshot,
    id: &AccountId,
    what: &str,
    management: &str,
) -> Result<(), EditError> {
    if *id == it.management_account {
        return refuse(
            "ConstraintViolationException",
            format!("{management}: the management account can't be {what}."),
        );
    }
    if it.delegated_administrators.contains_key(id) {
        return refuse(
            "ConstraintViolationException",
            format!(
                "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG: {id} administers trails; deregister it before it is {what}."
            ),
        );
    }
    Ok(())
}
