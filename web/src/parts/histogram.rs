//! Events over time: bars drawn on the server, a brush to choose a range, and a table behind them.

mod bars;

use super::table::{Column, Label, Table};
use super::time::Moment;
use crate::ranges::axis;
use chrono::TimeDelta;
use leptos::prelude::*;
use orgtrail_shared::console::{Count, Histogram, HistogramBucket};
use orgtrail_shared::text::group_digits;
use orgtrail_shared::time::{TimeRange, to_display, to_rfc3339};
use std::sync::Arc;

const COLUMNS: [Column; 4] = [
    Column::Time("From"),
    Column::Number("Writes"),
    Column::Number("Reads"),
    Column::Number("Errors"),
];

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
    /// What a brushed range leads to: the address that takes it.
    #[prop(into)]
    target: String,
) -> impl IntoView {
    let Some(domain) = bars::domain(&histogram) else { return ().into_any() };
    let step = histogram.bucket_seconds;
    let [writes, reads, errors] = bars::stacked(&histogram.buckets);
    let view_box = format!("0 0 {} {}", histogram.buckets.len() * bars::WIDTH, bars::HEIGHT);
    let total = print_count(histogram.total, "event");
    let highest = group_digits(bars::highest(&histogram.buckets));
    let description =
        format!("{total} from {} to {} UTC", to_display(domain.start()), to_display(domain.end()));
    view! {
        <figure class="chart">
            <figcaption class="chart-head">
                <strong class="chart-total" role="status">{total}</strong>
                <Legend/>
                <span class="chart-readout" aria-hidden="true"></span>
            </figcaption>
            <div
                class="plot"
                data-from=to_rfc3339(domain.start())
                data-to=to_rfc3339(domain.end())
                data-step=step.to_string()
                data-bars=readouts(&histogram.buckets)
                data-target=target
            >
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
                <svg class="brush" width="100%" height="100%" aria-hidden="true">
                    <rect y="0" height="100%"></rect>
                </svg>
            </div>
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

/// The numbers of all bars for the browser, which says them beside the pointer: `writes,reads,errors` each.
fn readouts(buckets: &[HistogramBucket]) -> String {
    let print =
        |bucket: &HistogramBucket| format!("{},{},{}", bucket.writes, bucket.reads, bucket.errors);
    buckets.iter().map(print).collect::<Vec<_>>().join(" ")
}

/// Marks at round times below the bars; the browser makes them anew for its time zone.
#[component]
fn Axis(domain: TimeRange) -> impl IntoView {
    let marks = axis(domain, 0, |at, format| at.format(format).to_string());
    view! { <svg class="axis" height="18" width="100%" aria-hidden="true" inner_html=marks></svg> }
}

/// The same numbers as a table, each row a link to its range.
#[component]
fn Behind(buckets: Vec<HistogramBucket>, step: u32, range_href: RangeHref) -> impl IntoView {
    let rows =
        buckets.into_iter().filter(|bucket| bucket.writes + bucket.reads + bucket.errors > 0);
    let rows: Vec<AnyView> = rows.filter_map(|bucket| {
        let end = bucket.start + TimeDelta::seconds(i64::from(step));
        let href = range_href(TimeRange::new(bucket.start, end).ok()?);
        Some(view! {
            <tr>
                <th scope="row"><a href=href><Moment at=bucket.start format="%Y-%m-%d %H:%M:%S"/></a></th>
                <td class="number">{group_digits(bucket.writes)}</td>
                <td class="number">{group_digits(bucket.reads)}</td>
                <td class="number">{group_digits(bucket.errors)}</td>
            </tr>
        }
        .into_any())
    })
    .collect();
    view! {
        <details class="chart-table">
            <summary>"As a table"</summary>
            <Table label=Label::Words("Events over time") caption="Events over time" columns=&COLUMNS rows class=""/>
        </details>
    }
    .into_any()
}
