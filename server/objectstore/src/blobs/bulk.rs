//! Writing many contents at once: the disk is waited for in parallel, each directory once.

use super::writer::{StagedBlob, on_blocking_thread, stage};
use super::{BlobDirectory, rename, sync_directory};
use crate::error::Result;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// How many threads wait for the disk. Many small syncs share a journal commit.
const THREADS: usize = 16;

/// How many contents or directories a thread takes at a time.
const BATCH: usize = 16;

impl BlobDirectory {
    /// Writes contents to disk, without names yet; in the order of `bodies`.
    pub(crate) async fn stage_many(self: &Arc<Self>, bodies: &[Bytes]) -> Result<Vec<StagedBlob>> {
        let batches: Vec<Vec<Bytes>> = bodies.chunks(BATCH).map(<[Bytes]>::to_vec).collect();
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
        let branches: BTreeSet<PathBuf> =
            leaves.iter().filter_map(|leaf| leaf.parent()).map(PathBuf::from).collect();
        sync_directories(leaves.iter().cloned().collect()).await?;
        sync_directories(branches.into_iter().collect()).await?;
        sync_directories(vec![self.root.join("blobs")]).await?;
        for leaf in &leaves {
            if let Some((word, bit)) = self.anchor_bit(leaf) {
                word.fetch_or(bit, std::sync::atomic::Ordering::Release);
            }
        }
        Ok(())
    }
}

async fn sync_directories(paths: Vec<PathBuf>) -> Result<()> {
    let batches: Vec<Vec<PathBuf>> = paths.chunks(BATCH).map(<[PathBuf]>::to_vec).collect();
    futures::stream::iter(batches)
        .map(|batch| {
            on_blocking_thread(move || batch.iter().try_for_each(|path| sync_directory(path)))
        })
        .buffer_unordered(THREADS)
        .try_collect::<()>()
        .await
}
