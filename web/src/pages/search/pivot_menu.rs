//! The menu of the key Enter: search on by a value of the event that the keyboard is on.

use super::Search;
use super::drawer::pivot;
use crate::icons::{self, Icon};
use crate::parts::fields::{Pivots, fields};
use leptos::prelude::*;
use orgtrail_shared::text::shorten_middle;

/// The menu, closed at first.
#[component]
pub(super) fn PivotMenu(search: Search) -> impl IntoView {
    let pivot = pivot(&search);
    let event = search.opened.and_then(Result::ok)?.contents.into_iter().next()?.summary;
    let rows = fields(&event).into_iter().filter_map(|field| {
        let facet = field.facet?;
        let only = pivot(facet, &field.value, false);
        let not = pivot(facet, &field.value, true);
        let label = field.value.clone();
        Some(view! {
            <div class="field">
                <dt>{field.label}</dt>
                <dd>
                    <span class="value" title=label.clone()>{shorten_middle(&field.value, 56)}</span>
                    <span class="field-tools"><Pivots only not label/></span>
                </dd>
            </div>
        })
    });
    Some(view! {
        <dialog id="pivot-menu" class="dialog" aria-labelledby="pivot-title">
            <form method="dialog" class="dialog-head">
                <h2 id="pivot-title">"Search by a value of this event"</h2>
                <button class="tool" aria-label="Close"><Icon path=icons::CLOSE/></button>
            </form>
            <dl class="fields">{rows.collect_view()}</dl>
        </dialog>
    })
}
