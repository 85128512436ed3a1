//! Putting a fetched page in the place of the one that is shown.

use super::dom::{first, first_in};
use super::{clock, theme};
use leptos::prelude::{document, window};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, HtmlInputElement, Node};

/// Puts all of a fetched page in the place of the one that is shown.
pub(super) fn replace(fresh: &Document) {
    let focused = focused_field();
    let body = document().body();
    let Some((body, fresh_body)) = body.zip(fresh.body()) else { return };
    document().set_title(&fresh.title());
    body.set_text_content(None);
    while let Some(child) = fresh_body.first_child() {
        let _moved = body.append_child(&child);
    }
    hydrate_islands(&body);
    dress();
    give_focus(focused);
}

/// Puts an element of a fetched page into the one that is shown: in the place of its old self, or
/// at the end of `parent`.
pub(super) fn place(
    fresh: &Document,
    selector: &str,
    parent: &str,
) -> Option<web_sys::HtmlElement> {
    let element = first_in(fresh, selector);
    if let Some(old) = first(selector) {
        old.remove();
    }
    let (element, parent) = element.zip(first(parent))?;
    let _moved = parent.append_child(&element).ok()?;
    dress();
    Some(element)
}

/// Adapts what the server can't know: the reader's time zone and the theme.
pub(super) fn dress() {
    clock::dress();
    theme::dress();
}

/// The field that is being written in, by name and cursor, when it is not part of a menu.
fn focused_field() -> Option<(String, Option<u32>)> {
    let field: HtmlInputElement = document().active_element()?.dyn_into().ok()?;
    let cursor = field.selection_start().ok().flatten();
    field.has_attribute("data-search").then(|| (field.name(), cursor))
}

/// Whoever was writing goes on there; for others, reading begins at the page's start.
fn give_focus(field: Option<(String, Option<u32>)>) {
    if let Some((name, cursor)) = field
        && let Some(field) = first(&format!("input[data-search][name=\"{name}\"]"))
        && let Ok(field) = field.dyn_into::<HtmlInputElement>()
    {
        let _focused = field.focus();
        if let Some(cursor) = cursor {
            let _placed = field.set_selection_range(cursor, cursor);
        }
        return;
    }
    if let Some(main) = first("#main") {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _focused = main.focus_with_options(&options);
    }
}

/// Brings the islands below a node to life, as the page's start script does.
fn hydrate_islands(root: &Element) {
    let root: &Node = root;
    let hydrate = js_sys::Reflect::get(&window(), &JsValue::from_str("orgtrailIslands"));
    if let Some(hydrate) = hydrate.ok().and_then(|it| it.dyn_into::<js_sys::Function>().ok()) {
        let _hydrated = hydrate.call1(&JsValue::NULL, root);
    }
}
