//! The rules that SQL holds for the embedded store, on a real Postgres.
#![cfg(feature = "testing")]

use super::{
    Attributes, BucketDeletion, Completion, Condition, Content, Deletion, ListEntry, ListQuery,
    Lookup, NewPart, ObjectMetadata, ObjectVersion, PutOutcome, Upload,
};
use crate::testing::{TestDatabase, database};
use chrono::{DateTime, Utc};
use sqlx::{Executor, PgPool};
use uuid::Uuid;

const BUCKET: &str = "bucket";

#[tokio::test]
async fn the_schema_refuses_what_must_not_be() {
    let TestDatabase { pool, .. } = database().await;
    let (metadata, now) = (ObjectMetadata::new(pool.clone()), now());
    metadata.create_bucket(BUCKET, now).await.unwrap();
    metadata.put(BUCKET, &version("key", b'a'), &Condition::Always).await.unwrap();
    for (statement, constraint) in [
        ("update object_store.object_version set sha256 = '\\x00'", "object_version_sha256_length"),
        ("update object_store.object_version set size = -1", "object_version_size_is_possible"),
        ("update object_store.object_version set etag = '\"quoted\"'", "object_version_etag_is_md5"),
        ("update object_store.object_version set key = ''", "object_version_key_length"),
        ("update object_store.object_version set sha256 = null", "object_version_content_is_whole"),
        ("update object_store.object_version set is_delete_marker = true", "object_version_content_is_whole"),
        ("update object_store.object_version set storage_class = 'MARBLE'", "object_version_storage_class_is_known"),
        ("update object_store.object_version set retention_mode = 'COMPLIANCE'", "object_version_retention_is_whole"),
        ("update object_store.object_version set user_metadata = '[]'", "object_version_metadata_is_object"),
        ("update object_store.bucket set is_lock_enabled = true", "bucket_lock_needs_versions"),
        ("update object_store.bucket set name = 'Not/A/Name'", "bucket_name_is_valid"),
        (
            "insert into object_store.object_version (bucket_id, key, version_id, sha256, size, etag, storage_class, last_modified)
             select bucket_id, key, 'v2', sha256, size, etag, storage_class, last_modified from object_store.object_version",
            "object_version_latest",
        ),
        ("delete from object_store.bucket", "object_version_bucket"),
    ] {
        assert_eq!(violated(&pool, statement).await.as_deref(), Some(constraint), "{statement}");
    }
}

#[tokio::test]
async fn a_condition_decides_about_a_write() {
    let metadata = with_bucket().await;
    let put = async |content, condition| {
        metadata.put(BUCKET, &version("key", content), &condition).await.unwrap()
    };
    let first = "61".repeat(16);
    assert_eq!(put(b'a', Condition::IfPresent).await, PutOutcome::NoSuchKey);
    assert_eq!(put(b'a', Condition::IfMatch(first.clone())).await, PutOutcome::NoSuchKey);
    assert_eq!(put(b'a', Condition::IfAbsent).await, PutOutcome::Stored);
    assert_eq!(put(b'b', Condition::IfAbsent).await, PutOutcome::PreconditionFailed);
    assert_eq!(put(b'b', Condition::IfMatch(first.clone())).await, PutOutcome::Stored);
    assert_eq!(put(b'c', Condition::IfMatch(first)).await, PutOutcome::PreconditionFailed);
    assert_eq!(found(&metadata, "key").await, Some(version("key", b'b')));
    let absent = metadata.put("absent", &version("key", b'a'), &Condition::Always).await.unwrap();
    assert_eq!(absent, PutOutcome::NoSuchBucket);
}

#[tokio::test]
async fn concurrent_writers_of_a_new_key_all_succeed_and_one_creator_wins() {
    let metadata = with_bucket().await;
    for round in 0..20 {
        let key = format!("key/{round}");
        let put = |condition: Condition| {
            let (metadata, version) = (metadata.clone(), version(&key, b'a'));
            async move { metadata.put(BUCKET, &version, &condition).await.unwrap() }
        };
        let replaced = futures::future::join_all((0..10).map(|_| put(Condition::Always))).await;
        assert!(replaced.iter().all(|outcome| *outcome == PutOutcome::Stored), "{replaced:?}");
        metadata.delete(BUCKET, &key, None).await.unwrap();
        let created = futures::future::join_all((0..10).map(|_| put(Condition::IfAbsent))).await;
        let winners = created.iter().filter(|outcome| **outcome == PutOutcome::Stored).count();
        assert_eq!(winners, 1, "{created:?}");
    }
}

#[tokio::test]
async fn a_bucket_is_deleted_only_when_it_holds_nothing() {
    let metadata = with_bucket().await;
    metadata.put(BUCKET, &version("key", b'a'), &Condition::Always).await.unwrap();
    assert_eq!(metadata.delete_bucket(BUCKET).await.unwrap(), BucketDeletion::NotEmpty);
    assert_eq!(
        metadata.delete(BUCKET, "key", Some("other")).await.unwrap(),
        Deletion::NothingDeleted
    );
    assert_eq!(metadata.delete(BUCKET, "key", None).await.unwrap(), Deletion::Deleted);
    let upload = upload("key");
    assert!(metadata.create_upload(BUCKET, &upload).await.unwrap());
    assert_eq!(metadata.delete_bucket(BUCKET).await.unwrap(), BucketDeletion::NotEmpty);
    assert!(metadata.abort_upload(BUCKET, "key", upload.upload_id).await.unwrap());
    assert_eq!(metadata.delete_bucket(BUCKET).await.unwrap(), BucketDeletion::Deleted);
    assert_eq!(metadata.delete_bucket(BUCKET).await.unwrap(), BucketDeletion::NoSuchBucket);
}

#[tokio::test]
async fn a_writer_and_the_deletion_of_its_bucket_never_both_succeed() {
    let metadata = with_bucket().await;
    for _ in 0..30 {
        let object = version("key", b'a');
        let (put, deleted) = tokio::join!(
            metadata.put(BUCKET, &object, &Condition::Always),
            metadata.delete_bucket(BUCKET)
        );
        match (put.unwrap(), deleted.unwrap()) {
            (PutOutcome::Stored, BucketDeletion::NotEmpty) => {
                metadata.delete(BUCKET, "key", None).await.unwrap();
            }
            (PutOutcome::NoSuchBucket, BucketDeletion::Deleted) => {
                metadata.create_bucket(BUCKET, now()).await.unwrap();
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn an_upload_is_completed_once_and_only_with_the_parts_that_were_read() {
    let metadata = with_bucket().await;
    let upload = upload("key");
    let id = upload.upload_id;
    metadata.create_upload(BUCKET, &upload).await.unwrap();
    assert!(metadata.put_part(id, &part(1, b'a'), now()).await.unwrap());
    let read = metadata.list_parts(id, 0, 10).await.unwrap();
    assert!(metadata.put_part(id, &part(1, b'b'), now()).await.unwrap());
    let object = version("key", b'a');
    let complete = async |parts: &[super::Part], condition: &Condition| {
        metadata.complete_upload(BUCKET, id, parts, &object, condition).await.unwrap()
    };
    assert_eq!(complete(&read, &Condition::Always).await, Completion::PartsChanged);
    let read = metadata.list_parts(id, 0, 10).await.unwrap();
    let failed = Completion::Put(PutOutcome::NoSuchKey);
    assert_eq!(complete(&read, &Condition::IfPresent).await, failed);
    assert!(
        metadata.lookup_upload(BUCKET, "key", id).await.unwrap().is_some(),
        "it may be tried again"
    );
    let (one, other) =
        tokio::join!(complete(&read, &Condition::Always), complete(&read, &Condition::Always));
    let stored = Completion::Put(PutOutcome::Stored);
    assert!(
        [(stored, Completion::NoSuchUpload), (Completion::NoSuchUpload, stored)]
            .contains(&(one, other))
    );
    assert_eq!(found(&metadata, "key").await, Some(object));
    assert!(!metadata.put_part(id, &part(2, b'c'), now()).await.unwrap());
}

#[tokio::test]
async fn what_a_row_names_is_no_garbage() {
    let metadata = with_bucket().await;
    metadata.put(BUCKET, &version("key", b'a'), &Condition::Always).await.unwrap();
    let upload = upload("key");
    metadata.create_upload(BUCKET, &upload).await.unwrap();
    metadata.put_part(upload.upload_id, &part(1, b'b'), now()).await.unwrap();
    let candidates = [[b'a'; 32], [b'b'; 32], [b'c'; 32]];
    assert_eq!(metadata.list_unreferenced(&candidates).await.unwrap(), [[b'c'; 32]]);
    let locked = metadata.lock_unreferenced(&candidates).await.unwrap();
    assert_eq!(locked.hashes, [[b'c'; 32]]);
    // A writer waits until the files are gone.
    let (other, object) = (metadata.clone(), version("new", b'c'));
    let writer = tokio::spawn(async move { other.put(BUCKET, &object, &Condition::Always).await });
    wait_for_blocked_writer(&metadata.pool).await;
    assert!(!writer.is_finished());
    locked.release().await.unwrap();
    assert_eq!(writer.await.unwrap().unwrap(), PutOutcome::Stored);
}

#[tokio::test]
async fn keys_are_listed_in_bytewise_order_in_any_locale() {
    let metadata = with_bucket().await;
    let keys = ["b", "a/2", "B", "a/1", "ä", "Z", "a0", "a"];
    let versions: Vec<ObjectVersion> = keys.iter().map(|key| version(key, b'a')).collect();
    assert_eq!(metadata.put_many(BUCKET, &versions).await.unwrap(), PutOutcome::Stored);
    let names = async |delimiter, limit| {
        let query = ListQuery { bucket: BUCKET, prefix: "", delimiter, from: "", limit };
        let page = metadata.list(&query).await.unwrap().unwrap();
        let names: Vec<String> = page.entries.iter().map(|entry| entry.name().to_owned()).collect();
        (names.join(" "), page.has_more)
    };
    assert_eq!(names(None, 10).await, ("B Z a a/1 a/2 a0 b ä".to_owned(), false));
    assert!(!names(None, 8).await.1);
    assert_eq!(names(None, 7).await, ("B Z a a/1 a/2 a0 b".to_owned(), true));
    assert_eq!(names(Some("/"), 10).await, ("B Z a a/ a0 b ä".to_owned(), false));
    let query = ListQuery { bucket: "absent", prefix: "", delimiter: None, from: "", limit: 1 };
    assert_eq!(metadata.list(&query).await.unwrap(), None);
}

#[tokio::test]
async fn a_common_prefix_costs_one_probe_however_many_keys_it_has() {
    let metadata = with_bucket().await;
    let versions: Vec<ObjectVersion> =
        (0..3000).map(|number| version(&format!("{}/{number:05}", number % 3), b'a')).collect();
    metadata.put_many(BUCKET, &versions).await.unwrap();
    metadata.pool.execute("analyze object_store.object_version").await.unwrap();
    let query = ListQuery { bucket: BUCKET, prefix: "", delimiter: Some("/"), from: "", limit: 10 };
    let page = metadata.list(&query).await.unwrap().unwrap();
    let expected = ["0/", "1/", "2/"].map(|prefix| ListEntry::Prefix(prefix.to_owned()));
    assert_eq!((page.entries.as_slice(), page.has_more), (&expected[..], false));
    let plan: Vec<String> = sqlx::query_scalar(
        "explain select key from object_store.object_version
         where bucket_id = 1 and is_latest and key >= 'a' and key < 'b' order by key limit 1",
    )
    .fetch_all(&metadata.pool)
    .await
    .unwrap();
    assert!(plan.join("\n").contains("object_version_latest"), "{plan:#?}");
}

/// Waits until a statement of another connection waits for a lock.
async fn wait_for_blocked_writer(pool: &PgPool) {
    for _ in 0..10_000 {
        let waiting: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'",
        )
        .fetch_one(pool)
        .await
        .unwrap();
        if waiting > 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("no writer was made to wait");
}

async fn with_bucket() -> ObjectMetadata {
    let metadata = ObjectMetadata::new(database().await.pool);
    metadata.create_bucket(BUCKET, now()).await.unwrap();
    metadata
}

/// The constraint or index that a statement runs against.
async fn violated(pool: &PgPool, statement: &'static str) -> Option<String> {
    let error = sqlx::query(statement).execute(pool).await.unwrap_err();
    error.as_database_error()?.constraint().map(str::to_owned)
}

async fn found(metadata: &ObjectMetadata, key: &str) -> Option<ObjectVersion> {
    match metadata.lookup(BUCKET, key).await.unwrap() {
        Lookup::Found(version) => Some(*version),
        Lookup::NoSuchKey | Lookup::NoSuchBucket => None,
    }
}

/// A version whose hashes are all `content`.
fn version(key: &str, content: u8) -> ObjectVersion {
    let mut attributes = Attributes::default();
    attributes.user.insert("name".to_owned(), "välue".to_owned());
    ObjectVersion {
        key: key.to_owned(),
        content: Content {
            sha256: [content; 32],
            size: 5,
            etag: format!("{content:02x}").repeat(16),
            checksum: None,
        },
        attributes,
        last_modified: now(),
    }
}

fn upload(key: &str) -> Upload {
    Upload {
        upload_id: Uuid::from_u128(rand::random()),
        key: key.to_owned(),
        attributes: Attributes::default(),
        checksum: None,
        initiated_at: now(),
    }
}

fn part(part_number: i32, content: u8) -> NewPart {
    NewPart {
        part_number,
        sha256: [content; 32],
        md5: [content; 16],
        size: 5,
        checksum_value: None,
    }
}

fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}
