//! A small trail: signed digests, log files, and everything that can happen to them.

use crate::chain::{
    ChainDigest, ChainInput, ChainVerdict, CollectedFile, ObjectName, RecordedStop, cells,
    verify_chain,
};
use crate::digest::testing::{BUCKET, Recipe, Signer, StoredDigest, at, log_key, sha256};
use crate::digest::{Digest, DigestProblem, Problem, PublicKey};
use crate::log_key::ObjectKind;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_shared::organization::Membership;
use orgtrail_shared::proof::FileVerdict;
use orgtrail_shared::time::TimeRange;
use serde_json::Value;

/// How one hour of the chain is made.
#[derive(Clone)]
pub(super) struct Hour {
    /// Logging is stopped: no digest, no files.
    pub(super) is_silent: bool,
    /// The chain begins anew.
    pub(super) is_restart: bool,
    pub(super) signer: Signer,
    /// A change that CloudTrail itself makes before it signs.
    pub(super) rewrite: Option<fn(&mut Value)>,
    /// Whether its second file is left to a backfill digest.
    pub(super) has_late_file: bool,
}

/// A chain of one digest per hour from `hour(0)` on, each with two log files.
#[derive(Clone)]
pub(super) struct World {
    pub(super) stored: Vec<StoredDigest>,
    pub(super) files: Vec<CollectedFile>,
    pub(super) absent: Vec<ObjectName>,
    pub(super) memberships: Vec<Membership>,
    pub(super) trail_began_at: Option<DateTime<Utc>>,
    pub(super) stops: Vec<RecordedStop>,
    pub(super) expects_digests: bool,
    pub(super) now: DateTime<Utc>,
    pub(super) keys: Vec<PublicKey>,
    hours: i32,
}

pub(super) const GRACE: TimeDelta = TimeDelta::hours(2);

/// The start of an hour of the chain; the chain's hours begin 91 seconds after the clock's.
pub(super) fn hour(index: i32) -> DateTime<Utc> {
    at("2026-01-10T11:01:31Z") + TimeDelta::hours(1) * index
}

pub(super) fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

/// A file delivered some minutes into an hour of the chain; its key has no seconds.
pub(super) fn file(id: i32, hour_index: i32, minute: i64) -> CollectedFile {
    let delivered_at = hour(hour_index) + minutes(minute) - TimeDelta::seconds(31);
    CollectedFile {
        id,
        bucket: BUCKET.to_owned(),
        key: log_key(delivered_at, &format!("file{id:012}")),
        delivered_at,
        sha256: Some(sha256(&id.to_be_bytes())),
        is_replacement: false,
    }
}

impl World {
    /// A chain without any fault, since the account joined.
    pub(super) fn intact(hours: i32) -> Self {
        Self::made(hours, |_, _| ())
    }

    pub(super) fn made(hours: i32, plan: impl Fn(i32, &mut Hour)) -> Self {
        let mut world = Self::empty(hours);
        let mut previous: Option<StoredDigest> = None;
        for index in 0..hours {
            let mut made = Hour {
                is_silent: false,
                is_restart: false,
                signer: Signer::First,
                rewrite: None,
                has_late_file: false,
            };
            plan(index, &mut made);
            if made.is_silent {
                continue;
            }
            let files = [file(2 * index, index, 10), file(2 * index + 1, index, 40)];
            let count = if made.has_late_file { 1 } else { 2 };
            let recipe = Recipe {
                end: hour(index + 1),
                length: TimeDelta::hours(1),
                previous: previous.as_ref().filter(|_| !made.is_restart),
                files: files[..count].iter().map(listing).collect(),
                is_backfill: false,
                signer: made.signer,
            };
            let mut stored = recipe.store();
            if let Some(rewrite) = made.rewrite {
                stored = stored.rewritten(made.signer, rewrite);
            }
            world.files.extend(files);
            world.stored.push(stored.clone());
            previous = Some(stored);
        }
        world
    }

    /// No digest, no file.
    pub(super) fn empty(hours: i32) -> Self {
        Self {
            stored: Vec::new(),
            files: Vec::new(),
            absent: Vec::new(),
            memberships: vec![Membership { joined_at: hour(0), left_at: None }],
            trail_began_at: None,
            stops: Vec::new(),
            expects_digests: true,
            now: hour(hours),
            keys: vec![Signer::First.public_key(), Signer::Second.public_key()],
            hours,
        }
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Deletes a digest from the bucket; the collector has looked for it.
    pub(super) fn lose_digest(&mut self, index: usize) {
        let lost = self.stored.remove(index);
        self.absent.push(ObjectName { bucket: lost.bucket, key: lost.key });
    }

    /// Deletes a log file from the bucket before it was collected.
    pub(super) fn lose_file(&mut self, id: i32) {
        let index = self.files.iter().position(|file| file.id == id).unwrap();
        let lost = self.files.remove(index);
        self.absent.push(ObjectName { bucket: lost.bucket, key: lost.key });
    }

    pub(super) fn file_mut(&mut self, id: i32) -> &mut CollectedFile {
        self.files.iter_mut().find(|file| file.id == id).unwrap()
    }

    /// Adds a backfill digest that lists some files.
    pub(super) fn backfill(&mut self, end: DateTime<Utc>, files: &[&CollectedFile]) {
        let previous = self.stored.iter().rfind(|stored| stored.backfill_generated_at.is_some());
        let recipe = Recipe {
            end,
            length: TimeDelta::hours(1),
            previous,
            files: files.iter().map(|file| listing(file)).collect(),
            is_backfill: true,
            signer: Signer::First,
        };
        let stored = recipe.store();
        self.stored.push(stored);
    }

    pub(super) fn stop(&mut self, from: DateTime<Utc>, to: Option<DateTime<Utc>>) {
        self.stops.push(RecordedStop { from, to });
    }

    /// The digests as the collector keeps them; their ids are their places, from 0.
    pub(super) fn digests(&self) -> Vec<ChainDigest> {
        let stored = self.stored.iter().zip(0..);
        stored.map(|(stored, id)| collected(id, stored, &self.keys)).collect()
    }

    pub(super) fn verdict(&self) -> ChainVerdict {
        self.verdict_on(&self.digests())
    }

    pub(super) fn verdict_on(&self, digests: &[ChainDigest]) -> ChainVerdict {
        verify_chain(&ChainInput {
            digests,
            files: &self.files,
            absent: &self.absent,
            unfetchable: &[],
            memberships: &self.memberships,
            trail_began_at: self.trail_began_at,
            stops: &self.stops,
            expects_digests: self.expects_digests,
            now: self.now,
            grace: GRACE,
        })
    }

    /// One character per hour of the chain.
    pub(super) fn glyphs(&self, verdict: &ChainVerdict) -> String {
        let range = TimeRange::new(hour(0), hour(self.hours)).unwrap();
        let cells = cells(&verdict.intervals, range, TimeDelta::hours(1));
        cells.into_iter().map(orgtrail_shared::proof::CellState::glyph).collect()
    }
}

fn listing(file: &CollectedFile) -> (String, [u8; 32]) {
    (file.key.clone(), file.sha256.unwrap())
}

/// What the collector does with a digest.
pub(super) fn collected(id: i32, stored: &StoredDigest, keys: &[PublicKey]) -> ChainDigest {
    let sha256 = stored.sha256();
    match Digest::parse(&stored.bytes) {
        Ok(digest) => ChainDigest::new(id, digest, &stored.object(&sha256), &stored.check(keys)),
        Err(error) => {
            let ObjectKind::Digest(key) = ObjectKind::parse(&stored.key) else {
                panic!("a digest")
            };
            ChainDigest {
                id,
                bucket: stored.bucket.clone(),
                key: stored.key.clone(),
                start: key.ends_at - TimeDelta::hours(1),
                end: key.ends_at,
                sha256,
                signature: stored.signature.clone(),
                previous: None,
                problem: Some(Problem::from(&DigestProblem::from(error))),
                is_backfill: key.is_backfill,
                listed: Vec::new(),
                is_replaced: false,
            }
        }
    }
}

/// Compares the states of the chain's hours.
#[track_caller]
pub(super) fn check(world: &World, expected: &str) -> ChainVerdict {
    let verdict = world.verdict();
    assert_eq!(world.glyphs(&verdict), expected, "{:#?}", verdict.intervals);
    verdict
}

/// Looks for words among the reasons for the state of an hour.
#[track_caller]
pub(super) fn check_reason(verdict: &ChainVerdict, index: i32, words: &str) {
    let range = TimeRange::new(hour(index), hour(index + 1)).unwrap();
    let here = |interval: &&crate::chain::Interval| interval.range.intersection(&range).is_some();
    let reasons: Vec<_> =
        verdict.intervals.iter().filter(here).map(|interval| &interval.reason).collect();
    assert!(reasons.iter().any(|reason| reason.contains(words)), "{reasons:#?} lack {words:?}");
}

#[track_caller]
pub(super) fn check_file(verdict: &ChainVerdict, id: i32, expected: FileVerdict) {
    let finding = verdict.files.iter().find(|finding| finding.file_id == id).unwrap();
    assert_eq!(finding.verdict, expected, "file {id}");
}

#[track_caller]
pub(super) fn check_digest(verdict: &ChainVerdict, id: i32, words: &str) {
    let finding = verdict.digests.iter().find(|finding| finding.digest_id == id).unwrap();
    let problem = finding.problem.as_deref().unwrap_or_default();
    assert!(problem.contains(words), "{problem:?} lacks {words:?}");
}
