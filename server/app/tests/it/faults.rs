//! Whatever fails once leaves nothing that the next pass doesn't repair: each call to the source in several ways, and steps
//! of archive and database.

use crate::server::Server;
use crate::state::{assert_same, state};
use crate::trail::{ACCOUNT, Chain, Hour, OTHER_ACCOUNT, hour};
use crate::world::World;
use async_trait::async_trait;
use orgtrail_cloud::error::{CloudError, Result};
use orgtrail_cloud::objects::{Depth, FetchedObject, Listing, ObjectSource};
use orgtrail_server::collect::{Reach, collect_objects};
use orgtrail_server::verification::verify_due_chains;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Refused: an error of the one object or prefix.
    Refused,
    /// An answer that means nothing to us.
    Odd,
    /// It takes too long.
    TimedOut,
    /// The call succeeds, and its answer breaks off.
    Lost,
    /// The store asks for fewer requests: an error of the whole source.
    Throttled,
    /// The object is not there any more.
    Gone,
}

impl Fault {
    const ALL: [Self; 6] =
        [Self::Refused, Self::Odd, Self::TimedOut, Self::Lost, Self::Throttled, Self::Gone];

    fn error(self, key: &str) -> CloudError {
        let what = format!("could not read {key}");
        match self {
            Self::Refused => CloudError::AccessDenied { what, code: "AccessDenied".to_owned() },
            Self::Odd => CloudError::Other { what, reason: "status 418".to_owned() },
            Self::TimedOut => CloudError::Unreachable { what, reason: "timed out".to_owned() },
            Self::Lost => CloudError::Unreachable { what, reason: "the body broke off".to_owned() },
            Self::Throttled => CloudError::Throttled(what),
            Self::Gone => CloudError::NotFound(what),
        }
    }
}

/// A source of which one call fails.
struct FailOnce {
    inner: Arc<dyn ObjectSource>,
    calls: AtomicUsize,
    failing: Option<(usize, Fault)>,
}

impl FailOnce {
    /// How this call fails, if it does.
    fn fault(&self) -> Option<Fault> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        self.failing.filter(|(failing, _)| *failing == call).map(|(_, fault)| fault)
    }
}

#[async_trait]
impl ObjectSource for FailOnce {
    fn bucket(&self) -> &str {
        self.inner.bucket()
    }
    async fn list(&self, prefix: &str, depth: Depth, next: Option<&str>) -> Result<Listing> {
        let fault = self.fault();
        if let Some(fault) = fault.filter(|fault| *fault != Fault::Lost) {
            return Err(fault.error(prefix));
        }
        let listing = self.inner.list(prefix, depth, next).await;
        fault.map_or(listing, |fault| Err(fault.error(prefix)))
    }
    async fn fetch(&self, key: &str, bytes_max: u64) -> Result<FetchedObject> {
        let fault = self.fault();
        if let Some(fault) = fault.filter(|fault| *fault != Fault::Lost) {
            return Err(fault.error(key));
        }
        let fetched = self.inner.fetch(key, bytes_max).await;
        fault.map_or(fetched, |fault| Err(fault.error(key)))
    }
}

/// A bucket with faults of its own, so that verdicts, coverage and quarantine have something to say.
fn bucket() -> TempDir {
    let bucket = crate::world::directory();
    let silent = [(0, Hour::Silent), (1, Hour::Silent), (4, Hour::LateFile)];
    let chain = Chain::deliver(bucket.path(), ACCOUNT, &silent);
    chain.lose_digest(3);
    chain.inject(5);
    bucket
}

async fn world() -> World {
    World::with_accounts(hour(0), &[ACCOUNT, OTHER_ACCOUNT]).await
}

type State = BTreeMap<&'static str, Vec<String>>;

/// What an undisturbed pass leaves, and how many calls it makes.
async fn undisturbed(bucket: &Path) -> (State, usize) {
    let world = world().await;
    let server = Server::start(&world).await;
    let passed = pass(&server, bucket, None).await;
    assert_eq!(passed.error, None);
    server.close().await;
    (state(&world).await, passed.calls)
}

#[tokio::test]
async fn the_next_pass_repairs_whatever_a_failed_call_left() {
    let bucket = bucket();
    let (expected, calls) = Box::pin(undisturbed(bucket.path())).await;
    assert!(calls > 10, "{calls}");
    for failing in 0..calls {
        // Each call in one way, and each way many times: all pairs would take minutes.
        let fault = Fault::ALL[failing % Fault::ALL.len()];
        let after = format!("after call {failing} failed: {fault:?}");
        let world = world().await;
        let server = Server::start(&world).await;
        let failed = pass(&server, bucket.path(), Some((failing, fault))).await;
        // What isn't taken in is in the queue with its reason, or its prefix or source is in trouble.
        let waiting = world.count("select count(*) from waiting_object where trouble <> ''").await;
        let troubles = world.count("select count(*) from source_trouble").await;
        assert!(failed.failed > 0 || failed.error.is_some() || failed.calls > calls, "{after}");
        assert!(waiting + troubles > 0 || failed.calls > calls, "{after}");
        let repaired = pass(&server, bucket.path(), None).await;
        assert_eq!((repaired.error, repaired.failed), (None, 0), "{after}");
        let left = world.count("select count(*) from waiting_object").await;
        let troubles = world.count("select count(*) from source_trouble").await;
        assert_eq!((left, troubles), (0, 0), "{after}");
        assert_same(&state(&world).await, &expected, &after);
        server.close().await;
    }
}

#[tokio::test]
async fn the_listing_fails_in_every_way_and_the_next_pass_repairs_it() {
    let bucket = bucket();
    let (expected, _) = Box::pin(undisturbed(bucket.path())).await;
    for fault in Fault::ALL {
        let world = world().await;
        let server = Server::start(&world).await;
        let failed = pass(&server, bucket.path(), Some((0, fault))).await;
        // What may not be listed as a whole is listed folder by folder, so that nothing is amiss.
        assert_eq!(failed.error.is_none(), fault == Fault::Refused, "{fault:?} {:?}", failed.error);
        assert_eq!(pass(&server, bucket.path(), None).await.error, None, "{fault:?}");
        assert_same(&state(&world).await, &expected, &format!("after {fault:?}"));
        server.close().await;
    }
}

/// Each statement makes one step fail, or lose what it wrote, for as long as it stays.
const BROKEN_STEPS: [(&str, &str); 7] = [
    ("waiting_object", "before insert"),
    ("waiting_object", "before delete"),
    ("log_object", "before insert"),
    ("digest_entry", "before insert"),
    ("custody_leaf", "before insert"),
    ("custody_log", "before update"),
    ("chain", "before insert"),
];

#[tokio::test]
async fn the_next_pass_repairs_whatever_a_failed_step_of_the_database_left() {
    let bucket = bucket();
    let (expected, _) = Box::pin(undisturbed(bucket.path())).await;
    for (table, moment) in BROKEN_STEPS {
        let world = world().await;
        let server = Server::start(&world).await;
        break_step(&world, table, moment, "raise exception 'broken step'").await;
        let failed = pass(&server, bucket.path(), None).await;
        assert!(failed.error.is_some(), "{moment} of {table}");
        let objects = world.count("select count(*) from log_object").await;
        let leaves = world.count("select count(*) from custody_leaf").await;
        assert_eq!((objects, leaves), (0, 0), "{moment} of {table}");
        mend(&world, table).await;
        assert_eq!(pass(&server, bucket.path(), None).await.error, None, "{moment} of {table}");
        assert_same(&state(&world).await, &expected, &format!("after {moment} of {table}"));
        server.close().await;
    }
}

#[tokio::test]
async fn what_the_archive_has_lost_is_not_indexed_and_archived_again() {
    let bucket = bucket();
    let (expected, _) = Box::pin(undisturbed(bucket.path())).await;
    let world = world().await;
    let server = Server::start(&world).await;
    // The archive says that it has written, and has not: reading back is what finds it out.
    let table = "object_store.object_version";
    break_step(&world, table, "before insert", "return null").await;
    let failed = pass(&server, bucket.path(), None).await;
    assert!(failed.error.is_some());
    assert_eq!(world.count("select count(*) from log_object").await, 0);
    let refused = world.count("select count(*) from waiting_object where trouble = 'not-taken-in'");
    assert!(refused.await > 0);
    mend(&world, table).await;
    assert_eq!(pass(&server, bucket.path(), None).await.error, None);
    assert_same(&state(&world).await, &expected, "after the archive lost everything");
    server.close().await;
}

async fn break_step(world: &World, table: &str, moment: &str, what: &str) {
    let statements = [
        format!(
            "create or replace function broken_step() returns trigger language plpgsql as $$ begin {what}; end $$"
        ),
        format!(
            "create trigger broken {moment} on {table} for each row execute function broken_step()"
        ),
    ];
    for statement in statements {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&world.database.pool).await.unwrap();
    }
}

async fn mend(world: &World, table: &str) {
    let statement = format!("drop trigger broken on {table}");
    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&world.database.pool).await.unwrap();
}

struct Passed {
    calls: usize,
    failed: u64,
    error: Option<String>,
}

async fn pass(server: &Server, bucket: &Path, failing: Option<(usize, Fault)>) -> Passed {
    let services = &server.services;
    let source = server.add_source(bucket).await;
    let inner = services.open_source(&source).await.unwrap();
    let objects = Arc::new(FailOnce { inner, calls: AtomicUsize::new(0), failing });
    let never = CancellationToken::new();
    let collected =
        collect_objects(services, &source, objects.clone(), Reach::Everything, None, &never).await;
    let calls = objects.calls.load(Ordering::SeqCst);
    if collected.is_ok() && failing.is_none() {
        verify_due_chains(services).await.unwrap();
    }
    let failed = collected.as_ref().map_or(0, |summary| summary.failed);
    Passed { calls, failed, error: collected.err().map(|error| format!("{error:#}")) }
}
