//! The map of the console.

use crate::icons;

/// A place in the navigation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Where it is.
    pub(crate) path: &'static str,
    /// Its name.
    pub(crate) label: &'static str,
    /// The key that leads there after `g`.
    pub(crate) key: &'static str,
    /// Its icon.
    pub(crate) icon: &'static str,
}

/// The places of the navigation by section; the first section has no heading.
pub(crate) const PLACES: [(&str, &[Place]); 4] = [
    (
        "",
        &[
            Place { path: "/", label: "Overview", key: "o", icon: icons::OVERVIEW },
            Place { path: "/search", label: "Search", key: "s", icon: icons::SEARCH },
        ],
    ),
    (
        "Govern",
        &[
            Place { path: "/organization", label: "Organization", key: "r", icon: icons::TREE },
            Place { path: "/policies", label: "Policies", key: "l", icon: icons::RULES },
            Place { path: "/what-if", label: "What if?", key: "f", icon: icons::BRANCH },
        ],
    ),
    (
        "Prove",
        &[
            Place { path: "/integrity", label: "Integrity", key: "i", icon: icons::SHIELD },
            Place { path: "/quarantine", label: "Quarantine", key: "q", icon: icons::BOX },
            Place { path: "/access", label: "Access to events", key: "a", icon: icons::EYE },
        ],
    ),
    (
        "Settings",
        &[
            Place { path: "/operations", label: "Operations", key: "p", icon: icons::PULSE },
            Place { path: "/settings", label: "People and keys", key: "k", icon: icons::KEY },
            Place { path: "/why", label: "Why?", key: "w", icon: icons::INFO },
        ],
    ),
];
