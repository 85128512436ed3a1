//! Going to another page of the console: its HTML is fetched and put in the place of this one's.

use super::dom::{announce, here};
use super::{events, page};
use leptos::ev;
use leptos::prelude::{document, window, window_event_listener};
use leptos::task::spawn_local;
use std::cell::{Cell, RefCell};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Document, DomParser, RequestInit, Response, ScrollRestoration, SupportedType,
};

/// The header by which less than a whole page is asked for.
const PART_HEADER: &str = "orgtrail-part";

thread_local! {
    /// Ends the visit that is under way.
    static UNDER_WAY: RefCell<Option<AbortController>> = const { RefCell::new(None) };
    /// Counts visits, so that a late answer is dropped.
    static COUNT: Cell<u32> = const { Cell::new(0) };
    /// What the document shows; the address bar is ahead of it when one goes back.
    static SHOWN: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Where the new page stands, once it is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scroll {
    /// At its top.
    Top,
    /// Where the old one stood.
    Stay,
    /// At a height from the top, in pixels.
    To(f64),
}

/// Remembers where pages stood, and follows the browser's own buttons.
pub(super) fn start() {
    SHOWN.set(here());
    let history = window().history();
    if let Ok(history) = &history {
        // The page is not yet there when the browser would scroll.
        let _set = history.set_scroll_restoration(ScrollRestoration::Manual);
        if let Some(height) = history.state().ok().and_then(|state| state.as_f64()) {
            window().scroll_to_with_x_and_y(0.0, height);
        }
    }
    let _kept = window_event_listener(ev::popstate, |event| {
        // A link to a place in this page changes nothing that is shown.
        if SHOWN.with_borrow(|shown| *shown == here()) {
            return;
        }
        let scroll = event.state().as_f64().map_or(Scroll::Top, Scroll::To);
        if !events::turn(&SHOWN.with_borrow(Clone::clone), &here(), false) {
            visit(here(), scroll, false);
        }
    });
    let _kept = window_event_listener(ev::pagehide, |_| remember_height());
}

/// Goes to another page of the console.
pub(super) fn go(href: &str, scroll: Scroll) {
    if !events::turn(&here(), href, true) {
        visit(href.to_owned(), scroll, true);
    }
}

/// Shows the same page again, as it is now.
pub(super) fn again() {
    visit(here(), Scroll::Stay, false);
}

/// Makes an address the one that is shown.
pub(super) fn show_address(href: &str) {
    remember_height();
    if let Ok(history) = window().history() {
        let _pushed = history.push_state_with_url(&JsValue::NULL, "", Some(href));
    }
    SHOWN.set(here());
}

/// Says that the document now shows what the address bar says.
pub(super) fn arrived() {
    SHOWN.set(here());
}

fn remember_height() {
    if let Ok(history) = window().history()
        && let Ok(height) = window().scroll_y()
    {
        let _replaced = history.replace_state_with_url(&height.into(), "", None);
    }
}

fn visit(href: String, scroll: Scroll, is_new: bool) {
    spawn_local(async move {
        let Some(page) = fetch(&href, "").await else { return };
        let (document, url) = page;
        if is_new {
            show_address(&url);
        } else {
            arrived();
        }
        page::replace(&document);
        match scroll {
            Scroll::Top => window().scroll_to_with_x_and_y(0.0, 0.0),
            Scroll::To(height) => window().scroll_to_with_x_and_y(0.0, height),
            Scroll::Stay => {}
        }
    });
}

/// Fetches a page or a part of it, with the address that it came from in the end.
///
/// `None` when a newer visit has begun, when the browser has gone there by itself, or when the
/// server did not answer, which has been said.
pub(super) async fn fetch(href: &str, part: &str) -> Option<(Document, String)> {
    let number = begin();
    let answer = ask(href, part).await;
    if COUNT.get() != number {
        return None;
    }
    set_busy(false);
    let Ok((document, url)) = answer else {
        announce("The server did not answer. Nothing was changed; try again.");
        return None;
    };
    if is_of_this_build(&document) {
        return Some((document, url));
    }
    // Not a page of this console, or one of a newer version, which brings code of its own.
    let _went = window().location().assign(href);
    None
}

/// Ends the visit that is under way and begins another.
fn begin() -> u32 {
    let number = COUNT.get().wrapping_add(1);
    COUNT.set(number);
    let fresh = AbortController::new().ok();
    if let Some(old) = UNDER_WAY.replace(fresh) {
        old.abort();
    }
    set_busy(true);
    number
}

async fn ask(href: &str, part: &str) -> Result<(Document, String), JsValue> {
    let init = RequestInit::new();
    UNDER_WAY.with_borrow(|controller| {
        init.set_signal(controller.as_ref().map(AbortController::signal).as_ref());
    });
    let headers = web_sys::Headers::new()?;
    headers.set("accept", "text/html")?;
    headers.set(PART_HEADER, part)?;
    init.set_headers(&headers);
    let answer = JsFuture::from(window().fetch_with_str_and_init(href, &init)).await?;
    let answer: Response = answer.dyn_into()?;
    let html = JsFuture::from(answer.text()?).await?.as_string().unwrap_or_default();
    let document = DomParser::new()?.parse_from_string(&html, SupportedType::TextHtml)?;
    // A redirection led elsewhere, for example to the form to sign in.
    let url = if answer.redirected() { answer.url() } else { href.to_owned() };
    Ok((document, url))
}

fn is_of_this_build(fresh: &Document) -> bool {
    let build = |document: &Document| document.document_element()?.get_attribute("data-build");
    build(fresh).is_some() && build(fresh) == build(&document())
}

/// A bar at the top of the page moves for as long as something is on its way.
fn set_busy(is_busy: bool) {
    if let Some(root) = document().document_element() {
        let _toggled = root.toggle_attribute_with_force("data-busy", is_busy);
    }
}
