//! The last wall: what SQL written by hand sees and does through the application's connections.

use super::fill::{delivery, filled};
use crate::events::EventFilter;
use crate::log_objects::NewObject;
use crate::testing::{NOON, World, at, world};
use crate::{AccountScope, Database, Scope};
use chrono::{DateTime, TimeDelta};
use orgtrail_shared::query::{Facet, TextField};
use orgtrail_shared::time::TimeRange;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

/// What a reader may see without a policy: texts without their events, and the installation's own state.
const UNSCOPED: [&str; 4] = ["event_partition", "job_pass", "principal", "term"];

#[tokio::test]
async fn every_table_with_a_policy_shows_no_more_than_the_scope() {
    let world = filled().await;
    let member = only(&world, vec![world.accounts[1]]);
    let stranger = Scope { organization_id: other_organization(&world).await, ..member.clone() };
    let tables = policy_tables(&world).await;
    assert!(tables.len() >= 13, "{tables:?}");
    for (table, has_account) in tables {
        let all = count(&world.owner, &format!("select count(*) from {table}")).await;
        let organization = format!("organization_id = {}", world.organization_id);
        let own =
            count(&world.owner, &format!("select count(*) from {table} where {organization}"))
                .await;
        assert!(0 < own && own < all, "both organizations have rows in {table}");
        assert_eq!(
            seen(&world.database, &world.scope(), &table).await,
            own,
            "{table}: the organization"
        );

        let wanted = if has_account || table == "event_access" {
            let account = if has_account { "account_id" } else { "accounts[1]" };
            let account = format!("{organization} and {account} = {}", world.accounts[1]);
            let wanted =
                count(&world.owner, &format!("select count(*) from {table} where {account}")).await;
            assert!(0 < wanted && wanted < own, "two accounts have rows in {table}");
            wanted
        } else {
            i64::from(table == "organization")
        };
        assert_eq!(seen(&world.database, &member, &table).await, wanted, "{table}: a member");
        let nobody = only(&world, Vec::new());
        let own = i64::from(table == "organization");
        assert_eq!(seen(&world.database, &nobody, &table).await, own, "{table}: no account");
        assert_eq!(
            seen(&world.database, &stranger, &table).await,
            own,
            "{table}: our account, another organization"
        );

        let mut reader = role(&world, "orgtrail_reader").await;
        let sql = AssertSqlSafe(format!("select count(*) from {table}"));
        let unset: i64 = sqlx::query_scalar(sql).fetch_one(&mut reader).await.unwrap();
        assert_eq!(unset, 0, "{table}: no scope");
    }
}

#[tokio::test]
async fn a_reader_may_select_from_tables_with_a_forced_policy_and_few_others() {
    let world = filled().await;
    let readable: Vec<(String, bool)> = sqlx::query_as(
        "select c.relname::text, c.relrowsecurity and c.relforcerowsecurity
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
           and (has_table_privilege('orgtrail_reader', c.oid, 'select')
                or has_any_column_privilege('orgtrail_reader', c.oid, 'select')) order by 1",
    )
    .fetch_all(&world.owner)
    .await
    .unwrap();
    let open: Vec<&str> = readable
        .iter()
        .filter(|(_, is_forced)| !is_forced)
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(open, UNSCOPED);
    assert_eq!(readable.len() - open.len(), policy_tables(&world).await.len());
}

#[tokio::test]
async fn a_reader_writes_nothing() {
    let world = filled().await;
    let writable: Vec<String> = sqlx::query_scalar(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'p') and n.nspname in ('public', 'object_store')
           and (has_table_privilege('orgtrail_reader', c.oid, 'insert, update, delete, truncate, references, trigger')
                or has_any_column_privilege('orgtrail_reader', c.oid, 'insert, update, references'))",
    )
    .fetch_all(&world.owner)
    .await
    .unwrap();
    assert!(writable.is_empty(), "{writable:?}");
    let mut reader = role(&world, "orgtrail_reader").await;
    for (table, _) in policy_tables(&world).await {
        assert_refused(&mut reader, &format!("delete from {table}")).await;
    }
    for statement in [
        "update event set account_id = 1",
        "create table mine (id int)",
        "select ensure_event_partition(0, 0)",
        "select * from event_odd",
        "select * from app_user",
        "select * from custody_leaf",
        "select * from object_grams",
        "select * from object_store.bucket",
    ] {
        assert_refused(&mut reader, statement).await;
    }
}

#[tokio::test]
async fn a_worker_appends_events_and_custody_and_changes_neither() {
    let world = filled().await;
    let changeable: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_class c where c.relkind in ('r', 'p')
           and (c.relname ~ '^event_([0-9]|odd)' or c.relname in ('event', 'event_delivery', 'custody_leaf',
                'digest_entry', 'term', 'principal'))
           and (has_table_privilege('orgtrail_worker', c.oid, 'update, delete, truncate')
                or has_any_column_privilege('orgtrail_worker', c.oid, 'update'))",
    )
    .fetch_all(&world.owner)
    .await
    .unwrap();
    assert!(changeable.is_empty(), "{changeable:?}");
    let mut worker = role(&world, "orgtrail_worker").await;
    for statement in [
        "delete from event",
        "update event set t = t",
        "delete from event_20261120_1",
        "drop table event_20261120_1",
        "truncate event_odd",
        "update custody_leaf set leaf_index = leaf_index + 1",
        "delete from custody_leaf",
        "delete from log_object",
        "update log_object set stored_sha256 = content_sha256",
        "update log_object set archive_key = ''",
        "delete from digest",
        "delete from quarantine",
        "delete from organization",
        "drop policy reader_sees_scope on event",
    ] {
        assert_refused(&mut worker, statement).await;
    }
    let columns = changeable_columns(&world, "log_object").await;
    assert_eq!(columns, ["digest_id", "is_replacement", "is_segmented", "verdict", "verdict_at"]);
    // What was found stays; that it was tried again, and what resolved it, is added.
    let columns = changeable_columns(&world, "quarantine").await;
    assert_eq!(columns, ["resolved_at", "resolved_by", "retried_at"]);
}

async fn changeable_columns(world: &World, table: &str) -> Vec<String> {
    sqlx::query_scalar(
        "select attname::text from pg_attribute where attrelid = $1::text::regclass and attnum > 0
         and has_column_privilege('orgtrail_worker', attrelid, attnum, 'update') order by 1",
    )
    .bind(table)
    .fetch_all(&world.owner)
    .await
    .unwrap()
}

#[tokio::test]
async fn an_auditor_sees_the_accounts_and_the_period_of_the_grant() {
    let world = world().await;
    let mut events: Vec<_> =
        (0..6_u128).map(|hour| world.event(hour, i64::try_from(hour).unwrap() * 60)).collect();
    events[3].account_id = world.accounts[1];
    let deliveries = events.iter().map(delivery).collect();
    world.commit(&[world.object("a", events)]).await;
    let again = NewObject { deliveries, ..world.object("b", Vec::new()) };
    world.commit(&[again]).await;
    let scope =
        Scope { from: Some(at(60)), to: Some(at(240)), ..only(&world, vec![world.accounts[0]]) };

    let (filter, range) = (
        EventFilter::default(),
        TimeRange::new(DateTime::UNIX_EPOCH, NOON + TimeDelta::days(1)).unwrap(),
    );
    let hits = world.database.events_page(&scope, &filter, range, None, 10).await.unwrap();
    assert_eq!(hits.iter().map(|hit| hit.ordinal).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(world.database.count_events(&scope, &filter, range).await.unwrap(), 2);
    let bars = world.database.histogram(&scope, &filter, range, 0, 86_400).await.unwrap();
    assert_eq!(bars.iter().map(|bar| bar.writes + bar.reads + bar.errors).sum::<i64>(), 2);
    let facet = Facet::Text(TextField::EventName);
    let (rows, _) = world.database.facet(&scope, &filter, range, facet, "", 10).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.events).sum::<i64>(), 2);
    for (id, is_seen) in [(0, false), (1, true), (2, true), (3, false), (4, false)] {
        let found = world.database.event_by_id(&scope, Uuid::from_u128(id)).await.unwrap();
        assert_eq!(!found.is_empty(), is_seen, "{id}");
        assert!(found.iter().all(|content| content.hit.deliveries == 2));
    }
    assert_eq!(seen(&world.database, &scope, "event_delivery").await, 2);
}

#[tokio::test]
async fn a_connection_forgets_its_scope_after_the_request() {
    let world = filled().await;
    for _ in 0..40 {
        assert!(seen(&world.database, &world.scope(), "event").await > 0);
        assert_eq!(seen(&world.database, &only(&world, Vec::new()), "event").await, 0);
    }
}

fn only(world: &World, accounts: Vec<i32>) -> Scope {
    Scope { accounts: AccountScope::Only(accounts), ..world.scope() }
}

async fn other_organization(world: &World) -> i32 {
    world.database.organizations().await.unwrap()[1].organization_id
}

/// The tables that have a policy for readers, and whether their rows belong to an account.
async fn policy_tables(world: &World) -> Vec<(String, bool)> {
    sqlx::query_as(
        "select p.tablename::text, exists (select from information_schema.columns c
             where c.table_schema = p.schemaname and c.table_name = p.tablename and c.column_name = 'account_id')
         from pg_policies p where 'orgtrail_reader' = any(p.roles) order by 1",
    )
    .fetch_all(&world.owner)
    .await
    .unwrap()
}

async fn seen(database: &Database, scope: &Scope, table: &str) -> i64 {
    let mut tx = database.read(scope).await.unwrap();
    let sql = AssertSqlSafe(format!("select count(*) from {table}"));
    sqlx::query_scalar(sql).fetch_one(&mut *tx).await.unwrap()
}

async fn count(pool: &sqlx::PgPool, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(pool).await.unwrap()
}

/// A connection of the role, without a scope.
async fn role(world: &World, role: &str) -> PgConnection {
    let mut connection = PgConnection::connect_with(&world.options).await.unwrap();
    connection.execute(AssertSqlSafe(format!("set role {role}"))).await.unwrap();
    connection
}

async fn assert_refused(connection: &mut PgConnection, sql: &str) {
    let error = connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap_err();
    let code =
        error.as_database_error().and_then(|error| error.code().map(std::borrow::Cow::into_owned));
    assert_eq!(code.as_deref(), Some("42501"), "{sql}: {error}");
}
