//! The pages: each asks for what it shows, and then says how that is shown.

mod access;
mod account;
mod event;
mod identity_provider;
mod integrity;
mod not_found;
mod operations;
mod organization;
mod overview;
mod places;
mod policies;
mod quarantine;
mod rules;
mod search;
mod settings;
mod sign_in;
mod what_if;
mod why;

pub(crate) use places::PLACES;
pub(crate) use places::Place;

use crate::backend::Backend;
use crate::console::Console;
use crate::document::Part;
use crate::parts::panels::{FailurePanel, PageHead};
use leptos::prelude::*;
use orgtrail_shared::console::ConsoleError;

/// A page whose questions are answered.
pub(crate) struct Page {
    /// Its title.
    pub(crate) title: String,
    /// What stands in the frame; it waits for nothing.
    pub(crate) body: Box<dyn FnOnce() -> AnyView + Send>,
}

impl Page {
    fn new(title: &str, body: impl FnOnce() -> AnyView + Send + 'static) -> Self {
        Self { title: title.to_owned(), body: Box::new(body) }
    }

    /// A page that shows one answer, or why there is none, below its head.
    ///
    /// `question` is what the page answers, in a line.
    fn of_answer<T: Send + 'static>(
        title: &'static str,
        question: &'static str,
        answer: Result<T, ConsoleError>,
        known: impl FnOnce(T) -> AnyView + Send + 'static,
    ) -> Self {
        Self::new(title, move || {
            let content = match answer {
                Ok(answer) => known(answer),
                Err(error) => view! { <FailurePanel error/> }.into_any(),
            };
            view! { <PageHead title answers=question/> {content} }.into_any()
        })
    }
}

/// The page where people sign in.
pub(crate) async fn sign_in(console: &Console, backend: &dyn Backend, token: String) -> Page {
    sign_in::load(console, backend, token).await
}

/// The page at an address.
pub(crate) async fn load(console: &Console, part: Part, backend: &dyn Backend) -> Page {
    match console.path.as_str() {
        "/" => overview::load(console, backend).await,
        "/search" => search::load(console, part, backend).await,
        "/organization" => organization::load(console, backend).await,
        "/integrity" => integrity::load(console, backend).await,
        "/access" => access::load(console, backend).await,
        "/quarantine" => quarantine::load(console, backend).await,
        "/operations" => operations::load(backend).await,
        "/settings" => settings::load(backend).await,
        "/identity-provider" => identity_provider::load(console, backend).await,
        "/policies" => policies::load(console, backend).await,
        "/what-if" => what_if::load(console, backend).await,
        "/rules" => rules::load(console, backend).await,
        "/why" => why::load(console, backend).await,
        path => {
            let below = |folder| path.strip_prefix(folder).filter(|id: &&str| !id.contains('/'));
            match (below("/events/"), below("/organization/")) {
                (Some(id), _) => event::load(console, id, backend).await,
                (_, Some(id)) => account::load(console, id, backend).await,
                (None, None) => not_found::load(),
            }
        }
    }
}
