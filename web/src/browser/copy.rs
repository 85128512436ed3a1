//! Copying: one listener for every button with `data-copy` or `data-copy-link`.

use super::dom::{announce, around};
use super::visit::search;
use crate::address::{Params, replace_param};
use leptos::ev;
use leptos::prelude::{window, window_event_listener};
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

/// Listens for clicks on buttons that copy.
pub(super) fn listen() {
    let _kept = window_event_listener(ev::click, |event| {
        let value = |name: &str| {
            around(event.as_ref(), &format!("[{name}]")).and_then(|it| it.get_attribute(name))
        };
        if let Some(text) = value("data-copy") {
            copy(text);
        } else if let Some(href) = value("data-copy-link") {
            copy(link_to(&href));
        }
    });
}

/// The whole address of a view, with the event that is open in it.
fn link_to(href: &str) -> String {
    let origin = window().location().origin().unwrap_or_default();
    let opened = Params::parse(&search());
    let (path, parameters) = href.split_once('?').unwrap_or((href, ""));
    let href = match opened.get("event") {
        Some(event) => replace_param(path, parameters, "event", event),
        None => href.to_owned(),
    };
    format!("{origin}{href}")
}

fn copy(text: String) {
    spawn_local(async move {
        let written = JsFuture::from(window().navigator().clipboard().write_text(&text)).await;
        let shown = orgtrail_shared::text::shorten_middle(&text, 60);
        match written {
            Ok(_) => announce(&format!("Copied {shown}")),
            Err(_) => announce("The browser does not allow copying here"),
        }
    });
}
