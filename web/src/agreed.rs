//! What the server's half and the browser's half of the console must both say.
#![cfg_attr(
    not(all(feature = "ssr", feature = "hydrate")),
    expect(dead_code, reason = "each half says its part")
)]

/// The header by which the browser asks for less than a whole page.
pub const PART_HEADER: &str = "orgtrail-part";

/// The cookie of the chosen [`Theme`].
pub(crate) const THEME_COOKIE: &str = "theme";

/// The attribute of the document that names the chosen [`Theme`].
pub(crate) const THEME_ATTRIBUTE: &str = "data-theme";

/// How the console is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    #[default]
    Automatic,
    Light,
    Dark,
}

impl Theme {
    /// The theme of a name; unknown ones follow the system.
    pub(crate) fn from_name(name: &str) -> Self {
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

    /// The theme that the switch goes to.
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Automatic => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Automatic,
        }
    }

    /// What the switch says.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Automatic => "Theme: as the system",
            Self::Light => "Theme: light",
            Self::Dark => "Theme: dark",
        }
    }

    /// The theme that a request's cookies ask for.
    pub(crate) fn of_cookies(cookies: &str) -> Self {
        let values = cookies.split(';').filter_map(|cookie| cookie.trim().split_once('='));
        let named = values.filter(|(name, _)| *name == THEME_COOKIE);
        named.map(|(_, value)| Self::from_name(value)).next_back().unwrap_or_default()
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

    #[test]
    fn the_switch_comes_round() {
        let mut theme = Theme::default();
        for _ in 0..3 {
            assert_eq!(Theme::from_name(theme.name()), theme);
            theme = theme.next();
        }
        assert_eq!(theme, Theme::default());
    }
}
