//! What the switch of the theme does.

use super::dom::{all, around};
use crate::agreed::{THEME_ATTRIBUTE, THEME_COOKIE, Theme};
use leptos::ev;
use leptos::prelude::{document, window_event_listener};
use wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

/// Switches on a click.
pub(super) fn listen() {
    let _kept = window_event_listener(ev::click, |event| {
        if around(event.as_ref(), "[data-theme-switch]").is_some() {
            choose(current().next());
        }
    });
}

/// Says on the switch what is chosen.
pub(super) fn dress() {
    let label = current().label();
    for switch in all("[data-theme-switch]") {
        let _set = switch.set_attribute("title", label);
        let _set = switch.set_attribute("aria-label", label);
    }
}

fn current() -> Theme {
    let root = document().document_element();
    let name = root.and_then(|root| root.get_attribute(THEME_ATTRIBUTE));
    name.map(|name| Theme::from_name(&name)).unwrap_or_default()
}

fn choose(theme: Theme) {
    let document = document();
    if let Some(root) = document.document_element() {
        let _done = match theme {
            Theme::Automatic => root.remove_attribute(THEME_ATTRIBUTE),
            Theme::Light | Theme::Dark => root.set_attribute(THEME_ATTRIBUTE, theme.name()),
        };
    }
    if let Some(document) = document.dyn_ref::<HtmlDocument>() {
        let name = theme.name();
        let cookie = format!("{THEME_COOKIE}={name}; path=/; max-age=31536000; samesite=lax");
        let _done = document.set_cookie(&cookie);
    }
    dress();
}
