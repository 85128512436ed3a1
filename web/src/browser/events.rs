//! The event that is open beside the results: only it is fetched, and the results stay.

use super::dom::{all, first, first_in};
use super::page;
use super::visit::{Scroll, arrived, fetch, show_address, whole};
use crate::address::{Params, replace_param};
use leptos::prelude::document;
use leptos::task::spawn_local;

/// Turns from one address to another when nothing but the open event differs; says whether it did.
pub(super) fn turn(from: &str, to: &str, is_new: bool) -> bool {
    let (Some(from), Some(to_closed)) = (closed(from), closed(to)) else { return false };
    if from != to_closed || document().body().is_none() {
        return false;
    }
    let event = event_of(to);
    let is_shown = first("#event").is_some();
    match event {
        None if !is_shown => return false,
        None => close(to, is_new),
        Some(event) => open(event, to.to_owned(), is_new),
    }
    true
}

/// An address of the search page without its event.
fn closed(href: &str) -> Option<String> {
    let (path, search) = href.split_once('?').unwrap_or((href, ""));
    (path == "/search").then(|| replace_param(path, search, "event", ""))
}

fn event_of(href: &str) -> Option<String> {
    let (_, search) = href.split_once('?')?;
    Params::parse(search).get("event").map(ToOwned::to_owned)
}

fn close(href: &str, is_new: bool) {
    let row = first("tr.is-open");
    if let Some(drawer) = first("#event") {
        drawer.remove();
    }
    tell(href, is_new);
    mark("");
    // Whoever closes an event goes on in the list.
    if let Some(row) = row {
        let _focused = row.focus();
    }
}

fn open(event: String, href: String, is_new: bool) {
    spawn_local(async move {
        let Ok((fresh, _)) = fetch(&href, "event").await else { return };
        if first_in(&fresh, "#event").is_none() {
            // Another page came instead, for example the form to sign in: it has to be seen.
            return whole(&href, Scroll::Stay);
        }
        tell(&href, is_new);
        mark(&event);
        if let Some(drawer) = page::place(&fresh, "#event", "#main") {
            let _focused = drawer.focus();
        }
    });
}

fn tell(href: &str, is_new: bool) {
    if is_new {
        show_address(href);
    } else {
        arrived(href);
    }
}

/// Marks the row of the open event.
fn mark(event: &str) {
    for row in all("tr[data-event]") {
        let is_open = row.get_attribute("data-event").is_some_and(|id| id == event);
        let _toggled = row.class_list().toggle_with_force("is-open", is_open);
    }
}
