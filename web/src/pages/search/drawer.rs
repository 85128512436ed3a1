//! The open event beside the results.

use super::Search;
use crate::address::SearchAddress;
use crate::console::use_console;
use crate::icons::{self, Icon};
use crate::parts::event_detail::EventView;
use crate::parts::fields::PivotHref;
use crate::parts::panels::FailurePanel;
use leptos::prelude::*;
use orgtrail_shared::event::EventDetail;
use orgtrail_shared::query::Facet;
use std::sync::Arc;

/// The drawer; nothing when no event is open.
#[component]
pub(super) fn Drawer(search: Search) -> impl IntoView {
    match search.opened.clone() {
        None => ().into_any(),
        Some(Ok(detail)) => opened(&search, detail),
        Some(Err(error)) => {
            shut_in(&search, "Event", None, view! { <FailurePanel error/> }.into_any())
        }
    }
}

fn opened(search: &Search, detail: EventDetail) -> AnyView {
    let title = detail.contents.first().map(|content| content.summary.event_name.clone());
    let page = use_console().carried.to_event(&detail.event_id);
    let pivot = pivot(search);
    let body = view! { <EventView detail pivot/> }.into_any();
    shut_in(search, &title.unwrap_or_else(|| "Event".to_owned()), Some(page), body)
}

/// Values change the search that is open; they don't start a new one.
pub(super) fn pivot(search: &Search) -> PivotHref {
    let base = search.base.clone();
    Arc::new(move |facet: Facet, value: &str, is_excluded| {
        base.toggled(facet, value, is_excluded).href()
    })
}

fn shut_in(search: &Search, title: &str, page: Option<String>, body: AnyView) -> AnyView {
    let close = SearchAddress { event: None, ..search.address.clone() }.href();
    let page = page.map(|page| view! { <a class="button" href=page>"Open as page"</a> });
    view! {
        <aside class="drawer" id="event" aria-label="Event" tabindex="-1">
            <div class="drawer-head">
                <h2>{title.to_owned()}</h2>
                {page}
                <a class="tool" href=close data-key="Escape" data-noscroll="" aria-label="Close event (Esc)" title="Close (Esc)">
                    <Icon path=icons::CLOSE/>
                </a>
            </div>
            <div class="drawer-body">{body}</div>
        </aside>
    }
    .into_any()
}
