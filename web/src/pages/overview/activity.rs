//! What arrived of each account.

use crate::address::{Carried, SearchAddress};
use crate::console::use_console;
use crate::parts::sparkline::Sparkline;
use crate::parts::table::{Column, TableSection};
use crate::parts::time::{dash, instant_or_dash};
use crate::parts::verdict::state_or_dash;
use crate::ranges::describe_seconds;
use leptos::prelude::*;
use orgtrail_shared::console::AccountActivity;
use orgtrail_shared::text::group_digits;

const ACCOUNTS_COLUMNS: [Column; 8] = [
    Column::Text("Account"),
    Column::Text("Id"),
    Column::Number("Events"),
    Column::Text("By hour"),
    Column::Number("Errors"),
    Column::Time("Newest event"),
    Column::Number("Lag"),
    Column::Text("Coverage"),
];

/// One row per account.
#[component]
pub(super) fn AccountTable(accounts: Vec<AccountActivity>) -> impl IntoView {
    let carried = use_console().carried.clone();
    let rows = accounts.into_iter().map(|account| row(&carried, account).into_any()).collect();
    view! {
        <TableSection id="accounts" title="Accounts" caption="What arrived of each account in the last 24 hours" columns=&ACCOUNTS_COLUMNS rows/>
    }
    .into_any()
}

fn row(carried: &Carried, account: AccountActivity) -> impl IntoView + use<> {
    let scoped = Carried { scope: account.account.to_string(), ..carried.clone() };
    let events = SearchAddress::new(scoped.clone(), "").with_reads(true).href();
    let errors = SearchAddress::new(scoped.clone(), "error:*").with_reads(true).href();
    let integrity = scoped.to("/integrity").finish();
    let name = if account.name.is_empty() { account.account.to_string() } else { account.name };
    let lag = match account.lag_seconds {
        Some(seconds) => describe_seconds(seconds).into_any(),
        None => dash().into_any(),
    };
    let failed = match account.errors_day {
        0 => dash().into_any(),
        count => view! { <a href=errors>{group_digits(count)}</a> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row"><a href=events>{name}</a></th>
            <td class="code" data-label="Id">{account.account.to_string()}</td>
            <td class="number" data-label="Events">{group_digits(account.events_day)}</td>
            <td data-label="By hour"><Sparkline values=account.hours/></td>
            <td class="number" data-label="Errors">{failed}</td>
            <td data-label="Newest event">{instant_or_dash(account.newest_event)}</td>
            <td class="number" data-label="Lag">{lag}</td>
            <td data-label="Coverage"><a class="plain" href=integrity>{state_or_dash(account.coverage_day)}</a></td>
        </tr>
    }
}
