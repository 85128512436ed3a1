//! What runs in the browser beside the islands: it moves between pages without loading anew, and
//! answers keys, pointers and clicks. Every page also works without it.
//!
//! Listeners sit on the window and look at what an event happened to, so that pages that come and
//! go need none of their own.

mod brush;
mod clock;
mod copy;
mod dom;
mod events;
mod keys;
mod links;
mod newer;
mod page;
mod rows;
mod theme;
mod visit;

use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over from the plain page.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
    visit::start();
    // Rows come first: a click on one is not a link to follow.
    rows::listen();
    links::listen();
    keys::listen();
    brush::listen();
    copy::listen();
    theme::listen();
    newer::listen();
    page::dress();
}
