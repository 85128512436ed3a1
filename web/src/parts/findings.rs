//! What is not proven, the worst first.

use super::panels::Notice;
use super::time::Instant;
use super::verdict::{tone_of_state, word_of_state};
use leptos::prelude::*;
use orgtrail_shared::console::Finding;
use orgtrail_shared::proof::CellState;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
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
    let summary = summary(&findings);
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
    view! {
        <p class="findings-summary">{summary}</p>
        <ul class="findings" aria-label="Findings">{items.collect_view()}</ul>
    }
    .into_any()
}

/// All findings in a line: `2 accounts are not proven throughout: 1 tampered, 3 missing.`
fn summary(findings: &[Finding]) -> String {
    let accounts: BTreeSet<_> =
        findings.iter().filter_map(|finding| finding.account.as_ref()).collect();
    let subject = match accounts.len() {
        0 => "Not everything is proven".to_owned(),
        1 => "1 account is not proven throughout".to_owned(),
        count => format!("{count} accounts are not proven throughout"),
    };
    let mut counts: BTreeMap<Reverse<CellState>, usize> = BTreeMap::new();
    for finding in findings {
        *counts.entry(Reverse(finding.state)).or_default() += 1;
    }
    let counts = counts
        .into_iter()
        .map(|(Reverse(state), count)| format!("{count} {}", word_of_state(state)));
    format!("{subject}: {}.", counts.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_counted_the_worst_first() {
        let finding = |state, account: &str| Finding {
            state,
            sentence: String::new(),
            account: account.parse().ok(),
            range: None,
        };
        let one = finding(CellState::Missing, "111122223333");
        assert_eq!(
            summary(std::slice::from_ref(&one)),
            "1 account is not proven throughout: 1 missing."
        );
        let all = [
            one.clone(),
            finding(CellState::Tampered, "444455556666"),
            one,
            finding(CellState::Gap, ""),
        ];
        assert_eq!(
            summary(&all),
            "2 accounts are not proven throughout: 1 tampered, 2 missing, 1 gap."
        );
    }
}
