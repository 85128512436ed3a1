//! The top: which organization, which part of it, what to search for, and how times are shown.

use super::navigation;
use super::theme::ThemeSwitch;
use crate::address::{Params, Zone, replace_param};
use crate::console::{Console, use_console};
use crate::icons::{self, Icon};
use leptos::prelude::*;
use orgtrail_shared::console::Viewer;
use orgtrail_shared::organization::Unit;

/// The bar at the top.
#[component]
pub(super) fn TopBar() -> impl IntoView {
    let console = use_console();
    let is_local = console.carried.zone == Zone::Local;
    view! {
        <header class="top">
            <button type="button" class="tool menu" popovertarget=navigation::ID aria-label="Menu">
                <Icon path=icons::MENU/>
            </button>
            {console.viewer.clone().map(|viewer| view! { <Scope viewer/> })}
            <QuickSearch/>
            <div class="tools">
                <a
                    class="tool zone js-only"
                    href=zone_href(&console)
                    data-key="t"
                    data-noscroll=""
                    title="Switch between UTC and local time (t)"
                >
                    <span class="hidden">"Times in "</span>
                    {if is_local { "Local" } else { "UTC" }}
                </a>
                <ThemeSwitch/>
            </div>
        </header>
    }
    .into_any()
}

/// A search from anywhere; the search page has its own, larger one.
#[component]
fn QuickSearch() -> impl IntoView {
    let console = use_console();
    (console.path != "/search").then(|| {
        view! {
            <form method="get" action="/search" class="quick-search" role="search">
                <Icon path=icons::SEARCH/>
                <input
                    type="search"
                    name="q"
                    data-search=""
                    placeholder="Search events"
                    aria-label="Search events"
                    autocomplete="off"
                    spellcheck="false"
                />
                <kbd class="js-only">"/"</kbd>
                {carried_fields(&console)}
            </form>
        }
    })
}

/// The carried parameters as hidden fields of a form.
fn carried_fields(console: &Console) -> impl IntoView + use<> {
    let carried = console.carried.clone();
    let scope = (!carried.scope.is_empty())
        .then(|| view! { <input type="hidden" name="scope" value=carried.scope/> });
    let zone = (carried.zone == Zone::Local)
        .then(|| view! { <input type="hidden" name="tz" value="local"/> });
    (scope, zone)
}

/// The choice of what to look at: everything, a unit or an account.
#[component]
fn Scope(viewer: Viewer) -> impl IntoView {
    let console = use_console();
    let everything = if viewer.sees_all_accounts { "All accounts" } else { "All my accounts" };
    let chosen = console.carried.scope.clone();
    let option = |value: String, label: String| {
        let is_chosen = chosen == value;
        view! { <option value=value selected=is_chosen>{label}</option> }
    };
    let everything = option(String::new(), everything.to_owned());
    let kept = kept_fields(&console.search);
    let units: Vec<_> = viewer
        .units
        .iter()
        .map(|unit| option(unit.id.to_string(), unit_path(&viewer.units, unit)))
        .collect();
    let accounts: Vec<_> = viewer
        .accounts
        .iter()
        .map(|account| match account.name.as_str() {
            "" => option(account.id.to_string(), account.id.to_string()),
            name => option(account.id.to_string(), format!("{name} · {}", account.id)),
        })
        .collect();
    let units = (!units.is_empty())
        .then(|| view! { <optgroup label="Organizational units">{units}</optgroup> });
    view! {
        <div class="scope">
            <span class="organization" title=viewer.organization_name>
                {viewer.organization.to_string()}
            </span>
            <span class="separator" aria-hidden="true">"/"</span>
            <form method="get" action=console.path.clone()>
                {kept}
                <select name="scope" aria-label="Scope" data-submits="">
                    {everything}
                    {units}
                    <optgroup label="Accounts">{accounts}</optgroup>
                </select>
                <button type="submit" class="button plain-only">"Apply"</button>
            </form>
        </div>
    }
    .into_any()
}

/// What another scope keeps of this page's parameters: not what belongs to the old one.
fn kept_fields(search: &str) -> impl IntoView + use<> {
    const DROPPED: [&str; 6] = ["scope", "page", "event", "cell", "row", "before"];
    let params = Params::parse(search);
    let kept = params.iter().filter(|(name, value)| !DROPPED.contains(name) && !value.is_empty());
    kept.map(|(name, value)| {
        view! { <input type="hidden" name=name.to_owned() value=value.to_owned()/> }
    })
    .collect_view()
}

/// This page with the other time zone.
fn zone_href(console: &Console) -> String {
    let zone = match console.carried.zone {
        Zone::Utc => "local",
        Zone::Local => "",
    };
    replace_param(&console.path, &console.search, "tz", zone)
}

/// A unit's path from the root: `Root / Workloads / Production`.
fn unit_path(units: &[Unit], unit: &Unit) -> String {
    let mut names = vec![unit.name.as_str()];
    let mut current = unit;
    // A path is never longer than the list, whatever the parents say.
    for _ in 0..units.len() {
        let parent = units.iter().find(|other| Some(&other.id) == current.parent.as_ref());
        let Some(parent) = parent else { break };
        names.push(&parent.name);
        current = parent;
    }
    names.reverse();
    names.join(" / ")
}
