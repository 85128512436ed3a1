//! The last reading of a queue.
#![cfg(feature = "testing")]

use super::*;
use crate::testing::{NOON, world};
use orgtrail_shared::notifications::QueueCounts;

#[tokio::test]
async fn a_queue_that_can_not_be_read_keeps_its_counts() {
    let world = world().await;
    let (organization, source, database) =
        (world.organization_id, world.source_id, &world.database);
    database.note_queue(organization, source, NOON, Err("access denied")).await.unwrap();
    assert_eq!(database.queue_readings().await.unwrap()[0].1.state, None);

    let counts = QueueCounts { messages: 3, taken_in: 2, ..QueueCounts::default() };
    let state = QueueState {
        url: "https://queue".to_owned(),
        dead_letters: Some(1),
        counts,
        ..QueueState::default()
    };
    database.note_queue(organization, source, NOON, Ok(&state)).await.unwrap();
    let read = |error: Option<&str>| QueueReading {
        read_at: NOON,
        error: error.map(str::to_owned),
        state: Some(state.clone()),
    };
    assert_eq!(database.queue_readings().await.unwrap(), [(source, read(None))]);
    database.note_queue(organization, source, NOON, Err("no answer")).await.unwrap();
    assert_eq!(database.queue_readings().await.unwrap(), [(source, read(Some("no answer")))]);
}
