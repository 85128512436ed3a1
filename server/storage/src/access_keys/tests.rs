//! Keys of people, and who may still sign with them.
#![cfg(feature = "testing")]

use super::*;
use crate::acted;
use crate::testing::{NOON, World, world};
use crate::users::NewUser;
use orgtrail_shared::console::Role;

const ONE: &str = "AKIAAAAAAAAAAAAAAAAA";
const TWO: &str = "AKIABBBBBBBBBBBBBBBB";
const THREE: &str = "AKIACCCCCCCCCCCCCCCC";

async fn person(world: &World, name: &str, expires_at: Option<DateTime<Utc>>) -> i32 {
    let user = NewUser {
        organization_id: world.organization_id,
        name: name.to_owned(),
        password_hash: String::new(),
        is_service: false,
        role: Role::SecurityAnalyst,
        account_id: None,
        granted_accounts: Vec::new(),
        period: (None, None),
        expires_at,
    };
    acted!(world.database, upsert_user(&user, NOON)).unwrap().unwrap()
}

async fn signs(world: &World, id: &str, now: DateTime<Utc>) -> bool {
    world.database.signing_key(id, now).await.unwrap().is_some()
}

#[tokio::test]
async fn a_person_has_two_keys_at_the_most_also_when_asked_for_at_once() {
    let world = world().await;
    let user = person(&world, "analyst", None).await;
    let database = &world.database;
    let insert = async |id| acted!(database, insert_access_key(id, user, ("key", b"sealed"), NOON));
    let made = tokio::join!(insert(ONE), insert(TWO), insert(THREE));
    let made = [made.0.unwrap(), made.1.unwrap(), made.2.unwrap()];
    assert_eq!(made.iter().filter(|made| **made).count(), 2, "{made:?}");
    let keys = world.database.access_keys(world.organization_id, Some(user)).await.unwrap();
    assert_eq!(keys.len(), 2);
    let (organization, gone) = (world.organization_id, keys[0].access_key_id.as_str());
    assert!(acted!(database, delete_access_key(organization, gone)).unwrap());
    assert!(!acted!(database, delete_access_key(organization, gone)).unwrap());
    assert!(insert(gone).await.unwrap(), "there is room again");
}

#[tokio::test]
async fn a_key_signs_while_it_and_its_person_are_accepted() {
    let world = world().await;
    let (database, organization) = (&world.database, world.organization_id);
    let end = NOON + TimeDelta::hours(1);
    let user = person(&world, "auditor", Some(end)).await;
    assert!(acted!(database, insert_access_key(ONE, user, ("key", b"sealed"), NOON)).unwrap());
    assert!(signs(&world, ONE, NOON).await);
    assert!(!signs(&world, TWO, NOON).await, "there is no such key");
    assert!(!signs(&world, ONE, end).await, "the person's access has ended");
    assert!(acted!(database, disable_access_key(organization, ONE, Some(NOON), false)).unwrap());
    assert!(!signs(&world, ONE, NOON).await);
    // Since when, not when somebody said so once more.
    acted!(database, disable_access_key(organization, ONE, Some(end), true)).unwrap();
    let keys = database.access_keys(organization, None).await.unwrap();
    assert_eq!(keys[0].disabled_at, Some(NOON));
    assert!(acted!(database, disable_access_key(organization, ONE, None, true)).unwrap());
    assert!(signs(&world, ONE, NOON).await);
    // Another organization has no power over it.
    let other = organization + 1;
    assert!(!acted!(database, disable_access_key(other, ONE, Some(NOON), false)).unwrap());
    assert!(!acted!(database, delete_access_key(other, ONE)).unwrap());
    assert!(database.access_keys(other, None).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_an_administrator_refused_stays_theirs_until_it_is_accepted() {
    let world = world().await;
    let (database, organization) = (&world.database, world.organization_id);
    let user = person(&world, "analyst", None).await;
    acted!(database, insert_access_key(ONE, user, ("key", b"sealed"), NOON)).unwrap();
    let refused = async |at: Option<DateTime<Utc>>, by_administrator: bool| {
        acted!(database, disable_access_key(organization, ONE, at, by_administrator)).unwrap();
        let keys = database.access_keys(organization, None).await.unwrap();
        (keys[0].disabled_at.is_some(), keys[0].is_refused_by_administrator)
    };
    assert_eq!(refused(Some(NOON), false).await, (true, false));
    assert_eq!(refused(Some(NOON), true).await, (true, true));
    assert_eq!(
        refused(Some(NOON), false).await,
        (true, true),
        "saying it once more takes nothing back"
    );
    assert_eq!(refused(None, true).await, (false, false));
}

#[tokio::test]
async fn a_new_password_and_a_refused_person_end_every_key() {
    let world = world().await;
    let (database, organization) = (&world.database, world.organization_id);
    let user = person(&world, "analyst", None).await;
    acted!(database, insert_access_key(ONE, user, ("key", b"sealed"), NOON)).unwrap();
    assert!(acted!(database, disable_user(organization, "analyst", true, NOON)).unwrap());
    assert!(!signs(&world, ONE, NOON).await);
    assert!(acted!(database, disable_user(organization, "analyst", false, NOON)).unwrap());
    assert!(signs(&world, ONE, NOON).await);
    assert!(!acted!(database, disable_user(organization + 1, "analyst", true, NOON)).unwrap());
    assert_eq!(person(&world, "analyst", None).await, user);
    assert!(!signs(&world, ONE, NOON).await);
    assert!(database.access_keys(organization, Some(user)).await.unwrap().is_empty());
}

#[tokio::test]
async fn use_is_noted_to_the_minute() {
    let world = world().await;
    let database = &world.database;
    let user = person(&world, "analyst", None).await;
    acted!(database, insert_access_key(ONE, user, ("key", b"sealed"), NOON)).unwrap();
    let note = async |service: &str, seconds: i64| {
        let now = NOON + TimeDelta::seconds(seconds);
        database.note_key_use(ONE, service, "us-east-1", now).await.unwrap();
        let keys = database.access_keys(world.organization_id, Some(user)).await.unwrap();
        let last = keys[0].last_used_at.map(|at| (at - NOON).num_seconds());
        (last, keys[0].last_used_service.clone())
    };
    assert_eq!(note("sts", 0).await, (Some(0), "sts".to_owned()));
    assert_eq!(note("sts", 30).await, (Some(0), "sts".to_owned()));
    // A client that changes its service with every request doesn't write with every request.
    assert_eq!(note("cloudtrail", 40).await, (Some(0), "sts".to_owned()));
    assert_eq!(note("cloudtrail", 200).await, (Some(200), "cloudtrail".to_owned()));
}
