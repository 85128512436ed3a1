//! Reads records back from the archive: what is shown is what was verified.

use anyhow::{Context, bail};
use foyer::{Cache, CacheBuilder};
use futures::{StreamExt, stream};
use orgtrail_cloud::archive::Archive;
use orgtrail_domain::inflate::inflate;
use orgtrail_domain::record::split::{split_log_file, split_loose};
use orgtrail_storage::Database;
use orgtrail_storage::log_objects::ArchivedObject;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The largest object that is read, in stored bytes.
pub const OBJECT_BYTES_MAX: u64 = 256 << 20;

/// How many bytes of record texts are remembered.
const CACHE_BYTES: usize = 128 << 20;

/// Files above this size are read for one answer and not remembered.
const CACHED_FILE_BYTES_MAX: usize = 32 << 20;

/// How many bytes of records one who asks for several files has in memory at once, unless one file alone has more.
const PART_BYTES: i64 = 96 << 20;

/// How many files are read at once, for all who ask.
const READ_AT_ONCE: usize = 6;

/// Stored files above this size are read one at a time.
const LARGE_BYTES: i64 = 4 << 20;

/// The texts of one file's records; a record that is none has no text.
pub type FileRecords = Arc<Vec<Option<Box<str>>>>;

/// Reads records, and remembers recently read files.
pub struct RecordReader {
    database: Database,
    archive: Archive,
    files: Cache<i32, FileRecords>,
    /// How many files are in memory while they are read.
    reading: Semaphore,
    /// Large files are read one at a time.
    reading_large: Semaphore,
}

/// What could be read of several files.
#[derive(Default)]
pub struct ReadFiles {
    /// The records by file.
    pub records: HashMap<i32, FileRecords>,
    /// Why others couldn't be read, in words for whoever asked; the causes are in the log.
    pub unreadable: HashMap<i32, &'static str>,
}

impl RecordReader {
    /// A reader with an empty memory.
    pub fn new(database: Database, archive: Archive) -> Self {
        let files = CacheBuilder::new(CACHE_BYTES)
            .with_shards(4)
            .with_weighter(|_: &i32, file: &FileRecords| {
                file.iter().flatten().map(|text| text.len() + 16).sum::<usize>() + 64
            })
            .build();
        Self {
            database,
            archive,
            files,
            reading: Semaphore::new(READ_AT_ONCE),
            reading_large: Semaphore::new(1),
        }
    }

    /// The records of several files, as far as they can be read: one that was lost or altered hides nothing else.
    ///
    /// # Errors
    ///
    /// When the database can't answer.
    pub async fn files(&self, object_ids: &[i32]) -> anyhow::Result<ReadFiles> {
        let mut found = ReadFiles::default();
        let mut missing = Vec::new();
        for &id in object_ids {
            match self.files.get(&id) {
                Some(entry) => drop(found.records.insert(id, entry.value().clone())),
                None => missing.push(id),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        missing.sort_unstable();
        missing.dedup();
        let objects = self.database.archived_objects(&missing).await?;
        for id in &missing {
            if !objects.iter().any(|object| object.object_id == *id) {
                found.unreadable.insert(*id, "a log file is not in the archive");
            }
        }
        let reads = objects.into_iter().map(|object| async {
            let (id, key) = (object.object_id, object.archive_key.clone());
            (id, key, self.read(object).await)
        });
        let mut reads = stream::iter(reads).buffer_unordered(READ_AT_ONCE);
        while let Some((id, key, result)) = reads.next().await {
            match result {
                Ok(records) => drop(found.records.insert(id, records)),
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::error!(key, error, "an archived log file can't be read");
                    found.unreadable.insert(
                        id,
                        "a log file in the archive can't be read, or is not what was archived",
                    );
                }
            }
        }
        Ok(found)
    }

    /// Splits files into parts that fit into memory together, in the order in which they are given. A file that is too
    /// large by itself is a part.
    ///
    /// # Errors
    ///
    /// When the database can't answer.
    pub async fn in_parts(&self, object_ids: &[i32]) -> anyhow::Result<Vec<Vec<i32>>> {
        let sizes = self.database.content_bytes(object_ids).await?;
        let (mut parts, mut bytes) = (vec![Vec::new()], 0_i64);
        for id in object_ids {
            let size = sizes.get(id).copied().unwrap_or(0);
            if bytes + size > PART_BYTES && parts.last().is_some_and(|part| !part.is_empty()) {
                parts.push(Vec::new());
                bytes = 0;
            }
            bytes += size;
            if let Some(part) = parts.last_mut() {
                part.push(*id);
            }
        }
        Ok(parts)
    }

    /// The text of one record.
    ///
    /// # Errors
    ///
    /// As [`Self::files`].
    pub async fn text(&self, object_id: i32, ordinal: i32) -> anyhow::Result<String> {
        let files = self.files(&[object_id]).await?;
        if let Some(reason) = files.unreadable.get(&object_id) {
            bail!("{reason}");
        }
        let records = files.records.get(&object_id).context("the log file can't be read")?;
        let text = usize::try_from(ordinal)
            .ok()
            .and_then(|ordinal| records.get(ordinal))
            .and_then(Option::as_ref);
        Ok(text.context("the log file has no such record")?.to_string())
    }

    /// The stored bytes of an object, compared with what was archived.
    ///
    /// # Errors
    ///
    /// When they can't be read or differ.
    pub async fn stored_bytes(&self, object: &ArchivedObject) -> anyhow::Result<bytes::Bytes> {
        let fetched =
            self.archive.get(&object.archive_bucket, &object.archive_key, OBJECT_BYTES_MAX).await?;
        if Sha256::digest(&fetched.body).as_slice() != object.stored_sha256 {
            bail!(
                "the archived object `{}` is not what was archived: its hash differs",
                object.archive_key
            );
        }
        Ok(fetched.body)
    }

    async fn read(&self, object: ArchivedObject) -> anyhow::Result<FileRecords> {
        let _one_of_few = self.reading.acquire().await?;
        let _alone = match object.stored_bytes {
            LARGE_BYTES.. => Some(self.reading_large.acquire().await?),
            _ => None,
        };
        let body = self.stored_bytes(&object).await?;
        let is_loose = object.kind == "loose";
        let records = tokio::task::spawn_blocking(move || split(&body, is_loose)).await??;
        let size: usize = records.iter().flatten().map(|text| text.len()).sum();
        let records = Arc::new(records);
        if size <= CACHED_FILE_BYTES_MAX {
            self.files.insert(object.object_id, records.clone());
        }
        Ok(records)
    }
}

/// The records of a file in the order in which they were indexed.
fn split(body: &[u8], is_loose: bool) -> anyhow::Result<Vec<Option<Box<str>>>> {
    let inflated = inflate(body)?;
    if is_loose {
        let parts = split_loose(&inflated.bytes)?;
        return Ok(parts.into_iter().map(|part| part.ok().map(String::into_boxed_str)).collect());
    }
    let parts = split_log_file(&inflated.bytes)?;
    Ok(parts.into_iter().map(|part| part.ok().map(Box::from)).collect())
}
