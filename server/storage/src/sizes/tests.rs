//! The parts are the whole.
#![cfg(feature = "testing")]

use crate::testing::world;

#[tokio::test]
async fn the_sizes_of_tables_and_indexes_add_up_to_the_whole() {
    let world = world().await;
    let sizes = world.database.relation_sizes().await.unwrap();
    let of = |table: &str, name: &str| {
        let found = sizes.iter().filter(|size| size.table == table && size.name == name);
        found.map(|size| size.bytes).collect::<Vec<_>>()
    };
    // One row for all partitions, and one for each of their indexes.
    assert_eq!(of("event", "event").len(), 1, "{sizes:?}");
    assert_eq!(of("event", "event_once").len(), 1, "{sizes:?}");
    let whole: i64 = sqlx::query_scalar(
        "select sum(pg_total_relation_size(c.oid))::bigint from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname in ('public', 'object_store') and c.relkind = 'r'",
    )
    .fetch_one(&world.owner)
    .await
    .unwrap();
    assert_eq!(sizes.iter().map(|size| size.bytes).sum::<i64>(), whole);
}
