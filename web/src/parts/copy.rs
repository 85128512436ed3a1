//! Buttons that copy; the browser listens for clicks on all of them.

use crate::icons::{self, Icon};
use leptos::prelude::*;

/// A small button that copies a value.
#[component]
pub(crate) fn Copy(
    /// What is copied.
    #[prop(into)]
    value: String,
    /// What it is, for the button's name: `ARN`.
    what: &'static str,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="copy js-only"
            data-copy=value
            title=format!("Copy {what}")
            aria-label=format!("Copy {what}")
        >
            <Icon path=icons::COPY/>
        </button>
    }
    .into_any()
}

/// A button that copies the address of a view of the console.
#[component]
pub(crate) fn CopyLink(
    /// The view's path and parameters; the event that is open is added by the browser.
    href: String,
) -> impl IntoView {
    view! {
        <button type="button" class="button js-only" data-copy-link=href>
            <Icon path=icons::LINK/>
            "Copy link"
        </button>
    }
    .into_any()
}
