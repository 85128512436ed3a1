//! What stands where data would be: nothing there, not allowed, failed.

use crate::address::Href;
use crate::console::{set_status, use_console};
use crate::icons::{self, Icon};
use leptos::prelude::*;
use orgtrail_shared::console::ConsoleError;

/// The head of a page: its name, what it answers, and what can be done.
#[component]
pub(crate) fn PageHead(
    /// The page's name.
    #[prop(into)]
    title: String,
    /// What the page answers, in a line.
    #[prop(into)]
    answers: String,
    /// What can be done here.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let actions = children.map(|children| view! { <div class="actions">{children()}</div> });
    view! {
        <div class="page-head">
            <div>
                <h1>{title}</h1>
                <p class="muted">{answers}</p>
            </div>
            {actions}
        </div>
    }
    .into_any()
}

/// Says why there is nothing, and the next step.
#[component]
pub(crate) fn Empty(
    /// Why there is nothing.
    #[prop(into)]
    title: String,
    /// The next step.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="panel panel-empty">
            <Icon path=icons::EMPTY/>
            <div>
                <p class="panel-title">{title}</p>
                <div class="panel-text">{children()}</div>
            </div>
        </div>
    }
    .into_any()
}

/// A remark above data that is there but not whole.
#[component]
pub(crate) fn Notice(
    /// `attention`, `danger`, `ok` or `info`.
    tone: &'static str,
    /// The remark.
    children: Children,
) -> impl IntoView {
    let icon = match tone {
        "info" => icons::INFO,
        "ok" => icons::SHIELD,
        _ => icons::ALERT,
    };
    view! {
        <div class=format!("notice tone-{tone}")>
            <Icon path=icon/>
            <div>{children()}</div>
        </div>
    }
    .into_any()
}

/// Says why a question was not answered, what to do, and whom to ask; it sets the page's status.
#[component]
pub(crate) fn FailurePanel(
    /// Why it was not answered.
    error: ConsoleError,
) -> impl IntoView {
    set_status(error.status());
    let here = use_console().here();
    match error {
        ConsoleError::NotSignedIn => {
            let sign_in = Href::new("/sign-in").with("next", &here).finish();
            let body = view! {
                <p>"Sign in again to go on where you were."</p>
                <a class="button is-primary" rel="external" href=sign_in>"Sign in"</a>
            };
            panel("info", icons::LOCK, "Your session has ended", body.into_any())
        }
        ConsoleError::Forbidden { message } => {
            panel("info", icons::LOCK, "Not for your role", view! { <p>{message}</p> }.into_any())
        }
        ConsoleError::NotFound { message } => {
            let body = view! {
                <p>{message}</p>
                <p class="muted">"It may also exist in an account that you may not see."</p>
            };
            panel("info", icons::EMPTY, "Not found", body.into_any())
        }
        ConsoleError::Query { error } => {
            let body = view! { <p>{error.to_string()}</p> };
            panel("attention", icons::ALERT, "The query has a mistake", body.into_any())
        }
        ConsoleError::BadRequest { message } => {
            let body = view! { <p>{message}</p> };
            panel("attention", icons::ALERT, "The address has a mistake", body.into_any())
        }
        ConsoleError::TooMany { message } => {
            let body = view! { <p>{message}</p> };
            panel("attention", icons::ALERT, "Too many refusals", body.into_any())
        }
        ConsoleError::Internal { request_id } => {
            let body = view! {
                <p>
                    "Nothing was changed. Try again; if it stays, give the operator request "
                    <code>{request_id}</code> "."
                </p>
                <a class="button" rel="external" href=here>"Try again"</a>
            };
            panel("danger", icons::ALERT, "The server could not answer", body.into_any())
        }
    }
}

fn panel(tone: &'static str, icon: &'static str, title: &'static str, body: AnyView) -> AnyView {
    view! {
        <div class=format!("panel tone-{tone}") role="alert">
            <Icon path=icon/>
            <div>
                <p class="panel-title">{title}</p>
                <div class="panel-text">{body}</div>
            </div>
        </div>
    }
    .into_any()
}
