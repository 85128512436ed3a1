//! Where things are.

use std::env;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::unistd::Uid;

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// Cargo's target directory.
pub(crate) fn target() -> PathBuf {
    let chosen = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root().join(chosen)
}

/// The finished browser bundle, as the server expects it.
pub(crate) fn site() -> PathBuf {
    target().join("site")
}

/// Things that were fetched or made once and can be deleted at any time.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}

/// A directory that the unprivileged user of Postgres can enter, too.
///
/// That is `target/<name>`, except when root works below a directory that is closed to others
/// (such as root's home): Postgres refuses to run as root and `nobody` could not get in.
pub(crate) fn open_to_all(name: &str) -> PathBuf {
    let usual = target().join(name);
    if Uid::effective().is_root() && !is_enterable_by_all(&usual) {
        return Path::new("/var/lib").join(format!("orgtrail-{name}"));
    }
    usual
}

/// Tells whether every existing directory on the way to `path` lets everybody pass.
pub(crate) fn is_enterable_by_all(path: &Path) -> bool {
    path.ancestors()
        .skip(1)
        .filter_map(|directory| directory.metadata().ok())
        .all(|metadata| metadata.permissions().mode() & 0o001 != 0)
}

/// Finds a program on `PATH`.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|directory| directory.join(name)).find(|file| is_executable(file))
}

/// Tells whether `file` is a file that may be executed.
pub(crate) fn is_executable(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
