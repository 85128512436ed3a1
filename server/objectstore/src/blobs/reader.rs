//! Reading contents. Whole contents are checked against their name; ranges can't be.

use super::BlobDirectory;
use super::writer::on_blocking_thread;
use crate::error::{Error, Result};
use bytes::Bytes;
use futures::Stream;
use orgtrail_storage::object_store::ContentHash;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

/// Contents up to this length are read and checked as a whole before the first byte is sent.
pub(crate) const WHOLE_BYTES_MAX: u64 = 1 << 20;

/// How much of a longer content is in memory at a time.
const PIECE_BYTES: u64 = 256 << 10;

impl BlobDirectory {
    /// Reads a content into memory and checks it.
    pub(crate) async fn read(self: &Arc<Self>, hash: ContentHash, size: u64) -> Result<Bytes> {
        let directory = Arc::clone(self);
        on_blocking_thread(move || {
            let path = directory.path(&hash);
            let body = match fs::read(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    return Err(damaged(&hash, "missing"));
                }
                body => body.map_err(Error::file(path))?,
            };
            if body.len() as u64 != size || Sha256::digest(&body)[..] != hash {
                return Err(damaged(&hash, "altered"));
            }
            Ok(Bytes::from(body))
        })
        .await
    }

    /// Opens a content for reading some or all of its bytes.
    pub(crate) async fn open_range(
        self: &Arc<Self>,
        hash: ContentHash,
        size: u64,
        range: Range<u64>,
    ) -> Result<BlobReader> {
        let directory = Arc::clone(self);
        on_blocking_thread(move || {
            let path = directory.path(&hash);
            let mut file = match File::open(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    return Err(damaged(&hash, "missing"));
                }
                file => file.map_err(Error::file(&path))?,
            };
            if file.metadata().map_err(Error::file(&path))?.len() != size {
                return Err(damaged(&hash, "altered"));
            }
            file.seek(SeekFrom::Start(range.start)).map_err(Error::file(&path))?;
            let is_whole = range.start == 0 && range.end == size;
            Ok(BlobReader {
                file,
                hash,
                left: range.end.saturating_sub(range.start),
                check: is_whole.then(Sha256::new),
            })
        })
        .await
    }
}

/// The bytes of an opened content, piece by piece.
pub(crate) struct BlobReader {
    file: File,
    hash: ContentHash,
    left: u64,
    check: Option<Sha256>,
}

impl BlobReader {
    /// Reads the next piece. The last piece of a whole content is given out only if the content is what
    /// its name says, so a reader of an altered one is cut off instead of being content with it.
    pub(crate) fn read_piece(&mut self) -> Result<Option<Bytes>, io::Error> {
        if self.left == 0 {
            return Ok(None);
        }
        let length = self.left.min(PIECE_BYTES);
        let mut piece = vec![0; usize::try_from(length).unwrap_or_default()];
        self.file.read_exact(&mut piece)?;
        self.left -= length;
        if let Some(check) = self.check.as_mut() {
            check.update(&piece);
            if self.left == 0 && check.clone().finalize()[..] != self.hash {
                return Err(io::Error::other(damaged(&self.hash, "altered")));
            }
        }
        Ok(Some(Bytes::from(piece)))
    }

    /// Turns it into a stream that reads on blocking threads, one piece ahead of nobody.
    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + Sync {
        futures::stream::try_unfold(self, |mut reader| async move {
            let read = tokio::task::spawn_blocking(move || (reader.read_piece(), reader));
            let (piece, reader) = read.await.map_err(io::Error::other)?;
            Ok(piece?.map(|piece| (piece, reader)))
        })
    }
}

fn damaged(hash: &ContentHash, state: &'static str) -> Error {
    let sha256 = hex::encode(hash);
    tracing::error!(blob.sha256 = %sha256, "the content {sha256} is {state}");
    Error::Damaged { sha256, state }
}
