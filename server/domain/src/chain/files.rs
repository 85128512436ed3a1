//! The log files against the digests that should list them.

use super::coverage::{Coverage, Part};
use super::intervals::Paint;
use super::links::{Entry, Known};
use super::{
    ChainInput, ChainVerdict, CollectedFile, FileFinding, KEY_TIME_TOLERANCE, MissingFile,
    ObjectName, shifted,
};
use crate::log_key::ObjectKind;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_shared::proof::{CellState, FileVerdict};
use orgtrail_shared::time::{TimeRange, to_rfc3339};
use std::collections::{HashMap, HashSet};

/// The key of a log file holds the minute of its delivery.
const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// One mention of a log file in a digest.
#[derive(Clone, Copy)]
struct Mention<'a> {
    index: usize,
    sha256: &'a [u8; 32],
}

/// Judges all files of a chain.
pub(super) struct Judge<'a> {
    input: &'a ChainInput<'a>,
    known: &'a Known<'a>,
    coverage: &'a Coverage,
    mentions: HashMap<(&'a str, &'a str), Vec<Mention<'a>>>,
}

/// A verdict, and what it means for time.
struct Judgement {
    verdict: FileVerdict,
    /// The digest that lists the file or covers its delivery.
    index: Option<usize>,
    stain: Option<(TimeRange, CellState, String)>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        input: &'a ChainInput<'a>,
        known: &'a Known<'a>,
        coverage: &'a Coverage,
    ) -> Self {
        let mut mentions: HashMap<_, Vec<Mention>> = HashMap::new();
        for (index, entry) in known.entries.iter().enumerate() {
            for file in &entry.digest().listed {
                let name = (file.bucket.as_str(), file.key.as_str());
                mentions.entry(name).or_default().push(Mention { index, sha256: &file.sha256 });
            }
        }
        Self { input, known, coverage, mentions }
    }

    pub(super) fn run(&self, verdict: &mut ChainVerdict, paints: &mut Vec<Paint>) {
        for file in self.input.files {
            let judgement = self.judge(file);
            verdict.files.push(FileFinding {
                file_id: file.id,
                verdict: judgement.verdict,
                digest_id: judgement.index.map(|index| self.entry(index).digest().id),
            });
            if let Some((range, state, reason)) = judgement.stain {
                paints.push(Paint { range, state, reason });
            }
        }
        self.find_missing(verdict, paints);
    }

    fn entry(&self, index: usize) -> &Entry<'a> {
        &self.known.entries[index]
    }

    /// Every file that a trusted digest lists must have been collected.
    fn find_missing(&self, verdict: &mut ChainVerdict, paints: &mut Vec<Paint>) {
        let files = self.input.files.iter();
        let collected: HashSet<_> =
            files.map(|file| (file.bucket.as_str(), file.key.as_str())).collect();
        for (index, entry) in self.known.entries.iter().enumerate() {
            let digest = entry.digest();
            let is_wanted = |bucket, key| entry.is_trusted() && !collected.contains(&(bucket, key));
            for file in digest.listed.iter().filter(|file| is_wanted(&file.bucket, &file.key)) {
                let object = ObjectName { bucket: file.bucket.clone(), key: file.key.clone() };
                let is_absent = self.known.is_known_absent(&object);
                let state = if !is_absent && self.input.is_young(digest.end) {
                    CellState::Pending
                } else {
                    CellState::Missing
                };
                let what = self.known.fate(&object);
                let reason = format!("a digest lists {object}, which {what}");
                let time = delivered_at(&file.key).unwrap_or(digest.start);
                if let Some(range) = self.range_of(Some(index), time) {
                    paints.push(Paint { range, state, reason });
                }
                if is_absent {
                    verdict.missing_files.push(MissingFile { digest_id: digest.id, object });
                } else {
                    verdict.to_fetch.push(object);
                }
            }
        }
    }

    fn judge(&self, file: &CollectedFile) -> Judgement {
        let name = (file.bucket.as_str(), file.key.as_str());
        let mentions = self.mentions.get(&name).map_or(&[][..], Vec::as_slice);
        let trusted: Vec<_> =
            mentions.iter().filter(|mention| self.entry(mention.index).is_trusted()).collect();
        let listed_by = trusted.first().or(mentions.first().as_ref()).map(|mention| mention.index);
        let stained = |verdict, index: Option<usize>, state, reason| Judgement {
            verdict,
            index,
            stain: self.range_of(index, file.delivered_at).map(|range| (range, state, reason)),
        };
        let key = &file.key;
        if file.is_replacement {
            let reason = format!("`{key}` was replaced after it had been collected");
            let verdict = FileVerdict::ChangedAfterCollection;
            return stained(verdict, listed_by, CellState::Changed, reason);
        }
        // Two digests that list the file with different hashes can't both be right.
        if let Some(other) = trusted.iter().find(|it| file.sha256.as_ref() != Some(it.sha256)) {
            let reason = if file.sha256.is_some() {
                format!("`{key}` was altered: its hash is not the one in the digest")
            } else {
                format!("`{key}` was altered: it can't be uncompressed any more")
            };
            let index = Some(other.index);
            return stained(FileVerdict::HashDiffers, index, CellState::Tampered, reason);
        }
        if !trusted.is_empty() {
            return Judgement { verdict: FileVerdict::Verified, index: listed_by, stain: None };
        }
        if let Some(index) = listed_by {
            let verdict = FileVerdict::DigestInvalid;
            let entry = self.entry(index);
            let fault = entry.faults.iter().max_by_key(|fault| fault.state);
            return match fault.filter(|_| entry.digest().is_backfill) {
                // A regular digest's faults lie on its window already.
                None => Judgement { verdict, index: listed_by, stain: None },
                Some(fault) => {
                    let reason =
                        format!("`{key}` is listed only in a digest that can't be trusted");
                    stained(verdict, listed_by, fault.state, reason)
                }
            };
        }
        self.judge_unlisted(file)
    }

    /// A file that no digest lists is forgiven only while the digest that may list it is not there.
    fn judge_unlisted(&self, file: &CollectedFile) -> Judgement {
        let (time, key) = (file.delivered_at, &file.key);
        let near: Vec<&Part> = self
            .coverage
            .overlapping(
                shifted(time, -KEY_TIME_TOLERANCE),
                shifted(time, MINUTE + KEY_TIME_TOLERANCE),
            )
            .collect();
        let minute = TimeRange::new(time, shifted(time, MINUTE)).ok();
        let is_future = time > shifted(self.input.now, KEY_TIME_TOLERANCE);
        let is_open = |part: &&&Part| part.cover.is_none() && part.state != CellState::NotExpected;
        if let Some(open) = near.iter().filter(is_open).max_by_key(|part| part.state) {
            let verdict = if open.state == CellState::Unknown {
                FileVerdict::NoDigestExpected
            } else {
                FileVerdict::NoDigestYet
            };
            let stain = minute.map(|range| (range, open.state, open.reason.clone()));
            return Judgement { verdict, index: None, stain };
        }
        let cover = near
            .iter()
            .filter_map(|part| Some((part.from <= time && time < part.to, part.cover?)))
            .max_by_key(|(is_there, index)| (!self.entry(*index).is_trusted(), *is_there))
            .map(|(_, index)| index);
        if let Some(index) = cover.filter(|index| !self.entry(*index).is_trusted()) {
            let fault = self.entry(index).faults.iter().max_by_key(|fault| fault.state);
            let stain = minute.zip(fault).map(|(at, fault)| (at, fault.state, fault.words.clone()));
            return Judgement { verdict: FileVerdict::DigestInvalid, index: Some(index), stain };
        }
        if cover.is_none() && !self.input.expects_digests {
            return Judgement { verdict: FileVerdict::NoDigestExpected, index: None, stain: None };
        }
        if near.is_empty() && !is_future {
            return Judgement { verdict: FileVerdict::NoDigestYet, index: None, stain: None };
        }
        let is_here = |part: &&Part| part.cover == cover && is_delivered_in(part, time);
        let cover = cover.filter(|_| near.iter().copied().any(|part| is_here(&part)));
        let reason =
            format!("`{key}`, delivered at {}, is not listed in any digest", to_rfc3339(time));
        let last_minute = TimeRange::new(shifted(self.input.now, -MINUTE), self.input.now).ok();
        let range = if is_future { last_minute } else { self.range_of(cover, time) };
        let stain = range.map(|range| (range, CellState::Unexpected, reason));
        Judgement { verdict: FileVerdict::NotListed, index: cover, stain }
    }

    /// The window that a file's verdict speaks about: of the regular digest that lists it, else of
    /// the one that covers its delivery, else the minute of delivery.
    fn range_of(&self, index: Option<usize>, time: DateTime<Utc>) -> Option<TimeRange> {
        let minute = TimeRange::new(time, shifted(time, MINUTE)).ok()?;
        index
            .filter(|index| !self.entry(*index).digest().is_backfill)
            .or_else(|| {
                self.coverage.overlapping(minute.start(), minute.end()).find_map(|part| part.cover)
            })
            .and_then(|index| self.entry(index).window())
            .or(Some(minute))
    }
}

/// Whether any second of the minute of delivery lies in the part.
fn is_delivered_in(part: &Part, minute: DateTime<Utc>) -> bool {
    part.from < shifted(minute, MINUTE) && minute < part.to
}

/// The minute of delivery in a log file's key.
fn delivered_at(key: &str) -> Option<DateTime<Utc>> {
    match ObjectKind::parse(key) {
        ObjectKind::Log(key) => Some(key.delivered_at),
        ObjectKind::Digest(_) | ObjectKind::FolderMarker | ObjectKind::Foreign => None,
    }
}
