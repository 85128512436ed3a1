//! The rules that decide who may do what, for people to read; and what an organization forbids beyond them.

use crate::authorization::Locked;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// All rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleBook {
    /// What each role allows, in Cedar.
    pub roles: String,
    /// What nobody lifts, in Cedar.
    pub limits: String,
    /// What the policies can speak of: Cedar's schema.
    pub schema: String,
    /// What the organization forbids; `None` when it never said anything.
    pub own: Option<OwnRules>,
    /// Why the caller can't change what the organization forbids; `None` when they can.
    pub locked: Option<Locked>,
}

/// What an organization forbids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnRules {
    /// The version.
    pub version: i32,
    /// The policies, in Cedar; empty for none.
    pub content: String,
    /// Why they were changed.
    pub reason: String,
    /// By whom; empty for the command line.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// New policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesRequest {
    /// The policies; empty for none.
    pub content: String,
    /// The version that they are to follow; zero for none. Somebody else's change isn't lost so.
    pub version: i32,
    /// Why.
    pub reason: String,
}
