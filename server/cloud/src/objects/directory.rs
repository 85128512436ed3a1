//! A directory as a source, with the layout of a bucket.

use super::{Depth, FetchedObject, ListedObject, Listing, ObjectSource};
use crate::error::{CloudError, Result};
use async_trait::async_trait;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// How many objects one part of a listing has.
const PART: usize = 1000;

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

    async fn list(&self, prefix: &str, depth: Depth, next: Option<&str>) -> Result<Listing> {
        let (this, prefix, next) = (self.clone(), prefix.to_owned(), next.map(str::to_owned));
        run(move || this.list_now(&prefix, depth, next.as_deref())).await
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
    fn list_now(&self, prefix: &str, depth: Depth, next: Option<&str>) -> Result<Listing> {
        // The folder part of the prefix is walked, the rest filters names.
        let folder = prefix.rfind('/').map_or("", |at| &prefix[..at]);
        let start = if folder.is_empty() { self.root.clone() } else { self.path(folder)? };
        let (mut keys, mut folders) = (Vec::new(), Vec::new());
        match walk(&start, folder, prefix, depth, &mut keys, &mut folders) {
            // A prefix without objects is an empty listing, as in a bucket; only the root must be there.
            Err(CloudError::NotFound(_)) if !folder.is_empty() => {}
            other => other?,
        }
        keys.sort();
        folders.sort();
        let begin = next.map_or(0, |next| keys.partition_point(|key| key.as_str() <= next));
        let more = keys.len() > begin + PART;
        let part: Vec<String> = keys.into_iter().skip(begin).take(PART).collect();
        let next = more.then(|| part.last().cloned()).flatten();
        // Only the files of this part are looked at: names cost little, and all of them are read for each part.
        let mut objects = Vec::with_capacity(part.len());
        for key in part {
            match look(&self.root.join(&key), key) {
                Ok(object) => objects.push(object),
                // It was there a moment ago, as in a bucket from which something is deleted.
                Err(CloudError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Listing { objects, folders: if begin == 0 { folders } else { Vec::new() }, next })
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

fn walk(
    path: &Path,
    key: &str,
    prefix: &str,
    depth: Depth,
    keys: &mut Vec<String>,
    folders: &mut Vec<String>,
) -> Result<()> {
    let entries = fs::read_dir(path).map_err(|error| failed(path, &error))?;
    for entry in entries {
        let entry = entry.map_err(|error| failed(path, &error))?;
        let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
        let key = if key.is_empty() { name } else { format!("{key}/{name}") };
        let kind = entry.file_type().map_err(|error| failed(path, &error))?;
        if kind.is_dir() {
            let is_inside = key.starts_with(prefix) || prefix.starts_with(&format!("{key}/"));
            if is_inside && depth == Depth::All {
                walk(&entry.path(), &key, prefix, depth, keys, folders)?;
            } else if is_inside {
                folders.push(format!("{key}/"));
            }
        } else if kind.is_file() && key.starts_with(prefix) {
            keys.push(key);
        }
    }
    Ok(())
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
    let metadata = fs::metadata(path).map_err(|error| failed(path, &error))?;
    let modified = metadata.modified().ok();
    // Nanoseconds tell a file from its replacement within one second.
    let nanoseconds = modified
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |age| age.as_nanos());
    Ok(ListedObject {
        key,
        size: metadata.len(),
        etag: format!("{nanoseconds:x}"),
        last_modified: modified.map(Into::into),
    })
}

#[cfg(test)]
mod tests {
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
}
