//! The most frequent values beside the results; a click on one edits the query.

use super::fields::PivotHref;
use leptos::prelude::*;
use orgtrail_shared::console::{FacetCounts, FacetValue};
use orgtrail_shared::query::{Facet, TextField};
use orgtrail_shared::text::{group_digits, shorten_middle};
use std::sync::Arc;

/// Whether a value is part of the query; the flag asks for the excluding sense.
pub(crate) type IsChosen = Arc<dyn Fn(Facet, &str, bool) -> bool + Send + Sync>;

/// All facets of a search.
#[component]
pub(crate) fn Facets(
    counts: Vec<FacetCounts>,
    href: PivotHref,
    is_chosen: IsChosen,
) -> impl IntoView {
    let lists: Vec<_> = counts
        .into_iter()
        .filter(|counts| !counts.values.is_empty())
        .map(|counts| facet(counts, &href, &is_chosen))
        .collect();
    lists.into_any()
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

fn facet(counts: FacetCounts, href: &PivotHref, is_chosen: &IsChosen) -> impl IntoView + use<> {
    let facet = counts.facet;
    let sign = if counts.is_lower_bound { "≥\u{2009}" } else { "" };
    let values: Vec<_> = counts
        .values
        .into_iter()
        .map(|value| facet_value(facet, value, sign, href, is_chosen))
        .collect();
    let others = (counts.others > 0).then(
        || view! { <p class="facet-others">{group_digits(counts.others)} " more values"</p> },
    );
    view! {
        <details class="facet" open>
            <summary>{heading(facet)}</summary>
            <ul>{values}</ul>
            {others}
        </details>
    }
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

fn facet_value(
    facet: Facet,
    value: FacetValue,
    sign: &'static str,
    href: &PivotHref,
    is_chosen: &IsChosen,
) -> impl IntoView + use<> {
    let is_only = is_chosen(facet, &value.value, false);
    let is_not = is_chosen(facet, &value.value, true);
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
                <span class="facet-count">{sign}{group_digits(value.events)}</span>
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
