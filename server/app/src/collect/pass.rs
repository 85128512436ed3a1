//! One pass over a source.

use super::archiving::archive;
use super::discover::{Found, Reach, Seen, observe, prefixes, unknown};
use super::duplicates;
use super::parse::{ObjectToParse, parse_object};
use crate::records::OBJECT_BYTES_MAX;
use crate::services::Services;
use anyhow::Context;
use futures::{StreamExt, TryStreamExt, stream};
use orgtrail_cloud::error::CloudError;
use orgtrail_cloud::objects::{Depth, FetchedObject, ListedObject, ObjectSource};
use orgtrail_domain::digest::{InvalidKeys, PublicKey, PublicKeys};
use orgtrail_domain::log_key::ObjectKind;
use orgtrail_storage::log_objects::NewObject;
use orgtrail_storage::sources::SourceRow;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// How many objects are fetched at once.
const FETCHES: usize = 16;

/// How many files go into one transaction, unless they are large.
const BATCH_FILES: usize = 200;

/// How many rows close a batch.
const BATCH_ROWS: usize = 20_000;

/// How many stored bytes may be in work at once. One megabyte of gzip is about ten of JSON.
const BYTES_IN_WORK: usize = 48 << 20;

/// What a pass did.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct PassSummary {
    /// New objects.
    pub files: u64,
    /// Events that were indexed.
    pub events: u64,
    /// Events that were indexed already and were delivered once more.
    pub duplicates: u64,
    /// Files and records that could not be read.
    pub quarantined: u64,
    /// Objects that are not part of the layout.
    pub foreign_objects: u64,
    /// Folder markers.
    pub folder_markers: u64,
    /// Objects that could not be fetched; the next pass tries again.
    pub failed: u64,
    /// Why, for each reason how often.
    pub reasons: std::collections::BTreeMap<String, u64>,
}

impl PassSummary {
    /// Adds another pass.
    pub fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.events += other.events;
        self.duplicates += other.duplicates;
        self.quarantined += other.quarantined;
        self.foreign_objects += other.foreign_objects;
        self.folder_markers += other.folder_markers;
        self.failed += other.failed;
        for (reason, count) in other.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
    }

    pub(super) fn add(&mut self, object: &NewObject) {
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        self.files += 1;
        self.events += count(object.events.len());
        self.duplicates += count(object.deliveries.len());
        for bad in object.quarantine.iter().chain(&object.bad_records) {
            self.quarantined += 1;
            *self.reasons.entry(bad.reason.clone()).or_default() += 1;
        }
    }
}

/// Told how far a pass is.
pub trait PassProgress: Send + Sync {
    /// So many new objects were found so far.
    fn found(&self, objects: u64);
    /// So many objects and events were committed so far.
    fn committed(&self, objects: u64, events: u64);
}

/// The keys that sign a source's digests.
pub(super) fn source_keys(source: &SourceRow) -> anyhow::Result<Vec<PublicKey>> {
    match PublicKeys::parse(&source.public_keys.to_string()) {
        // Nobody has given any: then no digest can be trusted, and everything else can be read.
        Err(InvalidKeys::Empty) => Ok(Vec::new()),
        keys => Ok(keys
            .with_context(|| {
                format!("the public keys of the source `{}` can't be read", source.name)
            })?
            .into()),
    }
}

/// Runs one pass over a source.
///
/// # Errors
///
/// When the source can't be listed or the database or archive fails. What was committed stays; the next pass goes on.
pub async fn collect_source(
    services: &Services,
    source: &SourceRow,
    reach: Reach,
    progress: Option<&dyn PassProgress>,
    shutdown: &CancellationToken,
) -> anyhow::Result<PassSummary> {
    let objects = services.open_source(source).await?;
    collect_objects(services, source, objects, reach, progress, shutdown).await
}

/// Runs one pass over a source that is open already.
///
/// # Errors
///
/// As [`collect_source`].
pub async fn collect_objects(
    services: &Services,
    source: &SourceRow,
    objects: Arc<dyn ObjectSource>,
    reach: Reach,
    progress: Option<&dyn PassProgress>,
    shutdown: &CancellationToken,
) -> anyhow::Result<PassSummary> {
    let collector = Collector::new(services, source, objects)?;
    let (mut summary, mut seen) = (PassSummary::default(), Seen::default());
    for prefix in prefixes(source, &*collector.objects, reach, services.clock.now()).await? {
        let mut next = None;
        loop {
            if shutdown.is_cancelled() {
                return Ok(summary);
            }
            let listing = collector.objects.list(&prefix, Depth::All, next.as_deref()).await?;
            let found =
                unknown(services, source, collector.objects.bucket(), listing.objects, &mut seen)
                    .await?;
            collector.run(found, &mut summary, progress).await?;
            next = listing.next;
            if next.is_none() {
                break;
            }
        }
    }
    summary.foreign_objects = seen.foreign_objects;
    summary.folder_markers = seen.folder_markers;
    Ok(summary)
}

/// What became of objects that were looked for by name and were not taken in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotTaken {
    /// They are not there.
    pub absent: Vec<(String, String)>,
    /// They could not be fetched, and why; nobody knows whether they are there.
    pub unfetchable: Vec<((String, String), String)>,
}

/// Fetches objects by name that a digest lists. Gives back which of them were not taken in: what keeps an object, or
/// all of a source, from being fetched is no error of the database or archive.
///
/// # Errors
///
/// When the database or archive fails.
pub async fn collect_named(
    services: &Services,
    source: &SourceRow,
    names: &[(String, String)],
) -> anyhow::Result<NotTaken> {
    let opened = match services.open_source(source).await {
        Ok(objects) => Collector::new(services, source, objects),
        Err(error) => Err(error),
    };
    let mut rest = NotTaken::default();
    let (collector, mut stopped_by) = match opened {
        Ok(collector) => (Some(collector), None),
        Err(error) => (None, Some(format!("{error:#}"))),
    };
    let mut summary = PassSummary::default();
    for name in names {
        if let Some(reason) = &stopped_by {
            rest.unfetchable.push((name.clone(), reason.clone()));
            continue;
        }
        let Some(collector) = &collector else { continue };
        let (bucket, key) = name;
        let kind = ObjectKind::parse(key);
        if bucket != collector.objects.bucket() || kind.place().is_none() {
            rest.absent.push(name.clone());
            continue;
        }
        match collector.objects.fetch(key, OBJECT_BYTES_MAX).await {
            Ok(fetched) => {
                let object = collector.take_in(kind, fetched).await?;
                collector.commit(vec![object], &mut summary).await?;
            }
            Err(CloudError::NotFound(_)) => rest.absent.push(name.clone()),
            Err(error) => {
                let reason = error.to_string();
                // A store that can't be reached is not asked for thousands of others, one timeout after the other.
                stopped_by = error.may_pass().then(|| reason.clone());
                rest.unfetchable.push((name.clone(), reason));
            }
        }
    }
    Ok(rest)
}

pub(super) struct Collector<'a> {
    services: &'a Services,
    source: &'a SourceRow,
    pub(super) objects: Arc<dyn ObjectSource>,
    keys: Vec<PublicKey>,
    room: Semaphore,
}

impl<'a> Collector<'a> {
    pub(super) fn new(
        services: &'a Services,
        source: &'a SourceRow,
        objects: Arc<dyn ObjectSource>,
    ) -> anyhow::Result<Self> {
        let room = Semaphore::new(BYTES_IN_WORK);
        Ok(Self { services, source, objects, keys: source_keys(source)?, room })
    }

    /// Fetches and parses with bounded concurrency; commits in batches.
    async fn run(
        &self,
        found: Vec<Found>,
        summary: &mut PassSummary,
        progress: Option<&dyn PassProgress>,
    ) -> anyhow::Result<()> {
        if found.is_empty() {
            return Ok(());
        }
        metrics::gauge!("orgtrail_queue_files").increment(u32::try_from(found.len()).unwrap_or(0));
        if let Some(progress) = progress {
            progress.found(found.len() as u64);
        }
        let mut parsed =
            stream::iter(found.into_iter().map(|found| self.fetch(found))).buffered(FETCHES);
        let (mut batch, mut rows) = (Vec::new(), 0);
        while let Some(fetched) = parsed.try_next().await? {
            metrics::gauge!("orgtrail_queue_files").decrement(1);
            match fetched {
                Ok(object) => {
                    rows += object.events.len();
                    batch.push(object);
                }
                Err(reason) => {
                    summary.failed += 1;
                    *summary.reasons.entry(reason).or_default() += 1;
                }
            }
            if batch.len() >= BATCH_FILES || rows >= BATCH_ROWS {
                self.commit(std::mem::take(&mut batch), summary).await?;
                rows = 0;
                if let Some(progress) = progress {
                    progress.committed(summary.files, summary.events);
                }
            }
        }
        self.commit(batch, summary).await?;
        if let Some(progress) = progress {
            progress.committed(summary.files, summary.events);
        }
        Ok(())
    }

    /// One object: fetched, archived, parsed. What keeps a single object from being fetched is no error of the pass.
    async fn fetch(&self, found: Found) -> anyhow::Result<Result<NewObject, String>> {
        let key = &found.observation.key;
        let size = usize::try_from(found.observation.size).unwrap_or(usize::MAX);
        let permits = u32::try_from(size.clamp(1, BYTES_IN_WORK)).unwrap_or(u32::MAX);
        let _room = self.room.acquire_many(permits).await?;
        match self.objects.fetch(key, OBJECT_BYTES_MAX).await {
            Ok(fetched) => self.take_in(found.kind, fetched).await.map(Ok),
            Err(
                error @ (CloudError::AccessDenied { .. }
                | CloudError::NotFound(_)
                | CloudError::TooLarge { .. }),
            ) => {
                tracing::warn!(file.key = %key, %error, "could not fetch `{key}`");
                Ok(Err(error.to_string()))
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn take_in(
        &self,
        kind: ObjectKind,
        fetched: FetchedObject,
    ) -> anyhow::Result<NewObject> {
        let bucket = self.objects.bucket();
        let mut observation = observe(self.source, bucket, &fetched.object);
        observation.size = i64::try_from(fetched.body.len()).unwrap_or(i64::MAX);
        let key = observation.key.clone();
        let archived =
            archive(self.services, self.source, bucket, &key, &fetched.body, &fetched.metadata)
                .await?;
        let object = ObjectToParse {
            source: self.source,
            observation,
            kind,
            fetched: &fetched,
            archived,
            keys: &self.keys,
        };
        let mut new = parse_object(self.services, object).await?;
        new.observation.version = fetched.version;
        Ok(new)
    }

    pub(super) async fn commit(
        &self,
        batch: Vec<NewObject>,
        summary: &mut PassSummary,
    ) -> anyhow::Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        // Rows are handed over; the summary is counted from what is stored, after duplicates were sorted out.
        let (stored, batch) = duplicates::commit(self.services, batch).await?;
        for (object, _) in batch.iter().zip(stored).filter(|(_, stored)| *stored) {
            summary.add(object);
            metrics::counter!("orgtrail_files_ingested_total").increment(1);
            metrics::counter!("orgtrail_events_ingested_total")
                .increment(object.events.len() as u64);
            let bad = object.bad_records.len() + usize::from(object.quarantine.is_some());
            metrics::counter!("orgtrail_quarantined_total").increment(bad as u64);
        }
        Ok(())
    }
}

/// A listed object for one that was read outside any listing.
pub(super) fn listed(key: String, size: u64, etag: String) -> ListedObject {
    ListedObject { key, size, etag, last_modified: None }
}
