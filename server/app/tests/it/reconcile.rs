//! A source compared with the index and the archive: every object is accounted for, and what is missing is taken in.

use crate::records::{event_id, record};
use crate::server::Server;
use crate::trail::{ACCOUNT, hour, log_key, put_log};
use crate::world::{World, write};
use async_trait::async_trait;
use chrono::TimeDelta;
use orgtrail_cloud::error::CloudError;
use orgtrail_cloud::objects::{Depth, FetchedObject, Listing, ObjectSource};
use orgtrail_server::collect::{Reach, collect_source};
use orgtrail_server::reconcile::{compare, reconcile, reconcile_due};
use orgtrail_shared::reconciliation::Reconciliation;
use orgtrail_storage::sources::SourceRow;
use orgtrail_storage::sources::{Listed, ListedEverything};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

struct Scene {
    world: World,
    server: Server,
    source: SourceRow,
    bucket: PathBuf,
}

/// A source with `files` log files of one event each that are collected already.
async fn scene(files: u32) -> Scene {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let bucket = world.path("bucket");
    fs::create_dir_all(&bucket).unwrap();
    for number in 0..files {
        put(&bucket, number);
    }
    let server = Server::start(&world).await;
    let source = server.add_source(&bucket).await;
    collect(&server, &source).await;
    Scene { world, server, source, bucket }
}

fn unique(number: u32) -> String {
    format!("file{number:012}")
}

fn put(bucket: &std::path::Path, number: u32) -> PathBuf {
    let event = record(u128::from(number), ACCOUNT, hour(0), "PutObject");
    put_log(bucket, ACCOUNT, hour(0), &unique(number), &[event]).path
}

async fn collect(server: &Server, source: &SourceRow) {
    let never = CancellationToken::new();
    Box::pin(collect_source(&server.services, source, Reach::Everything, None, &never))
        .await
        .unwrap();
}

impl Scene {
    async fn reconcile(&self) -> Reconciliation {
        let found = reconcile(&self.server.services, &self.source, None).await.unwrap();
        let (listing, index) = (&found.listing, &found.index);
        assert_eq!(listing.listed, listing.accounted(), "{found:#?}");
        assert_eq!(index.contents, index.accounted(), "{found:#?}");
        assert_eq!(index.contents, found.archive.accounted(), "{found:#?}");
        found
    }

    /// Deletes archived bytes as somebody would who has the store's root rights.
    async fn lose_archived(&self, number: u32) {
        sqlx::query("delete from object_store.object_version where key like '%' || $1 || '%'")
            .bind(unique(number))
            .execute(&self.world.database.pool)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn every_object_is_accounted_for() {
    let scene = scene(5).await;
    let bucket = &scene.bucket;
    // Broken, and collected as such.
    write(&bucket.join(log_key(ACCOUNT, hour(1), "broken0000000000")), b"no gzip");
    collect(&scene.server, &scene.source).await;
    // Not collected yet: a late one, another content of a known one, a broken one.
    put(bucket, 7);
    let changed = record(40, ACCOUNT, hour(0), "DeleteObject");
    put_log(bucket, ACCOUNT, hour(0), &unique(4), &[changed.clone(), changed]);
    write(&bucket.join(log_key(ACCOUNT, hour(1), "broken0000000001")), b"no gzip");
    // Nothing of ours.
    write(&bucket.join("notes/list.txt"), b"words");
    write(&bucket.join(format!("AWSLogs/{ACCOUNT}/Config/us-east-1/x.json")), b"{}");
    write(&bucket.join(format!("AWSLogs/{ACCOUNT}/CloudTrail/marker")), b"");
    // Expired.
    fs::remove_file(bucket.join(log_key(ACCOUNT, hour(0), &unique(0)))).unwrap();

    let found = scene.reconcile().await;
    let listing = &found.listing;
    assert_eq!(found.findings(), Vec::<String>::new());
    assert_eq!(
        (listing.listed, listing.indexed, listing.quarantined, listing.taken_in),
        (10, 3, 1, 3),
        "{found:#?}"
    );
    assert_eq!((listing.foreign, listing.folder_markers, listing.changed), (2, 1, 1));
    assert_eq!(listing.newly_quarantined, 1);
    assert_eq!(listing.quarantine_reasons.values().sum::<u64>(), 2);
    let folders: Vec<&str> = listing.foreign_folders.keys().map(String::as_str).collect();
    assert_eq!(folders, ["AWSLogs/…/Config/", "notes/"]);
    // They were taken in a moment ago, so the listing may have been older.
    assert_eq!((found.index.contents, found.index.current, found.index.newer), (6, 4, 2));
    assert_eq!((found.archive.present, found.archive.missing), (6, 0));
    scene.server.read(&format!("/api/v1/events/{}", event_id(7))).await;
    scene.server.read(&format!("/api/v1/events/{}", event_id(40))).await;

    let again = scene.reconcile().await;
    assert_eq!((again.listing.indexed, again.listing.quarantined), (5, 2), "{again:#?}");
    assert_eq!(again.listing.taken_in, 0);
}

/// A source of which some may not be listed is compared as far as it may, and says what it doesn't know.
#[tokio::test]
async fn what_may_not_be_listed_is_a_finding_and_stops_no_comparison() {
    let scene = scene(3).await;
    put(&scene.bucket, 7);
    write(&scene.bucket.join("notes/list.txt"), b"words");
    write(&scene.bucket.join("zzz"), b"words");
    let inner = scene.server.services.open_source(&scene.source).await.unwrap();
    let objects: Arc<dyn ObjectSource> = Arc::new(Denied { inner });
    let services = &scene.server.services;
    let found = Box::pin(compare(services, &scene.source, objects, None)).await.unwrap();
    assert_eq!(found.listing.listed, 2, "{found:#?}");
    assert_eq!((found.index.contents, found.index.unlisted, found.index.gone), (3, 3, 0));
    assert_eq!(found.listing.denied, 1);
    let findings = found.findings();
    assert!(findings.len() == 1 && findings[0].contains("may not be listed"), "{findings:?}");
    // Where it may be listed, everything is as ever, however it is listed.
    let found = scene.reconcile().await;
    assert_eq!((found.listing.listed, found.listing.taken_in), (6, 1), "{found:#?}");
}

/// A source of which nothing may be listed at once, and the account's folder not at all.
struct Denied {
    inner: Arc<dyn ObjectSource>,
}

#[async_trait]
impl ObjectSource for Denied {
    fn bucket(&self) -> &str {
        self.inner.bucket()
    }
    async fn list(
        &self,
        prefix: &str,
        depth: Depth,
        next: Option<&str>,
    ) -> Result<Listing, CloudError> {
        let is_top = prefix.matches('/').count() < 3 && !prefix.starts_with("notes/");
        if (depth == Depth::All && is_top) || prefix.contains(&format!("/{ACCOUNT}/")) {
            let what = prefix.to_owned();
            return Err(CloudError::AccessDenied { what, code: "AccessDenied".to_owned() });
        }
        self.inner.list(prefix, depth, next).await
    }
    async fn fetch(&self, key: &str, bytes_max: u64) -> Result<FetchedObject, CloudError> {
        self.inner.fetch(key, bytes_max).await
    }
}

#[tokio::test]
async fn what_the_lifecycle_expired_is_told_with_its_time() {
    let scene = scene(3).await;
    sqlx::query("update log_object set collected_at = collected_at - interval '1 day'")
        .execute(&scene.world.database.pool)
        .await
        .unwrap();
    for number in [0, 2] {
        fs::remove_file(scene.bucket.join(log_key(ACCOUNT, hour(0), &unique(number)))).unwrap();
    }
    // Another content under a known key: the first one is not there any more.
    put_log(&scene.bucket, ACCOUNT, hour(0), &unique(1), &[]);
    let found = scene.reconcile().await;
    assert_eq!((found.index.gone, found.index.earlier), (2, 1), "{found:#?}");
    assert_eq!((found.index.gone_from, found.index.gone_to), (Some(hour(0)), Some(hour(0))));
    assert_eq!((found.listing.changed, found.listing.taken_in), (1, 1));
    assert_eq!(found.findings(), Vec::<String>::new());
}

#[tokio::test]
async fn a_file_that_can_not_be_read_is_a_finding_and_stops_no_other() {
    let scene = scene(1).await;
    let unreadable = scene.bucket.join(log_key(ACCOUNT, hour(2), "unreadable000000"));
    // A file above the limit of what is read takes no room as long as it is sparse.
    fs::create_dir_all(unreadable.parent().unwrap()).unwrap();
    fs::File::create(&unreadable).unwrap().set_len(300 << 20).unwrap();
    put(&scene.bucket, 8);
    let found = scene.reconcile().await;
    assert_eq!((found.listing.failed, found.listing.taken_in), (1, 1), "{found:#?}");
    assert!(found.listing.failed_keys[0].contains("unreadable"), "{found:#?}");
    let findings = found.findings();
    assert!(findings.len() == 1 && findings[0].contains("can't be fetched"), "{findings:?}");
}

#[tokio::test]
async fn bytes_that_the_archive_lost_are_a_finding() {
    let scene = scene(4).await;
    scene.lose_archived(2).await;
    let found = scene.reconcile().await;
    assert_eq!((found.archive.present, found.archive.missing), (3, 1), "{found:#?}");
    assert!(found.archive.examples[0].contains(&unique(2)), "{found:#?}");
    assert_eq!(found.findings(), ["the archive lacks 1 objects"]);
}

#[tokio::test]
async fn keys_that_the_archive_sorts_otherwise_are_not_missing() {
    let scene = scene(0).await;
    // `x.json` sorts before `x.json.gz`; in the archive both go on with a slash, and sort the other way round.
    let key = log_key(ACCOUNT, hour(0), "twice00000000000");
    let plain = key.strip_suffix(".gz").unwrap();
    let events =
        |number| crate::records::log_file(&[record(number, ACCOUNT, hour(0), "PutObject")]);
    write(&scene.bucket.join(plain), &events(1));
    write(&scene.bucket.join(&key), &crate::records::gzip(&events(2)));
    // Too long for a key of the archive, so it is archived under its hash.
    let long = log_key(ACCOUNT, hour(0), &"l".repeat(100));
    write(
        &scene.bucket.join("a".repeat(250)).join("b".repeat(250)).join("c".repeat(240)).join(&long),
        &events(3),
    );
    collect(&scene.server, &scene.source).await;
    let found = scene.reconcile().await;
    assert_eq!((found.listing.indexed, found.archive.present), (3, 3), "{found:#?}");
}

#[tokio::test]
async fn listings_of_many_pages_are_held_against_each_other() {
    // Source and archive are listed a thousand at once.
    let scene = scene(1100).await;
    for number in [3, 999, 1000, 1099] {
        scene.lose_archived(number).await;
    }
    put(&scene.bucket, 2000);
    let found = scene.reconcile().await;
    assert_eq!((found.listing.indexed, found.listing.taken_in), (1100, 1), "{found:#?}");
    assert_eq!((found.archive.present, found.archive.missing), (1096, 4), "{found:#?}");
    assert_eq!(found.archive.examples.len(), 4);
}

#[tokio::test]
async fn doctor_reconciles_and_operations_shows_it() {
    let scene = scene(3).await;
    put(&scene.bucket, 9);
    scene.lose_archived(1).await;
    let ran = scene.world.run(&["doctor", "--json", "--reconcile", "--source", "bucket"]).await;
    let checks = ran.expect(3).json();
    let check = checks
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["reconciliation"].is_object())
        .unwrap_or_else(|| panic!("{checks:#}"));
    assert_eq!(check["level"], "wrong", "{check:#}");
    assert_eq!(check["reconciliation"]["listing"]["taken_in"], 1, "{check:#}");
    assert_eq!(check["reconciliation"]["archive"]["missing"], 1, "{check:#}");

    let operations = scene.server.read("/api/v1/operations").await;
    let last = &operations["sources"][0]["reconciliation"];
    assert_eq!(last["result"]["listing"]["listed"], 4, "{operations:#}");
    let unknown = scene.world.run(&["doctor", "--reconcile", "--source", "nobody"]).await;
    assert!(unknown.expect(3).stdout.contains("there is no such source"));
}

#[tokio::test]
async fn the_job_compares_what_is_due_and_keeps_the_last_result_of_what_fails() {
    let scene = scene(2).await;
    let (services, never) = (&scene.server.services, CancellationToken::new());
    let listed = services.clock.now();
    let whole =
        Listed { error: None, is_window: true, everything: Some(ListedEverything::default()) };
    services.database.note_listing(scene.source.source_id, listed, &whole).await.unwrap();
    let text = reconcile_due(services, &never).await.unwrap();
    assert!(text.starts_with("1 sources compared: 2 objects"), "{text}");
    let text = reconcile_due(services, &never).await.unwrap();
    assert!(text.starts_with("0 sources compared"), "{text}");

    sqlx::query("update reconciliation set tried_at = tried_at - interval '25 hours'")
        .execute(&scene.world.database.pool)
        .await
        .unwrap();
    fs::rename(&scene.bucket, scene.world.path("elsewhere")).unwrap();
    reconcile_due(services, &never).await.unwrap_err();
    let last = services.database.reconciliations().await.unwrap().remove(0).1;
    assert!(last.error.is_some() && last.result.is_some(), "{last:?}");
    assert!(last.tried_at >= listed - TimeDelta::minutes(1));
}
