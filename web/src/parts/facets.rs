//! The most frequent values beside the results; a click on one edits the query.

use super::fields::PivotHref;
use crate::address::{chosen_values, has_value};
use leptos::prelude::*;
use orgtrail_shared::console::{FacetCounts, FacetValue};
use orgtrail_shared::query::{Facet, Query, TextField};
use orgtrail_shared::text::{group_digits, shorten_middle};

/// All facets of a search.
#[component]
pub(crate) fn Facets(counts: Vec<FacetCounts>, href: PivotHref, query: Query) -> impl IntoView {
    let lists = counts.into_iter().filter_map(|counts| facet(counts, &href, &query));
    lists.collect_view().into_any()
}

/// The facet's heading.
fn heading(facet: Facet) -> &'static str {
    match facet {
        Facet::Account => "Account",
        Facet::Text(TextField::EventName) => "Event",
        Facet::Text(TextField::EventSource) => "Service",
        Facet::Text(TextField::Principal) => "Principal",
        Facet::Text(TextField::Error) => "Error",
        Facet::Text(TextField::Region) => "Region",
        Facet::Text(TextField::SourceIp) => "Source IP",
        Facet::Text(TextField::UserAgent) => "User agent",
        Facet::Text(field) => field.qualifier(),
    }
}

fn facet(counts: FacetCounts, href: &PivotHref, query: &Query) -> Option<impl IntoView + use<>> {
    let facet = counts.facet;
    let sign = if counts.is_lower_bound { "≥\u{2009}" } else { "" };
    // What was chosen stays in sight, and can be taken back, however rare it is.
    let rare = chosen_values(query, facet).into_iter().filter(|(value, _)| {
        !counts.values.iter().any(|known| known.value.eq_ignore_ascii_case(value))
    });
    let rare = rare.map(|(value, _)| (FacetValue { value, ..FacetValue::default() }, None));
    let frequent = counts
        .values
        .iter()
        .map(|value| (value.clone(), Some(format!("{sign}{}", group_digits(value.events)))));
    let rows: Vec<_> = rare
        .chain(frequent)
        .map(|(value, count)| facet_value(facet, value, count, href, query))
        .collect();
    if rows.is_empty() {
        return None;
    }
    let others = (counts.others > 0).then(
        || view! { <p class="facet-others">{group_digits(counts.others)} " more values"</p> },
    );
    Some(view! {
        <details class="facet" open>
            <summary>{heading(facet)}</summary>
            <ul>{rows}</ul>
            {others}
        </details>
    })
}

/// An ARN by its telling end first: `role/Deploy 111122223333`.
fn principal_label(arn: &str) -> String {
    let mut parts = arn.splitn(6, ':').skip(4);
    match (parts.next(), parts.next()) {
        (Some(account), Some(resource)) if arn.starts_with("arn:") => {
            format!("{} {account}", shorten_middle(resource, 34))
        }
        _ => shorten_middle(arn, 34),
    }
}

/// A value with the two links that include and exclude it; without a count, it is not among the frequent ones.
fn facet_value(
    facet: Facet,
    value: FacetValue,
    count: Option<String>,
    href: &PivotHref,
    query: &Query,
) -> impl IntoView + use<> {
    let is_only = has_value(query, facet, &value.value, false);
    let is_not = has_value(query, facet, &value.value, true);
    let shown = match (value.label.as_str(), value.value.as_str()) {
        ("", "") => "none".to_owned(),
        ("", name) if facet == Facet::Text(TextField::Principal) => principal_label(name),
        ("", name) => shorten_middle(name, 34),
        (label, _) => shorten_middle(label, 34),
    };
    let title = if value.value.is_empty() { "none".to_owned() } else { value.value.clone() };
    let only = href(facet, &value.value, false);
    let not = href(facet, &value.value, true);
    let exclude = format!("{} {title}", if is_not { "Do not exclude" } else { "Exclude" });
    view! {
        <li class="facet-row" class:is-only=is_only class:is-not=is_not>
            <a
                class="facet-value"
                href=only
                data-noscroll=""
                title=title
                aria-current=is_only.then_some("true")
            >
                <span class="check" aria-hidden="true">{if is_only { "✓" } else { "" }}</span>
                <span class="facet-label">{shown}</span>
                <span class="facet-count">{count}</span>
            </a>
            <a
                class="facet-not"
                href=not
                data-noscroll=""
                title=exclude.clone()
                aria-label=exclude
                aria-current=is_not.then_some("true")
            >
                "−"
            </a>
        </li>
    }
}
