//! People and their grants as the policies know them.

use crate::services::Services;
use chrono::{DateTime, Utc};
use orgtrail_authz::{AuthorizationError, GrantFacts, Person, Question, Resource, Tree};
use orgtrail_shared::authorization::Action;
use orgtrail_shared::console::Role;
use orgtrail_shared::organization::{AccountKind, AccountState};
use orgtrail_storage::users::UserRow;

/// Somebody as the policies know them. Whoever belongs to no account acts for the management account.
pub fn person_of(user: &UserRow) -> Person {
    let account = user.account.as_ref();
    let is_kind = |kind| account.is_some_and(|account| account.kind == kind);
    Person {
        name: user.name.clone(),
        account: account.map(|account| account.number.clone()),
        is_management: account.is_none() || is_kind(AccountKind::Management),
        is_delegated_administrator: is_kind(AccountKind::DelegatedAdministrator),
        is_suspended: account.is_some_and(|account| {
            matches!(
                account.state,
                Some(AccountState::PendingClosure | AccountState::Suspended | AccountState::Closed)
            )
        }),
    }
}

/// The grants of somebody that hold at a time.
pub fn facts_of(user: &UserRow, now: DateTime<Utc>) -> Vec<GrantFacts> {
    let facts = user.grants_at(now).map(|grant| GrantFacts {
        id: grant.grant_id,
        role: grant.role,
        target: grant.target_id.clone(),
        expires_at: grant.expires_at,
        from: grant.period_from,
        to: grant.period_to,
    });
    facts.collect()
}

/// The roles that may do something, where they are granted.
///
/// # Errors
///
/// [`AuthorizationError`].
pub(crate) fn roles_for(
    services: &Services,
    action: Action,
) -> Result<Vec<&'static str>, AuthorizationError> {
    const PLACE: &str = "111122223333";
    let tree: Tree = [(PLACE.to_owned(), None)].into();
    let resource = if action.is_of_trail() {
        let arn = format!("arn:aws:cloudtrail:us-east-1:{PLACE}:trail/any");
        Resource::Trail { arn, owner: PLACE.to_owned(), is_organization_trail: false }
    } else {
        Resource::Node(PLACE.to_owned())
    };
    let person = Person { is_management: true, ..Person::default() };
    let now = services.clock.now();
    let question =
        Question { person: &person, action, resource: &resource, tree: &tree, now, at: None };
    let mut roles = Vec::new();
    for role in Role::ALL {
        let target = PLACE.to_owned();
        let grant = GrantFacts { id: 0, role, target, expires_at: None, from: None, to: None };
        let verdicts = services.authorization.ask(question, &[grant], None)?;
        if verdicts.iter().all(orgtrail_authz::GrantVerdict::is_enough) {
            roles.push(role.name());
        }
    }
    Ok(roles)
}
