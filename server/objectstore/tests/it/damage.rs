//! Files that aren't what they should be: never wrong bytes.

use crate::suite::{get, put, refusal, refused};
use crate::world::World;
use orgtrail_objectstore::Error;
use std::fs;

const LARGE: usize = 3 << 20;

#[tokio::test]
async fn an_altered_small_object_is_an_error() {
    let world = with_objects().await;
    for path in world.blobs() {
        let mut bytes = fs::read(&path).unwrap();
        bytes[0] ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    let client = world.client();
    let got = client.get_object().bucket("bucket").key("small").send().await;
    assert_eq!(refusal(got), refused(500, "InternalError"));
    let ranged = client.get_object().bucket("bucket").key("small").range("bytes=2-3").send().await;
    assert_eq!(refusal(ranged), refused(500, "InternalError"));
    let got = world.store.get("bucket", "small").await;
    assert!(matches!(got, Err(Error::Damaged { state: "altered", .. })), "{got:?}");
    world.stop().await;
}

#[tokio::test]
async fn an_altered_large_object_is_cut_off() {
    let world = with_objects().await;
    for path in world.blobs() {
        let mut bytes = fs::read(&path).unwrap();
        bytes[0] ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    let got = world.client().get_object().bucket("bucket").key("large").send().await.unwrap();
    assert_eq!(got.content_length(), i64::try_from(LARGE).ok());
    assert!(got.body.collect().await.is_err(), "the last bytes are held back");
    world.stop().await;
}

/// Or else the copy would be altered and look sound.
#[tokio::test]
async fn an_altered_object_is_copied_into_no_part() {
    let world = with_objects().await;
    for path in world.blobs() {
        let mut bytes = fs::read(&path).unwrap();
        bytes[0] ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    let client = world.client();
    let created =
        client.create_multipart_upload().bucket("bucket").key("copy").send().await.unwrap();
    let id = created.upload_id().unwrap();
    for (source, range) in [("small", None), ("small", Some("bytes=2-3")), ("large", None)] {
        let copy = client.upload_part_copy().bucket("bucket").key("copy").upload_id(id);
        let copy = copy.part_number(1).copy_source(format!("bucket/{source}"));
        let copied = copy.set_copy_source_range(range.map(str::to_owned)).send().await;
        assert_eq!(refusal(copied), refused(500, "InternalError"), "{source} {range:?}");
    }
    let parts = client.list_parts().bucket("bucket").key("copy").upload_id(id).send().await;
    assert_eq!(parts.unwrap().parts(), []);
    assert_eq!(world.temporary_files(), Vec::<std::path::PathBuf>::new());
    world.stop().await;
}

#[tokio::test]
async fn a_missing_or_shortened_file_is_an_error_and_is_repaired_by_the_next_upload() {
    let world = with_objects().await;
    let client = world.client();
    for path in world.blobs() {
        let length = fs::metadata(&path).unwrap().len();
        if length > 100 {
            fs::File::options().write(true).open(&path).unwrap().set_len(length - 1).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
    }
    for key in ["small", "large"] {
        let got = client.get_object().bucket("bucket").key(key).send().await;
        assert_eq!(refusal(got), refused(500, "InternalError"), "{key}");
    }
    put(&client, "bucket", "copy of small", b"small object").await;
    put(&client, "bucket", "copy of large", &vec![7; LARGE]).await;
    assert_eq!(get(&client, "bucket", "small").await, b"small object");
    assert!(get(&client, "bucket", "large").await == vec![7; LARGE]);
    world.stop().await;
}

async fn with_objects() -> World {
    let world = World::start().await;
    world.store.create_bucket("bucket").await.unwrap();
    put(&world.client(), "bucket", "small", b"small object").await;
    put(&world.client(), "bucket", "large", &vec![7; LARGE]).await;
    world
}
