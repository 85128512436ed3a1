//! The overview: what is wrong, and what arrived in the last day.

mod activity;
mod lists;

use super::Page;
use super::integrity::finding_href;
use crate::address::SearchAddress;
use crate::backend::Backend;
use crate::console::{Console, use_console};
use crate::parts::findings::{FindingHref, FindingList};
use crate::parts::histogram::{HistogramChart, RangeHref};
use activity::AccountTable;
use leptos::prelude::*;
use lists::RecentEvents;
use orgtrail_shared::console::{Finding, Histogram, Overview};
use orgtrail_shared::text::group_digits;
use orgtrail_shared::time::TimeRange;
use std::sync::Arc;

/// The overview page.
pub(super) async fn load(console: &Console, backend: &dyn Backend) -> Page {
    let answer = backend.overview(console.carried.scope.clone()).await;
    let question = "What is not proven, and what arrived in the last 24 hours.";
    Page::of_answer("Overview", question, answer, |overview| view! { <Known overview/> }.into_any())
}

#[component]
fn Known(overview: Overview) -> impl IntoView {
    let console = use_console();
    let carried = console.carried.clone();
    let href: FindingHref = Arc::new(move |finding: &Finding| finding_href(&carried, finding));
    view! {
        <section aria-labelledby="findings">
            <h2 id="findings" class="hidden">"Findings"</h2>
            <FindingList findings=overview.findings.clone() href/>
        </section>
        <Figures overview=overview.clone()/>
        <section aria-labelledby="day">
            <h2 id="day">"Last 24 hours"</h2>
            <Day histogram=overview.histogram/>
        </section>
        <AccountTable accounts=overview.accounts/>
        <div class="columns">
            <RecentEvents title="Denied calls" query="error:*Denied*,*Unauthorized*" events=overview.denied/>
            <RecentEvents title="Calls by root users" query="is:root" events=overview.root/>
        </div>
    }
    .into_any()
}

/// A few numbers in a row.
#[component]
fn Figures(overview: Overview) -> impl IntoView {
    let console = use_console();
    let class = if overview.quarantined == 0 { "figure" } else { "figure tone-attention" };
    view! {
        <dl class="figures">
            <div class="figure">
                <dt>"Events in the index"</dt>
                <dd>{group_digits(overview.event_count)}</dd>
            </div>
            <div class="figure">
                <dt>"Log files in the archive"</dt>
                <dd>{group_digits(overview.file_count)}</dd>
            </div>
            <div class="figure">
                <dt>"Accounts"</dt>
                <dd>{group_digits(overview.accounts.len() as u64)}</dd>
            </div>
            <div class=class>
                <dt>"In quarantine"</dt>
                <dd><a href=console.to("/quarantine")>{group_digits(overview.quarantined)}</a></dd>
            </div>
        </dl>
    }
}

/// The last day as bars, which lead to the search.
#[component]
fn Day(histogram: Histogram) -> impl IntoView {
    let console = use_console();
    let search = SearchAddress::new(console.carried.clone(), "").with_reads(true);
    let target = search.href();
    let range_href: RangeHref = Arc::new(move |range: TimeRange| search.with_range(range).href());
    view! { <HistogramChart histogram range_href target/> }.into_any()
}
