//! What is in a source: by set difference, never by a last-seen marker, because late files with random names sort
//! before the newest one. What is not known goes into the queue.
//!
//! What can't be listed is noted as the trouble of that prefix, and the others are listed all the same.

use super::trouble::{Listings, Patience};
use crate::services::Services;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use orgtrail_cloud::error::CloudError;
use orgtrail_cloud::objects::{Depth, ListedObject, ObjectSource, Skipped};
use orgtrail_domain::collection::is_backfill;
use orgtrail_domain::log_key::ObjectKind;
use orgtrail_storage::log_objects::Observation;
use orgtrail_storage::sources::SourceRow;
use orgtrail_storage::waiting::NewWaiting;
use tokio_util::sync::CancellationToken;

/// How many objects are added to the queue in one transaction.
const PART: usize = 1000;

/// How far a pass looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everything in the source.
    Everything,
    /// The days of a trailing window.
    RecentDays(i64),
}

/// What discovery came across.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) layout_objects: u64,
    pub(super) folder_markers: u64,
    pub(super) foreign_objects: u64,
    pub(super) skipped: Skipped,
    /// What was not known and is in the queue now.
    pub(super) added: u64,
    /// Why prefixes could not be listed: the first of each of them.
    pub(super) failures: Vec<String>,
    /// Whether every prefix was looked at, be it with a failure.
    pub(super) is_whole: bool,
}

/// How a source is looked through.
pub(super) struct Look<'a> {
    pub(super) services: &'a Services,
    pub(super) source: &'a SourceRow,
    pub(super) objects: &'a dyn ObjectSource,
    pub(super) reach: Reach,
    /// The days that are collected first.
    pub(super) window_days: i64,
    pub(super) patience: Patience,
    pub(super) shutdown: &'a CancellationToken,
}

/// Lists a source, and puts what is not known into the queue.
///
/// # Errors
///
/// When the database fails. What can't be listed is noted, and is in [`Seen::failures`].
pub(super) async fn discover(
    look: &Look<'_>,
    told: &(dyn Fn(u64) + Send + Sync),
) -> anyhow::Result<Seen> {
    let listings = Listings::load(look.services, look.source, look.patience).await?;
    let mut walk =
        Walk { look, told, listings, seen: Seen::default(), now: look.services.clock.now() };
    let base = base_of(look.source);
    let is_whole = match look.reach {
        Reach::Everything => walk.everything(base).await?,
        Reach::RecentDays(days) => walk.recent(base, days).await?,
    };
    let Walk { listings, mut seen, .. } = walk;
    seen.is_whole = is_whole;
    seen.failures = listings.close(look.reach == Reach::Everything).await?;
    Ok(seen)
}

struct Walk<'a> {
    look: &'a Look<'a>,
    told: &'a (dyn Fn(u64) + Send + Sync),
    listings: Listings<'a>,
    seen: Seen,
    now: DateTime<Utc>,
}

impl Walk<'_> {
    /// Lists all that is below a prefix: in one go, or folder by folder where that is not allowed. `false` when it was
    /// stopped.
    async fn everything(&mut self, base: String) -> anyhow::Result<bool> {
        let mut left = vec![(base, Depth::All)];
        while let Some((prefix, depth)) = left.pop() {
            if self.has_to_stop() {
                return Ok(false);
            }
            if self.listings.is_at_rest(&prefix) {
                continue;
            }
            match self.list(&prefix, depth).await? {
                Ok(folders) => {
                    self.listings.succeeded(&prefix, depth == Depth::All);
                    left.extend(folders.into_iter().rev().map(|folder| (folder, Depth::All)));
                }
                // Rights may differ by prefix: what may not be listed as a whole is listed folder by folder.
                Err(CloudError::AccessDenied { .. }) if depth == Depth::All => {
                    left.push((prefix, Depth::One));
                }
                Err(CloudError::AccessDenied { .. }) if is_above_layout(&prefix) => {
                    left.push((layout_in(&prefix), Depth::All));
                }
                Err(error) => self.listings.failed(&prefix, &error).await?,
            }
        }
        Ok(!self.has_to_stop())
    }

    /// Lists the newest days of every account and Region. `false` when it was stopped.
    async fn recent(&mut self, base: String, days: i64) -> anyhow::Result<bool> {
        let today = self.now.date_naive();
        let recent: Vec<NaiveDate> = (-1..days).map(|ago| today - TimeDelta::days(ago)).collect();
        for region in self.region_folders(base).await? {
            if self.listings.is_at_rest(&region) {
                continue;
            }
            let mut is_listed = true;
            for day in &recent {
                if self.has_to_stop() {
                    return Ok(false);
                }
                let prefix = format!("{region}{}/", day.format("%Y/%m/%d"));
                if let Err(error) = self.list(&prefix, Depth::All).await? {
                    // A trouble of the Region's folder: the days of tomorrow would be in it, too.
                    self.listings.failed(&region, &error).await?;
                    is_listed = false;
                    break;
                }
            }
            if is_listed {
                self.listings.succeeded(&region, false);
            }
        }
        Ok(!self.has_to_stop())
    }

    /// The folders `…/AWSLogs/[o-…/]account/CloudTrail*/region/` below the source's prefix.
    async fn region_folders(&mut self, base: String) -> anyhow::Result<Vec<String>> {
        let mut level = vec![base];
        // Prefixes may have several levels above `AWSLogs/`; below it come organization, account, kind and Region.
        let mut regions = Vec::new();
        for _ in 0..8 {
            let mut below = Vec::new();
            for prefix in level {
                if self.has_to_stop() || self.listings.is_at_rest(&prefix) {
                    continue;
                }
                for folder in self.folders(&prefix).await? {
                    match depth_below_layout(&folder) {
                        Some(depth) if depth > 3 => {}
                        Some(3) => regions.push(folder),
                        _ => below.push(folder),
                    }
                }
            }
            level = below;
            if level.is_empty() {
                break;
            }
        }
        Ok(regions)
    }

    /// The folders right below a prefix; none, and the trouble noted, when they can't be listed.
    async fn folders(&mut self, prefix: &str) -> anyhow::Result<Vec<String>> {
        let (mut all, mut next) = (Vec::new(), None);
        loop {
            match self.look.objects.list(prefix, Depth::One, next.as_deref()).await {
                Ok(listing) => {
                    all.extend(listing.folders);
                    next = listing.next;
                }
                Err(CloudError::AccessDenied { .. }) if is_above_layout(prefix) => {
                    return Ok(vec![layout_in(prefix)]);
                }
                Err(error) => {
                    self.listings.failed(prefix, &error).await?;
                    return Ok(all);
                }
            }
            if next.is_none() {
                self.listings.succeeded(prefix, false);
                return Ok(all);
            }
        }
    }

    /// Lists a prefix, and puts what is not known into the queue. Gives back the folders right below.
    async fn list(
        &mut self,
        prefix: &str,
        depth: Depth,
    ) -> anyhow::Result<Result<Vec<String>, CloudError>> {
        let (mut folders, mut next) = (Vec::new(), None);
        loop {
            let listing = match self.look.objects.list(prefix, depth, next.as_deref()).await {
                Ok(listing) => listing,
                Err(error) => return Ok(Err(error)),
            };
            folders.extend(listing.folders);
            self.seen.skipped.links += listing.skipped.links;
            self.seen.skipped.names += listing.skipped.names;
            for part in listing.objects.chunks(PART) {
                self.add(part).await?;
            }
            next = listing.next;
            if next.is_none() || self.look.shutdown.is_cancelled() {
                return Ok(Ok(folders));
            }
        }
    }

    /// Keeps what is part of the layout and not known yet.
    async fn add(&mut self, listed: &[ListedObject]) -> anyhow::Result<()> {
        let Look { services, source, objects, window_days, .. } = self.look;
        let mut candidates = Vec::new();
        for object in listed {
            let kind = ObjectKind::parse(&object.key);
            let (name, place) = match &kind {
                ObjectKind::Log(key) => ("log", &key.place),
                ObjectKind::Digest(key) => ("digest", &key.place),
                ObjectKind::Foreign if object.size > 0 => {
                    self.seen.foreign_objects += 1;
                    continue;
                }
                ObjectKind::FolderMarker | ObjectKind::Foreign => {
                    self.seen.folder_markers += 1;
                    continue;
                }
            };
            self.seen.layout_objects += 1;
            candidates.push(NewWaiting {
                observation: observe(source, objects.bucket(), object),
                kind: name,
                day: place.day,
                is_backfill: is_backfill(place.day, *window_days, self.now),
            });
        }
        let added =
            services.database.add_waiting(source, &candidates, services.clock.now()).await?;
        self.seen.added += added;
        (self.told)(added);
        Ok(())
    }

    fn has_to_stop(&self) -> bool {
        self.look.shutdown.is_cancelled() || self.listings.is_stopped()
    }
}

/// What every key of a source begins with.
pub(crate) fn base_of(source: &SourceRow) -> String {
    match source.prefix.trim_matches('/') {
        "" => String::new(),
        prefix => format!("{prefix}/"),
    }
}

/// Whether a prefix ends above `AWSLogs/`. Rights to list may begin there, as those of our own template do.
pub(crate) fn is_above_layout(prefix: &str) -> bool {
    depth_below_layout(prefix).is_none()
}

/// Where the layout begins below a prefix.
pub(crate) fn layout_in(prefix: &str) -> String {
    format!("{prefix}AWSLogs/")
}

/// How many folders a path has below `AWSLogs/`, the organization's not counted. Folders of other services end it.
fn depth_below_layout(folder: &str) -> Option<usize> {
    let at = if folder.starts_with("AWSLogs/") { 0 } else { folder.rfind("/AWSLogs/")? + 1 };
    let parts: Vec<&str> = folder[at..]
        .split('/')
        .skip(1)
        .filter(|part| !part.is_empty() && !part.starts_with("o-"))
        .collect();
    if parts.get(1).is_some_and(|kind| !kind.starts_with("CloudTrail")) {
        return Some(usize::MAX);
    }
    Some(parts.len())
}

/// How an object is known: listings don't tell versions, so the version is no part of it.
pub(super) fn observe(source: &SourceRow, bucket: &str, object: &ListedObject) -> Observation {
    Observation {
        source_id: source.source_id,
        bucket: bucket.to_owned(),
        key: object.key.clone(),
        version: String::new(),
        etag: object.etag.clone(),
        size: i64::try_from(object.size).unwrap_or(i64::MAX),
        last_modified: object.last_modified,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_counted_below_the_layout() {
        for (folder, depth) in [
            ("team/", None),
            ("AWSLogs/", Some(0)),
            ("team/AWSLogs/o-exampleorg1/", Some(0)),
            ("AWSLogs/o-exampleorg1/111122223333/", Some(1)),
            ("AWSLogs/111122223333/CloudTrail-Digest/", Some(2)),
            ("AWSLogs/111122223333/CloudTrail/eu-west-1/", Some(3)),
            ("AWSLogs/111122223333/Config/", Some(usize::MAX)),
        ] {
            assert_eq!(depth_below_layout(folder), depth, "{folder}");
        }
    }
}
