//! An object's bytes → rows of the index, in pieces, so that a large file doesn't fill the memory.

mod reading;
mod texts;

use super::archiving::Archived;
use crate::services::Services;
use orgtrail_cloud::objects::FetchedObject;
use orgtrail_domain::digest::{self, Digest, DigestObject, DigestProblem, Problem, PublicKey};
use orgtrail_domain::inflate::Inflated;
use orgtrail_domain::log_key::{DigestKey, ObjectKind};
use orgtrail_domain::record::FileClaims;
use orgtrail_storage::copy::EventRow;
use orgtrail_storage::log_objects::{
    BadRecord, DigestRow, ListedFileRow, NewObject, ObjectClass, Observation,
};
use orgtrail_storage::sources::SourceRow;
use reading::{Content, Piece, Reading, Shape, readers};
use std::sync::{Arc, LazyLock};
use tokio::sync::{Semaphore, mpsc};

/// Whoever reads a file holds one of these.
static READERS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(readers())));

/// How many characters of a bad record are kept for a look.
const EXCERPT_CHARACTERS: usize = 600;

/// Everything about an object that parsing needs.
pub(super) struct ObjectToParse<'a> {
    pub(super) source: &'a SourceRow,
    pub(super) observation: Observation,
    pub(super) kind: ObjectKind,
    pub(super) fetched: &'a FetchedObject,
    pub(super) archived: Archived,
    pub(super) keys: &'a [PublicKey],
}

/// Parses an object. Whatever is wrong with its content becomes part of the result; an error is the database's.
pub(super) async fn parse_object(
    services: &Services,
    object: ObjectToParse<'_>,
) -> anyhow::Result<NewObject> {
    let mut new = describe(services, &object).await?;
    let reading = Reading {
        shape: match new.class {
            ObjectClass::Log => Shape::Log,
            ObjectClass::Digest => Shape::Digest,
            ObjectClass::Loose => Shape::Loose,
        },
        claims: claims(&object.kind),
        now: services.clock.now(),
        hasher: services.hasher,
    };
    let body = object.fetched.body.clone();
    let (send, mut receive) = mpsc::channel(1);
    let reader = READERS.clone().acquire_owned().await?;
    let read = tokio::task::spawn_blocking(move || {
        // Until the file is read, not until its texts have ids: that is waiting for the database.
        let _reader = reader;
        reading.read(&body, send)
    });
    while let Some(piece) = receive.recv().await {
        take(services, object.source, piece, &mut new).await?;
    }
    let file = match read.await? {
        Ok(file) => file,
        Err(error) => {
            new.quarantine = Some(bad_file(&error.to_string(), &object.fetched.body));
            if let ObjectKind::Digest(key) = &object.kind {
                let digest = unreadable_digest(key, &object, "the digest can't be uncompressed");
                new.digest = Some(digest);
            }
            return Ok(new);
        }
    };
    new.content_sha256 = Some(file.sha256);
    new.content_bytes = i64::try_from(file.bytes).ok();
    match file.content {
        Content::Records(piece, grams) => {
            take(services, object.source, *piece, &mut new).await?;
            new.grams = Some(grams).filter(|_| !new.events.is_empty());
        }
        Content::Digest(inflated) => {
            if let ObjectKind::Digest(key) = &object.kind {
                new.digest = Some(parse_digest(key, &object, &inflated));
            }
        }
        Content::Unreadable(bad) => new.quarantine = Some(bad),
    }
    Ok(new)
}

/// Adds records to the object, with ids in place of their texts.
async fn take(
    services: &Services,
    source: &SourceRow,
    piece: Piece,
    new: &mut NewObject,
) -> anyhow::Result<()> {
    new.bad_records.extend(piece.bad);
    let ids = piece.texts.ids(services, source.organization_id).await?;
    new.events.extend(piece.records.into_iter().map(|record| {
        let terms = record.terms.map(|place| ids.terms[place]);
        EventRow {
            t: record.t,
            ordinal: record.ordinal,
            account_id: ids.accounts[record.account],
            principal_id: ids.principals[record.principal],
            session_id: terms[6],
            name_id: terms[0],
            region_id: terms[1],
            ip_id: terms[2],
            agent_id: terms[3],
            error_id: terms[4],
            kind_id: terms[5],
            flags: record.flags,
            variant: 0,
            event_id: record.event_id,
            content: record.content,
            access_key: record.access_key,
            resources: record.resources,
        }
    }));
    Ok(())
}

async fn describe(services: &Services, object: &ObjectToParse<'_>) -> anyhow::Result<NewObject> {
    let place = object.kind.place();
    let account_id = match place {
        Some(place) => {
            let numbers = [place.account.to_string()];
            let ids = services
                .dictionary
                .accounts(services.database.worker(), object.source.organization_id, &numbers)
                .await?;
            ids.first().copied()
        }
        None => None,
    };
    let (class, delivered_at, trail) = match &object.kind {
        ObjectKind::Log(key) => (ObjectClass::Log, Some(key.delivered_at), None),
        ObjectKind::Digest(key) => {
            (ObjectClass::Digest, Some(key.ends_at), Some(key.trail.clone()))
        }
        ObjectKind::FolderMarker | ObjectKind::Foreign => (ObjectClass::Loose, None, None),
    };
    let metadata =
        object.fetched.metadata.iter().map(|(name, value)| (name.clone(), value.clone().into()));
    Ok(NewObject {
        organization_id: object.source.organization_id,
        observation: object.observation.clone(),
        class,
        account_id,
        region: place.map(|place| place.region.to_string()),
        trail,
        delivered_at,
        metadata: serde_json::Value::Object(metadata.collect()),
        archive_bucket: object.archived.bucket.clone(),
        archive_key: object.archived.key.clone(),
        stored_bytes: i64::try_from(object.fetched.body.len()).unwrap_or(i64::MAX),
        stored_sha256: object.archived.sha256,
        content_sha256: None,
        content_bytes: None,
        quarantine: None,
        events: Vec::new(),
        deliveries: Vec::new(),
        bad_records: Vec::new(),
        grams: None,
        digest: None,
        retry_of: None,
    })
}

fn bad_file(reason: &str, bytes: &[u8]) -> BadRecord {
    BadRecord {
        ordinal: None,
        reason: reason.to_owned(),
        bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        excerpt: excerpt(bytes),
    }
}

fn excerpt(bytes: &[u8]) -> String {
    let part = &bytes[..bytes.len().min(EXCERPT_CHARACTERS * 4)];
    String::from_utf8_lossy(part).chars().take(EXCERPT_CHARACTERS).collect()
}

/// Metadata that S3 gives without its `x-amz-meta-`, and that a saved copy may have with it.
fn metadata_value<'a>(object: &'a ObjectToParse<'_>, name: &str) -> Option<&'a str> {
    let matches = |found: &str| {
        let found = found.strip_prefix("x-amz-meta-").unwrap_or(found);
        found.eq_ignore_ascii_case(name)
    };
    object
        .fetched
        .metadata
        .iter()
        .find(|(found, _)| matches(found))
        .map(|(_, value)| value.as_str())
}

fn parse_digest(key: &DigestKey, object: &ObjectToParse<'_>, inflated: &Inflated) -> DigestRow {
    let parsed = match Digest::parse(&inflated.bytes) {
        Ok(parsed) => parsed,
        Err(error) => {
            let problem = Problem::from(&DigestProblem::from(error));
            return DigestRow {
                own_problem: Some((problem.kind.name().to_owned(), problem.words)),
                ..unreadable_digest(key, object, "")
            };
        }
    };
    let checked = digest::check(
        &parsed,
        &DigestObject {
            bucket: &object.observation.bucket,
            key: &object.observation.key,
            sha256: &inflated.sha256,
            signature: metadata_value(object, "signature"),
            signature_algorithm: metadata_value(object, "signature-algorithm"),
            backfill_generated_at: metadata_value(object, "backfill-generation-timestamp"),
        },
        object.keys,
    );
    let own_problem = checked.err().map(|problem| {
        let problem = Problem::from(&problem);
        (problem.kind.name().to_owned(), problem.words)
    });
    DigestRow {
        trail: key.trail.clone(),
        is_backfill: key.is_backfill,
        starts_at: parsed.start,
        ends_at: parsed.end,
        signature: metadata_value(object, "signature").map(str::to_owned),
        previous: parsed.previous.map(|previous| {
            (previous.bucket, previous.key, Some(previous.sha256), previous.signature)
        }),
        own_problem,
        files: parsed
            .log_files
            .into_iter()
            .map(|file| ListedFileRow { bucket: file.bucket, key: file.key, sha256: file.sha256 })
            .collect(),
    }
}

/// A digest of which only the name can be read.
fn unreadable_digest(key: &DigestKey, object: &ObjectToParse<'_>, words: &str) -> DigestRow {
    DigestRow {
        trail: key.trail.clone(),
        is_backfill: key.is_backfill,
        starts_at: key.ends_at - orgtrail_domain::chain::DIGEST_PERIOD,
        ends_at: key.ends_at,
        signature: metadata_value(object, "signature").map(str::to_owned),
        previous: None,
        own_problem: Some((digest::ProblemKind::Altered.name().to_owned(), words.to_owned())),
        files: Vec::new(),
    }
}

/// What a file's name claims about its records.
fn claims(kind: &ObjectKind) -> FileClaims {
    match kind.place() {
        Some(place) => FileClaims {
            account: Some(place.account.to_string()),
            region: Some(place.region.to_string()),
            day: place
                .day
                .and_hms_opt(0, 0, 0)
                .map(|midnight| midnight.and_utc().timestamp() / 86_400),
        },
        None => FileClaims::default(),
    }
}
