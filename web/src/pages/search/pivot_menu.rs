//! The menu of the key Enter: search on by a value of the event that the keyboard is on.

use super::use_search;
use crate::parts::fields::{Pivots, fields};
use crate::parts::icons::{self, Icon};
use leptos::prelude::*;
use orgtrail_shared::text::shorten_middle;
use wasm_bindgen::JsCast;

const ID: &str = "pivot-menu";

/// Opens the menu.
pub(super) fn open() {
    let Some(dialog) = dialog() else { return };
    let _shown = dialog.show_modal();
    let first = dialog.query_selector("a").ok().flatten();
    if let Some(first) = first.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _focused = first.focus();
    }
}

fn dialog() -> Option<web_sys::HtmlDialogElement> {
    document().get_element_by_id(ID)?.dyn_into().ok()
}

/// The menu, closed at first.
#[component]
pub(super) fn PivotMenu() -> impl IntoView {
    let search = use_search();
    let close = |()| {
        if let Some(dialog) = dialog() {
            dialog.close();
        }
    };
    let rows = move || {
        let base = search.base.get();
        let event = search.pivoting.get()?;
        let rows = fields(&event).into_iter().filter_map(|field| {
            let facet = field.facet?;
            let only = base.toggled(facet, &field.value, false).href();
            let not = base.toggled(facet, &field.value, true).href();
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
        Some(rows.collect_view())
    };
    view! {
        <dialog id=ID class="dialog" aria-labelledby="pivot-title" on:click=move |event| {
            let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            if target.is_some_and(|target| target.matches("a").unwrap_or(false)) {
                close(());
            }
        }>
            <form method="dialog" class="dialog-head">
                <h2 id="pivot-title">"Search by a value of this event"</h2>
                <button class="tool" aria-label="Close"><Icon path=icons::CLOSE/></button>
            </form>
            <dl class="fields">{rows}</dl>
        </dialog>
    }
    .into_any()
}
