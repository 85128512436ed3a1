//! An S3 Inventory in place of a listing.

use crate::records::{event_id, gzip, record};
use crate::server::Server;
use crate::trail::{ACCOUNT, BUCKET, hour, put_log};
use crate::world::{World, write};
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_cloud::objects::{Depth, ListedObject};
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_server::collect::{Reach, collect_source};
use orgtrail_server::reconcile::reconcile;
use orgtrail_storage::sources::SourceRow;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

struct Scene {
    world: World,
    server: Server,
    source: SourceRow,
    bucket: PathBuf,
}

async fn scene() -> Scene {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let bucket = world.path("bucket");
    for number in 0..4 {
        put(&bucket, number);
    }
    let server = Server::start(&world).await;
    let source = server.add_source(&bucket).await;
    let never = CancellationToken::new();
    Box::pin(collect_source(&server.services, &source, Reach::Everything, None, &never))
        .await
        .unwrap();
    Scene { world, server, source, bucket }
}

fn unique(number: u32) -> String {
    format!("file{number:012}")
}

fn put(bucket: &Path, number: u32) -> PathBuf {
    let event = record(u128::from(number), ACCOUNT, hour(0), "PutObject");
    put_log(bucket, ACCOUNT, hour(0), &unique(number), &[event]).path
}

fn md5(bytes: &[u8]) -> String {
    // What S3 gives as the ETag of a whole upload; the store's own is tested against other clients.
    hex::encode(<md5::Md5 as md5::Digest>::digest(bytes))
}

/// Writes an inventory of two data files, the later keys first, and gives back the path of its manifest.
fn write_inventory(
    scene: &Scene,
    objects: &[ListedObject],
    created_at: DateTime<Utc>,
    alter: impl Fn(&mut Value),
) -> PathBuf {
    let folder = scene.world.path("inventories");
    let line = |object: &ListedObject| {
        let key = object.key.replace('%', "%25").replace('+', "%2B").replace(' ', "+");
        let time = object.last_modified.unwrap().to_rfc3339();
        let latest =
            format!("{BUCKET},{key},v2,true,false,{},{time},{}\n", object.size, object.etag);
        // Older versions and deletions are listed beside it.
        format!(
            "{BUCKET},{key},v1,false,false,1,{time},old\n{latest}{BUCKET},gone,v1,true,true,,{time},\n"
        )
    };
    let mut files = Vec::new();
    for (number, part) in objects.chunks(objects.len().div_ceil(2)).rev().enumerate() {
        let text: Vec<String> = part.iter().rev().map(line).collect();
        let bytes = gzip(text.concat().as_bytes());
        let key = format!("daily/data/{number}.csv.gz");
        write(&folder.join(&key), &bytes);
        files.push(json!({"key": key, "size": bytes.len(), "MD5checksum": md5(&bytes)}));
    }
    let mut manifest = json!({
        "sourceBucket": BUCKET, "destinationBucket": "arn:aws:s3:::inventories", "version": "2016-11-30",
        "creationTimestamp": created_at.timestamp_millis().to_string(), "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag", "files": files,
    });
    alter(&mut manifest);
    let text = manifest.to_string();
    let path = folder.join("daily/2026-03-02T01-00Z/manifest.json");
    write(&path, text.as_bytes());
    write(&path.with_file_name("manifest.checksum"), md5(text.as_bytes()).as_bytes());
    path
}

impl Scene {
    async fn listed(&self) -> Vec<ListedObject> {
        let objects = self.server.services.open_source(&self.source).await.unwrap();
        objects.list("", Depth::All, None).await.unwrap().objects
    }
}

#[tokio::test]
async fn an_inventory_stands_in_for_a_listing() {
    let scene = scene().await;
    put(&scene.bucket, 4);
    let deleted = put(&scene.bucket, 5);
    write(&scene.bucket.join("notes and + %41.txt"), b"words");
    let mut objects = scene.listed().await;
    // What was written after the inventory had begun is not in it.
    objects.retain(|object| !object.key.contains(&unique(3)));
    fs::remove_file(deleted).unwrap();
    let now = SystemClock.now();
    let path = write_inventory(&scene, &objects, now, |_| {});

    let arguments = ["doctor", "--json", "--reconcile", "--source", "bucket", "--inventory"];
    let arguments = [&arguments[..], &[path.to_str().unwrap()]].concat();
    let checks = scene.world.run(&arguments).await.json();
    let found = checks.as_array().unwrap().iter().find(|check| check["reconciliation"].is_object());
    let found = &found.unwrap_or_else(|| panic!("{checks:#}"))["reconciliation"];
    let listing = &found["listing"];
    assert_eq!(
        (
            &listing["listed"],
            &listing["indexed"],
            &listing["taken_in"],
            &listing["vanished"],
            &listing["foreign"]
        ),
        (&json!(6), &json!(3), &json!(1), &json!(1), &json!(1)),
        "{found:#}"
    );
    assert_eq!(
        (&found["index"]["current"], &found["index"]["newer"]),
        (&json!(3), &json!(1)),
        "{found:#}"
    );
    assert_eq!(found["index"]["gone"], 0);
    assert_eq!(found["archive"]["present"], 4);
    scene.server.read(&format!("/api/v1/events/{}", event_id(4))).await;

    // Of an inventory of a later day the same file would be gone.
    let later = write_inventory(&scene, &objects, now + TimeDelta::days(1), |_| {});
    let later = later.to_str().unwrap();
    let found = reconcile(&scene.server.services, &scene.source, Some(later)).await.unwrap();
    assert_eq!((found.index.gone, found.index.newer), (1, 0), "{found:#?}");
    assert_eq!(found.findings(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_not_the_whole_inventory_of_this_bucket_is_refused() {
    let scene = scene().await;
    let objects = scene.listed().await;
    let now = SystemClock.now();
    let expect = async |path: &Path, words: &str| {
        let path = path.to_str().unwrap();
        let error = reconcile(&scene.server.services, &scene.source, Some(path)).await.unwrap_err();
        assert!(format!("{error:#}").contains(words), "{error:#}: {words}");
    };
    let orc =
        write_inventory(&scene, &objects, now, |manifest| manifest["fileFormat"] = json!("ORC"));
    expect(&orc, "only CSV is read").await;
    let other = write_inventory(&scene, &objects, now, |manifest| {
        manifest["sourceBucket"] = json!("other");
    });
    expect(&other, "the inventory is of the bucket `other`").await;
    let path = write_inventory(&scene, &objects, now, |manifest| {
        manifest["files"][0]["MD5checksum"] = json!("00000000000000000000000000000000");
    });
    expect(&path, "another checksum").await;
    let path = write_inventory(&scene, &objects, now, |manifest| {
        let twice = manifest["files"][0].clone();
        manifest["files"].as_array_mut().unwrap().push(twice);
    });
    expect(&path, "more than once").await;
    let path = write_inventory(&scene, &objects, now, |_| {});
    fs::write(&path, [fs::read(&path).unwrap(), b" ".to_vec()].concat()).unwrap();
    expect(&path, "another checksum").await;
    fs::remove_file(path.with_file_name("manifest.checksum")).unwrap();
    expect(&path, "manifest.checksum").await;
    // None of this is a result; all of it is noted.
    let last = scene.server.services.database.reconciliations().await.unwrap().remove(0).1;
    assert!(last.result.is_none() && last.error.is_some(), "{last:?}");
}
