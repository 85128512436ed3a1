//! What every part of a page may know: where it is, who reads it, and what time it is.

use crate::address::{Carried, Href, Params};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use orgtrail_shared::console::Viewer;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

/// What every part of a page shares.
#[derive(Clone, Debug)]
pub(crate) struct Console {
    /// The path of the URL.
    pub(crate) path: String,
    /// The parameters of the URL, as written.
    pub(crate) search: String,
    /// The parameters of the URL.
    pub(crate) params: Params,
    /// What every link carries.
    pub(crate) carried: Carried,
    /// Who is signed in.
    pub(crate) viewer: Option<Viewer>,
    /// The end of the present minute by the server's clock, so that all questions of a page agree.
    pub(crate) now: DateTime<Utc>,
}

impl Console {
    /// A link to a path that carries the scope and the time zone.
    pub(crate) fn to(&self, path: &str) -> String {
        self.carried.to(path).finish()
    }

    /// This page's own address.
    pub(crate) fn here(&self) -> String {
        match self.search.as_str() {
            "" => Href::new(&self.path).finish(),
            search => format!("{}?{search}", self.path),
        }
    }
}

/// What every part of the page that is being rendered shares.
pub(crate) fn use_console() -> Arc<Console> {
    expect_context()
}

/// The HTTP status of the page that is being rendered.
#[derive(Clone, Debug)]
pub(crate) struct Status(Arc<AtomicU16>);

impl Status {
    /// All is well so far.
    pub(crate) fn ok() -> Self {
        Self(Arc::new(AtomicU16::new(200)))
    }

    /// The status so far.
    pub(crate) fn get(&self) -> u16 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Gives the page that is being rendered another HTTP status.
pub(crate) fn set_status(status: u16) {
    if let Some(current) = use_context::<Status>() {
        current.0.store(status, Ordering::Relaxed);
    }
}
