//! One event, at full width.

use super::Page;
use crate::address::{SearchAddress, decode};
use crate::backend::Backend;
use crate::console::{Console, use_console};
use crate::parts::copy::CopyLink;
use crate::parts::event_detail::EventView;
use crate::parts::fields::PivotHref;
use crate::parts::panels::{FailurePanel, PageHead};
use leptos::prelude::*;
use orgtrail_shared::event::EventDetail;
use orgtrail_shared::query::Facet;
use orgtrail_shared::time::TimeRange;
use std::sync::Arc;

const ANSWERS: &str = "One call, with the record and its proof.";

/// The page of an event.
pub(super) async fn load(_console: &Console, id: &str, backend: &dyn Backend) -> Page {
    let answer = backend.event(decode(id)).await;
    let title = answer.as_ref().map_or("Event", name).to_owned();
    Page::new(&title, || match answer {
        Ok(detail) => view! { <Found detail/> }.into_any(),
        Err(error) => view! {
            <PageHead title="Event" answers=ANSWERS/>
            <FailurePanel error/>
        }
        .into_any(),
    })
}

/// The name of what was called.
fn name(detail: &EventDetail) -> &str {
    detail.contents.first().map_or("Event", |content| content.summary.event_name.as_str())
}

#[component]
fn Found(detail: EventDetail) -> impl IntoView {
    let console = use_console();
    let first = detail.contents.first().map(|content| content.summary.clone());
    let title = name(&detail).to_owned();
    let search = SearchAddress::new(console.carried.clone(), "").with_reads(true);
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
    let href = console.carried.to_event(&detail.event_id);
    view! {
        <PageHead title answers=ANSWERS>
            <a class="button" href=beside>"Show among its neighbours"</a>
            <CopyLink href/>
        </PageHead>
        <div class="event-page"><EventView detail pivot/></div>
    }
    .into_any()
}
