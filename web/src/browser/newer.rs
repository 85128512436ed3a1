//! Looks for newer events while a search that ends now is shown; it never moves the rows.

use super::dom::{around, first};
use super::visit::again;
use crate::backend::ask_count;
use crate::failure::Failure;
use leptos::ev;
use leptos::prelude::{document, set_interval, window_event_listener};
use leptos::task::spawn_local;
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::text::group_digits;
use std::time::Duration;

/// How often to look.
const PERIOD: Duration = Duration::from_secs(30);

/// Looks from time to time.
pub(super) fn listen() {
    set_interval(look, PERIOD);
    let _kept = window_event_listener(ev::click, |event| {
        if around(event.as_ref(), "[data-refresh]").is_some() {
            again();
        }
    });
}

fn look() {
    let Some(place) = first("[data-newer]").filter(|_| !document().hidden()) else { return };
    let parameters = place.get_attribute("data-newer").unwrap_or_default();
    let shown = place.get_attribute("data-shown").and_then(|shown| shown.parse::<u64>().ok());
    let Some(shown) = shown else { return };
    spawn_local(async move {
        let found = match ask_count(parameters).await {
            Ok(found) => found,
            Err(Failure::Answer(ConsoleError::NotSignedIn)) => {
                place.set_text_content(Some("Your session has ended; load the page to sign in."));
                return;
            }
            Err(_) => return,
        };
        let newer = found.saturating_sub(shown);
        if newer == 0 || !place.is_connected() {
            return;
        }
        let Ok(button) = document().create_element("button") else { return };
        button.set_class_name("button");
        let _set = button.set_attribute("type", "button");
        let _set = button.set_attribute("data-refresh", "");
        button.set_text_content(Some(&format!("{} newer – show", group_digits(newer))));
        place.set_text_content(None);
        let _added = place.append_child(&button);
    });
}
