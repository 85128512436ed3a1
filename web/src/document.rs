//! A page as a whole HTML document.
//!
//! First everything that the page shows is asked for; then it is rendered in one go, on one
//! thread, without waiting for anything.

use crate::address::{Carried, Params};
pub use crate::agreed::PART_HEADER;
use crate::agreed::Theme;
use crate::backend::Backend;
use crate::console::{Console, Status};
use crate::frame::Frame;
use crate::pages::{self, Page};
use crate::ranges::end_of_minute;
use futures::future::join;
use leptos::nonce::Nonce;
use leptos::prelude::*;
use std::sync::Arc;

/// The page icon: a trail of events, one of them in focus.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\
    %3Crect width='16' height='16' rx='3.5' fill='%230b57c2'/%3E%3Cpath d='M3.5 11.5 6.5 8l2.5 2 3.5-5.5' \
    fill='none' stroke='%23fff' stroke-width='1.6' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E";

/// The paths of all pages, in axum's notation.
pub const PATHS: [&str; 16] = [
    "/",
    "/search",
    "/events/{id}",
    "/organization",
    "/organization/{id}",
    "/integrity",
    "/quarantine",
    "/access",
    "/operations",
    "/settings",
    "/policies",
    "/what-if",
    "/rules",
    "/why",
    "/identity-provider",
    SIGN_IN,
];

/// The page where people sign in; it has no frame.
pub const SIGN_IN: &str = "/sign-in";

/// How much of a page is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    #[default]
    Whole,
    /// Only the event that is open, or the values to search on by.
    Event,
    /// Only the rows of events.
    Rows,
}

impl Part {
    /// Reads the header [`PART_HEADER`].
    pub fn from_name(name: &str) -> Self {
        match name {
            "event" => Self::Event,
            "rows" => Self::Rows,
            _ => Self::Whole,
        }
    }
}

/// What a browser asks for.
#[derive(Clone, Debug, Default)]
pub struct PageRequest {
    /// The path of the URL, still encoded.
    pub path: String,
    /// The part of the URL after the question mark.
    pub search: String,
    /// The request's cookies, as the header has them.
    pub cookies: String,
    /// How much of the page is wanted.
    pub part: Part,
    /// The token that the sign-in form sends back.
    pub sign_in_token: String,
}

/// A rendered page.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its HTTP status.
    pub status: u16,
    /// Its HTML.
    pub html: String,
    /// The nonce of its script.
    pub nonce: String,
}

impl Document {
    /// The Content-Security-Policy that it needs: only its own script, and nothing from anywhere else.
    pub fn policy(&self) -> String {
        let nonce = &self.nonce;
        format!(
            "default-src 'none'; connect-src 'self'; img-src 'self' data:; style-src 'self'; \
             script-src 'nonce-{nonce}' 'self' 'wasm-unsafe-eval'; base-uri 'none'; \
             form-action 'self'; frame-ancestors 'none'"
        )
    }
}

/// The names of the browser's files, which hold the hashes of their contents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    js: String,
    wasm: String,
    css: String,
}

impl Bundle {
    /// Reads the list that `cargo xtask web` writes: lines of `js: 0123…`, `wasm: …` and `css: …`.
    ///
    /// # Errors
    ///
    /// Which of the three is missing.
    pub fn from_hashes(list: &str) -> Result<Self, String> {
        let name = |kind: &str| {
            let lines = list.lines().filter_map(|line| line.split_once(':'));
            let mut hashes = lines.filter(|(known, _)| known.trim() == kind);
            let (_, hash) = hashes.next().ok_or_else(|| format!("no {kind} file is listed"))?;
            Ok::<_, String>(format!("/pkg/console.{}.{kind}", hash.trim()))
        };
        Ok(Self { js: name("js")?, wasm: name("wasm")?, css: name("css")? })
    }
}

/// Answers a request for a page.
pub async fn render(request: PageRequest, backend: &dyn Backend, bundle: &Bundle) -> Document {
    let params = Params::parse(&request.search);
    let carried = Carried::from_params(&params);
    let now = end_of_minute(backend.now().await);
    let PageRequest { path, search, cookies, part, sign_in_token } = request;
    let mut console = Console { path, search, params, carried, viewer: None, now };
    let page = if console.path == SIGN_IN {
        pages::sign_in(&console, backend, sign_in_token).await
    } else {
        let (viewer, page) = join(backend.viewer(), pages::load(&console, part, backend)).await;
        console.viewer = viewer.ok();
        page
    };
    assemble(console, page, Theme::of_cookies(&cookies), bundle)
}

fn assemble(console: Console, page: Page, theme: Theme, bundle: &Bundle) -> Document {
    let owner = Owner::new_root(None);
    let document = owner.with(|| {
        let status = Status::ok();
        provide_context(status.clone());
        provide_context(Arc::new(console));
        let Page { title, body } = page;
        let body = view! { <Frame page=body()/> }.to_html();
        let nonce = Nonce::new().to_string();
        let head = head(&title, theme, bundle, &nonce);
        let html = format!("<!DOCTYPE html>{head}<body>{body}</body></html>");
        Document { status: status.get(), html, nonce }
    });
    owner.unset_with_forced_cleanup();
    document
}

/// The document up to its body.
fn head(title: &str, theme: Theme, bundle: &Bundle, nonce: &str) -> String {
    let title =
        if title.is_empty() { "orgtrail".to_owned() } else { format!("{title} · orgtrail") };
    let theme = Some(theme.name()).filter(|name| !name.is_empty());
    let Bundle { js, wasm, css } = bundle.clone();
    let start = include_str!("document/start.js").replace("$JS", &js).replace("$WASM", &wasm);
    let build = wasm.clone();
    let head = view! {
        <html lang="en" data-theme=theme data-build=build>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="robots" content="noindex"/>
                <title>{title}</title>
                <link rel="icon" type="image/svg+xml" href=ICON/>
                <link rel="stylesheet" href=css/>
                <link rel="modulepreload" href=js/>
                <link rel="preload" href=wasm r#as="fetch" r#type="application/wasm" crossorigin=""/>
                <script type="module" nonce=nonce.to_owned()>{start}</script>
            </head>
        </html>
    };
    let html = head.to_html();
    html.trim_end_matches("</html>").to_owned()
}

#[cfg(test)]
mod tests {
    use super::Bundle;

    #[test]
    fn the_list_of_hashes_names_all_three_files() {
        let bundle = Bundle::from_hashes("js: 12\nwasm: 34\ncss: 56\n").unwrap();
        assert_eq!(bundle.wasm, "/pkg/console.34.wasm");
        assert_eq!(Bundle::from_hashes("js: 12\nwasm: 34\n"), Err("no css file is listed".into()));
    }
}
