//! The keyboard. Most keys press the control of the page that names them by `data-key`.

use super::dom::{around, first};
use super::rows;
use leptos::ev;
use leptos::prelude::window_event_listener;
use std::cell::Cell;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement, HtmlInputElement, KeyboardEvent};

thread_local! {
    /// Whether `g` was pressed just before.
    static IS_GOING: Cell<bool> = const { Cell::new(false) };
}

/// Listens to the keyboard for as long as the console is open.
pub(super) fn listen() {
    let _kept = window_event_listener(ev::keydown, |event| {
        if is_elsewhere(&event) {
            return;
        }
        let key = event.key();
        let was_going = IS_GOING.replace(key == "g" && !IS_GOING.get());
        let is_used = if was_going { press("data-go", &key) } else { answer(&event, &key) };
        if is_used {
            event.prevent_default();
        }
    });
}

/// Opens the list of keys.
pub(super) fn open_help() {
    let dialog = first("#keyboard-help").and_then(|it| it.dyn_into::<HtmlDialogElement>().ok());
    if let Some(dialog) = dialog {
        let _shown = dialog.show_modal();
    }
}

/// Whether the key belongs to something else: a field, a dialog, the browser.
fn is_elsewhere(event: &KeyboardEvent) -> bool {
    event.default_prevented()
        || event.ctrl_key()
        || event.meta_key()
        || event.alt_key()
        || around(event, "input, textarea, select, [contenteditable]").is_some()
        || first("dialog[open]").is_some()
}

fn answer(event: &KeyboardEvent, key: &str) -> bool {
    match key {
        "/" => focus_search(),
        "?" => {
            open_help();
            true
        }
        // Enter on a link or button is theirs.
        "Enter" if around(event, "a, button, summary").is_some() => false,
        "=" => press("data-key", "+"),
        _ => rows::answer(key) || press("data-key", key),
    }
}

/// Presses the control that has a key.
fn press(attribute: &str, key: &str) -> bool {
    let is_plain = key.chars().all(|character| !matches!(character, '"' | '\\'));
    let control = is_plain.then(|| first(&format!("[{attribute}=\"{key}\"]"))).flatten();
    control.inspect(HtmlElement::click).is_some()
}

fn focus_search() -> bool {
    let field = first("[data-search]").and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
    let Some(field) = field else { return false };
    let _focused = field.focus();
    field.select();
    true
}
