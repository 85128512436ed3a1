//! Icons: 16 × 16 outlines drawn with the colour of the text.

use leptos::prelude::*;

pub(crate) const OVERVIEW: &str =
    "M2.5 2.5h4.5v5h-4.5zM9 2.5h4.5v3H9zM9 7.5h4.5v6H9zM2.5 9.5H7v4H2.5z";
pub(crate) const SEARCH: &str = "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.3l3.7 3.7";
pub(crate) const TREE: &str =
    "M6 2h4v3.5H6zM1.5 10.5h4V14h-4zM10.5 10.5h4V14h-4zM8 5.5V8M3.5 10.5V8h9v2.5";
pub(crate) const SHIELD: &str =
    "M8 1.8l5 1.7v4c0 3.2-2 5.5-5 6.7-3-1.2-5-3.5-5-6.7v-4zM5.8 7.8l1.6 1.6 2.8-3";
pub(crate) const BOX: &str = "M2 4.8 8 2l6 2.8v6.4L8 14l-6-2.8zM2 4.8l6 2.7 6-2.7M8 7.5V14";
pub(crate) const PULSE: &str = "M1.5 8.5h3l2-5.5 3 10 2-4.5h3";
pub(crate) const MENU: &str = "M2 4h12M2 8h12M2 12h12";
pub(crate) const CLOSE: &str = "M3.5 3.5l9 9M12.5 3.5l-9 9";
pub(crate) const COPY: &str = "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3";
pub(crate) const LINK: &str = "M6.7 9.3a2.7 2.7 0 0 0 3.8 0l2.2-2.2a2.7 2.7 0 0 0-3.8-3.8l-.9.9M9.3 6.7a2.7 2.7 0 0 0-3.8 0L3.3 8.9a2.7 2.7 0 0 0 3.8 3.8l.9-.9";
pub(crate) const COLUMNS: &str = "M2 3h12v10H2zM6 3v10M10 3v10";
pub(crate) const LEFT: &str = "M10 3 5 8l5 5";
pub(crate) const RIGHT: &str = "M6 3l5 5-5 5";
pub(crate) const PLUS: &str = "M8 3v10M3 8h10";
pub(crate) const MINUS: &str = "M3 8h10";
pub(crate) const THEME: &str = "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 2v12M8 5.5h4.8M8 10.5h4.8";
pub(crate) const OUT: &str = "M6.5 2.5h-4v11h4M10 5l3 3-3 3M13 8H6";
pub(crate) const KEYS: &str = "M1.5 4h13v8.5h-13zM4 6.7h.1M6.7 6.7h.1M9.3 6.7h.1M12 6.7h.1M5 9.8h6";
pub(crate) const ALERT: &str = "M8 2.2 14.5 13.5h-13zM8 6.5v3.3M8 11.6v.1";
pub(crate) const BRANCH: &str = "M3 3.5h3l4 9h3M10 3.5h3M11.5 2v3";
pub(crate) const RULES: &str = "M4 2.5h8v11H4zM6 5.5h4M6 8h4M6 10.5h2.5";
pub(crate) const EYE: &str =
    "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6a2 2 0 1 1 0 4 2 2 0 0 1 0-4z";
pub(crate) const INFO: &str = "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 7.2v4M8 4.9v.1";
pub(crate) const KEY: &str = "M5.5 7.5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM7.7 8.4 13.5 2.5M11 5l2 2";
pub(crate) const LOCK: &str = "M3.5 7h9v6.5h-9zM5.5 7V4.7a2.5 2.5 0 0 1 5 0V7";
pub(crate) const EMPTY: &str = "M2 9.5 4 3h8l2 6.5v4H2zM2 9.5h3.5l1 2h3l1-2H14";

/// An icon that is decoration: the words beside it say the same.
#[component]
pub(crate) fn Icon(path: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
            <path d=path></path>
        </svg>
    }
    .into_any()
}
