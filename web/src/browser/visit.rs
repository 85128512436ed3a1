//! Going to another page of the console: its HTML is fetched and put in the place of this one's.

use super::dom::announce;
use super::{events, page};
use crate::agreed::PART_HEADER;
use leptos::ev;
use leptos::prelude::{document, window, window_event_listener};
use leptos::task::spawn_local;
use std::cell::{Cell, RefCell};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Document, DomParser, RequestInit, Response, ScrollRestoration, SupportedType,
};

thread_local! {
    /// Ends the visit that is under way.
    static UNDER_WAY: RefCell<Option<AbortController>> = const { RefCell::new(None) };
    /// Counts visits, so that a late answer is dropped.
    static COUNT: Cell<u32> = const { Cell::new(0) };
    /// What the document shows. The address bar is ahead of it while one goes back: links, rows and
    /// what is copied belong to the document.
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

/// Why a page is visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Visit {
    /// A link or a form leads there.
    New,
    /// The browser's own buttons lead there; its address bar is there already.
    Back,
    /// It is shown again, as it is now.
    Again,
}

/// The path of the page that is shown.
pub(super) fn path() -> String {
    SHOWN.with_borrow(|shown| shown.split('?').next().unwrap_or_default().to_owned())
}

/// The parameters of the page that is shown, as written.
pub(super) fn search() -> String {
    SHOWN.with_borrow(|shown| shown.split_once('?').map_or("", |(_, it)| it).to_owned())
}

/// What the address bar says.
fn address() -> String {
    let location = window().location();
    let (path, search) = (location.pathname(), location.search());
    format!("{}{}", path.unwrap_or_default(), search.unwrap_or_default())
}

/// Remembers where pages stood, and follows the browser's own buttons.
pub(super) fn start() {
    SHOWN.set(address());
    let history = window().history();
    if let Ok(history) = &history {
        // The page is not yet there when the browser would scroll.
        let _set = history.set_scroll_restoration(ScrollRestoration::Manual);
        if let Some(height) = history.state().ok().and_then(|state| state.as_f64()) {
            window().scroll_to_with_x_and_y(0.0, height);
        }
    }
    let _kept = window_event_listener(ev::popstate, |event| {
        let shown = SHOWN.with_borrow(Clone::clone);
        if shown == address() {
            // A link to a place in this page, or the way back to it before another one was there.
            return give_up();
        }
        let scroll = event.state().as_f64().map_or(Scroll::Top, Scroll::To);
        if !events::turn(&shown, &address(), false) {
            visit(address(), scroll, Visit::Back);
        }
    });
    let _kept = window_event_listener(ev::pagehide, |_| remember_height());
}

/// Goes to another page of the console.
pub(super) fn go(href: &str, scroll: Scroll) {
    if !events::turn(&SHOWN.with_borrow(Clone::clone), href, true) {
        whole(href, scroll);
    }
}

/// Goes to another page of the console, even if it differs in a part only.
pub(super) fn whole(href: &str, scroll: Scroll) {
    visit(href.to_owned(), scroll, Visit::New);
}

/// Shows the same page again, as it is now.
pub(super) fn again() {
    visit(SHOWN.with_borrow(Clone::clone), Scroll::Stay, Visit::Again);
}

/// Says that the document shows a page, and makes its address the one of the address bar.
pub(super) fn show_address(href: &str) {
    remember_height();
    if let Ok(history) = window().history() {
        let _pushed = history.push_state_with_url(&JsValue::NULL, "", Some(href));
    }
    SHOWN.set(address());
}

/// Says that the document shows a page whose address is in the address bar already, unless the
/// server led elsewhere.
pub(super) fn arrived(href: &str) {
    if href != address()
        && let Ok(history) = window().history()
    {
        let _replaced = history.replace_state_with_url(&JsValue::NULL, "", Some(href));
    }
    SHOWN.set(address());
}

fn remember_height() {
    if let Ok(history) = window().history()
        && let Ok(height) = window().scroll_y()
    {
        let _replaced = history.replace_state_with_url(&height.into(), "", None);
    }
}

fn visit(href: String, scroll: Scroll, reason: Visit) {
    spawn_local(async move {
        let (document, url) = match fetch(&href, "").await {
            Ok(page) => page,
            // The address bar is there already; the browser says best that the page isn't.
            Err(NoPage::NoAnswer) if reason == Visit::Back => {
                let _reloads = window().location().reload();
                return;
            }
            Err(_) => return,
        };
        match reason {
            Visit::New => show_address(&url),
            Visit::Back | Visit::Again => arrived(&url),
        }
        page::replace(&document);
        match scroll {
            Scroll::Top => window().scroll_to_with_x_and_y(0.0, 0.0),
            Scroll::To(height) => window().scroll_to_with_x_and_y(0.0, height),
            Scroll::Stay => {}
        }
    });
}

/// Why a visit has no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoPage {
    /// A newer visit has begun, or this one was given up.
    Late,
    /// The server did not answer, which has been said.
    NoAnswer,
    /// The browser goes there by itself.
    Elsewhere,
}

/// Fetches a page or a part of it, with the path and parameters that it came from in the end.
///
/// # Errors
///
/// [`NoPage`]; then nothing must be shown.
pub(super) async fn fetch(href: &str, part: &str) -> Result<(Document, String), NoPage> {
    let number = begin();
    set_busy(true);
    let answer = ask(href, part).await;
    if COUNT.get() != number {
        return Err(NoPage::Late);
    }
    set_busy(false);
    let Ok((document, url)) = answer else {
        announce("The server did not answer. Nothing was changed; try again.");
        return Err(NoPage::NoAnswer);
    };
    if is_of_this_build(&document) {
        return Ok((document, url));
    }
    // Not a page of this console, or one of a newer version, which brings code of its own.
    let _went = window().location().assign(href);
    Err(NoPage::Elsewhere)
}

/// Gives the visit that is under way up.
fn give_up() {
    begin();
    set_busy(false);
}

/// Ends the visit that is under way and begins another.
fn begin() -> u32 {
    let number = COUNT.get().wrapping_add(1);
    COUNT.set(number);
    let fresh = AbortController::new().ok();
    if let Some(old) = UNDER_WAY.replace(fresh) {
        old.abort();
    }
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
    let origin = window().location().origin().unwrap_or_default();
    Ok((document, url.strip_prefix(&origin).unwrap_or(&url).to_owned()))
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
