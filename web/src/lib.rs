//! The console: rendered on the server, hydrated in the browser, with its state in the URL.
//!
//! It knows the wire types of `orgtrail-shared` and the [`backend::Backend`] that answers its
//! questions, and nothing of how they are answered.

#![recursion_limit = "256"]
#![expect(
    unreachable_pub,
    clippy::needless_pass_by_value,
    clippy::large_types_passed_by_value,
    reason = "`#[component]` makes its items public, components own their properties, and a page's \
              state is a handful of handles that are copied around"
)]

mod address;
pub mod backend;
mod clock;
mod failure;
mod frame;
mod json;
mod pages;
mod parts;
mod ranges;
mod routes;
mod sentence;

#[cfg(all(test, feature = "ssr"))]
extern crate self as orgtrail_web;
#[cfg(all(test, feature = "ssr"))]
#[path = "../examples/fixture/fixtures.rs"]
mod fixtures;
#[cfg(all(test, feature = "ssr"))]
mod tests;

pub use failure::Failure;

use frame::Frame;
use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::components::Router;
use routes::ConsoleRoutes;

/// The page icon: a trail of events, one of them in focus.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
    %3Crect width='16' height='16' rx='3.5' fill='%230b57c2'/%3E%3Cpath d='M3.5 11.5 6.5 8l2.5 2 3.5-5.5' \
    fill='none' stroke='%23fff' stroke-width='1.6' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E";

/// The HTML document around the console.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=frame::theme_of_request()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="robots" content="noindex"/>
                <link rel="icon" type="image/svg+xml" href=ICON/>
                <HashedStylesheet options=options.clone() id="style"/>
                <HydrationScripts options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The console.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=|title: String| {
            if title.is_empty() { "orgtrail".to_owned() } else { format!("{title} · orgtrail") }
        }/>
        <Router>
            <Frame>
                <ConsoleRoutes/>
            </Frame>
        </Router>
    }
    .into_any()
}

/// Brings the server's page to life; `document.body.dataset.hydrated` says when it has.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    hydrate_body(App);
    if let Some(body) = document().body() {
        let _marked = body.dataset().set("hydrated", "");
    }
}
