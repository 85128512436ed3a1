//! Debian's packages.

use std::process::Command;

use anyhow::{Result, bail};
use nix::unistd::Uid;

use crate::{paths, process};

/// Installs Debian packages, or says why that can't be done here.
///
/// # Errors
///
/// When this is no Debian, when we are not root, or when apt refuses.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if paths::program("apt-get").is_none() {
        bail!("there is no apt-get to install {names}");
    }
    if !Uid::effective().is_root() {
        bail!("only root can `apt-get install {names}`");
    }
    println!("installing {names}");
    let install = apt_get(&["install", "-y", "--no-install-recommends"], packages);
    // Package lists on a fresh machine are empty or old, so a first failure proves nothing.
    if process::run(&install).is_err() {
        process::run(&apt_get(&["update"], &[]))?;
        process::run(&install)?;
    }
    Ok(())
}

fn apt_get(words: &[&str], packages: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.arg("-q").args(words).args(packages).env("DEBIAN_FRONTEND", "noninteractive");
    command
}
