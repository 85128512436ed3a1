//! One event, at full width.

use crate::address::SearchAddress;
use crate::backend;
use crate::frame::use_console;
use crate::parts::copy::CopyLink;
use crate::parts::event_detail::EventView;
use crate::parts::fields::PivotHref;
use crate::parts::panels::{FailurePanel, Loading, PageHead};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use orgtrail_shared::event::EventDetail;
use orgtrail_shared::query::Facet;
use orgtrail_shared::time::TimeRange;
use std::sync::Arc;

/// The page of an event.
#[component]
pub(crate) fn EventPage() -> impl IntoView {
    let console = use_console();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let detail = Resource::new(move || id.get(), backend::ask_event);
    let content = move || {
        Suspend::new(async move {
            match detail.await {
                Ok(detail) => view! { <Found detail/> }.into_any(),
                Err(failure) => {
                    let here = console.carried.get_untracked().to_event(&id.get_untracked());
                    view! {
                        <PageHead title="Event" answers="One call, with the record and its proof."/>
                        <FailurePanel failure here/>
                    }
                    .into_any()
                }
            }
        })
    };
    view! { <Transition fallback=|| view! { <Loading/> }>{content}</Transition> }.into_any()
}

#[component]
fn Found(detail: EventDetail) -> impl IntoView {
    let console = use_console();
    let first = detail.contents.first().map(|content| content.summary.clone());
    let title = first.as_ref().map_or_else(|| "Event".to_owned(), |event| event.event_name.clone());
    let search = SearchAddress::new(console.carried.get_untracked(), "").with_reads(true);
    // A new search from here looks at the hours around the event.
    let around = first.as_ref().and_then(|event| {
        let hours = chrono::TimeDelta::hours(12);
        TimeRange::new(event.time - hours, event.time + hours).ok()
    });
    let search = around.map_or(search.clone(), |range| search.with_range(range));
    let beside = search.with_event(&detail.event_id).href();
    let pivot: PivotHref = Arc::new(move |facet: Facet, value: &str, is_excluded| {
        search.toggled(facet, value, is_excluded).href()
    });
    let href = console.carried.get_untracked().to_event(&detail.event_id);
    view! {
        <PageHead title answers="One call, with the record and its proof.">
            <a class="button" href=beside>"Show among its neighbours"</a>
            <CopyLink href=Signal::stored(href)/>
        </PageHead>
        <div class="event-page"><EventView detail pivot/></div>
    }
    .into_any()
}
