//! Tells which log files needn't be read for a text, and remembers their bitmaps.

use foyer::{Cache, CacheBuilder};
use orgtrail_domain::grams::{Grams, Probe};
use orgtrail_storage::Database;
use std::collections::HashMap;
use std::sync::Arc;

/// How many bytes of bitmaps are remembered: those of some two million events.
const CACHE_BYTES: usize = 64 << 20;

/// How many bitmaps are fetched at once: some two kilobytes each.
const PART: usize = 2_000;

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
                let grams = stored.remove(&id).and_then(|bits| read(id, &bits));
                if may_hold(&grams) {
                    found.push(id);
                }
                self.files.insert(id, grams);
            }
        }
        Ok(found)
    }
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
