//! `DIR/run`: who holds the data directory, and how commands attach to what runs there.

use anyhow::Context;
use serde::{Serialize, de::DeserializeOwned};
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The claim on a data directory. It ends with the process, however that ends.
#[derive(Debug)]
pub struct RunFiles {
    directory: PathBuf,
    _lock: File,
}

impl RunFiles {
    /// Claims the data directory; `None` when another process holds it.
    ///
    /// # Errors
    ///
    /// When the lock file can't be made.
    pub fn claim(data_directory: &Path) -> anyhow::Result<Option<Self>> {
        let directory = data_directory.join("run");
        fs::create_dir_all(&directory)
            .with_context(|| format!("could not make {}", directory.display()))?;
        fs::set_permissions(&directory, Permissions::from_mode(0o700))?;
        let path = directory.join("lock");
        let lock = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("could not open {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { directory, _lock: lock })),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("could not lock {}", path.display()))
            }
        }
    }

    /// Writes a run file that only we can read.
    ///
    /// # Errors
    ///
    /// When it can't be written.
    pub fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        write_private(&self.directory.join(name), text)
    }

    /// Writes a run file as JSON.
    ///
    /// # Errors
    ///
    /// When it can't be written.
    pub fn write_json(&self, name: &str, value: &impl Serialize) -> anyhow::Result<()> {
        self.write(name, &serde_json::to_string_pretty(value)?)
    }
}

impl Drop for RunFiles {
    fn drop(&mut self) {
        for name in ["address", "store.json"] {
            drop(fs::remove_file(self.directory.join(name)));
        }
    }
}

/// Reads a run file of the process that holds the data directory.
///
/// # Errors
///
/// When there is none.
pub(super) fn read_json<T: DeserializeOwned>(
    data_directory: &Path,
    name: &str,
) -> anyhow::Result<T> {
    let path = data_directory.join("run").join(name);
    let text =
        fs::read_to_string(&path).with_context(|| format!("could not read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("could not read {}", path.display()))
}

/// Writes a file that only we can read, as a whole or not at all.
///
/// # Errors
///
/// When it can't be written.
pub fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("file");
    let unfinished = path.with_file_name(format!(".{name}.unfinished"));
    let write = || -> std::io::Result<()> {
        drop(fs::remove_file(&unfinished));
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    };
    write().with_context(|| format!("could not write {}", path.display()))
}
