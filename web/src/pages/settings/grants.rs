//! Roles: one's own, and for those who grant them, forms that give them and take them back.

use crate::console::use_console;
use crate::parts::grant::grant_words;
use leptos::prelude::*;
use orgtrail_shared::authorization::Grant;
use orgtrail_shared::console::Role;

/// One's own roles, in words.
#[component]
pub(super) fn Own(grants: Vec<Grant>) -> impl IntoView {
    let why = use_console().to("/why");
    let items: Vec<AnyView> =
        grants.iter().map(|grant| view! { <li>{grant_words(grant)}</li> }.into_any()).collect();
    view! {
        <section>
            <h2 id="roles">"Your roles"</h2>
            <ul class="plain">{items}</ul>
            <p class="muted">"What they allow, and why, tells " <a href=why>"Why?"</a></p>
        </section>
    }
    .into_any()
}

/// Taking a role back asks for the person's name.
#[component]
pub(super) fn ConfirmRevoke(grant: Grant, token: String) -> impl IntoView {
    let label = format!("Take back {} of {}", grant.role.name().replace('-', " "), grant.name);
    let field = format!("revoke-{}", grant.id);
    view! {
        <details class="confirm">
            <summary aria-label=format!("{label} at {} …", grant.target)>"Take back …"</summary>
            <form method="post" action="/settings/grants/revoke">
                <input type="hidden" name="csrf" value=token/>
                <input type="hidden" name="id" value=grant.id/>
                <label for=field.clone()>{format!("Type {} to confirm", grant.name)}</label>
                <input id=field name="confirm" type="text" autocomplete="off" spellcheck="false" required/>
                <button type="submit" class="button is-danger">{label}</button>
            </form>
        </details>
    }
    .into_any()
}

/// The form that grants a role.
#[component]
pub(super) fn Give(names: Vec<String>, token: String) -> impl IntoView {
    let viewer = use_console().viewer.clone();
    let (mut places, mut members) = (Vec::new(), Vec::new());
    if let Some(viewer) = viewer {
        let whole = viewer.organization.to_string();
        places.push((whole, format!("the organization {}", viewer.organization_name)));
        places.extend(viewer.units.iter().map(|unit| (unit.id.to_string(), unit.name.clone())));
        members.extend(
            viewer.accounts.iter().map(|account| (account.id.to_string(), account.name.clone())),
        );
    }
    let option = |(id, name): (String, String)| {
        let words = if name.is_empty() { id.clone() } else { format!("{name} ({id})") };
        view! { <option value=id>{words}</option> }.into_any()
    };
    let places: Vec<AnyView> = places.into_iter().map(option).collect();
    let members: Vec<AnyView> = members.into_iter().map(option).collect();
    let names: Vec<AnyView> = names
        .into_iter()
        .map(|name| view! { <option value=name.clone()>{name.clone()}</option> }.into_any())
        .collect();
    let roles: Vec<AnyView> = Role::ALL
        .into_iter()
        .rev()
        .map(|role| {
            view! { <option value=role.name()>{role.name().replace('-', " ")}</option> }.into_any()
        })
        .collect();
    view! {
        <details class="give">
            <summary class="button">"Grant a role …"</summary>
            <form method="post" action="/settings/grants/create" class="ask">
                <input type="hidden" name="csrf" value=token/>
                <label>"Person " <select name="name" required>{names}</select></label>
                <label>"Role " <select name="role" required>{roles}</select></label>
                <label>
                    "Where "
                    <select name="target" required>
                        <optgroup label="Organization and units">{places}</optgroup>
                        <optgroup label="Accounts">{members}</optgroup>
                    </select>
                </label>
                <label>"Events from (UTC; auditors) " <input name="from" type="text" placeholder="2026-01-01" autocomplete="off"/></label>
                <label>"Events before (UTC; auditors) " <input name="to" type="text" placeholder="2026-04-01" autocomplete="off"/></label>
                <label>"Ends (UTC) " <input name="expires_at" type="text" placeholder="never" autocomplete="off"/></label>
                <label>"Reason " <input name="reason" type="text" maxlength="500" required/></label>
                <button type="submit" class="button">"Grant"</button>
            </form>
        </details>
    }
    .into_any()
}
