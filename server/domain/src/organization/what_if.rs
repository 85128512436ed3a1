//! The organization as it would be if a service control policy were attached somewhere, or were not.

use super::edit::ATTACHED_MAX;
use super::snapshot::{Attachment, FeatureSet, Policy, Snapshot, Target};
use crate::scp;
use orgtrail_shared::ids::{AccountId, UnitId};
use orgtrail_shared::what_if::PolicyChange;

/// The id that a policy has which exists in thought only.
pub const PROPOSED: &str = "p-proposed00";

/// How deep units lie at the most, and room.
const DEPTH_MAX: usize = 16;

/// Why a change can't be thought through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhatIfError {
    /// The policy can't be read.
    #[error("the policy is wrong: {0}")]
    Policy(#[from] scp::PolicyError),
    /// The target isn't there.
    #[error("the organization has no root, unit or account `{0}`")]
    NoTarget(String),
    /// The policy isn't there, or not attached there.
    #[error("the policy `{policy}` is not attached to `{target}`")]
    NotAttached {
        /// The policy.
        policy: String,
        /// The target.
        target: String,
    },
    /// Policies of this type aren't enabled.
    #[error("service control policies are not in use in this organization")]
    NotInUse,
}

/// A change that was thought through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The organization as it would be.
    pub after: Snapshot,
    /// The content of the policy that is attached or detached.
    pub content: String,
    /// The accounts whose principals are concerned: those at the target and below, but for the management account, which no
    /// policy binds.
    pub accounts: Vec<AccountId>,
    /// What AWS would say against it, in words.
    pub notes: Vec<String>,
}

/// Thinks a change through.
///
/// # Errors
///
/// [`WhatIfError`].
pub fn propose(before: &Snapshot, change: &PolicyChange) -> Result<Proposal, WhatIfError> {
    if !before.has_policies || before.feature_set != FeatureSet::All {
        return Err(WhatIfError::NotInUse);
    }
    let name = change.target().trim();
    let target = find_target(before, name).ok_or_else(|| WhatIfError::NoTarget(name.to_owned()))?;
    let mut after = before.clone();
    let mut notes = Vec::new();
    let attached = before.attachments.iter().filter(|one| one.target == target).count();
    let content = match change {
        PolicyChange::Attach { content, .. } => {
            scp::Policy::parse(content)?;
            if attached >= ATTACHED_MAX {
                notes.push(format!(
                    "AWS would refuse it: {attached} policies are attached there, and no more than {ATTACHED_MAX} can be."
                ));
            }
            attach(&mut after, content, target.clone());
            content.clone()
        }
        PolicyChange::Detach { policy, .. } => {
            let missing = || WhatIfError::NotAttached {
                policy: policy.trim().to_owned(),
                target: name.to_owned(),
            };
            let id = policy.trim().parse().map_err(|_| missing())?;
            let found = before.policies.get(&id).ok_or_else(missing)?;
            if !after.attachments.remove(&Attachment { target: target.clone(), policy: id }) {
                return Err(missing());
            }
            if attached == 1 {
                notes.push(
                    "AWS would refuse it: it is the last policy there, and each root, unit and account has at least one."
                        .to_owned(),
                );
            }
            found.content.clone()
        }
    };
    if target == Target::Account(before.management_account.clone()) {
        notes.push("It has no effect: policies never bind the management account.".to_owned());
    }
    let accounts = before
        .accounts
        .keys()
        .filter(|account| **account != before.management_account)
        .filter(|account| path(before, account).contains(&name.to_owned()))
        .cloned()
        .collect();
    Ok(Proposal { after, content, accounts, notes })
}

fn attach(after: &mut Snapshot, content: &str, target: Target) {
    // The id has the shape of AWS's, so it can be one.
    let Ok(id) = PROPOSED.parse() else { return };
    let policy = Policy {
        name: "the proposed policy".to_owned(),
        description: String::new(),
        is_aws_managed: false,
        content: content.to_owned(),
    };
    after.attachments.insert(Attachment { target, policy: Clone::clone(&id) });
    after.policies.insert(id, policy);
}

fn find_target(snapshot: &Snapshot, name: &str) -> Option<Target> {
    if let Ok(account) = name.parse::<AccountId>() {
        return snapshot.accounts.contains_key(&account).then_some(Target::Account(account));
    }
    let unit = name.parse::<UnitId>().ok()?;
    snapshot.has_unit(&unit).then_some(Target::Unit(unit))
}

/// The root, the units and the account itself, from the top; empty for an account that isn't there.
fn path(snapshot: &Snapshot, account: &AccountId) -> Vec<String> {
    let Some(found) = snapshot.accounts.get(account) else { return Vec::new() };
    let mut path = vec![account.to_string()];
    let mut unit = found.unit.clone();
    for _ in 0..DEPTH_MAX {
        path.push(unit.to_string());
        match snapshot.units.get(&unit) {
            Some(above) => unit = above.parent.clone(),
            None => break,
        }
    }
    path.reverse();
    path
}

/// A level above an account, with the ids and contents of what is attached to it.
pub type PolicyLevel = (String, Vec<(String, String)>);

/// The levels above an account, from the root down to it.
pub fn levels(snapshot: &Snapshot, account: &AccountId) -> Vec<PolicyLevel> {
    let path = path(snapshot, account).into_iter();
    let attached = |target: &str| {
        let Ok(target) = target.parse::<Target>() else { return Vec::new() };
        // Attachments are in the order of their targets.
        let here = snapshot.attachments.iter().skip_while(|one| one.target < target);
        let here = here.take_while(|one| one.target == target);
        let contents = here.filter_map(|one| {
            let policy = snapshot.policies.get(&one.policy)?;
            Some((one.policy.to_string(), policy.content.clone()))
        });
        contents.collect()
    };
    path.map(|target| (target.clone(), attached(&target))).collect()
}

#[cfg(test)]
mod tests;
