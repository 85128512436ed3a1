//! Segments hold the rows, each once, whatever happens.
#![cfg(feature = "testing")]

use crate::copy::EventRow;
use crate::events::{Answer, EventFilter, Question, SegmentCache};
use crate::log_objects::{Committed, NewObject};
use crate::testing::{NOON, World, world};
use crate::{AccountScope, Result, Scope, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_domain::segment::{Column, Segment, SegmentRow};
use orgtrail_shared::time::TimeRange;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// A row with the account that it belongs to.
type Owned = (i32, SegmentRow);

async fn rows_in_the_index(world: &World) -> Vec<Owned> {
    let rows: Vec<(i32, Vec<i32>)> = sqlx::query_as(
        "select account_id, array[t, object_id, ordinal, name_id, region_id, principal_id, session_id, ip_id, agent_id,
             error_id, kind_id, flags] from event order by t desc, object_id desc, ordinal desc",
    )
    .fetch_all(&world.owner)
    .await
    .unwrap();
    let row = |values: &[i32]| SegmentRow {
        t: values[0],
        object_id: values[1],
        ordinal: values[2],
        ids: values[3..3 + Column::COUNT].try_into().unwrap(),
    };
    rows.iter().map(|(account, values)| (*account, row(values))).collect()
}

async fn rows_in_segments(world: &World) -> Vec<Owned> {
    let stored: Vec<(Vec<i32>, Vec<u8>)> = sqlx::query_as(
        "select array[account_id, day, days, t0, t1, row_count], columns from segment",
    )
    .fetch_all(&world.owner)
    .await
    .unwrap();
    let mut rows: Vec<Owned> = Vec::new();
    for (numbers, block) in stored {
        let [account, day, days, t0, t1, count] = numbers.try_into().unwrap();
        let segment = Segment::decode(&block).unwrap();
        assert_eq!(segment.account_id(), account);
        assert_eq!(segment.times(), Some((t0, t1)));
        assert_eq!(segment.len(), usize::try_from(count).unwrap());
        let stretch = day..day + days;
        assert!(segment.rows().all(|row| stretch.contains(&row.t.div_euclid(86_400))));
        rows.extend(segment.rows().map(|row| (account, row)));
    }
    rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.place()));
    rows
}

async fn assert_equal(world: &World) -> usize {
    let rows = rows_in_the_index(world).await;
    assert_eq!(rows_in_segments(world).await, rows);
    assert!(world.database.is_segmented().await.unwrap());
    rows.len()
}

/// Events of any account, today, earlier and at odd times; ids repeat.
fn events(world: &World, random: &mut StdRng) -> Vec<EventRow> {
    let count = random.random_range(0..30);
    (0..count)
        .map(|ordinal| {
            let back = match random.random_range(0..12) {
                0 => random.random_range(0..200) * 86_400,
                1 => -random.random_range(0..4_000) * 86_400,
                _ => random.random_range(0..20_000),
            };
            let mut event = world.event(random.random_range(0..200), -back);
            event.ordinal = ordinal;
            event.account_id = world.accounts[random.random_range(0..3)];
            event.name_id = random.random_range(0..5);
            event.ip_id = random.random_range(0..500);
            event.flags = random.random_range(0..3) << 8;
            event.variant = random.random_range(0..2);
            event
        })
        .collect()
}

fn later(hours: i64) -> DateTime<Utc> {
    NOON + TimeDelta::hours(hours)
}

#[tokio::test]
async fn segments_equal_the_rows_after_commits_duplicates_replacements_and_merges() {
    let world = world().await;
    let mut random = StdRng::seed_from_u64(1);
    let (mut refused, mut known, mut merged) = (0, 0, 0);
    let mut last: Vec<NewObject> = Vec::new();
    for turn in 0..60 {
        let mut batch: Vec<NewObject> = (0..random.random_range(1..4))
            .map(|file| world.object(&format!("{turn} {file}"), events(&world, &mut random)))
            .collect();
        match turn % 5 {
            // The same objects once more.
            1 => batch.clone_from(&last),
            // Other content under keys that are known.
            2 => {
                for (object, before) in batch.iter_mut().zip(&last) {
                    object.observation.key.clone_from(&before.observation.key);
                }
            }
            // An event that is known, in another file.
            3 => batch[0]
                .events
                .extend(last.iter().flat_map(|object| &object.events).next().cloned()),
            _ => {}
        }
        match world.commit(&batch).await {
            Committed::EventExists => refused += 1,
            Committed::Stored(fresh) => known += fresh.iter().filter(|fresh| !**fresh).count(),
        }
        last = batch;
        if turn % 4 == 3 {
            assert_equal(&world).await;
            let moment = later([0, 1, 30][turn / 4 % 3]);
            merged += world.database.merge_segments(moment).await.unwrap().before;
            assert_equal(&world).await;
        }
    }
    let rows = assert_equal(&world).await;
    assert!(
        rows > 100 && refused > 5 && known > 5 && merged > 20,
        "{rows} {refused} {known} {merged}"
    );
}

#[tokio::test]
async fn merging_ends_with_one_segment_per_account_and_day_and_then_changes_nothing() {
    let world = world().await;
    for file in 0..9 {
        let events = (0..5).map(|n| world.event(file * 5 + n, -i64::try_from(n * 3_000).unwrap()));
        world.commit(&[world.object(&format!("{file}"), events.collect())]).await;
    }
    let levels = async || -> Vec<(i16, i32)> {
        sqlx::query_as("select level, row_count from segment order by t1 desc, level")
            .fetch_all(&world.owner)
            .await
            .unwrap()
    };
    assert_eq!(levels().await.len(), 9);
    // The newest event of each lies in the running hour, whose batches are many enough.
    world.database.merge_segments(later(0)).await.unwrap();
    assert_eq!(levels().await, [(1, 45)]);
    world.commit(&[world.object("late", vec![world.event(100, -7_000)])]).await;
    assert_eq!(levels().await, [(1, 45), (0, 1)]);
    world.database.merge_segments(later(24)).await.unwrap();
    assert_eq!(levels().await, [(2, 46)]);
    let again = world.database.merge_segments(later(24)).await.unwrap();
    assert_eq!((again.before, again.after), (0, 0));
    assert_equal(&world).await;
}

/// How many segments of each level there are, with their rows.
async fn levels(world: &World) -> Vec<(i16, i64, i64)> {
    sqlx::query_as(
        "select level, count(*), sum(row_count)::bigint from segment group by level order by level desc",
    )
    .fetch_all(&world.owner)
    .await
    .unwrap()
}

#[tokio::test]
async fn months_and_years_of_small_accounts_become_one_segment_each() {
    let world = world().await;
    let mut number = 0;
    // The newest is the last second of 2024; two on every other day of more than two years before.
    let mut year = |from_day: i64, pairs: i64| {
        let end = -(NOON.timestamp() - 1_735_689_600) - 1 - from_day * 86_400;
        let mut event = |day: i64, n: i64| {
            number += 1;
            let mut event = world.event(number, end - day * 2 * 86_400 - n * 3_600);
            event.account_id = world.accounts[usize::try_from(day % 3).unwrap()];
            event
        };
        (0..pairs).flat_map(|day| [event(day, 0), event(day, 1)]).collect::<Vec<_>>()
    };
    for (file, part) in year(0, 400).chunks(50).enumerate() {
        world.commit(&[world.object(&format!("{file}"), part.to_vec())]).await;
    }
    assert_equal(&world).await;
    world.database.merge_segments(later(0)).await.unwrap();
    // 2024, 2023 and 2022 of three accounts.
    assert_eq!(levels(&world).await, [(4, 9, 800)]);
    let again = world.database.merge_segments(later(1)).await.unwrap();
    assert_eq!((again.before, again.after), (0, 0));
    assert_equal(&world).await;

    // A late file is left beside the year until there are many, or much.
    world.commit(&[world.object("late", year(10, 1))]).await;
    world.database.merge_segments(later(2)).await.unwrap();
    assert_eq!(levels(&world).await.first(), Some(&(4, 9, 800)));
    for file in 0..8 {
        world.commit(&[world.object(&format!("late {file}"), year(10 + file * 2, 1))]).await;
    }
    world.database.merge_segments(later(3)).await.unwrap();
    assert_eq!(levels(&world).await, [(4, 9, 800), (3, 1, 18)]);
    world.commit(&[world.object("much", year(20, 120))]).await;
    world.database.merge_segments(later(4)).await.unwrap();
    assert_eq!(levels(&world).await, [(4, 9, 1_058)]);
    assert_eq!(assert_equal(&world).await, 1_058);
}

#[tokio::test]
async fn a_file_of_an_older_version_in_a_merged_month_gets_a_segment_of_its_own() {
    let world = world().await;
    for file in 0..12_u128 {
        let days = i64::try_from(file).unwrap() * -86_400 - 30 * 86_400;
        let rows = (0..3).map(|n| world.event(file * 3 + n, days)).collect();
        world.commit(&[world.object(&format!("{file}"), rows)]).await;
    }
    world.database.merge_segments(later(20 * 24)).await.unwrap();
    assert_eq!(levels(&world).await, [(3, 1, 36)]);
    // A file of an older version came in the middle of the month: it has no segment.
    world.commit(&[world.object("old", vec![world.event(99, -35 * 86_400)])]).await;
    sqlx::raw_sql(
        "delete from segment where level = 0;
         update log_object set is_segmented = false where key = 'old'",
    )
    .execute(&world.owner)
    .await
    .unwrap();
    assert_eq!(world.database.build_segments().await.unwrap(), 1);
    assert_eq!(assert_equal(&world).await, 37);
}

#[tokio::test]
async fn merges_and_commits_at_the_same_time_lose_nothing_and_double_nothing() {
    let world = world().await;
    let mut events = 0;
    for turn in 0..6_u128 {
        let batches: Vec<[NewObject; 1]> = (0..6_u128)
            .map(|file| {
                let rows = (0..4).map(|n| world.event(turn * 100 + file * 10 + n, -60)).collect();
                [world.object(&format!("{turn} {file}"), rows)]
            })
            .collect();
        events += 24;
        let commits = futures::future::join_all(batches.iter().map(|batch| world.commit(batch)));
        let merge = || world.database.merge_segments(later(2));
        let (_, one, other, third) = tokio::join!(commits, merge(), merge(), merge());
        for merged in [one, other, third] {
            merged.unwrap();
        }
    }
    assert_eq!(assert_equal(&world).await, events);
}

#[tokio::test]
async fn files_of_an_older_version_get_their_segments() {
    let world = world().await;
    let mut random = StdRng::seed_from_u64(2);
    for file in 0..5 {
        let mut rows = events(&world, &mut random);
        for row in &mut rows {
            row.event_id = uuid::Uuid::from_u128(random.random());
        }
        world.commit(&[world.object(&format!("{file}"), rows)]).await;
    }
    assert_eq!(world.database.build_segments().await.unwrap(), 0, "nothing is missing");
    let forget = "delete from segment; update log_object set is_segmented = false";
    sqlx::raw_sql(forget).execute(&world.owner).await.unwrap();
    assert!(!world.database.is_segmented().await.unwrap());
    // Two processes that begin at once share the files.
    let (one, other) =
        tokio::join!(world.database.build_segments(), world.database.build_segments());
    assert_eq!(one.unwrap() + other.unwrap(), 5);
    assert_equal(&world).await;
    assert_eq!(world.database.build_segments().await.unwrap(), 0);
}

#[tokio::test]
async fn what_can_not_be_read_is_built_anew_with_all_that_is_merged_around_it() {
    let world = world().await;
    for file in 0..12_u128 {
        let days = i64::try_from(file).unwrap() * -86_400 - 30 * 86_400;
        let rows = (0..3).map(|n| world.event(file * 3 + n, days)).collect();
        world.commit(&[world.object(&format!("{file}"), rows)]).await;
    }
    world.database.merge_segments(later(20 * 24)).await.unwrap();
    world.commit(&[world.object("late", vec![world.event(99, -35 * 86_400)])]).await;
    for damage in [
        "update segment set columns = '\\x00' where level = 3",
        "update segment set columns = '\\x00' where segment_id = (select max(segment_id) from segment)",
        // A merge meets one that is damaged, and goes on with the others.
        "update segment set columns = '\\x00' where segment_id = (select min(segment_id) from segment)",
    ] {
        sqlx::raw_sql(damage).execute(&world.owner).await.unwrap();
        let cache = SegmentCache::new(1 << 20);
        let count = count(&world, &cache).await;
        assert!(matches!(count, Err(StoreError::Corrupt { .. })), "{count:?}");
        let unreadable = cache.take_unreadable();
        assert_eq!((unreadable.len(), cache.take_unreadable().len()), (1, 0));
        let merged = world.database.merge_segments(later(20 * 24)).await.unwrap();
        let mut rebuilt = merged.rebuilt;
        for id in unreadable {
            rebuilt += world.database.rebuild_segment(id).await.unwrap();
        }
        assert!(rebuilt > 0, "{damage}");
        assert_eq!(assert_equal(&world).await, 37, "{damage}");
    }
}

async fn count(world: &World, cache: &SegmentCache) -> Result<Vec<Answer>> {
    let range = TimeRange::new(NOON - TimeDelta::days(400), NOON + TimeDelta::days(1)).unwrap();
    let filter = EventFilter::default();
    let scope = Scope {
        organization_id: world.organization_id,
        accounts: AccountScope::All,
        from: None,
        to: None,
    };
    world.database.count_in_segments(cache, &scope, range, &[(&filter, Question::Count)]).await
}

#[tokio::test]
async fn a_batch_that_fails_leaves_no_segment() {
    let world = world().await;
    world.commit(&[world.object("a", vec![world.event(1, 0)])]).await;
    let again = world.object("b", vec![world.event(2, 0), world.event(1, 0)]);
    assert_eq!(world.commit(&[again]).await, Committed::EventExists);
    assert_eq!(assert_equal(&world).await, 1);
}
