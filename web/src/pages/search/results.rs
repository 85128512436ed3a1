//! The rows, what was not looked at, and the way to older ones.

use super::Search;
use super::newer::Newer;
use crate::address::SearchAddress;
use crate::parts::event_table::{EventHref, EventRows, EventTable};
use crate::parts::panels::{Empty, FailurePanel, Notice};
use crate::parts::time::Instant;
use leptos::prelude::*;
use orgtrail_shared::console::{ConsoleError, SearchPage as PageOfEvents};
use orgtrail_shared::event::EventSummary;
use std::sync::Arc;

/// The results.
#[component]
pub(super) fn Results(search: Search) -> impl IntoView {
    let content = match search.rows.clone() {
        Ok(page) => view! { <Page search=search.clone() page/> }.into_any(),
        Err(ConsoleError::Query { .. }) => {
            view! { <p class="muted">"Mend the query to see its events."</p> }.into_any()
        }
        Err(error) => view! { <FailurePanel error/> }.into_any(),
    };
    view! {
        <section class="rows" aria-label="Events">
            <Newer search/>
            {content}
        </section>
    }
    .into_any()
}

#[component]
fn Page(search: Search, page: PageOfEvents) -> impl IntoView {
    let notices = notices(&page);
    if page.events.is_empty() {
        return view! { {notices} <NothingFound search page/> }.into_any();
    }
    let next = page.next.clone();
    let looked_back = page.looked_back_to.is_some();
    let columns = search.base.shown_columns();
    let address = search.address.clone();
    let opened = address.event.clone().unwrap_or_default();
    let href: EventHref =
        Arc::new(move |event: &EventSummary| address.with_event(&event.event_id).href());
    view! {
        {notices}
        <div class="table-wrap">
            <EventTable caption="Events, newest first" columns=columns.clone()>
                <EventRows events=page.events columns href opened/>
            </EventTable>
        </div>
        <Older search next looked_back/>
    }
    .into_any()
}

/// What must not be overlooked: parts that were not searched.
fn notices(page: &PageOfEvents) -> impl IntoView + use<> {
    let incomplete = (!page.incomplete.is_empty()).then(|| {
        let reasons = page.incomplete.clone().into_iter();
        let reasons: Vec<_> = reasons.map(|reason| view! { <li>{reason}</li> }).collect();
        view! {
            <Notice tone="attention">
                <p>"These results are not complete:"</p>
                <ul>{reasons}</ul>
            </Notice>
        }
    });
    let looked_back = page.looked_back_to.map(|at| {
        view! {
            <Notice tone="info">
                <p>"So far the search has looked back to " <Instant at/> ". Older events may match, too."</p>
            </Notice>
        }
    });
    let notes = (!page.notes.is_empty()).then(|| {
        let notes = page.notes.clone().into_iter().map(|note| view! { <p>{note}</p> });
        view! { <Notice tone="info">{notes.collect_view()}</Notice> }
    });
    view! { {incomplete}{looked_back}{notes} }
}

/// Why there is nothing, and what to try.
#[component]
fn NothingFound(search: Search, page: PageOfEvents) -> impl IntoView {
    if let Some(next) = page.next {
        let href = older_href(&search, next);
        return view! {
            <Empty title="Nothing found yet">
                <p>"The search stopped before the start of the range."</p>
                <a class="button is-primary" href=href>"Go on"</a>
            </Empty>
        }
        .into_any();
    }
    let base = search.base;
    let with_reads = (!base.shows_reads).then(|| {
        let href = base.with_reads(true).href();
        view! { <a class="button" href=href>"Show reads, too"</a> }
    });
    let without_query = (!base.query.is_empty()).then(|| {
        let href = base.with_query("").href();
        view! { <a class="button" href=href>"Clear the query"</a> }
    });
    let everywhere = (!base.carried.scope.is_empty()).then(|| {
        let mut wider = base.clone();
        wider.carried.scope.clear();
        view! { <a class="button" href=wider.href()>"Search all accounts"</a> }
    });
    view! {
        <Empty title="No event in this range matches">
            <p>"Widen the range with − or [, or take conditions out of the query."</p>
            <div class="button-row">{without_query}{with_reads}{everywhere}</div>
        </Empty>
    }
    .into_any()
}

/// The link to older events; with the browser's help, they are added below.
#[component]
fn Older(search: Search, next: Option<String>, looked_back: bool) -> impl IntoView {
    let word = if looked_back { "Go on with older events" } else { "Older events" };
    let newest = search.address.page.is_some().then(|| {
        let href = search.base.href();
        view! { <a class="button" href=href>"Newest events"</a> }
    });
    let older = match next {
        Some(page) => {
            let href = older_href(&search, page);
            view! { <a class="button" href=href data-older="">{word}</a> }.into_any()
        }
        None => view! { <p class="muted">"No older events in this range."</p> }.into_any(),
    };
    view! { <div class="older" id="older">{newest}{older}</div> }.into_any()
}

/// The next page as a link: it pins the range, so that page and range belong together.
fn older_href(search: &Search, page: String) -> String {
    SearchAddress { page: Some(page), ..search.pinned() }.href()
}
