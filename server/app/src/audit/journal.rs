//! What must be possible when nothing can be recorded: signing out, and the operator's break-glass command. Their acts are
//! files in the data directory until the database takes them. Room for that, and for the database to go on, is reserved there.

use crate::installation::write_private;
use crate::services::Services;
use anyhow::Context;
use orgtrail_storage::audit::NewAct;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// How much room is reserved, in bytes. It is given up when the disk is full, so that one can act to make room.
const RESERVED: u64 = 64 << 20;

/// The folder of the journal and the reserve in a data directory.
#[derive(Clone, Debug)]
pub struct Journal {
    folder: PathBuf,
}

/// A disk with less room than this is full, in bytes.
const FULL: u64 = 16 << 20;

/// An act that was journalled.
#[derive(Serialize, Deserialize)]
struct Entry {
    act: NewAct,
    /// The session that its person has ended.
    ends_session: Option<Uuid>,
}

impl Journal {
    /// The journal of a data directory.
    pub fn new(data_directory: &Path) -> Self {
        Self { folder: data_directory.join("audit") }
    }

    /// Writes an act down, to be recorded as soon as that is possible.
    ///
    /// # Errors
    ///
    /// When the file can't be written; nothing was journalled.
    pub fn write(&self, act: &NewAct, ends_session: Option<Uuid>) -> anyhow::Result<()> {
        fs::create_dir_all(&self.folder)
            .with_context(|| format!("could not make {}", self.folder.display()))?;
        let entry = Entry { act: act.clone(), ends_session };
        let path = self.folder.join(format!("{}.json", act.event_id));
        let text = serde_json::to_string(&entry)?;
        match write_private(&path, &text) {
            // There may be room now.
            Err(_) if self.release() => write_private(&path, &text),
            written => written,
        }
    }

    /// Records what was journalled. It may be repeated: an act is recorded once. Gives back how many there were.
    ///
    /// # Errors
    ///
    /// When the database can't take one; the rest stays journalled.
    pub async fn record(&self, services: &Services) -> anyhow::Result<usize> {
        let mut recorded = 0;
        let Ok(files) = fs::read_dir(&self.folder) else { return Ok(0) };
        for file in files {
            let path = file?.path();
            if path.extension().is_none_or(|ending| ending != "json") {
                continue;
            }
            let text = fs::read_to_string(&path)
                .with_context(|| format!("could not read {}", path.display()))?;
            let entry: Entry = serde_json::from_str(&text)
                .with_context(|| format!("{} is no act", path.display()))?;
            let now = services.clock.now();
            let mut acting = services.database.act(entry.act).await?;
            if let Some(session) = entry.ends_session {
                acting.revoke_session(session, now).await?;
            }
            acting.commit_as_recorded().await?;
            fs::remove_file(&path)
                .with_context(|| format!("could not remove {}", path.display()))?;
            recorded += 1;
        }
        Ok(recorded)
    }

    /// Reserves room on the disk, if there is more than twice as much.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn reserve(&self) -> anyhow::Result<()> {
        let path = self.reserve_path();
        if fs::metadata(&path).is_ok_and(|file| file.len() == RESERVED) {
            return Ok(());
        }
        fs::create_dir_all(&self.folder)
            .with_context(|| format!("could not make {}", self.folder.display()))?;
        let space = nix::sys::statvfs::statvfs(&self.folder)?;
        if space.blocks_available() * space.fragment_size() < 2 * RESERVED {
            return Ok(());
        }
        let mut file = fs::File::create(&path)
            .with_context(|| format!("could not make {}", path.display()))?;
        // Written, as a hole in a file reserves nothing.
        let zeros = vec![0; 1 << 20];
        for _ in 0..RESERVED >> 20 {
            file.write_all(&zeros)?;
        }
        file.sync_all()?;
        Ok(())
    }

    /// Gives the reserved room up when the disk is all but full, so that one can act. Whether it did.
    pub fn release_if_full(&self) -> bool {
        let space = nix::sys::statvfs::statvfs(&self.folder);
        let is_full =
            space.is_ok_and(|space| space.blocks_available() * space.fragment_size() < FULL);
        is_full && self.release()
    }

    /// Gives the reserved room up. Whether there was any.
    pub fn release(&self) -> bool {
        fs::remove_file(self.reserve_path()).is_ok()
    }

    fn reserve_path(&self) -> PathBuf {
        self.folder.join("reserve")
    }
}
