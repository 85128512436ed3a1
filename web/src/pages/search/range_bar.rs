//! The range of time: where it is, and how to move it.

use super::Search;
use super::options::{ColumnChooser, hidden_fields};
use crate::address::SearchAddress;
use crate::console::use_console;
use crate::icons::{self, Icon};
use crate::parts::histogram::print_count;
use crate::parts::time::{Moment, ZoneName};
use crate::ranges::{PRESETS, describe_seconds, hours_before, shift, zoom_in, zoom_out};
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use orgtrail_shared::time::TimeRange;

/// The range bar.
#[component]
pub(super) fn RangeBar(search: Search) -> impl IntoView {
    let base = search.base.clone();
    let range = match &search.request {
        Ok(request) => {
            let range = request.range;
            view! { <Range search range/> }.into_any()
        }
        Err(_) => view! { <RangeMistake base=base.clone()/> }.into_any(),
    };
    view! { <div class="range-bar">{range} <ColumnChooser base/></div> }.into_any()
}

#[component]
fn Range(search: Search, range: TimeRange) -> impl IntoView {
    let now = use_console().now;
    let base = search.base.clone();
    let to = |range: TimeRange| base.with_range(range).href();
    let has_seconds = range.start().timestamp() % 60 != 0 || range.end().timestamp() % 60 != 0;
    let format = if has_seconds { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M" };
    let from = input_value(range.start());
    let until = input_value(range.end());
    let length = describe_seconds(range.length().num_seconds());
    let presets = PRESETS.map(|(name, hours)| {
        // The default stays open-ended: it is the only range that moves along with time.
        let preset = hours_before(now, hours).filter(|_| hours != 24);
        let href = preset.map_or_else(|| live(&base), |range| base.with_range(range)).href();
        let is_here = range.length().num_hours() == hours && (now - range.end()).num_minutes() < 2;
        view! {
            <a class="segment" href=href data-noscroll="" aria-current=is_here.then_some("true")>{name}</a>
        }
    });
    view! {
        <div class="segments" role="group" aria-label="Last">{presets.into_iter().collect_view()}</div>
        <div class="segments" role="group" aria-label="Move">
            {step("Earlier ([)", "[", icons::LEFT, to(shift(range, -1)))}
            {step("Later (])", "]", icons::RIGHT, to(shift(range, 1)))}
            {step("Zoom out (-)", "-", icons::MINUS, to(zoom_out(range)))}
            {step("Zoom in (+)", "+", icons::PLUS, to(zoom_in(range)))}
        </div>
        <details class="menu-box range-menu">
            <summary class="button range-summary">
                <span class="range-text">
                    <Moment at=range.start() format/> " – " <Moment at=range.end() format/>
                </span>
                <span class="muted"><ZoneName/> " · " {length}</span>
            </summary>
            <div class="menu-body"><RangeForm base=base.clone() from until/></div>
        </details>
        <ReadsSwitch search/>
    }
    .into_any()
}

/// The range that ends now, whenever now is.
fn live(base: &SearchAddress) -> SearchAddress {
    SearchAddress { from: None, to: None, range_mistake: None, ..base.closed() }
}

fn step(label: &'static str, key: &'static str, icon: &'static str, href: String) -> impl IntoView {
    view! {
        <a class="segment" href=href data-key=key data-noscroll="" title=label aria-label=label><Icon path=icon/></a>
    }
}

fn input_value(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// The fields for an exact range.
#[component]
fn RangeForm(base: SearchAddress, from: String, until: String) -> impl IntoView {
    view! {
        <form method="get" action="/search" class="range-form">
            <label>
                "From (UTC)"
                <input type="datetime-local" name="from" step="1" value=from/>
            </label>
            <label>
                "To (UTC)"
                <input type="datetime-local" name="to" step="1" value=until/>
            </label>
            {hidden_fields(&base, &["from", "to"])}
            <button type="submit" class="button is-primary">"Use range"</button>
        </form>
    }
}

/// What remains of the bar when the range can't be read: a way to mend it.
#[component]
fn RangeMistake(base: SearchAddress) -> impl IntoView {
    base.range_mistake.clone().map(|mistake| {
        view! {
            <p class="tone-danger">{mistake}</p>
            <a class="button" href=live(&base).href()>"Use the last 24 hours"</a>
        }
    })
}

/// Calls that only read are folded away, with a switch that says how many.
#[component]
fn ReadsSwitch(search: Search) -> impl IntoView {
    let base = search.base;
    let hidden = search.histogram.map(|histogram| histogram.hidden_reads).unwrap_or_default();
    let href = base.with_reads(!base.shows_reads).href();
    let label = match base.shows_reads {
        true => "Hide reads".to_owned(),
        false if hidden.events == 0 => "Show reads".to_owned(),
        false => format!("{} hidden · Show", print_count(hidden, "read")),
    };
    view! { <a class="button reads" href=href data-noscroll="">{label}</a> }
}
