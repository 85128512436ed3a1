//! A row of small bars: the shape of a day at a glance.

use leptos::prelude::*;
use std::fmt::Write as _;

/// Bars of equal width; their sum is said in words beside them.
#[component]
pub(crate) fn Sparkline(values: Vec<u64>) -> impl IntoView {
    let path = bars(&values);
    let view_box = format!("0 0 {} 20", values.len().max(1) * 4);
    view! {
        <svg class="sparkline" viewBox=view_box preserveAspectRatio="none" aria-hidden="true">
            <path d=path></path>
        </svg>
    }
}

/// The outline of all bars as one path, on a ground 20 high; a bar of anything is at least one high.
fn bars(values: &[u64]) -> String {
    let highest = values.iter().copied().max().unwrap_or(0).max(1);
    let mut path = String::new();
    for (index, value) in values.iter().enumerate().filter(|(_, value)| **value > 0) {
        let height = (value * 20).div_ceil(highest).clamp(1, 20);
        // Writing to a string can't fail.
        let _written = write!(path, "M{} 20v-{height}h3v{height}z", index * 4);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::bars;

    #[test]
    fn bars_are_proportional_and_never_vanish() {
        assert_eq!(bars(&[0, 1000, 1]), "M4 20v-20h3v20zM8 20v-1h3v1z");
        assert_eq!(bars(&[]), "");
        assert_eq!(bars(&[0, 0]), "");
    }
}
