//! The switch between light, dark, and what the system says. The choice is a cookie, so that the
//! server renders it and nothing flashes.

use super::dom::{all, around};
use leptos::ev;
use leptos::prelude::{document, window_event_listener};
use wasm_bindgen::JsCast;
use web_sys::HtmlDocument;

/// Switches on a click.
pub(super) fn listen() {
    let _kept = window_event_listener(ev::click, |event| {
        if around(event.as_ref(), "[data-theme-switch]").is_some() {
            choose(match current().as_str() {
                "light" => "dark",
                "dark" => "",
                _ => "light",
            });
        }
    });
}

/// Says on the switch what is chosen.
pub(super) fn dress() {
    let label = match current().as_str() {
        "light" => "Theme: light",
        "dark" => "Theme: dark",
        _ => "Theme: as the system",
    };
    for switch in all("[data-theme-switch]") {
        let _set = switch.set_attribute("title", label);
        let _set = switch.set_attribute("aria-label", label);
    }
}

fn current() -> String {
    let root = document().document_element();
    root.and_then(|root| root.get_attribute("data-theme")).unwrap_or_default()
}

fn choose(theme: &str) {
    let document = document();
    if let Some(root) = document.document_element() {
        let _done = match theme {
            "" => root.remove_attribute("data-theme"),
            _ => root.set_attribute("data-theme", theme),
        };
    }
    if let Some(document) = document.dyn_ref::<HtmlDocument>() {
        let cookie = format!("theme={theme}; path=/; max-age=31536000; samesite=lax");
        let _done = document.set_cookie(&cookie);
    }
    dress();
}
