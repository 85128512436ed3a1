//! Tools of the end-to-end tests: fetched once, kept below `target/tools`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::{apt, paths, process};

/// Chromium under the names that distributions give it.
const BROWSERS: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A Python with the packages of `e2e/conformance/requirements.txt`.
pub(crate) fn python() -> Result<PathBuf> {
    python_with("python", "e2e/conformance/requirements.txt")
}

/// A Python with the packages of `e2e/bench/requirements.txt`: what orgtrail is compared with.
pub(crate) fn peers() -> Result<PathBuf> {
    python_with("peers", "e2e/bench/requirements.txt")
}

fn python_with(name: &str, requirements: &str) -> Result<PathBuf> {
    let directory = paths::tools().join(name);
    let python = directory.join("bin/python");
    let requirements = paths::root().join(requirements);
    once(&directory, &requirements, || {
        make_environment(&directory)?;
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "-r"]).arg(&requirements);
        process::run(&pip)
    })?;
    Ok(python)
}

fn make_environment(directory: &Path) -> Result<()> {
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(directory);
    // Debian's own Python comes without this module.
    if process::run(&venv).is_err() {
        apt::install(&["python3-venv"])?;
        process::run(&venv)?;
    }
    Ok(())
}

/// Installs the packages of `e2e/package-lock.json` and returns their directory's parent.
pub(crate) fn node_packages() -> Result<PathBuf> {
    let directory = paths::root().join("e2e");
    if paths::program("npm").is_none() {
        bail!("the browser tests need Node.js with npm");
    }
    once(&directory.join("node_modules"), &directory.join("package-lock.json"), || {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(&directory);
        process::run(npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))
    })?;
    Ok(directory)
}

/// A Chromium, which is Debian's: Playwright's own would be a download from elsewhere.
pub(crate) fn browser() -> Result<PathBuf> {
    let find = || BROWSERS.iter().find_map(|name| paths::program(name));
    if let Some(found) = find() {
        return Ok(found);
    }
    apt::install(&["chromium"])?;
    find().context("chromium was installed but is not on PATH")
}

/// Runs `make` unless `directory` was made from the same `recipe` before.
fn once(directory: &Path, recipe: &Path, make: impl FnOnce() -> Result<()>) -> Result<()> {
    let stamp_file = directory.join(".made-from");
    let text =
        fs::read(recipe).with_context(|| format!("could not read `{}`", recipe.display()))?;
    let stamp = hex::encode(Sha256::digest(&text));
    if fs::read_to_string(&stamp_file).is_ok_and(|last| last == stamp) {
        return Ok(());
    }
    make()?;
    fs::write(&stamp_file, stamp)
        .with_context(|| format!("could not write `{}`", stamp_file.display()))
}
