//! Contents in the order of keys.
#![cfg(feature = "testing")]

use super::*;
use crate::testing::{NOON, world};

#[tokio::test]
async fn pages_are_all_contents_in_the_order_of_bytes() {
    let world = world().await;
    // What a locale sorts otherwise: case, punctuation, and letters beyond ASCII.
    let mut keys = ["b", "B", "a/b", "a.b", "a", "é", "z", "a-b", "a_b", "\u{10000}", "\u{ffff}"];
    let batch: Vec<_> = keys.iter().map(|key| world.object(key, Vec::new())).collect();
    world.commit(&batch).await;
    let mut again = world.object("a/b", Vec::new());
    again.observation.etag = "another".to_owned();
    world.commit(&[again]).await;

    let (mut found, mut after): (Vec<ContentRow>, _) = (Vec::new(), None);
    loop {
        let after_text = after.as_ref().map(|(key, id): &(String, i32)| (key.as_str(), *id));
        let page = world.database.contents_by_key(world.source_id, after_text, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.content.key.clone(), last.object_id));
        found.extend(page);
    }
    let mut expected: Vec<&str> = keys.to_vec();
    expected.push("a/b");
    expected.sort_unstable();
    let found: Vec<&str> = found.iter().map(|row| row.content.key.as_str()).collect();
    assert_eq!(found, expected);
    keys.sort_unstable();
    assert!(world.database.contents_by_key(world.source_id + 1, None, 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn pages_are_read_in_the_order_of_an_index() {
    let world = world().await;
    let batch: Vec<_> =
        (0..200).map(|number| world.object(&format!("key {number}"), Vec::new())).collect();
    world.commit(&batch).await;
    let mut tx = world.owner.begin().await.unwrap();
    sqlx::query("set local enable_sort = off").execute(&mut *tx).await.unwrap();
    sqlx::query("set local enable_seqscan = off").execute(&mut *tx).await.unwrap();
    let plan: Vec<String> = sqlx::query_scalar(
        "explain select object_id from log_object where source_id = 1 and (key collate \"C\", object_id) > ('k', 5)
         order by key collate \"C\", object_id limit 10",
    )
    .fetch_all(&mut *tx)
    .await
    .unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("log_object_by_key") && !plan.contains("Sort"), "{plan}");
}

#[tokio::test]
async fn a_failed_attempt_keeps_the_last_result() {
    let world = world().await;
    let (organization, source) = (world.organization_id, world.source_id);
    let mut result =
        Reconciliation { started_at: NOON, ended_at: NOON, ..Reconciliation::default() };
    result.listing.listed = 7;
    result.listing.failures.insert("access denied".to_owned(), 2);
    let database = &world.database;
    database.note_reconciliation(organization, source, NOON, Ok(&result)).await.unwrap();
    database.note_reconciliation(organization, source, NOON, Err("no answer")).await.unwrap();
    let expected = LastReconciliation {
        tried_at: NOON,
        error: Some("no answer".to_owned()),
        result: Some(result.clone()),
    };
    assert_eq!(database.reconciliations().await.unwrap(), [(source, expected)]);
    database.note_reconciliation(organization, source, NOON, Ok(&result)).await.unwrap();
    assert_eq!(database.reconciliations().await.unwrap()[0].1.error, None);
}
