//! One pass over a source.

use super::archiving::archive;
use super::discover::{Look, Reach, discover, observe};
use super::duplicates;
use super::parse::{ObjectToParse, parse_object};
use super::queue::{Work, Worked};
use super::trouble::Patience;
use crate::records::OBJECT_BYTES_MAX;
use crate::services::Services;
use anyhow::{Context, bail};
use orgtrail_cloud::error::CloudError;
use orgtrail_cloud::objects::{FetchedObject, ListedObject, ObjectSource, Skipped};
use orgtrail_domain::collection::WINDOW_DAYS_MIN;
use orgtrail_domain::digest::{InvalidKeys, PublicKey, PublicKeys};
use orgtrail_domain::log_key::ObjectKind;
use orgtrail_storage::log_objects::NewObject;
use orgtrail_storage::sources::{Listed, ListedEverything, SourceRow};
use orgtrail_storage::waiting::Turn;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::interval;
use tokio_util::sync::CancellationToken;

/// How many stored bytes may be in work at once. One megabyte of gzip is about ten of JSON.
const BYTES_IN_WORK: usize = 48 << 20;

/// How often a pass looks whether others have finished what they work on.
const LOOK_EVERY: Duration = Duration::from_millis(200);

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
    /// Objects that could not be taken in and wait, and what is there and can't be an object.
    pub failed: u64,
    /// Why, for each reason how often.
    pub reasons: BTreeMap<String, u64>,
    /// Why our own archive or database refused an object, if one did.
    #[serde(skip)]
    pub refused: Option<String>,
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
        self.refused = self.refused.take().or(other.refused);
    }

    /// Counts what a directory has that can't be an object.
    fn add_skipped(&mut self, skipped: Skipped) {
        for (what, count) in skipped_by_reason(skipped) {
            self.failed += count;
            *self.reasons.entry(what).or_default() += count;
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
    let began_at = services.clock.now();
    let collector = Collector::new(services, source, objects)?;
    let look = Look {
        services,
        source,
        objects: &*collector.objects,
        reach,
        window_days: WINDOW_DAYS_MIN,
        patience: Patience::None,
        shutdown,
    };
    let told = |added: u64| {
        if let Some(progress) = progress {
            progress.found(added);
        }
    };
    let seen = discover(&look, &told).await?;
    let is_everything = reach == Reach::Everything && seen.is_whole;
    let listed = Listed {
        error: seen.failures.first().cloned(),
        is_window: false,
        everything: is_everything.then(|| ListedEverything {
            foreign_objects: i64::try_from(seen.foreign_objects).unwrap_or(i64::MAX),
            skipped: skipped_by_reason(seen.skipped).into_iter().collect(),
        }),
    };
    services.database.note_listing(source.source_id, began_at, &listed).await?;
    let mut summary = PassSummary {
        foreign_objects: seen.foreign_objects,
        folder_markers: seen.folder_markers,
        ..PassSummary::default()
    };
    summary.add_skipped(seen.skipped);
    let claimant = services.database.claimant().await?;
    let work = Work { services, collector: &collector, claimant: &claimant };
    let worked = work_off(&work, &mut summary, progress, shutdown).await;
    services.database.release_claims(&claimant, None).await?;
    worked?;
    // Whatever could be had is taken in; but who asked for all of it must not believe to have it.
    match seen.failures.into_iter().next().or_else(|| summary.refused.clone()) {
        Some(failure) => bail!("{failure}"),
        None => Ok(summary),
    }
}

/// Takes in everything that waits in a source, each object tried once, and waits for what others work on.
async fn work_off(
    work: &Work<'_>,
    summary: &mut PassSummary,
    progress: Option<&dyn PassProgress>,
    shutdown: &CancellationToken,
) -> anyhow::Result<()> {
    let source_id = work.collector.source.source_id;
    let mut ticks = interval(LOOK_EVERY);
    while !shutdown.is_cancelled() {
        match work.turn(Turn::Now, summary, progress).await? {
            Worked::Some(_) => {}
            Worked::Stopped(reason) => bail!("{reason}"),
            Worked::Nothing => {
                let (database, now) = (&work.services.database, work.services.clock.now());
                if !database.is_worked_on(work.claimant, source_id, now).await? {
                    break;
                }
                ticks.tick().await;
            }
        }
    }
    Ok(())
}

/// What a directory has that can't be an object, in words.
pub(super) fn skipped_by_reason(skipped: Skipped) -> Vec<(String, u64)> {
    [
        ("symbolic links, which are not followed", skipped.links),
        ("files or folders whose names are not UTF-8, which no key can be", skipped.names),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(what, count)| (what.to_owned(), count))
    .collect()
}

/// What became of objects that were looked for by name and were not taken in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotTaken {
    /// They are not there.
    pub absent: Vec<(String, String)>,
    /// They could not be fetched, and why; nobody knows whether they are there.
    pub unfetchable: Vec<((String, String), String)>,
}

/// Fetches objects by name that a digest lists. Gives back which of them were not taken in, and why.
pub async fn collect_named(
    services: &Services,
    source: &SourceRow,
    names: &[(String, String)],
) -> NotTaken {
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
                let taken = async {
                    let object = collector.take_in(kind, fetched).await?;
                    collector.commit(vec![object], &[], &mut summary).await
                };
                // One that can't be stored is no reason to leave its chain unverified.
                if let Err(error) = taken.await {
                    let reason = format!("could not be stored: {error:#}");
                    rest.unfetchable.push((name.clone(), reason));
                }
            }
            Err(CloudError::NotFound(_)) => rest.absent.push(name.clone()),
            Err(error) => {
                let reason = error.to_string();
                // A store that can't be reached is not asked for thousands of others, one timeout after the other.
                let is_of_source = error.may_pass() || error.trouble().stops_source();
                stopped_by = is_of_source.then(|| reason.clone());
                rest.unfetchable.push((name.clone(), reason));
            }
        }
    }
    rest
}

pub(super) struct Collector<'a> {
    services: &'a Services,
    source: &'a SourceRow,
    pub(super) objects: Arc<dyn ObjectSource>,
    keys: Vec<PublicKey>,
    room: Arc<Semaphore>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(
        services: &'a Services,
        source: &'a SourceRow,
        objects: Arc<dyn ObjectSource>,
    ) -> anyhow::Result<Self> {
        Self::within(services, source, objects, Arc::new(Semaphore::new(BYTES_IN_WORK)))
    }

    /// A collector that shares the room for bytes in work with others.
    pub(super) fn within(
        services: &'a Services,
        source: &'a SourceRow,
        objects: Arc<dyn ObjectSource>,
        room: Arc<Semaphore>,
    ) -> anyhow::Result<Self> {
        Ok(Self { services, source, objects, keys: source_keys(source)?, room })
    }

    pub(super) fn source(&self) -> &SourceRow {
        self.source
    }

    /// Waits until so many more bytes may be in work.
    pub(super) async fn room(&self, size: usize) -> Option<SemaphorePermit<'_>> {
        let permits = u32::try_from(size.clamp(1, BYTES_IN_WORK)).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        self.room.acquire_many(permits).await.ok()
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
        waiting: &[Vec<u8>],
        summary: &mut PassSummary,
    ) -> anyhow::Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        // Rows are handed over; the summary is counted from what is stored, after duplicates were sorted out.
        let (stored, batch) = duplicates::commit(self.services, batch, waiting).await?;
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
