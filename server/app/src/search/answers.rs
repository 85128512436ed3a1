//! How searches were answered: counted, for operators. No query is kept.

use super::planner::{Decision, Wanted};
use orgtrail_shared::index::AnswerKind;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Counts by organization and decision, since the server started.
#[derive(Debug, Default)]
pub struct Answers(Mutex<HashMap<(i32, Wanted, Decision), Tally>>);

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    searches: u32,
    total: Duration,
    slowest: Duration,
}

impl Answers {
    /// Counts a search that began at a moment and has just been answered.
    pub(super) fn add(
        &self,
        organization_id: i32,
        wanted: Wanted,
        decision: &Decision,
        begun: Instant,
    ) {
        let took = begun.elapsed();
        let decided_by = decision.answered_by.name();
        metrics::histogram!("orgtrail_search_duration_seconds", "answered_by" => decided_by)
            .record(took);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Reasons are words of ours, so there are few of them.
        let tally = counts.entry((organization_id, wanted, decision.clone())).or_default();
        tally.searches = tally.searches.saturating_add(1);
        tally.total += took;
        tally.slowest = tally.slowest.max(took);
    }

    /// How the searches of an organization were answered, the most frequent first.
    pub fn of(&self, organization_id: i32) -> Vec<AnswerKind> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = counts.iter().filter(|((organization, ..), _)| *organization == organization_id);
        let mut kinds: Vec<AnswerKind> = own
            .map(|((_, wanted, decision), tally)| AnswerKind {
                wanted: wanted.name().to_owned(),
                answered_by: decision.answered_by.name().to_owned(),
                reason: decision.reason.clone(),
                searches: u64::from(tally.searches),
                mean_ms: millis(tally.total / tally.searches.max(1)),
                slowest_ms: millis(tally.slowest),
            })
            .collect();
        kinds.sort_by(|one, other| {
            let order = other.searches.cmp(&one.searches);
            order
                .then_with(|| one.wanted.cmp(&other.wanted))
                .then_with(|| one.reason.cmp(&other.reason))
        });
        kinds
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
