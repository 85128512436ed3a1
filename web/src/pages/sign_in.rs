//! Signing in: a plain form, which works without JavaScript.

use super::Page;
use crate::address::encode;
use crate::backend::Backend;
use crate::console::Console;
use leptos::prelude::*;
use orgtrail_shared::identity_provider::SignInOption;

/// The sign-in page.
pub(super) async fn load(console: &Console, backend: &dyn Backend, token: String) -> Page {
    let error = console.params.get("error").map(explain);
    let next = console.params.get("next").filter(|next| is_ours(next)).unwrap_or("/").to_owned();
    // Whoever has a password signs in also when it isn't known who else could.
    let options = backend.sign_in_options().await.unwrap_or_default();
    Page::new("Sign in", move || view! { <SignIn error next token options/> }.into_any())
}

#[component]
fn SignIn(
    error: Option<&'static str>,
    next: String,
    token: String,
    options: Vec<SignInOption>,
) -> impl IntoView {
    let providers = providers(options, &next);
    view! {
        <div class="sign-in">
            <form method="post" action="/sign-in" class="sign-in-card">
                <p class="brand">
                    <svg class="mark" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
                        <rect width="16" height="16" rx="3.5"></rect>
                        <path d="M3.5 11.5 6.5 8l2.5 2 3.5-5.5"></path>
                    </svg>
                    "orgtrail"
                </p>
                <h1>"Sign in"</h1>
                {error.map(|text| view! { <p class="notice tone-danger" role="alert">{text}</p> })}
                <label for="name">"Name"</label>
                <input id="name" name="name" type="text" autocomplete="username" autocapitalize="off" spellcheck="false" required/>
                <label for="password">"Password"</label>
                <input id="password" name="password" type="password" autocomplete="current-password" required/>
                <label for="code">"Code " <span class="muted">"(only with a second factor)"</span></label>
                <input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" spellcheck="false" maxlength="12"/>
                <input type="hidden" name="next" value=next/>
                <input type="hidden" name="csrf" value=token/>
                <button type="submit" class="button is-primary">"Sign in"</button>
                {providers}
            </form>
            <p class="muted">"The audit trail of your organization: complete, unaltered, searchable."</p>
        </div>
    }
    .into_any()
}

/// The ways by identity providers: links, as a form may not lead to another site.
fn providers(options: Vec<SignInOption>, next: &str) -> Option<AnyView> {
    if options.is_empty() {
        return None;
    }
    let links = options.into_iter().map(|SignInOption { organization, label }| {
        let href = format!("/sign-in/provider?organization={organization}&next={}", encode(next));
        view! { <a class="button" rel="external" href=href>"Sign in with " {label}</a> }
    });
    let links = links.collect::<Vec<_>>();
    Some(view! { <p class="sign-in-or muted">"or"</p> {links} }.into_any())
}

/// Whether a target is a path of this site.
fn is_ours(next: &str) -> bool {
    next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r', '\t'])
}

/// What went wrong, without telling which half of the credentials it was.
fn explain(error: &str) -> &'static str {
    match error {
        "credentials" => "The name, the password or the code is wrong.",
        "throttled" => "Too many attempts. Wait a minute, then try again.",
        "provider-expired" => {
            "That took too long, or was begun in another window. Please sign in again."
        }
        "provider-gone" => "That identity provider isn't in use any more.",
        "provider-silent" => {
            "The identity provider can't be asked just now. Try again, or sign in by password."
        }
        "provider-refused" => {
            "What the identity provider answered isn't accepted. The administrators find why in the log."
        }
        "provider-no-role" => {
            "You are known there, but no group of yours has a role here. Ask an administrator."
        }
        "provider-disabled" => "An administrator has refused you here.",
        "expired" => "The form had expired. Please sign in again.",
        _ => "Signing in did not work. Please try again.",
    }
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn signing_in_never_leads_to_another_site() {
        assert!(is_ours("/search?q=a%2Fb"));
        for next in
            ["//evil.example", "https://evil.example", "/\\evil.example", "search", "/\t/evil"]
        {
            assert!(!is_ours(next), "{next}");
        }
    }
}
