//! Says that newer events have arrived; it never moves the rows by itself. The browser looks for
//! them and fills it in.

use super::Search;
use crate::address::SearchAddress;
use leptos::prelude::*;

/// The place of the button that appears when there is something new.
#[component]
pub(super) fn Newer(search: Search) -> impl IntoView {
    let address = &search.address;
    let is_live = address.to.is_none() && address.page.is_none();
    let asked = search.request.ok().zip(search.histogram.ok()).filter(|_| is_live);
    let (parameters, shown) = asked
        .map(|(request, histogram)| {
            // From where the rows begin up to now, whenever now is.
            let from = Some(request.range.start());
            let open_ended = SearchAddress { from, ..search.base.clone() }.href();
            let parameters = open_ended.split_once('?').map(|(_, it)| it.to_owned());
            (parameters, histogram.total.events.to_string())
        })
        .unzip();
    view! {
        <div class="newer" aria-live="polite" data-newer=parameters.flatten() data-shown=shown></div>
    }
}
