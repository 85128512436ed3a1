//! `cargo xtask web`: the browser bundle, with cargo alone.
//!
//! The result is a directory that the server serves as it is:
//!
//! ```text
//! target/site/hash.txt                  js: …  wasm: …  css: …   read by the server as it starts
//! target/site/pkg/console.<hash>.js     and .wasm, .css, each with .br and .gz beside it
//! target/site/…                         the files of web/public
//! ```

mod bundle;
mod inputs;
mod sizes;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{paths, process};

/// What the console is compiled for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// How to build the bundle.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Build quickly: larger, and not compressed.
    #[arg(long)]
    dev: bool,
}

/// The two ways to build, which leave the same file names behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Profile {
    Release,
    Dev,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Release => "web-release",
            Self::Dev => "dev",
        }
    }

    fn directory(self) -> &'static str {
        match self {
            Self::Release => "web-release",
            Self::Dev => "debug",
        }
    }
}

/// Builds the bundle, unless what is there was made from the same inputs.
pub(crate) fn run(args: &Args) -> Result<()> {
    let profile = if args.dev { Profile::Dev } else { Profile::Release };
    build(profile)?;
    sizes::print(&paths::site())
}

/// Builds the bundle for release.
pub(crate) fn build_release() -> Result<()> {
    build(Profile::Release)
}

/// Fails if the bundle is larger than the first load of a page may be.
pub(crate) fn check_size() -> Result<()> {
    sizes::check(&paths::site())
}

fn build(profile: Profile) -> Result<()> {
    ensure_target()?;
    let stamp_file = paths::target().join("site.stamp");
    let stamp = inputs::stamp(profile.name())?;
    let site = paths::site();
    let is_fresh = fs::read_to_string(&stamp_file).is_ok_and(|last| last == stamp);
    if is_fresh && site.join("hash.txt").is_file() {
        println!("the browser bundle is up to date");
        return Ok(());
    }
    let wasm = compile(profile)?;
    fs::remove_file(&stamp_file).ok();
    let fresh = tempfile::Builder::new()
        .prefix("site-")
        .permissions(Permissions::from_mode(0o755))
        .tempdir_in(paths::target())
        .context("could not create a directory for the bundle")?;
    bundle::write(&wasm, fresh.path(), profile == Profile::Release)?;
    swap(&fresh.keep(), &site)?;
    fs::write(&stamp_file, stamp).context("could not write the bundle's stamp")
}

fn compile(profile: Profile) -> Result<PathBuf> {
    let mut cargo = process::cargo();
    cargo.args(["rustc", "-p", "orgtrail-web", "--lib", "--crate-type", "cdylib"]);
    cargo.args(["--target", TARGET, "--profile", profile.name(), "--features", "hydrate"]);
    process::run(&cargo)?;
    Ok(paths::target().join(TARGET).join(profile.directory()).join("orgtrail_web.wasm"))
}

/// Makes sure that Rust can compile for the browser.
pub(crate) fn ensure_target() -> Result<()> {
    if has_target()? {
        return Ok(());
    }
    println!("adding the Rust target {TARGET}");
    let mut rustup = Command::new("rustup");
    rustup.current_dir(paths::root()).args(["target", "add", TARGET]);
    if let Err(error) = process::run(&rustup) {
        bail!(
            "the Rust target {TARGET} is missing and could not be added ({error:#}); add it by hand"
        );
    }
    if !has_target()? {
        bail!("the Rust target {TARGET} is still missing after `rustup target add`");
    }
    Ok(())
}

fn has_target() -> Result<bool> {
    let mut rustc = Command::new("rustc");
    let sysroot = process::capture(rustc.current_dir(paths::root()).args(["--print", "sysroot"]))?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("lib").is_dir())
}

/// Puts `fresh` in the place of `site`. A server that runs meanwhile sees one or the other.
fn swap(fresh: &Path, site: &Path) -> Result<()> {
    let old = fresh.with_extension("old");
    if site.exists() {
        fs::rename(site, &old).context("could not move the old bundle away")?;
    }
    fs::rename(fresh, site).context("could not move the new bundle into its place")?;
    fs::remove_dir_all(&old).ok();
    Ok(())
}
