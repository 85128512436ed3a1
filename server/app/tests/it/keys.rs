//! Access keys and sessions: everybody manages their own, organization administrators everybody's.

use crate::server::{Credential, Server, request};
use crate::trail::{ACCOUNT, OTHER_ACCOUNT, hour};
use crate::world::{ORGANIZATION, World};
use axum::body::Body;
use axum::http::Method;
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use orgtrail_shared::console::Role;
use serde_json::{Value, json};

async fn world() -> World {
    World::with_accounts(hour(0), &[ACCOUNT, OTHER_ACCOUNT]).await
}

async fn person(server: &Server, role: Role, accounts: &[&str]) -> [Credential; 2] {
    server.person(ORGANIZATION, role, accounts, (None, None)).await
}

async fn ask(server: &Server, method: Method, path: &str, by: &Credential) -> (u16, Value) {
    let answer = server.send(request(method, path, by, Body::empty())).await;
    let body = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
    (answer.status.as_u16(), body)
}

#[tokio::test]
async fn a_key_is_its_owners_and_the_administrators() {
    let world = world().await;
    let server = Server::start(&world).await;
    let [member, _] = person(&server, Role::Member, &[ACCOUNT]).await;
    let [analyst, _] = person(&server, Role::SecurityAnalyst, &[]).await;
    let [administrator, _] = person(&server, Role::OrganizationAdministrator, &[]).await;
    let keys = "/api/v1/access-keys";
    let (status, made) = ask(&server, Method::POST, keys, &member).await;
    assert_eq!(status, 201, "{made:#}");
    let id = made["access_key_id"].as_str().unwrap();
    let secret = made["secret_access_key"].as_str().unwrap();
    assert_eq!((id.len(), secret.len()), (20, 40));
    // The secret is nowhere else.
    for caller in [&member, &analyst, &administrator] {
        assert!(!server.get(keys, caller).await.body.contains(secret));
    }
    let sealed: Vec<u8> = sqlx::query_scalar("select sealed from access_key")
        .fetch_one(&world.database.pool)
        .await
        .unwrap();
    assert!(!sealed.windows(secret.len()).any(|part| part == secret.as_bytes()));

    let change = format!("{keys}/{id}/disable");
    assert_eq!(ask(&server, Method::POST, &change, &analyst).await.0, 404, "another's key");
    let (_, seen) = ask(&server, Method::GET, keys, &analyst).await;
    assert_eq!(seen["access_keys"], json!([]));
    assert_eq!(ask(&server, Method::POST, &change, &administrator).await.0, 204);
    let (_, own) = ask(&server, Method::GET, keys, &member).await;
    assert!(own["access_keys"][0]["disabled_at"].is_string(), "{own:#}");
    // What an administrator has refused, its owner neither accepts nor replaces.
    let enable = format!("{keys}/{id}/enable");
    assert_eq!(ask(&server, Method::POST, &enable, &member).await.0, 403);
    assert_eq!(ask(&server, Method::DELETE, &format!("{keys}/{id}"), &member).await.0, 403);
    let (status, none) = ask(&server, Method::POST, keys, &member).await;
    assert_eq!(status, 400, "{none:#}");
    assert_eq!(ask(&server, Method::POST, &enable, &administrator).await.0, 204);
    assert_eq!(ask(&server, Method::POST, &change, &member).await.0, 204);
    assert_eq!(ask(&server, Method::POST, &enable, &member).await.0, 204);

    assert_eq!(ask(&server, Method::POST, keys, &member).await.0, 201);
    let (status, third) = ask(&server, Method::POST, keys, &member).await;
    assert_eq!(status, 400);
    assert!(third["error"]["message"].as_str().unwrap().contains("two access keys"), "{third:#}");
    assert_eq!(ask(&server, Method::DELETE, &format!("{keys}/{id}"), &member).await.0, 204);
    assert_eq!(ask(&server, Method::DELETE, &format!("{keys}/{id}"), &member).await.0, 404);
    server.close().await;
}

#[tokio::test]
async fn a_key_for_somebody_else_is_made_by_administrators_only() {
    let world = world().await;
    let server = Server::start(&world).await;
    let [analyst, _] = person(&server, Role::SecurityAnalyst, &[]).await;
    let [administrator, _] = person(&server, Role::OrganizationAdministrator, &[]).await;
    server.add_user("colleague", Role::Member, &[ACCOUNT], None).await;
    for (caller, name, wanted) in [
        (&analyst, "colleague", 403),
        (&administrator, "colleague", 201),
        (&administrator, "nobody", 404),
    ] {
        let body = Body::from(json!({ "name": name }).to_string());
        let mut asked = request(Method::POST, "/api/v1/access-keys", caller, body);
        asked.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
        let answer = server.send(asked).await;
        assert_eq!(answer.status, wanted, "{name}: {answer:?}");
    }
    // A body that isn't understood never makes a key of the caller's own.
    for (body, kind) in [
        (r#"{"nam": "colleague"}"#, "application/json"),
        (r#"{"name": "colleague"}"#, "application/x-www-form-urlencoded"),
        ("name=colleague", "application/x-www-form-urlencoded"),
        ("colleague", "text/plain"),
    ] {
        let path = "/api/v1/access-keys";
        let mut asked = request(Method::POST, path, &administrator, Body::from(body));
        asked.headers_mut().insert(CONTENT_TYPE, kind.parse().unwrap());
        assert_eq!(server.send(asked).await.status, 400, "{body} as {kind}");
    }
    assert_eq!(world.count("select count(*) from access_key").await, 1);
    server.close().await;
}

/// The value of a hidden field of a page.
fn field(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

async fn send_form(
    server: &Server,
    path: &str,
    by: &Credential,
    form: String,
) -> crate::server::Answer {
    let mut asked = request(Method::POST, path, by, Body::from(form));
    let kind = "application/x-www-form-urlencoded".parse().unwrap();
    asked.headers_mut().insert(CONTENT_TYPE, kind);
    server.send(asked).await
}

#[tokio::test]
async fn the_page_shows_a_new_secret_once_and_deletes_a_key_only_when_its_id_is_typed() {
    let world = world().await;
    let server = Server::start(&world).await;
    let [_, cookie] = person(&server, Role::Member, &[ACCOUNT]).await;
    let page = server.get("/settings", &cookie).await.body;
    assert!(page.contains(&format!("arn:aws:iam::{ACCOUNT}:user/")), "{page}");
    let csrf = field(&page, "csrf");
    let create = "/settings/access-keys/create";
    let made = send_form(&server, create, &cookie, format!("csrf={csrf}")).await;
    assert_eq!(made.status, 303, "{made:?}");
    let sealed = made.headers[SET_COOKIE].to_str().unwrap();
    assert!(sealed.contains("HttpOnly") && sealed.contains("SameSite=Strict"), "{sealed}");
    let sealed = sealed.split(';').next().unwrap();

    // The page that follows shows it and forgets it; another person's page could not open it.
    let show = async |by: &Credential| {
        let mut asked = request(Method::GET, "/settings", by, Body::empty());
        let own = asked.headers()[COOKIE].to_str().unwrap();
        let both = format!("{own}; {sealed}").parse().unwrap();
        asked.headers_mut().insert(COOKIE, both);
        server.send(asked).await
    };
    let shown = show(&cookie).await;
    assert!(shown.body.contains("Secret access key"), "{shown:?}");
    assert!(shown.headers[SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    let [_, other] = person(&server, Role::SecurityAnalyst, &[]).await;
    assert!(!show(&other).await.body.contains("Secret access key"));
    let later = server.get("/settings", &cookie).await.body;
    assert!(!later.contains("Secret access key"));

    let id = field(&later, "access_key_id");
    let change = "/settings/access-keys/change";
    for (change_to, confirm, csrf, wanted) in [
        ("delete", "", csrf.as_str(), 400),
        ("delete", id.as_str(), "wrong", 403),
        ("disable", "", csrf.as_str(), 303),
        ("delete", id.as_str(), csrf.as_str(), 303),
        ("delete", id.as_str(), csrf.as_str(), 404),
    ] {
        let form = format!("csrf={csrf}&access_key_id={id}&change={change_to}&confirm={confirm}");
        let answer = send_form(&server, change, &cookie, form).await;
        assert_eq!(answer.status, wanted, "{change_to} {confirm}: {answer:?}");
    }
    assert_eq!(world.count("select count(*) from access_key").await, 0);
    server.close().await;
}

#[tokio::test]
async fn a_session_that_is_ended_is_over_at_once() {
    let world = world().await;
    let server = Server::start(&world).await;
    let [bearer, cookie] = person(&server, Role::SecurityAnalyst, &[]).await;
    let [stranger, _] = person(&server, Role::Auditor, &[ACCOUNT]).await;
    let (_, own) = ask(&server, Method::GET, "/api/v1/sessions", &bearer).await;
    let sessions = own["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2, "{own:#}");
    let this = sessions.iter().find(|session| session["is_this"] == true).unwrap();
    assert_eq!(this["audience"], "api");
    let browser = sessions.iter().find(|session| session["is_this"] == false).unwrap();
    let path = format!("/api/v1/sessions/{}", browser["id"].as_str().unwrap());
    assert_eq!(ask(&server, Method::DELETE, &path, &stranger).await.0, 404);
    assert_eq!(server.get("/settings", &cookie).await.status, 200);
    assert_eq!(ask(&server, Method::DELETE, &path, &bearer).await.0, 204);
    assert_eq!(server.get("/settings", &cookie).await.status, 303);
    server.close().await;
}

#[tokio::test]
async fn an_address_that_signs_as_nobody_has_to_wait() {
    let world = world().await;
    let server = Server::start(&world).await;
    let ask = |address: [u8; 4]| {
        let body = Body::from("Action=GetCallerIdentity&Version=2011-06-15");
        let mut asked = request(Method::POST, "/", &Credential::Nothing, body);
        let form = "application/x-www-form-urlencoded".parse().unwrap();
        asked.headers_mut().insert(CONTENT_TYPE, form);
        server.send_from(address, asked)
    };
    let mut refused = 0;
    loop {
        let answer = ask([192, 0, 2, 1]).await;
        if answer.body.contains("<Code>Throttling</Code>") {
            break;
        }
        assert!(answer.body.contains("<Code>MissingAuthenticationToken</Code>"), "{answer:?}");
        refused += 1;
        assert!(refused < 10_000, "nothing stops it");
    }
    let other = ask([192, 0, 2, 2]).await;
    assert!(other.body.contains("<Code>MissingAuthenticationToken</Code>"), "{other:?}");
}
