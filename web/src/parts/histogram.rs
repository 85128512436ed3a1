//! Events over time: bars drawn on the server, a brush to choose a range, and a table behind them.

mod bars;
mod brush;

use super::time::{Clockface, use_clockface};
use crate::ranges::{Tick, percent, ticks};
use brush::Brush;
use chrono::TimeDelta;
use leptos::prelude::*;
use orgtrail_shared::console::{Count, Histogram, HistogramBucket};
use orgtrail_shared::text::group_digits;
use orgtrail_shared::time::{TimeRange, to_display};
use std::sync::Arc;

/// Makes the link to a range.
pub(crate) type RangeHref = Arc<dyn Fn(TimeRange) -> String + Send + Sync>;

/// A number of events in words: `1 234 events`, or `≥ 1 234 events` when there may be more.
pub(crate) fn print_count(count: Count, noun: &str) -> String {
    let sign = if count.is_lower_bound { "≥\u{2009}" } else { "" };
    let plural = if count.events == 1 { "" } else { "s" };
    format!("{sign}{} {noun}{plural}", group_digits(count.events))
}

/// The histogram of a search.
#[component]
pub(crate) fn HistogramChart(
    /// The bars.
    histogram: Histogram,
    /// Links to the range of one bar, for the table.
    range_href: RangeHref,
    /// What happens when a range has been brushed.
    on_range: Callback<TimeRange>,
    /// What happens on a double click.
    on_zoom_out: Callback<()>,
) -> impl IntoView {
    let Some(domain) = bars::domain(&histogram) else { return ().into_any() };
    let hovered = RwSignal::new(None);
    let step = histogram.bucket_seconds;
    let [writes, reads, errors] = bars::stacked(&histogram.buckets);
    let view_box = format!("0 0 {} {}", histogram.buckets.len() * bars::WIDTH, bars::HEIGHT);
    let total = print_count(histogram.total, "event");
    let highest = group_digits(bars::highest(&histogram.buckets));
    let description =
        format!("{total} from {} to {} UTC", to_display(domain.start()), to_display(domain.end()));
    let buckets = histogram.buckets.clone();
    view! {
        <figure class="chart">
            <figcaption class="chart-head">
                <strong class="chart-total" role="status">{total}</strong>
                <Legend/>
                <Readout buckets step hovered/>
            </figcaption>
            <Brush domain step count=histogram.buckets.len() hovered on_range on_zoom_out>
                <svg
                    class="bars"
                    viewBox=view_box
                    preserveAspectRatio="none"
                    role="img"
                    aria-label=description
                >
                    <path class="bar-write" d=writes></path>
                    <path class="bar-read" d=reads></path>
                    <path class="bar-error" d=errors></path>
                </svg>
                <span class="chart-highest" aria-hidden="true">{highest}</span>
            </Brush>
            <Axis domain/>
            <Behind buckets=histogram.buckets step range_href/>
        </figure>
    }
    .into_any()
}

#[component]
fn Legend() -> impl IntoView {
    view! {
        <ul class="legend" aria-label="Colours">
            <li class="legend-write">"writes"</li>
            <li class="legend-read">"reads"</li>
            <li class="legend-error">"errors"</li>
        </ul>
    }
}

/// What the bar under the pointer stands for.
#[component]
fn Readout(
    buckets: Vec<HistogramBucket>,
    step: u32,
    hovered: RwSignal<Option<usize>>,
) -> impl IntoView {
    let clockface = use_clockface();
    let text = move || {
        let bucket = hovered.get().and_then(|index| buckets.get(index)).copied();
        let Some(bucket) = bucket else { return String::new() };
        let end = bucket.start + TimeDelta::seconds(i64::from(step));
        format!(
            "{} – {} · {} writes, {} reads, {} errors",
            clockface.print(bucket.start, "%Y-%m-%d %H:%M:%S"),
            clockface.print(end, "%H:%M:%S"),
            group_digits(bucket.writes),
            group_digits(bucket.reads),
            group_digits(bucket.errors)
        )
    };
    view! { <span class="chart-readout" aria-hidden="true">{text}</span> }
}

/// Marks at round times below the bars.
#[component]
fn Axis(domain: TimeRange) -> impl IntoView {
    let clockface = use_clockface();
    let marks = move || {
        let offset = clockface.offset(domain.start()).num_seconds();
        let marks = ticks(domain, offset).into_iter().enumerate();
        marks.map(|(index, tick)| mark(domain, index, tick, clockface)).collect_view()
    };
    view! { <svg class="axis" height="18" width="100%" aria-hidden="true">{marks}</svg> }
}
fn mark(domain: TimeRange, index: usize, tick: Tick, clockface: Clockface) -> impl IntoView {
    let place = percent(domain, tick.at);
    let anchor = match place {
        ..6.0 => "start",
        94.0.. => "end",
        _ => "middle",
    };
    let x = format!("{place:.2}%");
    let label = clockface.print(tick.at, tick.format);
    view! {
        <line x1=x.clone() x2=x.clone() y1="0" y2="4"></line>
        <text x=x y="15" text-anchor=anchor class:is-minor=index % 2 == 1>{label}</text>
    }
}

/// The same numbers as a table, each row a link to its range.
#[component]
fn Behind(buckets: Vec<HistogramBucket>, step: u32, range_href: RangeHref) -> impl IntoView {
    let clockface = use_clockface();
    let rows =
        buckets.into_iter().filter(|bucket| bucket.writes + bucket.reads + bucket.errors > 0);
    let rows = rows.filter_map(|bucket| {
        let end = bucket.start + TimeDelta::seconds(i64::from(step));
        let href = range_href(TimeRange::new(bucket.start, end).ok()?);
        let start = move || clockface.print(bucket.start, "%Y-%m-%d %H:%M:%S");
        Some(view! {
            <tr>
                <th scope="row"><a href=href>{start}</a></th>
                <td class="number">{group_digits(bucket.writes)}</td>
                <td class="number">{group_digits(bucket.reads)}</td>
                <td class="number">{group_digits(bucket.errors)}</td>
            </tr>
        })
    });
    view! {
        <details class="chart-table">
            <summary>"As a table"</summary>
            <div class="table-wrap" tabindex="0" role="region" aria-label="Events over time">
                <table class="table">
                    <caption class="hidden">"Events over time"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"From (" {move || clockface.zone_name()} ")"</th>
                            <th scope="col" class="number">"Writes"</th>
                            <th scope="col" class="number">"Reads"</th>
                            <th scope="col" class="number">"Errors"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}
