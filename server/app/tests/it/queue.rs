//! The queue of collection: shared by many without double work, taken over from the dead, new files first, and no trouble
//! that holds up others.

use crate::records::record;
use crate::server::Server;
use crate::state::{assert_same, state};
use crate::trail::{ACCOUNT, OTHER_ACCOUNT, hour, log_key, put_log};
use crate::world::World;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_cloud::error::{CloudError, Result};
use orgtrail_cloud::objects::{Depth, FetchedObject, Listing, ObjectSource};
use orgtrail_domain::clock::{Clock, FixedClock, SystemClock};
use orgtrail_server::collect::{Reach, Workers, collect_objects, list_source};
use orgtrail_server::services::Services;
use orgtrail_storage::acted;
use orgtrail_storage::sources::SourceRow;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How many files [`deliver`] delivers.
pub(crate) const FILES: u32 = 450;

/// What a source refuses.
type Refusal = fn(&str) -> Option<CloudError>;

/// A source that counts what is fetched, refuses some of it, and may hang.
struct Watched {
    inner: Arc<dyn ObjectSource>,
    fetched: Arc<Mutex<BTreeMap<String, u32>>>,
    refuses_list: Refusal,
    refuses_fetch: Refusal,
    /// After so many fetches every further one hangs, and it is told.
    hangs: Option<(usize, Arc<Notify>)>,
}

fn nothing(_: &str) -> Option<CloudError> {
    None
}

fn denied(what: &str) -> CloudError {
    CloudError::AccessDenied { what: what.to_owned(), code: "AccessDenied".to_owned() }
}

#[async_trait]
impl ObjectSource for Watched {
    fn bucket(&self) -> &str {
        self.inner.bucket()
    }
    async fn list(&self, prefix: &str, depth: Depth, next: Option<&str>) -> Result<Listing> {
        if let Some(error) = (self.refuses_list)(&format!("{depth:?} {prefix}")) {
            return Err(error);
        }
        self.inner.list(prefix, depth, next).await
    }
    async fn fetch(&self, key: &str, bytes_max: u64) -> Result<FetchedObject> {
        if let Some(error) = (self.refuses_fetch)(key) {
            return Err(error);
        }
        let count = {
            let mut fetched = self.fetched.lock().unwrap();
            *fetched.entry(key.to_owned()).or_default() += 1;
            fetched.len()
        };
        if let Some((after, told)) = &self.hangs
            && count > *after
        {
            told.notify_one();
            std::future::pending::<()>().await;
        }
        self.inner.fetch(key, bytes_max).await
    }
}

impl Watched {
    async fn new(services: &Services, source: &SourceRow) -> Self {
        let inner = services.open_source(source).await.unwrap();
        let (refuses_list, refuses_fetch): (Refusal, Refusal) = (nothing, nothing);
        Self { inner, fetched: Arc::default(), refuses_list, refuses_fetch, hangs: None }
    }
}

/// Many files of one account, none of which repeats an event of another.
pub(crate) fn deliver(bucket: &Path) {
    for index in 0..FILES {
        let time = hour(0) + TimeDelta::minutes(i64::from(index));
        let event = record(u128::from(index), ACCOUNT, time, "PutObject");
        put_log(bucket, ACCOUNT, time, &format!("many{index:012}"), &[event]);
    }
}

async fn world() -> World {
    World::with_accounts(hour(0), &[ACCOUNT, OTHER_ACCOUNT]).await
}

async fn collect(
    services: Services,
    source: SourceRow,
    objects: Watched,
) -> anyhow::Result<orgtrail_server::collect::PassSummary> {
    let never = CancellationToken::new();
    let objects = Arc::new(objects);
    collect_objects(&services, &source, objects, Reach::Everything, None, &never).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn collectors_that_race_fetch_each_object_once_and_take_over_from_one_that_dies() {
    let bucket = crate::world::directory();
    deliver(bucket.path());
    let expected = {
        let world = world().await;
        let server = Server::start(&world).await;
        let source = server.add_source(bucket.path()).await;
        let watched = Watched::new(&server.services, &source).await;
        let summary = collect(server.services.clone(), source, watched).await.unwrap();
        assert_eq!((summary.files, summary.events), (u64::from(FILES), u64::from(FILES)));
        server.close().await;
        state(&world).await
    };

    let world = world().await;
    let server = Server::start(&world).await;
    let source = server.add_source(bucket.path()).await;
    // One claims a batch, commits nothing of it, hangs, and is killed.
    let told = Arc::new(Notify::new());
    let mut hanging = Watched::new(&server.services, &source).await;
    hanging.hangs = Some((30, told.clone()));
    let dying = tokio::spawn(collect(server.services.clone(), source.clone(), hanging));
    told.notified().await;
    let claimed = world.count("select count(*) from waiting_object where claimed_by is not null");
    assert_eq!(claimed.await, 200);

    // Two others share what is left meanwhile, and then what the dead one had.
    let fetched: Arc<Mutex<BTreeMap<String, u32>>> = Arc::default();
    let mut racing = Vec::new();
    for _ in 0..2 {
        let mut watched = Watched::new(&server.services, &source).await;
        watched.fetched = fetched.clone();
        racing.push(tokio::spawn(collect(server.services.clone(), source.clone(), watched)));
    }
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    let mut files = 0;
    for collector in racing {
        files += collector.await.unwrap().unwrap().files;
    }
    assert_eq!(files, u64::from(FILES));
    let fetched = fetched.lock().unwrap().clone();
    assert_eq!(fetched.len(), 450);
    assert!(fetched.values().all(|count| *count == 1), "{fetched:?}");
    assert_eq!(world.count("select count(*) from waiting_object").await, 0);
    assert_same(&state(&world).await, &expected, "after a race with a death");
    server.close().await;
}

#[tokio::test]
async fn what_is_denied_is_said_and_holds_up_no_other() {
    let bucket = crate::world::directory();
    for (account, number) in [(ACCOUNT, 1), (ACCOUNT, 2), (OTHER_ACCOUNT, 3)] {
        let event = record(number, account, hour(0), "PutObject");
        put_log(bucket.path(), account, hour(0), &format!("denied{number:010}"), &[event]);
    }
    let world = world().await;
    let server = Server::start(&world).await;
    let source = server.add_source(bucket.path()).await;
    let mut watched = Watched::new(&server.services, &source).await;
    // The whole may not be listed, one account may not at all, and one object of the other may not be read.
    watched.refuses_list = |listing| {
        let is_of_several = listing.starts_with("All ") && listing.matches('/').count() < 3;
        (is_of_several || listing.contains(OTHER_ACCOUNT)).then(|| denied(listing))
    };
    watched.refuses_fetch = |key| {
        let reason = "not authorized to perform: kms:Decrypt".to_owned();
        let what = key.to_owned();
        key.contains("denied0000000001").then_some(CloudError::KeyDenied { what, reason })
    };
    let failed = collect(server.services.clone(), source.clone(), watched).await;
    // Who asked for everything is told that it isn't everything.
    let error = format!("{:#}", failed.unwrap_err());
    assert!(error.contains(OTHER_ACCOUNT) && error.contains("access denied"), "{error}");
    assert_eq!(world.count("select count(*) from event").await, 1);

    let shown = server.read("/api/v1/operations").await;
    let troubles = shown["sources"][0]["troubles"].as_array().unwrap();
    let told = |index: usize, field: &str| troubles[index][field].as_str().unwrap().to_owned();
    assert_eq!(troubles.len(), 2, "{troubles:?}");
    assert_eq!((told(0, "kind"), told(1, "kind")), ("access-denied".into(), "key-denied".into()));
    assert!(
        told(0, "concerns").contains(OTHER_ACCOUNT) && told(0, "advice").contains("s3:ListBucket")
    );
    assert!(
        told(1, "concerns").contains("denied0000000001")
            && told(1, "advice").contains("kms:Decrypt")
    );
    assert_eq!((&shown["sources"][0]["waiting"], &troubles[1]["objects"]), (&1.into(), &1.into()));
    let listed = &shown["sources"][0];
    assert!(listed["window_days"].as_u64() > Some(0) && listed["is_regular"] == true, "{listed:#}");

    // When the rights are there, everything is.
    let watched = Watched::new(&server.services, &source).await;
    let summary = collect(server.services.clone(), source, watched).await.unwrap();
    assert_eq!(summary.files, 2);
    let shown = server.read("/api/v1/operations").await;
    assert_eq!(shown["sources"][0]["troubles"], Value::Array(Vec::new()));
    server.close().await;
}

/// The template of rights allows to list what begins with `AWSLogs/`, and nothing above.
#[tokio::test]
async fn rights_that_begin_at_the_layout_are_enough() {
    let bucket = crate::world::directory();
    let now = SystemClock.now();
    let put = |number: u128| {
        let event = record(number, ACCOUNT, now, "PutObject");
        put_log(bucket.path(), ACCOUNT, now, &format!("rights{number:010}"), &[event]);
    };
    let world = world().await;
    let server = Server::start(&world).await;
    let source = server.add_source(bucket.path()).await;
    for (number, reach) in [(1, Reach::Everything), (2, Reach::RecentDays(4))] {
        put(number);
        let mut watched = Watched::new(&server.services, &source).await;
        watched.refuses_list = |listing| (!listing.contains("AWSLogs/")).then(|| denied(listing));
        let (objects, never) = (Arc::new(watched), CancellationToken::new());
        let summary =
            collect_objects(&server.services, &source, objects, reach, None, &never).await.unwrap();
        assert_eq!(summary.files, 1, "{reach:?}");
    }
    let shown = server.read("/api/v1/operations").await;
    assert_eq!(shown["sources"][0]["troubles"], Value::Array(Vec::new()));
    server.close().await;
}

/// A server whose jobs' clock is the test's.
fn with_clock(server: &Server, now: DateTime<Utc>) -> (Services, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::new(now));
    let mut services = server.services.clone();
    services.clock = clock.clone();
    (services, clock)
}

/// Lets a worker work until nothing is due; gives back how many files it took in.
async fn work(workers: &Workers) -> u64 {
    let mut files = 0;
    while let Some(summary) = workers.work().await.unwrap() {
        files += summary.files;
    }
    files
}

#[tokio::test]
async fn new_files_come_first_old_days_can_wait_and_what_vanished_rests() {
    let now = SystemClock.now();
    let world = World::with_accounts(now - TimeDelta::days(300), &[ACCOUNT]).await;
    let bucket = world.path("bucket");
    let put = |number: u128, days: i64| {
        let time = now - TimeDelta::days(days) - TimeDelta::minutes(5);
        let event = record(number, ACCOUNT, time, "PutObject");
        put_log(&bucket, ACCOUNT, time, &format!("queued{number:010}"), &[event]).path
    };
    let vanishing = put(1, 0);
    put(2, 1);
    put(3, 70);
    put(4, 200);
    let server = Server::start(&world).await;
    let (services, clock) = with_clock(&server, now);
    let source = server.add_source(&bucket).await;
    let shutdown = CancellationToken::new();
    assert_eq!(list_source(&services, &source, &shutdown).await.unwrap(), Some(4));
    let bytes = std::fs::read(&vanishing).unwrap();
    let written = std::fs::metadata(&vanishing).unwrap().modified().unwrap();
    std::fs::remove_file(&vanishing).unwrap();

    let organization_id = source.organization_id;
    acted!(services.database, pause_backfill(organization_id, None, true)).unwrap();
    let workers = Workers::new(services.clone(), 2, 50).await.unwrap();
    assert_eq!(work(&workers).await, 1);
    let shown = server.read("/api/v1/operations").await["sources"][0].clone();
    assert_eq!((&shown["waiting"], &shown["backfill"]["waiting"]), (&3.into(), &2.into()));
    assert_eq!(
        (&shown["backfill"]["found"], &shown["backfill"]["is_paused"]),
        (&2.into(), &true.into())
    );
    assert_eq!(shown["troubles"][0]["kind"], "vanished");
    // Written today and of a day long ago: that late a file can be, so the window is as wide as may be.
    assert_eq!(shown["window_days"], 30);

    acted!(services.database, pause_backfill(organization_id, None, false)).unwrap();
    assert_eq!(work(&workers).await, 2);

    // The file comes back as it was; it is tried again when its time has come, and not before.
    crate::world::write(&vanishing, &bytes);
    std::fs::File::options().append(true).open(&vanishing).unwrap().set_modified(written).unwrap();
    assert_eq!(work(&workers).await, 0);
    clock.set(now + TimeDelta::seconds(61));
    assert_eq!(work(&workers).await, 1);
    assert_eq!(world.count("select count(*) from waiting_object").await, 0);
    assert_eq!(world.count("select count(*) from event").await, 4);
    let shown = server.read("/api/v1/operations").await["sources"][0].clone();
    assert_eq!((&shown["troubles"], &shown["backfill"]), (&Value::Array(Vec::new()), &Value::Null));
    server.close().await;
}

#[tokio::test]
async fn a_source_that_is_gone_rests_longer_each_time_and_comes_back_by_itself() {
    let now = SystemClock.now();
    let world = World::with_accounts(now - TimeDelta::days(30), &[ACCOUNT]).await;
    let (bucket, away) = (world.path("bucket"), world.path("away"));
    let time = now - TimeDelta::minutes(5);
    put_log(&bucket, ACCOUNT, time, "gone000000000001", &[record(1, ACCOUNT, time, "PutObject")]);
    std::fs::rename(&bucket, &away).unwrap();
    let server = Server::start(&world).await;
    let (services, clock) = with_clock(&server, now);
    let source = server.add_source(&bucket).await;
    let shutdown = CancellationToken::new();
    for attempt in 1..=3 {
        let error = list_source(&services, &source, &shutdown).await.unwrap_err().to_string();
        assert!(error.contains("no such bucket"), "{error}");
        assert_eq!(list_source(&services, &source, &shutdown).await.unwrap(), None, "at rest");
        let shown = server.read("/api/v1/operations").await["sources"][0]["troubles"][0].clone();
        assert_eq!((&shown["kind"], &shown["attempts"]), (&"no-bucket".into(), &attempt.into()));
        clock.set(clock.now() + TimeDelta::minutes(3));
    }
    std::fs::rename(&away, &bucket).unwrap();
    assert_eq!(list_source(&services, &source, &shutdown).await.unwrap(), Some(1));
    let workers = Workers::new(services.clone(), 1, 50).await.unwrap();
    assert_eq!(work(&workers).await, 1);
    assert_eq!(world.count("select count(*) from source_trouble").await, 0);
    let key = log_key(ACCOUNT, time, "gone000000000001");
    let known: i64 = sqlx::query_scalar("select count(*) from log_object where key = $1")
        .bind(key)
        .fetch_one(&world.database.pool)
        .await
        .unwrap();
    assert_eq!(known, 1);
    server.close().await;
}

#[tokio::test]
async fn what_was_fetched_before_a_source_got_into_trouble_does_not_end_the_trouble() {
    let bucket = crate::world::directory();
    deliver(bucket.path());
    let world = world().await;
    let server = Server::start(&world).await;
    let source = server.add_source(bucket.path()).await;
    let mut watched = Watched::new(&server.services, &source).await;
    watched.refuses_fetch = |key| {
        let is_late = key.contains("many000000000100");
        is_late.then(|| CloudError::Throttled(key.to_owned()))
    };
    // The store asks for fewer requests in the midst of a batch: what it gave before is kept, and then it is left alone.
    let error = collect(server.services.clone(), source.clone(), watched).await.unwrap_err();
    assert!(error.to_string().contains("fewer requests"), "{error}");
    let files = world.count("select count(*) from event").await;
    assert!(files > 0 && files < i64::from(FILES), "{files}");
    let trouble = server.read("/api/v1/operations").await["sources"][0]["troubles"][0].clone();
    assert_eq!((&trouble["kind"], &trouble["attempts"]), (&"throttled".into(), &1.into()));
    let due = server.services.database.due_sources(SystemClock.now()).await.unwrap();
    assert!(due.is_empty(), "{due:?}");
    server.close().await;
}

#[tokio::test]
async fn a_listing_that_was_stopped_is_not_a_complete_one() {
    let bucket = crate::world::directory();
    deliver(bucket.path());
    let world = world().await;
    let server = Server::start(&world).await;
    let source = server.add_source(bucket.path()).await;
    let mut watched = Watched::new(&server.services, &source).await;
    watched.refuses_list = |listing| {
        let (what, reason) = (listing.to_owned(), "ExpiredToken".to_owned());
        Some(CloudError::Credentials { what, reason })
    };
    let error = collect(server.services.clone(), source.clone(), watched).await.unwrap_err();
    assert!(error.to_string().contains("not valid"), "{error}");
    let shown = server.read("/api/v1/operations").await["sources"][0].clone();
    assert_eq!(shown["everything_listed_at"], Value::Null, "{shown:#}");
    assert_eq!(shown["troubles"][0]["kind"], "credentials");
    server.close().await;
}

#[tokio::test]
async fn what_is_surely_gone_is_counted_and_not_tried_for_ever() {
    let now = SystemClock.now();
    let world = World::with_accounts(now - TimeDelta::days(30), &[ACCOUNT]).await;
    let bucket = world.path("bucket");
    let time = now - TimeDelta::minutes(5);
    let event = record(1, ACCOUNT, time, "PutObject");
    let file = put_log(&bucket, ACCOUNT, time, "vanishes00000000", &[event]).path;
    let server = Server::start(&world).await;
    let (services, clock) = with_clock(&server, now);
    let source = server.add_source(&bucket).await;
    list_source(&services, &source, &CancellationToken::new()).await.unwrap();
    std::fs::remove_file(&file).unwrap();
    let workers = Workers::new(services.clone(), 1, 50).await.unwrap();
    for attempt in 1..=3 {
        assert_eq!(work(&workers).await, 0);
        let left = world.count("select count(*) from waiting_object").await;
        assert_eq!(left, i64::from(attempt < 3), "after attempt {attempt}");
        clock.set(clock.now() + TimeDelta::days(2));
    }
    let shown = server.read("/api/v1/operations").await["sources"][0].clone();
    assert_eq!(shown["troubles"], Value::Array(Vec::new()));
    assert_eq!(shown["skipped"][0]["count"], 1, "{shown:#}");
    server.close().await;
}

#[tokio::test]
async fn what_waits_from_a_former_bucket_is_not_taken_from_the_present_one() {
    let bucket = crate::world::directory();
    let (time, world) = (hour(0), world().await);
    put_log(bucket.path(), ACCOUNT, time, "former0000000000", &[record(1, ACCOUNT, time, "A")]);
    let server = Server::start(&world).await;
    let source = server.add_source(bucket.path()).await;
    let shutdown = CancellationToken::new();
    list_source(&server.services, &source, &shutdown).await.unwrap();
    sqlx::query("update waiting_object set bucket = 'former'")
        .execute(&world.database.pool)
        .await
        .unwrap();
    let workers = Workers::new(server.services.clone(), 1, 50).await.unwrap();
    assert_eq!(work(&workers).await, 0);
    let trouble = server.read("/api/v1/operations").await["sources"][0]["troubles"][0].clone();
    assert!(trouble["reason"].as_str().unwrap().contains("`former`"), "{trouble:#}");
    assert_eq!(world.count("select count(*) from waiting_object").await, 1);
    server.close().await;
}

#[tokio::test]
async fn many_objects_that_the_store_refuses_one_by_one_hold_up_no_other() {
    let bucket = crate::world::directory();
    deliver(bucket.path());
    let world = world().await;
    let server = Server::start(&world).await;
    let source = server.add_source(bucket.path()).await;
    let mut watched = Watched::new(&server.services, &source).await;
    // As for objects under a customer's own key, which come first as they are the newest.
    watched.refuses_fetch = |key| {
        let number: u32 = key.rsplit_once("many")?.1.split('.').next()?.parse().ok()?;
        let (what, reason) = (key.to_owned(), "InvalidRequest".to_owned());
        (number >= 300).then_some(CloudError::Other { what, reason })
    };
    let summary = collect(server.services.clone(), source, watched).await.unwrap();
    assert_eq!((summary.files, summary.failed), (300, 150), "{summary:?}");
    server.close().await;
}
