//! The page's smaller choices: presets, columns, and the fields that carry the rest of the URL.

use super::use_search;
use crate::address::{SearchAddress, Zone};
use crate::parts::columns::Column;
use crate::parts::get_form::GetForm;
use crate::parts::icons::{self, Icon};
use leptos::prelude::*;
use orgtrail_shared::time::to_rfc3339;

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
pub(super) fn Presets() -> impl IntoView {
    let base = use_search().base;
    let links = PRESETS.map(|(name, query, shows_reads)| {
        let href = move || base.get().with_query(query).with_reads(shows_reads).href();
        let is_here = move || base.with(|base| base.query == query);
        view! {
            <li><a class="chip" href=href data-noscroll="" aria-current=move || is_here().then_some("true")>{name}</a></li>
        }
    });
    view! { <ul class="presets" aria-label="Presets">{links.into_iter().collect_view()}</ul> }
}

/// The URL's parameters as hidden fields of a form, except those that the form has itself.
#[component]
pub(super) fn HiddenFields(without: &'static [&'static str]) -> impl IntoView {
    let base = use_search().base;
    move || {
        fields(&base.get())
            .into_iter()
            .filter(|(name, value)| !value.is_empty() && !without.contains(name))
            .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
            .collect_view()
    }
}

fn fields(address: &SearchAddress) -> [(&'static str, String); 7] {
    let time = |time: Option<_>| time.map(to_rfc3339).unwrap_or_default();
    let columns: Vec<_> = address.columns.iter().map(|column| column.name()).collect();
    let zone = match address.carried.zone {
        Zone::Utc => "",
        Zone::Local => "local",
    };
    [
        ("q", address.query.clone()),
        ("from", time(address.from)),
        ("to", time(address.to)),
        ("reads", if address.shows_reads { "show".to_owned() } else { String::new() }),
        ("columns", columns.join(",")),
        ("scope", address.carried.scope.clone()),
        ("tz", zone.to_owned()),
    ]
}

/// The element that the key `c` opens.
pub(super) const COLUMNS_ID: &str = "columns";

/// The choice of columns.
#[component]
pub(super) fn ColumnChooser() -> impl IntoView {
    let base = use_search().base;
    let shown = Memo::new(move |_| base.with(SearchAddress::shown_columns));
    let boxes = Column::ALL.into_iter().filter(|(column, ..)| *column != Column::Time);
    let boxes = boxes.map(move |(column, name, heading)| {
        let is_shown = move || shown.with(|shown| shown.contains(&column));
        view! {
            <li>
                <label>
                    <input type="checkbox" name="columns" value=name checked=is_shown prop:checked=is_shown/>
                    {heading}
                </label>
            </li>
        }
    });
    let default = move || SearchAddress { columns: Vec::new(), ..base.get() }.href();
    view! {
        <details class="menu-box" id=COLUMNS_ID>
            <summary class="button"><Icon path=icons::COLUMNS/>"Columns"</summary>
            <div class="menu-body">
                <GetForm action="/search">
                    <HiddenFields without=&["columns"]/>
                    <fieldset>
                        <legend class="hidden">"Columns"</legend>
                        <ul>{boxes.collect_view()}</ul>
                    </fieldset>
                    <div class="menu-foot">
                        <button type="submit" class="button is-primary">"Show these"</button>
                        <a class="button" href=default data-noscroll="">"Default"</a>
                    </div>
                </GetForm>
            </div>
        </details>
    }
    .into_any()
}
