//! The range of time: where it is, and how to move it.

use super::options::{ColumnChooser, HiddenFields};
use super::use_search;
use crate::address::SearchAddress;
use crate::parts::get_form::GetForm;
use crate::parts::histogram::print_count;
use crate::parts::icons::{self, Icon};
use crate::parts::time::use_clockface;
use crate::ranges::{PRESETS, describe_seconds, hours_before, shift, zoom_in, zoom_out};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use orgtrail_shared::time::TimeRange;

/// The range bar.
#[component]
pub(super) fn RangeBar() -> impl IntoView {
    let search = use_search();
    let content = move || {
        Suspend::new(async move {
            match search.request.await {
                Ok((request, now)) => view! { <Range range=request.range now/> }.into_any(),
                Err(_) => view! { <RangeMistake/> }.into_any(),
            }
        })
    };
    view! { <div class="range-bar"><Transition fallback=|| ()>{content}</Transition> <ColumnChooser/></div> }.into_any()
}

#[component]
fn Range(range: TimeRange, now: DateTime<Utc>) -> impl IntoView {
    let base = use_search().base;
    let clockface = use_clockface();
    let to = move |range: TimeRange| move || base.get().with_range(range).href();
    let has_seconds = range.start().timestamp() % 60 != 0 || range.end().timestamp() % 60 != 0;
    let format = if has_seconds { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M" };
    let print = move |at| clockface.print(at, format);
    let length = describe_seconds(range.length().num_seconds());
    let presets = PRESETS.map(|(name, hours)| {
        let href = move || {
            let base = base.get();
            // The default stays open-ended: it is the only range that moves along with time.
            let preset = hours_before(now, hours).filter(|_| hours != 24);
            preset.map_or_else(|| live(&base), |range| base.with_range(range)).href()
        };
        let is_here = range.length().num_hours() == hours && (now - range.end()).num_minutes() < 2;
        view! {
            <a class="segment" href=href data-noscroll="" aria-current=is_here.then_some("true")>{name}</a>
        }
    });
    view! {
        <div class="segments" role="group" aria-label="Last">{presets.into_iter().collect_view()}</div>
        <div class="segments" role="group" aria-label="Move">
            {step("Earlier ([)", icons::LEFT, to(shift(range, -1)))}
            {step("Later (])", icons::RIGHT, to(shift(range, 1)))}
            {step("Zoom out (-)", icons::MINUS, to(zoom_out(range)))}
            {step("Zoom in (+)", icons::PLUS, to(zoom_in(range)))}
        </div>
        <details class="menu-box range-menu">
            <summary class="button range-summary">
                <span class="range-text">
                    {move || print(range.start())} " – " {move || print(range.end())}
                </span>
                <span class="muted">{move || clockface.zone_name()} " · " {length}</span>
            </summary>
            <div class="menu-body"><RangeForm from=input_value(range.start()) to=input_value(range.end())/></div>
        </details>
        <ReadsSwitch/>
    }
    .into_any()
}

/// The range that ends now, whenever now is.
fn live(base: &SearchAddress) -> SearchAddress {
    SearchAddress { from: None, to: None, range_mistake: None, ..base.closed() }
}

fn step(
    label: &'static str,
    icon: &'static str,
    href: impl Fn() -> String + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <a class="segment" href=href data-noscroll="" title=label aria-label=label><Icon path=icon/></a>
    }
}

fn input_value(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The fields for an exact range.
#[component]
fn RangeForm(from: String, to: String) -> impl IntoView {
    view! {
        <GetForm action="/search" class="range-form">
            <label>
                "From (UTC)"
                <input type="datetime-local" name="from" step="1" value=from/>
            </label>
            <label>
                "To (UTC)"
                <input type="datetime-local" name="to" step="1" value=to/>
            </label>
            <HiddenFields without=&["from", "to"]/>
            <button type="submit" class="button is-primary">"Use range"</button>
        </GetForm>
    }
}

/// What remains of the bar when the range can't be read: a way to mend it.
#[component]
fn RangeMistake() -> impl IntoView {
    let search = use_search();
    let mistake = move || search.base.with(|base| base.range_mistake.clone());
    let default = move || live(&search.base.get()).href();
    move || {
        mistake().map(|mistake| {
            view! {
                <p class="tone-danger">{mistake}</p>
                <a class="button" href=default>"Use the last 24 hours"</a>
            }
        })
    }
}

/// Calls that only read are folded away, with a switch that says how many.
#[component]
fn ReadsSwitch() -> impl IntoView {
    let search = use_search();
    let content = move || {
        Suspend::new(async move {
            let hidden = search.histogram.await.map(|histogram| histogram.hidden_reads);
            let shows = move || search.base.with(|base| base.shows_reads);
            let href = move || {
                let base = search.base.get();
                base.with_reads(!base.shows_reads).href()
            };
            let hidden = hidden.unwrap_or_default();
            let label = move || match shows() {
                true => "Hide reads".to_owned(),
                false if hidden.events == 0 => "Show reads".to_owned(),
                false => format!("{} hidden · Show", print_count(hidden, "read")),
            };
            view! { <a class="button reads" href=href data-noscroll="">{label}</a> }
        })
    };
    view! { <Transition fallback=|| ()>{content}</Transition> }
}
