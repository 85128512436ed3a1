//! Writing many contents at once: the disk is waited for in parallel, each directory once.

use super::writer::{StagedBlob, on_blocking_thread, stage};
use super::{BlobDirectory, rename, sync_directory};
use crate::error::Result;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// How many threads wait for the disk. Many small syncs share a journal commit.
const THREADS: usize = 16;

/// How many contents or directories a thread takes at a time.
const BATCH: usize = 16;

impl BlobDirectory {
    /// Writes contents to disk, without names yet; in the order of `bodies`.
    pub(crate) async fn stage_many(self: &Arc<Self>, bodies: &[Bytes]) -> Result<Vec<StagedBlob>> {
        // A few contents are spread, too: each waits for the disk, and the waits are what takes the time.
        let batch = bodies.len().div_ceil(THREADS).clamp(1, BATCH);
        let batches: Vec<Vec<Bytes>> = bodies.chunks(batch).map(<[Bytes]>::to_vec).collect();
        let staged: Vec<Vec<StagedBlob>> = futures::stream::iter(batches)
            .map(|batch| {
                let directory = Arc::clone(self);
                on_blocking_thread(move || {
                    batch.iter().map(|body| stage(&directory, body)).collect::<Result<Vec<_>>>()
                })
            })
            .buffered(THREADS)
            .try_collect()
            .await?;
        Ok(staged.into_iter().flatten().collect())
    }

    /// Gives contents their names, durably: as [`BlobDirectory::publish`], but each directory is synced once.
    pub(crate) async fn publish_many(self: &Arc<Self>, staged: Vec<StagedBlob>) -> Result<()> {
        let directory = Arc::clone(self);
        let leaves: BTreeSet<PathBuf> = on_blocking_thread(move || {
            staged
                .into_iter()
                .map(|blob| {
                    let hash = blob.digests.sha256;
                    let leaf = directory.leaf(&hash);
                    rename(blob, &directory.path(&hash), &leaf)?;
                    Ok(leaf)
                })
                .collect()
        })
        .await?;
        // The parents of a leaf are synced once per process, as `anchor` does it for a single content.
        let is_new = |leaf: &&PathBuf| {
            self.anchor_bit(leaf).is_some_and(|(word, bit)| word.load(Ordering::Acquire) & bit == 0)
        };
        let unanchored: Vec<&PathBuf> = leaves.iter().filter(is_new).collect();
        let branches: BTreeSet<PathBuf> =
            unanchored.iter().filter_map(|leaf| leaf.parent()).map(PathBuf::from).collect();
        let is_any_new = !branches.is_empty();
        sync_directories(leaves.iter().cloned().collect()).await?;
        sync_directories(branches.into_iter().collect()).await?;
        if is_any_new {
            sync_directories(vec![self.root.join("blobs")]).await?;
        }
        for leaf in &leaves {
            if let Some((word, bit)) = self.anchor_bit(leaf) {
                word.fetch_or(bit, Ordering::Release);
            }
        }
        Ok(())
    }
}

async fn sync_directories(paths: Vec<PathBuf>) -> Result<()> {
    let batch = paths.len().div_ceil(THREADS).clamp(1, BATCH);
    let batches: Vec<Vec<PathBuf>> = paths.chunks(batch).map(<[PathBuf]>::to_vec).collect();
    futures::stream::iter(batches)
        .map(|batch| {
            on_blocking_thread(move || batch.iter().try_for_each(|path| sync_directory(path)))
        })
        .buffer_unordered(THREADS)
        .try_collect::<()>()
        .await
}
