//! Instants as people read them. The server prints UTC; the browser prints them anew, in the zone
//! that the reader asks for.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use orgtrail_shared::time::to_rfc3339;

/// An instant to the second: `2026-11-20 14:32:07`.
#[component]
pub(crate) fn Instant(at: DateTime<Utc>) -> impl IntoView {
    view! {
        <time datetime=to_rfc3339(at)>
            <span class="date">{at.format("%Y-%m-%d").to_string()}</span>
            " "
            <span class="clock">{at.format("%H:%M:%S").to_string()}</span>
        </time>
    }
    .into_any()
}

/// An instant in a form of its own, given as chrono's format.
#[component]
pub(crate) fn Moment(at: DateTime<Utc>, format: &'static str) -> impl IntoView {
    view! { <span data-at=to_rfc3339(at) data-as=format>{at.format(format).to_string()}</span> }
}

/// The name of the zone that the times around it are in.
#[component]
pub(crate) fn ZoneName() -> impl IntoView {
    view! { <span data-zone="">"UTC"</span> }
}

/// An instant, or a dash when there is none.
pub(crate) fn instant_or_dash(at: Option<DateTime<Utc>>) -> AnyView {
    match at {
        Some(at) => view! { <Instant at/> }.into_any(),
        None => dash().into_any(),
    }
}

/// What stands where nothing is known.
pub(crate) fn dash() -> impl IntoView {
    view! { <span class="muted">"–"</span> }
}
