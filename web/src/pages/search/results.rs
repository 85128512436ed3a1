//! The rows, what was not looked at, and the way to older ones.

use super::newer::Newer;
use super::{Search, use_search};
use crate::address::SearchAddress;
use crate::backend;
use crate::failure::Failure;
use crate::frame::use_console;
use crate::parts::columns::Column;
use crate::parts::copy::announce;
use crate::parts::event_table::{EventHref, EventRows, EventTable};
use crate::parts::panels::{Empty, FailurePanel, Loading, Notice};
use crate::parts::time::Instant;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use orgtrail_shared::console::{ConsoleError, SearchPage as PageOfEvents};
use orgtrail_shared::event::EventSummary;
use orgtrail_shared::time::TimeRange;
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// The results.
#[component]
pub(super) fn Results() -> impl IntoView {
    let search = use_search();
    let navigate = use_navigate();
    let open = move |event: MouseEvent| {
        if let Some(id) = clicked_event(search, &event) {
            let href = search.address.get_untracked().with_event(&id).href();
            navigate(&href, NavigateOptions { scroll: false, ..NavigateOptions::default() });
        }
    };
    let content = move || {
        Suspend::new(async move {
            let range = search.request.await.ok().map(|(request, _)| request.range);
            match search.rows.await {
                Ok(page) => view! { <Page page range/> }.into_any(),
                Err(Failure::Answer(ConsoleError::Query { .. })) => {
                    view! { <p class="muted">"Mend the query to see its events."</p> }.into_any()
                }
                Err(failure) => {
                    let here = search.address.get_untracked().href();
                    view! { <FailurePanel failure here/> }.into_any()
                }
            }
        })
    };
    view! {
        <section class="rows" aria-label="Events">
            <Newer/>
            <div on:click=open>
                <Transition fallback=|| view! { <Loading/> }>{content}</Transition>
            </div>
        </section>
    }
    .into_any()
}

/// The event whose row was clicked, unless the click was on a link or ended a selection of text.
fn clicked_event(search: Search, event: &MouseEvent) -> Option<String> {
    let target: web_sys::Element = event.target()?.dyn_into().ok()?;
    let is_selecting =
        window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed());
    if is_selecting || target.closest("a, button").ok()?.is_some() {
        return None;
    }
    let row: usize =
        target.closest("tr[data-row]").ok()??.get_attribute("data-row")?.parse().ok()?;
    search.cursor.set(Some(row));
    search.events().get(row).map(|event| event.event_id.clone())
}

#[component]
fn Page(page: PageOfEvents, range: Option<TimeRange>) -> impl IntoView {
    let search = use_search();
    let notices = notices(&page);
    if page.events.is_empty() {
        return view! { {notices} <NothingFound page range/> }.into_any();
    }
    let next = page.next.clone();
    let looked_back = page.looked_back_to.is_some();
    let columns = Memo::new(move |_| search.base.with(SearchAddress::shown_columns));
    let events = StoredValue::new(page.events);
    let table = move || {
        let columns = columns.get();
        let events = events.get_value();
        let offset = events.len();
        view! {
            <EventTable caption="Events, newest first" columns=columns.clone()>
                {rows(search, events, columns.clone(), 0)}
                <More columns=columns offset/>
            </EventTable>
        }
    };
    view! {
        {notices}
        <div class="table-wrap">{table}</div>
        <Older next looked_back range/>
    }
    .into_any()
}

fn rows(search: Search, events: Vec<EventSummary>, columns: Vec<Column>, offset: usize) -> AnyView {
    let href: EventHref = Arc::new(move |event: &EventSummary| {
        search.address.get().with_event(&event.event_id).href()
    });
    let opened = Signal::derive(move || search.address.with(|address| address.event.clone()));
    view! { <EventRows events columns href offset opened cursor=search.cursor/> }.into_any()
}

/// The pages that were added below the first.
#[component]
fn More(columns: Vec<Column>, offset: usize) -> impl IntoView {
    let search = use_search();
    let pages = move || {
        let mut offset = offset;
        search.more.with(|pages| {
            let numbered = pages.iter().map(|page| {
                let at = offset;
                offset += page.events.len();
                (at, page.events.clone())
            });
            numbered.collect::<Vec<_>>()
        })
    };
    view! {
        <For each=pages key=|(at, _)| *at let((at, events))>
            {rows(search, events, columns.clone(), at)}
        </For>
    }
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
    view! { {incomplete}{looked_back} }
}

/// Why there is nothing, and what to try.
#[component]
fn NothingFound(page: PageOfEvents, range: Option<TimeRange>) -> impl IntoView {
    let base = use_search().base.get_untracked();
    if let Some(next) = page.next {
        let href = older_href(base, range, next);
        return view! {
            <Empty title="Nothing found yet">
                <p>"The search stopped before the start of the range."</p>
                <a class="button is-primary" href=href>"Go on"</a>
            </Empty>
        }
        .into_any();
    }
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

/// The link to older events; once the browser has taken over, they are added below.
#[component]
fn Older(next: Option<String>, looked_back: bool, range: Option<TimeRange>) -> impl IntoView {
    let search = use_search();
    let console = use_console();
    let is_busy = RwSignal::new(false);
    let next = Signal::derive(move || {
        search.more.with(|pages| pages.last().map_or(next.clone(), |page| page.next.clone()))
    });
    let href = move || next.get().map(|page| older_href(search.base.get(), range, page));
    let load = move |event: MouseEvent| {
        if event.ctrl_key() || event.meta_key() || !console.is_hydrated.get_untracked() {
            return;
        }
        event.prevent_default();
        let Some((token, request)) = next.get_untracked().zip(search.request()) else { return };
        is_busy.set(true);
        spawn_local(async move {
            let refresh = search.refresh.get_untracked();
            let base = search.base.get_untracked();
            let answer = backend::ask_search(request, Some(token)).await;
            is_busy.try_set(false);
            // The page may have turned to another question meanwhile.
            let is_same = search.refresh.try_get_untracked() == Some(refresh)
                && search.base.try_get_untracked() == Some(base);
            match answer {
                Ok(page) if is_same => search.more.update(|pages| pages.push(page)),
                Ok(_) => {}
                Err(_) => {
                    announce("Older events could not be loaded; try again");
                }
            }
        });
    };
    let word = if looked_back { "Go on with older events" } else { "Older events" };
    let is_first = move || search.address.with(|address| address.page.is_none());
    view! {
        <div class="older">
            <Show when=move || !is_first()>
                <a class="button" href=move || search.base.get().href()>"Newest events"</a>
            </Show>
            <Show
                when=move || next.with(Option::is_some)
                fallback=|| view! { <p class="muted">"No older events in this range."</p> }
            >
                <a class="button" href=href on:click=load aria-busy=move || is_busy.get().to_string()>
                    {move || if is_busy.get() { "Loading…" } else { word }}
                </a>
            </Show>
        </div>
    }
    .into_any()
}

/// The next page as a link: it pins the range, so that page and range belong together.
fn older_href(base: SearchAddress, range: Option<TimeRange>, page: String) -> String {
    let pinned = range.map_or(base.clone(), |range| base.with_range(range));
    SearchAddress { page: Some(page), ..pinned }.href()
}
