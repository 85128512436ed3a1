//! What is done in orgtrail itself is recorded, delivered and found like everything else.

use crate::callers::{MANAGEMENT, MEMBER};
use crate::records::{event_id, record};
use crate::server::{Answer, Credential, Server, request};
use crate::trail::{hour, put_log};
use crate::world::World;
use axum::body::Body;
use axum::http::Method;
use axum::http::header::{CONTENT_TYPE, COOKIE};
use orgtrail_server::audit::{Journal, deliver_acts};
use orgtrail_shared::console::Role;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;

const OTHER: &str = "777788889999";
const RANGE: &str = "from=2026-03-01&to=2026-03-04";

pub(crate) async fn world() -> World {
    let world = World::with_accounts(hour(0), &[MANAGEMENT, MEMBER, OTHER]).await;
    for (number, account) in [(1, MANAGEMENT), (2, MEMBER), (3, OTHER)] {
        let event = record(number, account, hour(1), &format!("ActionOf{account}"));
        let bad = json!("no record");
        put_log(&world.path("bucket"), account, hour(1), "file000000000000", &[event, bad]);
    }
    world.import(&world.path("bucket"), &[]).await;
    world
}

/// The records that wait, by the order in which they were made.
async fn waiting(world: &World) -> Vec<Value> {
    let records: Vec<String> = sqlx::query_scalar("select record from audit_act order by act_id")
        .fetch_all(&world.database.pool)
        .await
        .unwrap();
    records.iter().map(|record| serde_json::from_str(record).unwrap()).collect()
}

pub(crate) async fn forget(world: &World) {
    sqlx::query("delete from audit_act").execute(&world.database.pool).await.unwrap();
}

/// What was recorded since the last time, as name and error.
pub(crate) async fn recorded(world: &World) -> Vec<(String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let records = waiting(world).await;
    forget(world).await;
    records
        .iter()
        .map(|record| (text(&record["eventName"]).unwrap(), text(&record["errorCode"])))
        .collect()
}

pub(crate) fn names(names: &[&str]) -> Vec<(String, Option<String>)> {
    names.iter().map(|name| ((*name).to_owned(), None)).collect()
}

fn refused(name: &str, code: &str) -> Vec<(String, Option<String>)> {
    vec![(name.to_owned(), Some(code.to_owned()))]
}

async fn send(server: &Server, method: Method, path: &str, by: &Credential, body: Value) -> Answer {
    let mut asked = request(method, path, by, Body::from(body.to_string()));
    asked.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
    server.send(asked).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_is_recorded_with_its_change_and_every_refusal_by_itself() {
    let world = world().await;
    let server = Server::start(&world).await;
    let administrator =
        server.token("administrator", Role::OrganizationAdministrator, &[MANAGEMENT]).await;
    let member = server.token("member", Role::Member, &[MEMBER]).await;
    forget(&world).await;
    let none = Value::Null;

    let key = send(
        &server,
        Method::POST,
        "/api/v1/access-keys",
        &administrator,
        json!({"name": "member"}),
    );
    let key = key.await.json();
    let (id, secret) = (key["access_key_id"].as_str().unwrap(), &key["secret_access_key"]);
    let records = waiting(&world).await;
    let record = &records[0];
    assert_eq!(record["eventName"], "CreateAccessKey");
    assert_eq!(record["responseElements"]["accessKey"]["accessKeyId"], id);
    assert_eq!(record["userIdentity"]["userName"], "administrator");
    assert_eq!(record["userIdentity"]["accountId"], MANAGEMENT);
    assert_eq!(record["sourceIPAddress"], "127.0.0.1");
    assert!(!record.to_string().contains(secret.as_str().unwrap()));
    assert_eq!(recorded(&world).await, names(&["CreateAccessKey"]));

    let path = |rest: &str| format!("/api/v1/access-keys/{id}{rest}");
    send(&server, Method::POST, &path("/disable"), &administrator, none.clone()).await;
    send(&server, Method::POST, &path("/enable"), &administrator, none.clone()).await;
    send(&server, Method::DELETE, &path(""), &administrator, none.clone()).await;
    let changes = names(&["UpdateAccessKey", "UpdateAccessKey", "DeleteAccessKey"]);
    assert_eq!(recorded(&world).await, changes);
    send(&server, Method::DELETE, &path(""), &administrator, none.clone()).await;
    let gone = refused("DeleteAccessKey", "ResourceNotFoundException");
    assert_eq!(recorded(&world).await, gone);
    send(&server, Method::POST, "/api/v1/access-keys", &member, json!({"name": "administrator"}))
        .await;
    assert_eq!(recorded(&world).await, refused("CreateAccessKey", "AccessDenied"));

    let grant =
        |role: &str| json!({"name": "member", "role": role, "target": OTHER, "reason": "x"});
    let made =
        send(&server, Method::POST, "/api/v1/grants", &administrator, grant("auditor")).await;
    assert_eq!(made.status, 201, "{made:?}");
    let grant_path = format!("/api/v1/grants/{}", made.json()["id"]);
    send(&server, Method::DELETE, &grant_path, &administrator, none.clone()).await;
    assert_eq!(recorded(&world).await, names(&["CreateGrant", "RevokeGrant"]));
    send(&server, Method::POST, "/api/v1/grants", &member, grant("auditor")).await;
    assert_eq!(recorded(&world).await, refused("CreateGrant", "AccessDenied"));
    let empty = json!({"name": "member", "role": "auditor", "target": OTHER, "reason": ""});
    send(&server, Method::POST, "/api/v1/grants", &administrator, empty).await;
    assert_eq!(recorded(&world).await, refused("CreateGrant", "ValidationException"));

    let entry = world.count("select min(quarantine_id) from quarantine").await;
    let retry = format!("/api/v1/quarantine/{entry}/retry");
    send(&server, Method::POST, &retry, &administrator, none.clone()).await;
    assert_eq!(recorded(&world).await, names(&["RetryQuarantineEntry"]));
    send(&server, Method::POST, &retry, &member, none.clone()).await;
    assert_eq!(recorded(&world).await, refused("RetryQuarantineEntry", "AccessDenied"));

    let sessions = server.get("/api/v1/sessions", &member).await.json();
    let session = sessions["sessions"][0]["id"].as_str().unwrap();
    send(&server, Method::DELETE, &format!("/api/v1/sessions/{session}"), &administrator, none)
        .await;
    assert_eq!(recorded(&world).await, names(&["EndSession"]));
    server.close().await;
}

/// Signs in by the form; whether it worked.
async fn sign_in(server: &Server, name: &str, password: &str) -> bool {
    let page = server.get("/sign-in", &Credential::Nothing).await;
    let cookie = page.header("set-cookie").split(';').next().unwrap().to_owned();
    let csrf = cookie.split_once('=').unwrap().1.to_owned();
    let form = format!("name={name}&password={password}&csrf={csrf}");
    let mut asked = request(Method::POST, "/sign-in", &Credential::Nothing, Body::from(form));
    asked.headers_mut().insert(COOKIE, cookie.parse().unwrap());
    asked.headers_mut().insert(CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
    server.send(asked).await.header("location") == "/"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_is_recorded_and_an_unknown_name_is_not_kept() {
    let world = world().await;
    world
        .run_with_input(
            &["user", "add", "alice", "--role", "member", "--account", MEMBER],
            "correct horse battery",
        )
        .await
        .expect(0);
    let server = Server::start(&world).await;
    let by_command = waiting(&world).await;
    let put = by_command.iter().find(|record| record["eventName"] == "PutUser").unwrap();
    assert_eq!(put["userIdentity"], json!({"type": "Unknown", "userName": "operator"}));
    assert!(!put.to_string().contains("horse"), "{put}");
    forget(&world).await;
    assert!(!sign_in(&server, "alice", "wrong").await);
    assert!(sign_in(&server, "alice", "correct+horse+battery").await);
    assert!(!sign_in(&server, "my-secret-password", "x").await);
    let records = waiting(&world).await;
    let told: Vec<(&Value, &Value)> = records
        .iter()
        .map(|record| {
            (&record["userIdentity"]["userName"], &record["responseElements"]["ConsoleLogin"])
        })
        .collect();
    let (alice, hidden) = (json!("alice"), json!("HIDDEN_DUE_TO_SECURITY_REASONS"));
    let (failure, success) = (json!("Failure"), json!("Success"));
    assert_eq!(told, [(&alice, &failure), (&alice, &success), (&hidden, &failure)]);
    assert!(!records[2].to_string().contains("my-secret-password"));
    assert_eq!(records[1]["userIdentity"]["accountId"], MEMBER);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_at_others_is_recorded_once_and_ones_own_is_not() {
    let world = world().await;
    let server = Server::start(&world).await;
    let analyst = server.token("analyst", Role::SecurityAnalyst, &[]).await;
    let member = server.token("member", Role::Member, &[MEMBER]).await;
    forget(&world).await;
    let events = format!("/api/v1/events?q=is:failed&{RANGE}");
    for path in ["", "/histogram", "/facets", "", "/histogram"] {
        let path = events.replace("/events?", &format!("/events{path}?"));
        assert_eq!(server.get(&path, &analyst).await.status, 200);
    }
    let records = waiting(&world).await;
    assert_eq!(recorded(&world).await, names(&["SearchEvents"]), "one question");
    assert_eq!(records[0]["requestParameters"]["query"], "is:failed");
    assert_eq!(records[0]["readOnly"], true);
    let others = [
        (format!("/api/v1/events?q=is:root&{RANGE}"), "SearchEvents"),
        (format!("/api/v1/events/{}", event_id(2)), "GetEvent"),
        ("/api/v1/overview".to_owned(), "GetOverview"),
        ("/api/v1/quarantine".to_owned(), "ListQuarantine"),
        (format!("/api/v1/completions?word=account:&{RANGE}"), "ListSearchValues"),
    ];
    for (path, name) in &others {
        for _ in 0..2 {
            assert_eq!(server.get(path, &analyst).await.status, 200, "{path}");
        }
        assert_eq!(recorded(&world).await, names(&[name]), "{path}");
        assert_eq!(server.get(path, &member).await.status, 200, "{path}");
        assert_eq!(recorded(&world).await, [], "{path} shows the member nothing of others");
    }
    // Facets of a search for accounts count the others, too: that is told, whatever accounts are named.
    let nobody = format!("/api/v1/events/facets?q=account:000000000000&{RANGE}");
    assert_eq!(server.get(&nobody, &analyst).await.status, 200);
    assert_eq!(recorded(&world).await, names(&["ListSearchFacets"]));
    let everyone =
        "select count(*) from event_access where action = 'ListSearchFacets' and accounts is null";
    assert_eq!(world.count(everyone).await, 1);
    // Another qualifier is another question.
    let principals = format!("/api/v1/completions?word=principal:&{RANGE}");
    assert_eq!(server.get(&principals, &analyst).await.status, 200);
    assert_eq!(recorded(&world).await, names(&["ListSearchValues"]));
    // Somebody tries to see what isn't theirs.
    let foreign = format!("/api/v1/events/{}", event_id(3));
    assert_eq!(server.get(&foreign, &member).await.status, 404);
    assert_eq!(recorded(&world).await, refused("GetEvent", "ResourceNotFoundException"));
    assert_eq!(server.get("/api/v1/people", &member).await.status, 403);
    assert_eq!(recorded(&world).await, refused("ListUsers", "AccessDenied"));
    assert_eq!(server.get("/api/v1/operations", &member).await.status, 403);
    assert_eq!(recorded(&world).await, refused("GetOperations", "AccessDenied"));
    // Health is no act, nor is what tells of oneself only.
    for path in ["/healthz", "/readyz"] {
        server.get(path, &Credential::Nothing).await;
    }
    for path in ["/api/v1/identity", "/api/v1/access-keys", "/api/v1/sessions", "/api/v1/grants"] {
        assert_eq!(server.get(path, &member).await.status, 200);
    }
    assert_eq!(recorded(&world).await, []);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_not_be_recorded_is_neither_done_nor_shown() {
    let world = world().await;
    let server = Server::start(&world).await;
    let administrator =
        server.token("administrator", Role::OrganizationAdministrator, &[MANAGEMENT]).await;
    sqlx::query("revoke insert on audit_act from orgtrail_worker")
        .execute(&world.database.pool)
        .await
        .unwrap();
    for path in [
        format!("/api/v1/events?{RANGE}"),
        format!("/api/v1/events/histogram?{RANGE}"),
        format!("/api/v1/events/{}", event_id(2)),
        "/api/v1/overview".to_owned(),
        "/api/v1/people".to_owned(),
    ] {
        let answer = server.get(&path, &administrator).await;
        assert_eq!(answer.status, 500, "{path}: {answer:?}");
        assert!(!answer.body.contains("ActionOf"), "{answer:?}");
    }
    let wish = json!({"name": "administrator"});
    let made = send(&server, Method::POST, "/api/v1/access-keys", &administrator, wish).await;
    assert_eq!(made.status, 500, "{made:?}");
    assert_eq!(world.count("select count(*) from access_key").await, 0);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acts_become_events_of_their_accounts_exactly_once() {
    let world = world().await;
    let server = Server::start(&world).await;
    let analyst = server.token("analyst", Role::SecurityAnalyst, &[]).await;
    let member = server.token("member", Role::Member, &[MEMBER]).await;
    forget(&world).await;
    assert_eq!(server.get(&format!("/api/v1/events?{RANGE}"), &analyst).await.status, 200);
    let wish = json!({"name": "member"});
    assert_eq!(send(&server, Method::POST, "/api/v1/access-keys", &member, wish).await.status, 201);
    let acts = waiting(&world).await;
    let mut expected: BTreeMap<String, usize> = BTreeMap::new();
    for act in &acts {
        *expected.entry(act["eventName"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    deliver_acts(&server.services).await.unwrap();
    assert_eq!(deliver_acts(&server.services).await.unwrap(), "0 acts delivered in 0 log files");
    assert_eq!(waiting(&world).await, [] as [Value; 0]);
    let found =
        server.get("/api/v1/events?q=source:orgtrail.amazonaws.com&limit=1000", &analyst).await;
    let found = found.json();
    let events = found["events"].as_array().unwrap();
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for event in events {
        *counted.entry(event["event_name"].as_str().unwrap().to_owned()).or_default() += 1;
        assert!(!event["remarks"].to_string().contains("account"), "{event}");
    }
    assert_eq!(counted, expected);
    // Each belongs to the account that acted: the member sees its own, and nothing of what the analyst did.
    let own = server.get("/api/v1/events?q=source:orgtrail.amazonaws.com", &member).await.json();
    let own: Vec<&Value> =
        own["events"].as_array().unwrap().iter().map(|event| &event["event_name"]).collect();
    assert_eq!(own, [&json!("CreateAccessKey")]);
    let id = events[0]["event_id"].as_str().unwrap();
    let detail = server.get(&format!("/api/v1/events/{id}"), &analyst).await;
    assert_eq!(detail.status, 200, "{detail:?}");
    let content = &detail.json()["contents"][0];
    assert_eq!(content["record"]["eventSource"], "orgtrail.amazonaws.com");
    let proof = content["deliveries"].to_string();
    assert!(proof.contains("no-digest-expected"), "{content}");
    let chains =
        "select count(*) from chain join log_source using (source_id) where kind = 'loose'";
    assert_eq!(world.count(chains).await, 0, "nothing more is expected of it");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_that_ends_anywhere_is_finished_by_the_next() {
    let world = world().await;
    let server = Server::start(&world).await;
    let services = &server.services;
    let acts = waiting(&world).await.len();
    assert!(acts > 0);
    // Gathered and not taken in; taken in and not noted.
    for fault in [
        "revoke insert on log_object from orgtrail_worker",
        "revoke execute on function finish_audit_file from orgtrail_worker",
    ] {
        sqlx::query(fault).execute(&world.database.pool).await.unwrap();
        assert!(deliver_acts(services).await.is_err(), "{fault}");
        assert_eq!(waiting(&world).await.len(), acts, "{fault}");
        let mend = fault.replace("revoke", "grant").replace(" from ", " to ");
        sqlx::query(sqlx::AssertSqlSafe(mend)).execute(&world.database.pool).await.unwrap();
    }
    deliver_acts(services).await.unwrap();
    let sql =
        "select count(*) from event e join log_object using (object_id) where bucket = 'orgtrail'";
    assert_eq!(world.count(sql).await, i64::try_from(acts).unwrap());
    assert_eq!(world.count("select count(*) from audit_act").await, 0);
    assert_eq!(world.count("select count(*) from audit_file where object_id is null").await, 0);
    let deliveries = "select count(*) from event_delivery join log_object using (object_id) where bucket = 'orgtrail'";
    assert_eq!(world.count(deliveries).await, 0, "no act was delivered twice");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_see_who_looked_whose_events_were_looked_at() {
    let world = world().await;
    let server = Server::start(&world).await;
    let analyst = server.token("analyst", Role::SecurityAnalyst, &[]).await;
    let member = server.token("member", Role::Member, &[MEMBER]).await;
    let other = server.token("other", Role::Member, &[OTHER]).await;
    let cookie = server.cookie("reader", Role::Member, &[MEMBER]).await;
    for path in [
        format!("/api/v1/events?q=account:{OTHER}&{RANGE}"),
        format!("/api/v1/events/{}", event_id(2)),
        format!("/api/v1/events?{RANGE}"),
    ] {
        assert_eq!(server.get(&path, &analyst).await.status, 200);
    }
    let seen = async |by: &Credential| {
        let page = server.get("/api/v1/event-accesses", by).await.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let told = page["accesses"].as_array().unwrap().iter().map(|access| {
            assert_eq!(access["principal"], "analyst");
            (text(&access["action"]), text(&access["seen_event"]), access["accounts"].as_i64())
        });
        told.collect::<Vec<_>>()
    };
    let everything = ("SearchEvents".to_owned(), String::new(), None);
    let one_event = ("GetEvent".to_owned(), event_id(2), Some(1));
    let of_other = ("SearchEvents".to_owned(), String::new(), Some(1));
    assert_eq!(seen(&member).await, [everything.clone(), one_event.clone()]);
    assert_eq!(seen(&other).await, [everything.clone(), of_other.clone()]);
    forget(&world).await;
    assert_eq!(seen(&analyst).await, [everything, one_event, of_other]);
    assert_eq!(recorded(&world).await, names(&["ListEventAccesses"]));
    assert_eq!(seen(&analyst).await.len(), 3, "reading the list adds nothing to it");
    let page = server.get("/access", &cookie).await.body;
    assert!(page.contains("looked at an event") && page.contains(&event_id(2)), "{page}");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_can_leave_and_the_operator_can_enter_when_nothing_can_be_recorded() {
    let world = world().await;
    let server = Server::start(&world).await;
    let cookie = server.cookie("reader", Role::Member, &[MEMBER]).await;
    let page = server.get("/access", &cookie).await.body;
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
    let csrf = rest.split('"').next().unwrap().to_owned();
    forget(&world).await;
    let pool = &world.database.pool;
    sqlx::query("revoke insert on audit_act from orgtrail_worker").execute(pool).await.unwrap();

    let form = Body::from(format!("csrf={csrf}"));
    let mut asked = request(Method::POST, "/sign-out", &cookie, form);
    let kind = "application/x-www-form-urlencoded".parse().unwrap();
    asked.headers_mut().insert(CONTENT_TYPE, kind);
    assert_eq!(server.send(asked).await.header("location"), "/sign-in");
    let glass = ["break-glass", "rescuer", "--reason", "everybody is locked out"];
    world.run_with_input(&glass, "correct horse battery").await.expect(0);
    assert!(!sign_in(&server, "rescuer", "correct+horse+battery").await, "that is recorded");
    assert!(server.services.journal.record(&server.services).await.is_err());
    assert_eq!(waiting(&world).await, [] as [Value; 0]);

    sqlx::query("grant insert on audit_act to orgtrail_worker").execute(pool).await.unwrap();
    assert_eq!(server.services.journal.record(&server.services).await.unwrap(), 2);
    assert_eq!(server.services.journal.record(&server.services).await.unwrap(), 0);
    assert_eq!(server.get("/access", &cookie).await.status, 303, "the session is over");
    let mut told = recorded(&world).await;
    told.sort();
    assert_eq!(told, names(&["BreakGlass", "SignOut"]));
    assert!(sign_in(&server, "rescuer", "correct+horse+battery").await);
    server.close().await;
}

#[tokio::test]
async fn room_is_reserved_and_given_up() {
    let world = World::new().await;
    let journal = Journal::new(&world.path("data"));
    journal.reserve().unwrap();
    let reserve = world.path("data").join("audit/reserve");
    let blocks = std::fs::metadata(&reserve).unwrap().blocks();
    assert!(blocks * 512 >= 64 << 20, "{blocks} blocks: a hole reserves nothing");
    assert!(journal.release());
    assert!(!reserve.exists() && !journal.release());
    journal.reserve().unwrap();
    assert!(reserve.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_refused_too_often_has_to_wait_and_fills_nothing() {
    let world = world().await;
    let server = Server::start(&world).await;
    let member = server.token("member", Role::Member, &[MEMBER]).await;
    let administrator =
        server.token("administrator", Role::OrganizationAdministrator, &[MANAGEMENT]).await;
    forget(&world).await;
    let mut refused = 0;
    loop {
        let path = "/api/v1/access-keys/AKIAAAAAAAAAAAAAAAAA";
        let answer = send(&server, Method::DELETE, path, &member, Value::Null).await;
        if answer.status == 429 {
            assert_eq!(answer.json()["error"]["code"], "too-many");
            break;
        }
        assert_eq!(answer.status, 404, "{answer:?}");
        refused += 1;
        assert!(refused < 1_000, "nothing stops them");
    }
    assert_eq!(waiting(&world).await.len(), refused, "each refusal is recorded");
    let wish = json!({"name": "member"});
    let stopped = send(&server, Method::POST, "/api/v1/access-keys", &member, wish.clone()).await;
    assert_eq!(stopped.status, 429, "{stopped:?}");
    assert_eq!(waiting(&world).await.len(), refused);
    let other = send(&server, Method::POST, "/api/v1/access-keys", &administrator, wish).await;
    assert_eq!(other.status, 201, "others go on: {other:?}");
    server.close().await;
}
