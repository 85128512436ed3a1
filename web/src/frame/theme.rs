//! Light, dark, or as the system says. The choice is a cookie, so that the server renders it and
//! nothing flashes.

use crate::parts::icons::{self, Icon};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// The cookie's name.
const COOKIE: &str = "theme";

/// How the console is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Theme {
    #[default]
    Automatic,
    Light,
    Dark,
}

impl Theme {
    fn from_name(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Automatic,
        }
    }

    /// The name in the cookie and on the document; empty to follow the system.
    fn name(self) -> &'static str {
        match self {
            Self::Automatic => "",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Automatic => "Theme: as the system",
            Self::Light => "Theme: light",
            Self::Dark => "Theme: dark",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Automatic => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Automatic,
        }
    }
}

/// The theme that the request's cookie asks for, as the document's attribute.
pub(crate) fn theme_of_request() -> Option<&'static str> {
    #[cfg(feature = "ssr")]
    let cookies = use_context::<http::request::Parts>().and_then(|parts| {
        parts.headers.get(http::header::COOKIE)?.to_str().ok().map(ToOwned::to_owned)
    });
    #[cfg(not(feature = "ssr"))]
    let cookies: Option<String> = None;
    let theme = cookies.as_deref().map(theme_of_cookies).unwrap_or_default();
    Some(theme.name()).filter(|name| !name.is_empty())
}

fn theme_of_cookies(cookies: &str) -> Theme {
    let values = cookies.split(';').filter_map(|cookie| cookie.trim().split_once('='));
    values
        .filter(|(name, _)| *name == COOKIE)
        .map(|(_, value)| Theme::from_name(value))
        .next_back()
        .unwrap_or_default()
}

fn apply(theme: Theme) {
    let document = document();
    if let Some(root) = document.document_element() {
        // Neither call can fail: the names are constants.
        let _done = match theme {
            Theme::Automatic => root.remove_attribute("data-theme"),
            Theme::Light | Theme::Dark => root.set_attribute("data-theme", theme.name()),
        };
    }
    if let Some(document) = document.dyn_ref::<web_sys::HtmlDocument>() {
        let _done = document.set_cookie(&format!(
            "{COOKIE}={}; path=/; max-age=31536000; samesite=lax",
            theme.name()
        ));
    }
}

/// A button that goes through the themes.
#[component]
pub(super) fn ThemeSwitch() -> impl IntoView {
    let theme = RwSignal::new(Theme::default());
    Effect::new(move |_| {
        let root = document().document_element();
        let name = root.and_then(|root| root.get_attribute("data-theme")).unwrap_or_default();
        theme.set(Theme::from_name(&name));
    });
    let switch = move |_| {
        theme.update(|theme| *theme = theme.next());
        apply(theme.get_untracked());
    };
    view! {
        <button
            type="button"
            class="tool js-only"
            on:click=switch
            title=move || theme.get().label()
            aria-label=move || theme.get().label()
        >
            <Icon path=icons::THEME/>
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_theme_is_read_from_its_cookie_only() {
        assert_eq!(theme_of_cookies("session=theme; theme=dark"), Theme::Dark);
        assert_eq!(theme_of_cookies("mytheme=dark"), Theme::Automatic);
        assert_eq!(theme_of_cookies("theme=<script>"), Theme::Automatic);
    }
}
