//! What crashes and deletions leave behind, and that nothing else is collected.

use crate::suite::{get, put};
use crate::world::{World, noon, open};
use aws_sdk_s3::primitives::ByteStream;
use orgtrail_domain::clock::Clock;
use orgtrail_objectstore::{Error, ObjectStore};
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[tokio::test]
async fn a_crash_leaves_files_that_are_removed() {
    let world = World::start().await;
    world.store.create_bucket("bucket").await.unwrap();
    put(&world.client(), "bucket", "key", b"kept").await;
    let (directory, metadata, clock) = world.stop().await;
    // A process died while it wrote, and another one between naming the file and recording it.
    fs::write(directory.path().join("temp/half"), b"half").unwrap();
    let orphan = directory.path().join("blobs/ab/cd").join(format!("abcd{}", "0".repeat(60)));
    fs::create_dir_all(orphan.parent().unwrap()).unwrap();
    fs::write(&orphan, b"orphan").unwrap();
    let stranger = directory.path().join("blobs/ab/cd/notes.txt");
    fs::write(&stranger, b"not ours").unwrap();

    let store = open(directory.path(), &metadata, &clock);
    assert!(!directory.path().join("temp/half").exists());
    clock.set(noon() - chrono::TimeDelta::days(36500));
    assert_eq!(store.collect_garbage().await.unwrap().removed, 0);
    assert!(orphan.exists(), "a young file may be about to be recorded");
    clock.set(orgtrail_domain::clock::SystemClock.now() + chrono::TimeDelta::hours(2));
    let collected = store.collect_garbage().await.unwrap();
    assert_eq!((collected.examined, collected.removed), (2, 1));
    assert!(!orphan.exists() && stranger.exists());
    assert_eq!(&store.get("bucket", "key").await.unwrap().unwrap().body[..], b"kept");
    assert_eq!(store.collect_garbage().await.unwrap().removed, 0);
}

#[tokio::test]
async fn a_directory_is_open_once() {
    let world = World::start().await;
    let clock: Arc<dyn Clock> = world.clock.clone();
    let second = ObjectStore::open(world.directory().to_owned(), world.metadata.clone(), clock);
    assert!(matches!(second, Err(Error::InUse { .. })), "{second:?}");
    world.stop().await;
}

#[tokio::test]
async fn equal_contents_are_one_file_until_the_last_name_goes() {
    let world = World::start().await;
    world.store.create_bucket("bucket").await.unwrap();
    let client = world.client();
    for key in ["one", "two"] {
        put(&client, "bucket", key, b"the same").await;
    }
    let copy = client.copy_object().bucket("bucket").key("three").copy_source("bucket/one");
    copy.send().await.unwrap();
    assert_eq!(world.blobs().len(), 1);
    world.age_files();
    for (key, left) in [("one", 1), ("two", 1), ("three", 0)] {
        assert!(world.store.delete("bucket", key).await.unwrap());
        world.store.collect_garbage().await.unwrap();
        assert_eq!(world.blobs().len(), left, "after {key}");
    }
    world.stop().await;
}

#[tokio::test]
async fn parts_of_an_unfinished_upload_are_kept() {
    let world = World::start().await;
    world.store.create_bucket("bucket").await.unwrap();
    let client = world.client();
    let created =
        client.create_multipart_upload().bucket("bucket").key("key").send().await.unwrap();
    let id = created.upload_id().unwrap();
    let upload = client.upload_part().bucket("bucket").key("key").upload_id(id).part_number(1);
    upload.body(ByteStream::from_static(b"part")).send().await.unwrap();
    world.age_files();
    assert_eq!(world.store.collect_garbage().await.unwrap().removed, 0);
    client.abort_multipart_upload().bucket("bucket").key("key").upload_id(id).send().await.unwrap();
    assert_eq!(world.store.collect_garbage().await.unwrap().removed, 1);
    world.stop().await;
}

#[tokio::test]
async fn uploads_that_lie_still_for_a_week_are_given_up() {
    let world = World::start().await;
    world.store.create_bucket("bucket").await.unwrap();
    let client = world.client();
    let days = |days| noon() + chrono::TimeDelta::days(days);
    let begin = async |key: &str| {
        let created = client.create_multipart_upload().bucket("bucket").key(key).send();
        created.await.unwrap().upload_id().unwrap().to_owned()
    };
    let send = async |key: &str, id: &str, number: i32| {
        let upload = client.upload_part().bucket("bucket").key(key).upload_id(id);
        let body = ByteStream::from(format!("{key}{number}").into_bytes());
        upload.part_number(number).body(body).send().await.unwrap();
    };
    let left = async || {
        let listed = client.list_multipart_uploads().bucket("bucket").send().await.unwrap();
        let keys = listed.uploads().iter().map(|upload| upload.key().unwrap().to_owned());
        keys.collect::<Vec<_>>()
    };
    let (abandoned, slow) = (begin("abandoned").await, begin("slow").await);
    begin("empty").await;
    send("abandoned", &abandoned, 1).await;
    send("slow", &slow, 1).await;
    world.clock.set(days(5));
    send("slow", &slow, 2).await;
    begin("young").await;
    world.clock.set(days(7));
    assert_eq!(world.store.give_up_abandoned_uploads().await.unwrap(), 0);
    world.clock.set(days(7) + chrono::TimeDelta::seconds(1));
    assert_eq!(world.store.give_up_abandoned_uploads().await.unwrap(), 2);
    assert_eq!(world.store.give_up_abandoned_uploads().await.unwrap(), 0);
    assert_eq!(left().await, ["slow", "young"]);
    world.clock.set(days(13));
    assert_eq!(world.store.give_up_abandoned_uploads().await.unwrap(), 2);
    assert_eq!(left().await, [""; 0]);
    world.age_files();
    assert_eq!(world.store.collect_garbage().await.unwrap().removed, 3);
    world.stop().await;
}

/// Writers name the very file that the collection is about to remove, again and again. Age protects
/// nothing here: the clock is ahead of every file.
#[tokio::test(flavor = "multi_thread")]
async fn the_collection_never_takes_a_file_from_under_a_writer() {
    let world = World::start().await;
    world.store.create_bucket("bucket").await.unwrap();
    world.age_files();
    let removed = Arc::new(AtomicU64::new(0));
    let writers = (0..6).map(|writer| {
        let (client, store) = (world.client(), world.store.clone());
        let removed = removed.clone();
        tokio::spawn(async move {
            let key = format!("key/{writer}");
            // Until the collection was in the way a few times, and a while after.
            let mut rounds = 0..5000;
            while let Some(round) = rounds.next()
                && (round < 25 || removed.load(Ordering::Relaxed) < 3)
            {
                // Two contents among all writers: orphaned and needed all the time.
                let content = format!("content {}", round % 2).into_bytes();
                put(&client, "bucket", &key, &content).await;
                assert_eq!(get(&client, "bucket", &key).await, content);
                assert!(store.delete("bucket", &key).await.unwrap());
            }
        })
    });
    let all = futures::future::join_all(writers);
    tokio::pin!(all);
    let finished = loop {
        tokio::select! {
            finished = &mut all => break finished,
            collected = world.store.collect_garbage() => {
                removed.fetch_add(collected.unwrap().removed, Ordering::Relaxed);
            }
        }
    };
    for writer in finished {
        writer.unwrap();
    }
    assert!(removed.load(Ordering::Relaxed) > 0, "the collection was never in the way");
    world.stop().await;
}
