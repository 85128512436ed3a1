//! Who has looked at one's events.

use super::Page;
use crate::backend::Backend;
use crate::console::{Console, use_console};
use crate::parts::panels::Empty;
use crate::parts::table::{Column, Label, Table};
use crate::parts::time::Instant;
use leptos::prelude::*;
use orgtrail_shared::access::{EventAccess, EventAccessPage};

/// The last one is for those who see the accounts of whoever looked.
const COLUMNS: [Column; 5] = [
    Column::Time("When"),
    Column::Text("Who"),
    Column::Text("What"),
    Column::Text("Whose events"),
    Column::Text("Record"),
];

/// The page of looks at events.
pub(super) async fn load(console: &Console, backend: &dyn Backend) -> Page {
    let before = console.params.get("before").and_then(|before| before.parse().ok());
    let answer = backend.accesses(before).await;
    let question = "Who has searched or looked at the events of the accounts that you see. It is recorded before \
        anything is shown, and can't be switched off.";
    Page::of_answer("Access to events", question, answer, move |page| {
        view! { <Known page is_first=before.is_none()/> }.into_any()
    })
}

#[component]
fn Known(page: EventAccessPage, is_first: bool) -> impl IntoView {
    let carried = use_console().carried.clone();
    if page.accesses.is_empty() && is_first {
        return view! {
            <Empty title="Nobody has looked at your events">
                <p>"People outside of the account who search its events, or look at one, are listed here at once."</p>
            </Empty>
        }
        .into_any();
    }
    let newest = carried.to("/access").finish();
    let older = page.next.map(|before| {
        let href = carried.to("/access").with("before", &before.to_string()).finish();
        view! { <a class="button" href=href>"Older"</a> }
    });
    let newest = (!is_first).then(|| view! { <a class="button" href=newest>"Newest"</a> });
    let sees_all = use_console().viewer.as_ref().is_some_and(|viewer| viewer.sees_all_accounts);
    let columns = if sees_all { &COLUMNS[..] } else { &COLUMNS[..4] };
    let rows = page.accesses.into_iter().map(|access| row(access, sees_all)).collect();
    view! {
        <p class="summary">"A question that the same session repeats within an hour is listed once. Newest first."</p>
        <Table label=Label::Words("Looks at events") caption="Looks at events, newest first" columns rows class="cards"/>
        <div class="older">{newest}{older}</div>
    }
    .into_any()
}

fn row(access: EventAccess, sees_all: bool) -> AnyView {
    let console = use_console();
    let event = |id: &str| console.to(&format!("/events/{id}"));
    let words = access.in_words().to_owned();
    let what = match &access.seen_event {
        Some(id) => view! { <a href=event(id)>{words}</a> }.into_any(),
        None => words.into_any(),
    };
    // The record of it belongs to the account that looked; it is there as soon as it is delivered.
    let own = sees_all.then(|| {
        let label = format!("The record of this look by {}", access.principal);
        view! { <td data-label="Record"><a href=event(&access.event_id) aria-label=label>"show"</a></td> }
    });
    let account = access.account.clone().map(|account| {
        view! { " " <span class="code muted">{account}</span> }
    });
    let reach = access.reach();
    view! {
        <tr>
            <th scope="row"><Instant at=access.at/></th>
            <td data-label="Who">{access.principal} {account}</td>
            <td data-label="What">{what}</td>
            <td data-label="Whose events">{reach}</td>
            {own}
        </tr>
    }
    .into_any()
}
