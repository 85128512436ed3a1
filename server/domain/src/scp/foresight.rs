//! What policies would have said of a call of which only a part is known: a record tells neither the ARN of every resource
//! nor every condition key. What can't be decided by what is known is said to depend, and on what.

use super::context::Context;
use super::statement::{Effect, Statement};
use super::{Level, Policy};
use orgtrail_shared::scp::Rule;
use std::collections::BTreeSet;

/// What a statement's resources depend on, as [`Foresight::Depends`] names it.
pub const RESOURCE: &str = "the resource";

/// A call that was made: its action, and the condition keys that are known. Its resource isn't.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The action, e.g. `cloudtrail:StopLogging`.
    pub action: String,
    /// The keys that are known. One that isn't there is unknown, and not absent.
    pub known: Context,
}

/// What is certain of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Foresight {
    /// It is open, whatever isn't known.
    Open,
    /// It depends on what isn't known.
    Depends {
        /// Condition keys, and [`RESOURCE`].
        on: BTreeSet<String>,
    },
    /// It is blocked, whatever isn't known.
    Blocked {
        /// The statements that deny it for sure; none when it is blocked because nothing allows it.
        by: Vec<Rule>,
    },
}

/// Whether something holds, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tri {
    No,
    Maybe,
    Yes,
}

/// Decides a call as [`super::evaluate`] does a request, as far as it is known.
pub fn foresee(levels: &[Level<'_>], call: &Call) -> Foresight {
    let mut depends = BTreeSet::new();
    let mut blocked = levels.is_empty();
    let mut by = Vec::new();
    for level in levels {
        let (mut denied_on, mut allowed_on) = (BTreeSet::new(), BTreeSet::new());
        let mut allows = Tri::No;
        for (policy_id, policy) in &level.policies {
            for (index, statement) in policy.statements().iter().enumerate() {
                let mut unknown = BTreeSet::new();
                let applies = statement.may_apply(call, &mut unknown);
                match statement.effect {
                    Effect::Deny if applies == Tri::Yes => by.push(Rule {
                        policy_id: policy_id.clone(),
                        statement: index,
                        sid: statement.sid.clone(),
                    }),
                    Effect::Deny if applies == Tri::Maybe => denied_on.append(&mut unknown),
                    Effect::Deny => {}
                    Effect::Allow => {
                        allows = allows.max(applies);
                        if applies == Tri::Maybe {
                            allowed_on.append(&mut unknown);
                        }
                    }
                }
            }
        }
        blocked |= allows == Tri::No;
        depends.append(&mut denied_on);
        // What an allow depends on doesn't matter beside one that applies for sure.
        if allows == Tri::Maybe {
            depends.append(&mut allowed_on);
        }
    }
    if blocked || !by.is_empty() {
        Foresight::Blocked { by }
    } else if depends.is_empty() {
        Foresight::Open
    } else {
        Foresight::Depends { on: depends }
    }
}

impl Policy {
    /// The condition keys that its statements ask for, in lower case.
    pub fn condition_keys(&self) -> BTreeSet<String> {
        let conditions = self.statements().iter().flat_map(Statement::conditions);
        conditions.map(|condition| condition.key.to_lowercase()).collect()
    }
}
