//! Sessions that are open.

use crate::parts::table::{Column, TableSection};
use crate::parts::time::{dash, instant_or_dash};
use crate::parts::verdict::toned;
use leptos::prelude::*;
use orgtrail_shared::settings::Session;

const COLUMNS: [Column; 5] = [
    Column::Text("Opened by"),
    Column::Text("From"),
    Column::Time("Opened"),
    Column::Time("Ends"),
    Column::Text("Change"),
];

/// The sessions, each with a button that ends it.
#[component]
pub(super) fn Sessions(sessions: Vec<Session>, token: String, is_for_all: bool) -> impl IntoView {
    let about = if is_for_all {
        "Browsers and tokens of everybody. Ending one takes effect at once, wherever it is used."
    } else {
        "Your browsers and tokens. Ending one takes effect at once, wherever it is used."
    };
    let rows = sessions.into_iter().map(|session| row(session, &token)).collect();
    view! {
        <TableSection id="sessions" title="Sessions" caption="Open sessions" columns=&COLUMNS rows>
            <p class="muted">{about}</p>
        </TableSection>
    }
    .into_any()
}

fn row(session: Session, token: &str) -> AnyView {
    let program = match (session.audience.as_str(), session.user_agent.as_str()) {
        ("api", _) => "a token of the API".to_owned(),
        (_, "") => "a browser".to_owned(),
        (_, agent) => agent.to_owned(),
    };
    let from = if session.address.is_empty() {
        dash().into_any()
    } else {
        session.address.clone().into_any()
    };
    let change = if session.is_this {
        toned("ok", "✓", "this one")
    } else {
        let label = format!("End the session of {} from {}", session.name, session.address);
        view! {
            <form method="post" action="/settings/sessions/end" class="inline-form">
                <input type="hidden" name="csrf" value=token.to_owned()/>
                <input type="hidden" name="id" value=session.id/>
                <button type="submit" class="button" aria-label=label>"End"</button>
            </form>
        }
        .into_any()
    };
    view! {
        <tr>
            <th scope="row" class="wraps" data-label="Opened by">{session.name} <span class="row-note">{program}</span></th>
            <td class="code" data-label="From">{from}</td>
            <td data-label="Opened">{instant_or_dash(Some(session.created_at))}</td>
            <td data-label="Ends">{instant_or_dash(Some(session.expires_at))}</td>
            <td data-label="Change">{change}</td>
        </tr>
    }
    .into_any()
}
