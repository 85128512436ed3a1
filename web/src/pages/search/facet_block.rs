//! The facets beside the results.

use super::Search;
use super::drawer::pivot;
use crate::address::has_value;
use crate::parts::facets::{Facets, IsChosen};
use leptos::prelude::*;
use orgtrail_shared::query::Query;
use std::sync::Arc;

/// The facets; on a phone they are folded away.
#[component]
pub(super) fn FacetBlock(search: Search) -> impl IntoView {
    let query = Query::parse(&search.base.query).unwrap_or_default();
    let href = pivot(&search);
    let is_chosen: IsChosen = Arc::new(move |facet, value: &str, is_excluded| {
        has_value(&query, facet, value, is_excluded)
    });
    let facets = search.facets.ok().map(|counts| view! { <Facets counts href is_chosen/> });
    view! {
        <details class="facet-block">
            <summary class="button">"Filters"</summary>
            <div class="facet-lists" role="group" aria-label="Filters">{facets}</div>
        </details>
    }
    .into_any()
}
