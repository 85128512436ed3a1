//! Integrity: what is proven about every account and day, and what to do where something is not.

mod address;
mod advice;
mod detail;
mod grid;

use super::Page;
use crate::address::Carried;
use crate::backend::{Answer, Backend};
use crate::console::{Console, use_console};
use crate::icons::{self, Icon};
use crate::parts::findings::{FindingHref, FindingList};
use crate::parts::panels::{Empty, FailurePanel, PageHead};
use crate::parts::time::{Moment, ZoneName};
use crate::parts::verdict::{tone_of_state, word_of_state};
use crate::ranges::shift;
use address::{IntegrityAddress, SPANS};
use detail::CellDrawer;
use futures::future::join;
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

/// The integrity page.
pub(super) async fn load(console: &Console, backend: &dyn Backend) -> Page {
    let address = IntegrityAddress::from_params(&console.params);
    let cell = address.cell.clone();
    let (grid, cell) = join(ask(&address, console, backend), async {
        let cell = cell?;
        Some(backend.cell(cell.clone()).await.map(|detail| (cell, detail)))
    })
    .await;
    Page::new("Integrity", move || {
        let content = match grid {
            Ok((range, grid)) => view! { <Known address=address.clone() range grid/> }.into_any(),
            Err(error) => view! { <FailurePanel error/> }.into_any(),
        };
        view! {
            <PageHead title="Integrity" answers="Whether the log files of every account are complete and unaltered."/>
            {content}
            {cell.map(|answer| view! { <CellDrawer address answer/> })}
        }
        .into_any()
    })
}

async fn ask(
    address: &IntegrityAddress,
    console: &Console,
    backend: &dyn Backend,
) -> Answer<(TimeRange, CoverageGrid)> {
    let range = address.range_at(console.now)?;
    let request = CoverageRequest { range, scope: address.carried.scope.clone() };
    Ok((range, backend.coverage(request).await?))
}

#[component]
fn Known(address: IntegrityAddress, range: TimeRange, grid: CoverageGrid) -> impl IntoView {
    let carried = address.carried.clone();
    let href: FindingHref = Arc::new(move |finding: &Finding| finding_href(&carried, finding));
    let table = if grid.rows.is_empty() {
        view! {
            <Empty title="No account in this scope has coverage yet">
                <p>"Coverage begins with the first digest or log file of an account. Check the sources under Operations, or choose a wider scope."</p>
            </Empty>
        }
        .into_any()
    } else {
        view! { <Grid address=address.clone() grid=grid.clone()/> <Legend/> }.into_any()
    };
    view! {
        <section aria-label="Findings"><FindingList findings=grid.findings href/></section>
        <Spans address range/>
        {table}
    }
    .into_any()
}

/// The choice of the range.
#[component]
fn Spans(address: IntegrityAddress, range: TimeRange) -> impl IntoView {
    let now = use_console().now;
    let spans = SPANS.map(|(name, days)| {
        let href = address.with_days_before(now, days).href();
        let is_here = range.length().num_days() == days;
        view! { <a class="segment" href=href data-noscroll="" aria-current=is_here.then_some("true")>{name}</a> }
    });
    let to = |range: TimeRange| address.with_range(range).href();
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
                <Moment at=range.start() format="%Y-%m-%d %H:%M"/> " – "
                <Moment at=range.end() format="%Y-%m-%d %H:%M"/> " "
                <span class="muted"><ZoneName/> ", by time of delivery"</span>
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
