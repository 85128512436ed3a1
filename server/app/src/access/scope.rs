//! What somebody may see, as the connection that serves them is to have it.

use chrono::{DateTime, Utc};
use orgtrail_authz::{
    AuthorizationError, Engine, GrantFacts, OwnPolicies, Person, Question, Resource,
};
use orgtrail_domain::record::{to_index_bound, to_index_time};
use orgtrail_shared::authorization::Action;
use orgtrail_shared::time::at_whole_second;
use orgtrail_storage::users::OrganizationTree;
use orgtrail_storage::{AccountScope, Scope};
use std::collections::BTreeSet;

/// How far up a place is followed at the most.
const DEPTH_MAX: usize = 16;

/// What decides.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) engine: &'a Engine,
    /// What the organization forbids.
    pub(super) own: Option<&'a OwnPolicies>,
}

/// The scope that follows from the grants that show events. Whoever gives them keeps their periods equal; should they
/// differ, only what all of them show is seen.
///
/// # Errors
///
/// [`AuthorizationError`]: then nothing may be seen.
pub(super) fn scope_of(
    rules: Rules<'_>,
    person: &Person,
    grants: &[GrantFacts],
    tree: &OrganizationTree,
    now: DateTime<Utc>,
) -> Result<Scope, AuthorizationError> {
    let mut accounts = BTreeSet::new();
    let mut sees_all = false;
    let (mut from, mut to): (Option<DateTime<Utc>>, Option<DateTime<Utc>>) = (None, None);
    for grant in grants {
        let may_see = |place: &str| -> Result<bool, AuthorizationError> {
            let (resource, action) = (Resource::Node(place.to_owned()), Action::SearchEvents);
            let question =
                Question { person, action, resource: &resource, tree: &tree.above, now, at: None };
            let verdicts = rules.engine.ask(question, std::slice::from_ref(grant), rules.own)?;
            Ok(verdicts.iter().all(orgtrail_authz::GrantVerdict::is_enough))
        };
        // What the organization forbids may be about a part of what is granted: then each account is asked about.
        let mut is_whole = may_see(&grant.target)?;
        let mut seen = Vec::new();
        for (number, id) in below(tree, &grant.target) {
            if rules.own.is_none() {
                seen.extend(is_whole.then_some(id));
            } else if may_see(number)? {
                seen.push(id);
            } else {
                is_whole = false;
            }
        }
        if seen.is_empty() && !is_whole {
            continue;
        }
        // The organization lies in nothing, and everything lies in it.
        sees_all |= is_whole && tree.above.get(&grant.target).is_some_and(Option::is_none);
        accounts.extend(seen);
        from = from.max(grant.from);
        to = [to, grant.to].into_iter().flatten().min();
    }
    // An event has a whole second: a period that begins within one begins for events with the next.
    let seconds = |time: Option<DateTime<Utc>>| time.map(|time| at_whole_second(time).timestamp());
    Ok(Scope {
        organization_id: 0,
        accounts: if sees_all {
            AccountScope::All
        } else {
            AccountScope::Only(accounts.into_iter().collect())
        },
        from: seconds(from).map(to_index_time),
        to: seconds(to).map(to_index_bound),
    })
}

/// The accounts that lie in a place, or are it.
fn below<'a>(
    tree: &'a OrganizationTree,
    place: &'a str,
) -> impl Iterator<Item = (&'a str, i32)> + 'a {
    let lies_there = move |number: &str| lies_in(tree, number, place);
    tree.accounts
        .iter()
        .filter(move |(number, _)| lies_there(number))
        .map(|(number, id)| (number.as_str(), *id))
}

fn lies_in(tree: &OrganizationTree, number: &str, place: &str) -> bool {
    let mut here = number;
    for _ in 0..DEPTH_MAX {
        if here == place {
            return true;
        }
        let Some(above) = tree.above.get(here).and_then(Option::as_ref) else { return false };
        here = above;
    }
    false
}
