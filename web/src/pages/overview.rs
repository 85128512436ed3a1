//! The overview: what is wrong, and what arrived in the last day.

mod activity;
mod lists;

use crate::address::SearchAddress;
use crate::backend;
use crate::frame::use_console;
use crate::pages::integrity::finding_href;
use crate::parts::findings::{FindingHref, Findings};
use crate::parts::histogram::{HistogramChart, RangeHref};
use crate::parts::panels::{FailurePanel, Loading, PageHead};
use activity::AccountTable;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use lists::RecentEvents;
use orgtrail_shared::console::{Finding, Histogram, Overview};
use orgtrail_shared::text::group_digits;
use orgtrail_shared::time::TimeRange;
use std::sync::Arc;

/// The overview page.
#[component]
pub(crate) fn OverviewPage() -> impl IntoView {
    let console = use_console();
    let scope = Memo::new(move |_| console.carried.with(|carried| carried.scope.clone()));
    let overview = Resource::new(move || scope.get(), backend::ask_overview);
    let content = move || {
        Suspend::new(async move {
            match overview.await {
                Ok(overview) => view! { <Known overview/> }.into_any(),
                Err(failure) => {
                    let here = console.carried.get_untracked().to("/").finish();
                    view! { <FailurePanel failure here/> }.into_any()
                }
            }
        })
    };
    view! {
        <PageHead title="Overview" answers="What is not proven, and what arrived in the last 24 hours."/>
        <Transition fallback=|| view! { <Loading/> }>{content}</Transition>
    }
    .into_any()
}

#[component]
fn Known(overview: Overview) -> impl IntoView {
    let console = use_console();
    let carried = console.carried.get_untracked();
    let href: FindingHref = Arc::new(move |finding: &Finding| finding_href(&carried, finding));
    view! {
        <section aria-labelledby="findings">
            <h2 id="findings" class="hidden">"Findings"</h2>
            <Findings findings=overview.findings.clone() href/>
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
    let navigate = use_navigate();
    let search = move || SearchAddress::new(console.carried.get_untracked(), "").with_reads(true);
    let range_href: RangeHref = Arc::new(move |range: TimeRange| search().with_range(range).href());
    let on_range = Callback::new(move |range: TimeRange| {
        navigate(&search().with_range(range).href(), NavigateOptions::default());
    });
    view! { <HistogramChart histogram range_href on_range on_zoom_out=Callback::new(|()| ())/> }
        .into_any()
}
