//! An object's bytes → rows of the index, in pieces, so that a large file doesn't fill the memory.

use super::archiving::Archived;
use crate::services::Services;
use orgtrail_cloud::objects::FetchedObject;
use orgtrail_domain::digest::{self, Digest, DigestObject, DigestProblem, Problem, PublicKey};
use orgtrail_domain::grams::{Grams, GramsBuilder};
use orgtrail_domain::index_keys::access_key_bits;
use orgtrail_domain::inflate::{Inflated, inflate};
use orgtrail_domain::log_key::{DigestKey, ObjectKind};
use orgtrail_domain::record::split::{split_log_file, split_loose};
use orgtrail_domain::record::{FileClaims, IndexedRecord, to_index_time};
use orgtrail_shared::event::Access;
use orgtrail_storage::copy::EventRow;
use orgtrail_storage::dictionary::{PrincipalTerm, Term, TermField};
use orgtrail_storage::log_objects::{
    BadRecord, DigestRow, ListedFileRow, NewObject, ObjectClass, Observation,
};
use orgtrail_storage::sources::SourceRow;
use tokio::sync::mpsc;
use uuid::Uuid;

/// How many records are turned into rows at once.
const PIECE: usize = 4_000;

/// How many characters of a bad record are kept for a look.
const EXCERPT_CHARACTERS: usize = 600;

/// A record with its texts, before they have become ids.
struct Parsed {
    ordinal: i32,
    t: i32,
    event_id: Uuid,
    content: Uuid,
    access_key: Uuid,
    flags: i32,
    account: String,
    principal: PrincipalTerm,
    /// Name, Region, address, agent, error, kind, session.
    terms: [Term; 7],
    resources: Vec<i64>,
}

enum Piece {
    Records(Vec<Parsed>),
    Bad(BadRecord),
}

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
    let body = object.fetched.body.clone();
    let inflated = tokio::task::spawn_blocking(move || inflate(&body)).await?;
    let mut new = describe(services, &object).await?;
    let inflated = match inflated {
        Ok(inflated) => inflated,
        Err(error) => {
            new.quarantine = Some(bad_file(&error.to_string(), &object.fetched.body));
            if let ObjectKind::Digest(key) = &object.kind {
                new.digest =
                    Some(unreadable_digest(key, &object, "the digest can't be uncompressed"));
            }
            return Ok(new);
        }
    };
    new.content_sha256 = Some(inflated.sha256);
    new.content_bytes = i64::try_from(inflated.bytes.len()).ok();
    if let ObjectKind::Digest(key) = &object.kind {
        new.digest = Some(parse_digest(key, &object, &inflated));
        return Ok(new);
    }
    index_records(services, &object, inflated, &mut new).await?;
    Ok(new)
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

async fn index_records(
    services: &Services,
    object: &ObjectToParse<'_>,
    inflated: Inflated,
    new: &mut NewObject,
) -> anyhow::Result<()> {
    let claims = claims(&object.kind);
    let is_loose = matches!(new.class, ObjectClass::Loose);
    let (now, hasher) = (services.clock.now(), services.hasher);
    let (send, mut receive) = mpsc::channel(2);
    let reader = tokio::task::spawn_blocking(move || {
        let grams = GramsBuilder::new(inflated.bytes.len());
        let mut sink = Sink { send, piece: Vec::new(), grams, claims, now, hasher };
        if is_loose {
            let parts = split_loose(&inflated.bytes)
                .map_err(|error| (error.to_string(), inflated.bytes.clone()))?;
            for (ordinal, part) in parts.iter().enumerate() {
                let part = part
                    .as_ref()
                    .map(String::as_str)
                    .map_err(|(error, bytes)| (error.to_string(), bytes.as_slice()));
                sink.take(ordinal, part);
            }
        } else {
            let parts = split_log_file(&inflated.bytes)
                .map_err(|error| (error.to_string(), excerpt(&inflated.bytes).into_bytes()))?;
            for (ordinal, part) in parts.into_iter().enumerate() {
                sink.take(ordinal, part.map_err(|(error, bytes)| (error.to_string(), bytes)));
            }
        }
        sink.flush();
        Ok::<Grams, (String, Vec<u8>)>(sink.grams.finish())
    });
    while let Some(piece) = receive.recv().await {
        match piece {
            Piece::Bad(bad) => new.bad_records.push(bad),
            Piece::Records(records) => {
                new.events.extend(to_rows(services, object.source, records).await?);
            }
        }
    }
    match reader.await? {
        Ok(grams) => new.grams = Some(grams).filter(|_| !new.events.is_empty()),
        Err((reason, bytes)) => {
            new.events.clear();
            new.bad_records.clear();
            let mut bad = bad_file(&reason, &bytes);
            bad.bytes = new.content_bytes.unwrap_or(0);
            new.quarantine = Some(bad);
        }
    }
    Ok(())
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

/// Gathers records on the thread that parses, and hands them over in pieces.
struct Sink {
    send: mpsc::Sender<Piece>,
    piece: Vec<Parsed>,
    /// Of the very texts that a search will read.
    grams: GramsBuilder,
    claims: FileClaims,
    now: chrono::DateTime<chrono::Utc>,
    hasher: orgtrail_domain::index_keys::ResourceHasher,
}

impl Sink {
    fn take(&mut self, ordinal: usize, part: Result<&str, (String, &[u8])>) {
        let ordinal = i32::try_from(ordinal).unwrap_or(i32::MAX);
        let read = part.and_then(|text| {
            IndexedRecord::read(text, &self.claims, self.now)
                .inspect(|_| self.grams.add(text))
                .map_err(|error| (error.to_string(), text.as_bytes()))
        });
        match read {
            Ok(record) => {
                self.piece.push(parsed(ordinal, &record, self.hasher));
                if self.piece.len() >= PIECE {
                    self.flush();
                }
            }
            Err((reason, bytes)) => {
                let bad = BadRecord { ordinal: Some(ordinal), ..bad_file(&reason, bytes) };
                drop(self.send.blocking_send(Piece::Bad(bad)));
            }
        }
    }

    fn flush(&mut self) {
        if !self.piece.is_empty() {
            // The receiver is gone only when the pass has failed already.
            drop(self.send.blocking_send(Piece::Records(std::mem::take(&mut self.piece))));
        }
    }
}

fn parsed(
    ordinal: i32,
    record: &IndexedRecord<'_>,
    hasher: orgtrail_domain::index_keys::ResourceHasher,
) -> Parsed {
    let term = |field, value: &str, detail: &str| Term {
        field,
        value: value.to_owned(),
        detail: detail.to_owned(),
    };
    let access = match record.access {
        Access::Unknown => 0,
        Access::Read => 1,
        Access::Write => 2,
    };
    let mut resources: Vec<i64> = record
        .resources
        .iter()
        .flat_map(|resource| {
            let arns =
                [&resource.arn, &resource.arn_prefix].into_iter().filter(|arn| !arn.is_empty());
            let kind = Some(&resource.kind).filter(|kind| !kind.is_empty());
            arns.map(move |arn| hasher.arn(arn)).chain(kind.map(move |kind| hasher.kind(kind)))
        })
        .collect();
    resources.sort_unstable();
    resources.dedup();
    Parsed {
        ordinal,
        t: to_index_time(record.seconds),
        event_id: record.event_id,
        content: record.content,
        access_key: access_key_bits(&record.access_key),
        flags: record.flag_bits() | (access << 8),
        account: record.account.to_string(),
        principal: PrincipalTerm {
            kind: record.principal.kind.clone(),
            arn: record.principal.arn.clone(),
            account: record.principal.account.clone(),
            name: record.principal.name.clone(),
        },
        terms: [
            term(TermField::Name, &record.event_name, &record.event_source),
            term(TermField::Region, &record.region, ""),
            term(TermField::Ip, &record.source_ip, ""),
            term(TermField::Agent, &record.user_agent, ""),
            term(TermField::Error, &record.error_code, ""),
            term(TermField::Kind, &record.category, &record.event_type),
            term(TermField::Session, &record.principal.session, ""),
        ],
        resources,
    }
}

async fn to_rows(
    services: &Services,
    source: &SourceRow,
    records: Vec<Parsed>,
) -> anyhow::Result<Vec<EventRow>> {
    let pool = services.database.worker();
    let terms: Vec<Term> = records.iter().flat_map(|record| record.terms.iter().cloned()).collect();
    let principals: Vec<PrincipalTerm> =
        records.iter().map(|record| record.principal.clone()).collect();
    let accounts: Vec<String> = records.iter().map(|record| record.account.clone()).collect();
    let terms = services.dictionary.terms(pool, &terms).await?;
    let principals = services.dictionary.principals(pool, &principals).await?;
    let accounts = services.dictionary.accounts(pool, source.organization_id, &accounts).await?;
    let ids = terms.chunks_exact(7).zip(principals).zip(accounts);
    Ok(records
        .into_iter()
        .zip(ids)
        .map(|(record, ((terms, principal_id), account_id))| EventRow {
            t: record.t,
            ordinal: record.ordinal,
            account_id,
            principal_id,
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
        })
        .collect())
}
