//! Inventories are sorted as buckets list.
#![cfg(feature = "testing")]

use super::*;
use crate::testing::{NOON, world};

fn entry(key: &str) -> ListedContent {
    ListedContent {
        key: key.to_owned(),
        etag: (key != "b").then(|| format!("etag of {key}")),
        size: Some(7),
        last_modified: Some(NOON),
    }
}

#[tokio::test]
async fn an_inventory_is_given_in_the_order_of_bytes() {
    let world = world().await;
    let mut table = world.database.inventory_table().await.unwrap();
    let mut keys = ["z", "a/b", "a.b", "B", "é", "b", "a"];
    for part in keys.chunks(3) {
        let entries: Vec<ListedContent> = part.iter().map(|key| entry(key)).collect();
        table.add(&entries).await.unwrap();
    }
    table.sort().await.unwrap();
    let mut found: Vec<ListedContent> = Vec::new();
    loop {
        let after = found.last().map(|entry| entry.key.clone());
        let page = table.page(after.as_deref(), 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        found.extend(page);
    }
    keys.sort_unstable();
    assert_eq!(found, keys.iter().map(|key| entry(key)).collect::<Vec<_>>());
    assert_eq!(table.doubled().await.unwrap(), 0);
    table.add(&[entry("z")]).await.unwrap();
    assert_eq!(table.doubled().await.unwrap(), 1);
    // The table is its own connection's: two comparisons at once don't meet.
    let mut other = world.database.inventory_table().await.unwrap();
    assert!(other.page(None, 9).await.unwrap().is_empty());
}
