//! Search: who did what, when and from where. The URL is the page's only state.

mod chart;
mod completion;
mod drawer;
mod facet_block;
mod keyboard;
mod newer;
mod options;
mod pivot_menu;
mod query_bar;
mod range_bar;
mod results;
mod word;

use crate::address::SearchAddress;
use crate::backend;
use crate::clock;
use crate::failure::Failure;
use crate::frame::use_console;
use crate::parts::copy::CopyLink;
use crate::parts::panels::PageHead;
use chart::Chart;
use chrono::{DateTime, Utc};
use drawer::Drawer;
use facet_block::FacetBlock;
use leptos::prelude::*;
use orgtrail_shared::console::{
    ConsoleError, Count, FacetCounts, Histogram, SearchPage as PageOfEvents, SearchRequest,
};
use orgtrail_shared::event::{EventDetail, EventSummary};
use orgtrail_shared::query::Query;
use pivot_menu::PivotMenu;
use query_bar::QueryBar;
use range_bar::RangeBar;
use results::Results;

/// The state of the page: what the URL says, and the answers to it.
#[derive(Clone, Copy)]
pub(super) struct Search {
    /// The URL.
    address: Memo<SearchAddress>,
    /// The URL without the open event and the page, from which links are made.
    base: Memo<SearchAddress>,
    /// What is asked, and when.
    request: Resource<Result<(SearchRequest, DateTime<Utc>), Failure>>,
    /// The page of results.
    rows: Resource<Result<PageOfEvents, Failure>>,
    /// The results over time.
    histogram: Resource<Result<Histogram, Failure>>,
    /// The most frequent values.
    facets: Resource<Result<Vec<FacetCounts>, Failure>>,
    /// The event that is open.
    opened: Resource<Option<Result<EventDetail, Failure>>>,
    /// Pages that were added below the first one.
    more: RwSignal<Vec<PageOfEvents>>,
    /// Asks everything again.
    refresh: RwSignal<u32>,
    /// The row that the keyboard is on.
    cursor: RwSignal<Option<usize>>,
    /// The event whose values the pivot menu offers.
    pivoting: RwSignal<Option<EventSummary>>,
    /// The answers that are on the screen, for what happens on a click or a key.
    seen: Seen,
}

/// The answers that are on the screen.
#[derive(Clone, Copy)]
struct Seen {
    request: RwSignal<Option<SearchRequest>>,
    first: RwSignal<Vec<EventSummary>>,
    total: RwSignal<Option<Count>>,
}

impl Search {
    /// The events on the screen, in order.
    fn events(self) -> Vec<EventSummary> {
        let more = self.more.get_untracked();
        let more = more.into_iter().flat_map(|page| page.events);
        self.seen.first.get_untracked().into_iter().chain(more).collect()
    }

    /// What was asked for what is on the screen.
    fn request(self) -> Option<SearchRequest> {
        self.seen.request.get_untracked()
    }
}

/// The state of the search page.
fn use_search() -> Search {
    expect_context()
}

/// What is asked, given a URL.
async fn ask(question: SearchAddress) -> Result<(SearchRequest, DateTime<Utc>), Failure> {
    if let Err(error) = Query::parse(&question.query) {
        return Err(ConsoleError::Query { error }.into());
    }
    let now = clock::now().await?;
    let request = SearchRequest {
        range: question.range_at(now)?,
        reads: question.reads(),
        query: question.query,
        scope: question.carried.scope,
    };
    Ok((request, now))
}

fn open_search() -> Search {
    let console = use_console();
    let address = Memo::new(move |_| console.params.with(SearchAddress::from_params));
    let base = Memo::new(move |_| address.with(SearchAddress::closed));
    // Neither the columns nor the time zone change what is asked.
    let question = Memo::new(move |_| {
        let mut question = base.get();
        question.columns = Vec::new();
        question.carried.zone = crate::address::Zone::Utc;
        question
    });
    let page = Memo::new(move |_| address.with(|address| address.page.clone()));
    let event = Memo::new(move |_| address.with(|address| address.event.clone()));
    let refresh = RwSignal::new(0);
    let source = move || (question.get(), refresh.get());
    let request = Resource::new(source, |(question, _)| ask(question));
    let rows = Resource::new(
        move || (source(), page.get()),
        |((question, _), page)| async move { backend::ask_search(ask(question).await?.0, page).await },
    );
    let histogram = Resource::new(source, |(question, _)| async move {
        backend::ask_histogram(ask(question).await?.0).await
    });
    let facets = Resource::new(source, |(question, _)| async move {
        backend::ask_facets(ask(question).await?.0).await
    });
    let opened = Resource::new(
        move || event.get(),
        |event| async move { Some(backend::ask_event(event?).await) },
    );
    let more = RwSignal::new(Vec::new());
    let cursor = RwSignal::new(None);
    Effect::new(move |_| {
        source();
        page.track();
        more.set(Vec::new());
        cursor.set(None);
    });
    let pivoting = RwSignal::new(None);
    let seen = see(request, rows, histogram);
    Search {
        address,
        base,
        request,
        rows,
        histogram,
        facets,
        opened,
        more,
        refresh,
        cursor,
        pivoting,
        seen,
    }
}

/// Keeps the answers at hand: handlers must not read resources.
fn see(
    request: Resource<Result<(SearchRequest, DateTime<Utc>), Failure>>,
    rows: Resource<Result<PageOfEvents, Failure>>,
    histogram: Resource<Result<Histogram, Failure>>,
) -> Seen {
    let seen = Seen {
        request: RwSignal::new(None),
        first: RwSignal::new(Vec::new()),
        total: RwSignal::new(None),
    };
    Effect::new(move |_| seen.request.set(request.get().and_then(Result::ok).map(|(it, _)| it)));
    Effect::new(move |_| {
        seen.first.set(rows.get().and_then(Result::ok).unwrap_or_default().events);
    });
    Effect::new(move |_| seen.total.set(histogram.get().and_then(Result::ok).map(|it| it.total)));
    seen
}

/// The search page.
#[component]
pub(crate) fn SearchPage() -> impl IntoView {
    let search = open_search();
    provide_context(search);
    keyboard::listen(search);
    let pinned = move || {
        Suspend::new(async move {
            let range = search.request.await.ok().map(|(request, _)| request.range);
            let href = Signal::derive(move || {
                let address = search.address.get();
                let pinned = range.map(|range| SearchAddress {
                    from: Some(range.start()),
                    to: Some(range.end()),
                    ..address.clone()
                });
                pinned.unwrap_or(address).href()
            });
            view! { <CopyLink href/> }
        })
    };
    view! {
        <PageHead title="Search" answers="Who did what, when and from where, in every account of the scope.">
            <Transition fallback=|| ()>{pinned}</Transition>
        </PageHead>
        <QueryBar/>
        <RangeBar/>
        <Chart/>
        <div class="results">
            <FacetBlock/>
            <Results/>
        </div>
        <Drawer/>
        <PivotMenu/>
    }
    .into_any()
}
