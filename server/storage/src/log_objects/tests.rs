//! A batch is taken in once, as a whole, or not at all.
#![cfg(feature = "testing")]

use super::{BadRecord, Committed, Delivery, NewObject};
use crate::StoreError;
use crate::copy::EventRow;
use crate::testing::{NOON, World, at, world};
use chrono::TimeDelta;
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;

const DAY: i64 = 86_400;

#[tokio::test]
async fn a_second_commit_changes_nothing() {
    let world = world().await;
    let batch = [file(&world, "a", &[1, 2]), file(&world, "b", &[3])];
    assert_eq!(world.commit(&batch).await, Committed::Stored(vec![true, true]));
    let before = counts(&world).await;
    assert_eq!(world.commit(&batch).await, Committed::Stored(vec![false, false]));
    assert_eq!(counts(&world).await, before);
    assert_eq!((before["event"], before["log_object"], before["custody_leaf"]), (3, 2, 2));
}

#[tokio::test]
async fn an_object_that_stands_in_a_batch_twice_is_stored_once() {
    let world = world().await;
    let batch = [file(&world, "a", &[1]), file(&world, "a", &[1])];
    assert_eq!(world.commit(&batch).await, Committed::Stored(vec![true, false]));
    assert_eq!(counts(&world).await["event"], 1);
    assert_eq!(counts(&world).await["custody_leaf"], 1);
}

#[tokio::test]
async fn two_concurrent_commits_of_one_object_store_it_once() {
    let world = world().await;
    let (left, right) =
        ([file(&world, "a", &[1, 2])], [file(&world, "a", &[1, 2]), file(&world, "b", &[3])]);
    let (left, right) = tokio::join!(world.commit(&left), world.commit(&right));
    let new_a = |committed: &Committed| match committed {
        Committed::Stored(new) => usize::from(new[0]),
        Committed::EventExists => panic!("the loser leaves the object out with its events"),
    };
    assert_eq!(new_a(&left) + new_a(&right), 1);
    let counts = counts(&world).await;
    assert_eq!((counts["event"], counts["log_object"], counts["custody_leaf"]), (3, 2, 2));
}

#[tokio::test]
async fn a_duplicate_event_keeps_the_whole_batch_out() {
    let world = world().await;
    world.commit(&[file(&world, "first", &[1])]).await;
    let before = counts(&world).await;
    let mut bad = file(&world, "third", &[4]);
    bad.bad_records = vec![bad_record(Some(7))];
    let batch = [file(&world, "second", &[2, 3]), bad, file(&world, "fourth", &[1])];
    assert_eq!(world.commit(&batch).await, Committed::EventExists);
    assert_eq!(counts(&world).await, before);

    world.commit(&[file(&world, "fifth", &[5])]).await;
    assert_custody_is_dense(&world, 2).await;
}

#[tokio::test]
async fn a_failure_behind_the_events_keeps_the_whole_batch_out() {
    let world = world().await;
    let mut object = file(&world, "a", &[1]);
    object.bad_records = vec![bad_record(Some(7)), bad_record(Some(7))]; // one place can't be bad twice
    assert!(world.database.commit_objects(&[file(&world, "b", &[2]), object], NOON).await.is_err());
    let counts = counts(&world).await;
    assert_eq!((counts["event"], counts["log_object"], counts["quarantine"]), (0, 0, 0));
    world.commit(&[file(&world, "b", &[2])]).await;
    assert_custody_is_dense(&world, 1).await;
}

#[tokio::test]
async fn custody_has_one_leaf_per_object_without_holes_under_concurrent_commits() {
    let world = world().await;
    let batches: Vec<Vec<NewObject>> = (0..8_u128)
        .map(|batch| {
            (0..3)
                .map(|place| file(&world, &format!("{batch}-{place}"), &[batch * 3 + place]))
                .collect()
        })
        .collect();
    futures::future::join_all(batches.iter().map(|batch| world.commit(batch))).await;
    assert_custody_is_dense(&world, 24).await;
}

#[tokio::test]
async fn the_index_tells_what_is_known() {
    let world = world().await;
    let (known, other) = (file(&world, "a", &[1]), file(&world, "b", &[2]));
    world.commit(std::slice::from_ref(&known)).await;
    let mut changed = known.observation.clone();
    changed.etag = "0".repeat(32);
    let seen = [known.observation.clone(), other.observation, changed];
    assert_eq!(world.database.unknown_observations(&seen).await.unwrap(), [false, true, true]);

    let event = &known.events[0];
    let keys = [(event.event_id, event.t), (event.event_id, event.t + 1)];
    let existing = world.database.existing_events(&keys).await.unwrap();
    assert_eq!(existing.len(), 1);
    assert_eq!((existing[0].content, existing[0].account_id), (event.content, event.account_id));
}

#[tokio::test]
async fn a_further_delivery_is_kept_beside_the_event() {
    let world = world().await;
    let first = file(&world, "a", &[1]);
    world.commit(std::slice::from_ref(&first)).await;
    let event = &first.events[0];
    let mut again = file(&world, "b", &[]);
    again.deliveries = vec![Delivery {
        account_id: event.account_id,
        t: event.t,
        event_id: event.event_id,
        variant: 0,
        ordinal: 5,
    }];
    world.commit(&[again]).await;
    let contents = world.database.event_by_id(&world.scope(), event.event_id).await.unwrap();
    let keys: Vec<(&str, i32)> = contents[0]
        .deliveries
        .iter()
        .map(|delivery| (delivery.key.as_str(), delivery.ordinal))
        .collect();
    assert_eq!((contents.len(), contents[0].hit.deliveries), (1, 2));
    assert_eq!(keys, [("a", event.ordinal), ("b", 5)]);
}

#[tokio::test]
async fn events_lie_in_partitions_of_days_months_and_the_odd_one() {
    let world = world().await;
    let times =
        [0, -DAY / 2 - 1, -50 * DAY, -70 * DAY, -71 * DAY, -400 * DAY, 400 * DAY, -5_100 * DAY];
    let events = (0_u128..).zip(times).map(|(id, seconds)| world.event(id, seconds)).collect();
    world.commit(&[world.object("a", events)]).await;
    let places: Vec<(i32, String)> =
        sqlx::query_as("select ordinal, tableoid::regclass::text from event order by 1")
            .fetch_all(&world.owner)
            .await
            .unwrap();
    let places: Vec<&str> = places.iter().map(|(_, place)| place.as_str()).collect();
    assert_eq!(
        places,
        [
            "event_20261120_1",
            "event_20261119_1",
            "event_20261001_1",
            "event_20260901_30",
            "event_20260901_30",
            "event_20251001_31",
            "event_odd",
            "event_odd",
        ]
    );
}

/// What came too early to be plausible must not stand in the way of its day, when that comes.
#[tokio::test]
async fn an_event_from_the_future_does_not_block_its_day() {
    let world = world().await;
    world.commit(&[world.object("early", vec![world.event(1, 10 * DAY)])]).await;
    assert_eq!(place_of(&world, 1).await, "event_odd");
    let later = NOON + TimeDelta::days(10);
    let object = world.object("in time", vec![world.event(2, 10 * DAY)]);
    let committed = world.database.commit_objects(&[object], later).await.unwrap();
    assert_eq!(committed, Committed::Stored(vec![true]));
    assert_eq!(place_of(&world, 1).await, "event_20261130_1");
    assert_eq!(place_of(&world, 2).await, "event_20261130_1");
    // It still counts as the same event.
    let again = world.object("again", vec![world.event(1, 10 * DAY)]);
    assert_eq!(
        world.database.commit_objects(&[again], later).await.unwrap(),
        Committed::EventExists
    );
}

#[tokio::test]
async fn concurrent_writers_make_a_partition_once() {
    let world = world().await;
    let batches: Vec<[NewObject; 1]> = (0..6_u128)
        .map(|id| {
            [world.object(&id.to_string(), vec![world.event(id, 0), world.event(id + 10, -DAY)])]
        })
        .collect();
    futures::future::join_all(batches.iter().map(|batch| world.commit(batch))).await;
    let names: Vec<String> = sqlx::query_scalar("select name from event_partition order by 1")
        .fetch_all(&world.owner)
        .await
        .unwrap();
    assert_eq!(names, ["event_20261119_1", "event_20261120_1"]);
    assert_eq!(counts(&world).await["event"], 12);
}

#[tokio::test]
async fn partitions_that_are_over_are_closed_once() {
    let world = world().await;
    world.commit(&[world.object("a", vec![world.event(1, 0), world.event(2, -5 * DAY)])]).await;
    assert_eq!(world.database.close_partitions(&world.options, NOON).await.unwrap(), 1);
    assert_eq!(world.database.close_partitions(&world.options, NOON).await.unwrap(), 0);
}

#[tokio::test]
async fn another_content_under_a_key_is_marked_as_a_replacement() {
    let world = world().await;
    let first = file(&world, "a", &[1]);
    let mut copied = file(&world, "a", &[]); // the same bytes, seen at another time
    copied.observation.last_modified = Some(NOON + TimeDelta::hours(1));
    let mut replaced = copied.clone();
    replaced.observation.etag = "f".repeat(32);
    replaced.stored_sha256 = [9; 32];
    for object in [first, copied, replaced] {
        assert_eq!(world.commit(&[object]).await, Committed::Stored(vec![true]));
    }
    let marks: Vec<bool> =
        sqlx::query_scalar("select is_replacement from log_object order by object_id")
            .fetch_all(&world.owner)
            .await
            .unwrap();
    assert_eq!(marks, [false, false, true]);
}

/// Both commits are held up right before their end, when each has read what was there before it.
#[tokio::test]
async fn of_concurrent_contents_under_a_key_the_second_is_marked_as_a_replacement() {
    let world = world().await;
    let other = |key, id| {
        let mut object = file(&world, key, &[id]);
        object.observation.etag = "f".repeat(32);
        object.stored_sha256 = [9; 32];
        object
    };
    let (left, right) =
        ([file(&world, "a", &[1]), file(&world, "b", &[2])], [other("b", 3), other("a", 4)]);
    let mut hold = world.owner.begin().await.unwrap();
    sqlx::query("select size from custody_log for update").execute(&mut *hold).await.unwrap();
    let release = async {
        let waiting = "select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'";
        while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&world.owner).await.unwrap() < 2 {
            tokio::task::yield_now().await;
        }
        hold.commit().await.unwrap();
    };
    let (left, right, ()) = tokio::join!(world.commit(&left), world.commit(&right), release);
    let both = Committed::Stored(vec![true, true]);
    assert_eq!((&left, &right), (&both, &both));
    let marks: Vec<(String, Vec<bool>)> = sqlx::query_as(
        "select key, array_agg(is_replacement order by object_id) from log_object group by key order by key",
    )
    .fetch_all(&world.owner)
    .await
    .unwrap();
    assert_eq!(marks, ["a", "b"].map(|key| (key.to_owned(), vec![false, true])));
}

#[tokio::test]
async fn a_quarantined_record_keeps_its_reason_and_loses_no_zero_character() {
    let world = world().await;
    let mut object = file(&world, "a", &[1]);
    object.bad_records = vec![bad_record(Some(3))];
    object.quarantine = Some(bad_record(None));
    world.commit(&[object]).await;
    let (page, total) = world.database.quarantine_page(&world.scope(), None, 10).await.unwrap();
    let places: Vec<Option<i32>> = page.iter().map(|row| row.ordinal).collect();
    assert_eq!((places, total), (vec![Some(3), None], 2));
    assert_eq!(
        (page[0].reason.as_str(), page[0].excerpt.as_str()),
        ("not JSON\u{fffd}", "{\u{fffd}")
    );
    assert_eq!((page[0].key.as_str(), page[0].account.as_deref()), ("a", Some("111111111111")));
}

fn file(world: &World, key: &str, ids: &[u128]) -> NewObject {
    let events: Vec<EventRow> = ids.iter().map(|id| world.event(*id, 0)).collect();
    assert!(events.iter().all(|event| event.t == at(0)));
    world.object(key, events)
}

fn bad_record(ordinal: Option<i32>) -> BadRecord {
    BadRecord { ordinal, reason: "not JSON\0".to_owned(), bytes: 2, excerpt: "{\0".to_owned() }
}

async fn place_of(world: &World, ordinal: i32) -> String {
    sqlx::query_scalar("select tableoid::regclass::text from event where ordinal = $1")
        .bind(ordinal)
        .fetch_one(&world.owner)
        .await
        .unwrap()
}

/// How many rows every table has that a commit writes to.
async fn counts(world: &World) -> BTreeMap<&'static str, i64> {
    let mut counts = BTreeMap::new();
    for table in
        ["event", "event_delivery", "log_object", "quarantine", "custody_leaf", "digest", "chain"]
    {
        let sql = AssertSqlSafe(format!("select count(*) from {table}"));
        counts.insert(table, sqlx::query_scalar(sql).fetch_one(&world.owner).await.unwrap());
    }
    counts.insert("custody_log", world.database.custody_counts().await.unwrap().0);
    counts
}

async fn assert_custody_is_dense(world: &World, objects: i64) {
    assert_eq!(world.database.custody_counts().await.unwrap(), (objects, objects, objects));
    let leaves: Vec<i64> = sqlx::query_scalar("select leaf_index from custody_leaf order by 1")
        .fetch_all(&world.owner)
        .await
        .unwrap();
    assert_eq!(leaves, (0..objects).collect::<Vec<i64>>());
}

/// Two trails deliver the same events, and two commits have them in another order: each waits for the other's.
#[tokio::test]
async fn commits_that_wait_for_each_other_are_told_apart_from_failures() {
    let world = world().await;
    let lock = async |tx: &mut sqlx::PgConnection, number: i32| {
        sqlx::query("select pg_advisory_xact_lock($1)").bind(i64::from(number)).execute(tx).await
    };
    let mut one = world.owner.begin().await.unwrap();
    let mut other = world.owner.begin().await.unwrap();
    lock(&mut one, 1).await.unwrap();
    lock(&mut other, 2).await.unwrap();
    let both = async {
        let first = lock(&mut one, 2).await;
        one.rollback().await.unwrap();
        first
    };
    let crossed = async {
        let second = lock(&mut other, 1).await;
        other.rollback().await.unwrap();
        second
    };
    let (one, other) = tokio::join!(both, crossed);
    let errors: Vec<StoreError> =
        [one, other].into_iter().filter_map(Result::err).map(StoreError::from).collect();
    assert!(errors.len() == 1 && errors[0].is_conflict(), "{errors:?}");
    let wrong = sqlx::query("select 1 / 0").execute(&world.owner).await.unwrap_err();
    assert!(!StoreError::from(wrong).is_conflict());
}
