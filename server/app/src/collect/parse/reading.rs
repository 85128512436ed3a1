//! Inflating, hashing, splitting and reading a file, on a thread that may be busy.

use super::texts::Texts;
use super::{bad_file, excerpt};
use chrono::{DateTime, Utc};
use orgtrail_domain::grams::{Grams, GramsBuilder};
use orgtrail_domain::index_keys::{ResourceHasher, access_key_bits};
use orgtrail_domain::inflate::{InflateError, Inflated, inflate};
use orgtrail_domain::record::split::{split_log_file, split_loose};
use orgtrail_domain::record::{FileClaims, IndexedRecord, to_index_time};
use orgtrail_shared::event::Access;
use orgtrail_storage::dictionary::TermField;
use orgtrail_storage::log_objects::BadRecord;
use std::thread::available_parallelism;
use tokio::sync::mpsc;
use uuid::Uuid;

/// How many records are handed over at once.
const PIECE: usize = 4_000;

/// What a file is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Log,
    Loose,
    Digest,
}

/// Everything that reading a file needs besides its bytes.
pub(super) struct Reading {
    pub(super) shape: Shape,
    pub(super) claims: FileClaims,
    pub(super) now: DateTime<Utc>,
    pub(super) hasher: ResourceHasher,
}

/// A record whose texts are places in the texts of its piece.
pub(super) struct Parsed {
    pub(super) ordinal: i32,
    pub(super) t: i32,
    pub(super) event_id: Uuid,
    pub(super) content: Uuid,
    pub(super) access_key: Uuid,
    pub(super) flags: i32,
    pub(super) account: usize,
    pub(super) principal: usize,
    /// Name, Region, address, agent, error, kind, session.
    pub(super) terms: [usize; 7],
    pub(super) resources: Vec<i64>,
}

/// Some records of a file, so that a large one doesn't fill the memory.
#[derive(Default)]
pub(super) struct Piece {
    pub(super) records: Vec<Parsed>,
    pub(super) bad: Vec<BadRecord>,
    pub(super) texts: Texts,
}

/// A file that could be inflated.
pub(super) struct ReadFile {
    pub(super) sha256: [u8; 32],
    pub(super) bytes: usize,
    pub(super) content: Content,
}

/// What is in a file.
pub(super) enum Content {
    /// The last piece of the records, or the only one, and the bitmap of all of them.
    Records(Box<Piece>, Grams),
    /// A digest is read where its metadata is at hand.
    Digest(Inflated),
    /// It can't be taken apart: why, and how it begins.
    Unreadable(BadRecord),
}

/// How many bad records of a file are told one by one.
const BAD_MAX: usize = 1_000;

/// How many files are read at once: as many as there are processors. Each holds a whole file in memory.
pub(super) fn readers() -> usize {
    available_parallelism().map_or(2, usize::from).max(2)
}

impl Reading {
    /// Reads a file. All pieces but the last go through `send`; it waits while the receiver is busy.
    pub(super) fn read(
        self,
        file: &[u8],
        send: mpsc::Sender<Piece>,
    ) -> Result<ReadFile, InflateError> {
        let inflated = inflate(file)?;
        let (sha256, bytes) = (inflated.sha256, inflated.bytes.len());
        let content = match self.shape {
            Shape::Digest => Content::Digest(inflated),
            Shape::Log | Shape::Loose => self.records(&inflated.bytes, send),
        };
        Ok(ReadFile { sha256, bytes, content })
    }

    fn records(self, bytes: &[u8], send: mpsc::Sender<Piece>) -> Content {
        let grams = GramsBuilder::new(bytes.len());
        let mut sink =
            Sink { reading: &self, send, piece: Piece::default(), grams, bad: 0, further: None };
        let split = if self.shape == Shape::Loose {
            split_loose(bytes).map(|parts| {
                for (ordinal, part) in parts.iter().enumerate() {
                    let part = part.as_ref().map(String::as_str);
                    sink.take(
                        ordinal,
                        part.map_err(|(error, bytes)| (error.to_string(), &bytes[..])),
                    );
                }
            })
        } else {
            split_log_file(bytes).map(|parts| {
                for (ordinal, part) in parts.into_iter().enumerate() {
                    sink.take(ordinal, part.map_err(|(error, bytes)| (error.to_string(), bytes)));
                }
            })
        };
        match split {
            Ok(()) => {
                sink.close();
                Content::Records(Box::new(sink.piece), sink.grams.finish())
            }
            Err(error) => Content::Unreadable(bad_file(&error.to_string(), bytes)),
        }
    }
}

/// Gathers records, and hands them over in pieces.
struct Sink<'a> {
    reading: &'a Reading,
    send: mpsc::Sender<Piece>,
    piece: Piece,
    /// Of the very texts that a search will read.
    grams: GramsBuilder,
    /// How many records could not be read and are told one by one.
    bad: usize,
    /// The first of those that aren't, with all of their bytes, and how many they are.
    further: Option<(BadRecord, u64)>,
}

impl Sink<'_> {
    fn take(&mut self, ordinal: usize, part: Result<&str, (String, &[u8])>) {
        if self.piece.records.len() + self.piece.bad.len() >= PIECE {
            // The receiver is gone only when the pass has failed already.
            drop(self.send.blocking_send(std::mem::take(&mut self.piece)));
        }
        let ordinal = i32::try_from(ordinal).unwrap_or(i32::MAX);
        let read = part.and_then(|text| {
            IndexedRecord::read(text, &self.reading.claims, self.reading.now)
                .inspect(|_| self.grams.add(text))
                .map_err(|error| (error.to_string(), text.as_bytes()))
        });
        match read {
            Ok(record) => {
                let parsed = parsed(ordinal, &record, self.reading.hasher, &mut self.piece.texts);
                self.piece.records.push(parsed);
            }
            Err((reason, bytes)) => {
                let excerpt = excerpt(bytes);
                let bytes = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
                self.refuse(BadRecord { ordinal: Some(ordinal), reason, bytes, excerpt });
            }
        }
    }

    /// A file of nothing but commas and zeros has millions of bad records: those behind the first make one entry.
    fn refuse(&mut self, bad: BadRecord) {
        if self.bad < BAD_MAX {
            self.bad += 1;
            self.piece.bad.push(bad);
        } else if let Some((first, count)) = &mut self.further {
            first.bytes = first.bytes.saturating_add(bad.bytes);
            *count += 1;
        } else {
            self.further = Some((bad, 1));
        }
    }

    fn close(&mut self) {
        let Some((mut bad, count)) = self.further.take() else { return };
        if count > 1 {
            bad.reason = format!(
                "{}; {} further records of the file can't be read, either",
                bad.reason,
                count - 1
            );
        }
        self.piece.bad.push(bad);
    }
}

fn parsed(
    ordinal: i32,
    record: &IndexedRecord<'_>,
    hasher: ResourceHasher,
    texts: &mut Texts,
) -> Parsed {
    let access = match record.access {
        Access::Unknown => 0,
        Access::Read => 1,
        Access::Write => 2,
    };
    Parsed {
        ordinal,
        t: to_index_time(record.seconds),
        event_id: record.event_id,
        content: record.content,
        access_key: access_key_bits(&record.access_key),
        flags: record.flag_bits() | (access << 8),
        account: texts.account(&record.account),
        principal: texts.principal(&record.principal),
        terms: [
            texts.term(TermField::Name, &record.event_name, &record.event_source),
            texts.term(TermField::Region, &record.region, ""),
            texts.term(TermField::Ip, &record.source_ip, ""),
            texts.term(TermField::Agent, &record.user_agent, ""),
            texts.term(TermField::Error, &record.error_code, ""),
            texts.term(TermField::Kind, &record.category, &record.event_type),
            texts.term(TermField::Session, &record.principal.session, ""),
        ],
        resources: resources(record, hasher),
    }
}

fn resources(record: &IndexedRecord<'_>, hasher: ResourceHasher) -> Vec<i64> {
    let mut resources = Vec::with_capacity(record.resources.len() * 2);
    for resource in &record.resources {
        let arns = [&resource.arn, &resource.arn_prefix].into_iter().filter(|arn| !arn.is_empty());
        resources.extend(arns.map(|arn| hasher.arn(arn)));
        if !resource.kind.is_empty() {
            resources.push(hasher.kind(&resource.kind));
        }
    }
    resources.sort_unstable();
    resources.dedup();
    resources
}
