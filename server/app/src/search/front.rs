//! How far a scan has come: which candidates are to be read next.

use super::internal;
use super::planner::{AnsweredBy, Planner};
use crate::access::Caller;
use crate::services::Services;
use chrono::DateTime;
use orgtrail_domain::grams::Probe;
use orgtrail_domain::record::from_index_time;
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::page::EventPosition;
use orgtrail_shared::query::{Condition, Query};
use orgtrail_shared::time::TimeRange;
use orgtrail_storage::events::{EventFilter, EventHit};

/// How many candidates are fetched at once.
const PART: u32 = 2_000;

/// How many files' bitmaps one answer asks: about 10 nanoseconds each when they are remembered, 15 microseconds when not.
const FILES_MAX: usize = 100_000;

/// The first stretch of time whose files are asked together, in seconds. Each is four times as long as the one before.
const WINDOW: i64 = 3_600;

/// The longest stretch behind one with events: its rows are read by one statement.
const WINDOW_MAX: i64 = 32 * 86_400;

/// The longest stretch behind an empty one, so that a range of centuries takes few statements.
const WINDOW_EMPTY_MAX: i64 = 512 * 86_400;

/// What bitmaps are asked for a query: the texts that they can tell something about, and words on the others.
pub(super) struct Texts {
    probes: Vec<Probe>,
    unusable: Vec<String>,
}

impl Texts {
    /// The texts of which each record in question must hold all.
    pub(super) fn of(residual: &Query) -> Self {
        let mut texts = Self { probes: Vec::new(), unusable: Vec::new() };
        for term in residual.terms.iter().filter(|term| !term.is_negated) {
            let Condition::Contains(text) = &term.condition else { continue };
            match Probe::new(text) {
                Ok(probe) => texts.probes.push(probe),
                Err(error) => texts.unusable.push(format!(
                    "Every record has to be read: `{text}` can't tell log files apart, as {error}."
                )),
            }
        }
        texts
    }

    /// Why nothing could be skipped, in words; empty when another text could skip files, or there is none at all.
    pub(super) fn unusable(&self) -> &[String] {
        if self.probes.is_empty() { &self.unusable } else { &[] }
    }
}

/// The next candidates.
pub(super) enum Part {
    /// Some candidates, newest first; possibly none.
    Candidates(Vec<EventHit>),
    /// There are no more.
    End,
    /// As many files as one answer may ask have been asked; nothing behind the position has been looked at.
    Enough(EventPosition),
}

/// Hands over candidates, newest first, and leaves out files that can't hold the query's texts.
pub(super) struct Front<'a> {
    services: &'a Services,
    caller: &'a Caller,
    filter: &'a EventFilter,
    /// Seconds since 1970: where the range begins.
    start: i64,
    texts: &'a Texts,
    planner: Planner,
    after: Option<EventPosition>,
    /// The stretch that is being read, and the filter with its files.
    window: Option<(EventFilter, TimeRange)>,
    /// Seconds since 1970: everything from here on has been handed over, or is in the window.
    low: i64,
    length: i64,
    files: usize,
}

impl<'a> Front<'a> {
    /// Begins behind a position.
    pub(super) fn new(
        (services, caller): (&'a Services, &'a Caller),
        filter: &'a EventFilter,
        range: TimeRange,
        (texts, planner): (&'a Texts, Planner),
        after: Option<EventPosition>,
    ) -> Self {
        // Index time ends in 2078.
        let end = range.end().timestamp().min(from_index_time(i32::MAX));
        let low = after.map_or(end, |after| end.min(after.seconds.saturating_add(1)));
        // Without texts to ask for, the whole range is one stretch of which every file is read.
        let window = texts.probes.is_empty().then(|| (filter.clone(), range));
        let start = range.start().timestamp().max(from_index_time(i32::MIN));
        let low = if window.is_some() { start } else { low };
        Self {
            services,
            caller,
            filter,
            start,
            texts,
            planner,
            after,
            window,
            low,
            length: WINDOW,
            files: 0,
        }
    }

    /// The next part; what was handed over is behind.
    pub(super) async fn next(&mut self) -> Result<Part, ConsoleError> {
        loop {
            if let Some((filter, range)) = &self.window {
                let part = self.page(filter, *range).await?;
                if part.len() < PART as usize {
                    self.window = None;
                }
                self.after = part.last().map(EventHit::position).or(self.after);
                return Ok(Part::Candidates(part));
            }
            if self.is_done() {
                return Ok(Part::End);
            }
            if self.files >= FILES_MAX {
                // No object has the number 0, so this is behind everything at this second.
                let behind = EventPosition { seconds: self.low, file: 0, ordinal: 0 };
                return Ok(Part::Enough(behind));
            }
            self.open_window().await?;
        }
    }

    /// Whether everything has been handed over.
    pub(super) fn is_done(&self) -> bool {
        self.window.is_none() && self.low <= self.start
    }

    /// Asks the files of the next stretch, and opens it if one of them has to be read.
    async fn open_window(&mut self) -> Result<(), ConsoleError> {
        let from = self.low.saturating_sub(self.length).max(self.start);
        let range = DateTime::from_timestamp(from, 0)
            .zip(DateTime::from_timestamp(self.low, 0))
            .and_then(|(from, to)| TimeRange::new(from, to).ok());
        self.low = from;
        let Some(range) = range else { return Ok(()) };
        let files = self.files(range).await?;
        self.files += files.len();
        let longest = if files.is_empty() { WINDOW_EMPTY_MAX } else { WINDOW_MAX };
        self.length = self.length.saturating_mul(4).min(longest);
        let files =
            self.services.grams.may_hold(&files, &self.texts.probes).await.map_err(internal)?;
        if !files.is_empty() {
            self.window = Some((self.filter.in_files(files), range));
        }
        Ok(())
    }
}

impl Front<'_> {
    /// The next candidates of the open stretch.
    async fn page(
        &self,
        filter: &EventFilter,
        range: TimeRange,
    ) -> Result<Vec<EventHit>, ConsoleError> {
        let (database, scope) = (&self.services.database, &self.caller.scope);
        let mut decision = self.planner.candidates(filter);
        if decision.answered_by == AnsweredBy::Segments {
            let cache = &self.services.segments;
            let part = database.page_in_segments(cache, scope, filter, range, self.after, PART);
            if let Some(part) = decision.unless_unreadable(part.await)? {
                return Ok(part);
            }
        }
        database.events_page(scope, filter, range, self.after, PART).await.map_err(internal)
    }

    /// The files of a stretch that hold candidates: of columns if they know, as there are many rows for each file.
    async fn files(&self, range: TimeRange) -> Result<Vec<i32>, ConsoleError> {
        let (database, scope) = (&self.services.database, &self.caller.scope);
        let mut decision = self.planner.files(self.filter);
        if decision.answered_by == AnsweredBy::Segments {
            let cache = &self.services.segments;
            let files = database.files_in_segments(cache, scope, self.filter, range);
            if let Some(files) = decision.unless_unreadable(files.await)? {
                return Ok(files);
            }
        }
        database.candidate_files(scope, self.filter, range).await.map_err(internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_why_no_file_could_be_skipped() {
        for (query, reasons) in [
            (
                "abcd",
                &[
                    "Every record has to be read: `abcd` can't tell log files apart, as it has fewer than 5 characters.",
                ][..],
            ),
            ("eventName", &["nearly every log file"]),
            ("facade abc", &["whole ids", "fewer than 5"]),
            // Another text skips files, or none could.
            ("abcd customer-4711", &[]),
            ("-abcd request-id:abcd", &[]),
            ("444455556666", &[]),
        ] {
            let texts = Texts::of(&Query::parse(query).unwrap());
            let found = texts.unusable();
            assert_eq!(found.len(), reasons.len(), "{query}: {found:?}");
            for (found, reason) in found.iter().zip(reasons) {
                assert!(found.contains(reason), "{query}: {found}");
            }
        }
    }
}
