//! What the archive of a real installation says it keeps, it holds: by either way to the embedded store.

use crate::server::Server;
use crate::world::World;
use bytes::Bytes;
use futures::future::join_all;
use orgtrail_cloud::archive::{Archive, NewCopy, Put};
use orgtrail_cloud::credentials::s3_client;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

fn copy(key: &str, body: &str) -> NewCopy {
    let body = Bytes::from(body.to_owned());
    NewCopy {
        key: key.to_owned(),
        sha256: Sha256::digest(&body).into(),
        body,
        metadata: vec![("start-time".to_owned(), "now".to_owned())],
    }
}

/// The archive as this process reaches it, and as another one does.
async fn ways(server: &Server) -> [Archive; 2] {
    let here = server.services.archive.clone();
    let client = s3_client(&server.services.store_access).await;
    let there = Archive::new(client, here.bucket().to_owned());
    [here, there]
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_that_come_at_once_are_all_kept_whoever_writes_them() {
    let world = World::new().await;
    let server = Server::start(&world).await;
    let ways = ways(&server).await;
    // Each key comes twice by each way, from callers of which some give up.
    let work = (0..240).map(|number| {
        let archive = ways[number % 2].clone();
        let name = number / 4;
        tokio::spawn(async move {
            let keep = archive.keep(copy(&format!("k/{name}"), &format!("body {name}")));
            if number % 12 == 5 {
                tokio::select! { biased; kept = keep => kept, () = tokio::task::yield_now() => Ok(()) }
            } else {
                keep.await
            }
        })
    });
    for kept in join_all(work).await {
        kept.unwrap().unwrap();
    }
    for archive in &ways {
        for name in 0..60 {
            let found = archive.get(archive.bucket(), &format!("k/{name}"), 100).await.unwrap();
            assert_eq!(found.body, format!("body {name}"));
            assert_eq!(found.metadata, [("start-time".to_owned(), "now".to_owned())]);
        }
    }
    server.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ways_show_what_they_write_and_touch_nothing_that_is_there() {
    let world = World::new().await;
    let server = Server::start(&world).await;
    let ways = ways(&server).await;
    for (way, archive) in ways.iter().enumerate() {
        let key = format!("key of {way}");
        // The embedded store refuses wrong checksums, so what it answers is its own finding.
        assert_eq!(archive.put_new(copy(&key, "first")).await.unwrap(), Put::Proven);
        assert_eq!(archive.put_new(copy(&key, "second")).await.unwrap(), Put::Existed);
        archive.keep(copy(&key, "first")).await.unwrap();
        let refused = archive.keep(copy(&key, "second")).await.unwrap_err();
        assert!(refused.to_string().contains("can't be trusted"), "{refused}");
        let refused = archive.keep(copy(&key, "first and more")).await.unwrap_err();
        assert!(refused.to_string().contains("can't be trusted"), "{refused}");
        assert!(archive.put_new(copy("", "no key")).await.is_err());
        archive.is_reachable().await.unwrap();
    }
    let objects = join_all(ways.iter().map(|way| way.get(way.bucket(), "key of 0", 100))).await;
    let objects: Vec<_> = objects.into_iter().map(Result::unwrap).collect();
    assert_eq!(objects[0], objects[1], "an object looks the same on either way");
    server.close().await;
}

#[tokio::test]
async fn what_is_damaged_is_neither_kept_nor_given_out_until_it_is_written_again() {
    let world = World::new().await;
    let server = Server::start(&world).await;
    let [here, _] = ways(&server).await;
    here.keep(copy("key", "the bytes")).await.unwrap();
    for path in blobs(&world.data_directory().join("store/blobs")) {
        fs::write(path, "the bites").unwrap();
    }
    let read = here.get(here.bucket(), "key", 100).await.unwrap_err();
    assert!(read.to_string().contains("altered"), "{read}");
    // A repeat brings the same content, which takes the place of the damaged file.
    here.keep(copy("key", "the bytes")).await.unwrap();
    assert_eq!(here.get(here.bucket(), "key", 100).await.unwrap().body, "the bytes");
    server.close().await;
}

#[tokio::test]
async fn an_archive_that_outlives_its_store_says_so() {
    let world = World::new().await;
    let server = Server::start(&world).await;
    let [here, _] = ways(&server).await;
    server.close().await;
    assert!(here.keep(copy("key", "body")).await.unwrap_err().may_pass());
    assert!(here.is_reachable().await.unwrap_err().may_pass());
    // And doesn't keep the next one from its files.
    Server::start(&world).await.close().await;
}

fn blobs(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { blobs(&path) } else { vec![path] }).collect()
}
