//! What is not proven, the worst first.

use super::panels::Notice;
use super::time::Instant;
use super::verdict::{tone_of_state, word_of_state};
use leptos::prelude::*;
use orgtrail_shared::console::{Finding, Findings};
use orgtrail_shared::text::group_digits;
use std::sync::Arc;

/// Makes the link to where a finding can be looked at.
pub(crate) type FindingHref = Arc<dyn Fn(&Finding) -> String + Send + Sync>;

/// The findings, or the good news.
#[component]
pub(crate) fn FindingList(findings: Findings, href: FindingHref) -> impl IntoView {
    if findings.worst.is_empty() {
        return no_finding(findings.is_any_proven);
    }
    let summary = summary(&findings);
    let count: u64 = findings.by_state.iter().map(|(_, count)| count).sum();
    let more = count.saturating_sub(findings.worst.len() as u64);
    let items = findings.worst.into_iter().map(|finding| {
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
    let more = (more > 0).then(|| {
        let words = format!(
            "{} more; choose an account or a shorter range to see them",
            group_digits(more)
        );
        view! { <p class="muted">{words}</p> }
    });
    view! {
        <p class="findings-summary">{summary}</p>
        <ul class="findings" aria-label="Findings">{items.collect_view()}</ul>
        {more}
    }
    .into_any()
}

/// Nothing is wrong; but nothing may be proven, either.
fn no_finding(is_any_proven: bool) -> AnyView {
    if is_any_proven {
        return view! {
            <Notice tone="ok"><p>"Everything that was due is complete and unaltered, proven by valid digests."</p></Notice>
        }
        .into_any();
    }
    view! {
        <Notice tone="info"><p>"Nothing was due yet, and nothing is proven. Digests arrive about an hour after the hour that they cover."</p></Notice>
    }
    .into_any()
}

/// All findings in a line: `2 accounts are not proven throughout: 1 tampered, 3 missing.`
fn summary(findings: &Findings) -> String {
    let subject = match findings.account_count {
        0 => "Not everything is proven".to_owned(),
        1 => "1 account is not proven throughout".to_owned(),
        count => format!("{} accounts are not proven throughout", group_digits(count)),
    };
    let counts: Vec<_> = findings
        .by_state
        .iter()
        .map(|(state, count)| format!("{} {}", group_digits(*count), word_of_state(*state)))
        .collect();
    format!("{subject}: {}.", counts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use orgtrail_shared::proof::CellState;

    #[test]
    fn findings_are_summed_up_in_a_line() {
        let findings = |account_count| Findings {
            by_state: vec![(CellState::Tampered, 1), (CellState::NotExpected, 2)],
            account_count,
            ..Findings::default()
        };
        let counts = "not proven throughout: 1 tampered, 2 not expected.";
        assert_eq!(summary(&findings(1)), format!("1 account is {counts}"));
        assert_eq!(summary(&findings(2)), format!("2 accounts are {counts}"));
    }
}
