//! The archive in the embedded store, without HTTP between two parts of one process.

use async_trait::async_trait;
use bytes::Bytes;
use chrono::DateTime;
use orgtrail_cloud::archive::{ArchiveStore, NewCopy, Put};
use orgtrail_cloud::error::{CloudError, Result};
use orgtrail_cloud::objects::{FetchedObject, ListedObject};
use orgtrail_objectstore::{Error, NewObject, ObjectStore};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::{Semaphore, oneshot};

/// How many groups are written at once: while one waits for the disk, the next one comes together.
const GROUPS: usize = 2;

/// The store as long as it is open. Who still holds an archive after the end doesn't keep the store's files locked.
#[derive(Clone, Debug)]
pub(super) struct OpenStore(Arc<RwLock<Option<ObjectStore>>>);

impl OpenStore {
    pub(super) fn new(store: ObjectStore) -> Self {
        Self(Arc::new(RwLock::new(Some(store))))
    }

    pub(super) fn close(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn get(&self, what: &str) -> Result<ObjectStore> {
        let store = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        store.ok_or_else(|| CloudError::Unreachable {
            what: what.to_owned(),
            reason: "the embedded store has ended".to_owned(),
        })
    }
}

/// What became of a copy that was written with others: whether it was new. Without an answer it is written alone.
type Answer = oneshot::Sender<Option<Put>>;

/// The archive in the embedded store.
///
/// Copies that arrive while others are being written wait and are written together: one statement and one wait for
/// the disk for all of them. Nobody is answered before its own copy is on disk and recorded.
#[derive(Debug)]
pub(super) struct EmbeddedArchive {
    store: OpenStore,
    bucket: String,
    waiting: Mutex<Vec<(NewCopy, Answer)>>,
    turns: Semaphore,
}

impl EmbeddedArchive {
    pub(super) fn new(store: OpenStore, bucket: String) -> Self {
        Self { store, bucket, waiting: Mutex::default(), turns: Semaphore::new(GROUPS) }
    }

    fn what(&self, key: &str) -> String {
        format!("could not archive {key} in {}", self.bucket)
    }

    /// Writes all copies that wait. Theirs are the answers; if this is dropped half-way, they get none.
    async fn write_waiting(&self) {
        let group =
            std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let (copies, answers): (Vec<NewCopy>, Vec<Answer>) = group.into_iter().unzip();
        let written = match copies.as_slice() {
            [] => return,
            // Somebody's copy may be what makes the group fail: then each is written alone.
            _ => self.write(copies.clone()).await.ok(),
        };
        let mut told = HashSet::new();
        for (copy, answer) in copies.iter().zip(answers) {
            let put = written.as_ref().map(|new| {
                let is_first = told.insert(copy.key.as_str());
                if is_first && new.contains(&copy.key) { Put::Proven } else { Put::Existed }
            });
            // Who isn't there any more needs no answer.
            answer.send(put).ok();
        }
    }

    /// Writes copies and gives back the keys that were new.
    async fn write(&self, copies: Vec<NewCopy>) -> Result<HashSet<String>> {
        let what = copies.first().map_or_else(String::new, |copy| self.what(&copy.key));
        let objects = copies.into_iter().map(|copy| NewObject {
            key: copy.key,
            body: copy.body,
            content_type: Some("application/octet-stream".to_owned()),
            content_encoding: None,
            metadata: copy.metadata,
            last_modified: None,
        });
        let store = self.store.get(&what)?;
        let written = store.put_absent_many(&self.bucket, objects.collect()).await;
        written.map_err(|error| to_cloud_error(what, &error))
    }
}

#[async_trait]
impl ArchiveStore for EmbeddedArchive {
    async fn put_new(&self, copy: NewCopy) -> Result<Put> {
        let (answer, mut answered) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((copy.clone(), answer));
        let answer = tokio::select! {
            biased;
            answer = &mut answered => answer,
            turn = self.turns.acquire() => {
                if turn.is_ok() {
                    self.write_waiting().await;
                }
                drop(turn);
                // Ours was among them, or somebody else has it and is about to answer.
                answered.await
            }
        };
        if let Ok(Some(put)) = answer {
            return Ok(put);
        }
        let key = copy.key.clone();
        let new = self.write(vec![copy]).await?;
        Ok(if new.contains(&key) { Put::Proven } else { Put::Existed })
    }

    async fn get(&self, bucket: &str, key: &str, bytes_max: u64) -> Result<FetchedObject> {
        let what = format!("could not fetch s3://{bucket}/{key}");
        let store = self.store.get(&what)?;
        let found = match store.get(bucket, key).await {
            Ok(Some(found)) => found,
            Ok(None) => return Err(CloudError::NotFound(what)),
            Err(error) => return Err(to_cloud_error(what, &error)),
        };
        let size = found.body.len() as u64;
        if size > bytes_max {
            return Err(CloudError::TooLarge { what, size, limit: bytes_max });
        }
        // S3 tells whole seconds; the same object must look the same on either way.
        let last_modified = DateTime::from_timestamp(found.last_modified.timestamp(), 0);
        Ok(FetchedObject {
            object: ListedObject { key: key.to_owned(), size, etag: found.etag, last_modified },
            version: String::new(),
            metadata: found.metadata,
            body: Bytes::clone(&found.body),
        })
    }

    async fn ensure_bucket(&self) -> Result<()> {
        let what = format!("could not make the bucket {}", self.bucket);
        let made = self.store.get(&what)?.create_bucket(&self.bucket).await;
        made.map(|_| ()).map_err(|error| to_cloud_error(what, &error))
    }

    async fn is_reachable(&self) -> Result<()> {
        let what = format!("could not reach the bucket {}", self.bucket);
        // No object has this name; that it is missed shows that the store answers.
        let looked = self.store.get(&what)?.get(&self.bucket, "orgtrail-probe/none").await;
        looked.map(|_| ()).map_err(|error| to_cloud_error(what, &error))
    }
}

/// The causes stay in the log of the store; callers need to know what they can do.
fn to_cloud_error(what: String, error: &Error) -> CloudError {
    let reason = reason(error);
    match error {
        Error::NoSuchBucket { .. } => CloudError::NotFound(what),
        Error::Metadata(_) | Error::File { .. } | Error::Stopped | Error::InUse { .. } => {
            CloudError::Unreachable { what, reason }
        }
        Error::Damaged { .. } | Error::InvalidBucketName { .. } | Error::InvalidKey { .. } => {
            CloudError::Other { what, reason }
        }
    }
}

fn reason(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
