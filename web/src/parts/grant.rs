//! A role that somebody has somewhere, in words.

use crate::parts::verdict::toned;
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use orgtrail_shared::authorization::Grant;

fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// A grant in words: the role, where, which period, until when.
pub(crate) fn grant_words(grant: &Grant) -> AnyView {
    let place = if grant.target_name.is_empty() {
        view! { <span class="code">{grant.target.clone()}</span> }.into_any()
    } else {
        view! { {grant.target_name.clone()} " " <span class="code muted">{grant.target.clone()}</span> }
            .into_any()
    };
    let period = match (grant.from, grant.to) {
        (None, None) => String::new(),
        (Some(from), None) => format!(", events from {}", minute(from)),
        (None, Some(to)) => format!(", events before {}", minute(to)),
        (Some(from), Some(to)) => format!(", events from {} to {}", minute(from), minute(to)),
    };
    let end = grant.expires_at.map(|end| format!(", until {}", minute(end)));
    let over = grant.is_over.then(|| toned("neutral", "‖", "over"));
    let by = match (grant.created_by.as_str(), grant.reason.as_str()) {
        ("", "") => None,
        ("", reason) => Some(reason.to_owned()),
        (by, "") => Some(format!("by {by}")),
        (by, reason) => Some(format!("by {by}: {reason}")),
    };
    view! {
        <span>
            {grant.role.name().replace('-', " ")} " at " {place} {period} {end} " " {over}
            {by.map(|by| view! { <span class="row-note">{by}</span> })}
        </span>
    }
    .into_any()
}
