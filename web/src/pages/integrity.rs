//! Integrity: what is proven about every account and day, and what to do where something is not.

mod address;
mod advice;
mod detail;
mod grid;

use crate::address::Carried;
use crate::backend;
use crate::clock;
use crate::failure::Failure;
use crate::frame::use_console;
use crate::parts::findings::{FindingHref, Findings};
use crate::parts::icons::{self, Icon};
use crate::parts::panels::{Empty, FailurePanel, Loading, PageHead};
use crate::parts::time::use_clockface;
use crate::parts::verdict::{tone_of_state, word_of_state};
use crate::ranges::shift;
use address::{IntegrityAddress, SPANS};
use chrono::{DateTime, Utc};
use detail::CellDrawer;
use grid::Grid;
use leptos::prelude::*;
use orgtrail_shared::console::{CoverageGrid, CoverageRequest, Finding};
use orgtrail_shared::proof::CellState;
use orgtrail_shared::time::TimeRange;
use std::sync::Arc;

/// Where a finding can be looked at: its time, with the cell open when it names an account.
pub(crate) fn finding_href(carried: &Carried, finding: &Finding) -> String {
    IntegrityAddress::of_finding(carried.clone(), finding).href()
}

/// The grid with what was asked, and when.
type Asked = (TimeRange, DateTime<Utc>, CoverageGrid);

async fn ask(address: IntegrityAddress) -> Result<Asked, Failure> {
    let now = clock::now().await?;
    let range = address.range_at(now)?;
    let request = CoverageRequest { range, scope: address.carried.scope };
    Ok((range, now, backend::ask_coverage(request).await?))
}

/// The integrity page.
#[component]
pub(crate) fn IntegrityPage() -> impl IntoView {
    let console = use_console();
    let address = Memo::new(move |_| console.params.with(IntegrityAddress::from_params));
    let question = Memo::new(move |_| address.with(IntegrityAddress::question));
    let grid = Resource::new(move || question.get(), ask);
    let content = move || {
        Suspend::new(async move {
            match grid.await {
                Ok((range, now, grid)) => view! { <Known address range now grid/> }.into_any(),
                Err(failure) => {
                    let here = address.get_untracked().href();
                    view! { <FailurePanel failure here/> }.into_any()
                }
            }
        })
    };
    view! {
        <PageHead title="Integrity" answers="Whether the log files of every account are complete and unaltered."/>
        <Transition fallback=|| view! { <Loading/> }>{content}</Transition>
        <CellDrawer address/>
    }
    .into_any()
}

#[component]
fn Known(
    address: Memo<IntegrityAddress>,
    range: TimeRange,
    now: DateTime<Utc>,
    grid: CoverageGrid,
) -> impl IntoView {
    let carried = address.get_untracked().carried;
    let href: FindingHref = Arc::new(move |finding: &Finding| finding_href(&carried, finding));
    let table = if grid.rows.is_empty() {
        view! {
            <Empty title="No account in this scope has coverage yet">
                <p>"Coverage begins with the first digest or log file of an account. Check the sources under Operations, or choose a wider scope."</p>
            </Empty>
        }
        .into_any()
    } else {
        view! { <Grid address grid=grid.clone()/> <Legend/> }.into_any()
    };
    view! {
        <section aria-label="Findings"><Findings findings=grid.findings href/></section>
        <Spans address range now/>
        {table}
    }
    .into_any()
}

/// The choice of the range.
#[component]
fn Spans(address: Memo<IntegrityAddress>, range: TimeRange, now: DateTime<Utc>) -> impl IntoView {
    let clockface = use_clockface();
    let spans = SPANS.map(|(name, days)| {
        let href = move || address.get().with_days_before(now, days).href();
        let is_here = range.length().num_days() == days;
        view! { <a class="segment" href=href data-noscroll="" aria-current=is_here.then_some("true")>{name}</a> }
    });
    let to = move |range: TimeRange| move || address.get().with_range(range).href();
    let print = move |at| clockface.print(at, "%Y-%m-%d %H:%M");
    view! {
        <div class="range-bar">
            <div class="segments" role="group" aria-label="Last">{spans.into_iter().collect_view()}</div>
            <div class="segments" role="group" aria-label="Move">
                <a class="segment" href=to(shift(range, -2)) data-noscroll="" aria-label="Earlier" title="Earlier">
                    <Icon path=icons::LEFT/>
                </a>
                <a class="segment" href=to(shift(range, 2)) data-noscroll="" aria-label="Later" title="Later">
                    <Icon path=icons::RIGHT/>
                </a>
            </div>
            <p class="range-text">
                {move || print(range.start())} " – " {move || print(range.end())} " "
                <span class="muted">{move || clockface.zone_name()} ", by time of delivery"</span>
            </p>
        </div>
    }
    .into_any()
}

/// What the glyphs mean.
#[component]
fn Legend() -> impl IntoView {
    let items = CellState::ALL.into_iter().rev().map(|state| {
        let class = format!("glyph cell-glyph tone-{}", tone_of_state(state));
        view! {
            <div>
                <dt><span class=class aria-hidden="true">{state.glyph()}</span>{word_of_state(state)}</dt>
                <dd>{state.in_words()}</dd>
            </div>
        }
    });
    view! { <dl class="cell-legend" aria-label="Legend">{items.collect_view()}</dl> }.into_any()
}
