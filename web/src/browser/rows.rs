//! The rows of events: the one that the keyboard is on, opening them, and adding older ones.

use super::dom::{all, all_in, announce, around, first, first_in};
use super::page;
use super::visit::{Scroll, fetch, go, path, search, whole};
use crate::address::{Params, SearchAddress, replace_param};
use leptos::ev;
use leptos::prelude::{document, window, window_event_listener};
use leptos::task::spawn_local;
use orgtrail_shared::query::{Facet, TextField};
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlDetailsElement, HtmlDialogElement, HtmlElement, MouseEvent};

/// The rows of the search page.
const ROWS: &str = ".rows tr[data-row]";

/// Opens rows that are clicked, and adds older ones.
pub(super) fn listen() {
    let _kept = window_event_listener(ev::click, |event| {
        let is_special = event.ctrl_key() || event.meta_key() || event.shift_key();
        if event.button() != 0 || is_special {
            return;
        }
        if let Some(link) = around(event.as_ref(), "a[data-older]") {
            event.prevent_default();
            add_older(link.unchecked_into());
        } else if let Some(row) = clicked_row(&event) {
            event.prevent_default();
            put_cursor(&row);
            open(&row);
        }
    });
}

/// Answers a key of the search page; says whether it did.
pub(super) fn answer(key: &str) -> bool {
    match key {
        "j" => move_cursor(1),
        "k" => move_cursor(-1),
        "o" => current().inspect(open).is_some(),
        "p" => pivot("data-principal", TextField::Principal),
        "i" => pivot("data-ip", TextField::SourceIp),
        "c" => open_columns(),
        "Enter" => current().inspect(open_pivots).is_some(),
        _ => false,
    }
}

/// The row that was clicked, unless the click was on another link or ended a selection of text.
fn clicked_row(event: &MouseEvent) -> Option<Element> {
    let is_selecting =
        window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed());
    let is_control = around(event.as_ref(), "a, button").is_some();
    let is_link = around(event.as_ref(), ".column-event a").is_some();
    let is_row = is_link || !(is_control || is_selecting);
    around(event.as_ref(), ROWS).filter(|_| is_row)
}

/// The row that the keyboard is on, else that of the open event.
fn current() -> Option<Element> {
    let row = first(".rows tr.is-cursor").or_else(|| first(".rows tr.is-open"))?;
    Some(row.into())
}

fn put_cursor(row: &Element) {
    for other in all(".rows tr.is-cursor") {
        let _removed = other.class_list().remove_1("is-cursor");
    }
    let _added = row.class_list().add_1("is-cursor");
}

fn move_cursor(step: isize) -> bool {
    let rows = all(ROWS);
    let at = rows.iter().position(|row| row.class_list().contains("is-cursor"));
    let next = at.map_or(0, |at| at.saturating_add_signed(step).min(rows.len().saturating_sub(1)));
    let Some(row) = rows.get(next) else { return false };
    put_cursor(row);
    if let Some(row) = row.dyn_ref::<HtmlElement>() {
        let _focused = row.focus();
    }
    true
}

/// The address of this page with the row's event open.
fn address_of(row: &Element) -> Option<String> {
    let event = row.get_attribute("data-event")?;
    Some(replace_param(&path(), &search(), "event", &event))
}

fn open(row: &Element) {
    if let Some(href) = address_of(row) {
        go(&href, Scroll::Stay);
    }
}

fn pivot(attribute: &str, field: TextField) -> bool {
    let value = current().and_then(|row| row.get_attribute(attribute)).unwrap_or_default();
    if value.is_empty() {
        return false;
    }
    let base = SearchAddress::from_params(&Params::parse(&search())).closed();
    go(&base.toggled(Facet::Text(field), &value, false).href(), Scroll::Stay);
    true
}

fn open_columns() -> bool {
    let menu = first("#columns").and_then(|it| it.dyn_into::<HtmlDetailsElement>().ok());
    let Some(menu) = menu else { return false };
    menu.set_open(!menu.open());
    if let Some(field) = first("#columns input[type=checkbox]") {
        let _focused = field.focus();
    }
    true
}

/// Offers the values of a row's event to search on by.
fn open_pivots(row: &Element) {
    let Some(href) = address_of(row) else { return };
    spawn_local(async move {
        let Ok((fresh, _)) = fetch(&href, "event").await else { return };
        if first_in(&fresh, "#pivot-menu").is_none() {
            return whole(&href, Scroll::Stay);
        }
        let menu = page::place(&fresh, "#pivot-menu", "body");
        if let Some(menu) = menu.and_then(|it| it.dyn_into::<HtmlDialogElement>().ok()) {
            let _shown = menu.show_modal();
            if let Some(link) = first("#pivot-menu a") {
                let _focused = link.focus();
            }
        }
    });
}

/// Adds the rows that a link leads to below those that are shown.
fn add_older(link: HtmlElement) {
    if link.has_attribute("aria-busy") {
        return;
    }
    let Some(href) = link.get_attribute("href") else { return };
    let label = link.text_content();
    let _set = link.set_attribute("aria-busy", "true");
    link.set_text_content(Some("Loading…"));
    spawn_local(async move {
        let fresh = fetch(&href, "rows").await;
        let _removed = link.remove_attribute("aria-busy");
        link.set_text_content(label.as_deref());
        let Ok((fresh, _)) = fresh else { return };
        if first_in(&fresh, ".rows").is_none() {
            return whole(&href, Scroll::Top);
        }
        append(&fresh);
    });
}

fn append(fresh: &Document) {
    let (body, old) = (first(".rows .events tbody"), first("#older"));
    let new = first_in(fresh, "#older").filter(|_| first_in(fresh, ".rows .events").is_some());
    let Some(((body, old), new)) = body.zip(old).zip(new) else {
        // A refusal, or nothing at all: the page itself says which.
        announce("Older events could not be loaded; try again");
        return;
    };
    for (index, row) in (all(ROWS).len()..).zip(all_in(fresh, "tr[data-row]")) {
        let _numbered = row.set_attribute("data-row", &index.to_string());
        let _moved = body.append_child(&row);
    }
    // What was not looked at must not be overlooked.
    if let Some(parent) = old.parent_node() {
        for notice in all_in(fresh, ".rows .notice") {
            let _moved = parent.insert_before(&notice, Some(&old));
        }
    }
    if let Some(newest) = new.query_selector("a:not([data-older])").ok().flatten() {
        newest.remove();
    }
    let _replaced =
        old.replace_with_with_node_1(&document().adopt_node(&new).unwrap_or(new.into()));
    page::dress();
}
