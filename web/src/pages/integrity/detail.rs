//! What lies behind a cell: its intervals, digests and files, and what to do next.

use super::address::IntegrityAddress;
use super::advice::next_step;
use crate::address::{Carried, SearchAddress};
use crate::backend::Answer;
use crate::console::use_console;
use crate::icons::{self, Icon};
use crate::parts::copy::Copy;
use crate::parts::panels::{FailurePanel, Notice};
use crate::parts::time::{Instant, instant_or_dash};
use crate::parts::verdict::{State, Verdict};
use leptos::prelude::*;
use orgtrail_shared::console::{
    CellDetail, CellRequest, CoverageInterval, DigestSummary, FileSummary,
};
use orgtrail_shared::text::group_digits;

/// The open cell.
#[component]
pub(super) fn CellDrawer(
    address: IntegrityAddress,
    answer: Answer<(CellRequest, CellDetail)>,
) -> impl IntoView {
    let close = address.with_cell(None).href();
    let (title, body) = match answer {
        Ok((cell, detail)) => {
            let title = title_of(&cell);
            (title, view! { <Known address cell detail/> }.into_any())
        }
        Err(error) => ("Coverage".to_owned(), view! { <FailurePanel error/> }.into_any()),
    };
    view! {
        <aside class="drawer" id="cell" aria-label="Coverage of a cell" tabindex="-1">
            <div class="drawer-head">
                <h2>{title}</h2>
                <a class="tool" href=close data-key="Escape" data-noscroll="" aria-label="Close (Esc)" title="Close (Esc)">
                    <Icon path=icons::CLOSE/>
                </a>
            </div>
            <div class="drawer-body">{body}</div>
        </aside>
    }
    .into_any()
}

#[component]
fn Known(address: IntegrityAddress, cell: CellRequest, detail: CellDetail) -> impl IntoView {
    let worst = detail.intervals.iter().map(|interval| interval.state).max();
    let advice = worst.map(|state| {
        view! {
            <p class="sentence"><State state/> " – " {state.in_words()} "."</p>
            <Notice tone="info"><p><strong>"Next: "</strong>{next_step(state)}</p></Notice>
        }
    });
    let carried = address.carried.clone();
    let scoped = Carried { scope: cell.account.to_string(), ..carried };
    let events = SearchAddress::new(scoped, "").with_reads(true).with_range(cell.range).href();
    let hours = address.with_range(cell.range).href();
    let is_day = cell.range.length().num_hours() >= 24;
    let hours = is_day.then(|| view! { <a class="button" href=hours>"By the hour"</a> });
    view! {
        <p class="cell-range"><Instant at=cell.range.start()/> " – " <Instant at=cell.range.end()/></p>
        {advice}
        <div class="button-row"><a class="button" href=events>"Search its events"</a>{hours}</div>
        <Intervals intervals=detail.intervals/>
        <Digests digests=detail.digests/>
        <Files files=detail.files more=detail.more_files/>
    }
    .into_any()
}

/// The account by its id, and by its name when the viewer knows it.
fn title_of(cell: &CellRequest) -> String {
    let console = use_console();
    let mut accounts = console.viewer.iter().flat_map(|viewer| viewer.accounts.iter());
    match accounts.find(|account| account.id == cell.account && !account.name.is_empty()) {
        Some(known) => format!("{} · {}", known.name, known.id),
        None => cell.account.to_string(),
    }
}

#[component]
fn Intervals(intervals: Vec<CoverageInterval>) -> impl IntoView {
    let rows = intervals.into_iter().map(|interval| {
        view! {
            <li>
                <p><State state=interval.state/> " " <span class="muted">{interval.region}</span></p>
                <p><Instant at=interval.range.start()/> " – " <Instant at=interval.range.end()/></p>
                <p class="muted">{interval.reason}</p>
            </li>
        }
    });
    view! { <section aria-label="Intervals"><h3>"Why"</h3><ul class="stack">{rows.collect_view()}</ul></section> }
        .into_any()
}

#[component]
fn Digests(digests: Vec<DigestSummary>) -> impl IntoView {
    let count = digests.len();
    let rows = digests.into_iter().map(|digest| {
        let class = if digest.is_valid { "tone-ok" } else { "tone-danger" };
        let verdict = if digest.is_valid { "✓ valid".to_owned() } else { format!("! {}", digest.problem) };
        let range = digest
            .range
            .map(|range| view! { <Instant at=range.start()/> " – " <Instant at=range.end()/> });
        let backfill = digest.is_backfill.then_some(" · backfill");
        view! {
            <li>
                <p>
                    <span class=class>{verdict}</span>
                    <span class="muted">
                        " " {digest.region} " · " {group_digits(digest.file_count)} " files" {backfill}
                    </span>
                </p>
                <p>{range}</p>
                <Key bucket=digest.bucket key=digest.key/>
            </li>
        }
    });
    view! {
        <section aria-label="Digests">
            <h3>"Digests " <span class="muted">{count}</span></h3>
            <ul class="stack">{rows.collect_view()}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn Files(files: Vec<FileSummary>, more: u64) -> impl IntoView {
    let rows = files.into_iter().map(|file| {
        view! {
            <li>
                <p>
                    <Verdict verdict=file.verdict/>
                    <span class="muted">
                        " " {file.region} " · " {group_digits(file.event_count)} " events · delivered "
                        {instant_or_dash(file.delivered_at)}
                    </span>
                </p>
                <Key bucket=file.bucket key=file.key/>
            </li>
        }
    });
    let more =
        (more > 0).then(|| view! { <p class="muted">{group_digits(more)} " more files"</p> });
    view! {
        <section aria-label="Log files">
            <h3>"Log files " <span class="muted">"worst first"</span></h3>
            <ul class="stack">{rows.collect_view()}</ul>
            {more}
        </section>
    }
    .into_any()
}

/// Where an object is, with a button that copies it.
#[component]
fn Key(bucket: String, key: String) -> impl IntoView {
    let place = format!("{bucket}/{key}");
    view! { <p class="code place">{place.clone()} " " <Copy value=place what="place"/></p> }
}
