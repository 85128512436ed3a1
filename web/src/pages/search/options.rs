//! The page's smaller choices: presets, columns, and the fields that carry the rest of the URL.

use crate::address::{Column, SearchAddress};
use crate::icons::{self, Icon};
use leptos::prelude::*;

/// A question that is asked often: its name, its query, and whether reads matter to it.
const PRESETS: [(&str, &str, bool); 6] = [
    ("What changed", "is:write -error:*", false),
    ("Denied", "error:*Denied*,*Unauthorized*", true),
    ("Root", "is:root", true),
    ("IAM changes", "source:iam.amazonaws.com is:write", false),
    (
        "Trail tampering",
        "source:cloudtrail.amazonaws.com \
         event:StopLogging,DeleteTrail,UpdateTrail,PutEventSelectors,PutInsightSelectors,DeleteEventDataStore",
        false,
    ),
    ("Console sign-ins", "event:ConsoleLogin", true),
];

/// Links to the questions that are asked often.
#[component]
pub(super) fn Presets(base: SearchAddress) -> impl IntoView {
    let links = PRESETS.map(|(name, query, shows_reads)| {
        let href = base.with_query(query).with_reads(shows_reads).href();
        let is_here = base.query == query;
        view! {
            <li><a class="chip" href=href data-noscroll="" aria-current=is_here.then_some("true")>{name}</a></li>
        }
    });
    view! { <ul class="presets" aria-label="Presets">{links.into_iter().collect_view()}</ul> }
}

/// The URL's parameters as hidden fields of a form, except those that the form has itself.
pub(super) fn hidden_fields(base: &SearchAddress, without: &[&str]) -> impl IntoView + use<> {
    let fields = base.fields().into_iter();
    fields
        .filter(|(name, value)| !value.is_empty() && !without.contains(name))
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view()
}

/// The choice of columns.
#[component]
pub(super) fn ColumnChooser(base: SearchAddress) -> impl IntoView {
    let shown = base.shown_columns();
    let boxes = Column::ALL.into_iter().filter(|(column, ..)| *column != Column::Time);
    let boxes = boxes.map(|(column, name, heading)| {
        let is_shown = shown.contains(&column);
        view! {
            <li>
                <label>
                    <input type="checkbox" name="columns" value=name checked=is_shown/>
                    {heading}
                </label>
            </li>
        }
    });
    let kept = hidden_fields(&base, &["columns"]);
    let boxes = boxes.collect_view();
    let default = SearchAddress { columns: Vec::new(), ..base }.href();
    view! {
        <details class="menu-box" id="columns">
            <summary class="button"><Icon path=icons::COLUMNS/>"Columns"</summary>
            <div class="menu-body">
                <form method="get" action="/search">
                    {kept}
                    <fieldset>
                        <legend class="hidden">"Columns"</legend>
                        <ul>{boxes}</ul>
                    </fieldset>
                    <div class="menu-foot">
                        <button type="submit" class="button is-primary">"Show these"</button>
                        <a class="button" href=default data-noscroll="">"Default"</a>
                    </div>
                </form>
            </div>
        </details>
    }
    .into_any()
}
