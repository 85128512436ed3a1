//! What the server refuses before anybody is asked, and the headers that every answer carries.

use crate::server::{Credential, Server, request};
use crate::trail::{ACCOUNT, hour};
use crate::world::World;
use axum::body::Body;
use axum::http::Method;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use orgtrail_shared::console::Role;
use serde_json::json;

async fn world() -> (World, Server) {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let server = Server::start(&world).await;
    (world, server)
}

#[tokio::test]
async fn every_answer_carries_the_protecting_headers() {
    let (_world, server) = world().await;
    let cookie = server.cookie("alice", Role::SecurityAnalyst, &[]).await;
    for path in [
        "/",
        "/sign-in",
        "/healthz",
        "/metrics",
        "/api/v1/events",
        "/no-such-page",
        "/pkg/console.x.css",
        "/pkg/none",
    ] {
        for credential in [&Credential::Nothing, &cookie] {
            let answer = server.get(path, credential).await;
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("referrer-policy", "same-origin"),
                ("cross-origin-opener-policy", "same-origin"),
            ] {
                assert_eq!(answer.header(name), value, "{path} {name}");
            }
            let policy = answer.header("content-security-policy");
            assert!(
                policy.starts_with("default-src 'none'")
                    && policy.contains("frame-ancestors 'none'"),
                "{path}: {policy}"
            );
            assert!(
                !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
                "{path}: {policy}"
            );
            // What isn't there may be there soon.
            let is_asset = path.starts_with("/pkg/") && answer.status.is_success();
            assert_eq!(answer.header("cache-control") == "no-store", !is_asset, "{path}");
        }
    }
}

#[tokio::test]
async fn a_pages_scripts_carry_the_nonce_of_its_own_policy_only() {
    let (_world, server) = world().await;
    let cookie = server.cookie("alice", Role::SecurityAnalyst, &[]).await;
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let page = server.get("/", &cookie).await;
        let (_, rest) = page.header("content-security-policy").split_once("'nonce-").unwrap();
        let nonce = rest.split('\'').next().unwrap().to_owned();
        let scripts = page.body.matches("<script").count();
        assert!(scripts > 0);
        assert_eq!(
            page.body.matches(&format!("nonce=\"{nonce}\"")).count(),
            scripts,
            "a script has no nonce"
        );
        nonces.push(nonce);
    }
    assert_ne!(nonces[0], nonces[1]);
}

#[tokio::test]
async fn requests_of_other_sites_change_nothing() {
    let (_world, server) = world().await;
    let cookie = server.cookie("alice", Role::SecurityAnalyst, &[]).await;
    for (name, value, may) in [
        ("sec-fetch-site", "cross-site", false),
        ("sec-fetch-site", "same-site", false),
        ("origin", "https://evil.example", false),
        ("origin", "null", false),
        ("sec-fetch-site", "same-origin", true),
        ("origin", "https://console.example", true),
    ] {
        for path in ["/ui/viewer", "/sign-in", "/sign-out", "/api/v1/events"] {
            let mut asked = request(Method::POST, path, &cookie, Body::from("{}"));
            let headers = asked.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            let answer = server.send(asked).await;
            let is_refused = answer.body.contains("another site");
            assert_eq!(
                (is_refused, is_refused && answer.status == 403),
                (!may, !may),
                "{path} {name}: {value}: {answer:?}"
            );
        }
    }
}

#[tokio::test]
async fn metrics_are_for_loopback_only() {
    let (_world, server) = world().await;
    let asked = || request(Method::GET, "/metrics", &Credential::Nothing, Body::empty());
    assert_eq!(server.send_from([127, 0, 0, 1], asked()).await.status, 200);
    assert_eq!(server.send_from([198, 51, 100, 7], asked()).await.status, 403);
    let mut forwarded = asked();
    forwarded.headers_mut().insert("x-forwarded-for", HeaderValue::from_static("127.0.0.1"));
    assert_eq!(server.send_from([198, 51, 100, 7], forwarded).await.status, 403);
}

#[tokio::test]
async fn wrong_parameters_are_refused_by_name() {
    let (_world, server) = world().await;
    let token = server.token("script", Role::SecurityAnalyst, &[]).await;
    for (path, code, word) in [
        ("/api/v1/events?from=yesterday", "bad-request", "from"),
        ("/api/v1/events?from=2026-03-02&to=2026-03-01", "bad-request", "from"),
        ("/api/v1/events?limit=0", "bad-request", "limit"),
        ("/api/v1/events?limit=1001", "bad-request", "limit"),
        ("/api/v1/events?reads=maybe", "bad-request", "reads"),
        ("/api/v1/events?scope=somewhere", "bad-request", "somewhere"),
        ("/api/v1/events?page=garbled", "bad-request", "page"),
        ("/api/v1/events?q=nonsense:x", "query", "nonsense"),
        ("/api/v1/coverage?to=never", "bad-request", "to"),
    ] {
        let answer = server.get(path, &token).await;
        assert_eq!(answer.status, 400, "{path}: {answer:?}");
        let error = &answer.json()["error"];
        assert_eq!(error["code"], code, "{path}: {error}");
        assert!(error["message"].as_str().unwrap().contains(word), "{path}: {error}");
    }
    assert_eq!(server.get("/api/v1/events?colour=red", &token).await.status, 400);
    let missing = server.get("/api/v1/events/no-such-event", &token).await;
    assert_eq!(
        (missing.status.as_u16(), &missing.json()["error"]["code"]),
        (404, &json!("not-found"))
    );
}

#[tokio::test]
async fn a_large_body_is_refused() {
    let (_world, server) = world().await;
    let large =
        request(Method::POST, "/sign-in", &Credential::Nothing, Body::from(vec![b'a'; 300 << 10]));
    let answer = server.send(large).await;
    assert!(answer.status.is_client_error(), "{answer:?}");
}
