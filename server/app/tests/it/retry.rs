//! What an older program could not read is read after an upgrade, and what is as it was stays in quarantine.

use crate::records::{event_id, gzip, log_file, record};
use crate::server::{Server, request};
use crate::trail::{ACCOUNT, hour, log_key};
use crate::world::{ORGANIZATION, World, write};
use axum::body::Body;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use chrono::TimeDelta;
use orgtrail_shared::console::Role;
use serde_json::{Value, json};

/// Makes the index as a program would have left it that could read neither the first file nor one record of the second.
const AS_BEFORE: [&str; 9] = [
    "delete from segment",
    "delete from object_grams",
    "delete from event e using log_object o where o.object_id = e.object_id
         and (o.key like '%whole%' or (o.key like '%record%' and e.ordinal = 1))",
    "insert into quarantine (organization_id, object_id, ordinal, account_id, reason, bytes, excerpt, quarantined_at)
         select organization_id, object_id, case when key like '%record%' then 1 end, account_id, 'too new', 1, '', now()
         from log_object where key like '%whole%' or key like '%record%'",
    "update log_object set is_quarantined = true, event_count = 0 where key like '%whole%'",
    "delete from event e using log_object o where o.object_id = e.object_id and o.key like '%moved%' and e.ordinal = 0",
    "update quarantine q set ordinal = 0 from log_object o where o.object_id = q.object_id and o.key like '%moved%'",
    "update log_object set event_count = event_count - 1 where key like '%moved%' or key like '%record%'",
    "update log_object set is_segmented = false",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_be_read_after_an_upgrade_leaves_the_quarantine() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let event = |number| record(number, ACCOUNT, hour(0), "PutObject");
    put(&world, 0, "whole00000000000", &gzip(&log_file(&[event(1), event(2)])));
    put(&world, 1, "record0000000000", &gzip(&log_file(&[event(3), event(4), event(5)])));
    put(&world, 2, "broken0000000000", &gzip(b"<html>"));
    put(&world, 3, "halfbroken000000", &gzip(&log_file(&[event(6), json!(17)])));
    // One that can be read now, and another that can't: as many as before, but not the same.
    put(&world, 4, "moved00000000000", &gzip(&log_file(&[event(7), json!(18), event(8)])));
    let summary = world.import(&world.path("bucket"), &[]).await;
    assert_eq!(
        (&summary["events"], &summary["quarantined"]),
        (&json!(8), &json!(3)),
        "{summary:#}"
    );
    for sql in AS_BEFORE {
        sqlx::query(sql).execute(&world.database.pool).await.unwrap();
    }
    world.open_database().await.build_segments().await.unwrap();
    assert_eq!(quarantined(&world).await, 5);
    assert_eq!(shown(&world).await, [3, 5, 6, 8]);

    let absent = world.run(&["quarantine", "retry", "--id", "999"]).await.expect(1);
    assert!(absent.stderr.contains("no open entry 999"), "{absent:?}");
    world.run(&["quarantine", "retry"]).await.expect(2);
    let sql = "select q.quarantine_id from quarantine q join log_object o using (object_id) where key like '%whole%'";
    let id = world.count(sql).await.to_string();
    let one = world.run(&["quarantine", "retry", "--id", &id, "--json"]).await.expect(0).json();
    assert_eq!((&one["objects"], &one["taken_in"]["events"]), (&json!(1), &json!(2)), "{one:#}");
    assert_eq!(quarantined(&world).await, 4);

    let all = world.run(&["quarantine", "retry", "--all", "--json"]).await.expect(0).json();
    assert_eq!((&all["objects"], &all["unchanged"]), (&json!(4), &json!(2)), "{all:#}");
    assert_eq!(
        (&all["taken_in"]["events"], &all["taken_in"]["duplicates"]),
        (&json!(2), &json!(0)),
        "what was indexed from the very file was not delivered once more"
    );
    assert_eq!(quarantined(&world).await, 3, "those that are broken for good");
    assert_eq!(shown(&world).await, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(
        world.count("select count(*) from quarantine where resolved_by is not null").await,
        3
    );
    assert_eq!(world.count("select count(*) from event_delivery").await, 0);
    let totals = "select sum(event_count - delivery_count)::bigint from log_object";
    assert_eq!(world.count(totals).await, 8);
    let untried = "select count(*) from quarantine where retried_at is null";
    assert_eq!(world.count(untried).await, 1, "the record that is unreadable instead");

    press_the_button(&world).await;

    // Once more changes nothing, and neither does another import.
    let again = world.run(&["quarantine", "retry", "--all", "--json"]).await.expect(0).json();
    assert_eq!((&again["objects"], &again["unchanged"]), (&json!(3), &json!(3)), "{again:#}");
    assert_eq!(world.import(&world.path("bucket"), &[]).await["files"], 0);
    let [size, leaves, objects] = [
        "select size from custody_log",
        "select count(*) from custody_leaf",
        "select count(*) from log_object",
    ];
    assert_eq!(world.count(size).await, 8, "five files, and three of them once more");
    assert_eq!(world.count(leaves).await, world.count(objects).await);
}

/// The console's button does the same, for the file of one entry.
async fn press_the_button(world: &World) {
    let server = Server::start(world).await;
    // What was imported once is neither listed nor compared by jobs, and doesn't look as if it were.
    let source = &server.read("/api/v1/operations").await["sources"][0];
    assert_eq!((&source["window_days"], &source["is_regular"]), (&json!(0), &json!(false)));
    let [_, cookie] = server.person(ORGANIZATION, Role::SecurityAnalyst, &[], (None, None)).await;
    let page = server.get("/quarantine", &cookie).await.body;
    let field = |name: &str| {
        let from = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap().1;
        from.split_once('"').unwrap().0.to_owned()
    };
    let body = format!("csrf={}&id={}", field("csrf"), field("id"));
    let mut asked = request(Method::POST, "/quarantine/retry", &cookie, Body::from(body));
    let form = "application/x-www-form-urlencoded".parse().unwrap();
    asked.headers_mut().insert(CONTENT_TYPE, form);
    let answer = server.send(asked).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(answer.headers["location"], "/quarantine?retried=as-before");
    server.close().await;
}

async fn quarantined(world: &World) -> u64 {
    let server = Server::start(world).await;
    let total = server.read("/api/v1/quarantine").await["total"].as_u64().unwrap();
    server.close().await;
    total
}

/// The numbers of the events that a search finds, by rows and by a text; segments must count as many.
async fn shown(world: &World) -> Vec<u128> {
    let server = Server::start(world).await;
    let range = "from=2026-03-01&to=2026-03-04";
    let numbers = |page: Value| -> Vec<u128> {
        let ids: Vec<String> = page["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["event_id"].as_str().unwrap().to_owned())
            .collect();
        (0..10).filter(|number| ids.contains(&event_id(*number))).collect()
    };
    let all = numbers(server.read(&format!("/api/v1/events?{range}")).await);
    let text = format!("/api/v1/events?{range}&q=bucket-of-{ACCOUNT}");
    assert_eq!(numbers(server.read(&text).await), all);
    let counted = server.read(&format!("/api/v1/events/histogram?{range}&explain=1")).await;
    assert_eq!(counted["explain"]["answered_by"], "segments");
    assert_eq!(counted["total"]["events"], all.len());
    server.close().await;
    all
}

fn put(world: &World, minute: i64, unique: &str, bytes: &[u8]) {
    let key = log_key(ACCOUNT, hour(0) + TimeDelta::minutes(minute), unique);
    write(&world.path("bucket").join(key), bytes);
}
