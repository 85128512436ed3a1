//! Instants as people read them: UTC, or local time when the reader asks for it.

use crate::address::Zone;
use crate::clock::local_offset;
use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;
use orgtrail_shared::time::to_rfc3339;

/// How times are shown at present.
#[derive(Clone, Copy)]
pub(crate) struct Clockface {
    zone: Signal<Zone>,
    is_hydrated: ReadSignal<bool>,
}

impl Clockface {
    /// A clock face for the zone; local times are known only once the browser has taken over.
    pub(crate) fn new(zone: Signal<Zone>, is_hydrated: ReadSignal<bool>) -> Self {
        Self { zone, is_hydrated }
    }

    /// The zone's name for headings.
    pub(crate) fn zone_name(self) -> &'static str {
        match self.zone.get() {
            Zone::Utc => "UTC",
            Zone::Local => "local",
        }
    }

    /// How far the zone is ahead of UTC at an instant.
    pub(crate) fn offset(self, at: DateTime<Utc>) -> TimeDelta {
        match self.zone.get() {
            Zone::Utc => TimeDelta::zero(),
            Zone::Local => local_offset(at),
        }
    }

    /// Prints an instant in the zone.
    pub(crate) fn print(self, at: DateTime<Utc>, format: &str) -> String {
        (at + self.offset(at)).format(format).to_string()
    }

    /// The instant in the other zone, for the hover.
    fn other(self, at: DateTime<Utc>) -> Option<String> {
        if !self.is_hydrated.get() {
            return None;
        }
        let local = (at + local_offset(at)).format("%Y-%m-%d %H:%M:%S");
        Some(match self.zone.get() {
            Zone::Utc => format!("{local} local time"),
            Zone::Local => format!("{} UTC", at.format("%Y-%m-%d %H:%M:%S")),
        })
    }
}

/// How times are shown at present.
pub(crate) fn use_clockface() -> Clockface {
    expect_context()
}

/// An instant to the second: `2026-11-20 14:32:07`.
#[component]
pub(crate) fn Instant(at: DateTime<Utc>) -> impl IntoView {
    let clockface = use_clockface();
    view! {
        <time datetime=to_rfc3339(at) title=move || clockface.other(at)>
            <span class="date">{move || clockface.print(at, "%Y-%m-%d")}</span>
            " "
            <span class="clock">{move || clockface.print(at, "%H:%M:%S")}</span>
        </time>
    }
    .into_any()
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
