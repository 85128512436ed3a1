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
/// When the database fails; what was resolved stays so.
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
        let new = read_again(services, &object, body).await?;
        let is_as_before = if object.is_whole {
            new.quarantine.is_some()
        } else {
            i64::try_from(new.bad_records.len()) == Ok(object.entries)
        };
        if is_as_before {
            services.database.mark_retried(object.archived.object_id, services.clock.now()).await?;
            summary.unchanged += 1;
            continue;
        }
        let (stored, batch) = duplicates::commit(services, vec![new], &[]).await?;
        for (object, _) in batch.iter().zip(stored).filter(|(_, stored)| *stored) {
            summary.taken_in.add(object);
        }
    }
    Ok(summary)
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
