//! What is not proven, the worst first.

use super::panels::Notice;
use super::time::Instant;
use super::verdict::{tone_of_state, word_of_state};
use leptos::prelude::*;
use orgtrail_shared::console::Finding;
use std::sync::Arc;

/// Makes the link to where a finding can be looked at.
pub(crate) type FindingHref = Arc<dyn Fn(&Finding) -> String + Send + Sync>;

/// The findings, or the good news.
#[component]
pub(crate) fn Findings(findings: Vec<Finding>, href: FindingHref) -> impl IntoView {
    if findings.is_empty() {
        return view! {
            <Notice tone="ok"><p>"Everything that was due is complete and unaltered, proven by valid digests."</p></Notice>
        }
        .into_any();
    }
    let items = findings.into_iter().map(|finding| {
        let class = format!("finding tone-{}", tone_of_state(finding.state));
        let link = href(&finding);
        let range = finding.range.map(|range| {
            view! { <span class="finding-range"><Instant at=range.start()/> " – " <Instant at=range.end()/></span> }
        });
        view! {
            <li class=class>
                <span class="glyph" aria-hidden="true">{finding.state.glyph()}</span>
                <span class="hidden">{word_of_state(finding.state)} ": "</span>
                <a href=link>{finding.sentence}</a>
                {range}
            </li>
        }
    });
    view! { <ul class="findings" aria-label="Findings">{items.collect_view()}</ul> }.into_any()
}
