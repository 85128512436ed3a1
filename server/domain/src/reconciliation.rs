//! What becomes of each object when a source is compared with the index.

use crate::log_key::ObjectKind;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_shared::reconciliation::{IndexCounts, ListingCounts};
use std::collections::BTreeMap;

/// How many different names are counted apart; further ones are counted together.
const NAMES_MAX: usize = 50;

/// How many keys are named for a finding.
const EXAMPLES_MAX: usize = 20;

/// Counts one more under a name, and under `others` when there are too many names.
pub fn count_name(counts: &mut BTreeMap<String, u64>, name: &str) {
    let name = if counts.len() < NAMES_MAX || counts.contains_key(name) { name } else { "others" };
    *counts.entry(name.to_owned()).or_default() += 1;
}

/// Remembers a key as an example unless there are enough.
pub fn remember_key(keys: &mut Vec<String>, key: &str) {
    if keys.len() < EXAMPLES_MAX {
        keys.push(key.to_owned());
    }
}

/// How far clocks of several processes may be apart. What was taken in about when a comparison began may not be in
/// its listing.
const LEEWAY: TimeDelta = TimeDelta::minutes(5);

/// An object of a listing or an inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedContent {
    /// The key.
    pub key: String,
    /// The ETag; an inventory may lack it.
    pub etag: Option<String>,
    /// The size in bytes; an inventory may lack it.
    pub size: Option<u64>,
    /// When it was last modified.
    pub last_modified: Option<DateTime<Utc>>,
}

/// A content in the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownContent {
    /// The bucket that it came from.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The ETag.
    pub etag: String,
    /// How many bytes it has.
    pub size: u64,
    /// When it was last modified.
    pub last_modified: Option<DateTime<Utc>>,
    /// When it was delivered.
    pub delivered_at: Option<DateTime<Utc>>,
    /// When it was taken in.
    pub collected_at: DateTime<Utc>,
    /// Why it is in quarantine as a whole.
    pub quarantine: Option<String>,
}

/// What a listing can't know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Horizon {
    /// It was begun at this time: what was taken in later may have been delivered later.
    Listing(DateTime<Utc>),
    /// It stands for this time: what was written later is not in it.
    Inventory(DateTime<Utc>),
}

/// What a listed object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The content at this place of the known ones.
    Known(usize),
    /// A log file or digest that is not in the index.
    Missing {
        /// Whether another content of its key is.
        is_change: bool,
    },
    /// Neither log file nor digest.
    Foreign,
    /// It stands for a folder.
    FolderMarker,
}

/// Whether a content was not written at another time than the listing says, as far as both say it.
fn is_as_old(listed: &ListedContent, known: &KnownContent) -> bool {
    let times = listed.last_modified.zip(known.last_modified);
    times.is_none_or(|(listed, known)| listed.timestamp() == known.timestamp())
}

/// Judges a listed object by the contents that are known under its key.
pub fn judge(listed: &ListedContent, known: &[&KnownContent]) -> Judgement {
    let is_same = |known: &KnownContent| {
        listed.etag.as_ref().is_none_or(|etag| *etag == known.etag)
            && listed.size.is_none_or(|size| size == known.size)
            // Without both, only the time tells one content of a key from another.
            && (listed.etag.is_some() || listed.size.is_some() || is_as_old(listed, known))
    };
    let same_time = |known: &KnownContent| {
        let seconds = |time: Option<DateTime<Utc>>| time.map(|time| time.timestamp());
        seconds(known.last_modified) == seconds(listed.last_modified)
    };
    // An object that was copied onto itself is there with two times, of which the listing shows the newer one.
    let found = known
        .iter()
        .position(|known| is_same(known) && same_time(known))
        .or_else(|| known.iter().rposition(|known| is_same(known)));
    if let Some(place) = found {
        return Judgement::Known(place);
    }
    match ObjectKind::parse(&listed.key) {
        ObjectKind::FolderMarker => Judgement::FolderMarker,
        ObjectKind::Foreign if listed.size == Some(0) => Judgement::FolderMarker,
        ObjectKind::Foreign => Judgement::Foreign,
        ObjectKind::Log(_) | ObjectKind::Digest(_) => {
            Judgement::Missing { is_change: !known.is_empty() }
        }
    }
}

/// Counts a listed object, unless it is missing: what becomes of it then is seen later.
pub fn count_listed(
    counts: &mut ListingCounts,
    base: &str,
    listed: &ListedContent,
    known: &[&KnownContent],
) -> Judgement {
    let judgement = judge(listed, known);
    counts.listed += 1;
    let is_by_key = listed.etag.is_none() && listed.size.is_none();
    counts.by_key_only += u64::from(is_by_key && matches!(judgement, Judgement::Known(_)));
    match judgement {
        Judgement::Known(place) => match known.get(place).and_then(|it| it.quarantine.as_ref()) {
            Some(reason) => {
                counts.quarantined += 1;
                count_name(&mut counts.quarantine_reasons, reason);
            }
            None => counts.indexed += 1,
        },
        Judgement::Missing { is_change } => counts.changed += u64::from(is_change),
        Judgement::Foreign => {
            counts.foreign += 1;
            count_name(&mut counts.foreign_folders, &folder_of(base, &listed.key));
        }
        Judgement::FolderMarker => counts.folder_markers += 1,
    }
    judgement
}

/// What a content of the index is to the listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The listing has it.
    Current,
    /// The listing has another content under its key.
    Earlier,
    /// The listing lacks its key.
    Gone,
    /// The listing can't know it.
    Newer,
    /// It came from another bucket or prefix.
    Elsewhere,
    /// Its prefix may not be listed.
    Unlisted,
}

/// What a content of the index is to the listing, which `has_key` and has this content or not.
pub fn presence(
    known: &KnownContent,
    place: (&str, &str),
    has_key: bool,
    is_listed: bool,
    horizon: Horizon,
) -> Presence {
    let (bucket, base) = place;
    if known.bucket != bucket || !known.key.starts_with(base) {
        return Presence::Elsewhere;
    }
    if is_listed {
        return Presence::Current;
    }
    let is_newer = match horizon {
        Horizon::Listing(began) => known.collected_at >= began - LEEWAY,
        Horizon::Inventory(time) => known
            .last_modified
            .or(known.delivered_at)
            .is_some_and(|written| written >= time - LEEWAY),
    };
    match (is_newer, has_key) {
        (true, _) => Presence::Newer,
        (false, true) => Presence::Earlier,
        (false, false) => Presence::Gone,
    }
}

/// Counts a content of the index.
pub fn count_known(counts: &mut IndexCounts, known: &KnownContent, presence: Presence) {
    counts.contents += 1;
    match presence {
        Presence::Current => counts.current += 1,
        Presence::Earlier => counts.earlier += 1,
        Presence::Newer => counts.newer += 1,
        Presence::Elsewhere => counts.elsewhere += 1,
        Presence::Unlisted => counts.unlisted += 1,
        Presence::Gone => {
            counts.gone += 1;
            if let Some(time) = known.delivered_at.or(known.last_modified) {
                counts.gone_from = Some(counts.gone_from.map_or(time, |oldest| oldest.min(time)));
                counts.gone_to = Some(counts.gone_to.map_or(time, |newest| newest.max(time)));
            }
        }
    }
}

/// Where a foreign object lies: the first folder below the base, or the service's below `AWSLogs/`.
fn folder_of(base: &str, key: &str) -> String {
    let below = key.strip_prefix(base).unwrap_or(key);
    let Some((first, rest)) = below.split_once('/') else { return "(no folder)".to_owned() };
    if first != "AWSLogs" {
        return format!("{first}/");
    }
    let is_number = |part: &str| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit());
    let folders = rest.rsplit_once('/').map_or("", |(folders, _)| folders);
    let service = folders
        .split('/')
        .find(|part| !part.is_empty() && !part.starts_with("o-") && !is_number(part));
    service.map_or_else(|| "AWSLogs/".to_owned(), |service| format!("AWSLogs/…/{service}/"))
}

#[cfg(test)]
mod tests;
