//! The newest events of a kind that deserves a look.

use crate::address::{Column, SearchAddress};
use crate::console::use_console;
use crate::parts::event_table::{EventHref, EventRows, EventTable};
use leptos::prelude::*;
use orgtrail_shared::event::EventSummary;
use std::sync::Arc;

/// A short table of events with the way to all of them.
#[component]
pub(super) fn RecentEvents(
    title: &'static str,
    query: &'static str,
    events: Vec<EventSummary>,
) -> impl IntoView {
    let carried = use_console().carried.clone();
    let all = SearchAddress::new(carried.clone(), query).with_reads(true).href();
    let href: EventHref = Arc::new(move |event: &EventSummary| carried.to_event(&event.event_id));
    let columns = vec![Column::Time, Column::Event, Column::Principal, Column::Account];
    let table = if events.is_empty() {
        view! { <p class="muted">"None in the last 24 hours."</p> }.into_any()
    } else {
        view! {
            <div class="table-wrap" tabindex="0" role="region" aria-label=title>
                <EventTable caption=title columns=columns.clone()>
                    <EventRows events columns href/>
                </EventTable>
            </div>
        }
        .into_any()
    };
    view! {
        <section>
            <h2 class="section-head">{title} <a class="section-link" href=all>"All"</a></h2>
            {table}
        </section>
    }
    .into_any()
}
