//! The chart under the pointer: what a bar stands for, and choosing a range by dragging.

use super::clock;
use super::dom::{around, first};
use super::visit::{Scroll, go, path};
use crate::address::replace_param;
use crate::ranges::brushed;
use chrono::TimeDelta;
use leptos::ev;
use leptos::prelude::window_event_listener;
use orgtrail_shared::text::group_digits;
use orgtrail_shared::time::{TimeRange, to_rfc3339};
use std::cell::RefCell;
use web_sys::{Element, PointerEvent};

/// A drag shorter than this part of the width is a click.
const SHORTEST: f64 = 0.006;

thread_local! {
    /// The chart that is being dragged over, and between which places.
    static DRAG: RefCell<Option<(Element, f64, f64)>> = const { RefCell::new(None) };
}

/// Follows the pointer over charts.
pub(super) fn listen() {
    let _kept = window_event_listener(ev::pointerdown, |event| {
        let plot = around(&event, ".plot[data-step]").filter(|_| event.button() == 0);
        if let Some(plot) = plot
            && let Some(place) = fraction(&plot, &event)
        {
            let _captured = plot.set_pointer_capture(event.pointer_id());
            DRAG.set(Some((plot, place, place)));
        }
    });
    let _kept = window_event_listener(ev::pointermove, |event| follow(&event));
    let _kept = window_event_listener(ev::pointerup, |_| {
        if let Some((plot, start, end)) = DRAG.take() {
            draw(&plot, None);
            if (start - end).abs() >= SHORTEST {
                choose(&plot, start, end);
            }
        }
    });
    let _kept = window_event_listener(ev::pointercancel, |_| {
        if let Some((plot, ..)) = DRAG.take() {
            draw(&plot, None);
        }
    });
    let _kept = window_event_listener(ev::dblclick, |event| {
        let wider = around(event.as_ref(), ".plot").and_then(|_| first("[data-key=\"-\"]"));
        if let Some(wider) = wider {
            wider.click();
        }
    });
}

fn follow(event: &PointerEvent) {
    let dragged = DRAG.with_borrow_mut(|drag| {
        let (plot, start, end) = drag.as_mut()?;
        *end = fraction(plot, event)?;
        Some((plot.clone(), *start, *end))
    });
    if let Some((plot, start, end)) = dragged {
        draw(&plot, Some((start, end)));
        return say(&plot, fraction(&plot, event));
    }
    match around(event, ".plot[data-bars]") {
        Some(plot) => say(&plot, fraction(&plot, event)),
        None => {
            if let Some(readout) = first(".chart-readout") {
                readout.set_text_content(None);
            }
        }
    }
}

/// Where the pointer is, from 0 at the left to 1 at the right.
fn fraction(plot: &Element, event: &PointerEvent) -> Option<f64> {
    let place = plot.get_bounding_client_rect();
    let fraction = (f64::from(event.client_x()) - place.left()) / place.width();
    fraction.is_finite().then(|| fraction.clamp(0.0, 1.0))
}

fn draw(plot: &Element, drag: Option<(f64, f64)>) {
    let Some(mark) = plot.query_selector(".brush rect").ok().flatten() else { return };
    let (start, end) = drag.unwrap_or_default();
    let _set = mark.set_attribute("x", &format!("{:.2}%", start.min(end) * 100.0));
    let _set = mark.set_attribute("width", &format!("{:.2}%", (start - end).abs() * 100.0));
}

fn step_of(plot: &Element) -> Option<u32> {
    plot.get_attribute("data-step")?.parse().ok()
}

/// Goes where the chart leads, with the range that was dragged over.
fn choose(plot: &Element, start: f64, end: f64) {
    let Some(target) = plot.get_attribute("data-target") else { return };
    let Some((domain, step)) = clock::domain(plot).zip(step_of(plot)) else { return };
    let range = brushed(domain, start, end, step);
    let bounds = [("from", range.start()), ("to", range.end())];
    let href = bounds.into_iter().fold(target, |href, (name, at)| {
        let (page, search) = href.split_once('?').unwrap_or((&href, ""));
        replace_param(page, search, name, &to_rfc3339(at))
    });
    let is_here = href.split('?').next() == Some(path().as_str());
    go(&href, if is_here { Scroll::Stay } else { Scroll::Top });
}

/// Says what the bar under the pointer stands for.
fn say(plot: &Element, place: Option<f64>) {
    let Some(chart) = plot.closest(".chart").ok().flatten() else { return };
    let Some(readout) = chart.query_selector(".chart-readout").ok().flatten() else { return };
    readout.set_text_content(place.and_then(|place| text_at(plot, place)).as_deref());
}

fn text_at(plot: &Element, place: f64) -> Option<String> {
    let bars = plot.get_attribute("data-bars")?;
    let bars: Vec<&str> = bars.split(' ').collect();
    let index = bucket_at(place, bars.len())?;
    let mut numbers = bars.get(index)?.split(',').map(|number| number.parse().unwrap_or(0));
    let mut next = || group_digits(numbers.next().unwrap_or(0));
    let range = bar(clock::domain(plot)?, step_of(plot)?, index)?;
    Some(format!(
        "{} – {} · {} writes, {} reads, {} errors",
        clock::print(range.start(), "%Y-%m-%d %H:%M:%S"),
        clock::print(range.end(), "%H:%M:%S"),
        next(),
        next(),
        next()
    ))
}

fn bar(domain: TimeRange, step: u32, index: usize) -> Option<TimeRange> {
    let step = i64::from(step);
    let start = domain.start() + TimeDelta::seconds(step * i64::try_from(index).ok()?);
    TimeRange::new(start, start + TimeDelta::seconds(step)).ok()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a place between the first and the last of a few hundred bars"
)]
fn bucket_at(place: f64, count: usize) -> Option<usize> {
    (count > 0).then(|| ((place * count as f64) as usize).min(count - 1))
}
