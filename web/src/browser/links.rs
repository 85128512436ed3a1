//! Links and forms that lead to a page of the console.

use super::dom::around;
use super::keys::open_help;
use super::visit::{Scroll, go, path};
use crate::address::Href;
use leptos::ev;
use leptos::prelude::{window, window_event_listener};
use wasm_bindgen::JsCast;
use web_sys::{
    Element, FormData, HtmlAnchorElement, HtmlDialogElement, HtmlFormElement, HtmlSelectElement,
    MouseEvent, SubmitEvent,
};

/// Follows links and sends forms.
pub(super) fn listen() {
    let _kept = window_event_listener(ev::click, |event| {
        if around(event.as_ref(), "button[data-key=\"?\"]").is_some() {
            open_help();
        }
        follow(&event);
    });
    let _kept = window_event_listener(ev::submit, |event| send(&event));
    let _kept = window_event_listener(ev::change, |event| {
        let choice = around(&event, "select[data-submits]");
        let choice = choice.and_then(|it| it.dyn_into::<HtmlSelectElement>().ok());
        if let Some(form) = choice.and_then(|choice| choice.form()) {
            let _sent = form.request_submit();
        }
    });
}

fn follow(event: &MouseEvent) {
    let is_special = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
    if event.default_prevented() || event.button() != 0 || is_special {
        return;
    }
    let Some(link) = around(event.as_ref(), "a[href]") else { return };
    let Some(href) = link.clone().dyn_into().ok().and_then(|anchor| ours(&anchor)) else { return };
    event.prevent_default();
    close_dialog(&link);
    go(&href, if link.has_attribute("data-noscroll") { Scroll::Stay } else { Scroll::Top });
}

/// The path and the parameters that a link leads to, when they are a page of the console.
fn ours(link: &HtmlAnchorElement) -> Option<String> {
    let is_elsewhere = link.origin() != window().location().origin().ok()?
        || !link.target().is_empty()
        || link.has_attribute("download")
        || link.rel().split_whitespace().any(|word| word == "external")
        || link.get_attribute("href").is_none_or(|href| href.starts_with('#'));
    (!is_elsewhere).then(|| format!("{}{}", link.pathname(), link.search()))
}

/// A dialog has done its work once one of its links was followed.
fn close_dialog(link: &Element) {
    let dialog = link.closest("dialog").ok().flatten();
    if let Some(dialog) = dialog.and_then(|it| it.dyn_into::<HtmlDialogElement>().ok()) {
        dialog.close();
    }
}

fn send(event: &SubmitEvent) {
    let form = event.target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
    let Some(form) = form.filter(|form| form.method() == "get" && !event.default_prevented())
    else {
        return;
    };
    let Some(action) = form.get_attribute("action") else { return };
    let Some(href) = address_of(&form, &action) else { return };
    event.prevent_default();
    // Another page begins at its top; the same page stays where it is.
    go(&href, if path() == action { Scroll::Stay } else { Scroll::Top });
}

/// Where a form leads to; empty fields are left out.
fn address_of(form: &HtmlFormElement, action: &str) -> Option<String> {
    let data = FormData::new_with_form(form).ok()?;
    let mut href = Href::new(action);
    for entry in js_sys::try_iter(&data).ok()?? {
        let entry = js_sys::Array::from(&entry.ok()?);
        let (name, value) = (entry.get(0).as_string()?, entry.get(1).as_string()?);
        href = href.with(&name, value.trim());
    }
    Some(href.finish())
}
