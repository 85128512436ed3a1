//! What arrived of each account.

use crate::address::{Carried, SearchAddress};
use crate::console::use_console;
use crate::parts::sparkline::Sparkline;
use crate::parts::time::{ZoneName, dash, instant_or_dash};
use crate::parts::verdict::state_or_dash;
use crate::ranges::describe_seconds;
use leptos::prelude::*;
use orgtrail_shared::console::AccountActivity;
use orgtrail_shared::text::group_digits;

/// One row per account.
#[component]
pub(super) fn AccountTable(accounts: Vec<AccountActivity>) -> impl IntoView {
    let carried = use_console().carried.clone();
    let rows = accounts.into_iter().map(|account| row(&carried, account)).collect_view();
    view! {
        <section>
            <h2 id="accounts">"Accounts"</h2>
            <div class="table-wrap" tabindex="0" role="region" aria-labelledby="accounts">
                <table class="table cards">
                    <caption class="hidden">"What arrived of each account in the last 24 hours"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Account"</th>
                            <th scope="col">"Id"</th>
                            <th scope="col" class="number">"Events"</th>
                            <th scope="col">"By hour"</th>
                            <th scope="col" class="number">"Errors"</th>
                            <th scope="col">"Newest event (" <ZoneName/> ")"</th>
                            <th scope="col" class="number">"Lag"</th>
                            <th scope="col">"Coverage"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
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
