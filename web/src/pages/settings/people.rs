//! The people of the organization, for those who manage them.

use super::grants::ConfirmRevoke;
use crate::parts::grant::grant_words;
use crate::parts::table::{Column, TableSection};
use crate::parts::time::dash;
use crate::parts::verdict::toned;
use leptos::prelude::*;
use orgtrail_shared::settings::Person;

const COLUMNS: [Column; 3] =
    [Column::Text("Person"), Column::Text("Account"), Column::Text("Roles")];

/// Who can sign in, and as what.
#[component]
pub(super) fn People(people: Vec<Person>, token: String) -> impl IntoView {
    let rows = people.into_iter().map(|person| row(person, &token)).collect();
    view! {
        <TableSection id="people" title="People" caption="People who can sign in" columns=&COLUMNS rows>
            <p class="muted">
                <code>"orgtrail user add NAME --role ROLE"</code>
                " adds somebody, or gives them a new password and role; with "
                <code>"--service"</code>
                " it is a service, which has keys and tokens only. Others sign in through the "
                <a href="/identity-provider">"identity provider"</a>
                ", with the roles of their groups."
            </p>
        </TableSection>
    }
    .into_any()
}

fn row(person: Person, token: &str) -> AnyView {
    let account = match &person.account {
        Some(account) => account.to_string().into_any(),
        None => dash().into_any(),
    };
    let state = person.is_disabled.then(|| toned("neutral", "‖", "disabled"));
    let kind = match (person.issuer, person.is_service, person.has_second_factor) {
        (Some(issuer), _, _) => Some(format!("through {issuer}")),
        (None, true, _) => Some("service".to_owned()),
        (None, false, true) => Some("second factor".to_owned()),
        (None, false, false) => None,
    };
    let kind = kind.map(|words| view! { <span class="row-note">{words}</span> });
    let grants: Vec<AnyView> = person
        .grants
        .into_iter()
        .map(|grant| {
            let words = grant_words(&grant);
            view! { <li>{words} " " <ConfirmRevoke grant token=token.to_owned()/></li> }.into_any()
        })
        .collect();
    let roles = if grants.is_empty() {
        view! { <span class="muted">"none: can't sign in"</span> }.into_any()
    } else {
        view! { <ul class="plain">{grants}</ul> }.into_any()
    };
    view! {
        <tr>
            <th scope="row" data-label="Person">{person.name} " " {kind} " " {state}</th>
            <td class="code" data-label="Account">{account}</td>
            <td class="wraps" data-label="Roles">{roles}</td>
        </tr>
    }
    .into_any()
}
