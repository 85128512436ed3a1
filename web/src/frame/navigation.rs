//! The side: where one can go, and who one is. On a phone it is a menu that opens over the page.

use crate::console::{Console, use_console};
use crate::icons::{self, Icon};
use crate::pages::{PLACES, Place};
use leptos::prelude::*;
use orgtrail_shared::console::Viewer;

/// The element that becomes a popover on a phone.
pub(super) const ID: &str = "navigation";

/// The navigation.
#[component]
pub(super) fn Navigation() -> impl IntoView {
    let console = use_console();
    let sections = PLACES.iter().map(|(heading, places)| {
        let links = places.iter().map(|place| link(&console, *place)).collect_view();
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
                <button type="button" class="side-link js-only" data-key="?">
                    <Icon path=icons::KEYS/>
                    "Keyboard"
                    <kbd>"?"</kbd>
                </button>
                {console.viewer.clone().map(|viewer| view! { <Person viewer/> })}
            </div>
        </nav>
    }
    .into_any()
}

fn link(console: &Console, place: Place) -> impl IntoView + use<> {
    let is_here = console.path == place.path
        || (place.path == "/search" && console.path.starts_with("/events/"))
        || (place.path == "/organization" && console.path.starts_with("/organization/"));
    view! {
        <li>
            <a
                class="side-link"
                href=console.to(place.path)
                data-go=place.key
                aria-current=is_here.then_some("page")
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
