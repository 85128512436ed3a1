//! The directory of contents: `blobs/ab/cd/<sha256>`, written in `temp/` and renamed into place.
//!
//! A file is complete, hashed and on disk before it gets its name, so a name never stands for half a
//! content, and after a crash there is nothing to repair: `temp/` is emptied, orphans are collected.

pub(crate) mod bulk;
pub(crate) mod reader;
pub(crate) mod writer;

use crate::error::{Error, Result};
use orgtrail_storage::object_store::ContentHash;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;
use uuid::Uuid;
use writer::StagedBlob;

/// How many directories hold files: one for each value of the first two bytes of the hash.
const LEAVES: usize = 256 * 256;

/// The files of one store. Everything here blocks; callers come from blocking threads.
pub(crate) struct BlobDirectory {
    root: PathBuf,
    /// One bit per leaf whose entries in its parents are known to be on disk.
    ///
    /// A leaf that was found may have been made by a process that died before it could sync the parents,
    /// so the first writer in each process does it (again).
    anchored: Vec<AtomicU64>,
    /// Locked as long as the store is open: nobody else writes, collects or empties `temp/`.
    _lock: File,
}

/// A file found by a scan.
pub(crate) struct FoundBlob {
    pub(crate) hash: ContentHash,
    pub(crate) modified: SystemTime,
}

impl BlobDirectory {
    /// Opens the directory, which is made if it is absent, and removes what a dead process left half-written.
    pub(crate) fn open(root: PathBuf) -> Result<Arc<Self>> {
        fs::create_dir_all(root.join("blobs")).map_err(Error::file(&root))?;
        let lock_path = root.join("lock");
        let lock = File::create(&lock_path).map_err(Error::file(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::InUse { path: root }),
            Err(TryLockError::Error(source)) => {
                return Err(Error::File { path: lock_path, source });
            }
        }
        let temp = root.join("temp");
        match fs::remove_dir_all(&temp) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Error::File { path: temp, source: error });
            }
            _ => fs::create_dir(&temp).map_err(Error::file(&temp))?,
        }
        sync_directory(&root)?;
        if let Some(parent) = root.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            sync_directory(parent)?;
        }
        let anchored = (0..LEAVES / 64).map(|_| AtomicU64::new(0)).collect();
        Ok(Arc::new(Self { root, anchored, _lock: lock }))
    }

    /// Gives a staged file its name, durably. A file of the same name is replaced by its equal.
    ///
    /// Replacing instead of keeping makes the file young again, which keeps the collection of garbage
    /// away from it, and repairs a damaged file by the next upload of its content.
    pub(crate) fn publish(&self, staged: StagedBlob) -> Result<()> {
        let target = self.path(&staged.digests.sha256);
        let leaf = self.leaf(&staged.digests.sha256);
        rename(staged, &target, &leaf)?;
        sync_directory(&leaf)?;
        self.anchor(&leaf)
    }

    /// Removes a file; one that is gone already is fine.
    pub(crate) fn remove(&self, hash: &ContentHash) -> Result<()> {
        let path = self.path(hash);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(Error::File { path, source: error })
            }
            _ => Ok(()),
        }
    }

    /// Lists all files whose hash begins with `first`.
    pub(crate) fn scan(&self, first: u8) -> Result<Vec<FoundBlob>> {
        let branch = self.root.join("blobs").join(hex::encode([first]));
        let mut found = Vec::new();
        for leaf in entries(&branch)? {
            for path in entries(&leaf)? {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let mut hash = ContentHash::default();
                // Whatever else lies here isn't ours to delete.
                if hex::decode_to_slice(name, &mut hash).is_ok() {
                    match fs::metadata(&path).and_then(|metadata| metadata.modified()) {
                        Ok(modified) => found.push(FoundBlob { hash, modified }),
                        Err(error) if error.kind() == ErrorKind::NotFound => {}
                        Err(source) => return Err(Error::File { path, source }),
                    }
                }
            }
        }
        Ok(found)
    }

    /// Makes a path in `temp/` that nothing else uses.
    fn temporary_path(&self) -> PathBuf {
        let name = Uuid::from_u128(rand::random()).simple().to_string();
        self.root.join("temp").join(name)
    }

    fn leaf(&self, hash: &ContentHash) -> PathBuf {
        let [first, second, ..] = *hash;
        self.root.join("blobs").join(hex::encode([first])).join(hex::encode([second]))
    }

    pub(crate) fn path(&self, hash: &ContentHash) -> PathBuf {
        self.leaf(hash).join(hex::encode(hash))
    }

    /// Syncs the parents of a leaf once per process.
    fn anchor(&self, leaf: &Path) -> Result<()> {
        let Some((word, bit)) = self.anchor_bit(leaf) else { return Ok(()) };
        if word.load(Ordering::Acquire) & bit != 0 {
            return Ok(());
        }
        if let Some(branch) = leaf.parent() {
            sync_directory(branch)?;
        }
        sync_directory(&self.root.join("blobs"))?;
        word.fetch_or(bit, Ordering::Release);
        Ok(())
    }

    fn anchor_bit(&self, leaf: &Path) -> Option<(&AtomicU64, u64)> {
        let byte = |path: &Path| u8::from_str_radix(path.file_name()?.to_str()?, 16).ok();
        let index = usize::from(byte(leaf.parent()?)?) * 256 + usize::from(byte(leaf)?);
        Some((self.anchored.get(index / 64)?, 1 << (index % 64)))
    }
}

/// Moves a staged file to its name, and makes the directory for it if need be.
fn rename(staged: StagedBlob, target: &Path, leaf: &Path) -> Result<()> {
    match fs::rename(staged.path(), target) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(leaf).map_err(Error::file(leaf))?;
            fs::rename(staged.path(), target).map_err(Error::file(target))?;
        }
        renamed => renamed.map_err(Error::file(target))?,
    }
    staged.forget();
    Ok(())
}

/// Makes the names in a directory durable.
fn sync_directory(path: &Path) -> Result<()> {
    File::open(path).and_then(|directory| directory.sync_all()).map_err(Error::file(path))
}

/// The paths in a directory; none if it is absent.
fn entries(path: &Path) -> Result<Vec<PathBuf>> {
    match fs::read_dir(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        listing => listing
            .and_then(|listing| listing.map(|entry| Ok(entry?.path())).collect())
            .map_err(Error::file(path)),
    }
}
