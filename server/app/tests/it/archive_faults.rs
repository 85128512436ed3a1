//! Every call to the archive fails once in turn, in several ways; the next pass leaves what an undisturbed one leaves.

use crate::server::Server;
use crate::state::{assert_same, state};
use crate::trail::{ACCOUNT, Chain, Hour, hour};
use crate::world::World;
use async_trait::async_trait;
use bytes::Bytes;
use orgtrail_cloud::archive::{Archive, ArchiveStore, NewCopy, Put};
use orgtrail_cloud::error::{CloudError, Result};
use orgtrail_cloud::objects::FetchedObject;
use orgtrail_server::collect::{Reach, collect_source};
use orgtrail_server::verification::verify_due_chains;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio_util::sync::CancellationToken;

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Nothing is done.
    Refused,
    /// It takes too long, and nothing is done.
    TimedOut,
    /// It is done, and its answer is lost.
    Lost,
    /// It isn't done, and the answer says that it is; or other bytes are read.
    Lie,
}

impl Fault {
    const ALL: [Self; 4] = [Self::Refused, Self::TimedOut, Self::Lost, Self::Lie];

    fn error(self, key: &str) -> CloudError {
        let what = format!("could not reach {key}");
        match self {
            Self::Refused => CloudError::AccessDenied { what, code: "AccessDenied".to_owned() },
            Self::TimedOut | Self::Lost | Self::Lie => {
                CloudError::Unreachable { what, reason: "timed out".to_owned() }
            }
        }
    }
}

/// An archive of which one call fails. It shows nothing by its answers, so everything is read back.
#[derive(Debug)]
struct FailOnce {
    inner: Archive,
    calls: AtomicUsize,
    failing: Option<(usize, Fault)>,
}

impl FailOnce {
    fn fault(&self) -> Option<Fault> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        self.failing.filter(|(failing, _)| *failing == call).map(|(_, fault)| fault)
    }
}

#[async_trait]
impl ArchiveStore for FailOnce {
    async fn put_new(&self, copy: NewCopy) -> Result<Put> {
        let (fault, key) = (self.fault(), copy.key.clone());
        match fault {
            Some(Fault::Lie) => return Ok(Put::Created),
            Some(fault) if fault != Fault::Lost => return Err(fault.error(&key)),
            _ => {}
        }
        let put = self.inner.put_new(copy).await?;
        match fault {
            Some(fault) => Err(fault.error(&key)),
            None if put == Put::Existed => Ok(put),
            None => Ok(Put::Created),
        }
    }
    async fn get(&self, bucket: &str, key: &str, bytes_max: u64) -> Result<FetchedObject> {
        let fault = self.fault();
        if let Some(fault) = fault.filter(|fault| *fault != Fault::Lie) {
            return Err(fault.error(key));
        }
        let mut fetched = self.inner.get(bucket, key, bytes_max).await?;
        if fault.is_some() {
            fetched.body = Bytes::from_static(b"other bytes");
        }
        Ok(fetched)
    }
    async fn ensure_bucket(&self) -> Result<()> {
        self.inner.ensure_bucket().await
    }
    async fn is_reachable(&self) -> Result<()> {
        self.inner.is_reachable().await
    }
}

#[tokio::test]
async fn the_next_pass_repairs_whatever_a_failed_call_to_the_archive_left() {
    let bucket = crate::world::directory();
    let silent: Vec<(i32, Hour)> = (0..4).map(|index| (index, Hour::Silent)).collect();
    Chain::deliver(bucket.path(), ACCOUNT, &silent);
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let server = Server::start(&world).await;
    let (calls, refused) = Box::pin(pass(&server, bucket.path(), None)).await;
    assert_eq!((calls, refused), (12, false), "two for each of six objects");
    server.close().await;
    let expected = state(&world).await;

    for failing in 0..calls {
        // A write and a read have their turns one after the other, so both fail in each way.
        let fault = Fault::ALL[failing / 2 % Fault::ALL.len()];
        let after = format!("after call {failing} failed: {fault:?}");
        let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
        let server = Server::start(&world).await;
        let (_, refused) = Box::pin(pass(&server, bucket.path(), Some((failing, fault)))).await;
        assert!(refused, "{after}");
        let left = world.count("select count(*) from waiting_object where trouble <> ''").await;
        assert_eq!(left, 1, "{after}");
        let (_, refused) = Box::pin(pass(&server, bucket.path(), None)).await;
        assert!(!refused, "{after}");
        assert_eq!(world.count("select count(*) from waiting_object").await, 0, "{after}");
        assert_same(&state(&world).await, &expected, &after);
        server.close().await;
    }
}

/// Collects by an archive of which one call fails. Gives back how many calls there were, and whether it was refused.
async fn pass(server: &Server, bucket: &Path, failing: Option<(usize, Fault)>) -> (usize, bool) {
    let source = server.add_source(bucket).await;
    let mut services = server.services.clone();
    let inner = services.archive.clone();
    let name = inner.bucket().to_owned();
    let store = Arc::new(FailOnce { inner, calls: AtomicUsize::new(0), failing });
    services.archive = Archive::of_store(store.clone(), name);
    let never = CancellationToken::new();
    let collected = collect_source(&services, &source, Reach::Everything, None, &never).await;
    if collected.is_ok() {
        verify_due_chains(&services).await.unwrap();
    }
    (store.calls.load(Ordering::SeqCst), collected.is_err())
}
