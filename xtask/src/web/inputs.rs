//! What the bundle is made from, so that unchanged inputs are not built again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::{paths, process};

/// Files and directories that decide what is in the bundle, and this builder itself.
const INPUTS: [&str; 8] = [
    "Cargo.lock",
    "Cargo.toml",
    "shared/Cargo.toml",
    "shared/src",
    "web/Cargo.toml",
    "web/public",
    "web/src",
    "web/style",
];
const BUILDER: [&str; 2] = ["xtask/src/web", "xtask/src/web.rs"];

/// A text that changes whenever another bundle would come out.
pub(super) fn stamp(profile: &str) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(profile);
    let mut rustc = Command::new("rustc");
    hash.update(process::capture(rustc.current_dir(paths::root()).arg("--version"))?);
    for input in INPUTS.iter().chain(&BUILDER) {
        let mut files = files_below(&paths::root().join(input))?;
        files.sort();
        for file in files {
            let bytes =
                fs::read(&file).with_context(|| format!("could not read `{}`", file.display()))?;
            hash.update(file.to_string_lossy().as_bytes());
            hash.update(Sha256::digest(&bytes));
        }
    }
    Ok(hex::encode(hash.finalize()))
}

/// Every file at or below `path`; none if there is no such thing.
pub(super) fn files_below(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    if !path.exists() {
        return Ok(Vec::new());
    }
    let entries =
        fs::read_dir(path).with_context(|| format!("could not list `{}`", path.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("could not list `{}`", path.display()))?;
        files.extend(files_below(&entry.path())?);
    }
    Ok(files)
}
