//! Through whom people sign in, and which roles their groups have.

use super::Page;
use crate::backend::Backend;
use crate::console::{Console, use_console};
use crate::parts::copy::Copy;
use crate::parts::panels::Notice;
use crate::parts::time::Instant;
use leptos::prelude::*;
use orgtrail_shared::edit::REASON_CHARS_MAX;
use orgtrail_shared::identity_provider::{
    GroupGrant, IdentityProvider, ProviderBook, ProviderVersion,
};

/// The page.
pub(super) async fn load(console: &Console, backend: &dyn Backend) -> Page {
    let answer = backend.identity_provider().await;
    let is_changed = console.params.get("changed").is_some();
    let question = "Through whom people sign in, and which of their groups has which role.";
    Page::of_answer("Identity provider", question, answer, move |book| {
        view! { <Known book is_changed/> }.into_any()
    })
}

#[component]
fn Known(book: ProviderBook, is_changed: bool) -> impl IntoView {
    let ProviderBook { current, organization } = book;
    let token = use_console().viewer.as_ref().map(|viewer| viewer.csrf_token.clone());
    let token = token.unwrap_or_default();
    let done = is_changed
        .then(|| view! { <Notice tone="ok"><p role="status">"It holds from now on."</p></Notice> });
    let version = current.as_ref().map_or(0, |current| current.version);
    let has_secret = current.as_ref().is_some_and(|current| current.has_secret);
    let provider = current.as_ref().and_then(|current| current.provider.clone());
    let label = provider.as_ref().map(|provider| provider.label.clone());
    let removal = label.map(|label| removal(version, label, token.clone()));
    let state = current.map(state);
    let form = form(provider, has_secret, (version, token, organization));
    view! {
        {done}
        <section>
            <h2 id="state">"What holds"</h2>
            {state.unwrap_or_else(|| view! { <p>"Nobody signs in through a provider yet: people have passwords here."</p> }.into_any())}
        </section>
        <section>
            <h2 id="settings">"OpenID Connect"</h2>
            {form}
        </section>
        {removal}
    }
    .into_any()
}

fn state(current: ProviderVersion) -> AnyView {
    let by = match current.created_by.as_str() {
        "" => "the command line".to_owned(),
        name => name.to_owned(),
    };
    let (label, issuer) = match current.provider {
        Some(IdentityProvider { label, issuer, .. }) => (label, issuer),
        None => ("none".to_owned(), String::new()),
    };
    let redirect = current.redirect_uri.map(|uri| {
        view! {
            <dt>"Redirect URI"</dt>
            <dd class="code">{uri.clone()} " " <Copy value=uri what="redirect URI"/></dd>
        }
    });
    view! {
        <dl class="facts">
            <dt>"Provider"</dt>
            <dd>{label} " " <span class="code">{issuer}</span></dd>
            {redirect}
            <dt>"Version"</dt>
            <dd>{current.version} ", since " <Instant at=current.created_at/> ", by " {by} ": " {current.reason}</dd>
        </dl>
    }
    .into_any()
}

/// A line of the form.
fn field(
    label: &'static str,
    name: &'static str,
    value: String,
    hint: &'static str,
    is_required: bool,
) -> AnyView {
    view! {
        <label>
            {label} " "
            <input name=name type="text" value=value placeholder=hint autocomplete="off" spellcheck="false" required=is_required/>
        </label>
    }
    .into_any()
}

fn form(
    provider: Option<IdentityProvider>,
    has_secret: bool,
    (version, token, organization): (i32, String, String),
) -> AnyView {
    let is_new = provider.is_none();
    let provider = provider.unwrap_or_else(|| IdentityProvider {
        label: String::new(),
        issuer: String::new(),
        client_id: String::new(),
        console_url: String::new(),
        api_audience: None,
        groups_claim: "groups".to_owned(),
        scopes: vec!["profile".to_owned(), "email".to_owned()],
        counts_as_second_factor: false,
        roles_last_days: 30,
        grants: Vec::new(),
    });
    let lines: Vec<String> = provider.grants.iter().map(GroupGrant::line).collect();
    let example = format!(
        "organization-administrator {organization} cloud-administrators\nsecurity-analyst {organization} Security Team\nmember 111122223333 web-shop"
    );
    let secret_hint = if has_secret { "empty keeps the one there is" } else { "" };
    view! {
        <p class="muted">
            "The provider is asked what it is before anything holds. Whoever no group has a role for doesn't come in; groups are read at each sign-in."
        </p>
        <form method="post" action="/identity-provider/change" class="ask">
            <input type="hidden" name="csrf" value=token/>
            <input type="hidden" name="version" value=version/>
            {field("Name on the button", "label", provider.label, "Example ID", true)}
            {field("Issuer", "issuer", provider.issuer, "https://id.example.com", true)}
            {field("Client id", "client_id", provider.client_id, "orgtrail", true)}
            <label>
                "Client secret "
                <input name="client_secret" type="password" placeholder=secret_hint autocomplete="new-password"/>
            </label>
            <label class="choice">
                <input type="checkbox" name="is_public" value="1" checked={!is_new && !has_secret}/>
                " There is no secret"
            </label>
            {field("Address of this console", "console_url", provider.console_url, "https://orgtrail.example.com", true)}
            {field("Audience of access tokens for the API (empty: none are taken)", "api_audience", provider.api_audience.unwrap_or_default(), "https://orgtrail.example.com/api", false)}
            {field("Claim with the groups", "groups_claim", provider.groups_claim, "groups", true)}
            {field("Scopes beside openid", "scopes", provider.scopes.join(" "), "profile email", false)}
            <label>
                "Days for which a role lasts after a sign-in "
                <input name="roles_last_days" type="number" min="1" max="365" value=provider.roles_last_days required/>
            </label>
            <label class="choice">
                <input type="checkbox" name="counts_as_second_factor" value="1" checked=provider.counts_as_second_factor/>
                " It asks for a second factor by itself"
            </label>
            <label class="whole">
                "Roles of groups: ROLE PLACE GROUP in each line "
                <textarea name="grants" class="code" rows="6" spellcheck="false" placeholder=example required>{lines.join("\n")}</textarea>
            </label>
            <label>
                "Reason "
                <input name="reason" type="text" maxlength=REASON_CHARS_MAX.to_string() autocomplete="off" required/>
            </label>
            <button type="submit" class="button is-primary">"Check and let it hold"</button>
        </form>
    }
    .into_any()
}

fn removal(version: i32, label: String, token: String) -> AnyView {
    view! {
        <section>
            <h2 id="removal">"Take it away"</h2>
            <p class="muted">"Nobody signs in through it any more. Roles that its groups gave end at once, with the sessions and keys that live by them."</p>
            <form method="post" action="/identity-provider/remove" class="ask">
                <input type="hidden" name="csrf" value=token/>
                <input type="hidden" name="version" value=version/>
                <input type="hidden" name="label" value=label.clone()/>
                <label>
                    {format!("Type {label} to confirm ")}
                    <input name="confirm" type="text" autocomplete="off" spellcheck="false" required/>
                </label>
                <label>
                    "Reason "
                    <input name="reason" type="text" maxlength=REASON_CHARS_MAX.to_string() autocomplete="off" required/>
                </label>
                <button type="submit" class="button is-danger">"Take the provider away"</button>
            </form>
        </section>
    }
    .into_any()
}
