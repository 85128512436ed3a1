//! The histogram above the results.

use super::use_search;
use crate::address::SearchAddress;
use crate::failure::Failure;
use crate::parts::histogram::{HistogramChart, RangeHref};
use crate::ranges::zoom_out;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::time::TimeRange;
use std::sync::Arc;

/// The histogram, whose brush sets the range.
#[component]
pub(super) fn Chart() -> impl IntoView {
    let search = use_search();
    let navigate = use_navigate();
    let go = Callback::new(move |address: SearchAddress| {
        navigate(&address.href(), NavigateOptions { scroll: false, ..NavigateOptions::default() });
    });
    let on_range =
        Callback::new(move |range| go.run(search.base.get_untracked().with_range(range)));
    let on_zoom_out = Callback::new(move |()| {
        if let Some(request) = search.request() {
            go.run(search.base.get_untracked().with_range(zoom_out(request.range)));
        }
    });
    let content = move || {
        Suspend::new(async move {
            match search.histogram.await {
                Ok(histogram) => {
                    let base = search.base.get_untracked();
                    let range_href: RangeHref =
                        Arc::new(move |range: TimeRange| base.with_range(range).href());
                    view! { <HistogramChart histogram range_href on_range on_zoom_out/> }.into_any()
                }
                // The results say it better.
                Err(Failure::Answer(
                    ConsoleError::Query { .. } | ConsoleError::BadRequest { .. },
                )) => ().into_any(),
                Err(_) => {
                    view! { <p class="muted">"The histogram could not be made."</p> }.into_any()
                }
            }
        })
    };
    view! { <div class="chart-area"><Transition fallback=|| ()>{content}</Transition></div> }
        .into_any()
}
