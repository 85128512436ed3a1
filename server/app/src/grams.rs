//! Tells which log files needn't be read for a text, and remembers their bitmaps.

use crate::records::FileRecords;
use crate::services::Services;
use foyer::{Cache, CacheBuilder};
use orgtrail_domain::grams::{Grams, GramsBuilder, Probe};
use orgtrail_storage::Database;
use std::collections::HashMap;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// How many bytes of bitmaps are remembered: those of some two million events.
const CACHE_BYTES: usize = 64 << 20;

/// How many bitmaps are fetched at once: some two kilobytes each.
const PART: usize = 2_000;

/// How many bitmaps are made and stored at once.
const MADE_AT_ONCE: i64 = 200;

/// A file's bitmap; none when it has none, or one that this program can't read.
type FileGrams = Option<Arc<Grams>>;

/// Reads bitmaps, and remembers recently read ones.
pub struct GramsReader {
    database: Database,
    files: Cache<i32, FileGrams>,
}

impl GramsReader {
    /// A reader with an empty memory.
    pub fn new(database: Database) -> Self {
        let files = CacheBuilder::new(CACHE_BYTES)
            .with_shards(4)
            .with_weighter(|_: &i32, grams: &FileGrams| {
                64 + grams.as_ref().map_or(0, |grams| grams.size_bytes())
            })
            .build();
        Self { database, files }
    }

    /// The files that may hold all of the texts. Whatever nobody can tell about stays among them.
    ///
    /// The ids must come from a query within the caller's scope.
    ///
    /// # Errors
    ///
    /// When the database can't be read.
    pub async fn may_hold(&self, object_ids: &[i32], probes: &[Probe]) -> anyhow::Result<Vec<i32>> {
        let may_hold = |grams: &FileGrams| {
            let Some(grams) = grams else { return true };
            probes.iter().all(|probe| grams.may_hold(probe))
        };
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for &id in object_ids {
            match self.files.get(&id) {
                Some(entry) if may_hold(entry.value()) => found.push(id),
                Some(_) => {}
                None => missing.push(id),
            }
        }
        for ids in missing.chunks(PART) {
            let stored = self.database.object_grams(ids).await?;
            let mut stored: HashMap<i32, Vec<u8>> = stored.into_iter().collect();
            for &id in ids {
                let Some(bits) = stored.remove(&id) else {
                    // It isn't remembered, as a job is about to make one.
                    found.push(id);
                    continue;
                };
                let grams = read(id, &bits);
                if may_hold(&grams) {
                    found.push(id);
                }
                self.files.insert(id, grams);
            }
        }
        Ok(found)
    }
}

/// Makes the bitmaps of files that an older version of the program took in, until the shutdown. Gives back how many
/// were made, and how many files can't be read; those are tried again by the next pass.
///
/// # Errors
///
/// When the database can't answer; what was made stays.
pub async fn make_missing(
    services: &Services,
    shutdown: &CancellationToken,
) -> anyhow::Result<(u64, u64)> {
    let (mut made, mut unreadable) = (0, 0);
    while !shutdown.is_cancelled() {
        // Those that can't be read stay among the first.
        let limit = i64::try_from(unreadable).unwrap_or(i64::MAX).saturating_add(MADE_AT_ONCE);
        let lacking = services.database.files_without_grams(limit).await?;
        let skipped = usize::try_from(unreadable).unwrap_or(usize::MAX);
        let lacking: Vec<i32> = lacking.into_iter().skip(skipped).collect();
        if lacking.is_empty() {
            break;
        }
        for part in services.records.in_parts(&lacking).await? {
            let files = services.records.files(&part).await?;
            unreadable += files.unreadable.len() as u64;
            let ready = tokio::task::spawn_blocking(move || {
                let files = files.records.iter();
                files.map(|(id, records)| (*id, bitmap(records))).collect::<Vec<_>>()
            })
            .await?;
            services.database.add_grams(&ready).await?;
            made += ready.len() as u64;
        }
    }
    Ok((made, unreadable))
}

/// The bitmap of a file's records.
fn bitmap(records: &FileRecords) -> Grams {
    let texts = || records.iter().flatten();
    let mut builder = GramsBuilder::new(texts().map(|text| text.len()).sum());
    texts().for_each(|text| builder.add(text));
    builder.finish()
}

fn read(object_id: i32, bits: &[u8]) -> FileGrams {
    match Grams::decode(bits) {
        Ok(grams) => Some(Arc::new(grams)),
        Err(error) => {
            tracing::debug!(object.id = object_id, %error, "a log file is read for every text");
            None
        }
    }
}
