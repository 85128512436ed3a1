//! Times in the reader's zone: the server prints UTC, and what differs is printed anew here.

use super::dom::all;
use super::visit::search;
use crate::address::{Carried, Params, Zone};
use crate::ranges::axis;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_shared::time::{TimeRange, parse_time};
use wasm_bindgen::JsValue;
use web_sys::Element;

/// Prints all times of the page in the zone that its address names.
pub(super) fn dress() {
    for time in all("time[datetime]") {
        if let Some(at) = time_of(&time, "datetime") {
            print_time(&time, at);
        }
    }
    if zone() == Zone::Utc {
        return;
    }
    for moment in all("[data-at]") {
        let format = moment.get_attribute("data-as");
        if let Some((at, format)) = time_of(&moment, "data-at").zip(format) {
            moment.set_text_content(Some(&print(at, &format)));
        }
    }
    for name in all("[data-zone]") {
        name.set_text_content(Some("local"));
    }
    for chart in all(".chart") {
        print_axis(&chart);
    }
}

/// Prints an instant in the reader's zone.
pub(super) fn print(at: DateTime<Utc>, format: &str) -> String {
    (at + offset(at)).format(format).to_string()
}

/// The range of a chart.
pub(super) fn domain(plot: &Element) -> Option<TimeRange> {
    TimeRange::new(time_of(plot, "data-from")?, time_of(plot, "data-to")?).ok()
}

fn zone() -> Zone {
    Carried::from_params(&Params::parse(&search())).zone
}

fn time_of(element: &Element, attribute: &str) -> Option<DateTime<Utc>> {
    parse_time(&element.get_attribute(attribute)?).ok()
}

/// How far the chosen zone is ahead of UTC at an instant.
fn offset(at: DateTime<Utc>) -> TimeDelta {
    match zone() {
        Zone::Utc => TimeDelta::zero(),
        Zone::Local => local_offset(at),
    }
}

/// How far the browser's time zone is ahead of UTC at an instant.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "whole minutes of less than a day, and milliseconds far below 2^53"
)]
fn local_offset(at: DateTime<Utc>) -> TimeDelta {
    let millis = JsValue::from_f64(at.timestamp_millis() as f64);
    TimeDelta::minutes(-(js_sys::Date::new(&millis).get_timezone_offset() as i64))
}

/// Prints a time in the chosen zone; the other zone is said on hover.
fn print_time(time: &Element, at: DateTime<Utc>) {
    let local = (at + local_offset(at)).format("%Y-%m-%d %H:%M:%S");
    let other = match zone() {
        Zone::Utc => format!("{local} local time"),
        Zone::Local => format!("{} UTC", at.format("%Y-%m-%d %H:%M:%S")),
    };
    let _set = time.set_attribute("title", &other);
    if zone() == Zone::Local {
        for (selector, format) in [(".date", "%Y-%m-%d"), (".clock", "%H:%M:%S")] {
            if let Some(part) = time.query_selector(selector).ok().flatten() {
                part.set_text_content(Some(&print(at, format)));
            }
        }
    }
}

fn print_axis(chart: &Element) {
    let part = |selector: &str| chart.query_selector(selector).ok().flatten();
    if let Some((range, drawing)) = part(".plot").as_ref().and_then(domain).zip(part(".axis")) {
        drawing.set_inner_html(&axis(range, offset(range.start()).num_seconds(), print));
    }
}
