//! The facets beside the results.

use super::use_search;
use crate::address::has_value;
use crate::parts::facets::{Facets, IsChosen};
use crate::parts::fields::PivotHref;
use leptos::prelude::*;
use orgtrail_shared::console::FacetCounts;
use orgtrail_shared::query::{Facet, Query};
use std::sync::Arc;

/// The facets; on a phone they are folded away.
#[component]
pub(super) fn FacetBlock() -> impl IntoView {
    let search = use_search();
    let content = move || {
        Suspend::new(async move {
            search.facets.await.ok().map(|counts| {
                let counts = StoredValue::new(counts);
                move || facets(counts.get_value())
            })
        })
    };
    view! {
        <details class="facet-block">
            <summary class="button">"Filters"</summary>
            <div class="facet-lists" role="group" aria-label="Filters">
                <Transition fallback=|| ()>{content}</Transition>
            </div>
        </details>
    }
    .into_any()
}

fn facets(counts: Vec<FacetCounts>) -> AnyView {
    let base = use_search().base.get();
    let query = Query::parse(&base.query).unwrap_or_default();
    let href: PivotHref = Arc::new(move |facet: Facet, value: &str, is_excluded| {
        base.toggled(facet, value, is_excluded).href()
    });
    let is_chosen: IsChosen = Arc::new(move |facet, value: &str, is_excluded| {
        has_value(&query, facet, value, is_excluded)
    });
    view! { <Facets counts href is_chosen/> }.into_any()
}
