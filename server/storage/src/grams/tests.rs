//! Bitmaps come with their files, and files are found within the caller's scope.
#![cfg(feature = "testing")]

use crate::events::EventFilter;
use crate::log_objects::{Committed, NewObject};
use crate::testing::{NOON, World, world};
use crate::{AccountScope, Scope};
use chrono::TimeDelta;
use orgtrail_domain::grams::{Grams, GramsBuilder};
use orgtrail_shared::time::TimeRange;

#[tokio::test]
async fn a_bitmap_is_stored_with_its_file_or_not_at_all() {
    let world = world().await;
    let with = NewObject { grams: Some(grams("one")), ..file(&world, "with", 1) };
    let without = file(&world, "without", 2);
    assert_eq!(world.commit(&[with.clone(), without]).await, Committed::Stored(vec![true, true]));
    let stored = all(&world).await;
    assert_eq!(stored, [(object_id(&world, "with").await, grams("one"))]);

    // Taken in again, with another bitmap; and in a batch that is refused.
    let again = NewObject { grams: Some(grams("other")), ..with };
    world.commit(&[again]).await;
    let refused = [
        NewObject { grams: Some(grams("three")), ..file(&world, "refused", 3) },
        file(&world, "duplicate", 1),
    ];
    assert_eq!(world.commit(&refused).await, Committed::EventExists);
    assert_eq!(all(&world).await, stored);
}

#[tokio::test]
async fn many_bitmaps_are_stored_at_once() {
    let world = world().await;
    let batch: Vec<NewObject> = (1..=30)
        .map(|id| NewObject {
            grams: (id % 3 > 0).then(|| grams(&id.to_string())),
            ..file(&world, &format!("file {id}"), id)
        })
        .collect();
    world.commit(&batch).await;
    assert_eq!(all(&world).await.len(), 20);
    for (object, grams) in all(&world).await {
        let key: String = sqlx::query_scalar("select key from log_object where object_id = $1")
            .bind(object)
            .fetch_one(&world.owner)
            .await
            .unwrap();
        let object = batch.iter().find(|object| object.observation.key == key).unwrap();
        assert_eq!(object.grams.as_ref(), Some(&grams));
    }
}

#[tokio::test]
async fn files_are_those_of_the_events_that_a_caller_sees() {
    let world = world().await;
    // The second file is the first account's, and holds an event of the second account.
    let mut mixed = file(&world, "mixed", 2);
    mixed.events.push(world.event(3, 60));
    mixed.events[1].account_id = world.accounts[1];
    world.commit(&[file(&world, "own", 1), mixed]).await;
    let (own, mixed) = (object_id(&world, "own").await, object_id(&world, "mixed").await);
    let member = Scope {
        organization_id: world.organization_id,
        accounts: AccountScope::Only(vec![world.accounts[1]]),
        from: None,
        to: None,
    };
    let stranger =
        Scope { accounts: AccountScope::Only(vec![world.accounts[2]]), ..member.clone() };
    let only_own = EventFilter::default().in_files(vec![own]);
    for (scope, filter, seconds, expected) in [
        (&world.scope(), &EventFilter::default(), 3_600, vec![own, mixed]),
        (&world.scope(), &EventFilter::default(), 60, vec![own, mixed]),
        (&world.scope(), &only_own, 3_600, vec![own]),
        (&member, &EventFilter::default(), 3_600, vec![mixed]),
        (&member, &EventFilter::default(), 60, vec![]),
        (&member, &only_own, 3_600, vec![]),
        (&stranger, &EventFilter::default(), 3_600, vec![]),
    ] {
        let range = TimeRange::new(NOON, NOON + TimeDelta::seconds(seconds)).unwrap();
        let mut found = world.database.candidate_files(scope, filter, range).await.unwrap();
        found.sort_unstable();
        assert_eq!(found, expected, "{scope:?} {filter:?} {seconds}");
        let page = world.database.events_page(scope, filter, range, None, 10).await.unwrap();
        assert!(page.iter().all(|hit| expected.contains(&hit.object_id)));
    }
}

fn grams(text: &str) -> Grams {
    let mut builder = GramsBuilder::new(0);
    builder.add(&format!("{{\"eventName\":\"{text} and something else\"}}"));
    builder.finish()
}

fn file(world: &World, key: &str, id: u128) -> NewObject {
    world.object(key, vec![world.event(id, 0)])
}

async fn object_id(world: &World, key: &str) -> i32 {
    sqlx::query_scalar("select object_id from log_object where key = $1")
        .bind(key)
        .fetch_one(&world.owner)
        .await
        .unwrap()
}

/// All bitmaps, by file.
async fn all(world: &World) -> Vec<(i32, Grams)> {
    let ids: Vec<i32> = sqlx::query_scalar("select object_id from log_object order by 1")
        .fetch_all(&world.owner)
        .await
        .unwrap();
    let stored = world.database.object_grams(&ids).await.unwrap();
    let mut stored: Vec<(i32, Grams)> =
        stored.into_iter().map(|(id, bits)| (id, Grams::decode(&bits).unwrap())).collect();
    stored.sort_by_key(|(id, _)| *id);
    stored
}
