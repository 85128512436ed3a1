//! Choosing a range by dragging over the bars.

use crate::ranges::brushed;
use leptos::html::Div;
use leptos::prelude::*;
use orgtrail_shared::time::TimeRange;
use web_sys::PointerEvent;

/// A drag shorter than this part of the width is a click.
const SHORTEST: f64 = 0.006;

/// The ground of the chart, which follows the pointer.
#[component]
pub(super) fn Brush(
    /// The time that the chart covers.
    domain: TimeRange,
    /// The length of a bar, in seconds.
    step: u32,
    /// How many bars there are.
    count: usize,
    /// The bar under the pointer.
    hovered: RwSignal<Option<usize>>,
    /// What happens with the range.
    on_range: Callback<TimeRange>,
    /// What happens on a double click.
    on_zoom_out: Callback<()>,
    /// The chart.
    children: Children,
) -> impl IntoView {
    let ground = NodeRef::<Div>::new();
    let drag = RwSignal::new(None::<(f64, f64)>);
    let press = move |event: PointerEvent| {
        if let Some(ground) = ground.get_untracked()
            && event.button() == 0
        {
            let _captured = ground.set_pointer_capture(event.pointer_id());
            drag.set(fraction(&ground, &event).map(|place| (place, place)));
        }
    };
    let follow = move |event: PointerEvent| {
        let Some(ground) = ground.get_untracked() else { return };
        let Some(place) = fraction(&ground, &event) else { return };
        hovered.set(bucket_at(place, count));
        drag.update(|drag| {
            if let Some((_, end)) = drag {
                *end = place;
            }
        });
    };
    let release = move |_| {
        if let Some((start, end)) = drag.get_untracked()
            && (start - end).abs() >= SHORTEST
        {
            on_range.run(brushed(domain, start, end, step));
        }
        drag.set(None);
    };
    let edge = move || drag.get().map(|(start, end)| format!("{:.2}%", start.min(end) * 100.0));
    let width =
        move || drag.get().map(|(start, end)| format!("{:.2}%", (start - end).abs() * 100.0));
    view! {
        <div
            class="plot"
            node_ref=ground
            on:pointerdown=press
            on:pointermove=follow
            on:pointerup=release
            on:pointercancel=move |_| drag.set(None)
            on:pointerleave=move |_| hovered.set(None)
            on:dblclick=move |_| on_zoom_out.run(())
        >
            {children()}
            <svg class="brush" width="100%" height="100%" aria-hidden="true">
                <rect x=edge y="0" width=width height="100%"></rect>
            </svg>
        </div>
    }
}

/// Where the pointer is, from 0 at the left to 1 at the right.
fn fraction(ground: &web_sys::HtmlDivElement, event: &PointerEvent) -> Option<f64> {
    let place = ground.get_bounding_client_rect();
    let fraction = (f64::from(event.client_x()) - place.left()) / place.width();
    fraction.is_finite().then(|| fraction.clamp(0.0, 1.0))
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
