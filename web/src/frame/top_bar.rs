//! The top: which organization, which part of it, what to search for, and how times are shown.

use super::keys::zone_href;
use super::theme::ThemeSwitch;
use super::{Console, navigation, use_console};
use crate::address::{Zone, replace_param};
use crate::parts::get_form::GetForm;
use crate::parts::icons::{self, Icon};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use orgtrail_shared::console::Viewer;
use orgtrail_shared::organization::Unit;

/// The bar at the top.
#[component]
pub(super) fn TopBar() -> impl IntoView {
    let console = use_console();
    let is_local = move || console.carried.get().zone == Zone::Local;
    view! {
        <header class="top">
            <button type="button" class="tool menu" popovertarget=navigation::ID aria-label="Menu">
                <Icon path=icons::MENU/>
            </button>
            <Suspense fallback=|| ()>
                {move || Suspend::new(async move {
                    console.viewer.await.ok().map(|viewer| view! { <Scope viewer/> })
                })}
            </Suspense>
            <QuickSearch/>
            <div class="tools">
                <a
                    class="tool zone js-only"
                    href=move || zone_href(console)
                    data-noscroll=""
                    title="Switch between UTC and local time (t)"
                >
                    <span class="hidden">"Times in "</span>
                    {move || if is_local() { "Local" } else { "UTC" }}
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
    let is_elsewhere = Memo::new(move |_| console.path.with(|path| path != "/search"));
    view! {
        <Show when=move || is_elsewhere.get()>
            <GetForm action="/search" class="quick-search" role="search">
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
                <Carried/>
            </GetForm>
        </Show>
    }
}

/// The carried parameters as hidden fields of a form.
#[component]
fn Carried() -> impl IntoView {
    let carried = use_console().carried;
    view! {
        {move || {
            let carried = carried.get();
            let scope = (!carried.scope.is_empty())
                .then(|| view! { <input type="hidden" name="scope" value=carried.scope/> });
            let zone = (carried.zone == Zone::Local)
                .then(|| view! { <input type="hidden" name="tz" value="local"/> });
            (scope, zone)
        }}
    }
}

/// The choice of what to look at: everything, a unit or an account.
#[component]
fn Scope(viewer: Viewer) -> impl IntoView {
    let console = use_console();
    let navigate = use_navigate();
    let everything =
        if viewer.role.sees_all_accounts() { "All accounts" } else { "All my accounts" };
    let chosen = move || console.carried.with(|carried| carried.scope.clone());
    let go = move |event| {
        let scope = event_target_value(&event);
        navigate(&scoped(console, &scope), NavigateOptions::default());
    };
    let option = move |value: String, label: String| {
        let is_chosen = {
            let value = value.clone();
            move || chosen() == value
        };
        view! { <option value=value selected=is_chosen>{label}</option> }
    };
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
            <form method="get" action=move || console.path.get()>
                <select name="scope" aria-label="Scope" on:change=go prop:value=chosen>
                    {option(String::new(), everything.to_owned())}
                    {units}
                    <optgroup label="Accounts">{accounts}</optgroup>
                </select>
                <button type="submit" class="button plain-only">"Apply"</button>
            </form>
        </div>
    }
    .into_any()
}

/// This page with another scope, and without what belonged to the old one.
fn scoped(console: Console, scope: &str) -> String {
    let path = console.path.get_untracked();
    let search = console.search.get_untracked();
    let dropped = ["page", "event", "cell", "at", "before"];
    dropped.iter().fold(replace_param(&path, &search, "scope", scope), |href, name| {
        let (path, search) = href.split_once('?').unwrap_or((&href, ""));
        replace_param(path, search, name, "")
    })
}

/// A unit's path from the root: `Root / Workloads / Production`.
pub(super) fn unit_path(units: &[Unit], unit: &Unit) -> String {
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
