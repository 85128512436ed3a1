//! The organization: its units and accounts, and how each account is covered.

mod changes;
mod filter;
mod tree;

use super::Page;
use crate::address::{Carried, SearchAddress};
use crate::backend::Backend;
use crate::console::{Console, use_console};
use crate::parts::panels::{Empty, Notice};
use crate::parts::table::{Column, Label, Table};
use crate::parts::time::{dash, instant_or_dash};
use crate::parts::verdict::state_or_dash;
use changes::Changes;
use filter::{Filter, FilterForm};
use leptos::prelude::*;
use orgtrail_shared::organization::{Account, AccountState, Organization, Unit};
use orgtrail_shared::text::group_digits;
use tree::{Node, Row};

const COLUMNS: [Column; 9] = [
    Column::Text("Name"),
    Column::Text("Id"),
    Column::Text("Kind"),
    Column::Text("State"),
    Column::Text("Member"),
    Column::Text("Last 24 h"),
    Column::Text("Worst"),
    Column::Number("Events"),
    Column::Time("Newest"),
];

/// The organization page.
pub(super) async fn load(console: &Console, backend: &dyn Backend) -> Page {
    let answer = backend.organization().await;
    let filter = Filter::of(console);
    let is_changed = console.params.get("changed").is_some();
    let question = "Which accounts belong here, since when, and how well they are covered.";
    Page::of_answer("Organization", question, answer, move |organization| {
        view! { <Known organization filter is_changed/> }.into_any()
    })
}

#[component]
fn Known(organization: Organization, filter: Filter, is_changed: bool) -> impl IntoView {
    let carried = use_console().carried.clone();
    let (locked, is_trusted) = (organization.locked.clone(), organization.is_trusted);
    let done = is_changed.then(|| {
        view! { <Notice tone="ok"><p role="status">"The organization was changed."</p></Notice> }
    });
    let count = organization.accounts.len();
    if count == 0 {
        return view! {
            <Empty title="No account is known yet">
                <p>"Accounts appear once the organization has been read, or once the first log file of an account has been collected. See Operations for the last pass of each job."</p>
            </Empty>
        }
        .into_any();
    }
    let total = organization.accounts.len();
    let units = organization.units.len();
    let organization = filter.cut(organization);
    let shown = organization.accounts.len();
    let left_out =
        (shown < total).then(|| format!(", {} of them shown", group_digits(shown as u64)));
    let summary = format!(
        "{} ({}) · {} account{} in {} unit{}{}",
        organization.name,
        organization.id,
        group_digits(total as u64),
        if total == 1 { "" } else { "s" },
        units,
        if units == 1 { "" } else { "s" },
        left_out.unwrap_or_default()
    );
    let rows = tree::rows(&organization, &carried.scope);
    let rows = rows.into_iter().map(|row| row_view(&carried, row)).collect();
    view! {
        {done}
        <FilterForm filter/>
        <p class="summary">{summary}</p>
        <Table label=Label::Words("Accounts") caption="Units and accounts" columns=&COLUMNS rows class="tree cards"/>
        <Changes locked is_trusted/>
    }
    .into_any()
}

fn row_view(carried: &Carried, row: Row) -> AnyView {
    let depth = format!("depth-{}", row.depth.min(6));
    match row.node {
        Node::Unit(unit, accounts) => unit_row(carried, &unit, accounts, depth),
        Node::Account(account) => account_row(carried, *account, depth),
        Node::Outside => view! {
            <tr class="unit-row">
                <th scope="rowgroup" colspan="9" class=depth>"Outside the organization"</th>
            </tr>
        }
        .into_any(),
    }
}

fn unit_row(carried: &Carried, unit: &Unit, accounts: usize, depth: String) -> AnyView {
    let scoped = Carried { scope: unit.id.to_string(), ..carried.clone() };
    let plural = if accounts == 1 { "" } else { "s" };
    view! {
        <tr class="unit-row">
            <th scope="rowgroup" colspan="9" class=depth>
                {unit.name.clone()} " " <span class="code muted">{unit.id.to_string()}</span>
                <span class="muted">" · " {accounts} " account" {plural}</span>
                <span class="row-links">
                    <a href=SearchAddress::new(scoped.clone(), "").href()>"Search"</a>
                    <a href=scoped.to("/integrity").finish()>"Integrity"</a>
                </span>
            </th>
        </tr>
    }
    .into_any()
}

fn account_row(carried: &Carried, account: Account, depth: String) -> AnyView {
    let scoped = Carried { scope: account.id.to_string(), ..carried.clone() };
    let events = SearchAddress::new(scoped.clone(), "").with_reads(true).href();
    let integrity = scoped.to("/integrity").finish();
    let detail = carried.to(&format!("/organization/{}", account.id)).finish();
    let name = if account.name.is_empty() { "unnamed".to_owned() } else { account.name.clone() };
    let state = match account.state {
        Some(AccountState::Active) => "active".into_any(),
        Some(state) => view! { <span class="tone-attention">{state.name()}</span> }.into_any(),
        None => dash().into_any(),
    };
    view! {
        <tr>
            <th scope="row" class=depth data-label="Name"><a href=events>{name}</a></th>
            <td class="code" data-label="Id"><a href=detail>{account.id.to_string()}</a></td>
            <td data-label="Kind">{account.kind.name()}</td>
            <td data-label="State">{state}</td>
            <td data-label="Member">{membership(&account)}</td>
            <td data-label="Last 24 h"><a class="plain" href=integrity.clone()>{state_or_dash(account.coverage_day)}</a></td>
            <td data-label="Worst"><a class="plain" href=integrity>{state_or_dash(account.coverage_worst)}</a></td>
            <td class="number" data-label="Events">{group_digits(account.event_count)}</td>
            <td data-label="Newest">{instant_or_dash(account.newest_event)}</td>
        </tr>
    }
    .into_any()
}

/// When the account belonged here, in a few words; all of it on hover.
fn membership(account: &Account) -> AnyView {
    let Some(last) = account.memberships.last() else { return dash().into_any() };
    let day = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%d").to_string();
    let spans = account.memberships.iter().map(|span| match span.left_at {
        Some(left) => format!("{} – {}", day(span.joined_at), day(left)),
        None => format!("since {}", day(span.joined_at)),
    });
    let all = spans.collect::<Vec<_>>().join("; ");
    let shown = match last.left_at {
        Some(left) => format!("left {}", day(left)),
        None => format!("since {}", day(last.joined_at)),
    };
    view! { <span title=all>{shown}</span> }.into_any()
}
