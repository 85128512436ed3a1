//! Who has looked at events.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A look at events, as those see it whose events they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventAccess {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// The sign-in name of who looked.
    pub principal: String,
    /// The account that the person acts for, if it is known.
    pub account: Option<String>,
    /// What it was, such as `SearchEvents`.
    pub action: String,
    /// The event that was looked at, if it was one.
    pub seen_event: Option<String>,
    /// How many accounts' events; `None` for all of the organization.
    pub accounts: Option<u32>,
    /// The look's own event.
    pub event_id: String,
}

impl EventAccess {
    /// What was done, in words.
    pub fn in_words(&self) -> &str {
        match self.action.as_str() {
            "SearchEvents" => "searched events",
            "ListSearchFacets" => "counted events",
            "ListSearchValues" => "looked at values that occur in events",
            "GetEvent" => "looked at an event",
            "GetOverview" => "looked at the overview",
            "ListQuarantine" => "looked at the quarantine",
            other => other,
        }
    }

    /// Whose events, in words.
    pub fn reach(&self) -> String {
        match self.accounts {
            None => "the whole organization".to_owned(),
            Some(1) => "one account".to_owned(),
            Some(count) => format!("{count} accounts"),
        }
    }
}

/// A page of looks at events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventAccessPage {
    /// Newest first.
    pub accesses: Vec<EventAccess>,
    /// Where the next page begins.
    pub next: Option<i64>,
}
