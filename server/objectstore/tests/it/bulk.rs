//! The in-process calls of the bulk load.

use crate::world::{World, noon};
use bytes::Bytes;
use chrono::TimeDelta;
use orgtrail_objectstore::{Error, NewObject};
use orgtrail_storage::object_store::{BucketCreation, Usage};

#[tokio::test(flavor = "multi_thread")]
async fn many_objects_are_written_at_once() {
    let world = World::start().await;
    assert_eq!(world.store.create_bucket("bucket").await.unwrap(), BucketCreation::New);
    assert_eq!(world.store.create_bucket("bucket").await.unwrap(), BucketCreation::AlreadyKnown);
    let earlier = noon() - TimeDelta::days(3);
    let mut objects: Vec<NewObject> = (0..300)
        .map(|number| object(&format!("k/{number:03}"), &format!("body {}", number % 250)))
        .collect();
    objects[7].last_modified = Some(earlier);
    world.store.put_many("bucket", objects).await.unwrap();
    assert_eq!(world.blobs().len(), 250, "equal contents are stored once");
    assert_eq!(world.temporary_files().len(), 0);

    let got = world.store.get("bucket", "k/007").await.unwrap().unwrap();
    assert_eq!(&got.body[..], b"body 7");
    assert_eq!(got.last_modified, earlier);
    assert_eq!(got.content_type.as_deref(), Some("application/json"));
    assert_eq!(got.content_encoding.as_deref(), Some("gzip"));
    assert_eq!(got.metadata, [("start-time".to_owned(), "now".to_owned())]);
    let head = world.client().head_object().bucket("bucket").key("k/299").send().await.unwrap();
    assert_eq!(head.last_modified().unwrap().secs(), noon().timestamp());
    assert_eq!(head.content_encoding(), Some("gzip"));
    assert_eq!(head.metadata().unwrap()["start-time"], "now");
    assert_eq!(world.store.get("bucket", "k/300").await.unwrap(), None);
    assert_eq!(world.store.usage().await.unwrap().objects, 300);
    world.stop().await;
}

#[tokio::test]
async fn a_bulk_write_replaces_and_the_last_of_equal_keys_counts() {
    let world = World::start().await;
    world.store.create_bucket("bucket").await.unwrap();
    world.store.put_many("bucket", vec![object("a", "old"), object("b", "kept")]).await.unwrap();
    world.store.put_many("bucket", vec![object("a", "older"), object("a", "new")]).await.unwrap();
    assert_eq!(&world.store.get("bucket", "a").await.unwrap().unwrap().body[..], b"new");
    assert_eq!(world.store.usage().await.unwrap(), Usage { objects: 2, bytes: 7 });
    assert!(world.store.delete("bucket", "a").await.unwrap());
    assert!(!world.store.delete("bucket", "a").await.unwrap());
    world.store.put_many("bucket", Vec::new()).await.unwrap();
    world.stop().await;
}

#[tokio::test]
async fn a_bulk_write_is_all_or_nothing() {
    let world = World::start().await;
    world.store.create_bucket("bucket").await.unwrap();
    let bad_key = world.store.put_many("bucket", vec![object("a", "a"), object("", "b")]).await;
    assert!(matches!(bad_key, Err(Error::InvalidKey { .. })), "{bad_key:?}");
    let no_bucket = world.store.put_many("absent", vec![object("a", "a")]).await;
    assert!(matches!(no_bucket, Err(Error::NoSuchBucket { .. })), "{no_bucket:?}");
    assert_eq!(world.store.usage().await.unwrap(), Usage::default());
    let bad_name = world.store.create_bucket("Bad_Name").await;
    assert!(matches!(bad_name, Err(Error::InvalidBucketName { .. })), "{bad_name:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_bulk_writes_of_the_same_keys_both_succeed() {
    let world = World::start().await;
    world.store.create_bucket("bucket").await.unwrap();
    let load = |reversed: bool| {
        let mut objects: Vec<NewObject> =
            (0..100).map(|number| object(&format!("k/{number}"), &format!("{reversed}"))).collect();
        if reversed {
            objects.reverse();
        }
        world.store.put_many("bucket", objects)
    };
    let (left, right, third) = tokio::join!(load(false), load(true), load(false));
    left.and(right).and(third).unwrap();
    assert_eq!(world.store.usage().await.unwrap().objects, 100);
    world.stop().await;
}

fn object(key: &str, body: &str) -> NewObject {
    NewObject {
        key: key.to_owned(),
        body: Bytes::from(body.to_owned()),
        content_type: Some("application/json".to_owned()),
        content_encoding: Some("gzip".to_owned()),
        metadata: vec![("start-time".to_owned(), "now".to_owned())],
        last_modified: None,
    }
}
