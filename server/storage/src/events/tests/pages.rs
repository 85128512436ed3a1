//! Pages: each event once, whatever arrives between two of them.

use crate::events::{EventFilter, EventHit};
use crate::testing::{NOON, World, world};
use chrono::{DateTime, TimeDelta};
use orgtrail_shared::page::EventPosition;
use orgtrail_shared::time::TimeRange;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const DAY: i64 = 86_400;

#[tokio::test]
async fn all_pages_together_are_the_whole_list() {
    let world = with_events(1, 200).await;
    let whole = positions(&page(&world, None, 1_000).await);
    assert_eq!(whole.len(), 200);
    assert!(whole.is_sorted_by(|newer, older| newer > older));
    for rows in [1, 7, 50, 199, 200, 201] {
        let mut joined = Vec::new();
        while let Some(next) = next_page(&world, &joined, rows).await {
            joined.extend(next);
        }
        assert_eq!(joined, whole, "pages of {rows}");
    }
}

#[tokio::test]
async fn events_that_arrive_between_pages_neither_repeat_nor_hide_a_row() {
    let world = with_events(2, 120).await;
    let before = positions(&page(&world, None, 1_000).await);
    let mut random = StdRng::seed_from_u64(3);
    let (mut joined, mut id) = (Vec::new(), 10_000);
    while let Some(next) = next_page(&world, &joined, 9).await {
        joined.extend(next);
        let events = (0..5)
            .map(|_| {
                id += 1;
                world.event(id, -random.random_range(0..3 * DAY))
            })
            .collect();
        world.commit(&[world.object(&id.to_string(), events)]).await;
    }
    assert!(joined.is_sorted_by(|newer, older| newer > older), "no row comes twice");
    assert!(before.iter().all(|position| joined.contains(position)), "no row is skipped");
}

#[tokio::test]
async fn events_of_one_second_are_paged_by_file_and_place() {
    let world = world().await;
    for file in 0..3_u128 {
        let events = (0..4).map(|place| world.event(file * 4 + place, 0)).collect();
        world.commit(&[world.object(&file.to_string(), events)]).await;
    }
    let mut joined: Vec<EventPosition> = Vec::new();
    while let Some(next) = next_page(&world, &joined, 5).await {
        joined.extend(next);
    }
    let ordinals: Vec<i32> = joined.iter().map(|position| position.ordinal).collect();
    assert_eq!(ordinals, (0..12).rev().collect::<Vec<i32>>());
}

#[tokio::test]
async fn a_range_holds_its_start_and_not_its_end() {
    let world = world().await;
    let events =
        (0..4_u128).map(|second| world.event(second, i64::try_from(second).unwrap())).collect();
    world.commit(&[world.object("a", events)]).await;
    let range = TimeRange::new(NOON + TimeDelta::seconds(1), NOON + TimeDelta::seconds(3)).unwrap();
    let filter = EventFilter::default();
    let hits = world.database.events_page(&world.scope(), &filter, range, None, 10).await.unwrap();
    assert_eq!(hits.iter().map(|hit| hit.ordinal).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(world.database.count_events(&world.scope(), &filter, range).await.unwrap(), 2);
}

#[tokio::test]
async fn hiding_reads_and_showing_only_reads_part_the_list() {
    let world = world().await;
    let mut events: Vec<_> = (0..3_u128).map(|id| world.event(id, 0)).collect();
    events[1].flags = 1 << 8; // read
    events[2].flags = 2 << 8; // write
    world.commit(&[world.object("a", events)]).await;
    let (mut without, mut only) = (EventFilter::default(), EventFilter::default());
    without.hide_reads();
    only.only_reads();
    for (filter, wanted) in [(without, &[2, 0][..]), (only, &[1])] {
        let hits =
            world.database.events_page(&world.scope(), &filter, all(), None, 10).await.unwrap();
        assert_eq!(hits.iter().map(|hit| hit.ordinal).collect::<Vec<_>>(), wanted);
    }
}

#[tokio::test]
async fn an_event_is_found_again_at_its_position() {
    let world = with_events(4, 20).await;
    for hit in page(&world, None, 100).await {
        let found = world.database.event_at(&world.scope(), hit.position()).await.unwrap().unwrap();
        assert_eq!(found.hit, hit);
    }
    let nowhere = EventPosition { seconds: NOON.timestamp(), file: 99, ordinal: 0 };
    assert!(world.database.event_at(&world.scope(), nowhere).await.unwrap().is_none());
}

/// Events of three days, many of them in the same second, and a few that are months old.
async fn with_events(seed: u64, count: u128) -> World {
    let mut random = StdRng::seed_from_u64(seed);
    let world = world().await;
    let mut events = [Vec::new(), Vec::new(), Vec::new()];
    for id in 0..count {
        let seconds = match random.random_range(0..10) {
            0..4 => -DAY / 2,
            4 => -random.random_range(0..200 * DAY),
            _ => -random.random_range(0..3 * DAY),
        };
        events[random.random_range(0..3)].push(world.event(id, seconds));
    }
    let objects: Vec<_> = ["a", "b", "c"]
        .into_iter()
        .zip(events)
        .map(|(key, rows)| world.object(key, rows))
        .collect();
    world.commit(&objects).await;
    world
}

fn all() -> TimeRange {
    TimeRange::new(DateTime::UNIX_EPOCH, NOON + TimeDelta::days(1)).unwrap()
}

async fn page(world: &World, after: Option<EventPosition>, rows: u32) -> Vec<EventHit> {
    let filter = EventFilter::default();
    world.database.events_page(&world.scope(), &filter, all(), after, rows).await.unwrap()
}

/// The page behind what was read so far; `None` at the end.
async fn next_page(
    world: &World,
    joined: &[EventPosition],
    rows: u32,
) -> Option<Vec<EventPosition>> {
    let next = positions(&page(world, joined.last().copied(), rows).await);
    assert!(next.len() <= rows as usize);
    (!next.is_empty()).then_some(next)
}

fn positions(hits: &[EventHit]) -> Vec<EventPosition> {
    hits.iter().map(EventHit::position).collect()
}
