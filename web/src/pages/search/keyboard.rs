//! The keys of the search page.

use super::options::COLUMNS_ID;
use super::{Search, pivot_menu};
use crate::address::SearchAddress;
use crate::frame::use_console;
use crate::ranges::{shift, zoom_in, zoom_out};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use orgtrail_shared::event::EventSummary;
use orgtrail_shared::query::{Facet, TextField};
use wasm_bindgen::JsCast;

/// Answers keys while the page is shown.
pub(super) fn listen(search: Search) {
    let navigate = use_navigate();
    let keys = use_console().keys;
    Effect::new(move |_| {
        let navigate = navigate.clone();
        keys.on_page(move |key| {
            let target = match key {
                "j" => return move_cursor(search, 1),
                "k" => return move_cursor(search, -1),
                "c" => return open_columns(),
                "Enter" => return open_pivots(search),
                _ => address_after(search, key),
            };
            let Some(target) = target else { return false };
            navigate(
                &target.href(),
                NavigateOptions { scroll: false, ..NavigateOptions::default() },
            );
            true
        });
    });
}

/// Where a key leads to.
fn address_after(search: Search, key: &str) -> Option<SearchAddress> {
    let address = search.address.get_untracked();
    let base = search.base.get_untracked();
    let range = || Some(search.request()?.range);
    Some(match key {
        "o" => address.with_event(&current(search)?.event_id),
        "p" => pivot(&base, TextField::Principal, &current(search)?.principal.arn)?,
        "i" => pivot(&base, TextField::SourceIp, &current(search)?.source_ip)?,
        "[" => base.with_range(shift(range()?, -1)),
        "]" => base.with_range(shift(range()?, 1)),
        "+" | "=" => base.with_range(zoom_in(range()?)),
        "-" => base.with_range(zoom_out(range()?)),
        "Escape" if address.event.is_some() => SearchAddress { event: None, ..address },
        _ => return None,
    })
}

fn pivot(base: &SearchAddress, field: TextField, value: &str) -> Option<SearchAddress> {
    (!value.is_empty()).then(|| base.toggled(Facet::Text(field), value, false))
}

/// The event that the keyboard is on, else the one that is open.
fn current(search: Search) -> Option<EventSummary> {
    let events = search.events();
    let opened = search.address.with_untracked(|address| address.event.clone());
    let row = search.cursor.get_untracked().and_then(|row| events.get(row)).cloned();
    row.or_else(|| events.into_iter().find(|event| Some(&event.event_id) == opened.as_ref()))
}

fn move_cursor(search: Search, step: isize) -> bool {
    let count = search.events().len();
    if count == 0 {
        return false;
    }
    let row = match search.cursor.get_untracked() {
        Some(row) => row.saturating_add_signed(step).min(count - 1),
        None => 0,
    };
    search.cursor.set(Some(row));
    let element = document().query_selector(&format!("tr[data-row=\"{row}\"]")).ok().flatten();
    if let Some(element) = element.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _focused = element.focus();
    }
    true
}

fn open_pivots(search: Search) -> bool {
    let event = current(search);
    let is_any = event.is_some();
    search.pivoting.set(event);
    if is_any {
        pivot_menu::open();
    }
    is_any
}

fn open_columns() -> bool {
    let menu = document().get_element_by_id(COLUMNS_ID);
    let Some(menu) = menu.and_then(|it| it.dyn_into::<web_sys::HtmlDetailsElement>().ok()) else {
        return false;
    };
    menu.set_open(!menu.open());
    let field = menu.query_selector("input[type=checkbox]").ok().flatten();
    if let Some(field) = field.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _focused = field.focus();
    }
    true
}
