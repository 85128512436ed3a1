//! Keys of people, and who may still sign with them.
#![cfg(feature = "testing")]

use super::*;
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
        role: Role::SecurityAnalyst,
        account_id: None,
        granted_accounts: Vec::new(),
        period: (None, None),
        expires_at,
    };
    world.database.upsert_user(&user, NOON).await.unwrap().unwrap()
}

async fn signs(world: &World, id: &str, now: DateTime<Utc>) -> bool {
    world.database.signing_key(id, now).await.unwrap().is_some()
}

#[tokio::test]
async fn a_person_has_two_keys_at_the_most_also_when_asked_for_at_once() {
    let world = world().await;
    let user = person(&world, "analyst", None).await;
    let insert = |id| world.database.insert_access_key(id, user, ("key", b"sealed"), NOON);
    let made = tokio::join!(insert(ONE), insert(TWO), insert(THREE));
    let made = [made.0.unwrap(), made.1.unwrap(), made.2.unwrap()];
    assert_eq!(made.iter().filter(|made| **made).count(), 2, "{made:?}");
    let keys = world.database.access_keys(world.organization_id, Some(user)).await.unwrap();
    assert_eq!(keys.len(), 2);
    let database = &world.database;
    let (organization, gone) = (world.organization_id, keys[0].access_key_id.as_str());
    assert!(database.delete_access_key(organization, gone).await.unwrap());
    assert!(!database.delete_access_key(organization, gone).await.unwrap());
    assert!(insert(gone).await.unwrap(), "there is room again");
}

#[tokio::test]
async fn a_key_signs_while_it_and_its_person_are_accepted() {
    let world = world().await;
    let (database, organization) = (&world.database, world.organization_id);
    let end = NOON + TimeDelta::hours(1);
    let user = person(&world, "auditor", Some(end)).await;
    assert!(database.insert_access_key(ONE, user, ("key", b"sealed"), NOON).await.unwrap());
    assert!(signs(&world, ONE, NOON).await);
    assert!(!signs(&world, TWO, NOON).await, "there is no such key");
    assert!(!signs(&world, ONE, end).await, "the person's access has ended");
    assert!(database.disable_access_key(organization, ONE, Some(NOON)).await.unwrap());
    assert!(!signs(&world, ONE, NOON).await);
    // Since when, not when somebody said so once more.
    database.disable_access_key(organization, ONE, Some(end)).await.unwrap();
    let keys = database.access_keys(organization, None).await.unwrap();
    assert_eq!(keys[0].disabled_at, Some(NOON));
    assert!(database.disable_access_key(organization, ONE, None).await.unwrap());
    assert!(signs(&world, ONE, NOON).await);
    // Another organization has no power over it.
    let other = organization + 1;
    assert!(!database.disable_access_key(other, ONE, Some(NOON)).await.unwrap());
    assert!(!database.delete_access_key(other, ONE).await.unwrap());
    assert!(database.access_keys(other, None).await.unwrap().is_empty());
}

#[tokio::test]
async fn use_is_noted_to_the_minute_and_by_place() {
    let world = world().await;
    let database = &world.database;
    let user = person(&world, "analyst", None).await;
    database.insert_access_key(ONE, user, ("key", b"sealed"), NOON).await.unwrap();
    let used = async |service: &str, seconds: i64| {
        let now = NOON + TimeDelta::seconds(seconds);
        database.note_key_use(ONE, service, "us-east-1", now).await.unwrap();
        let keys = database.access_keys(world.organization_id, Some(user)).await.unwrap();
        let last = keys[0].last_used_at.map(|at| (at - NOON).num_seconds());
        (last, keys[0].last_used_service.clone())
    };
    assert_eq!(used("sts", 0).await, (Some(0), "sts".to_owned()));
    assert_eq!(used("sts", 30).await, (Some(0), "sts".to_owned()));
    assert_eq!(used("cloudtrail", 40).await, (Some(40), "cloudtrail".to_owned()));
    assert_eq!(used("cloudtrail", 200).await, (Some(200), "cloudtrail".to_owned()));
}
