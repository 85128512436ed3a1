//! The same event delivered twice is one event with two deliveries; other content under its id is kept and flagged.

use crate::records::OBJECT_BYTES_MAX;
use crate::services::Services;
use anyhow::Context;
use orgtrail_domain::inflate::inflate;
use orgtrail_domain::record::canonical;
use orgtrail_domain::record::split::{split_log_file, split_loose};
use orgtrail_shared::event::EventFlag;
use orgtrail_storage::copy::EventRow;
use orgtrail_storage::log_objects::{Committed, Delivery, ExistingEvent, NewObject, ObjectClass};
use std::collections::HashMap;
use uuid::Uuid;

type Key = (Uuid, i32, i32);

fn key(row: &EventRow) -> Key {
    (row.event_id, row.t, row.account_id)
}

/// What is known under an event id.
#[derive(Default)]
struct Contents {
    list: Vec<Content>,
    /// The variant by the hash of the record's bytes.
    bytes: HashMap<Uuid, i32>,
    /// The highest variant.
    last: Option<i32>,
    /// The variant by the hash of the record's canonical text, of the first contents of the list.
    canonical: HashMap<[u8; 32], i32>,
    /// How many contents of the list these are.
    read: usize,
}

impl Contents {
    /// Whether a content was indexed from this very object.
    fn is_of(&self, variant: i32, object: Option<i32>) -> bool {
        self.list.iter().any(|content| {
            content.variant == variant
                && matches!(content.place, Place::Indexed { object_id, .. } if Some(object_id) == object)
        })
    }

    fn push(&mut self, content: Content, bytes: Uuid) {
        self.bytes.entry(bytes).or_insert(content.variant);
        self.last = self.last.max(Some(content.variant));
        self.list.push(content);
    }
}

/// Where the text of a content can be read.
#[derive(Clone, Copy)]
enum Place {
    Indexed { object_id: i32, ordinal: i32 },
    InBatch { object: usize, ordinal: i32 },
}

/// A content that is known under an event id.
#[derive(Clone, Copy)]
struct Content {
    variant: i32,
    place: Place,
}

/// Commits a batch; when an event of it is indexed already, sorts duplicates out and tries again. Gives back which
/// objects were new, and the batch as it was stored. What was listed (`waiting`) leaves the queue with it.
pub(super) async fn commit(
    services: &Services,
    batch: Vec<NewObject>,
    waiting: &[Vec<u8>],
) -> anyhow::Result<(Vec<bool>, Vec<NewObject>)> {
    // Each round sorts the rows as they were parsed: which content came first may be another one by then.
    let mut sorted = None;
    if has_duplicates_inside(&batch) {
        sorted = Some(sort_out(services, batch.clone(), &[]).await?);
    }
    // Each round that fails has met events which somebody else committed meanwhile; they are finite.
    for _ in 0..100 {
        let now = services.clock.now();
        let next = sorted.as_ref().unwrap_or(&batch);
        match services.database.commit_waiting_objects(next, waiting, now).await {
            Ok(Committed::Stored(stored)) => return Ok((stored, sorted.unwrap_or(batch))),
            Ok(Committed::EventExists) => {
                let keys: Vec<(Uuid, i32)> = batch
                    .iter()
                    .flat_map(|object| object.events.iter().map(|row| (row.event_id, row.t)))
                    .collect();
                let mut existing = Vec::new();
                for part in keys.chunks(10_000) {
                    existing.extend(services.database.existing_events(part).await?);
                }
                sorted = Some(sort_out(services, batch.clone(), &existing).await?);
            }
            // Two batches with the same events wait for each other; one is let go on, and then this one knows them.
            Err(error) if error.is_conflict() => {
                tracing::debug!(%error, "a batch is committed once more");
            }
            Err(error) => return Err(error.into()),
        }
    }
    anyhow::bail!("events of the batch keep being indexed by somebody else")
}

fn has_duplicates_inside(batch: &[NewObject]) -> bool {
    let mut seen = std::collections::HashSet::new();
    batch.iter().flat_map(|object| &object.events).any(|row| !seen.insert((key(row), row.variant)))
}

/// Turns repeated events into deliveries and gives other contents their own variant.
async fn sort_out(
    services: &Services,
    mut batch: Vec<NewObject>,
    existing: &[ExistingEvent],
) -> anyhow::Result<Vec<NewObject>> {
    let mut known: HashMap<Key, Contents> = HashMap::new();
    for event in existing {
        let place = Place::Indexed { object_id: event.object_id, ordinal: event.ordinal };
        known
            .entry((event.event_id, event.t, event.account_id))
            .or_default()
            .push(Content { variant: event.variant, place }, event.content);
    }
    let mut texts = Texts { services, files: HashMap::new() };
    for index in 0..batch.len() {
        let rows = std::mem::take(&mut batch[index].events);
        let mut kept = Vec::with_capacity(rows.len());
        for mut row in rows {
            row.variant = 0;
            row.flags &= !shared_id_bit();
            let contents = known.entry(key(&row)).or_default();
            let place = Place::InBatch { object: index, ordinal: row.ordinal };
            if let Some(variant) = find_same(&mut texts, &batch, contents, &row, place).await? {
                // What is read once more from the archive was not delivered once more.
                if contents.is_of(variant, batch[index].retry_of) {
                    continue;
                }
                batch[index].deliveries.push(Delivery {
                    account_id: row.account_id,
                    t: row.t,
                    event_id: row.event_id,
                    variant,
                    ordinal: row.ordinal,
                });
                continue;
            }
            if let Some(last) = contents.last {
                row.variant = last + 1;
                row.flags |= shared_id_bit();
            }
            contents.push(Content { variant: row.variant, place }, row.content);
            kept.push(row);
        }
        batch[index].events = kept;
    }
    Ok(batch)
}

fn shared_id_bit() -> i32 {
    orgtrail_domain::record::flag_bits(&[EventFlag::SharedId])
}

/// The variant that has the same content: equal bytes at once, otherwise equal canonical JSON.
async fn find_same(
    texts: &mut Texts<'_>,
    batch: &[NewObject],
    contents: &mut Contents,
    row: &EventRow,
    place: Place,
) -> anyhow::Result<Option<i32>> {
    if let Some(same) = contents.bytes.get(&row.content) {
        return Ok(Some(*same));
    }
    if contents.list.is_empty() {
        return Ok(None);
    }
    let own = hash(&texts.read(batch, place).await?)?;
    for content in &contents.list[contents.read..] {
        // What can't be read back can't be called the same: both are kept, and the event is flagged.
        match texts.read(batch, content.place).await.and_then(|text| hash(&text)) {
            Ok(known) => drop(contents.canonical.entry(known).or_insert(content.variant)),
            Err(error) => tracing::warn!(
                event = %row.event_id,
                error = format!("{error:#}"),
                "an earlier record under an event id can't be read back; the new one is kept beside it"
            ),
        }
    }
    contents.read = contents.list.len();
    Ok(contents.canonical.get(&own).copied())
}

fn hash(text: &str) -> anyhow::Result<[u8; 32]> {
    Ok(canonical(text)?)
}

/// Reads texts from the archive, where the batch's objects are already.
struct Texts<'a> {
    services: &'a Services,
    files: HashMap<usize, Vec<String>>,
}

impl Texts<'_> {
    async fn read(&mut self, batch: &[NewObject], place: Place) -> anyhow::Result<String> {
        match place {
            Place::Indexed { object_id, ordinal } => {
                self.services.records.text(object_id, ordinal).await
            }
            Place::InBatch { object, ordinal } => {
                if !self.files.contains_key(&object) {
                    let texts = self.read_file(&batch[object]).await?;
                    self.files.insert(object, texts);
                }
                let text = usize::try_from(ordinal)
                    .ok()
                    .and_then(|ordinal| self.files[&object].get(ordinal));
                text.cloned().context("a record of the batch can't be read back")
            }
        }
    }

    async fn read_file(&self, object: &NewObject) -> anyhow::Result<Vec<String>> {
        let archive = &self.services.archive;
        let fetched =
            archive.get(&object.archive_bucket, &object.archive_key, OBJECT_BYTES_MAX).await?;
        let bytes = inflate(&fetched.body)?.bytes;
        Ok(if object.class == ObjectClass::Loose {
            split_loose(&bytes)?.into_iter().map(Result::unwrap_or_default).collect()
        } else {
            split_log_file(&bytes)?
                .into_iter()
                .map(|part| part.unwrap_or_default().to_owned())
                .collect()
        })
    }
}
