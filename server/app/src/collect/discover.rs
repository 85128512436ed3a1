//! What is in a source: by set difference, never by a last-seen marker, because late files with random names sort
//! before the newest one.

use crate::services::Services;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use orgtrail_cloud::error::Result;
use orgtrail_cloud::objects::{Depth, ListedObject, ObjectSource};
use orgtrail_domain::log_key::ObjectKind;
use orgtrail_storage::log_objects::Observation;
use orgtrail_storage::sources::SourceRow;

/// How far a pass looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everything in the source.
    Everything,
    /// The days of a trailing window.
    RecentDays(i64),
}

/// An object that is part of the layout.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) observation: Observation,
    pub(super) kind: ObjectKind,
}

/// What discovery came across.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) layout_objects: u64,
    pub(super) folder_markers: u64,
    pub(super) foreign_objects: u64,
}

/// The prefixes that a pass lists, each completely.
pub(super) async fn prefixes(
    source: &SourceRow,
    objects: &dyn ObjectSource,
    reach: Reach,
    now: DateTime<Utc>,
) -> Result<Vec<String>> {
    let base = match source.prefix.trim_matches('/') {
        "" => String::new(),
        prefix => format!("{prefix}/"),
    };
    let Reach::RecentDays(days) = reach else { return Ok(vec![base]) };
    let today = now.date_naive();
    let recent: Vec<NaiveDate> = (-1..days).map(|ago| today - TimeDelta::days(ago)).collect();
    let mut found = Vec::new();
    for region in region_folders(objects, &base).await? {
        found.extend(recent.iter().map(|day| format!("{region}{}/", day.format("%Y/%m/%d"))));
    }
    Ok(found)
}

/// The folders `…/AWSLogs/[o-…/]account/CloudTrail*/region/` below the source's prefix.
async fn region_folders(objects: &dyn ObjectSource, base: &str) -> Result<Vec<String>> {
    let mut level = vec![base.to_owned()];
    // Prefixes may have several levels above `AWSLogs/`; below it come organization, account, kind and Region.
    let mut regions = Vec::new();
    for _ in 0..8 {
        let mut below = Vec::new();
        for prefix in level {
            for folder in folders(objects, &prefix).await? {
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

async fn folders(objects: &dyn ObjectSource, prefix: &str) -> Result<Vec<String>> {
    let (mut all, mut next) = (Vec::new(), None);
    loop {
        let listing = objects.list(prefix, Depth::One, next.as_deref()).await?;
        all.extend(listing.folders);
        next = listing.next;
        if next.is_none() {
            return Ok(all);
        }
    }
}

/// Keeps what is part of the layout and not known yet.
pub(super) async fn unknown(
    services: &Services,
    source: &SourceRow,
    bucket: &str,
    listed: Vec<ListedObject>,
    seen: &mut Seen,
) -> anyhow::Result<Vec<Found>> {
    let mut candidates = Vec::new();
    for object in listed {
        match ObjectKind::parse(&object.key) {
            ObjectKind::FolderMarker => seen.folder_markers += 1,
            ObjectKind::Foreign if object.size == 0 => seen.folder_markers += 1,
            ObjectKind::Foreign => seen.foreign_objects += 1,
            kind @ (ObjectKind::Log(_) | ObjectKind::Digest(_)) => {
                seen.layout_objects += 1;
                candidates.push(Found { observation: observe(source, bucket, &object), kind });
            }
        }
    }
    let observations: Vec<Observation> =
        candidates.iter().map(|candidate| candidate.observation.clone()).collect();
    let unknown = services.database.unknown_observations(&observations).await?;
    Ok(candidates
        .into_iter()
        .zip(unknown)
        .filter(|(_, unknown)| *unknown)
        .map(|(found, _)| found)
        .collect())
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
