//! Writes the corpora into a directory, one folder for each target, for libFuzzer to begin with.

use anyhow::Context;
use orgtrail_fuzz::{TARGETS, corpus};
use std::path::PathBuf;

fn main() -> anyhow::Result<()> {
    let root = PathBuf::from(std::env::args_os().nth(1).context("give the directory to write to")?);
    for target in TARGETS {
        let folder = root.join(target.name);
        std::fs::create_dir_all(&folder)?;
        for (place, input) in corpus::of(target.name).iter().enumerate() {
            std::fs::write(folder.join(format!("{place:02}")), input)?;
        }
    }
    Ok(())
}
