//! The facets beside the results.

use super::Search;
use super::drawer::pivot;
use crate::parts::facets::Facets;
use leptos::prelude::*;
use orgtrail_shared::query::Query;

/// The facets; on a phone they are folded away.
#[component]
pub(super) fn FacetBlock(search: Search) -> impl IntoView {
    let query = Query::parse(&search.base.query).unwrap_or_default();
    let href = pivot(&search);
    let facets = search.facets.ok().map(|counts| view! { <Facets counts href query/> });
    view! {
        <details class="facet-block">
            <summary class="button">"Filters"</summary>
            <div class="facet-lists" role="group" aria-label="Filters">{facets}</div>
        </details>
    }
    .into_any()
}
