//! Who may sign in, and for how long.
#![cfg(feature = "testing")]

use super::{Granted, NewGrant, NewSession, NewUser, UserRow};
use crate::acted;
use crate::testing::{NOON, World, world};
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_shared::console::Role;
use orgtrail_shared::ids::OrganizationId;
use orgtrail_shared::organization::AccountKind;
use uuid::Uuid;

const SESSION: Uuid = Uuid::from_u128(1);

#[tokio::test]
async fn a_person_is_read_back_as_added() {
    let world = world().await;
    let mut user = alice(&world);
    user.role = Role::Auditor;
    user.account_id = Some(world.accounts[0]);
    user.granted_accounts = vec![world.accounts[1], world.accounts[2]];
    user.period = (Some(NOON - TimeDelta::days(9)), Some(NOON));
    user.expires_at = Some(hours(5));
    let user_id = acted!(world.database, upsert_user(&user, NOON)).unwrap();
    let row = world.database.lookup_user("alice").await.unwrap().unwrap();
    assert_eq!((Some(row.user_id), row.organization_id), (user_id, world.organization_id));
    assert_eq!((row.account_id, row.is_disabled), (user.account_id, false));
    assert_eq!(row.role_at(NOON), Some(Role::Auditor));
    assert_eq!((row.role_at(hours(5)), row.may_sign_in(hours(5))), (None, false));
    assert_eq!(targets(&row), ["222222222222", "333333333333"]);
    for grant in &row.grants {
        assert_eq!((grant.period(), grant.expires_at), (user.period, user.expires_at));
    }
    let own = row.account.unwrap();
    assert_eq!((own.number.as_str(), own.kind), ("111111111111", AccountKind::Management));
    assert_eq!(row.password_hash, "hash");
    assert!(world.database.lookup_user("bob").await.unwrap().is_none());
}

#[tokio::test]
async fn a_changed_person_has_no_session_left_and_no_old_grant() {
    let world = world().await;
    let mut user = alice(&world);
    user.granted_accounts = vec![world.accounts[1]];
    let user_id = signed_in(&world, &user).await;
    user.granted_accounts = vec![world.accounts[2]];
    user.role = Role::Auditor;
    assert_eq!(acted!(world.database, upsert_user(&user, NOON)).unwrap(), Some(user_id));
    assert_eq!(name_behind(&world, "console", NOON).await, None);
    let row = world.database.lookup_user("alice").await.unwrap().unwrap();
    assert_eq!(targets(&row), ["333333333333"]);
    assert_eq!(row.role_at(NOON), Some(Role::Auditor));
}

#[tokio::test]
async fn a_name_belongs_to_one_organization() {
    let world = world().await;
    signed_in(&world, &alice(&world)).await;
    let id: OrganizationId = "o-bbbbbbbbbb".parse().unwrap();
    let origin = crate::organizations::Origin::Local;
    let organization_id =
        acted!(world.database, ensure_organization(&id, "Other", origin, NOON)).unwrap();
    let mut intruder = alice(&world);
    intruder.organization_id = organization_id;
    intruder.password_hash = "other".to_owned();
    assert_eq!(acted!(world.database, upsert_user(&intruder, NOON)).unwrap(), None);
    assert_eq!(name_behind(&world, "console", NOON).await.as_deref(), Some("alice"));
    assert_eq!(world.database.lookup_user("alice").await.unwrap().unwrap().password_hash, "hash");
}

#[tokio::test]
async fn a_session_holds_until_its_end_and_for_its_audience() {
    let world = world().await;
    signed_in(&world, &alice(&world)).await;
    assert_eq!(name_behind(&world, "console", NOON).await.as_deref(), Some("alice"));
    assert_eq!(name_behind(&world, "api", NOON).await, None);
    assert_eq!(
        name_behind(&world, "console", hours(8) - TimeDelta::seconds(1)).await.as_deref(),
        Some("alice")
    );
    assert_eq!(name_behind(&world, "console", hours(8)).await, None);
    assert_eq!(world.database.forget_sessions(hours(8)).await.unwrap(), 0);
    assert_eq!(world.database.forget_sessions(hours(9)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_revoked_session_is_over_at_once() {
    let world = world().await;
    signed_in(&world, &alice(&world)).await;
    acted!(world.database, revoke_session(SESSION, NOON)).unwrap();
    assert_eq!(name_behind(&world, "console", NOON).await, None);
}

#[tokio::test]
async fn a_session_ends_with_the_grant_behind_it() {
    let world = world().await;
    let user = NewUser { expires_at: Some(hours(1)), ..alice(&world) };
    signed_in(&world, &user).await;
    assert_eq!(name_behind(&world, "console", NOON).await.as_deref(), Some("alice"));
    assert_eq!(name_behind(&world, "console", hours(1)).await, None);
}

#[tokio::test]
async fn a_disabled_person_has_no_session() {
    let world = world().await;
    signed_in(&world, &alice(&world)).await;
    sqlx::query("update app_user set is_disabled = true")
        .execute(world.database.worker())
        .await
        .unwrap();
    assert_eq!(name_behind(&world, "console", NOON).await, None);
}

#[tokio::test]
async fn a_member_without_an_account_is_refused() {
    let world = world().await;
    let user = NewUser { role: Role::Member, ..alice(&world) };
    assert!(acted!(world.database, upsert_user(&user, NOON)).is_err());
    assert!(world.database.lookup_user("alice").await.unwrap().is_none());
}

#[tokio::test]
async fn the_first_secret_of_a_name_stays() {
    let world = world().await;
    let keep = async |sealed: &[u8]| {
        world.database.insert_secret("key", "k1", sealed, NOON).await.unwrap()
    };
    assert_eq!(keep(b"first").await, ("k1".to_owned(), b"first".to_vec()));
    assert_eq!(keep(b"second").await, ("k1".to_owned(), b"first".to_vec()));
    assert_eq!(world.database.lookup_secret("other").await.unwrap(), None);
}

fn targets(row: &UserRow) -> Vec<&str> {
    row.grants.iter().map(|grant| grant.target_id.as_str()).collect()
}

fn at(target: &str) -> NewGrant {
    NewGrant {
        role: Role::Auditor,
        target_id: target.to_owned(),
        period: (None, None),
        expires_at: None,
        reason: "the yearly audit".to_owned(),
        by: "bob".to_owned(),
    }
}

#[tokio::test]
async fn roles_are_granted_at_places_that_are_there_and_taken_back_once() {
    let world = world().await;
    let (database, organization) = (&world.database, world.organization_id);
    acted!(database, upsert_user(&alice(&world), NOON)).unwrap();
    let give = async |name: &str, grant: &NewGrant| {
        acted!(database, insert_grant(organization, name, grant, NOON)).unwrap()
    };
    let Granted::Made(id) = give("alice", &at("ou-abcd-11111111")).await else {
        panic!("not made")
    };
    assert_eq!(give("alice", &at("ou-abcd-11111111")).await, Granted::Known);
    assert!(matches!(give("alice", &at("222222222222")).await, Granted::Made(_)));
    for target in ["ou-abcd-99999999", "999999999999", "o-bbbbbbbbbb", "r-zzzz"] {
        assert_eq!(give("alice", &at(target)).await, Granted::NoTarget, "{target}");
    }
    assert_eq!(give("nobody", &at("222222222222")).await, Granted::NoPerson);
    let other =
        acted!(database, insert_grant(organization + 1, "alice", &at("222222222222"), NOON));
    assert_eq!(other.unwrap(), Granted::NoPerson);
    let row = database.lookup_user("alice").await.unwrap().unwrap();
    assert_eq!(targets(&row), ["o-aaaaaaaaaa", "ou-abcd-11111111", "222222222222"]);
    assert_eq!(
        (row.grants[1].reason.as_str(), row.grants[1].created_by.as_str()),
        ("the yearly audit", "bob")
    );
    assert!(!acted!(database, revoke_grant(organization + 1, id, "bob", NOON)).unwrap());
    assert!(acted!(database, revoke_grant(organization, id, "bob", NOON)).unwrap());
    assert!(!acted!(database, revoke_grant(organization, id, "bob", NOON)).unwrap());
    let row = database.lookup_user("alice").await.unwrap().unwrap();
    assert_eq!(targets(&row), ["o-aaaaaaaaaa", "222222222222"]);
}

#[tokio::test]
async fn what_somebody_sees_has_one_period() {
    let world = world().await;
    let (database, organization) = (&world.database, world.organization_id);
    acted!(database, upsert_user(&alice(&world), NOON)).unwrap();
    let limited = NewGrant { period: (Some(NOON), None), ..at("222222222222") };
    let give = async |grant: &NewGrant, now| {
        acted!(database, insert_grant(organization, "alice", grant, now)).unwrap()
    };
    assert_eq!(give(&limited, NOON).await, Granted::OtherPeriod);
    let ending = NewGrant { expires_at: Some(hours(1)), ..at("333333333333") };
    assert!(matches!(give(&ending, NOON).await, Granted::Made(_)));
    let first = database.lookup_user("alice").await.unwrap().unwrap().grants[0].grant_id;
    assert!(acted!(database, revoke_grant(organization, first, "", NOON)).unwrap());
    assert_eq!(give(&limited, NOON).await, Granted::OtherPeriod);
    // What has ended doesn't count any more, and makes room for the same role at the same place.
    assert!(matches!(give(&limited, hours(2)).await, Granted::Made(_)));
    let again = NewGrant { period: (Some(NOON), None), ..at("333333333333") };
    assert!(matches!(give(&again, hours(2)).await, Granted::Made(_)));
}

#[tokio::test]
async fn the_tree_leads_from_every_account_to_the_organization() {
    let world = world().await;
    let tree = world.database.organization_tree(world.organization_id).await.unwrap();
    assert_eq!(tree.above["o-aaaaaaaaaa"], None);
    assert_eq!(tree.above["r-abcd"].as_deref(), Some("o-aaaaaaaaaa"));
    assert_eq!(tree.accounts["222222222222"], world.accounts[1]);
    for account in tree.accounts.keys() {
        let mut here = account;
        while let Some(above) = &tree.above[here] {
            here = above;
        }
        assert_eq!(here, "o-aaaaaaaaaa");
    }
}

fn hours(hours: i64) -> DateTime<Utc> {
    NOON + TimeDelta::hours(hours)
}

fn alice(world: &World) -> NewUser {
    NewUser {
        organization_id: world.organization_id,
        name: "alice".to_owned(),
        password_hash: "hash".to_owned(),
        is_service: false,
        role: Role::SecurityAnalyst,
        account_id: None,
        granted_accounts: Vec::new(),
        period: (None, None),
        expires_at: None,
    }
}

/// Adds the person and opens the session for eight hours from noon.
async fn signed_in(world: &World, user: &NewUser) -> i32 {
    let user_id = acted!(world.database, upsert_user(user, NOON)).unwrap().unwrap();
    let session = NewSession {
        session_id: SESSION,
        user_id,
        audience: "console",
        created_at: NOON,
        expires_at: hours(8),
        user_agent: "a browser\0",
        address: "2001:db8::1",
    };
    acted!(world.database, insert_session(&session)).unwrap();
    user_id
}

async fn name_behind(world: &World, audience: &str, now: DateTime<Utc>) -> Option<String> {
    world.database.session_user(SESSION, audience, now).await.unwrap().map(|user| user.name)
}
