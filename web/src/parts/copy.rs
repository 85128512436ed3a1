//! Copying: one listener for every button with `data-copy` or `data-copy-link`.

use super::icons::{self, Icon};
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// A small button that copies a value.
#[component]
pub(crate) fn Copy(
    /// What is copied.
    #[prop(into)]
    value: String,
    /// What it is, for the button's name: `ARN`.
    what: &'static str,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="copy js-only"
            data-copy=value
            title=format!("Copy {what}")
            aria-label=format!("Copy {what}")
        >
            <Icon path=icons::COPY/>
        </button>
    }
    .into_any()
}

/// A button that copies the address of a view of the console.
#[component]
pub(crate) fn CopyLink(
    /// The view's path and parameters.
    #[prop(into)]
    href: Signal<String>,
) -> impl IntoView {
    view! {
        <button type="button" class="button js-only" data-copy-link=move || href.get()>
            <Icon path=icons::LINK/>
            "Copy link"
        </button>
    }
    .into_any()
}

/// Listens for clicks on buttons that copy.
pub(crate) fn listen() {
    Effect::new(move |_| {
        let handle = window_event_listener(ev::click, |event| {
            let target =
                event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            let closest = |selector| target.as_ref()?.closest(selector).ok().flatten();
            if let Some(value) = closest("[data-copy]").and_then(|it| it.get_attribute("data-copy"))
            {
                copy(&value);
            }
            let link = closest("[data-copy-link]");
            if let Some(path) = link.and_then(|it| it.get_attribute("data-copy-link")) {
                copy(&format!("{}{path}", window().location().origin().unwrap_or_default()));
            }
        });
        on_cleanup(move || handle.remove());
    });
}

fn copy(text: &str) {
    let _promise = window().navigator().clipboard().write_text(text);
    announce(&format!("Copied {}", orgtrail_shared::text::shorten_middle(text, 60)));
}

/// Says something to everybody: in a corner of the screen, and to screen readers.
pub(crate) fn announce(text: &str) {
    let Some(element) = document().get_element_by_id("announcer") else { return };
    element.set_text_content(Some(text));
    element.set_class_name("announcer");
    set_timeout(move || element.set_class_name("hidden"), std::time::Duration::from_millis(2500));
}
