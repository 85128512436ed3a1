//! Whole objects and what is said about them.

use super::{Capabilities, delete_bucket, get, new_bucket, put, refusal, refused};
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{Delete, ObjectIdentifier, StorageClass};

/// Keys that have gone wrong somewhere once.
pub(super) const ODD_KEYS: [&str; 16] = [
    "plain",
    "with space",
    "with+plus",
    "with%percent",
    "with%20escape",
    "a/b/c",
    "//",
    "a//b",
    "trailing/",
    "/leading",
    "ünïcödé/日本語/🦀",
    "quote\"s'and<xml>&amp;",
    "semi;colon,comma=equals?question#hash",
    "tilde~star*paren()bang!",
    "back\\slash|pipe^caret`tick",
    "AWSLogs/o-exampleorgid/111122223333/CloudTrail/us-east-1/2026/01/02/x_20260102T0000Z.json.gz",
];

pub(super) async fn check(client: &Client, capabilities: &Capabilities) {
    let bucket = new_bucket(client, "objects").await;
    what_is_put_is_got(client, &bucket).await;
    odd_keys_are_keys(client, &bucket).await;
    the_last_write_counts(client, &bucket).await;
    a_large_object_is_streamed(client, &bucket, capabilities).await;
    storage_classes_are_kept(client, &bucket, capabilities).await;
    deletion_is_idempotent(client, &bucket).await;
    many_are_deleted_at_once(client, &bucket).await;
    if capabilities.is_embedded {
        too_much_metadata_is_refused(client, &bucket).await;
    }
    delete_bucket(client, &bucket).await;
}

async fn what_is_put_is_got(client: &Client, bucket: &str) {
    let expires = DateTime::from_secs(2_000_000_000);
    client
        .put_object()
        .bucket(bucket)
        .key("full")
        .body(ByteStream::from_static(b"hello"))
        .content_type("application/json")
        .content_encoding("gzip")
        .content_language("en")
        .content_disposition("attachment")
        .cache_control("no-store")
        .expires(expires)
        .metadata("start-time", "2026-01-01T00:00:00Z")
        .metadata("backfill-generation-timestamp", "")
        .send()
        .await
        .unwrap();
    let head = client.head_object().bucket(bucket).key("full").send().await.unwrap();
    assert_eq!(head.content_length(), Some(5));
    assert_eq!(head.content_type(), Some("application/json"));
    assert_eq!(head.content_encoding(), Some("gzip"));
    assert_eq!(head.content_language(), Some("en"));
    assert_eq!(head.content_disposition(), Some("attachment"));
    assert_eq!(head.cache_control(), Some("no-store"));
    assert_eq!(head.expires_string(), Some("Wed, 18 May 2033 03:33:20 GMT"));
    assert_eq!(head.metadata().unwrap()["start-time"], "2026-01-01T00:00:00Z");
    assert_eq!(head.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    assert_eq!(head.accept_ranges(), Some("bytes"));
    let got = client.get_object().bucket(bucket).key("full").send().await.unwrap();
    assert_eq!((got.e_tag(), got.last_modified()), (head.e_tag(), head.last_modified()));
    assert_eq!((got.content_type(), got.metadata()), (head.content_type(), head.metadata()));
    assert_eq!(super::body(got).await, b"hello");

    put(client, bucket, "empty", b"").await;
    assert_eq!(get(client, bucket, "empty").await, b"");
    let missing = client.get_object().bucket(bucket).key("missing").send().await;
    assert_eq!(refusal(missing), refused(404, "NoSuchKey"));
    assert_eq!(refusal(client.head_object().bucket(bucket).key("missing").send().await).0, 404);
}

async fn odd_keys_are_keys(client: &Client, bucket: &str) {
    for key in ODD_KEYS {
        put(client, bucket, key, key.as_bytes()).await;
    }
    for key in ODD_KEYS {
        assert_eq!(get(client, bucket, key).await, key.as_bytes(), "{key}");
        client.delete_object().bucket(bucket).key(key).send().await.unwrap();
        let gone = client.head_object().bucket(bucket).key(key).send().await;
        assert_eq!(refusal(gone).0, 404, "{key}");
    }
}

async fn the_last_write_counts(client: &Client, bucket: &str) {
    let write = |body: &'static [u8]| {
        client.put_object().bucket(bucket).key("again").body(ByteStream::from_static(body))
    };
    write(b"first").metadata("only", "first").content_encoding("gzip").send().await.unwrap();
    write(b"second").send().await.unwrap();
    let got = client.get_object().bucket(bucket).key("again").send().await.unwrap();
    assert_eq!(got.content_encoding(), None);
    assert!(got.metadata().is_none_or(std::collections::HashMap::is_empty));
    assert_eq!(super::body(got).await, b"second");
}

async fn a_large_object_is_streamed(client: &Client, bucket: &str, capabilities: &Capabilities) {
    let bytes: Vec<u8> = (0..9_000_001_u32).map(|index| (index / 7).to_le_bytes()[0]).collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let body = if capabilities.takes_trailers {
        ByteStream::from_path(file.path()).await.unwrap()
    } else {
        ByteStream::from(bytes.clone())
    };
    client.put_object().bucket(bucket).key("large").body(body).send().await.unwrap();
    assert!(get(client, bucket, "large").await == bytes);
}

async fn storage_classes_are_kept(client: &Client, bucket: &str, capabilities: &Capabilities) {
    let write = |class: &str| {
        let class = StorageClass::from(class);
        client.put_object().bucket(bucket).key("class").storage_class(class).send()
    };
    let read = async || client.head_object().bucket(bucket).key("class").send().await.unwrap();
    write("STANDARD_IA").await.unwrap();
    assert_eq!(read().await.storage_class(), Some(&StorageClass::StandardIa));
    write("STANDARD").await.unwrap();
    assert!(read().await.storage_class().is_none_or(|class| *class == StorageClass::Standard));
    let unknown = refusal(write("MARBLE").await);
    assert_eq!(unknown, refused(400, capabilities.unknown_class_code));
}

async fn deletion_is_idempotent(client: &Client, bucket: &str) {
    put(client, bucket, "short-lived", b"x").await;
    for _ in 0..2 {
        client.delete_object().bucket(bucket).key("short-lived").send().await.unwrap();
    }
    let gone = client.get_object().bucket(bucket).key("short-lived").send().await;
    assert_eq!(refusal(gone), refused(404, "NoSuchKey"));
}

async fn many_are_deleted_at_once(client: &Client, bucket: &str) {
    let keys = ["d/1", "d/2", "d/+ %&<>", "d/absent"];
    for key in &keys[..3] {
        put(client, bucket, key, b"x").await;
    }
    put(client, bucket, "d/kept", b"x").await;
    let doomed = |quiet| {
        let objects = keys.iter().map(|key| ObjectIdentifier::builder().key(*key).build().unwrap());
        Delete::builder().set_objects(Some(objects.collect())).quiet(quiet).build().unwrap()
    };
    let deleted =
        client.delete_objects().bucket(bucket).delete(doomed(false)).send().await.unwrap();
    assert_eq!(deleted.deleted().len(), 4);
    assert_eq!(deleted.errors(), []);
    let quiet = client.delete_objects().bucket(bucket).delete(doomed(true)).send().await.unwrap();
    assert_eq!((quiet.deleted(), quiet.errors()), (&[][..], &[][..]));
    let left = client.list_objects_v2().bucket(bucket).prefix("d/").send().await.unwrap();
    assert_eq!(
        left.contents().iter().map(|object| object.key().unwrap()).collect::<Vec<_>>(),
        ["d/kept"]
    );
}

async fn too_much_metadata_is_refused(client: &Client, bucket: &str) {
    let long = "x".repeat(2048);
    let refused_put =
        client.put_object().bucket(bucket).key("long").metadata("m", long).send().await;
    assert_eq!(refusal(refused_put), refused(400, "MetadataTooLarge"));
}
