//! The people of the organization, for those who manage them.

use crate::parts::table::{Column, TableSection};
use crate::parts::time::{dash, instant_or_dash};
use crate::parts::verdict::toned;
use leptos::prelude::*;
use orgtrail_shared::settings::Person;

const COLUMNS: [Column; 5] = [
    Column::Text("Person"),
    Column::Text("Role"),
    Column::Text("Account"),
    Column::Text("Sees"),
    Column::Time("Access ends"),
];

/// Who can sign in, and as what.
#[component]
pub(super) fn People(people: Vec<Person>) -> impl IntoView {
    let rows = people.into_iter().map(row).collect();
    view! {
        <TableSection id="people" title="People" caption="People who can sign in" columns=&COLUMNS rows>
            <p class="muted">
                <code>"orgtrail user add NAME --role ROLE"</code>
                " adds somebody, or gives them a new password and role."
            </p>
        </TableSection>
    }
    .into_any()
}

fn row(person: Person) -> AnyView {
    let account = match &person.account {
        Some(account) => account.to_string().into_any(),
        None => dash().into_any(),
    };
    let state = person.is_disabled.then(|| toned("neutral", "‖", "disabled"));
    let sees = sees(&person);
    view! {
        <tr>
            <th scope="row" data-label="Person">{person.name} " " {state}</th>
            <td data-label="Role">{person.role.name().replace('-', " ")}</td>
            <td class="code" data-label="Account">{account}</td>
            <td class="wraps" data-label="Sees">{sees}</td>
            <td data-label="Access ends">{instant_or_dash(person.expires_at)}</td>
        </tr>
    }
    .into_any()
}

/// What somebody sees, in words.
fn sees(person: &Person) -> String {
    let accounts = if person.role.sees_all_accounts() {
        return "all accounts".to_owned();
    } else if person.granted.is_empty() {
        person.account.as_ref().map_or_else(|| "all accounts".to_owned(), ToString::to_string)
    } else {
        let ids: Vec<String> = person.granted.iter().map(ToString::to_string).collect();
        ids.join(", ")
    };
    let day = |time: chrono::DateTime<chrono::Utc>| time.format("%Y-%m-%d %H:%M").to_string();
    let from = person.period_from.map(|from| format!(" from {} UTC", day(from)));
    let to = person.period_to.map(|to| format!(" to {} UTC", day(to)));
    format!("{accounts}{}{}", from.unwrap_or_default(), to.unwrap_or_default())
}
