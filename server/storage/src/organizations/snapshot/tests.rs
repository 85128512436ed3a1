//! A snapshot comes back as it was given, and what it replaces stays as history.
#![cfg(feature = "testing")]

use super::*;
use crate::acted;
use crate::testing::act;
use crate::testing::{NOON, World, world};
use chrono::TimeDelta;
use orgtrail_domain::organization::OrganizationFile;
use orgtrail_domain::organization::changes::compare;
use orgtrail_domain::organization::snapshot::Target;
use serde_json::{Value, json};

const GUARD: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"cloudtrail:*","Resource":"*"}}"#;

/// Root, two units, three accounts, a delegation, a policy on a unit.
fn file() -> Value {
    let since =
        |year: i32| json!([{"joined_at": format!("{year}-01-01T00:00:00Z"), "left_at": null}]);
    json!({"id": "o-aaaaaaaaaa", "name": "Example", "management_account": "111111111111",
        "feature_set": "ALL", "trusted_access_since": "2021-06-01T00:00:00Z",
        "units": [{"id": "r-abcd", "name": "Root"},
            {"id": "ou-abcd-11111111", "parent": "r-abcd", "name": "Shops"},
            {"id": "ou-abcd-22222222", "parent": "ou-abcd-11111111", "name": "Online"}],
        "accounts": [
            {"id": "111111111111", "name": "manage", "unit": "r-abcd", "memberships": since(2020)},
            {"id": "222222222222", "name": "web", "unit": "ou-abcd-11111111", "joined_method": "CREATED",
                "memberships": since(2021)},
            {"id": "333333333333", "name": "pay", "unit": "ou-abcd-22222222", "memberships": since(2022)}],
        "delegated_administrators": [{"account": "222222222222", "enabled_at": "2022-01-01T00:00:00Z"}],
        "policies": [{"id": "p-guard00001", "name": "guard", "content": GUARD}],
        "attachments": [{"policy": "p-guard00001", "target": "ou-abcd-11111111"}]})
}

fn snapshot(file: &Value) -> Snapshot {
    OrganizationFile::parse(&file.to_string()).unwrap().to_snapshot().unwrap()
}

async fn apply(world: &World, new: &Snapshot, now: DateTime<Utc>) -> Changes {
    let database = &world.database;
    let known = database.snapshot(world.organization_id).await.unwrap();
    let changes = known.map(|known| compare(&known, new)).unwrap_or_default();
    let rows = database.organizations().await.unwrap();
    let row = rows.iter().find(|row| row.organization_id == world.organization_id).unwrap();
    let read = Read { revision: row.revision, started_at: now, is_confirmed: false };
    assert!(acted!(database, apply_snapshot(new, &changes, read, now)).unwrap());
    let mut acting = database.act(act()).await.unwrap();
    let stale = acting.apply_snapshot(new, &changes, read, now).await.unwrap();
    assert!(!stale, "made of an older model");
    drop(acting);
    let stored = database.snapshot(world.organization_id).await.unwrap().unwrap();
    assert_eq!(compare(&stored, new).changes, []);
    assert_eq!(&stored, new);
    changes
}

async fn history(world: &World, sql: &'static str) -> Vec<(String, i64, Option<i64>)> {
    let rows: Vec<(String, DateTime<Utc>, Option<DateTime<Utc>>)> =
        sqlx::query_as(sql).fetch_all(&world.owner).await.unwrap();
    let hours = |time: DateTime<Utc>| (time - NOON).num_hours();
    rows.into_iter().map(|(what, from, to)| (what, hours(from), to.map(hours))).collect()
}

fn at(hours: i64) -> DateTime<Utc> {
    NOON + TimeDelta::hours(hours)
}

#[tokio::test]
async fn a_snapshot_is_read_back_and_applying_it_again_changes_nothing() {
    let world = world().await;
    let first = snapshot(&file());
    apply(&world, &first, at(0)).await;
    let rows = "select (select count(*) from unit_place) + (select count(*) from account_place)
        + (select count(*) from policy_version) + (select count(*) from policy_attachment)
        + (select count(*) from membership) + (select count(*) from delegation)";
    let count = async || -> i64 { sqlx::query_scalar(rows).fetch_one(&world.owner).await.unwrap() };
    let before = count().await;
    assert!(apply(&world, &first, at(1)).await.is_empty());
    assert_eq!(count().await, before);
}

#[tokio::test]
async fn what_was_so_before_is_kept_as_intervals() {
    let world = world().await;
    apply(&world, &snapshot(&file()), at(0)).await;
    let mut moved = file();
    moved["accounts"][2]["unit"] = json!("r-abcd");
    moved["units"][2]["name"] = json!("Web shops");
    moved["policies"][0]["content"] = json!(GUARD.replace("cloudtrail:*", "s3:*"));
    moved["attachments"] = json!([]);
    moved["delegated_administrators"] = json!([]);
    let changes = apply(&world, &snapshot(&moved), at(5)).await;
    assert_eq!(changes.changes.len(), 5, "{changes:?}");

    let places = "select p.unit_id, p.from_at, p.to_at from account_place p join account a using (account_id)
        where a.number = '333333333333' order by p.from_at";
    let places = history(&world, places).await;
    assert_eq!(
        places.iter().map(|(unit, ..)| unit.as_str()).collect::<Vec<_>>(),
        ["ou-abcd-22222222", "r-abcd"]
    );
    assert_eq!((places[0].2, places[1].1, places[1].2), (Some(5), 5, None));
    let names = "select name, from_at, to_at from unit_place where unit_id = 'ou-abcd-22222222' order by from_at";
    let names = history(&world, names).await;
    let told: Vec<(&str, Option<i64>)> =
        names.iter().map(|(name, _, to)| (name.as_str(), *to)).collect();
    assert_eq!(told[told.len() - 2..], [("Online", Some(5)), ("Web shops", None)]);
    let versions = "select content, from_at, to_at from policy_version order by from_at";
    assert_eq!(history(&world, versions).await.len(), 2);
    let attached = "select target_id, from_at, to_at from policy_attachment";
    let attached = history(&world, attached).await;
    assert_eq!((attached.len(), attached[0].2), (1, Some(5)));
    let delegations =
        "select '', enabled_at, disabled_at from delegation where disabled_at is not null
        and account_id = (select account_id from account where number = '222222222222')";
    assert!(history(&world, delegations).await.iter().any(|(_, _, to)| *to == Some(5)));
    let words: Vec<String> =
        sqlx::query_scalar("select words from organization_change order by change_id")
            .fetch_all(&world.owner)
            .await
            .unwrap();
    assert_eq!(
        words.last().unwrap(),
        "policy p-guard00001 (guard) was detached from ou-abcd-11111111"
    );

    // Back as it was: further intervals, none of which overlap.
    apply(&world, &snapshot(&file()), at(9)).await;
    for table in ["unit_place", "account_place", "policy_version", "policy_attachment"] {
        let key = if table == "account_place" { "account_id" } else { "unit_id" };
        let same = match table {
            "policy_version" => "one.policy_id = other.policy_id".to_owned(),
            "policy_attachment" => {
                "one.policy_id = other.policy_id and one.target_id = other.target_id".to_owned()
            }
            _ => format!("one.{key} = other.{key}"),
        };
        let sql = format!(
            "select count(*) from {table} one join {table} other on {same} and one.organization_id = other.organization_id
               and one.from_at < other.from_at and coalesce(one.to_at, 'infinity') > other.from_at"
        );
        let overlaps: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(&world.owner).await.unwrap();
        assert_eq!(overlaps, 0, "{table}");
    }
}

#[tokio::test]
async fn an_account_that_leaves_keeps_its_past_and_may_come_back() {
    let world = world().await;
    apply(&world, &snapshot(&file()), at(0)).await;
    let mut without = file();
    without["accounts"].as_array_mut().unwrap().remove(2);
    apply(&world, &snapshot(&without), at(3)).await;
    let memberships = async || {
        let sql = "select a.kind, m.joined_at, m.left_at from membership m join account a using (account_id)
            where a.number = '333333333333' order by m.joined_at";
        history(&world, sql).await
    };
    let left = memberships().await.pop().unwrap();
    assert_eq!((left.0.as_str(), left.2), ("unknown", Some(3)));
    // It came back, as AWS says, an hour before anybody looked.
    let mut back = file();
    let joined = at(6).to_rfc3339();
    back["accounts"][2]["memberships"] = json!([{"joined_at": joined, "left_at": null}]);
    apply(&world, &snapshot(&back), at(7)).await;
    let both = memberships().await;
    let ends: Vec<(i64, Option<i64>)> = both.iter().map(|(_, from, to)| (*from, *to)).collect();
    assert_eq!(ends[ends.len() - 2..], [(left.1, Some(3)), (6, None)]);
    assert_eq!(both[0].0, "member");
}

#[tokio::test]
async fn what_turns_up_later_began_when_it_turned_up() {
    let world = world().await;
    let mut bare = file();
    bare["policies"] = json!([]);
    bare["attachments"] = json!([]);
    apply(&world, &snapshot(&bare), at(0)).await;
    let mut later = file();
    later["units"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": "ou-abcd-33333333", "parent": "ou-abcd-22222222", "name": "New"}));
    let joined = at(1).to_rfc3339();
    later["accounts"].as_array_mut().unwrap().push(json!({"id": "444444444444", "name": "new",
        "unit": "ou-abcd-33333333", "memberships": [{"joined_at": joined, "left_at": null}]}));
    apply(&world, &snapshot(&later), at(2)).await;
    let sql = "select policy_id, from_at, to_at from policy_version";
    assert_eq!(history(&world, sql).await, [("p-guard00001".to_owned(), 2, None)]);
    let sql = "select target_id, from_at, to_at from policy_attachment";
    assert_eq!(history(&world, sql).await, [("ou-abcd-11111111".to_owned(), 2, None)]);
    // Nobody knows the whole path of the new account before its unit was seen; no part of one is given.
    let account: i32 =
        sqlx::query_scalar("select account_id from account where number = '444444444444'")
            .fetch_one(&world.owner)
            .await
            .unwrap();
    let levels = async |hours: i64| {
        let levels = world.database.levels_at(world.organization_id, account, at(hours)).await;
        levels.unwrap().into_iter().map(|level| level.target_id).collect::<Vec<_>>()
    };
    assert!(levels(1).await.is_empty());
    assert_eq!(
        levels(3).await,
        ["r-abcd", "ou-abcd-11111111", "ou-abcd-22222222", "ou-abcd-33333333", "444444444444"]
    );
}

#[tokio::test]
async fn accounts_that_left_lately_are_counted_until_somebody_confirms() {
    let world = world().await;
    let database = &world.database;
    apply(&world, &snapshot(&file()), at(0)).await;
    let known: Vec<String> = database
        .open_members(world.organization_id)
        .await
        .unwrap()
        .into_iter()
        .map(|id| id.to_string())
        .collect();
    assert_eq!(known, ["111111111111", "222222222222", "333333333333"]);
    let mut without = file();
    without["accounts"].as_array_mut().unwrap().pop();
    apply(&world, &snapshot(&without), at(3)).await;
    let left =
        async |hours: i64| database.left_since(world.organization_id, at(hours)).await.unwrap();
    assert_eq!((left(2).await, left(3).await), (1, 0));
    sqlx::query("update organization set confirmed_at = $1")
        .bind(at(3))
        .execute(&world.owner)
        .await
        .unwrap();
    assert_eq!(left(2).await, 0);
}

#[tokio::test]
async fn another_account_may_manage_and_a_failed_pass_is_told() {
    let world = world().await;
    let mut new = snapshot(&file());
    apply(&world, &new, at(0)).await;
    new.management_account = "333333333333".parse().unwrap();
    new.attachments.insert(Attachment {
        policy: "p-guard00001".parse().unwrap(),
        target: Target::Account("222222222222".parse().unwrap()),
    });
    apply(&world, &new, at(1)).await;
    let database = &world.database;
    database.note_sync_failure(world.organization_id, "access denied", at(2)).await.unwrap();
    let state: (Option<DateTime<Utc>>, Option<String>) =
        sqlx::query_as("select synced_at, sync_error from organization where organization_id = $1")
            .bind(world.organization_id)
            .fetch_one(&world.owner)
            .await
            .unwrap();
    assert_eq!(state, (Some(at(1)), Some("access denied".to_owned())));
    let followed = database.followed_organizations().await.unwrap();
    assert_eq!((followed[0].synced_at, followed[0].sync_tried_at), (Some(at(1)), Some(at(2))));
    database.note_sync(world.organization_id, at(3), at(3)).await.unwrap();
    let followed = database.followed_organizations().await.unwrap();
    assert_eq!((followed[0].synced_at, &followed[0].sync_error), (Some(at(3)), &None));
    // What the sample's records tell of isn't of the organization.
    world.commit(&[world.object("a", vec![world.event(1, 0)])]).await;
    assert!(!database.has_organization_events(world.organization_id, at(-2)).await.unwrap());
    sqlx::query("update term set detail = 'organizations.amazonaws.com' where field = 'name'")
        .execute(&world.owner)
        .await
        .unwrap();
    let told = database.has_organization_events(world.organization_id, at(-2)).await.unwrap();
    let names: i64 = sqlx::query_scalar("select count(*) from term where field = 'name'")
        .fetch_one(&world.owner)
        .await
        .unwrap();
    assert_eq!(told, names > 0);
    assert!(!database.has_organization_events(world.organization_id, at(100)).await.unwrap());
}

#[tokio::test]
async fn the_levels_of_an_account_are_those_of_the_time_that_is_asked_for() {
    let world = world().await;
    apply(&world, &snapshot(&file()), at(0)).await;
    let mut moved = file();
    moved["accounts"][2]["unit"] = json!("r-abcd");
    moved["policies"][0]["content"] = json!(GUARD.replace("cloudtrail:*", "s3:*"));
    apply(&world, &snapshot(&moved), at(5)).await;
    let levels = async |number: &str, time: DateTime<Utc>| -> Vec<String> {
        let database = &world.database;
        let account =
            database.lookup_account(world.organization_id, number).await.unwrap().unwrap();
        let levels = database.levels_at(world.organization_id, account, time).await.unwrap();
        let told = levels.iter().map(|level| {
            let policies = level.policies.iter().map(|policy| {
                let what = if policy.content.contains("s3:") { "s3" } else { "cloudtrail" };
                format!(" {}:{what}", policy.name)
            });
            format!("{}{}", level.name, policies.collect::<String>())
        });
        told.collect()
    };
    assert_eq!(
        levels("333333333333", at(4)).await,
        ["Root", "Shops guard:cloudtrail", "Online", "pay"]
    );
    assert_eq!(levels("333333333333", at(5)).await, ["Root", "pay"]);
    assert_eq!(levels("222222222222", at(5)).await, ["Root", "Shops guard:s3", "web"]);
    assert_eq!(levels("111111111111", at(5)).await, ["Root", "manage"]);
    let before = NOON - TimeDelta::days(20 * 365);
    assert!(levels("111111111111", before).await.is_empty());
}
