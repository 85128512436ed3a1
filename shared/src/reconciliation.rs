//! What a comparison of a log source with the index found: every object of the listing is in exactly one class.

use crate::text::group_digits;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The last comparison of a source, and the last attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastReconciliation {
    /// When it was last tried.
    pub tried_at: DateTime<Utc>,
    /// Why the last attempt came to no end.
    pub error: Option<String>,
    /// The last comparison that came to its end.
    pub result: Option<Reconciliation>,
}

/// A comparison of all that is in a source with all that is in the index and in the archive.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// When the S3 Inventory was begun that stood in for a listing; what is newer is not in it.
    pub inventory_at: Option<DateTime<Utc>>,
    /// The objects of the listing.
    pub listing: ListingCounts,
    /// The contents in the index.
    pub index: IndexCounts,
    /// The bytes in the archive.
    pub archive: ArchiveCounts,
}

/// The objects of the listing. Each is in exactly one class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingCounts {
    /// All of them, counted as they were listed.
    pub listed: u64,
    /// In the index with the same key, ETag and size.
    pub indexed: u64,
    /// In the index with the same key, ETag and size, but in quarantine as a whole.
    pub quarantined: u64,
    /// Were not in the index, and are now: fetched by this comparison, or by a pass that ran beside it.
    pub taken_in: u64,
    /// Are not in the index, and are left to the next passes.
    pub waiting: u64,
    /// Are not in the index, because they can't be fetched.
    pub failed: u64,
    /// Were listed and were gone when they were to be fetched.
    pub vanished: u64,
    /// Are neither log file nor digest.
    pub foreign: u64,
    /// Stand for folders.
    pub folder_markers: u64,
    /// Of those that were not in the index: how many are another content under a key that is.
    pub changed: u64,
    /// Of those that were taken in: how many went into quarantine as a whole.
    pub newly_quarantined: u64,
    /// Of those that are in the index: how many were compared by key and time only.
    #[serde(default)]
    pub by_key_only: u64,
    /// Why objects are in quarantine.
    pub quarantine_reasons: BTreeMap<String, u64>,
    /// Why objects can't be fetched.
    pub failures: BTreeMap<String, u64>,
    /// Some of those that can't be fetched.
    pub failed_keys: Vec<String>,
    /// How many prefixes may not be listed; what lies below them is in no class.
    #[serde(default)]
    pub denied: u64,
    /// Some of those prefixes.
    #[serde(default)]
    pub denied_prefixes: Vec<String>,
    /// Where objects lie that are neither log file nor digest.
    pub foreign_folders: BTreeMap<String, u64>,
}

/// The contents in the index that came from the source. Each is in exactly one class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexCounts {
    /// All of them, counted as they were read.
    pub contents: u64,
    /// What the listing has under the key.
    pub current: u64,
    /// What the key held before.
    pub earlier: u64,
    /// No longer in the source: expired by its lifecycle, or deleted.
    pub gone: u64,
    /// Taken in while this ran, or newer than the inventory: the listing can't know them.
    pub newer: u64,
    /// From another bucket or prefix that the source had before.
    pub elsewhere: u64,
    /// Below a prefix that may not be listed: nobody knows whether the source still has it.
    #[serde(default)]
    pub unlisted: u64,
    /// The delivery of the oldest that is gone.
    pub gone_from: Option<DateTime<Utc>>,
    /// The delivery of the newest that is gone.
    pub gone_to: Option<DateTime<Utc>>,
}

/// The archived bytes of the contents in the index. Each content is in exactly one class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveCounts {
    /// There, with the right size.
    pub present: u64,
    /// Not there.
    pub missing: u64,
    /// There, with another size.
    pub wrong_size: u64,
    /// Not looked at.
    pub unchecked: u64,
    /// Why some were not looked at.
    pub note: Option<String>,
    /// Some of the keys that are missing or have another size.
    pub examples: Vec<String>,
}

impl ListingCounts {
    /// The objects that are in some class.
    pub fn accounted(&self) -> u64 {
        self.indexed
            + self.quarantined
            + self.taken_in
            + self.waiting
            + self.failed
            + self.vanished
            + self.foreign
            + self.folder_markers
    }
}

impl IndexCounts {
    /// The contents that are in some class.
    pub fn accounted(&self) -> u64 {
        self.current + self.earlier + self.gone + self.newer + self.elsewhere + self.unlisted
    }
}

impl ArchiveCounts {
    /// The contents that are in some class.
    pub fn accounted(&self) -> u64 {
        self.present + self.missing + self.wrong_size + self.unchecked
    }
}

impl LastReconciliation {
    /// What is wrong, as sentences: why the last attempt failed, and what the last one found that came to its end.
    pub fn findings(&self) -> Vec<String> {
        let failed = self.error.iter().map(|error| format!("the last attempt failed: {error}"));
        failed.chain(self.result.iter().flat_map(Reconciliation::findings)).collect()
    }
}

impl Reconciliation {
    /// What is not known yet, as sentences.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.listing.by_key_only > 0 {
            remarks.push(format!(
                "{} objects were compared by their keys only, as the inventory has neither ETag nor size",
                group_digits(self.listing.by_key_only)
            ));
        }
        if self.archive.unchecked > 0 || self.archive.note.is_some() {
            let why = self.archive.note.as_deref().unwrap_or("nobody said why");
            remarks.push(format!(
                "{} archived objects were not looked at ({why})",
                group_digits(self.archive.unchecked)
            ));
        }
        if self.listing.waiting > 0 {
            let waiting = group_digits(self.listing.waiting);
            remarks.push(format!("{waiting} objects are left to the next passes"));
        }
        remarks
    }

    /// What is wrong, as sentences; empty when everything is indexed, in quarantine or explained.
    pub fn findings(&self) -> Vec<String> {
        let (listing, index, archive) = (&self.listing, &self.index, &self.archive);
        let mut findings = Vec::new();
        for (what, all, accounted) in [
            ("objects were listed", listing.listed, listing.accounted()),
            ("contents are in the index", index.contents, index.accounted()),
            ("contents are in the index", index.contents, archive.accounted()),
            // An object that is current on one side is so on the other.
            (
                "contents are current in the index",
                index.current,
                listing.indexed + listing.quarantined,
            ),
        ] {
            if all != accounted {
                findings.push(format!(
                    "the counts don't add up: {} {what} and {} are accounted for",
                    group_digits(all),
                    group_digits(accounted)
                ));
            }
        }
        if listing.failed > 0 {
            let reasons: Vec<&str> = listing.failures.keys().map(String::as_str).collect();
            findings.push(format!(
                "{} objects can't be fetched ({})",
                group_digits(listing.failed),
                reasons.join("; ")
            ));
        }
        if listing.denied > 0 {
            findings.push(format!(
                "{} prefixes may not be listed ({})",
                group_digits(listing.denied),
                listing.denied_prefixes.join("; ")
            ));
        }
        if archive.missing > 0 {
            findings.push(format!("the archive lacks {} objects", group_digits(archive.missing)));
        }
        if archive.wrong_size > 0 {
            findings.push(format!(
                "{} archived objects have another size than was archived",
                group_digits(archive.wrong_size)
            ));
        }
        findings
    }
}
