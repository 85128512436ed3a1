//! What waits is claimed by one at a time, and leaves the queue with the commit only.
#![cfg(feature = "testing")]

use super::{Claimant, Claims, During, NewWaiting, Troubled, Turn, WaitingRow};
use crate::acted;
use crate::log_objects::{Committed, NewObject};
use crate::sources::{Listed, SourceRow};
use crate::testing::{NOON, World, world};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::collections::BTreeSet;

const NEW: Turn = Turn::Due { is_backfill: false };
const OLD: Turn = Turn::Due { is_backfill: true };

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn minutes(count: i64) -> DateTime<Utc> {
    NOON + TimeDelta::minutes(count)
}

fn waiting(object: &NewObject, day: NaiveDate, is_backfill: bool) -> NewWaiting {
    NewWaiting { observation: object.observation.clone(), kind: "log", day, is_backfill }
}

async fn source(world: &World) -> SourceRow {
    world.database.sources().await.unwrap().remove(0)
}

/// Puts objects of the present day into the queue.
async fn put(world: &World, objects: &[NewObject]) -> u64 {
    let found: Vec<NewWaiting> =
        objects.iter().map(|object| waiting(object, day("2026-11-20"), false)).collect();
    world.database.add_waiting(&source(world).await, &found, NOON).await.unwrap()
}

async fn claim(
    world: &World,
    claimant: &Claimant,
    turn: Turn,
    count: i64,
    now: DateTime<Utc>,
) -> Vec<WaitingRow> {
    let length = TimeDelta::minutes(2);
    let claims = Claims { source_id: world.source_id, turn, count, now, length };
    world.database.claim_waiting(claimant, claims).await.unwrap()
}

fn keys(rows: &[WaitingRow]) -> Vec<&str> {
    rows.iter().map(|row| row.key.as_str()).collect()
}

async fn left(world: &World) -> i64 {
    sqlx::query_scalar("select count(*) from waiting_object").fetch_one(&world.owner).await.unwrap()
}

fn objects(world: &World, count: u128) -> Vec<NewObject> {
    (0..count)
        .map(|id| {
            let seconds = i64::try_from(id).unwrap();
            world.object(&format!("{id:04}"), vec![world.event(id, seconds)])
        })
        .collect()
}

#[tokio::test]
async fn what_is_known_or_waits_already_is_not_added_again() {
    let world = world().await;
    let objects = objects(&world, 3);
    world.commit(&objects[..1]).await;
    assert_eq!(put(&world, &objects).await, 2);
    assert_eq!(put(&world, &objects).await, 0);
    assert_eq!(left(&world).await, 2);
}

#[tokio::test]
async fn an_object_leaves_the_queue_with_its_commit_and_stays_when_that_fails() {
    let world = world().await;
    let objects = objects(&world, 3);
    put(&world, &objects).await;
    world.commit(&objects[..1]).await;
    assert_eq!(left(&world).await, 2);
    // The event is indexed already, so the transaction is undone as a whole.
    let again = world.object("again", vec![world.event(0, 0)]);
    let batch = [objects[1].clone(), again];
    assert_eq!(world.commit(&batch).await, Committed::EventExists);
    assert_eq!(left(&world).await, 2);
    // What was listed is not what was fetched, because it was replaced between: both leave.
    let mut replaced = objects[2].clone();
    replaced.observation.etag = "another".to_owned();
    let listed = [objects[2].observation.identity().to_vec()];
    world.database.commit_waiting_objects(&[replaced], &listed, NOON).await.unwrap();
    assert_eq!(left(&world).await, 1);
}

#[tokio::test]
async fn the_newest_day_comes_first_and_old_days_apart() {
    let world = world().await;
    let objects = objects(&world, 5);
    let days = ["2026-11-18", "2026-11-20", "2025-01-31", "2026-11-20", "2025-03-01"];
    let found: Vec<NewWaiting> = objects
        .iter()
        .zip(days)
        .map(|(object, text)| waiting(object, day(text), text.starts_with("2025")))
        .collect();
    world.database.add_waiting(&source(&world).await, &found, NOON).await.unwrap();
    let one = world.database.claimant().await.unwrap();
    assert_eq!(keys(&claim(&world, &one, NEW, 2, NOON).await), ["0001", "0003"]);
    assert_eq!(keys(&claim(&world, &one, NEW, 2, NOON).await), ["0000"]);
    assert_eq!(keys(&claim(&world, &one, OLD, 9, NOON).await), ["0004", "0002"]);
    let counts = world.database.backfill_counts(NOON).await.unwrap();
    assert_eq!(
        (counts[0].waiting, counts[0].newest, counts[0].oldest),
        (2, day("2025-03-01"), day("2025-01-31"))
    );
    assert_eq!(source(&world).await.backfill_found, 2);
}

#[tokio::test]
async fn many_that_claim_at_once_get_different_objects_and_together_all() {
    let world = world().await;
    put(&world, &objects(&world, 60)).await;
    let claimants = futures::future::join_all((0..6).map(|_| world.database.claimant())).await;
    let claimants: Vec<Claimant> = claimants.into_iter().map(Result::unwrap).collect();
    let claims = claimants.iter().map(|one| async {
        let mut got = Vec::new();
        loop {
            let rows = claim(&world, one, NEW, 7, NOON).await;
            if rows.is_empty() {
                return got;
            }
            got.extend(rows.into_iter().map(|row| row.waiting_id));
        }
    });
    let got = futures::future::join_all(claims).await.concat();
    assert_eq!(got.len(), 60);
    assert_eq!(got.iter().collect::<BTreeSet<_>>().len(), 60);
}

#[tokio::test]
async fn a_claim_ends_with_its_time_unless_it_is_renewed() {
    let world = world().await;
    put(&world, &objects(&world, 1)).await;
    let one = world.database.claimant().await.unwrap();
    let other = world.database.claimant().await.unwrap();
    let claimed = claim(&world, &one, NEW, 9, NOON).await;
    let claimed: Vec<i64> = claimed.into_iter().map(|row| row.waiting_id).collect();
    assert_eq!(claimed.len(), 1);
    assert_eq!(claim(&world, &other, NEW, 9, minutes(1)).await.len(), 0);
    assert!(world.database.is_worked_on(&other, world.source_id, minutes(1)).await.unwrap());
    assert!(!world.database.is_worked_on(&one, world.source_id, minutes(1)).await.unwrap());
    world.database.renew_claims(&one, &[], minutes(3)).await.unwrap();
    assert!(!world.database.is_worked_on(&other, world.source_id, minutes(2)).await.unwrap());
    world.database.renew_claims(&one, &claimed, minutes(3)).await.unwrap();
    assert_eq!(claim(&world, &other, NEW, 9, minutes(2)).await.len(), 0);
    assert_eq!(claim(&world, &other, NEW, 9, minutes(3)).await.len(), 1);
}

#[tokio::test]
async fn claims_of_the_dead_are_free_before_their_time_and_given_back_ones_at_once() {
    let world = world().await;
    put(&world, &objects(&world, 4)).await;
    let one = world.database.claimant().await.unwrap();
    let other = world.database.claimant().await.unwrap();
    let rows = claim(&world, &one, NEW, 3, NOON).await;
    world.database.release_claims(&one, Some(&[rows[0].waiting_id])).await.unwrap();
    assert_eq!(keys(&claim(&world, &other, NEW, 9, NOON).await), ["0000", "0003"]);
    // Its connection ends like that of a process that was killed.
    sqlx::query(
        "select pg_terminate_backend(pid, 5000) from pg_locks
         where locktype = 'advisory' and classid = 7100 and objid = $1::bigint::oid",
    )
    .bind(i64::from(one.holder()))
    .execute(&world.owner)
    .await
    .unwrap();
    assert!(!world.database.is_worked_on(&other, world.source_id, NOON).await.unwrap());
    assert_eq!(keys(&claim(&world, &other, NEW, 9, NOON).await), ["0001", "0002"]);
    // It comes back when it renews, and claims again what nobody has.
    world.database.renew_claims(&one, &[], minutes(2)).await.unwrap();
    world.database.release_claims(&other, None).await.unwrap();
    assert_eq!(claim(&world, &one, NEW, 9, NOON).await.len(), 4);
    assert_eq!(claim(&world, &other, NEW, 9, NOON).await.len(), 0);
}

#[tokio::test]
async fn what_failed_rests_and_who_asks_now_tries_it_once() {
    let world = world().await;
    put(&world, &objects(&world, 2)).await;
    let one = world.database.claimant().await.unwrap();
    let failed = async |claimant: &Claimant, row: &WaitingRow| {
        let troubled = Troubled {
            waiting_id: row.waiting_id,
            trouble: "access-denied",
            reason: "no\0".to_owned(),
            next_attempt_at: minutes(5),
        };
        world.database.note_waiting_troubles(claimant, &[troubled]).await.unwrap();
    };
    let rows = claim(&world, &one, NEW, 1, NOON).await;
    failed(&one, &rows[0]).await;
    assert_eq!(keys(&claim(&world, &one, NEW, 9, minutes(4)).await), ["0001"]);
    let again = claim(&world, &one, NEW, 9, minutes(5)).await;
    assert_eq!((again[0].attempts, again[0].trouble.as_str()), (1, "access-denied"));
    world.database.release_claims(&one, None).await.unwrap();

    // Another one that asks now gets both, each once.
    let now = world.database.claimant().await.unwrap();
    let rows = claim(&world, &now, Turn::Now, 9, NOON).await;
    assert_eq!(keys(&rows), ["0000", "0001"]);
    failed(&now, &rows[0]).await;
    assert!(claim(&world, &now, Turn::Now, 9, minutes(1)).await.is_empty());

    // A failure of somebody whose claim is over changes nothing.
    failed(&one, &rows[1]).await;
    let troubles = world.database.waiting_troubles().await.unwrap();
    assert_eq!(troubles.len(), 1);
    assert_eq!(
        (troubles[0].objects, troubles[0].attempts, troubles[0].key.as_str()),
        (1, 2, "0000")
    );
}

#[tokio::test]
async fn a_row_that_an_old_listing_puts_back_is_not_worked_on_again() {
    let world = world().await;
    let objects = objects(&world, 1);
    world.commit(&objects).await;
    // A listing that read before the commit was visible inserts after it.
    let seen = &objects[0].observation;
    sqlx::query(
        "insert into waiting_object (organization_id, source_id, identity, bucket, key, etag, size, kind, day,
             is_backfill, found_at, next_attempt_at)
         values ($1, $2, $3, 'bucket', '0000', '', 1, 'log', '2026-11-20', false, $4, $4)",
    )
    .bind(world.organization_id)
    .bind(world.source_id)
    .bind(seen.identity().to_vec())
    .bind(NOON)
    .execute(&world.owner)
    .await
    .unwrap();
    let one = world.database.claimant().await.unwrap();
    assert!(claim(&world, &one, NEW, 9, NOON).await.is_empty());
    assert_eq!(left(&world).await, 0);
}

#[tokio::test]
async fn a_source_in_trouble_or_paused_is_not_due() {
    let world = world().await;
    let objects = objects(&world, 2);
    let found = [
        waiting(&objects[0], day("2026-11-20"), false),
        waiting(&objects[1], day("2020-01-01"), true),
    ];
    world.database.add_waiting(&source(&world).await, &found, NOON).await.unwrap();
    let due = async |now| {
        let due = world.database.due_sources(now).await.unwrap();
        due.first().map(|due| (due.has_new, due.has_backfill))
    };
    assert_eq!(due(NOON).await, Some((true, true)));
    let organization_id = world.organization_id;
    let paused = acted!(world.database, pause_backfill(organization_id, Some("source"), true));
    assert_eq!(paused.unwrap(), ["source"]);
    assert_eq!(due(NOON).await, Some((true, false)));
    let renamed = acted!(world.database, pause_backfill(organization_id, Some("no such"), false));
    assert!(renamed.unwrap().is_empty());
    acted!(world.database, pause_backfill(organization_id, None, false)).unwrap();

    let troubled = Troubled {
        waiting_id: 0,
        trouble: "throttled",
        reason: "slow down".to_owned(),
        next_attempt_at: minutes(1),
    };
    let database = &world.database;
    let note = database.note_source_trouble(world.source_id, During::Fetching, "", &troubled, NOON);
    note.await.unwrap();
    assert_eq!(due(NOON).await, None);
    assert_eq!(due(minutes(1)).await, Some((true, true)));
    let note = database.note_source_trouble(world.source_id, During::Fetching, "", &troubled, NOON);
    note.await.unwrap();
    assert_eq!(database.source_troubles(None).await.unwrap()[0].attempts, 2);
    let all = [String::new()];
    database.clear_source_troubles(world.source_id, During::Fetching, &all, false).await.unwrap();
    assert_eq!(due(NOON).await, Some((true, true)));
}

#[tokio::test]
async fn a_prefix_that_can_be_listed_again_asks_for_a_complete_listing() {
    let world = world().await;
    let database = &world.database;
    let everything = Listed {
        everything: Some(crate::sources::ListedEverything::default()),
        ..Listed::default()
    };
    database.note_listing(world.source_id, NOON, &everything).await.unwrap();
    assert_eq!(source(&world).await.everything_listed_at, Some(NOON));
    let over = ["a/".to_owned()];
    database.clear_source_troubles(world.source_id, During::Listing, &over, false).await.unwrap();
    assert_eq!(source(&world).await.everything_listed_at, Some(NOON), "nothing was hidden");
    let troubled = Troubled {
        waiting_id: 0,
        trouble: "access-denied",
        reason: String::new(),
        next_attempt_at: minutes(1),
    };
    let note =
        database.note_source_trouble(world.source_id, During::Listing, "a/", &troubled, NOON);
    note.await.unwrap();
    database.clear_source_troubles(world.source_id, During::Listing, &over, false).await.unwrap();
    assert_eq!(source(&world).await.everything_listed_at, None);
}

#[tokio::test]
async fn lateness_is_counted_by_days() {
    let world = world().await;
    let objects = objects(&world, 3);
    // All were written at noon of the 20th.
    let found: Vec<NewWaiting> = objects
        .iter()
        .zip(["2026-11-20", "2026-11-20", "2026-11-13"])
        .map(|(object, text)| waiting(object, day(text), false))
        .collect();
    world.database.add_waiting(&source(&world).await, &found, NOON).await.unwrap();
    let id = world.source_id;
    let lateness = world.database.lateness(minutes(-1)).await.unwrap();
    assert_eq!(lateness, [(id, 0, 2), (id, 7, 1)]);
    assert!(world.database.lateness(NOON).await.unwrap().is_empty());
}
