//! Real CloudTrail events of public data sets, found again unchanged.

use crate::server::{Credential, Server};
use crate::world::World;
use orgtrail_domain::inflate::inflate;
use orgtrail_domain::record::split::split_loose;
use orgtrail_shared::console::Role;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_real_event_is_found_again_byte_by_byte() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !data.exists() {
        println!("skipped: {} is not there", data.display());
        return;
    }
    let world = World::new().await;
    let summary = world.import(&data, &[]).await;
    let expected = texts_by_event(&data);
    let count = |name: &str| summary[name].as_u64().unwrap();
    let contents: usize = expected.values().map(Vec::len).sum();
    assert!(contents > 3000, "{contents}");
    assert!(count("events") + count("duplicates") >= contents as u64, "{summary}");

    let server = Server::start(&world).await;
    let token = server.token("script", Role::SecurityAnalyst, &[]).await;
    for (id, texts) in &expected {
        find_again(&server, &token, id, texts).await;
    }
}

/// Fails unless the API gives every content that was imported under the id, as it was written.
async fn find_again(server: &Server, token: &Credential, id: &str, texts: &[String]) {
    let answer = server.get(&format!("/api/v1/events/{id}"), token).await;
    assert_eq!(answer.status, 200, "{id}: {answer:?}");
    let found = answer.json();
    let values: Vec<&Value> =
        found["contents"].as_array().unwrap().iter().map(|content| &content["record"]).collect();
    let mut distinct: Vec<Value> = Vec::new();
    for text in texts {
        let value: Value = serde_json::from_str(text).unwrap();
        assert!(values.contains(&&value), "{id}: {value} is not among {values:?}");
        if !distinct.contains(&value) {
            // The first text of each content is the one that is kept.
            assert!(answer.body.contains(text), "{id}: the text differs");
            distinct.push(value);
        }
    }
    assert_eq!(values.len(), distinct.len(), "{id}");
}

/// The texts of all records that have a proper id, in the order of import.
fn texts_by_event(data: &Path) -> BTreeMap<String, Vec<String>> {
    let mut files = Vec::new();
    walk(data, &mut files);
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        let bytes = inflate(&fs::read(&file).unwrap()).unwrap().bytes;
        for text in split_loose(&bytes).unwrap_or_default().into_iter().flatten() {
            let value: Value = serde_json::from_str(&text).unwrap();
            let id = value["eventID"].as_str().filter(|id| id.parse::<uuid::Uuid>().is_ok());
            if let Some(id) = id {
                texts.entry(id.to_lowercase()).or_default().push(text.clone());
            }
        }
    }
    texts
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            walk(&entry, files);
        } else if entry
            .extension()
            .is_some_and(|ending| ending == "json" || ending == "cloudtrail" || ending == "gz")
        {
            files.push(entry);
        }
    }
}
