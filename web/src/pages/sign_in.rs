//! Signing in: a plain form, which works without JavaScript.

use crate::address::Href;
use crate::backend::ask_sign_in_token;
use crate::frame::use_console;
use leptos::prelude::*;
use leptos_meta::Title;

/// The sign-in page.
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    let console = use_console();
    let token = Resource::new(|| (), |()| ask_sign_in_token());
    let error = move || console.params.with(|params| params.get("error").map(explain));
    let next = move || {
        let next = console.params.with(|params| params.get("next").map(ToOwned::to_owned));
        next.filter(|next| is_ours(next)).unwrap_or_else(|| Href::new("/").finish())
    };
    view! {
        <Title text="Sign in"/>
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
                {move || error().map(|text| view! { <p class="notice tone-danger" role="alert">{text}</p> })}
                <label for="name">"Name"</label>
                <input id="name" name="name" type="text" autocomplete="username" autocapitalize="off" spellcheck="false" required/>
                <label for="password">"Password"</label>
                <input id="password" name="password" type="password" autocomplete="current-password" required/>
                <input type="hidden" name="next" value=next/>
                <Suspense fallback=|| ()>
                    {move || Suspend::new(async move {
                        view! { <input type="hidden" name="csrf" value=token.await.unwrap_or_default()/> }
                    })}
                </Suspense>
                <button type="submit" class="button is-primary">"Sign in"</button>
            </form>
            <p class="muted">"The audit trail of your organization: complete, unaltered, searchable."</p>
        </div>
    }
    .into_any()
}

/// Whether a target is a path of this site.
fn is_ours(next: &str) -> bool {
    next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r', '\t'])
}

/// What went wrong, without telling which half of the credentials it was.
fn explain(error: &str) -> &'static str {
    match error {
        "credentials" => "The name or the password is wrong.",
        "throttled" => "Too many attempts. Wait a minute, then try again.",
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
