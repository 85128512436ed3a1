//! The frame around every page: navigation, scope, time zone, theme and keyboard.

mod help;
mod navigation;
mod theme;
mod top_bar;

use crate::console::use_console;
use crate::document::SIGN_IN;
use help::Help;
use leptos::prelude::*;
use navigation::Navigation;
use top_bar::TopBar;

/// The frame, with a page in it.
#[component]
pub(crate) fn Frame(page: AnyView) -> impl IntoView {
    let is_signing_in = use_console().path == SIGN_IN;
    let around = (!is_signing_in).then(|| view! { <Navigation/> <TopBar/> });
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        <div class="frame" class:is-bare=is_signing_in>
            {around}
            <main id="main" class="main" tabindex="-1">{page}</main>
        </div>
        <Help/>
        <div id="progress" class="progress" aria-hidden="true"></div>
        <p id="announcer" class="hidden" role="status" aria-live="polite"></p>
    }
    .into_any()
}
