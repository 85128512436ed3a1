//! What somebody may see, as the connection that serves them is to have it.

use chrono::{DateTime, Utc};
use orgtrail_authz::{AuthorizationError, Engine, GrantFacts, Person, Question, Resource};
use orgtrail_domain::record::{to_index_bound, to_index_time};
use orgtrail_shared::authorization::Action;
use orgtrail_shared::time::at_whole_second;
use orgtrail_storage::users::OrganizationTree;
use orgtrail_storage::{AccountScope, Scope};
use std::collections::BTreeSet;

/// How far up a place is followed at the most.
const DEPTH_MAX: usize = 16;

/// The scope that follows from the grants that show events. Whoever gives them keeps their periods equal; should they
/// differ, only what all of them show is seen.
///
/// # Errors
///
/// [`AuthorizationError`]: then nothing may be seen.
pub(super) fn scope_of(
    engine: &Engine,
    person: &Person,
    grants: &[GrantFacts],
    tree: &OrganizationTree,
    now: DateTime<Utc>,
) -> Result<Scope, AuthorizationError> {
    let mut accounts = BTreeSet::new();
    let mut sees_all = false;
    let (mut from, mut to): (Option<DateTime<Utc>>, Option<DateTime<Utc>>) = (None, None);
    for grant in grants {
        let resource = Resource::Node(grant.target.clone());
        let action = Action::SearchEvents;
        let question =
            Question { person, action, resource: &resource, tree: &tree.above, now, at: None };
        let verdicts = engine.ask(question, std::slice::from_ref(grant), None)?;
        if !verdicts.iter().all(orgtrail_authz::GrantVerdict::is_enough) {
            continue;
        }
        // The organization lies in nothing, and everything lies in it.
        sees_all |= tree.above.get(&grant.target).is_some_and(Option::is_none);
        accounts.extend(below(tree, &grant.target));
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
fn below<'a>(tree: &'a OrganizationTree, place: &'a str) -> impl Iterator<Item = i32> + 'a {
    tree.accounts.iter().filter(move |(number, _)| lies_in(tree, number, place)).map(|(_, id)| *id)
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
