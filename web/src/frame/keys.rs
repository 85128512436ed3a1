//! The keyboard: one listener, the page's keys first, then those of the frame.

use super::{Console, help};
use crate::address::{Zone, replace_param};
use crate::routes::PLACES;
use leptos::ev;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use std::sync::Arc;
use wasm_bindgen::JsCast;

type Handler = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// The keys of the page that is shown.
#[derive(Clone, Copy)]
pub(crate) struct Keys {
    page: StoredValue<Option<(u32, Handler)>>,
    count: StoredValue<u32>,
}

impl Keys {
    pub(super) fn new() -> Self {
        Self { page: StoredValue::new(None), count: StoredValue::new(0) }
    }

    /// Lets the page answer keys while it is shown; the handler says whether it used the key.
    pub(crate) fn on_page(self, handler: impl Fn(&str) -> bool + Send + Sync + 'static) {
        let number = self.count.get_value() + 1;
        self.count.set_value(number);
        self.page.set_value(Some((number, Arc::new(handler))));
        on_cleanup(move || {
            // The next page may have put its own keys here already.
            let is_ours = self.page.try_with_value(|page| {
                page.as_ref().is_some_and(|(current, _)| *current == number)
            });
            if is_ours == Some(true) {
                self.page.set_value(None);
            }
        });
    }

    fn offer(self, key: &str) -> bool {
        let handler =
            self.page.with_value(|page| page.as_ref().map(|(_, handler)| handler.clone()));
        handler.is_some_and(|handler| handler(key))
    }
}

/// Listens to the keyboard for as long as the console is open.
pub(super) fn listen(console: Console) {
    let navigate = use_navigate();
    let is_going = StoredValue::new(false);
    Effect::new(move |_| {
        let navigate = navigate.clone();
        let handle = window_event_listener(ev::keydown, move |event| {
            if is_elsewhere(&event) {
                return;
            }
            let key = event.key();
            let go = |href: &str| navigate(href, NavigateOptions::default());
            let was_going = is_going.get_value();
            is_going.set_value(key == "g" && !was_going);
            let is_used = if was_going {
                go_to(console, &key).map(|href| go(&href)).is_some()
            } else {
                (is_on_page(&event) && console.keys.offer(&key)) || frame_key(console, &key, &go)
            };
            if is_used {
                event.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// Whether the key belongs to something else: a field, a dialog, the browser.
fn is_elsewhere(event: &web_sys::KeyboardEvent) -> bool {
    if event.default_prevented() || event.ctrl_key() || event.meta_key() || event.alt_key() {
        return true;
    }
    let is_field = target(event).is_some_and(|element| {
        element.matches("input, textarea, select, [contenteditable]").unwrap_or(false)
    });
    is_field || document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// Enter and space on a link or button are theirs.
fn is_on_page(event: &web_sys::KeyboardEvent) -> bool {
    let is_press = matches!(event.key().as_str(), "Enter" | " ");
    let is_control = target(event)
        .is_some_and(|element| element.closest("a, button, summary").ok().flatten().is_some());
    !(is_press && is_control)
}

fn target(event: &web_sys::KeyboardEvent) -> Option<web_sys::Element> {
    event.target().and_then(|target| target.dyn_into().ok())
}

fn go_to(console: Console, key: &str) -> Option<String> {
    let mut places = PLACES.iter().flat_map(|(_, places)| places.iter());
    let place = places.find(|place| place.key == key)?;
    Some(console.carried.get_untracked().to(place.path).finish())
}

fn frame_key(console: Console, key: &str, go: &impl Fn(&str)) -> bool {
    match key {
        "/" => focus_search(),
        "?" => help::open(),
        "t" => go(&zone_href(console)),
        _ => return false,
    }
    true
}

fn focus_search() {
    let field = document().query_selector("[data-search]").ok().flatten();
    if let Some(field) = field.and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok())
    {
        let _focused = field.focus();
        field.select();
    }
}

/// This page with the other time zone.
pub(super) fn zone_href(console: Console) -> String {
    let zone = match console.carried.get().zone {
        Zone::Utc => "local",
        Zone::Local => "",
    };
    replace_param(&console.path.get(), &console.search.get(), "tz", zone)
}
