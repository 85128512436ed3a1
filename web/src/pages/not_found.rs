//! An address that leads nowhere.

use crate::frame::use_console;
use crate::parts::panels::{Empty, PageHead};
use leptos::prelude::*;

/// The page for every unknown address.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    let console = use_console();
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
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
