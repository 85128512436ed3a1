//! The switch between light, dark, and what the system says. The choice is a cookie, so that the
//! server renders it and nothing flashes.

use crate::icons::{self, Icon};
use leptos::prelude::*;

/// A button that goes through the themes.
#[component]
pub(super) fn ThemeSwitch() -> impl IntoView {
    view! {
        <button type="button" class="tool js-only" data-theme-switch="" title="Theme" aria-label="Theme">
            <Icon path=icons::THEME/>
        </button>
    }
}
