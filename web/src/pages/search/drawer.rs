//! The open event beside the results.

use super::{Search, use_search};
use crate::address::SearchAddress;
use crate::frame::use_console;
use crate::parts::event_detail::EventView;
use crate::parts::fields::PivotHref;
use crate::parts::icons::{self, Icon};
use crate::parts::panels::FailurePanel;
use leptos::html::Aside;
use leptos::prelude::*;
use orgtrail_shared::event::EventDetail;
use orgtrail_shared::query::Facet;
use std::sync::Arc;

/// The drawer; nothing when no event is open.
#[component]
pub(super) fn Drawer() -> impl IntoView {
    let search = use_search();
    let content = move || {
        Suspend::new(async move {
            match search.opened.await {
                None => ().into_any(),
                Some(Ok(detail)) => view! { <Opened detail/> }.into_any(),
                Some(Err(failure)) => {
                    let here = search.address.get_untracked().href();
                    let panel = view! { <FailurePanel failure here/> }.into_any();
                    shut_in("Event", None, panel)
                }
            }
        })
    };
    view! { <Transition fallback=|| ()>{content}</Transition> }.into_any()
}

#[component]
fn Opened(detail: EventDetail) -> impl IntoView {
    let search = use_search();
    let console = use_console();
    let title = detail.contents.first().map(|content| content.summary.event_name.clone());
    let page = console.carried.get_untracked().to_event(&detail.event_id);
    let pivot = pivot(search);
    let body = view! { <EventView detail pivot/> }.into_any();
    shut_in(&title.unwrap_or_else(|| "Event".to_owned()), Some(page), body)
}

/// Values change the search that is open; they don't start a new one.
fn pivot(search: Search) -> PivotHref {
    let base = search.base.get_untracked();
    Arc::new(move |facet: Facet, value: &str, is_excluded| {
        base.toggled(facet, value, is_excluded).href()
    })
}

fn shut_in(title: &str, page: Option<String>, body: AnyView) -> AnyView {
    let search = use_search();
    let drawer = NodeRef::<Aside>::new();
    // Whoever opens an event goes on reading there; a page that arrives with one open stays put.
    if use_console().is_hydrated.get_untracked() {
        drawer.on_load(|drawer| {
            let _focused = drawer.focus();
        });
    }
    let close = move || SearchAddress { event: None, ..search.address.get() }.href();
    let page = page.map(|page| view! { <a class="button" href=page>"Open as page"</a> });
    view! {
        <aside class="drawer" id="event" aria-label="Event" tabindex="-1" node_ref=drawer>
            <div class="drawer-head">
                <h2>{title.to_owned()}</h2>
                {page}
                <a class="tool" href=close data-noscroll="" aria-label="Close event (Esc)" title="Close (Esc)">
                    <Icon path=icons::CLOSE/>
                </a>
            </div>
            <div class="drawer-body">{body}</div>
        </aside>
    }
    .into_any()
}
