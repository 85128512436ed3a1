//! A directory as a source, with the layout of a bucket.

use super::{Depth, FetchedObject, ListedObject, Listing, ObjectSource};
use crate::error::{CloudError, Result};
use async_trait::async_trait;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// A directory as a source. Keys are paths below it, with `/`.
#[derive(Clone, Debug)]
pub struct DirectorySource {
    root: PathBuf,
    bucket: String,
}

impl DirectorySource {
    /// A source that reads below `root`.
    pub fn new(root: PathBuf) -> Self {
        let bucket = root.display().to_string();
        Self { root, bucket }
    }

    /// A source whose objects count as those of `bucket`, so that digests find them under their own names.
    pub fn with_bucket(root: PathBuf, bucket: String) -> Self {
        Self { root, bucket }
    }

    fn path(&self, key: &str) -> Result<PathBuf> {
        // A key never leads out of the directory.
        if key.split('/').any(|part| part.is_empty() || part == "." || part == "..") {
            return Err(CloudError::NotFound(format!("could not fetch {key}")));
        }
        Ok(self.root.join(key))
    }
}

#[async_trait]
impl ObjectSource for DirectorySource {
    fn bucket(&self) -> &str {
        &self.bucket
    }

    /// A listing is one part: the walk knows all of it anyway.
    async fn list(&self, prefix: &str, depth: Depth, _: Option<&str>) -> Result<Listing> {
        let (this, prefix) = (self.clone(), prefix.to_owned());
        run(move || this.list_now(&prefix, depth)).await
    }

    async fn fetch(&self, key: &str, bytes_max: u64) -> Result<FetchedObject> {
        let (this, key) = (self.clone(), key.to_owned());
        run(move || this.fetch_now(&key, bytes_max)).await
    }
}

async fn run<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| CloudError::Other {
        what: "could not read".to_owned(),
        reason: error.to_string(),
    })?
}

fn failed(path: &Path, error: &io::Error) -> CloudError {
    let what = format!("could not read {}", path.display());
    let kind = error.kind();
    if matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
        CloudError::NotFound(what)
    } else if kind == io::ErrorKind::PermissionDenied {
        CloudError::AccessDenied { what, code: "EACCES".to_owned() }
    } else {
        CloudError::Other { what, reason: error.to_string() }
    }
}

impl DirectorySource {
    fn list_now(&self, prefix: &str, depth: Depth) -> Result<Listing> {
        if !self.root.is_dir() {
            return Err(CloudError::NoBucket(format!("could not read {}", self.root.display())));
        }
        // The folder part of the prefix is walked, the rest filters names.
        let folder = prefix.rfind('/').map_or("", |at| &prefix[..at]);
        let start = if folder.is_empty() { self.root.clone() } else { self.path(folder)? };
        let mut listing = Listing::default();
        walk(&start, folder, prefix, depth, &mut listing)?;
        listing.objects.sort_by(|one, other| one.key.cmp(&other.key));
        listing.folders.sort();
        Ok(listing)
    }

    fn fetch_now(&self, key: &str, bytes_max: u64) -> Result<FetchedObject> {
        let path = self.path(key)?;
        let object = look(&path, key.to_owned())?;
        if object.size > bytes_max {
            let what = format!("could not read {}", path.display());
            return Err(CloudError::TooLarge { what, size: object.size, limit: bytes_max });
        }
        let body = fs::read(&path).map_err(|error| failed(&path, &error))?;
        // Metadata of a digest, when somebody has saved it beside the file.
        let metadata = fs::read(path.with_file_name(format!(
            "{}.metadata.json",
            path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
        )))
        .ok()
        .and_then(|text| parse_metadata(&text))
        .unwrap_or_default();
        Ok(FetchedObject { object, version: String::new(), metadata, body: body.into() })
    }
}

/// Walks a folder. What vanishes meanwhile was not there, as in a bucket; a prefix without objects is an empty listing.
fn walk(path: &Path, key: &str, prefix: &str, depth: Depth, listing: &mut Listing) -> Result<()> {
    let Some(entries) = there(path, fs::read_dir(path))? else { return Ok(()) };
    for entry in entries {
        let Some(entry) = there(path, entry)? else { continue };
        let path = entry.path();
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
            listing.skipped.names += 1;
            continue;
        };
        let key = if key.is_empty() { name } else { format!("{key}/{name}") };
        let Some(kind) = there(&path, entry.file_type())? else { continue };
        if kind.is_dir() {
            let is_inside = key.starts_with(prefix) || prefix.starts_with(&format!("{key}/"));
            if is_inside && depth == Depth::All {
                walk(&path, &key, prefix, depth, listing)?;
            } else if is_inside {
                listing.folders.push(format!("{key}/"));
            }
            continue;
        }
        if !key.starts_with(prefix) {
            continue;
        }
        if let Some(metadata) = there(&path, fs::metadata(&path))?
            && metadata.is_file()
        {
            // A link to a file is one: a copy that is made of links is a copy.
            listing.objects.push(describe(key, &metadata));
        } else if kind.is_symlink() {
            // Linked folders may lead in a circle, and others lead nowhere.
            listing.skipped.links += 1;
        }
    }
    Ok(())
}

/// What is there; nothing when it has gone.
fn there<T>(path: &Path, found: io::Result<T>) -> Result<Option<T>> {
    match found.map_err(|error| failed(path, &error)) {
        Ok(found) => Ok(Some(found)),
        Err(CloudError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// `{"name": "value"}`, or what `aws s3api head-object` prints, which has it under `Metadata`.
fn parse_metadata(text: &[u8]) -> Option<Vec<(String, String)>> {
    let value: serde_json::Value = serde_json::from_slice(text).ok()?;
    let object = value.get("Metadata").unwrap_or(&value).as_object()?;
    Some(
        object
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect(),
    )
}

fn look(path: &Path, key: String) -> Result<ListedObject> {
    Ok(describe(key, &fs::metadata(path).map_err(|error| failed(path, &error))?))
}

fn describe(key: String, metadata: &fs::Metadata) -> ListedObject {
    let modified = metadata.modified().ok();
    // Nanoseconds tell a file from its replacement within one second.
    let nanoseconds = modified
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |age| age.as_nanos());
    ListedObject {
        key,
        size: metadata.len(),
        etag: format!("{nanoseconds:x}"),
        last_modified: modified.map(Into::into),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Skipped;
    use super::*;

    #[tokio::test]
    async fn a_directory_lists_and_reads_like_a_bucket() {
        let root = tempfile::tempdir().unwrap();
        for key in ["a/b/1.json", "a/b/2.json", "a/c.json", "top.json"] {
            let path = root.path().join(key);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, key).unwrap();
        }
        let source = DirectorySource::new(root.path().to_owned());
        let keys = |listing: Listing| {
            listing.objects.into_iter().map(|object| object.key).collect::<Vec<_>>()
        };
        let all = source.list("", Depth::All, None).await.unwrap();
        assert_eq!(keys(all), ["a/b/1.json", "a/b/2.json", "a/c.json", "top.json"]);
        let one = source.list("a/", Depth::One, None).await.unwrap();
        assert_eq!(
            (one.folders.clone(), keys(one)),
            (vec!["a/b/".to_owned()], vec!["a/c.json".to_owned()])
        );
        assert_eq!(keys(source.list("a/b/2", Depth::All, None).await.unwrap()), ["a/b/2.json"]);
        assert_eq!(source.list("none/", Depth::All, None).await.unwrap(), Listing::default());
        assert_eq!(source.fetch("a/c.json", 100).await.unwrap().body, "a/c.json");
        assert!(matches!(source.fetch("a/c.json", 3).await, Err(CloudError::TooLarge { .. })));
        assert!(matches!(source.fetch("../etc/passwd", 100).await, Err(CloudError::NotFound(_))));
        assert!(matches!(source.fetch("absent", 100).await, Err(CloudError::NotFound(_))));
    }

    #[tokio::test]
    async fn links_and_odd_names_are_counted_and_a_missing_root_is_no_empty_listing() {
        use std::os::unix::ffi::OsStrExt;
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/b")).unwrap();
        fs::write(root.path().join("a/b/1.json"), "1").unwrap();
        std::os::unix::fs::symlink("1.json", root.path().join("a/b/2.json")).unwrap();
        std::os::unix::fs::symlink("b", root.path().join("a/c")).unwrap();
        std::os::unix::fs::symlink("gone", root.path().join("dangling")).unwrap();
        let odd = std::ffi::OsStr::from_bytes(b"\xff.json");
        fs::write(root.path().join("a").join(odd), "odd").unwrap();
        let source = DirectorySource::new(root.path().to_owned());
        let all = source.list("", Depth::All, None).await.unwrap();
        assert_eq!(all.skipped, Skipped { links: 2, names: 1 });
        let keys: Vec<&str> = all.objects.iter().map(|object| object.key.as_str()).collect();
        assert_eq!(keys, ["a/b/1.json", "a/b/2.json"]);
        assert_eq!(source.fetch("a/b/2.json", 100).await.unwrap().body, "1");
        let inner = source.list("a/b/", Depth::All, None).await.unwrap();
        assert_eq!(inner.skipped, Skipped::default());

        let absent = DirectorySource::new(root.path().join("absent"));
        for prefix in ["", "a/"] {
            let listed = absent.list(prefix, Depth::All, None).await;
            assert!(matches!(listed, Err(CloudError::NoBucket(_))), "{listed:?}");
        }
    }

    #[tokio::test]
    async fn what_vanishes_during_a_listing_does_not_cut_it_short() {
        let root = tempfile::tempdir().unwrap();
        for folder in 0..40 {
            let folder = root.path().join(format!("{folder:02}"));
            fs::create_dir_all(&folder).unwrap();
            for file in 0..20 {
                fs::write(folder.join(format!("{file}.json")), "x").unwrap();
            }
        }
        let source = DirectorySource::new(root.path().to_owned());
        let removed = root.path().to_owned();
        let removal = std::thread::spawn(move || {
            for folder in (0..40).step_by(2) {
                fs::remove_dir_all(removed.join(format!("{folder:02}"))).unwrap();
            }
        });
        while !removal.is_finished() {
            let listed = source.list("", Depth::All, None).await.unwrap();
            let kept = listed.objects.iter().filter(|object| {
                object.key[..2].parse::<u32>().is_ok_and(|folder| folder % 2 == 1)
            });
            assert_eq!(kept.count(), 400);
        }
        removal.join().unwrap();
        assert_eq!(source.list("", Depth::All, None).await.unwrap().objects.len(), 400);
    }
}
