//! Short ways to the document's elements.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, Event, HtmlElement};

/// The first element that a selector finds.
pub(super) fn first(selector: &str) -> Option<HtmlElement> {
    first_in(&document(), selector)
}

/// The first element that a selector finds in a document.
pub(super) fn first_in(document: &Document, selector: &str) -> Option<HtmlElement> {
    document.query_selector(selector).ok().flatten()?.dyn_into().ok()
}

/// All elements that a selector finds in a document.
pub(super) fn all_in(document: &Document, selector: &str) -> Vec<Element> {
    let Ok(found) = document.query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|index| found.get(index)?.dyn_into().ok()).collect()
}

/// All elements that a selector finds.
pub(super) fn all(selector: &str) -> Vec<Element> {
    all_in(&document(), selector)
}

/// What an event happened to, or the nearest element around it that a selector matches.
pub(super) fn around(event: &Event, selector: &str) -> Option<Element> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest(selector).ok().flatten()
}

/// Says something to everybody: in a corner of the screen, and to screen readers.
pub(super) fn announce(text: &str) {
    let Some(element) = first("#announcer") else { return };
    element.set_text_content(Some(text));
    element.set_class_name("announcer");
    let hide = move || element.set_class_name("hidden");
    leptos::prelude::set_timeout(hide, std::time::Duration::from_secs(4));
}
