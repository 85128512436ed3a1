//! The list of keys.

use crate::icons::{self, Icon};
use crate::pages::PLACES;
use leptos::prelude::*;

const ID: &str = "keyboard-help";

/// The keys by where they work.
const KEYS: [(&str, &[(&str, &str)]); 2] = [
    (
        "Everywhere",
        &[
            ("/", "Search"),
            ("t", "Times in UTC or local time"),
            ("?", "This list"),
            ("Esc", "Close"),
        ],
    ),
    (
        "Search",
        &[
            ("j  k", "Next, previous event"),
            ("o", "Open the event"),
            ("Enter", "Pivot: search by a value of the event"),
            ("p", "Same principal"),
            ("i", "Same address"),
            ("[  ]", "Earlier, later"),
            ("+  -", "Zoom in, out"),
            ("c", "Columns"),
        ],
    ),
];

/// The dialog with the list of keys, closed at first.
#[component]
pub(super) fn Help() -> impl IntoView {
    let places = PLACES.iter().flat_map(|(_, places)| places.iter());
    let places = places.map(|place| row(&format!("g  {}", place.key), place.label)).collect_view();
    let groups = KEYS.iter().map(|(heading, keys)| {
        let rows = keys.iter().map(|(keys, purpose)| row(keys, purpose)).collect_view();
        view! { <h3>{*heading}</h3><dl class="keys">{rows}</dl> }
    });
    view! {
        <dialog id=ID class="dialog" aria-labelledby="keyboard-help-title">
            <form method="dialog" class="dialog-head">
                <h2 id="keyboard-help-title">"Keyboard"</h2>
                <button class="tool" aria-label="Close"><Icon path=icons::CLOSE/></button>
            </form>
            <div class="dialog-columns">
                <div>{groups.collect_view()}</div>
                <div><h3>"Go to"</h3><dl class="keys">{places}</dl></div>
            </div>
        </dialog>
    }
    .into_any()
}

fn row(keys: &str, purpose: &'static str) -> impl IntoView + use<> {
    let keys: Vec<_> =
        keys.split_whitespace().map(|key| view! { <kbd>{key.to_owned()}</kbd> }).collect();
    view! { <div><dt>{keys}</dt><dd>{purpose}</dd></div> }
}
