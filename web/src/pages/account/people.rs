//! Who may do something in an account, for those who manage people.

use crate::parts::grant::grant_words;
use crate::parts::table::{Column, TableSection};
use crate::parts::time::{dash, instant_or_dash};
use leptos::prelude::*;
use orgtrail_shared::authorization::Grant;
use orgtrail_shared::organization::AccountPeople;
use orgtrail_shared::settings::Session;

const ROLES: [Column; 2] = [Column::Text("Person"), Column::Text("Role")];

const SESSIONS: [Column; 4] =
    [Column::Text("Person"), Column::Text("From"), Column::Time("Opened"), Column::Time("Ends")];

/// Roles at the account and above it, and sessions of its people.
#[component]
pub(super) fn People(people: AccountPeople) -> impl IntoView {
    let AccountPeople { grants, sessions } = people;
    let roles = grants.into_iter().map(role).collect();
    let open = if sessions.is_empty() {
        view! {
            <section>
                <h2 id="sessions">"Sessions"</h2>
                <p class="muted">"Nobody of this account is signed in."</p>
            </section>
        }
        .into_any()
    } else {
        let rows = sessions.into_iter().map(session).collect();
        view! {
            <TableSection id="sessions" title="Sessions" caption="Open sessions of the account's people" columns=&SESSIONS rows>
                <p class="muted">"They are ended on " <a href="/settings">"People and keys"</a> "."</p>
            </TableSection>
        }
        .into_any()
    };
    view! {
        <TableSection id="roles" title="Roles" caption="Who has a role here or above" columns=&ROLES rows=roles>
            <p class="muted">"Roles at this account and at everything above it. They are changed on " <a href="/settings">"People and keys"</a> "."</p>
        </TableSection>
        {open}
    }
    .into_any()
}

fn role(grant: Grant) -> AnyView {
    let words = grant_words(&grant);
    view! {
        <tr>
            <th scope="row" data-label="Person">{grant.name}</th>
            <td class="wraps" data-label="Role">{words}</td>
        </tr>
    }
    .into_any()
}

fn session(session: Session) -> AnyView {
    let from =
        if session.address.is_empty() { dash().into_any() } else { session.address.into_any() };
    let kind = if session.audience == "api" { "API" } else { "console" };
    view! {
        <tr>
            <th scope="row" data-label="Person">{session.name} <span class="row-note">{kind}</span></th>
            <td class="code" data-label="From">{from}</td>
            <td data-label="Opened">{instant_or_dash(Some(session.created_at))}</td>
            <td data-label="Ends">{instant_or_dash(Some(session.expires_at))}</td>
        </tr>
    }
    .into_any()
}
