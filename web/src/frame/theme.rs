//! Light, dark, or as the system says. The choice is a cookie, so that the server renders it and
//! nothing flashes.

use crate::icons::{self, Icon};
use leptos::prelude::*;

/// The cookie's name.
const COOKIE: &str = "theme";

/// How the console is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
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
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Automatic => "",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme that a request's cookies ask for.
    pub(crate) fn of_cookies(cookies: &str) -> Self {
        let values = cookies.split(';').filter_map(|cookie| cookie.trim().split_once('='));
        let named = values.filter(|(name, _)| *name == COOKIE);
        named.map(|(_, value)| Self::from_name(value)).next_back().unwrap_or_default()
    }
}

/// A button that goes through the themes.
#[component]
pub(super) fn ThemeSwitch() -> impl IntoView {
    view! {
        <button type="button" class="tool js-only" data-theme-switch="" title="Theme" aria-label="Theme">
            <Icon path=icons::THEME/>
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_theme_is_read_from_its_cookie_only() {
        assert_eq!(Theme::of_cookies("session=theme; theme=dark"), Theme::Dark);
        assert_eq!(Theme::of_cookies("mytheme=dark"), Theme::Automatic);
        assert_eq!(Theme::of_cookies("theme=<script>"), Theme::Automatic);
    }
}
