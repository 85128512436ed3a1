//! What an organization forbids beyond our own limits.

use crate::callers::{AUDITED, MANAGEMENT, MEMBER};
use crate::records::{event_id, record};
use crate::server::{Answer, Credential, Server, request};
use crate::trail::{hour, put_log};
use crate::world::World;
use axum::body::Body;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use orgtrail_shared::console::Role;
use serde_json::json;

const RANGE: &str = "from=2026-03-01&to=2026-03-04";

async fn world() -> World {
    let world = World::with_accounts(hour(0), &[MANAGEMENT, MEMBER, AUDITED]).await;
    for (number, account) in [(1, MANAGEMENT), (2, MEMBER), (3, AUDITED)] {
        let event = record(number, account, hour(1), &format!("ActionOf{account}"));
        put_log(&world.path("bucket"), account, hour(1), "file000000000000", &[event]);
    }
    world.import(&world.path("bucket"), &[]).await;
    world
}

async fn put(server: &Server, by: &Credential, content: &str, version: i32) -> Answer {
    let body = json!({"content": content, "version": version, "reason": "for the test"});
    let body = Body::from(body.to_string());
    let mut asked = request(Method::PUT, "/api/v1/authorize/rules", by, body);
    asked.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
    server.send(asked).await
}

/// The numbers of the events that somebody finds.
async fn found(server: &Server, by: &Credential) -> Vec<u128> {
    let body = server.get(&format!("/api/v1/events?{RANGE}"), by).await.body;
    (1..=3).filter(|number| body.contains(&event_id(*number))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_forbidden_is_gone_at_once_and_comes_back() {
    let world = world().await;
    let server = Server::start(&world).await;
    let administrator =
        server.token("administrator", Role::OrganizationAdministrator, &[MANAGEMENT]).await;
    let analyst = server.token("analyst", Role::SecurityAnalyst, &[]).await;
    assert_eq!(found(&server, &analyst).await, [1, 2, 3]);
    let hide = format!(
        r#"@id("hidden") @words("That account is for others.")
        forbid (principal, action == Action::"orgtrail:SearchEvents", resource in Node::"{MEMBER}")
        unless {{ context.grant.role == "organization-administrator" }};"#
    );
    let done = put(&server, &administrator, &hide, 0).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(done.json()["own"]["version"], 1);
    assert_eq!(found(&server, &analyst).await, [1, 3]);
    let detail = server.get(&format!("/api/v1/events/{}", event_id(2)), &analyst).await;
    assert_eq!(detail.status, 404);
    for path in ["histogram", "facets"] {
        let body = server.get(&format!("/api/v1/events/{path}?{RANGE}"), &analyst).await.body;
        assert!(!body.contains(MEMBER), "{path}: {body}");
    }
    assert_eq!(found(&server, &administrator).await, [1, 2, 3], "the policy leaves them out");
    let why = format!("/api/v1/authorize/explain?action=orgtrail:SearchEvents&resource={MEMBER}");
    let why = server.get(&why, &analyst).await.json();
    assert_eq!(why["is_allowed"], false);
    assert_eq!(why["steps"][1]["by"], json!(["hidden"]), "{why}");
    assert_eq!(why["steps"][1]["words"], "That account is for others.");
    let operate = r#"@id("machinery") forbid (principal == Principal::"analyst", action == Action::"orgtrail:ViewOperations", resource);"#;
    assert_eq!(put(&server, &administrator, operate, 1).await.status, 200);
    assert_eq!(found(&server, &analyst).await, [1, 2, 3]);
    assert_eq!(server.get("/api/v1/operations", &analyst).await.status, 403);
    assert_eq!(put(&server, &administrator, "", 2).await.status, 200);
    assert_eq!(server.get("/api/v1/operations", &analyst).await.status, 200);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_widens_locks_out_or_is_wrong_never_holds() {
    let world = world().await;
    let server = Server::start(&world).await;
    let administrator =
        server.token("administrator", Role::OrganizationAdministrator, &[MANAGEMENT]).await;
    let member = server.token("member", Role::Member, &[MEMBER]).await;
    let cookie = server.cookie("reader", Role::Member, &[MEMBER]).await;
    for (content, words) in [
        ("permit (principal, action, resource);", "can only forbid"),
        ("forbid (principal, action, resource);", "Nobody would be left"),
        (
            r#"forbid (principal, action == Action::"orgtrail:Nothing", resource);"#,
            "orgtrail:Nothing",
        ),
        ("forbid (principal, action, resource) when { principal.shoeSize > 42 };", "shoeSize"),
        ("forbid (principal", "Nothing was changed"),
        (
            r#"forbid (principal, action, resource) when { context.now > datetime("2030-01-01T00:00:00Z") };"#,
            "take it back",
        ),
        (
            r#"forbid (principal, action, resource) when { principal has account && principal.account in Node::"r-ab12" };"#,
            "a part of every question",
        ),
        (
            r#"forbid (principal, action == Action::"orgtrail:SearchEvents", resource) when { 9223372036854775807 + 1 > 0 };"#,
            "Nothing was changed",
        ),
    ] {
        let refused = put(&server, &administrator, content, 0).await;
        assert_eq!(refused.status, 400, "{content}: {refused:?}");
        assert!(refused.body.contains(words), "{content}: {refused:?}");
    }
    assert_eq!(put(&server, &member, "", 0).await.status, 403);
    assert_eq!(world.count("select count(*) from own_policy").await, 0);
    let nothing = r#"@id("x") forbid (principal == Principal::"nobody", action, resource);"#;
    assert_eq!(put(&server, &administrator, nothing, 0).await.status, 200);
    let late = put(&server, &administrator, "", 0).await;
    assert!(late.body.contains("Somebody else has changed them"), "{late:?}");
    // Nesting that would take the parser's stack.
    let (open, close) = ("(".repeat(9_000), ")".repeat(9_000));
    let deep = format!("forbid (principal, action, resource) when {{ {open}true{close} }};");
    let refused = put(&server, &administrator, &deep, 1).await;
    assert!(refused.body.contains("nested too deeply"), "{}", refused.status);
    // Whoever runs the machine takes everything back.
    world.run(&["rules", "clear", "--reason", "test"]).await.expect(0);
    let cleared = "select max(version)::bigint from own_policy where content = ''";
    assert_eq!(world.count(cleared).await, 2);
    // Whoever is bound by the rules may read them.
    let page = server.get("/rules", &cookie).await.body;
    assert!(
        page.contains("organization-trail-owner") && page.contains("is not for the role member"),
        "{page}"
    );
    server.close().await;
}
