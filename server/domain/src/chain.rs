//! The digest chain of one account, Region and trail: what it proves about time and log files.
//!
//! The rule is to fail closed: time is proven only where a trusted digest covers it, where that
//! digest and its neighbours know each other, and where exactly the listed files lie unaltered.
//! Everything else has a state of its own and a reason in words.
//!
//! Source: CloudTrail User Guide, "Validating CloudTrail log file integrity"; stricter than the
//! stock validator, which follows a chain backwards from wherever it happens to end.

mod absence;
mod coverage;
mod expectation;
mod files;
mod intervals;
mod links;

pub use intervals::{Interval, cells, worst_state};

use crate::digest::{Digest, DigestObject, DigestProblem, ListedFile, PreviousDigest, Problem};
use crate::log_key::ObjectKind;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_shared::organization::Membership;
use orgtrail_shared::proof::FileVerdict;
use std::fmt;

/// How long a digest's window is, except for the last one before logging stops.
///
/// Source: CloudTrail User Guide, "CloudTrail log file integrity validation": every hour.
pub const DIGEST_PERIOD: TimeDelta = TimeDelta::hours(1);

/// How long after the account's joining or the trail's beginning the first digest may start.
pub const BEGIN_TOLERANCE: TimeDelta = TimeDelta::hours(2);

/// How far the end of a chain may lie from the recorded stop of logging, or a new beginning from
/// the recorded start: deliveries take minutes.
pub const STOP_TOLERANCE: TimeDelta = TimeDelta::minutes(15);

/// How far the minute in a log file's key may lie from the delivery that its digest counts.
///
/// The key holds minutes only, and CloudTrail delivers about every five minutes.
pub const KEY_TIME_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// The name of one object in S3.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
}

impl fmt::Display for ObjectName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "s3://{}/{}", self.bucket, self.key)
    }
}

/// A digest that was collected, checked by itself with [`crate::digest::check()`].
///
/// A digest that can't be parsed arrives, too, with its end taken from its key, its start one
/// [`DIGEST_PERIOD`] earlier, and `problem` set. Nothing of a digest with a problem is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainDigest {
    /// The caller's number for it.
    pub id: i32,
    /// The bucket that it was read from.
    pub bucket: String,
    /// The key that it was read from.
    pub key: String,
    /// `digestStartTime`.
    pub start: DateTime<Utc>,
    /// `digestEndTime`.
    pub end: DateTime<Utc>,
    /// The SHA-256 of its uncompressed bytes.
    pub sha256: [u8; 32],
    /// The signature in its metadata, in hex.
    pub signature: Option<String>,
    /// What it says about the digest before it.
    pub previous: Option<PreviousDigest>,
    /// Why it can't be trusted by itself.
    pub problem: Option<Problem>,
    /// Whether it belongs to the backfill chain.
    pub is_backfill: bool,
    /// The log files that it lists.
    pub listed: Vec<ListedFile>,
    /// Whether other content was collected under its key, before or after.
    pub is_replaced: bool,
}

impl ChainDigest {
    /// A digest that could be parsed, with the verdict of [`crate::digest::check()`].
    pub fn new(
        id: i32,
        digest: Digest,
        object: &DigestObject<'_>,
        checked: &Result<(), DigestProblem>,
    ) -> Self {
        Self {
            id,
            bucket: object.bucket.to_owned(),
            key: object.key.to_owned(),
            start: digest.start,
            end: digest.end,
            sha256: *object.sha256,
            signature: object.signature.map(str::to_owned),
            previous: digest.previous,
            problem: checked.as_ref().err().map(Problem::from),
            is_backfill: matches!(
                ObjectKind::parse(object.key),
                ObjectKind::Digest(key) if key.is_backfill
            ),
            listed: digest.log_files,
            is_replaced: false,
        }
    }
}

/// A log file that was collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectedFile {
    /// The caller's number for it.
    pub id: i32,
    /// The bucket that it was read from.
    pub bucket: String,
    /// The key that it was read from.
    pub key: String,
    /// The minute of delivery in its key.
    pub delivered_at: DateTime<Utc>,
    /// The SHA-256 of its uncompressed bytes; `None` when it can't be uncompressed.
    pub sha256: Option<[u8; 32]>,
    /// Whether it is a later and different content under a key that was collected before.
    pub is_replacement: bool,
}

/// A time in which logging was stopped on purpose, as recorded by StopLogging and StartLogging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedStop {
    /// When logging was stopped.
    pub from: DateTime<Utc>,
    /// When it was started again; `None` while it is stopped.
    pub to: Option<DateTime<Utc>>,
}

/// Everything that is known about one chain.
#[derive(Clone, Copy, Debug)]
pub struct ChainInput<'a> {
    /// The digests of the regular chain and of the backfill chain, in any order.
    pub digests: &'a [ChainDigest],
    /// The log files, in any order.
    pub files: &'a [CollectedFile],
    /// The objects that were looked for by name and are not there. What was collected counts as
    /// there, even when it has vanished since.
    pub absent: &'a [ObjectName],
    /// The objects that were looked for by name and could not be fetched, and why.
    pub unfetchable: &'a [(ObjectName, String)],
    /// When the account belonged to the organization. Empty when that is not known: then logs are
    /// due from the trail's beginning or from the first digest on.
    pub memberships: &'a [Membership],
    /// When the trail began, if it is known. Without it logs are due from the account's joining.
    pub trail_began_at: Option<DateTime<Utc>>,
    /// The recorded stops of logging.
    pub stops: &'a [RecordedStop],
    /// Whether the source delivers digests.
    pub expects_digests: bool,
    /// The current time, where all intervals end.
    pub now: DateTime<Utc>,
    /// How long after its end a digest may arrive.
    pub grace: TimeDelta,
}

impl ChainInput<'_> {
    /// Whether what a digest that ends at `end` brings may still be on its way.
    fn is_young(&self, end: DateTime<Utc>) -> bool {
        self.now < shifted(end, DIGEST_PERIOD + self.grace)
    }
}

/// What is found about one collected log file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileFinding {
    /// The file.
    pub file_id: i32,
    /// The verdict.
    pub verdict: FileVerdict,
    /// The digest that lists it or, when none does, the one that covers its delivery.
    pub digest_id: Option<i32>,
}

/// A log file that a trusted digest lists and that is not there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingFile {
    /// The digest that lists it.
    pub digest_id: i32,
    /// The file.
    pub object: ObjectName,
}

/// What is found about one digest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DigestFinding {
    /// The digest.
    pub digest_id: i32,
    /// What is wrong with it or with its links; `None` when nothing is.
    pub problem: Option<String>,
}

/// What the chain proves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainVerdict {
    /// One finding per collected file, by id.
    pub files: Vec<FileFinding>,
    /// The listed files that are known not to be there.
    pub missing_files: Vec<MissingFile>,
    /// Objects that trusted digests name and that were neither collected nor looked for in vain.
    pub to_fetch: Vec<ObjectName>,
    /// One finding per digest, by id.
    pub digests: Vec<DigestFinding>,
    /// The state of all time up to now, without holes and overlaps, oldest first.
    ///
    /// It begins at the account's first joining or the trail's beginning or the oldest evidence,
    /// whichever is earliest.
    pub intervals: Vec<Interval>,
}

impl ChainVerdict {
    /// Whether everything that was due is proven and nothing is wrong with any file or digest.
    pub fn is_proven(&self) -> bool {
        self.intervals.iter().all(|interval| interval.state.is_proven())
            && self.files.iter().all(|file| file.verdict == FileVerdict::Verified)
            && self.digests.iter().all(|digest| digest.problem.is_none())
            && self.missing_files.is_empty()
            && self.to_fetch.is_empty()
    }
}

/// Verifies the chain of one account, Region and trail.
///
/// The result is the same whatever the order of the input. It is final only when `to_fetch` is
/// empty: fetch what it names, put what isn't there into [`ChainInput::absent`], and ask again.
pub fn verify_chain(input: &ChainInput<'_>) -> ChainVerdict {
    let known = links::Known::new(input);
    let expectation = expectation::Expectation::new(input, &known);
    let coverage = coverage::Coverage::new(input, &known, &expectation);
    let mut verdict = ChainVerdict { digests: known.findings(), ..ChainVerdict::default() };
    let mut paints = coverage.paints(&known);
    for (index, name) in known.absent_previous() {
        if let Some(paint) = absence::paint(input, &known, &expectation, index) {
            verdict.to_fetch.extend((!known.is_known_absent(&name)).then_some(name));
            paints.push(paint);
        }
    }
    files::Judge::new(input, &known, &coverage).run(&mut verdict, &mut paints);
    verdict.files.sort();
    verdict.missing_files.sort();
    verdict.to_fetch.sort();
    verdict.to_fetch.dedup();
    verdict.intervals = intervals::from_paints(&paints, input.now);
    verdict
}

/// Adds without overflow: input may hold any year that a key can be written with.
fn shifted(time: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    let limit =
        if by < TimeDelta::zero() { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    time.checked_add_signed(by).unwrap_or(limit)
}

/// A length of time in words: `3 hours`, `1 hour 5 minutes`, `40 seconds`.
fn in_words(length: TimeDelta) -> String {
    let (hours, minutes) = (length.num_hours(), length.num_minutes() % 60);
    let part = |count: i64, unit: &str| match count {
        0 => None,
        1 => Some(format!("1 {unit}")),
        _ => Some(format!("{count} {unit}s")),
    };
    let parts: Vec<_> =
        [part(hours, "hour"), part(minutes, "minute")].into_iter().flatten().collect();
    if parts.is_empty() { format!("{} seconds", length.num_seconds()) } else { parts.join(" ") }
}

#[cfg(test)]
mod tests;
