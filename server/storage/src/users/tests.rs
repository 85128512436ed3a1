//! Who may sign in, and for how long.
#![cfg(feature = "testing")]

use super::{NewSession, NewUser};
use crate::testing::{NOON, World, world};
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_shared::console::Role;
use orgtrail_shared::ids::OrganizationId;
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
    let user_id = world.database.upsert_user(&user, NOON).await.unwrap();
    let row = world.database.lookup_user("alice").await.unwrap().unwrap();
    assert_eq!((Some(row.user_id), row.organization_id), (user_id, world.organization_id));
    assert_eq!(
        (row.role, row.account_id, row.is_disabled),
        (Role::Auditor, user.account_id, false)
    );
    assert_eq!((row.granted_accounts, row.period), (user.granted_accounts, user.period));
    assert_eq!((row.expires_at, row.password_hash), (user.expires_at, "hash".to_owned()));
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
    assert_eq!(world.database.upsert_user(&user, NOON).await.unwrap(), Some(user_id));
    assert_eq!(name_behind(&world, "console", NOON).await, None);
    let row = world.database.lookup_user("alice").await.unwrap().unwrap();
    assert_eq!((row.granted_accounts, row.role), (vec![world.accounts[2]], Role::Auditor));
}

#[tokio::test]
async fn a_name_belongs_to_one_organization() {
    let world = world().await;
    signed_in(&world, &alice(&world)).await;
    let id: OrganizationId = "o-bbbbbbbbbb".parse().unwrap();
    let origin = crate::organizations::Origin::Local;
    let organization_id =
        world.database.ensure_organization(&id, "Other", origin, NOON).await.unwrap();
    let mut intruder = alice(&world);
    intruder.organization_id = organization_id;
    intruder.password_hash = "other".to_owned();
    assert_eq!(world.database.upsert_user(&intruder, NOON).await.unwrap(), None);
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
    world.database.revoke_session(SESSION, NOON).await.unwrap();
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
    assert!(world.database.upsert_user(&user, NOON).await.is_err());
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

fn hours(hours: i64) -> DateTime<Utc> {
    NOON + TimeDelta::hours(hours)
}

fn alice(world: &World) -> NewUser {
    NewUser {
        organization_id: world.organization_id,
        name: "alice".to_owned(),
        password_hash: "hash".to_owned(),
        role: Role::SecurityAnalyst,
        account_id: None,
        granted_accounts: Vec::new(),
        period: (None, None),
        expires_at: None,
    }
}

/// Adds the person and opens the session for eight hours from noon.
async fn signed_in(world: &World, user: &NewUser) -> i32 {
    let user_id = world.database.upsert_user(user, NOON).await.unwrap().unwrap();
    let session = NewSession {
        session_id: SESSION,
        user_id,
        audience: "console",
        created_at: NOON,
        expires_at: hours(8),
        user_agent: "a browser\0",
        address: "2001:db8::1",
    };
    world.database.insert_session(&session).await.unwrap();
    user_id
}

async fn name_behind(world: &World, audience: &str, now: DateTime<Utc>) -> Option<String> {
    world.database.session_user(SESSION, audience, now).await.unwrap().map(|user| user.name)
}
