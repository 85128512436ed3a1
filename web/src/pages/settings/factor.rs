//! One's second factor.

use crate::parts::copy::Copy;
use leptos::prelude::*;
use orgtrail_shared::settings::{PendingFactor, SecondFactor};

/// How it stands, and what can be done.
#[component]
pub(super) fn Factor(factor: SecondFactor, token: String) -> impl IntoView {
    let SecondFactor { is_set, pending, is_required, may_require, issuer } = factor;
    let state = match (is_set, &pending) {
        (true, _) => "Signing in needs a code of your authenticator app.",
        (false, Some(_)) => "Give the secret to your authenticator app, and confirm it by a code.",
        (false, None) => "A code of an authenticator app, beside the password.",
    };
    let required = is_required.then_some(
        " The organization requires it of everybody who changes people, the organization or trails.",
    );
    if let Some(issuer) = issuer {
        return view! {
            <section>
                <h2 id="second-factor">"Second factor"</h2>
                <p class="muted">{issuer} " signs you in: a second factor is set up there." {required}</p>
            </section>
        }
        .into_any();
    }
    let forms = match pending {
        _ if is_set => code_form("remove", "Take it away", "button is-danger", &token),
        Some(pending) => confirm(pending, &token),
        None => begin(&token),
    };
    let require = may_require.then(|| {
        let (label, value) = if is_required {
            ("Require it no more", "no")
        } else {
            ("Require it of those who change things", "yes")
        };
        plain_form("require", label, Some(value), &token)
    });
    view! {
        <section>
            <h2 id="second-factor">"Second factor"</h2>
            <p class="muted">{state} {required}</p>
            {forms}
            {require}
        </section>
    }
    .into_any()
}

fn confirm(pending: PendingFactor, token: &str) -> AnyView {
    let PendingFactor { secret, uri } = pending;
    let form = code_form("confirm", "Confirm it", "button", token);
    view! {
        <dl class="facts">
            <dt>"Secret"</dt>
            <dd class="code">{secret.clone()} " " <Copy value=secret what="secret"/></dd>
            <dt>"Address"</dt>
            <dd class="code wraps">{uri.clone()} " " <Copy value=uri what="address"/></dd>
        </dl>
        {form}
    }
    .into_any()
}

/// Whoever has found an open session must not make it theirs: the password is asked for once more.
fn begin(token: &str) -> AnyView {
    let token = token.to_owned();
    view! {
        <form method="post" action="/settings/second-factor/begin" class="ask">
            <input type="hidden" name="csrf" value=token/>
            <label>
                "Your password "
                <input name="password" type="password" autocomplete="current-password" required/>
            </label>
            <button type="submit" class="button">"Set one up"</button>
        </form>
    }
    .into_any()
}

fn plain_form(
    to: &'static str,
    label: &'static str,
    required: Option<&'static str>,
    token: &str,
) -> AnyView {
    let token = token.to_owned();
    let required =
        required.map(|value| view! { <input type="hidden" name="required" value=value/> });
    view! {
        <form method="post" action=format!("/settings/second-factor/{to}")>
            <input type="hidden" name="csrf" value=token/>
            {required}
            <button type="submit" class="button">{label}</button>
        </form>
    }
    .into_any()
}

fn code_form(to: &'static str, label: &'static str, class: &'static str, token: &str) -> AnyView {
    let token = token.to_owned();
    view! {
        <form method="post" action=format!("/settings/second-factor/{to}") class="ask">
            <input type="hidden" name="csrf" value=token/>
            <label class="short">
                "Code "
                <input name="code" type="text" class="code" inputmode="numeric" autocomplete="one-time-code" spellcheck="false" maxlength="12" required/>
            </label>
            <button type="submit" class=class>{label}</button>
        </form>
    }
    .into_any()
}
