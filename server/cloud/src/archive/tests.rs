//! What is relied on, whatever a store says. The real stores are in the tests of the whole server.

use super::*;
use crate::objects::ListedObject;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A store that says `put` and then gives back `holds`.
#[derive(Debug)]
struct Store {
    put: Put,
    holds: Option<&'static [u8]>,
    reads: AtomicUsize,
}

#[async_trait]
impl ArchiveStore for Store {
    async fn put_new(&self, _: NewCopy) -> Result<Put> {
        Ok(self.put)
    }
    async fn get(&self, _: &str, key: &str, bytes_max: u64) -> Result<FetchedObject> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let body = self.holds.ok_or_else(|| CloudError::NotFound(key.to_owned()))?;
        let size = body.len() as u64;
        if size > bytes_max {
            return Err(CloudError::TooLarge { what: key.to_owned(), size, limit: bytes_max });
        }
        let object =
            ListedObject { key: key.to_owned(), size, etag: String::new(), last_modified: None };
        Ok(FetchedObject {
            object,
            version: String::new(),
            metadata: Vec::new(),
            body: Bytes::from_static(body),
        })
    }
    async fn ensure_bucket(&self) -> Result<()> {
        Ok(())
    }
    async fn is_reachable(&self) -> Result<()> {
        Ok(())
    }
}

/// Whether a copy with `first` in front of its hash is kept, and how many reads that took.
async fn kept(put: Put, first: u8, holds: Option<&'static [u8]>) -> (bool, usize) {
    let store = Arc::new(Store { put, holds, reads: AtomicUsize::new(0) });
    let archive = Archive::of_store(store.clone(), "bucket".to_owned());
    let mut sha256 = [7; 32];
    sha256[0] = first;
    let body = Bytes::from_static(b"body");
    let copy = NewCopy { key: "key".to_owned(), body, sha256, metadata: Vec::new() };
    let kept = archive.keep(copy).await.is_ok();
    (kept, store.reads.load(Ordering::SeqCst))
}

#[tokio::test]
async fn only_what_the_store_has_shown_is_not_read_back() {
    assert_eq!(kept(Put::Proven, 200, None).await, (true, 0));
    for put in [Put::Created, Put::Existed] {
        assert_eq!(kept(put, 200, Some(b"body")).await, (true, 1), "{put:?}");
    }
    assert_eq!(kept(Put::Proven, 0, Some(b"body")).await, (true, 1), "a sample");
}

#[tokio::test]
async fn what_is_read_back_must_be_there_and_equal() {
    for (put, first) in [(Put::Created, 200), (Put::Existed, 200), (Put::Proven, 0)] {
        for holds in [None, Some(&b""[..]), Some(b"bod"), Some(b"Body"), Some(b"body and more")] {
            assert!(!kept(put, first, holds).await.0, "{put:?} {holds:?}");
        }
    }
}
