//! Looks at objects now that somebody has named: a notification, a reconciliation, an inventory.

use super::discover::observe;
use super::pass::{Collector, PassSummary};
use crate::records::OBJECT_BYTES_MAX;
use crate::services::Services;
use futures::{StreamExt, stream};
use orgtrail_cloud::error::CloudError;
use orgtrail_cloud::objects::{Depth, FetchedObject, ListedObject, ObjectSource};
use orgtrail_domain::log_key::ObjectKind;
use orgtrail_storage::log_objects::{NewObject, Observation};
use orgtrail_storage::sources::SourceRow;
use std::collections::HashMap;
use std::sync::Arc;

/// How many objects are listed or fetched at once.
const AT_ONCE: usize = 8;

/// How many stored bytes are fetched at once, unless one object alone has more.
const BYTES_AT_ONCE: u64 = 48 << 20;

/// What became of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is in the index already.
    Known,
    /// It was taken in.
    TakenIn {
        /// Why it went into quarantine as a whole, if it did.
        quarantine: Option<String>,
    },
    /// It is not in the index, and was not fetched: it is more than was asked for.
    Waiting,
    /// It is not there.
    Absent,
    /// It can't be listed or fetched, and why.
    Failed(String),
    /// It is no file of the layout.
    Foreign,
}

/// Looks at keys of a source, one by one: each is listed, so that it is known by what every listing says of it, and
/// taken in if it is new. The fates are in the order of the keys.
///
/// # Errors
///
/// When the database or archive fails.
pub async fn look_at(
    services: &Services,
    source: &SourceRow,
    objects: &Arc<dyn ObjectSource>,
    keys: &[String],
    fetch_max: usize,
) -> anyhow::Result<Vec<Fate>> {
    let looks: Vec<_> = keys.iter().map(|key| find(&**objects, key)).collect();
    let found: Vec<Result<Option<ListedObject>, CloudError>> =
        stream::iter(looks).buffered(AT_ONCE).collect().await;
    let listed: Vec<ListedObject> =
        found.iter().filter_map(|found| found.as_ref().ok()?.clone()).collect();
    let mut taken = take_in(services, source, objects, listed, fetch_max).await?.into_iter();
    Ok(found
        .into_iter()
        .zip(keys)
        .map(|(found, key)| match found {
            Ok(Some(_)) => taken.next().unwrap_or(Fate::Waiting),
            Ok(None) => Fate::Absent,
            Err(error) => Fate::Failed(reason(&error, key)),
        })
        .collect())
}

/// What a listing says of one key; `None` when there is no such object.
pub(super) async fn find(
    objects: &dyn ObjectSource,
    key: &str,
) -> Result<Option<ListedObject>, CloudError> {
    // Of all keys that begin with it, the key itself is the first.
    let listing = objects.list(key, Depth::All, None).await?;
    Ok(listing.objects.into_iter().find(|object| object.key == key))
}

/// Takes in what a listing has shown and the index doesn't have, at most `fetch_max` objects. The fates are in the
/// order of the objects.
///
/// # Errors
///
/// When the database or archive fails; what was committed stays.
pub async fn take_in(
    services: &Services,
    source: &SourceRow,
    objects: &Arc<dyn ObjectSource>,
    listed: Vec<ListedObject>,
    fetch_max: usize,
) -> anyhow::Result<Vec<Fate>> {
    let keys: Vec<String> = listed.iter().map(|object| object.key.clone()).collect();
    let mut fates: HashMap<String, Fate> = keys
        .iter()
        .map(|key| {
            let is_layout = ObjectKind::parse(key).place().is_some();
            (key.clone(), if is_layout { Fate::Known } else { Fate::Foreign })
        })
        .collect();
    let mut found = unknown(services, source, objects.bucket(), &listed).await?;
    for waiting in found.split_off(found.len().min(fetch_max)) {
        fates.insert(waiting.observation.key, Fate::Waiting);
    }
    let collector = Collector::new(services, source, objects.clone())?;
    let (mut summary, mut stopped_by) = (PassSummary::default(), None);
    while !found.is_empty() {
        let rest = found.split_off(portion(&found));
        let portion = std::mem::replace(&mut found, rest);
        take_portion(&collector, portion, &mut summary, &mut stopped_by, &mut fates).await?;
    }
    Ok(keys.iter().map(|key| fates.get(key).cloned().unwrap_or(Fate::Waiting)).collect())
}

/// An object of the layout that the index doesn't have.
struct Found {
    observation: Observation,
    kind: ObjectKind,
}

/// Keeps what is part of the layout and not in the index. It may wait in the queue.
async fn unknown(
    services: &Services,
    source: &SourceRow,
    bucket: &str,
    listed: &[ListedObject],
) -> anyhow::Result<Vec<Found>> {
    let candidates: Vec<Found> = listed
        .iter()
        .map(|object| Found {
            observation: observe(source, bucket, object),
            kind: ObjectKind::parse(&object.key),
        })
        .filter(|found| found.kind.place().is_some())
        .collect();
    let observations: Vec<Observation> =
        candidates.iter().map(|found| found.observation.clone()).collect();
    let unknown = services.database.unknown_observations(&observations).await?;
    let found = candidates.into_iter().zip(unknown);
    Ok(found.filter(|(_, is_unknown)| *is_unknown).map(|(found, _)| found).collect())
}

/// How many of the objects are fetched at once.
fn portion(found: &[Found]) -> usize {
    let mut bytes = 0;
    let fits = found.iter().take(AT_ONCE).take_while(|found| {
        bytes += found.observation.size.unsigned_abs();
        bytes <= BYTES_AT_ONCE
    });
    fits.count().max(1).min(found.len())
}

async fn take_portion(
    collector: &Collector<'_>,
    portion: Vec<Found>,
    summary: &mut PassSummary,
    stopped_by: &mut Option<String>,
    fates: &mut HashMap<String, Fate>,
) -> anyhow::Result<()> {
    if let Some(reason) = stopped_by {
        // A store that can't be reached is not asked for thousands of others, one timeout after the other.
        for found in portion {
            fates.insert(found.observation.key, Fate::Failed(reason.clone()));
        }
        return Ok(());
    }
    let fetch = |found: &Found| fetch(collector.objects.clone(), found.observation.key.clone());
    let requests: Vec<_> = portion.iter().map(fetch).collect();
    let answers: Vec<Result<FetchedObject, CloudError>> =
        stream::iter(requests).buffered(AT_ONCE).collect().await;
    let mut batch: Vec<(String, NewObject)> = Vec::new();
    // What waits in the queue, too, leaves it with the commit.
    let mut waiting: Vec<Vec<u8>> = Vec::new();
    for (found, answer) in portion.into_iter().zip(answers) {
        let identity = found.observation.identity().to_vec();
        let key = found.observation.key;
        let fate = match answer {
            Ok(fetched) => match collector.take_in(found.kind, fetched).await {
                Ok(object) => {
                    waiting.push(identity);
                    let quarantine = object.quarantine.as_ref().map(|bad| bad.reason.clone());
                    batch.push((key.clone(), object));
                    Fate::TakenIn { quarantine }
                }
                // One that can't be stored keeps no other out.
                Err(error) => Fate::Failed(format!("could not be stored: {error:#}")),
            },
            Err(CloudError::NotFound(_)) => Fate::Absent,
            Err(error) => {
                let reason = reason(&error, &key);
                if error.may_pass() {
                    *stopped_by = Some(reason.clone());
                }
                Fate::Failed(reason)
            }
        };
        fates.insert(key, fate);
    }
    for (key, reason) in commit_each(collector, batch, &waiting, summary).await? {
        fates.insert(key, Fate::Failed(format!("could not be stored: {reason}")));
    }
    Ok(())
}

/// Commits objects together, or one by one when that fails. Gives back those that can't be committed, and why.
async fn commit_each(
    collector: &Collector<'_>,
    batch: Vec<(String, NewObject)>,
    waiting: &[Vec<u8>],
    summary: &mut PassSummary,
) -> anyhow::Result<Vec<(String, String)>> {
    let objects = batch.iter().map(|(_, object)| object.clone()).collect();
    let Err(together) = collector.commit(objects, waiting, summary).await else {
        return Ok(Vec::new());
    };
    let all = batch.len();
    let mut failed = Vec::new();
    for ((key, object), waiting) in batch.into_iter().zip(waiting) {
        let alone = collector.commit(vec![object], std::slice::from_ref(waiting), summary).await;
        failed.extend(alone.err().map(|error| (key, format!("{error:#}"))));
    }
    // When nothing can be committed, it isn't the objects that are at fault.
    if failed.len() == all && all > 1 { Err(together) } else { Ok(failed) }
}

async fn fetch(objects: Arc<dyn ObjectSource>, key: String) -> Result<FetchedObject, CloudError> {
    objects.fetch(&key, OBJECT_BYTES_MAX).await
}

/// Why, without the key, so that equal reasons can be counted.
fn reason(error: &CloudError, key: &str) -> String {
    let text = error.to_string();
    match text.split_once(&format!("{key}: ")) {
        Some((_, reason)) => reason.to_owned(),
        None => text,
    }
}
