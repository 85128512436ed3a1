//! Looking at named objects, and queues that can't be read. What queues say is tried in `e2e/conformance`.

use crate::records::{event_id, record};
use crate::server::Server;
use crate::trail::{ACCOUNT, Delivered, hour, log_key, put_log};
use crate::world::{World, write};
use async_trait::async_trait;
use orgtrail_cloud::error::{CloudError, Result};
use orgtrail_cloud::objects::{Depth, FetchedObject, Listing, ObjectSource};
use orgtrail_server::collect::{Fate, Reach, collect_source, look_at, take_in};
use orgtrail_server::notifications::{Patience, read_notifications};
use orgtrail_storage::sources::SourceRow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A source in which some objects can't be read.
struct Partly {
    inner: Arc<dyn ObjectSource>,
    fetches: AtomicUsize,
}

#[async_trait]
impl ObjectSource for Partly {
    fn bucket(&self) -> &str {
        self.inner.bucket()
    }
    async fn list(&self, prefix: &str, depth: Depth, next: Option<&str>) -> Result<Listing> {
        if prefix.contains("unlistable") {
            return Err(CloudError::Throttled(format!("could not list {prefix}")));
        }
        self.inner.list(prefix, depth, next).await
    }
    async fn fetch(&self, key: &str, bytes_max: u64) -> Result<FetchedObject> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        let what = format!("could not fetch {key}");
        if key.contains("denied") {
            return Err(CloudError::AccessDenied { what, code: "AccessDenied".to_owned() });
        }
        if key.contains("unreachable") {
            return Err(CloudError::Unreachable { what, reason: "no answer".to_owned() });
        }
        self.inner.fetch(key, bytes_max).await
    }
}

struct Scene {
    world: World,
    server: Server,
    source: SourceRow,
    bucket: PathBuf,
    objects: Arc<dyn ObjectSource>,
}

async fn scene() -> Scene {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let bucket = world.path("bucket");
    put(&bucket, 0, "known00000000000");
    let server = Server::start(&world).await;
    let source = server.add_source(&bucket).await;
    let never = CancellationToken::new();
    Box::pin(collect_source(&server.services, &source, Reach::Everything, None, &never))
        .await
        .unwrap();
    let inner = server.services.open_source(&source).await.unwrap();
    let objects = Arc::new(Partly { inner, fetches: AtomicUsize::new(0) });
    Scene { world, server, source, bucket, objects }
}

fn put(bucket: &Path, number: u128, unique: &str) -> Delivered {
    put_log(bucket, ACCOUNT, hour(0), unique, &[record(number, ACCOUNT, hour(0), "PutObject")])
}

#[tokio::test]
async fn each_named_object_has_its_own_fate() {
    let scene = scene().await;
    for (number, unique) in
        [(1, "new0000000000000"), (2, "denied0000000000"), (3, "unlistable000000")]
    {
        put(&scene.bucket, number, unique);
    }
    write(&scene.bucket.join(log_key(ACCOUNT, hour(0), "broken0000000000")), b"no gzip");
    write(&scene.bucket.join("notes.txt"), b"words");
    let mut keys: Vec<String> = [
        "known00000000000",
        "new0000000000000",
        "denied0000000000",
        "unlistable000000",
        "broken0000000000",
        "absent0000000000",
    ]
    .map(|unique| log_key(ACCOUNT, hour(0), unique))
    .to_vec();
    keys.push("notes.txt".to_owned());
    let look = async |fetch_max| {
        look_at(&scene.server.services, &scene.source, &scene.objects, &keys, fetch_max)
            .await
            .unwrap()
    };
    let denied = Fate::Failed("access denied (AccessDenied)".to_owned());
    let first = look(usize::MAX).await;
    assert_eq!(first[0], Fate::Known);
    assert_eq!(first[1], Fate::TakenIn { quarantine: None });
    assert_eq!(first[2], denied);
    assert!(
        matches!(&first[3], Fate::Failed(reason) if reason.contains("fewer requests")),
        "{first:?}"
    );
    assert!(matches!(&first[4], Fate::TakenIn { quarantine: Some(_) }), "{first:?}");
    assert_eq!(first[5..], [Fate::Absent, Fate::Foreign]);
    scene.server.read(&format!("/api/v1/events/{}", event_id(1))).await;

    // A repeated notification changes nothing.
    let objects = scene.world.count("select count(*) from log_object").await;
    let again = look(usize::MAX).await;
    assert_eq!(again[..3], [Fate::Known, Fate::Known, denied]);
    assert_eq!(again[4], Fate::Known);
    assert_eq!(scene.world.count("select count(*) from log_object").await, objects);
    assert_eq!(look(0).await[2], Fate::Waiting);
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_not_asked_for_every_object() {
    let scene = scene().await;
    for number in 1..40 {
        put(&scene.bucket, number, &format!("unreachable{number:05}"));
    }
    let partly = Arc::new(Partly { inner: scene.objects.clone(), fetches: AtomicUsize::new(0) });
    let objects: Arc<dyn ObjectSource> = partly.clone();
    let listed = objects.list("", Depth::All, None).await.unwrap().objects;
    let services = &scene.server.services;
    let fates = take_in(services, &scene.source, &objects, listed, usize::MAX).await.unwrap();
    let failed = fates.iter().filter(|fate| matches!(fate, Fate::Failed(_))).count();
    assert_eq!((fates.len(), failed), (40, 39), "{fates:?}");
    assert!(partly.fetches.load(Ordering::SeqCst) <= 8, "{:?}", partly.fetches);
}

#[tokio::test]
async fn a_queue_that_can_not_be_read_is_told_and_stops_nothing_else() {
    let scene = scene().await;
    let services = &scene.server.services;
    let (never, patience) =
        (CancellationToken::new(), Patience { wait: Duration::ZERO, rounds: 1 });
    assert_eq!(
        read_notifications(services, patience, &never).await.unwrap(),
        "no log source has a queue"
    );
    // Addresses of our own network are refused as long as nobody allows them.
    sqlx::query("update log_source set settings = settings || '{\"queue_url\": \"http://127.0.0.1:9/1/queue\"}'")
        .execute(&scene.world.database.pool)
        .await
        .unwrap();
    let error = read_notifications(services, patience, &never).await.unwrap_err().to_string();
    assert!(error.contains("127.0.0.1"), "{error}");
    let operations = scene.server.read("/api/v1/operations").await;
    let shown = &operations["sources"][0]["notifications"];
    assert!(shown["error"].as_str().unwrap().contains("127.0.0.1"), "{operations:#}");
    assert!(shown["state"].is_null(), "what was never read is unknown, not nothing: {shown:#}");
    assert_eq!(operations["sources"][0]["has_queue"], true);

    put(&scene.bucket, 5, "listed0000000000");
    let summary =
        collect_source(services, &scene.source, Reach::Everything, None, &never).await.unwrap();
    assert_eq!(summary.files, 1);
}
