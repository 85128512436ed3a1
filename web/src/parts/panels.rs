//! What stands where data would be: loading, nothing there, not allowed, failed.

use super::icons::{self, Icon};
use crate::failure::Failure;
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
        <leptos_meta::Title text=title.clone()/>
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

/// Stands in while an answer is on its way.
#[component]
pub(crate) fn Loading() -> impl IntoView {
    view! {
        <p class="loading" role="status">
            <span class="loading-bar" aria-hidden="true"></span>
            "Loading…"
        </p>
    }
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
    let icon = if tone == "info" { icons::INFO } else { icons::ALERT };
    view! {
        <div class=format!("notice tone-{tone}")>
            <Icon path=icon/>
            <div>{children()}</div>
        </div>
    }
    .into_any()
}

/// Says why a question was not answered, what to do, and whom to ask.
#[component]
pub(crate) fn FailurePanel(
    /// Why it was not answered.
    failure: Failure,
    /// Where to come back to after signing in, or to try again.
    #[prop(into)]
    here: String,
) -> impl IntoView {
    set_status(&failure);
    let sign_in = crate::address::Href::new("/sign-in").with("next", &here).finish();
    let retry = view! { <a class="button" rel="external" href=here>"Try again"</a> };
    match failure {
        Failure::Unreachable => panel(
            "danger",
            icons::ALERT,
            "The server did not answer".to_owned(),
            view! {
                <p>"Nothing was changed. Check the connection, then try again."</p>
                {retry}
            }
            .into_any(),
        ),
        Failure::Answer(error) => match error {
            ConsoleError::NotSignedIn => panel(
                "info",
                icons::LOCK,
                "Your session has ended".to_owned(),
                view! {
                    <p>"Sign in again to go on where you were."</p>
                    <a class="button is-primary" rel="external" href=sign_in>"Sign in"</a>
                }
                .into_any(),
            ),
            ConsoleError::Forbidden { message } => panel(
                "info",
                icons::LOCK,
                "Not for your role".to_owned(),
                view! { <p>{message}</p> }.into_any(),
            ),
            ConsoleError::NotFound { message } => panel(
                "info",
                icons::EMPTY,
                "Not found".to_owned(),
                view! {
                    <p>{message}</p>
                    <p class="muted">"It may also exist in an account that you may not see."</p>
                }
                .into_any(),
            ),
            ConsoleError::Query { error } => panel(
                "attention",
                icons::ALERT,
                "The query has a mistake".to_owned(),
                view! { <p>{error.to_string()}</p> }.into_any(),
            ),
            ConsoleError::BadRequest { message } => panel(
                "attention",
                icons::ALERT,
                "The address has a mistake".to_owned(),
                view! { <p>{message}</p> }.into_any(),
            ),
            ConsoleError::Internal { request_id } => panel(
                "danger",
                icons::ALERT,
                "The server could not answer".to_owned(),
                view! {
                    <p>
                        "Nothing was changed. Try again; if it stays, give the operator request "
                        <code>{request_id}</code> "."
                    </p>
                    {retry}
                }
                .into_any(),
            ),
        },
    }
}

fn panel(tone: &'static str, icon: &'static str, title: String, body: AnyView) -> AnyView {
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

/// Gives the page that is being rendered the HTTP status of the failure.
fn set_status(failure: &Failure) {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        use http::StatusCode;
        response.set_status(match failure {
            Failure::Unreachable => StatusCode::BAD_GATEWAY,
            Failure::Answer(error) => match error {
                ConsoleError::NotSignedIn => StatusCode::UNAUTHORIZED,
                ConsoleError::Forbidden { .. } => StatusCode::FORBIDDEN,
                ConsoleError::NotFound { .. } => StatusCode::NOT_FOUND,
                ConsoleError::Query { .. } | ConsoleError::BadRequest { .. } => {
                    StatusCode::BAD_REQUEST
                }
                ConsoleError::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            },
        });
    }
    #[cfg(not(feature = "ssr"))]
    let _ = failure;
}
