//! The histogram above the results.

use super::Search;
use crate::parts::histogram::{HistogramChart, RangeHref};
use leptos::prelude::*;
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::time::TimeRange;
use std::sync::Arc;

/// The histogram, whose brush sets the range.
#[component]
pub(super) fn Chart(search: Search) -> impl IntoView {
    let chart = match search.histogram {
        Ok(histogram) => {
            let base = search.base;
            let target = base.href();
            let range_href: RangeHref =
                Arc::new(move |range: TimeRange| base.with_range(range).href());
            view! { <HistogramChart histogram range_href target/> }.into_any()
        }
        // The results say it better.
        Err(ConsoleError::Query { .. } | ConsoleError::BadRequest { .. }) => ().into_any(),
        Err(_) => view! { <p class="muted">"The histogram could not be made."</p> }.into_any(),
    };
    view! { <div class="chart-area">{chart}</div> }.into_any()
}
