//! What the service control policies on an account's path say about one request.

use serde::{Deserialize, Serialize};

/// Whether the policies leave a request open, and what every level says about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Whether every level allows the request and none denies it.
    pub is_allowed: bool,
    /// One step per level, from the root to the account.
    pub steps: Vec<Step>,
}

/// What one level says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The id of the root, the unit or the account.
    pub level_id: String,
    /// Its name, for people.
    pub level_name: String,
    /// What the policies attached there say.
    pub outcome: Outcome,
}

/// What the policies that are attached to one level say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// Some statement allows the request and none denies it.
    Allowed {
        /// The statements that allow it.
        by: Vec<Rule>,
    },
    /// A statement denies the request, whatever else is there.
    Denied {
        /// The statements that deny it.
        by: Vec<Rule>,
    },
    /// No statement says anything about the request, which denies it as well.
    NotAllowed,
}

/// A statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rule {
    /// The policy's id, e.g. `p-FullAWSAccess`.
    pub policy_id: String,
    /// Which statement of the policy, counted from 0.
    pub statement: usize,
    /// The statement's `Sid`, when it has one.
    pub sid: Option<String>,
}

impl Decision {
    /// The step that decided a refusal: the first explicit deny, or else the first level where nothing allows.
    ///
    /// `None` when the request is allowed, or when there was no level at all.
    pub fn deciding_step(&self) -> Option<&Step> {
        let denied = self.steps.iter().find(|step| matches!(step.outcome, Outcome::Denied { .. }));
        denied.or_else(|| self.steps.iter().find(|step| step.outcome == Outcome::NotAllowed))
    }
}
