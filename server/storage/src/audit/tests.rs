#![cfg(feature = "testing")]

use super::*;
use crate::acted;
use crate::audit::looks::{Look, Question};
use crate::testing::{NOON, World, act, world};
use crate::users::NewSession;
use crate::{AccountScope, Scope, StoreError};
use chrono::TimeDelta;
use orgtrail_shared::console::Role;
use serde_json::json;

const SESSION: Uuid = Uuid::from_u128(7);

async fn count(world: &World, table: &str) -> i64 {
    let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    sqlx::query_scalar(sql).fetch_one(&world.owner).await.unwrap()
}

/// An installation in which nothing was done yet, with somebody who is signed in.
async fn quiet() -> World {
    let world = world().await;
    let user = crate::users::NewUser {
        organization_id: world.organization_id,
        name: "alice".to_owned(),
        password_hash: "hash".to_owned(),
        is_service: false,
        role: Role::SecurityAnalyst,
        account_id: None,
        granted_accounts: Vec::new(),
        period: (None, None),
        expires_at: None,
    };
    let user_id = acted!(world.database, upsert_user(&user, NOON)).unwrap().unwrap();
    let session = NewSession {
        session_id: SESSION,
        user_id,
        audience: "console",
        created_at: NOON,
        expires_at: NOON + TimeDelta::days(1),
        user_agent: "",
        address: "",
    };
    acted!(world.database, insert_session(&session)).unwrap();
    sqlx::query("delete from audit_act").execute(&world.owner).await.unwrap();
    world
}

#[tokio::test]
async fn a_change_and_its_record_are_there_together_or_not_at_all() {
    let world = quiet().await;
    let (database, organization) = (&world.database, world.organization_id);
    let disable = async |acting: &mut Acting| {
        assert!(acting.disable_user(organization, "alice", true, NOON).await.unwrap());
    };
    let is_disabled = async || database.lookup_user("alice").await.unwrap().unwrap().is_disabled;
    let mut acting = database.act(act()).await.unwrap();
    disable(&mut acting).await;
    drop(acting);
    assert!(!is_disabled().await);
    assert_eq!(count(&world, "audit_act").await, 0);
    // What can't be recorded is not done.
    let impossible = NewAct { account: Some("not an account".to_owned()), ..act() };
    let mut acting = database.act(impossible).await.unwrap();
    disable(&mut acting).await;
    assert!(acting.commit(Value::Null).await.is_err());
    assert!(!is_disabled().await);
    let mut acting = database.act(act()).await.unwrap();
    disable(&mut acting).await;
    acting.commit(json!({"done": true})).await.unwrap();
    assert!(is_disabled().await);
    let record: String =
        sqlx::query_scalar("select record from audit_act").fetch_one(&world.owner).await.unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["responseElements"], json!({"done": true}));
}

#[tokio::test]
async fn the_application_can_neither_change_nor_delete_what_was_done() {
    let world = quiet().await;
    world.database.record_act(&act()).await.unwrap();
    for sql in [
        "update audit_act set record = '{}'",
        "update audit_act set occurred_at = now()",
        "delete from audit_act",
        "delete from audit_file",
        "update audit_file set object_id = null",
        "update event_access set principal = 'nobody'",
        "delete from event_access",
    ] {
        let error = sqlx::query(sql).execute(world.database.worker()).await.unwrap_err();
        let code = error.as_database_error().unwrap().code().unwrap().into_owned();
        assert_eq!(code, "42501", "{sql}: {error}");
    }
}

#[tokio::test]
async fn acts_are_gathered_once_into_a_file_for_each_account() {
    let world = quiet().await;
    let database = &world.database;
    for account in [Some("222222222222"), None, Some("222222222222")] {
        let account = account.map(str::to_owned);
        database.record_act(&NewAct { account, ..act() }).await.unwrap();
    }
    // Two that gather at once share the acts out.
    let (one, two) = tokio::join!(database.gather_acts(NOON), database.gather_acts(NOON));
    assert_eq!(one.unwrap() + two.unwrap(), 3);
    assert_eq!(database.gather_acts(NOON).await.unwrap(), 0);
    let files = database.audit_files().await.unwrap();
    let mut records = 0;
    for file in &files {
        assert_eq!((file.organization_id, file.created_at), (world.organization_id, NOON));
        records += database.audit_records(file.file_id).await.unwrap().len();
    }
    assert_eq!(records, 3);
    assert!(files.iter().any(|file| file.account == "111111111111"), "the management account");
    let waiting = database.waiting_acts(world.organization_id).await.unwrap();
    assert_eq!((waiting.count, waiting.oldest_at), (3, Some(NOON)));
    let missing = database.finish_audit_file(files[0].file_id, 4711).await;
    assert!(matches!(missing, Err(StoreError::Database(_))), "there is no such object");
    assert_eq!(count(&world, "audit_act").await, 3);
}

#[tokio::test]
async fn acts_wait_for_a_management_account() {
    let world = quiet().await;
    let sql = "update account set kind = 'member' where kind = 'management'";
    sqlx::query(sql).execute(&world.owner).await.unwrap();
    world.database.record_act(&act()).await.unwrap();
    assert_eq!(world.database.gather_acts(NOON).await.unwrap(), 0);
    // They hold up nobody who has an account.
    let account = Some("222222222222".to_owned());
    world.database.record_act(&NewAct { account, ..act() }).await.unwrap();
    assert_eq!(world.database.gather_acts(NOON).await.unwrap(), 1);
    assert_eq!(world.database.audit_files().await.unwrap().len(), 1);
    assert_eq!(world.database.waiting_acts(world.organization_id).await.unwrap().count, 2);
}

fn look(world: &World, accounts: Option<&[usize]>, hash: u8) -> Look {
    Look {
        principal: "alice".to_owned(),
        action: "SearchEvents",
        seen_event: None,
        is_of_events: true,
        accounts: accounts.map(|own| own.iter().map(|place| world.accounts[*place]).collect()),
        question: Some(Question { session_id: SESSION, hash: [hash; 32] }),
    }
}

fn act_at(world: &World, at: DateTime<Utc>) -> NewAct {
    NewAct { organization_id: Some(world.organization_id), occurred_at: at, ..act() }
}

#[tokio::test]
async fn a_question_is_recorded_once_an_hour_also_when_asked_at_once() {
    let world = quiet().await;
    let database = &world.database;
    let asked = look(&world, None, 1);
    let acts = [NOON, NOON].map(|at| act_at(&world, at));
    let (one, two) = tokio::join!(
        database.record_look(&acts[0], &asked),
        database.record_look(&acts[1], &asked)
    );
    assert!(one.unwrap() ^ two.unwrap());
    let question = asked.question.unwrap();
    assert!(database.is_asked(&question, NOON + TimeDelta::minutes(59)).await.unwrap());
    assert!(!database.is_asked(&question, NOON + TimeDelta::hours(1)).await.unwrap());
    let later = act_at(&world, NOON + TimeDelta::hours(1));
    assert!(database.record_look(&later, &asked).await.unwrap());
    assert!(database.record_look(&act_at(&world, NOON), &look(&world, None, 2)).await.unwrap());
    assert_eq!(count(&world, "audit_act").await, 3);
    assert_eq!(count(&world, "event_access").await, 3);
}

#[tokio::test]
async fn those_see_a_look_whose_events_were_looked_at() {
    let world = quiet().await;
    let database = &world.database;
    for (hash, accounts) in [(1, None), (2, Some(&[0][..])), (3, Some(&[0, 1])), (4, Some(&[2]))] {
        let act = act_at(&world, NOON + TimeDelta::seconds(i64::from(hash)));
        assert!(database.record_look(&act, &look(&world, accounts, hash)).await.unwrap());
    }
    let seen = async |scope: &Scope| {
        let rows = database.accesses(scope, None, 10).await.unwrap();
        rows.iter().map(|row| row.at.timestamp() - NOON.timestamp()).collect::<Vec<_>>()
    };
    assert_eq!(seen(&world.scope()).await, [4, 3, 2, 1]);
    let only = |place: usize| Scope {
        accounts: AccountScope::Only(vec![world.accounts[place]]),
        ..world.scope()
    };
    assert_eq!(seen(&only(0)).await, [3, 2, 1]);
    assert_eq!(seen(&only(1)).await, [3, 1]);
    assert_eq!(seen(&only(2)).await, [4, 1]);
    let other = Scope { organization_id: world.organization_id + 1, ..world.scope() };
    assert!(seen(&other).await.is_empty());
    let period = Scope { from: Some(crate::testing::at(3)), ..world.scope() };
    assert_eq!(seen(&period).await, [4, 3]);
    let rows = database.accesses(&world.scope(), None, 2).await.unwrap();
    let rest = database.accesses(&world.scope(), Some(rows[1].access_id), 10).await.unwrap();
    assert_eq!((rows.len(), rest.len()), (2, 2));
    assert_eq!(rows[1].accounts, Some(2));
    assert_eq!(rest[1].accounts, None);
    assert_eq!(rows[0].account.as_deref(), Some("111111111111"));
}
