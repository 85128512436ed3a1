//! The side: where one can go, and who one is. On a phone it is a menu that opens over the page.

use super::{Console, help, use_console};
use crate::parts::icons::{self, Icon};
use crate::routes::{PLACES, Place};
use leptos::prelude::*;
use orgtrail_shared::console::Viewer;
use wasm_bindgen::JsCast;

/// The element that becomes a popover on a phone.
pub(super) const ID: &str = "navigation";

/// The navigation.
#[component]
pub(super) fn Navigation() -> impl IntoView {
    let console = use_console();
    close_on_navigation(console);
    let sections = PLACES.iter().map(|(heading, places)| {
        let links = places.iter().map(|place| link(console, *place)).collect_view();
        let heading =
            (!heading.is_empty()).then(|| view! { <h2 class="side-heading">{*heading}</h2> });
        view! { {heading}<ul>{links}</ul> }
    });
    view! {
        <nav id=ID class="side" popover="auto" aria-label="Places">
            <a class="brand" href=console.to("/")>
                <svg class="mark" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
                    <rect width="16" height="16" rx="3.5"></rect>
                    <path d="M3.5 11.5 6.5 8l2.5 2 3.5-5.5"></path>
                </svg>
                "orgtrail"
            </a>
            {sections.collect_view()}
            <div class="side-foot">
                <button type="button" class="side-link js-only" on:click=|_| help::open()>
                    <Icon path=icons::KEYS/>
                    "Keyboard"
                    <kbd>"?"</kbd>
                </button>
                <Suspense fallback=|| ()>
                    {move || Suspend::new(async move {
                        console.viewer.await.ok().map(|viewer| view! { <Person viewer/> })
                    })}
                </Suspense>
            </div>
        </nav>
    }
    .into_any()
}

fn link(console: Console, place: Place) -> impl IntoView {
    let is_here = move || {
        console.path.with(|path| {
            path == place.path || (place.path == "/search" && path.starts_with("/events/"))
        })
    };
    view! {
        <li>
            <a
                class="side-link"
                href=console.to(place.path)
                aria-current=move || is_here().then_some("page")
            >
                <Icon path=place.icon/>
                {place.label}
            </a>
        </li>
    }
}

#[component]
fn Person(viewer: Viewer) -> impl IntoView {
    let role = viewer.role.name().replace('-', " ");
    let account = viewer.account.as_ref().map(|account| {
        let known = viewer.accounts.iter().find(|known| known.id == *account);
        known.map_or_else(|| account.to_string(), |known| known.name.clone())
    });
    view! {
        <div class="person">
            <p class="person-name">{viewer.name}</p>
            <p class="muted">{account.map(|account| format!("{account} · "))}{role}</p>
            <form method="post" action="/sign-out">
                <input type="hidden" name="csrf" value=viewer.csrf_token/>
                <button type="submit" class="side-link"><Icon path=icons::OUT/>"Sign out"</button>
            </form>
        </div>
    }
}

/// The menu of a phone closes once it has led somewhere.
fn close_on_navigation(console: Console) {
    Effect::new(move |before: Option<String>| {
        let path = console.path.get();
        let menu = document().get_element_by_id(ID);
        let menu = menu.and_then(|menu| menu.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(menu) = menu
            && before.is_some_and(|before| before != path)
            && menu.matches(":popover-open").unwrap_or(false)
        {
            let _hidden = menu.hide_popover();
        }
        path
    });
}
