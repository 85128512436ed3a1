//! The model is what the file says, and what the file doesn't name is kept apart.
#![cfg(feature = "testing")]

use super::{AccountRow, Origin};
use crate::acted;
use crate::testing::{NOON, World, world};
use crate::{AccountScope, Scope};
use orgtrail_domain::organization::OrganizationFile;
use orgtrail_shared::organization::{AccountKind, AccountState};

/// The account 222… has left, 333… has moved and manages, 444… is new; the unit of Payments is gone.
const LATER: &str = r#"{"id": "o-aaaaaaaaaa", "name": "Renamed", "management_account": "333333333333",
    "units": [{"id": "r-abcd", "name": "Root"}, {"id": "ou-abcd-11111111", "parent": "r-abcd", "name": "Shops"}],
    "accounts": [
        {"id": "333333333333", "name": "pay", "unit": "r-abcd",
            "memberships": [{"joined_at": "2022-01-01T00:00:00Z", "left_at": "2023-01-01T00:00:00Z"},
                            {"joined_at": "2024-01-01T00:00:00Z", "left_at": null}]},
        {"id": "444444444444", "name": "new", "unit": "ou-abcd-11111111", "state": "SUSPENDED",
            "memberships": [{"joined_at": "2026-01-01T00:00:00Z", "left_at": null}]}]}"#;

#[tokio::test]
async fn a_loaded_file_shows_units_from_the_root_down_and_kinds_of_accounts() {
    let world = world().await;
    assert_eq!(units(&world, &world.scope()).await, ["Root", "Production", "Payments"]);
    let accounts = world.database.accounts(&world.scope()).await.unwrap();
    let kinds: Vec<(&str, AccountKind)> =
        accounts.iter().map(|account| (account.name.as_str(), account.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("manage", AccountKind::Management),
            ("pay", AccountKind::Member),
            ("web", AccountKind::DelegatedAdministrator)
        ]
    );
}

#[tokio::test]
async fn a_second_load_replaces_units_memberships_and_delegations() {
    let world = world().await;
    assert_eq!(load(&world, LATER).await, world.organization_id);
    assert_eq!(units(&world, &world.scope()).await, ["Root", "Shops"]);
    let pay = account(&world, "333333333333").await;
    assert_eq!((pay.kind, pay.memberships.len()), (AccountKind::Management, 2));
    let new = account(&world, "444444444444").await;
    assert_eq!((new.kind, new.state), (AccountKind::Member, Some(AccountState::Suspended)));
    let delegations: i64 = sqlx::query_scalar("select count(*) from delegation")
        .fetch_one(&world.owner)
        .await
        .unwrap();
    assert_eq!(delegations, 0);
    assert_eq!(world.database.organizations().await.unwrap()[0].name, "Renamed");
}

#[tokio::test]
async fn an_account_that_the_file_does_not_name_stays_as_unknown_under_its_number() {
    let world = world().await;
    load(&world, LATER).await;
    let left = account(&world, "222222222222").await;
    assert_eq!(left.account_id, world.accounts[1]);
    assert_eq!(
        (left.kind, left.state, left.unit, left.memberships.len()),
        (AccountKind::Unknown, None, None, 0)
    );
}

#[tokio::test]
async fn an_account_that_only_records_name_survives_a_load_and_may_have_any_number() {
    let world = world().await;
    let odd = ["anonymous".to_owned(), "444444444444".to_owned()];
    let pool = world.database.worker();
    let ids = world.dictionary.accounts(pool, world.organization_id, &odd).await.unwrap();
    load(&world, LATER).await;
    let anonymous = account(&world, "anonymous").await;
    assert_eq!(
        (anonymous.account_id, anonymous.kind, anonymous.id()),
        (ids[0], AccountKind::Unknown, None)
    );
    let known = account(&world, "444444444444").await;
    assert_eq!((known.account_id, known.kind), (ids[1], AccountKind::Member));
}

#[tokio::test]
async fn a_load_that_fails_changes_nothing() {
    let world = world().await;
    let mut file = OrganizationFile::parse(LATER).unwrap();
    let first = file.accounts[1].memberships[0];
    file.accounts[1].memberships.push(first); // joined twice at once
    assert!(acted!(world.database, load_organization(&file, Origin::File, NOON)).is_err());
    assert_eq!(units(&world, &world.scope()).await, ["Root", "Production", "Payments"]);
    assert_eq!(account(&world, "222222222222").await.kind, AccountKind::DelegatedAdministrator);
}

#[tokio::test]
async fn a_member_sees_its_own_account_and_no_units() {
    let world = world().await;
    let scope = Scope { accounts: AccountScope::Only(vec![world.accounts[1]]), ..world.scope() };
    let seen = world.database.accounts(&scope).await.unwrap();
    assert_eq!(
        seen.iter().map(|account| account.number.as_str()).collect::<Vec<_>>(),
        ["222222222222"]
    );
    assert!(units(&world, &scope).await.is_empty());
}

async fn load(world: &World, text: &str) -> i32 {
    let file = OrganizationFile::parse(text).unwrap();
    acted!(world.database, load_organization(&file, Origin::File, NOON)).unwrap().organization_id
}

async fn units(world: &World, scope: &Scope) -> Vec<String> {
    world.database.units(scope).await.unwrap().into_iter().map(|unit| unit.name).collect()
}

async fn account(world: &World, number: &str) -> AccountRow {
    let accounts = world.database.accounts(&world.scope()).await.unwrap();
    accounts.into_iter().find(|account| account.number == number).unwrap()
}
