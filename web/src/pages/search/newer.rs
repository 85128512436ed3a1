//! Says that newer events have arrived; it never moves the rows by itself.

use super::use_search;
use crate::backend;
use crate::clock;
use leptos::prelude::*;
use leptos::task::spawn_local;
use orgtrail_shared::console::SearchRequest;
use orgtrail_shared::text::group_digits;
use orgtrail_shared::time::TimeRange;
use std::time::Duration;

/// How often to look.
const PERIOD: Duration = Duration::from_secs(30);

/// A button that appears when there is something new.
#[component]
pub(super) fn Newer() -> impl IntoView {
    let search = use_search();
    let newer = RwSignal::new(0_u64);
    let look = move || {
        let is_live = search.address.with_untracked(|address| {
            address.to.is_none() && address.page.is_none() && address.range_mistake.is_none()
        });
        let known = search.request().zip(search.seen.total.get_untracked());
        if !is_live || document().hidden() {
            return;
        }
        let Some((request, shown)) = known else { return };
        spawn_local(async move {
            let total = count(request).await;
            newer.try_set(total.unwrap_or_default().saturating_sub(shown.events));
        });
    };
    Effect::new(move |_| {
        search.seen.total.track();
        newer.set(0);
    });
    Effect::new(move |_| {
        let timer = set_interval_with_handle(look, PERIOD).ok();
        on_cleanup(move || {
            if let Some(timer) = timer {
                timer.clear();
            }
        });
    });
    let show = move |_| search.refresh.update(|count| *count += 1);
    view! {
        <div class="newer" aria-live="polite">
            <Show when=move || newer.get() != 0>
                <button type="button" class="button" on:click=show>
                    {move || group_digits(newer.get())} " newer – show"
                </button>
            </Show>
        </div>
    }
}

/// How many events match between the start of the range and now.
async fn count(request: SearchRequest) -> Option<u64> {
    let now = clock::now().await.ok()?;
    let range = TimeRange::new(request.range.start(), now.max(request.range.end())).ok()?;
    let histogram = backend::ask_histogram(SearchRequest { range, ..request }).await.ok()?;
    Some(histogram.total.events)
}
