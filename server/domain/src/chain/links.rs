//! The digests of a chain, one entry per object, and whether they know each other.

use super::{ChainDigest, ChainInput, DIGEST_PERIOD, DigestFinding, ObjectName, shifted};
use chrono::{DateTime, Utc};
use orgtrail_shared::proof::CellState;
use orgtrail_shared::time::{TimeRange, to_rfc3339};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Something that is wrong with a digest, and what it makes of the digest's window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) state: CellState,
    pub(super) words: String,
}

/// What became of a digest's link to the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// It names no previous digest.
    Starting,
    /// The previous digest was collected.
    Known,
    /// The previous digest was not collected.
    NotThere(ObjectName),
    /// The digest has a problem, so what it names is not believed.
    NotBelieved,
}

/// One digest, with every content that was collected under its key.
pub(super) struct Entry<'a> {
    /// The content that counts comes first: one without a problem, then the one collected first.
    versions: Vec<&'a ChainDigest>,
    pub(super) faults: Vec<Fault>,
    pub(super) link: Link,
    /// The latest end of the regular digests without a problem that end before this one.
    pub(super) older_end: Option<DateTime<Utc>>,
}

impl<'a> Entry<'a> {
    fn new(mut versions: Vec<&'a ChainDigest>) -> Self {
        versions.sort_by_key(|version| {
            (version.problem.is_some(), version.is_replaced, version.id, version.sha256)
        });
        let counts = versions[0];
        let mut faults = Vec::new();
        if let Some(problem) = &counts.problem {
            faults.push(Fault { state: problem.kind.cell_state(), words: problem.words.clone() });
        } else if counts.start >= counts.end {
            let words = "the digest ends at or before its start".to_owned();
            faults.push(Fault { state: CellState::Tampered, words });
        }
        let link = match &counts.previous {
            _ if !faults.is_empty() => Link::NotBelieved,
            None => Link::Starting,
            Some(previous) => Link::NotThere(ObjectName {
                bucket: previous.bucket.clone(),
                key: previous.key.clone(),
            }),
        };
        let is_replaced =
            versions.iter().any(|version| version.is_replaced || version.sha256 != counts.sha256);
        if is_replaced {
            let words = "the digest was replaced: other content was collected under its name";
            faults.push(Fault { state: CellState::Changed, words: words.to_owned() });
        }
        Self { versions, faults, link, older_end: None }
    }

    /// The content that counts.
    pub(super) fn digest(&self) -> &'a ChainDigest {
        self.versions[0]
    }

    /// Whether the digest by itself is as CloudTrail signed it.
    pub(super) fn is_valid(&self) -> bool {
        self.link != Link::NotBelieved
    }

    /// Whether the digest is valid and no other digest contradicts it.
    pub(super) fn is_trusted(&self) -> bool {
        self.is_valid() && self.faults.iter().all(|fault| fault.state != CellState::Tampered)
    }

    /// The time that the digest speaks of. An invalid one could claim any time: at most the hour
    /// before its end is taken from it.
    pub(super) fn window(&self) -> Option<TimeRange> {
        let digest = self.digest();
        let hour = shifted(digest.end, -DIGEST_PERIOD);
        let start = if self.is_valid() { digest.start } else { digest.start.max(hour) };
        TimeRange::new(start, digest.end).or_else(|_| TimeRange::new(hour, digest.end)).ok()
    }

    /// Whether one of the contents under the key has this hash and this signature.
    fn is_named_by(&self, sha256: &[u8; 32], signature: &str) -> bool {
        self.versions.iter().any(|version| {
            version.sha256 == *sha256
                && version
                    .signature
                    .as_deref()
                    .is_some_and(|own| own.eq_ignore_ascii_case(signature))
        })
    }

    fn has_hash(&self, sha256: &[u8; 32]) -> bool {
        self.versions.iter().any(|version| version.sha256 == *sha256)
    }
}

/// The digests of a chain, by end, regular ones before backfill.
pub(super) struct Known<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    absent: HashSet<(&'a str, &'a str)>,
    unfetchable: HashMap<(&'a str, &'a str), &'a str>,
}

impl<'a> Known<'a> {
    pub(super) fn new(input: &ChainInput<'a>) -> Self {
        let mut by_name: HashMap<(&str, &str), Vec<&ChainDigest>> = HashMap::new();
        for digest in input.digests {
            by_name.entry((&digest.bucket, &digest.key)).or_default().push(digest);
        }
        let mut entries: Vec<Entry> = by_name.into_values().map(Entry::new).collect();
        entries.sort_by_key(|entry| {
            let digest = entry.digest();
            (digest.is_backfill, digest.end, digest.start, &digest.bucket, &digest.key)
        });
        let absent = input.absent.iter().map(|name| (name.bucket.as_str(), name.key.as_str()));
        let unfetchable = input
            .unfetchable
            .iter()
            .map(|(name, reason)| ((name.bucket.as_str(), name.key.as_str()), reason.as_str()));
        let mut known =
            Self { entries, absent: absent.collect(), unfetchable: unfetchable.collect() };
        known.link();
        known
    }

    /// The entries of the regular chain with their indexes, by end.
    pub(super) fn regular(&self) -> impl Iterator<Item = (usize, &Entry<'a>)> {
        self.entries.iter().enumerate().filter(|(_, entry)| !entry.digest().is_backfill)
    }

    pub(super) fn is_known_absent(&self, name: &ObjectName) -> bool {
        self.absent.contains(&(name.bucket.as_str(), name.key.as_str()))
    }

    /// What became of an object that was not collected, in words that follow its name and "which".
    pub(super) fn fate(&self, name: &ObjectName) -> String {
        if self.is_known_absent(name) {
            return "is not there".to_owned();
        }
        self.unfetchable.get(&(name.bucket.as_str(), name.key.as_str())).map_or_else(
            || "has not been collected".to_owned(),
            |why| format!("could not be fetched: {why}"),
        )
    }

    /// The valid digests whose previous one was not collected, and its name.
    pub(super) fn absent_previous(&self) -> Vec<(usize, ObjectName)> {
        let named =
            self.entries.iter().enumerate().filter_map(|(index, entry)| match &entry.link {
                Link::NotThere(name) => Some((index, name.clone())),
                Link::Starting | Link::Known | Link::NotBelieved => None,
            });
        named.collect()
    }

    /// What is wrong with each digest or its links.
    pub(super) fn findings(&self) -> Vec<DigestFinding> {
        let mut findings = Vec::new();
        for entry in &self.entries {
            let mut shared: BTreeSet<&str> = entry
                .faults
                .iter()
                .filter(|fault| {
                    entry.digest().problem.as_ref().is_none_or(|own| own.words != fault.words)
                })
                .map(|fault| fault.words.as_str())
                .collect();
            let absent;
            if let Link::NotThere(name) = &entry.link
                && self.is_known_absent(name)
            {
                absent = format!("the previous digest is not there: {name}");
                shared.insert(&absent);
            }
            for version in &entry.versions {
                let own = version.problem.as_ref().map(|problem| problem.words.as_str());
                let words: Vec<&str> = own.into_iter().chain(shared.iter().copied()).collect();
                let problem = (!words.is_empty()).then(|| words.join("; "));
                findings.push(DigestFinding { digest_id: version.id, problem });
            }
        }
        findings.sort();
        findings
    }

    /// Follows every believed link, and lays faults on both ends of a broken one.
    ///
    /// Both, because hash and signature only say that two digests contradict each other. When one
    /// of them isn't valid by itself, it alone is to blame, and the other one stands.
    fn link(&mut self) {
        let by_name: HashMap<(&str, &str), usize> = self
            .entries
            .iter()
            .enumerate()
            .map(|(index, entry)| ((&*entry.digest().bucket, &*entry.digest().key), index))
            .collect();
        let mut faults = Vec::new();
        let mut known = Vec::new();
        let mut older_ends = Vec::new();
        let mut before: Option<usize> = None;
        for (index, entry) in self.entries.iter().enumerate().filter(|(_, entry)| entry.is_valid())
        {
            let digest = entry.digest();
            let linked = digest.previous.as_ref().and_then(|previous| {
                by_name.get(&(previous.bucket.as_str(), previous.key.as_str())).copied()
            });
            if let Some(linked) = linked {
                known.push(index);
                self.compare(index, linked, &mut faults);
            }
            if digest.is_backfill {
                continue;
            }
            if let Some(before) = before {
                older_ends.push((index, self.older_end(before, digest.end)));
                self.compare_order(index, before, linked, &mut faults);
            }
            before = Some(index);
        }
        for index in known {
            self.entries[index].link = Link::Known;
        }
        for (index, end) in older_ends {
            self.entries[index].older_end = end;
        }
        for (index, words) in faults {
            self.entries[index].faults.push(Fault { state: CellState::Tampered, words });
        }
    }

    /// The end of the newest valid regular digest up to `before` that ends before `end`.
    fn older_end(&self, before: usize, end: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let older = self.entries[..=before].iter().rev().filter(|entry| entry.is_valid());
        older.map(|entry| entry.digest().end).find(|older| *older < end)
    }

    /// Compares what a digest says about the previous one with what that one is.
    fn compare(&self, index: usize, linked: usize, faults: &mut Vec<(usize, String)>) {
        let (digest, entry) = (self.entries[index].digest(), &self.entries[linked]);
        let Some(previous) = &digest.previous else { return };
        let older = entry.digest();
        if older.is_backfill != digest.is_backfill || older.end >= digest.end {
            let words =
                format!("the digest names `{}` as its previous one, which it can't be", older.key);
            faults.push((index, words));
        }
        if entry.is_named_by(&previous.sha256, &previous.signature) {
            return;
        }
        let what = if entry.has_hash(&previous.sha256) { "signature" } else { "hash" };
        if entry.is_valid() {
            faults.push((
                index,
                format!("the previous digest has another {what} than this one says"),
            ));
            faults.push((linked, format!("the next digest says another {what} for this one")));
        } else if what == "hash" {
            faults.push((linked, "the next digest proves that this one was altered".to_owned()));
        }
    }

    /// Compares a regular digest with the valid one that lies before it in time.
    fn compare_order(
        &self,
        index: usize,
        before: usize,
        linked: Option<usize>,
        faults: &mut Vec<(usize, String)>,
    ) {
        let (digest, older) = (self.entries[index].digest(), self.entries[before].digest());
        if digest.end == older.end {
            let words = format!("two digests end at {}", to_rfc3339(digest.end));
            faults.push((index, words.clone()));
            faults.push((before, words));
        }
        let skipped = linked.map(|linked| &self.entries[linked]).filter(|linked| {
            let end = linked.digest().end;
            linked.is_valid() && end < older.end && older.end < digest.end
        });
        if skipped.is_some() {
            let words = "the digest names an older one as its previous one than lies before it";
            faults.push((index, words.to_owned()));
            faults.push((before, "the next digest does not follow this one".to_owned()));
        }
    }
}
