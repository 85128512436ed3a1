//! The grid: accounts by unit, days or hours, one state each.

use super::address::{IntegrityAddress, ROWS};
use crate::parts::verdict::{tone_of_state, word_of_state};
use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;
use orgtrail_shared::console::{CellRequest, CoverageGrid, CoverageRow};
use orgtrail_shared::proof::CellState;
use orgtrail_shared::time::TimeRange;

const DAY_SECONDS: u32 = 86_400;

/// The grid, one page of accounts at a time.
#[component]
pub(super) fn Grid(address: IntegrityAddress, grid: CoverageGrid) -> impl IntoView {
    let CoverageGrid { step_seconds, steps, mut rows, .. } = grid;
    // Accounts outside the organization have no path and come last.
    rows.sort_by_cached_key(|row| {
        (row.unit_path.is_empty(), row.unit_path.clone(), row.name.clone())
    });
    let count = rows.len();
    let heads = headings(&address, &steps, step_seconds);
    let page: Vec<_> = rows.into_iter().skip(address.first_row).take(ROWS).collect();
    let bodies = page
        .chunk_by(|one, other| one.unit_path == other.unit_path)
        .map(|group| body(&address, group, &steps, step_seconds))
        .collect_view();
    view! {
        <div class="table-wrap" tabindex="0" role="region" aria-label="Coverage">
            <table class="grid">
                <caption class="hidden">"Coverage by account and time of delivery"</caption>
                <thead>{heads}</thead>
                {bodies}
            </table>
        </div>
        <Pages address count/>
    }
    .into_any()
}

/// A heading per step; a day leads to its hours.
fn headings(
    address: &IntegrityAddress,
    steps: &[DateTime<Utc>],
    step: u32,
) -> impl IntoView + use<> {
    let mut before: Option<String> = None;
    let is_day = step >= DAY_SECONDS;
    let heads: Vec<_> = steps
        .iter()
        .map(|start| {
            let group = start.format(if is_day { "%b" } else { "%b %-d" }).to_string();
            let is_new = before.as_ref() != Some(&group);
            let group_shown = if is_new { group.clone() } else { String::new() };
            before = Some(group);
            let label = start.format(if is_day { "%-d" } else { "%H" }).to_string();
            let full = start.format(if is_day { "%Y-%m-%d" } else { "%Y-%m-%d %H:00 UTC" }).to_string();
            let range = span(*start, step);
            let inner = match range.filter(|_| is_day) {
                Some(range) => {
                    let href = address.with_range(range).href();
                    let title = format!("{full}: show by the hour");
                    view! { <a href=href data-noscroll="" title=title.clone() aria-label=title>{label}</a> }
                        .into_any()
                }
                None => view! { <span title=full>{label}</span> }.into_any(),
            };
            view! { <th scope="col" class:is-new=is_new><span class="grid-group">{group_shown}</span>{inner}</th> }
        })
        .collect();
    view! { <tr><th scope="col" class="grid-name">"Account"</th>{heads}</tr> }
}

fn body(
    address: &IntegrityAddress,
    group: &[CoverageRow],
    steps: &[DateTime<Utc>],
    step: u32,
) -> AnyView {
    let path = group.first().map(|row| row.unit_path.clone()).unwrap_or_default();
    let path = if path.is_empty() { "Outside the organization".to_owned() } else { path };
    let rows: Vec<_> = group.iter().map(|row| account_row(address, row, steps, step)).collect();
    view! {
        <tbody>
            <tr class="grid-unit"><th scope="rowgroup" colspan=(steps.len() + 1).to_string()>{path}</th></tr>
            {rows}
        </tbody>
    }
    .into_any()
}

fn account_row(
    address: &IntegrityAddress,
    row: &CoverageRow,
    steps: &[DateTime<Utc>],
    step: u32,
) -> impl IntoView + use<> {
    let name = if row.name.is_empty() { row.account.to_string() } else { row.name.clone() };
    let cells: Vec<_> = row
        .cells
        .iter()
        .zip(steps)
        .map(|(state, start)| cell(address, row, &name, *state, *start, step))
        .collect();
    view! {
        <tr>
            <th scope="row" class="grid-name" title=row.account.to_string()>{name}</th>
            {cells}
        </tr>
    }
}

fn cell(
    address: &IntegrityAddress,
    row: &CoverageRow,
    name: &str,
    state: CellState,
    start: DateTime<Utc>,
    step: u32,
) -> impl IntoView + use<> {
    let format = if step >= DAY_SECONDS { "%Y-%m-%d" } else { "%Y-%m-%d %H:00" };
    let label = format!("{name}, {}: {}", start.format(format), word_of_state(state));
    let request =
        span(start, step).map(|range| CellRequest { account: row.account.clone(), range });
    let is_open = address.cell.is_some() && address.cell == request;
    let href = address.with_cell(request).href();
    view! {
        <td class=format!("cell tone-{}", tone_of_state(state)) class:is-open=is_open>
            <a href=href data-noscroll="" aria-label=label.clone() title=label>{state.glyph()}</a>
        </td>
    }
}

fn span(start: DateTime<Utc>, step: u32) -> Option<TimeRange> {
    TimeRange::new(start, start + TimeDelta::seconds(i64::from(step))).ok()
}

/// The way to further accounts.
#[component]
fn Pages(address: IntegrityAddress, count: usize) -> impl IntoView {
    (count > ROWS).then(|| {
        let first = address.first_row.min(count);
        let pages = (0..count.div_ceil(ROWS)).map(|page| {
            let row = page * ROWS;
            let is_here = first / ROWS == page;
            let label = format!("{}–{}", row + 1, (row + ROWS).min(count));
            view! {
                <a class="segment" href=address.with_first_row(row).href() aria-current=is_here.then_some("true")>{label}</a>
            }
        });
        view! { <nav class="segments" aria-label="Accounts">{pages.collect_view()}</nav> }
    })
}
