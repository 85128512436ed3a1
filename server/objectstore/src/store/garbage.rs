//! Collection of files that no object names any more.
//!
//! A file is orphaned when the last row that names it goes, or when a process dies between naming the
//! file and recording it. The danger is the other way round: a writer has named its file and is about
//! to record it, the collection looks, finds no row, and removes the file under the coming row. Four
//! things stand against that, each for a case that the others leave open:
//!
//! 1. In this process, writers hold [`Inner::references`] for reading from before the rename until the
//!    database has answered, even if their client is gone ([`Inner::record`]). The collection holds it
//!    for writing while it looks and removes, so there is no such writer at that time, however slow.
//! 2. Another process can't be writing: the directory is locked by the one that has it open.
//! 3. A process that was killed may have left a statement running in the database. The collection looks
//!    under a table lock that waits for it, and then sees its row.
//! 4. The dead process's statement may still lie unread in a socket, where no lock is seen. It was sent
//!    when its file had just been renamed, so files younger than [`AGE_MIN`] are left alone.
//!
//! A pass takes no input, may be killed at any point and be repeated at any time.

use super::{Inner, ObjectStore};
use crate::blobs::FoundBlob;
use crate::blobs::writer::on_blocking_thread;
use crate::error::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_storage::object_store::ContentHash;
use std::sync::Arc;

/// How long a file stays at least.
const AGE_MIN: TimeDelta = TimeDelta::hours(1);

/// How many files are looked at per statement, and removed at most while writers wait.
const BATCH: usize = 500;

/// What a pass found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Files that were looked at.
    pub examined: u64,
    /// Files that were removed.
    pub removed: u64,
}

impl ObjectStore {
    /// Removes files that nothing names any more, if they are at least an hour old.
    ///
    /// # Errors
    ///
    /// Files or metadata could not be used; what was removed until then was garbage, and the pass may
    /// be repeated.
    pub async fn collect_garbage(&self) -> Result<Collected> {
        let mut collected = Collected::default();
        let youngest = self.inner.clock.now() - AGE_MIN;
        for first in 0..=u8::MAX {
            let blobs = Arc::clone(&self.inner.blobs);
            let found = on_blocking_thread(move || blobs.scan(first)).await?;
            collected.examined += found.len() as u64;
            let old = found.iter().filter(|blob| is_old(blob, youngest));
            let candidates: Vec<ContentHash> = old.map(|blob| blob.hash).collect();
            for batch in candidates.chunks(BATCH) {
                collected.removed += self.inner.collect(batch).await?;
            }
        }
        Ok(collected)
    }
}

impl Inner {
    async fn collect(self: &Arc<Self>, candidates: &[ContentHash]) -> Result<u64> {
        // Nearly always nothing is garbage. Nobody has to wait for learning that.
        let suspects = self.metadata.list_unreferenced(candidates).await?;
        if suspects.is_empty() {
            return Ok(0);
        }
        // To its end, even if nobody waits for it any more: the locks must outlast the removal.
        let inner = Arc::clone(self);
        let task = self.tasks.spawn(async move { inner.remove_unreferenced(&suspects).await });
        task.await.unwrap_or(Err(Error::Stopped))
    }

    async fn remove_unreferenced(&self, suspects: &[ContentHash]) -> Result<u64> {
        let _no_writer_between_file_and_row = self.references.write().await;
        let garbage = self.metadata.lock_unreferenced(suspects).await?;
        let (blobs, hashes) = (Arc::clone(&self.blobs), garbage.hashes.clone());
        let removed = on_blocking_thread(move || {
            hashes.iter().try_for_each(|hash| blobs.remove(hash))?;
            Ok(hashes.len() as u64)
        })
        .await;
        garbage.release().await?;
        removed
    }
}

fn is_old(blob: &FoundBlob, youngest: DateTime<Utc>) -> bool {
    DateTime::<Utc>::from(blob.modified) < youngest
}
