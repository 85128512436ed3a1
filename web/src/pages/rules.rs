//! The rules of authorization, and what the organization forbids beyond them.

use super::Page;
use crate::backend::Backend;
use crate::console::{Console, use_console};
use crate::parts::edit::greyed_out;
use crate::parts::panels::Notice;
use crate::parts::time::Instant;
use leptos::prelude::*;
use orgtrail_shared::authorization::Locked;
use orgtrail_shared::edit::REASON_CHARS_MAX;
use orgtrail_shared::rules::{OwnRules, RuleBook};

/// An example of what can be forbidden.
const EXAMPLE: &str = r#"@id("payments-are-the-auditors")
@words("Events of the payments accounts are for auditors only.")
forbid (principal, action == Action::"orgtrail:SearchEvents", resource in Node::"ou-ab12-11111111")
unless { context.grant.role == "auditor" };"#;

/// The page.
pub(super) async fn load(console: &Console, backend: &dyn Backend) -> Page {
    let answer = backend.rules().await;
    let is_changed = console.params.get("changed").is_some();
    let question =
        "Which policies decide who may do what, and what the organization forbids beyond them.";
    Page::of_answer("Rules", question, answer, move |book| {
        view! { <Known book is_changed/> }.into_any()
    })
}

#[component]
fn Known(book: RuleBook, is_changed: bool) -> impl IntoView {
    let RuleBook { roles, limits, schema, own, locked } = book;
    let done = is_changed
        .then(|| view! { <Notice tone="ok"><p role="status">"The new rules hold."</p></Notice> });
    let own = own_rules(own, locked);
    view! {
        {done}
        <section>
            <h2 id="own">"What the organization forbids"</h2>
            {own}
        </section>
        <section>
            <h2 id="fixed">"What holds everywhere"</h2>
            {text("What each role allows", roles)}
            {text("What nobody lifts", limits)}
            {text("What policies can speak of", schema)}
        </section>
    }
    .into_any()
}

fn text(title: &'static str, content: String) -> AnyView {
    view! {
        <details>
            <summary>{title}</summary>
            <pre class="json is-raw" tabindex="0" aria-label=title>{content}</pre>
        </details>
    }
    .into_any()
}

fn own_rules(own: Option<OwnRules>, locked: Option<Locked>) -> AnyView {
    let version = own.as_ref().map_or(0, |own| own.version);
    let content = own.as_ref().map(|own| own.content.clone()).unwrap_or_default();
    let since = own.map(|own| {
        let by = if own.created_by.is_empty() { "the command line".to_owned() } else { own.created_by };
        view! {
            <p class="muted">
                "Version " {own.version} ", since " <Instant at=own.created_at/> ", by " {by} ": " {own.reason}
            </p>
        }
    });
    if let Some(locked) = locked {
        let shown = if content.is_empty() {
            view! { <p>"Nothing."</p> }.into_any()
        } else {
            view! { <pre class="json is-raw" tabindex="0" aria-label="What the organization forbids">{content}</pre> }
                .into_any()
        };
        return view! { {since} {shown} {greyed_out(locked, &["Let other rules hold"])} }
            .into_any();
    }
    let token = use_console().viewer.as_ref().map(|viewer| viewer.csrf_token.clone());
    view! {
        {since}
        <p class="muted">"Cedar policies that only forbid. They are validated before they hold, and hold from the next request on."</p>
        <form method="post" action="/rules/change" class="ask">
            <input type="hidden" name="csrf" value=token/>
            <input type="hidden" name="version" value=version/>
            <label class="whole">
                "Policies (empty for none) "
                <textarea name="content" class="code" rows="12" spellcheck="false" placeholder=EXAMPLE>{content}</textarea>
            </label>
            <label>
                "Reason "
                <input name="reason" type="text" maxlength=REASON_CHARS_MAX.to_string() autocomplete="off" required/>
            </label>
            <button type="submit" class="button">"Let them hold"</button>
        </form>
    }
    .into_any()
}
