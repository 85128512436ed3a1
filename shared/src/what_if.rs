//! What would be different if a service control policy were attached somewhere, or were not.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The longest time that is looked back, in days.
pub const DAYS_MAX: u32 = 30;

/// What is changed in thought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PolicyChange {
    /// A policy is attached.
    Attach {
        /// Its content, as JSON.
        content: String,
        /// The root, a unit or an account.
        target: String,
    },
    /// A policy is detached.
    Detach {
        /// Its id.
        policy: String,
        /// The root, a unit or an account.
        target: String,
    },
}

impl PolicyChange {
    /// Where.
    pub fn target(&self) -> &str {
        match self {
            Self::Attach { target, .. } | Self::Detach { target, .. } => target,
        }
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhatIfQuestion {
    /// The change.
    pub change: PolicyChange,
    /// How many days of calls to look at.
    #[serde(default = "week")]
    pub days: u32,
}

/// How many days are looked at unless somebody says so.
pub fn week() -> u32 {
    7
}

/// What becomes of calls like those that were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// They would have been blocked.
    Blocked,
    /// They might have been: it depends on what the index doesn't know.
    MayBeBlocked,
    /// Policies would no longer stand against them.
    Opened,
    /// They might no longer.
    MayBeOpened,
}

impl Effect {
    /// In words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::MayBeBlocked => "may be blocked",
            Self::Opened => "opened",
            Self::MayBeOpened => "may be opened",
        }
    }
}

/// Calls of one action by one principal that would be affected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// What becomes of them.
    pub effect: Effect,
    /// The account.
    pub account: String,
    /// Its name.
    pub account_name: String,
    /// The principal: its ARN, or its name.
    pub principal: String,
    /// The action, such as `s3:PutObject`.
    pub action: String,
    /// How many calls.
    pub calls: u64,
    /// When the newest was made.
    pub newest: DateTime<Utc>,
    /// What it depends on, if it does.
    pub depends_on: BTreeSet<String>,
    /// A search that finds the calls.
    pub search: String,
}

/// What would be different.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatIf {
    /// The accounts below the target that policies bind.
    pub accounts: u64,
    /// From when on calls were looked at.
    pub from: Option<DateTime<Utc>>,
    /// Until when.
    pub to: Option<DateTime<Utc>>,
    /// How many calls were looked at.
    pub calls: u64,
    /// Whether there were more.
    pub is_lower_bound: bool,
    /// What AWS would say against the change, and what must be known to read the rest.
    pub notes: Vec<String>,
    /// How many calls have each effect.
    pub totals: BTreeMap<Effect, u64>,
    /// The calls that would be affected: those that would be blocked first, then the most frequent.
    pub affected: Vec<Affected>,
    /// How many more kinds of calls there are.
    pub more: u64,
}
