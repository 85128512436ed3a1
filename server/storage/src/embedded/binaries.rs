//! Where Postgres' programs are.

use std::path::{Path, PathBuf};

/// No usable Postgres was found.
#[derive(Debug, thiserror::Error)]
#[error(
    "no PostgreSQL server of version 15 or later was found in {looked_in}; install Debian's package `postgresql`, \
     or name the folder of its programs by --postgres-bin, or use a server of your own by --database-url"
)]
pub struct BinariesError {
    looked_in: String,
}

/// Finds the folder that holds `postgres` and `initdb`: the one that is named, else Debian's, else one on the path.
///
/// # Errors
///
/// [`BinariesError`] with the places that were looked at.
pub fn find_binaries(named: Option<&Path>, path: Option<&str>) -> Result<PathBuf, BinariesError> {
    let mut places: Vec<PathBuf> = Vec::new();
    if let Some(only) = named {
        places.push(only.to_owned());
    } else {
        let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path().join("bin"))
            .collect();
        debian.sort_by_key(|place| std::cmp::Reverse(major_version(place)));
        places.extend(debian);
        places.extend(path.unwrap_or_default().split(':').map(PathBuf::from));
    }
    let found = places
        .iter()
        .find(|place| place.join("postgres").exists() && place.join("initdb").exists());
    found.cloned().ok_or_else(|| {
        let looked_in: Vec<String> =
            places.iter().map(|place| place.display().to_string()).collect();
        BinariesError { looked_in: looked_in.join(", ") }
    })
}

fn major_version(place: &Path) -> u32 {
    place
        .parent()
        .and_then(Path::file_name)
        .and_then(|name| name.to_str())
        .and_then(|name| name.parse().ok())
        .unwrap_or(0)
}
