//! An address that leads nowhere.

use super::Page;
use crate::console::{set_status, use_console};
use crate::parts::panels::{Empty, PageHead};
use leptos::prelude::*;

/// The page for every unknown address.
pub(super) fn load() -> Page {
    Page::new("Not found", || view! { <NotFound/> }.into_any())
}

#[component]
fn NotFound() -> impl IntoView {
    set_status(404);
    let console = use_console();
    view! {
        <PageHead title="Not found" answers="There is no page at this address."/>
        <Empty title="Nothing is here">
            <p>"The address may be mistyped, or the page belongs to a newer version of orgtrail."</p>
            <div class="button-row">
                <a class="button is-primary" href=console.to("/search")>"Search events"</a>
                <a class="button" href=console.to("/")>"Overview"</a>
            </div>
        </Empty>
    }
    .into_any()
}
