//! Quarantined objects, read once more: after an upgrade, what was unreadable may be a record.
//!
//! The archived bytes are taken in as a further object under the same key, whose identity names the first entry that it
//! resolves: two that retry at once meet on it. What was indexed before is known, and gets one delivery more.

use super::archiving::Archived;
use super::duplicates;
use super::parse::{ObjectToParse, parse_object};
use super::pass::{PassSummary, source_keys};
use crate::services::Services;
use anyhow::Context;
use orgtrail_cloud::objects::{FetchedObject, ListedObject};
use orgtrail_domain::log_key::ObjectKind;
use orgtrail_storage::log_objects::{NewObject, Observation};
use orgtrail_storage::quarantine::QuarantinedObject;
use sha2::{Digest, Sha256};

/// What came of a retry.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct RetrySummary {
    /// Objects that were read once more.
    pub objects: u64,
    /// Entries that were open before.
    pub entries: u64,
    /// What was taken in, and what of it is in quarantine again.
    pub taken_in: PassSummary,
    /// Objects that are as unreadable as before.
    pub unchanged: u64,
    /// Objects whose bytes could not be read back, with the reason.
    pub failed: Vec<(String, String)>,
}

/// Retries one entry of the quarantine, with all others of its object, or everything that is open.
///
/// # Errors
///
/// When the database can't say what is in quarantine. A file that can't be read or stored is in the summary.
pub async fn retry_quarantine(
    services: &Services,
    entry: Option<i64>,
) -> anyhow::Result<RetrySummary> {
    let mut summary = RetrySummary::default();
    for object in services.database.quarantined_objects(entry).await? {
        summary.objects += 1;
        summary.entries += object.entries.unsigned_abs();
        let body = match services.records.stored_bytes(&object.archived).await {
            Ok(body) => body,
            Err(error) => {
                // One file that was lost keeps no other from being retried.
                summary.failed.push((object.key, format!("{error:#}")));
                continue;
            }
        };
        let key = object.key.clone();
        if let Err(error) = retry(services, object, body, &mut summary).await {
            // Neither does one that can't be stored.
            summary.failed.push((key, format!("{error:#}")));
        }
    }
    Ok(summary)
}

async fn retry(
    services: &Services,
    object: QuarantinedObject,
    body: bytes::Bytes,
    summary: &mut RetrySummary,
) -> anyhow::Result<()> {
    let new = read_again(services, &object, body).await?;
    if is_as_before(&object, &new) {
        services.database.mark_retried(object.archived.object_id, services.clock.now()).await?;
        summary.unchanged += 1;
        return Ok(());
    }
    let (stored, batch) = duplicates::commit(services, vec![new], &[]).await?;
    for (object, _) in batch.iter().zip(stored).filter(|(_, stored)| *stored) {
        summary.taken_in.add(object);
    }
    Ok(())
}

/// Whether the very same is unreadable. Equal numbers aren't enough: one record may be readable now, and another not.
fn is_as_before(object: &QuarantinedObject, new: &NewObject) -> bool {
    if new.quarantine.is_some() {
        // What was indexed stays so; a file that is refused as a whole now tells nothing more of its records.
        return true;
    }
    let ordinals = new.bad_records.iter().filter_map(|bad| bad.ordinal);
    !object.is_whole
        && ordinals.eq(object.ordinals.iter().copied())
        && i64::try_from(new.events.len()) == Ok(object.events)
}

async fn read_again(
    services: &Services,
    object: &QuarantinedObject,
    body: bytes::Bytes,
) -> anyhow::Result<NewObject> {
    let sources = services.database.sources().await?;
    let source = sources.into_iter().find(|source| source.source_id == object.archived.source_id);
    let source = source.context("the source of a quarantined object is gone")?;
    let kind = match object.archived.kind.as_str() {
        "loose" => ObjectKind::Foreign,
        _ => ObjectKind::parse(&object.key),
    };
    let metadata = object.metadata.as_object().into_iter().flatten();
    let metadata = metadata
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    let size = i64::try_from(body.len()).unwrap_or(i64::MAX);
    let etag = format!("{} retry of {}", object.etag, object.first_entry);
    let archived = Archived {
        bucket: object.archived.archive_bucket.clone(),
        key: object.archived.archive_key.clone(),
        sha256: Sha256::digest(&body).into(),
    };
    let fetched = FetchedObject {
        object: ListedObject {
            key: object.key.clone(),
            size: size.unsigned_abs(),
            etag: etag.clone(),
            last_modified: object.last_modified,
        },
        version: object.version.clone(),
        metadata,
        body,
    };
    let observation = Observation {
        source_id: source.source_id,
        bucket: object.bucket.clone(),
        key: object.key.clone(),
        version: object.version.clone(),
        etag,
        size,
        last_modified: object.last_modified,
    };
    let keys = source_keys(&source)?;
    let to_parse = ObjectToParse {
        source: &source,
        observation,
        kind,
        fetched: &fetched,
        archived,
        keys: &keys,
    };
    let mut new = parse_object(services, to_parse).await?;
    new.retry_of = Some(object.archived.object_id);
    Ok(new)
}
