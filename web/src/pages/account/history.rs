//! When an account belonged here, where it lay, and when it administered.

use crate::parts::table::{Column, TableSection};
use crate::parts::time::instant_or_dash;
use leptos::prelude::*;
use orgtrail_shared::organization::{Membership, Place, Span};

const COLUMNS: [Column; 3] = [Column::Text("What"), Column::Time("From"), Column::Time("To")];

/// The history in one table, the newest first.
#[component]
pub(super) fn History(
    memberships: Vec<Membership>,
    delegations: Vec<Span>,
    places: Vec<Place>,
) -> impl IntoView {
    let mut rows: Vec<(Span, AnyView)> = Vec::new();
    for membership in memberships {
        let span = Span { from: membership.joined_at, to: membership.left_at };
        rows.push((span, "member of the organization".into_any()));
    }
    for span in delegations {
        rows.push((span, "delegated administrator for CloudTrail".into_any()));
    }
    for place in places {
        let unit = place.unit.to_string();
        let what = view! { "in " {place.name} " " <span class="code muted">{unit}</span> };
        rows.push((place.span, what.into_any()));
    }
    rows.sort_by_key(|(span, _)| std::cmp::Reverse(span.from));
    if rows.is_empty() {
        return view! {
            <section>
                <h2 id="history">"History"</h2>
                <p class="muted">"Only records name this account: nothing is known of its membership."</p>
            </section>
        }
        .into_any();
    }
    let rows = rows.into_iter().map(|(span, what)| row(span, what)).collect();
    view! {
        <TableSection id="history" title="History" caption="When the account was what" columns=&COLUMNS rows>
            ""
        </TableSection>
    }
    .into_any()
}

fn row(span: Span, what: AnyView) -> AnyView {
    let to = match span.to {
        Some(to) => instant_or_dash(Some(to)).into_any(),
        None => "now".into_any(),
    };
    view! {
        <tr>
            <th scope="row" class="wraps" data-label="What">{what}</th>
            <td data-label="From">{instant_or_dash(Some(span.from))}</td>
            <td data-label="To">{to}</td>
        </tr>
    }
    .into_any()
}
