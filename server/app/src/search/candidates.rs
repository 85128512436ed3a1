//! Candidates of the index, checked on their records.

use super::front::{Front, Part, Texts};
use super::planner::Planner;
use super::{Prepared, Units, internal};
use crate::access::Caller;
use crate::services::Services;
use chrono::{DateTime, Utc};
use orgtrail_domain::filter::Candidate;
use orgtrail_domain::record::FileClaims;
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::page::EventPosition;
use orgtrail_shared::proof::FileVerdict;
use orgtrail_shared::query::Query;
use orgtrail_storage::events::{EventFilter, EventHit};
use std::collections::BTreeMap;

/// How many records one answer reads. At about two microseconds and 1.5 KB each, a second or so.
const CANDIDATES_MAX: usize = 40_000;

/// A scan over the records of candidates.
pub(super) struct Scan<'a> {
    services: &'a Services,
    caller: &'a Caller,
    filter: &'a EventFilter,
    range: orgtrail_shared::time::TimeRange,
    residual: Query,
    texts: Texts,
    units: Units,
    planner: Planner,
}

/// What a scan found.
#[derive(Default)]
pub(super) struct Scanned {
    pub(super) hits: Vec<EventHit>,
    pub(super) next: Option<EventPosition>,
    pub(super) looked_back_to: Option<DateTime<Utc>>,
    pub(super) incomplete: Vec<String>,
}

impl Scanned {
    /// The scan goes no further in this answer; the next one goes on behind the position.
    fn stop_at(&mut self, position: EventPosition) {
        self.next = Some(position);
        self.looked_back_to = DateTime::from_timestamp(position.seconds, 0);
    }
}

impl<'a> Scan<'a> {
    pub(super) async fn new(
        services: &'a Services,
        caller: &'a Caller,
        prepared: &'a Prepared,
    ) -> Result<Self, ConsoleError> {
        Ok(Self {
            services,
            caller,
            filter: &prepared.filter,
            range: prepared.range,
            texts: Texts::of(&prepared.filter.residual),
            residual: prepared.filter.residual.clone(),
            units: Units::load(services, caller).await?,
            planner: Planner::new(services).await?,
        })
    }

    /// The newest `wanted` matches behind `after`.
    pub(super) async fn run(
        &self,
        after: Option<EventPosition>,
        wanted: usize,
    ) -> Result<Scanned, ConsoleError> {
        let mut scanned = Scanned::default();
        let mut unreadable: BTreeMap<String, u64> = BTreeMap::new();
        let mut checked = 0;
        let parts = (self.services, self.caller);
        let mut front =
            Front::new(parts, self.filter, self.range, (&self.texts, self.planner), after);
        loop {
            let part = match front.next().await? {
                Part::Candidates(part) => part,
                Part::End => break,
                Part::Enough(behind) => {
                    scanned.stop_at(behind);
                    break;
                }
            };
            checked += part.len();
            for hit in self.matching(&part, &mut unreadable).await? {
                scanned.hits.push(hit.clone());
                if scanned.hits.len() == wanted {
                    scanned.next = Some(hit.position());
                    scanned.incomplete = words(unreadable);
                    return Ok(scanned);
                }
            }
            if let Some(last) = part.last()
                && checked >= CANDIDATES_MAX
                && !front.is_done()
            {
                scanned.stop_at(last.position());
                break;
            }
        }
        scanned.incomplete = words(unreadable);
        Ok(scanned)
    }

    /// What makes the scan slow, in words.
    pub(super) fn notes(&self) -> &[String] {
        self.texts.unusable()
    }

    async fn matching<'h>(
        &self,
        part: &'h [EventHit],
        unreadable: &mut BTreeMap<String, u64>,
    ) -> Result<Vec<&'h EventHit>, ConsoleError> {
        let mut found: Vec<(usize, &EventHit)> = Vec::new();
        let now = self.services.clock.now();
        let mut ids: Vec<i32> = part.iter().map(|hit| hit.object_id).collect();
        ids.sort_unstable();
        ids.dedup();
        // A few files at a time: a page of candidates may touch hundreds.
        for ids in self.services.records.in_parts(&ids).await.map_err(internal)? {
            let files = self.services.records.files(&ids).await.map_err(internal)?;
            let hits = part.iter().enumerate();
            for (place, hit) in hits.filter(|(_, hit)| ids.binary_search(&hit.object_id).is_ok()) {
                if let Some(reason) = files.unreadable.get(&hit.object_id) {
                    *unreadable.entry((*reason).to_owned()).or_default() += 1;
                    continue;
                }
                let text = usize::try_from(hit.ordinal).ok().and_then(|ordinal| {
                    files.records.get(&hit.object_id)?.get(ordinal)?.as_deref()
                });
                let verdict = hit.verdict.parse().unwrap_or(FileVerdict::NoDigestExpected);
                match text.map(|text| Candidate::read(text, &FileClaims::default(), now, verdict)) {
                    Some(Ok(candidate)) if candidate.matches(&self.residual, &self.units) => {
                        found.push((place, hit));
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => *unreadable.entry(error.to_string()).or_default() += 1,
                    None => {
                        *unreadable
                            .entry("the record is not in its file".to_owned())
                            .or_default() += 1;
                    }
                }
            }
        }
        found.sort_unstable_by_key(|(place, _)| *place);
        Ok(found.into_iter().map(|(_, hit)| hit).collect())
    }
}

fn words(unreadable: BTreeMap<String, u64>) -> Vec<String> {
    unreadable
        .into_iter()
        .map(|(reason, count)| format!("{count} records could not be checked: {reason}"))
        .collect()
}
