//! Service control policies: what an organization's policies leave open to the principals of a member account.
//!
//! They are a ceiling and never grant anything. The management account, service-linked roles and principals from outside
//! the organization are exempt; the caller knows who asks and does not evaluate for them.
//!
//! Sources: Organizations User Guide, "SCP evaluation" and "SCP syntax"; IAM User Guide, "IAM JSON policy elements
//! reference".

mod action;
mod arn;
mod condition;
mod context;
mod decimal;
mod foresight;
mod instant;
mod json;
mod operand;
mod operator;
mod pattern;
mod policy;
mod statement;
mod template;

pub use action::action_of;
pub use context::{Context, Request};
pub use foresight::{Call, Foresight, RESOURCE, foresee};
pub use policy::{POLICY_CHARS_MAX, Policy, PolicyError};

use orgtrail_shared::scp::{Decision, Outcome, Rule, Step};
use statement::Effect;

/// The id of AWS's managed policy `FullAWSAccess`.
pub const FULL_AWS_ACCESS_ID: &str = "p-FullAWSAccess";

/// The content of AWS's managed policy `FullAWSAccess`. It is attached to the root, every unit and every account when
/// service control policies are enabled.
pub const FULL_AWS_ACCESS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// The root, a unit or an account with the policies that are attached to it directly.
#[derive(Clone, Debug)]
pub struct Level<'a> {
    /// Its id.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// Id and content of each attached policy.
    pub policies: Vec<(String, &'a Policy)>,
}

/// Decides one request: every level must allow it, and a deny at any level wins.
///
/// `levels` go from the root to the account. Without any level nothing is allowed: an account whose path is unknown
/// must not slip through. The caller answers for the management account, which no policy limits, and for organizations
/// in which service control policies are not enabled.
pub fn evaluate(levels: &[Level<'_>], request: &Request) -> Decision {
    let steps: Vec<Step> = levels.iter().map(|level| step(level, request)).collect();
    let all_allow = steps.iter().all(|step| matches!(step.outcome, Outcome::Allowed { .. }));
    Decision { is_allowed: !steps.is_empty() && all_allow, steps }
}

fn step(level: &Level<'_>, request: &Request) -> Step {
    let denying = applying(level, Effect::Deny, request);
    let allowing = applying(level, Effect::Allow, request);
    let outcome = if !denying.is_empty() {
        Outcome::Denied { by: denying }
    } else if !allowing.is_empty() {
        Outcome::Allowed { by: allowing }
    } else {
        Outcome::NotAllowed
    };
    Step { level_id: level.id.clone(), level_name: level.name.clone(), outcome }
}

/// The statements at a level that have this effect on the request.
fn applying(level: &Level<'_>, effect: Effect, request: &Request) -> Vec<Rule> {
    let mut rules = Vec::new();
    for (policy_id, policy) in &level.policies {
        for (index, statement) in policy.statements().iter().enumerate() {
            if statement.effect == effect && statement.applies_to(request) {
                rules.push(Rule {
                    policy_id: policy_id.clone(),
                    statement: index,
                    sid: statement.sid.clone(),
                });
            }
        }
    }
    rules
}

#[cfg(test)]
mod tests;
