//! Writing one content: hashed while it arrives, synced before it gets its name.

use super::BlobDirectory;
use crate::checksum::{Algorithm, Digests, Hashers};
use crate::error::{Error, Result};
use bytes::Bytes;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// How much is gathered before it goes to a blocking thread. A smaller content goes there once.
const FLUSH_BYTES: usize = 1 << 20;

/// How much is compared at a time when a content is read back.
const COMPARE_BYTES: usize = 256 << 10;

/// A content that is on disk and has no name yet. Dropped, it is removed.
pub(crate) struct StagedBlob {
    path: Option<PathBuf>,
    pub(crate) digests: Digests,
}

impl StagedBlob {
    pub(super) fn path(&self) -> &Path {
        self.path.as_deref().unwrap_or_else(|| Path::new(""))
    }

    /// Gives up the path: the file has another name now.
    pub(super) fn forget(mut self) {
        self.path = None;
    }
}

impl Drop for StagedBlob {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            remove_leftover(&path);
        }
    }
}

/// Takes a content piece by piece. Memory is bounded by [`FLUSH_BYTES`] and one piece.
pub(crate) struct BlobWriter {
    pending: Vec<Bytes>,
    pending_bytes: usize,
    /// `None` only while a blocking thread has it, or after it failed.
    open: Option<OpenBlob>,
}

/// The part that blocking threads work on.
struct OpenBlob {
    directory: Arc<BlobDirectory>,
    file: Option<(File, PathBuf)>,
    hashers: Hashers,
}

impl BlobWriter {
    pub(crate) fn new(
        directory: Arc<BlobDirectory>,
        wanted: impl IntoIterator<Item = Algorithm>,
    ) -> Self {
        let open = OpenBlob { directory, file: None, hashers: Hashers::new(wanted) };
        Self { pending: Vec::new(), pending_bytes: 0, open: Some(open) }
    }

    /// Adds a piece.
    pub(crate) async fn write(&mut self, piece: Bytes) -> Result<()> {
        self.pending_bytes += piece.len();
        self.pending.push(piece);
        if self.pending_bytes >= FLUSH_BYTES {
            let (open, pieces) = self.take()?;
            self.open = Some(on_blocking_thread(move || open.append(&pieces)).await?);
        }
        Ok(())
    }

    /// Writes what is left and waits until all of it is on disk.
    pub(crate) async fn finish(mut self) -> Result<StagedBlob> {
        let (open, pieces) = self.take()?;
        on_blocking_thread(move || open.append(&pieces)?.finish()).await
    }

    fn take(&mut self) -> Result<(OpenBlob, Vec<Bytes>)> {
        self.pending_bytes = 0;
        let pieces = std::mem::take(&mut self.pending);
        Ok((self.open.take().ok_or(Error::Stopped)?, pieces))
    }
}

impl OpenBlob {
    fn append(mut self, pieces: &[Bytes]) -> Result<Self> {
        if self.file.is_none() {
            self.file = Some(create(&self.directory)?);
        }
        if let Some((file, path)) = self.file.as_mut() {
            for piece in pieces {
                self.hashers.update(piece);
                file.write_all(piece).map_err(Error::file(path.as_path()))?;
            }
        }
        Ok(self)
    }

    fn finish(mut self) -> Result<StagedBlob> {
        let Some((file, path)) = self.file.as_ref() else { return Err(Error::Stopped) };
        file.sync_all().map_err(Error::file(path.as_path()))?;
        let path = self.file.take().map(|(_, path)| path);
        let hashers = std::mem::replace(&mut self.hashers, Hashers::new([]));
        Ok(StagedBlob { path, digests: hashers.finish() })
    }
}

impl Drop for OpenBlob {
    fn drop(&mut self) {
        if let Some((_, path)) = self.file.take() {
            remove_leftover(&path);
        }
    }
}

/// Writes a whole content that is in memory, and reads it back before anybody may rely on it.
pub(super) fn stage(directory: &BlobDirectory, body: &[u8]) -> Result<StagedBlob> {
    let mut hashers = Hashers::new([]);
    hashers.update(body);
    let (mut file, path) = create(directory)?;
    // From here on the file is removed if something fails.
    let staged = StagedBlob { path: Some(path), digests: hashers.finish() };
    file.write_all(body).and_then(|()| file.sync_all()).map_err(Error::file(staged.path()))?;
    if !holds(&mut file, body).map_err(Error::file(staged.path()))? {
        return Err(Error::Damaged {
            sha256: hex::encode(staged.digests.sha256),
            state: "altered",
        });
    }
    Ok(staged)
}

/// Whether a file that was just written holds these bytes and no others.
fn holds(file: &mut File, body: &[u8]) -> std::io::Result<bool> {
    if file.metadata()?.len() != body.len() as u64 {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(0))?;
    let mut piece = vec![0; body.len().min(COMPARE_BYTES)];
    for expected in body.chunks(COMPARE_BYTES) {
        let read = &mut piece[..expected.len()];
        file.read_exact(read)?;
        if read != expected {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Runs what blocks where it may block.
pub(crate) async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    // It fails only when the runtime shuts down or `work` panicked, which is reported by the runtime.
    spawn_blocking(work).await.unwrap_or(Err(Error::Stopped))
}

fn create(directory: &BlobDirectory) -> Result<(File, PathBuf)> {
    let path = directory.temporary_path();
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(Error::file(&path))?;
    Ok((file, path))
}

/// Removes a file of an upload that failed. What can't be removed now goes when the store is next opened.
fn remove_leftover(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "could not remove a temporary file"
        );
    }
}
