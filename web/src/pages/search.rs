//! Search: who did what, when and from where. The URL is the page's only state.

mod chart;
mod drawer;
mod facet_block;
mod newer;
mod options;
mod pivot_menu;
mod range_bar;
mod results;

use super::Page;
use crate::address::SearchAddress;
use crate::backend::{Answer, Backend};
use crate::console::Console;
use crate::document::Part;
use crate::islands::QueryBar;
use crate::parts::copy::CopyLink;
use crate::parts::panels::PageHead;
use chart::Chart;
use drawer::Drawer;
use facet_block::FacetBlock;
use futures::future::join4;
use leptos::prelude::*;
use options::Presets;
use orgtrail_shared::console::{FacetCounts, Histogram, SearchPage as PageOfEvents, SearchRequest};
use orgtrail_shared::event::EventDetail;
use pivot_menu::PivotMenu;
use range_bar::RangeBar;
use results::Results;

/// What the URL says, and the answers to it; what was not asked for has no answer.
#[derive(Clone)]
struct Search {
    /// The URL.
    address: SearchAddress,
    /// The URL without the open event and the page, from which links are made.
    base: SearchAddress,
    /// What is asked.
    request: Answer<SearchRequest>,
    /// The page of results.
    rows: Answer<PageOfEvents>,
    /// The results over time.
    histogram: Answer<Histogram>,
    /// The most frequent values.
    facets: Answer<Vec<FacetCounts>>,
    /// The event that is open.
    opened: Option<Answer<EventDetail>>,
}

impl Search {
    /// The URL with the range as it is now, so that it shows the same whenever it is opened.
    fn pinned(&self) -> SearchAddress {
        let range = self.request.as_ref().ok().map(|request| request.range);
        range.map_or_else(|| self.base.clone(), |range| self.base.with_range(range))
    }
}

/// The search page, or the part of it that is wanted.
pub(super) async fn load(console: &Console, part: Part, backend: &dyn Backend) -> Page {
    let address = SearchAddress::from_params(&console.params);
    let base = address.closed();
    let request = base.request_at(console.now);
    let (rows, histogram, facets, opened) = join4(
        async {
            match part {
                Part::Event => Ok(PageOfEvents::default()),
                Part::Whole | Part::Rows => {
                    backend.search(request.clone()?, address.page.clone()).await
                }
            }
        },
        async {
            match part {
                Part::Whole => backend.histogram(request.clone()?).await,
                Part::Event | Part::Rows => Ok(Histogram::default()),
            }
        },
        async {
            match part {
                Part::Whole => backend.facets(request.clone()?).await,
                Part::Event | Part::Rows => Ok(Vec::new()),
            }
        },
        async {
            match part {
                Part::Whole | Part::Event => Some(backend.event(address.event.clone()?).await),
                Part::Rows => None,
            }
        },
    )
    .await;
    let search = Search { address, base, request, rows, histogram, facets, opened };
    Page::new("Search", move || match part {
        Part::Whole => view! { <Whole search/> }.into_any(),
        Part::Event => view! { <Drawer search=search.clone()/> <PivotMenu search/> }.into_any(),
        Part::Rows => view! { <Results search/> }.into_any(),
    })
}

#[component]
fn Whole(search: Search) -> impl IntoView {
    let text = search.address.query.clone();
    let fields = search.base.fields().into_iter().skip(1).filter(|(_, value)| !value.is_empty());
    let fields = fields.map(|(name, value)| (name.to_owned(), value)).collect();
    let pinned = search.pinned().href();
    view! {
        <PageHead title="Search" answers="Who did what, when and from where, in every account of the scope.">
            <CopyLink href=pinned/>
        </PageHead>
        <QueryBar text fields/>
        <Presets base=search.base.clone()/>
        <RangeBar search=search.clone()/>
        <Chart search=search.clone()/>
        <div class="results">
            <FacetBlock search=search.clone()/>
            <Results search=search.clone()/>
        </div>
        <Drawer search/>
    }
    .into_any()
}
