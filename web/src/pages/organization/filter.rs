//! Which accounts of the organization are shown.

use crate::console::{Console, use_console};
use leptos::prelude::*;
use orgtrail_shared::organization::{Account, AccountKind, AccountState, Organization};
use orgtrail_shared::proof::CellState;

/// What accounts must be; empty for anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    text: String,
    kind: String,
    state: String,
    coverage: String,
}

const KINDS: [AccountKind; 4] = [
    AccountKind::Management,
    AccountKind::DelegatedAdministrator,
    AccountKind::Member,
    AccountKind::Unknown,
];

const STATES: [AccountState; 5] = [
    AccountState::PendingActivation,
    AccountState::Active,
    AccountState::Suspended,
    AccountState::PendingClosure,
    AccountState::Closed,
];

const PROVEN: &str = "proven";
const NOT_PROVEN: &str = "not proven";

impl Filter {
    /// What the address asks.
    pub(super) fn of(console: &Console) -> Self {
        let text = |name| console.params.get(name).map(str::trim).unwrap_or_default().to_owned();
        Self {
            text: text("find"),
            kind: text("kind"),
            state: text("state"),
            coverage: text("coverage"),
        }
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn holds(&self, account: &Account) -> bool {
        let text = self.text.to_lowercase();
        let is_found =
            account.name.to_lowercase().contains(&text) || account.id.as_str().contains(&text);
        let is_proven = account.coverage_worst == Some(CellState::Proven);
        is_found
            && (self.kind.is_empty() || account.kind.name() == self.kind)
            && (self.state.is_empty()
                || account.state.is_some_and(|state| state.name() == self.state))
            && match self.coverage.as_str() {
                PROVEN => is_proven,
                NOT_PROVEN => !is_proven,
                _ => true,
            }
    }

    /// The organization with the accounts that hold, and the units above them.
    pub(super) fn cut(&self, organization: Organization) -> Organization {
        if self.is_empty() {
            return organization;
        }
        let accounts: Vec<Account> =
            organization.accounts.into_iter().filter(|account| self.holds(account)).collect();
        let mut needed: Vec<_> =
            accounts.iter().filter_map(|account| account.unit.clone()).collect();
        // Parents stand before children, so that going backwards reaches every unit above.
        for unit in organization.units.iter().rev() {
            if needed.contains(&unit.id) {
                needed.extend(unit.parent.clone());
            }
        }
        let units =
            organization.units.into_iter().filter(|unit| needed.contains(&unit.id)).collect();
        Organization { accounts, units, ..organization }
    }
}

/// The form that asks for less.
#[component]
pub(super) fn FilterForm(filter: Filter) -> impl IntoView {
    let console = use_console();
    let path = console.path.clone();
    let all = console.carried.to("/organization").finish();
    let clear =
        (!filter.is_empty()).then(|| view! { <a class="button" href=all>"All accounts"</a> });
    let kinds = KINDS.map(AccountKind::name);
    let states = STATES.map(AccountState::name);
    view! {
        <form method="get" action=path class="ask">
            <label>
                "Find "
                <input name="find" type="text" value=filter.text placeholder="name or id" autocomplete="off" spellcheck="false"/>
            </label>
            {choice("kind", "Kind", &kinds, &filter.kind)}
            {choice("state", "State", &states, &filter.state)}
            {choice("coverage", "Coverage", &[PROVEN, NOT_PROVEN], &filter.coverage)}
            <button type="submit" class="button">"Show"</button>
            {clear}
        </form>
    }
    .into_any()
}

fn choice(
    name: &'static str,
    label: &'static str,
    values: &[&'static str],
    chosen: &str,
) -> AnyView {
    let options: Vec<AnyView> = values
        .iter()
        .map(|value| {
            view! { <option value=*value selected={*value == chosen}>{*value}</option> }.into_any()
        })
        .collect();
    view! {
        <label class="short">
            {label} " "
            <select name=name>
                <option value="">"any"</option>
                {options}
            </select>
        </label>
    }
    .into_any()
}
