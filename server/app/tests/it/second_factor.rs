//! Codes of a second factor: confirmed before they count, good once, and required where the organization says so.

use crate::callers::{MANAGEMENT, MEMBER};
use crate::server::{Answer, Credential, Server, request};
use crate::trail::hour;
use crate::world::World;
use axum::body::Body;
use axum::http::Method;
use axum::http::header::{CONTENT_TYPE, COOKIE};
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_shared::console::Role;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

const PASSWORD: &str = "correct horse battery";

async fn send(server: &Server, method: Method, path: &str, by: &Credential, body: Value) -> Answer {
    let mut asked = request(method, path, by, Body::from(body.to_string()));
    asked.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
    server.send(asked).await
}

/// Signs in by the form; whether it worked.
async fn sign_in(server: &Server, password: &str, code: &str) -> bool {
    let page = server.get("/sign-in", &Credential::Nothing).await;
    let cookie = page.header("set-cookie").split(';').next().unwrap().to_owned();
    let csrf = cookie.split_once('=').unwrap().1.to_owned();
    let password = password.replace(' ', "+");
    let form = format!("name=ada&password={password}&code={code}&csrf={csrf}");
    let mut asked = request(Method::POST, "/sign-in", &Credential::Nothing, Body::from(form));
    asked.headers_mut().insert(COOKIE, cookie.parse().unwrap());
    let kind = "application/x-www-form-urlencoded".parse().unwrap();
    asked.headers_mut().insert(CONTENT_TYPE, kind);
    server.send(asked).await.header("location") == "/"
}

/// The code of a step: the present one, or some later.
fn code(totp: &Totp, steps: u64) -> String {
    let now = u64::try_from(SystemClock.now().timestamp()).unwrap();
    totp.generate(now + steps * 30).to_string()
}

fn app(secret: &str) -> Totp {
    let secret = Secret::try_from_base32(secret).unwrap();
    Builder::new().with_secret(secret).with_account_name("ada").build().unwrap()
}

/// As if no code had been used.
async fn forget_steps(world: &World) {
    sqlx::query("update second_factor set last_step = 0")
        .execute(&world.database.pool)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_needed_once_one_was_confirmed_and_each_is_good_once() {
    let world = World::with_accounts(hour(0), &[MANAGEMENT, MEMBER]).await;
    let server = Server::start(&world).await;
    let role = Role::OrganizationAdministrator;
    server.add_user("ada", role, &[MANAGEMENT], Some(PASSWORD)).await;
    let id = server.services.database.lookup_user("ada").await.unwrap().unwrap().user_id;
    let audience = orgtrail_server::access::Audience::Api;
    let (_, token) = server.session("ada", id, audience, SystemClock.now()).await;
    let ada = Credential::Bearer(token);
    let post = async |path: &str, body: Value| {
        send(&server, Method::POST, &format!("/api/v1/second-factor{path}"), &ada, body).await
    };
    let enrol = || post("", json!({"password": PASSWORD}));
    assert_eq!(post("", json!({"password": "wrong"})).await.status, 400);
    let begun = enrol().await;
    assert_eq!(begun.status, 201, "{begun:?}");
    let first = begun.json()["secret"].as_str().unwrap().to_owned();
    let again = enrol().await.json()["secret"].as_str().unwrap().to_owned();
    assert_ne!(first, again, "what isn't confirmed is replaced");
    let totp = app(&again);
    assert!(sign_in(&server, PASSWORD, "").await, "it doesn't count yet");
    let wrong = post("/confirm", json!({"code": code(&app(&first), 0)})).await;
    assert_eq!(wrong.status, 400, "{wrong:?}");
    let confirmed = post("/confirm", json!({"code": code(&totp, 0)})).await;
    assert_eq!(confirmed.status, 204, "{confirmed:?}");
    assert_eq!(enrol().await.status, 400, "there is one");

    let used = code(&totp, 0);
    for (password, code) in
        [(PASSWORD, ""), (PASSWORD, "000000"), (PASSWORD, &used), ("wrong", &used)]
    {
        assert!(!sign_in(&server, password, code).await, "{password} {code}");
    }
    assert!(sign_in(&server, PASSWORD, &code(&totp, 1)).await);
    assert!(!sign_in(&server, PASSWORD, &code(&totp, 1)).await, "used");

    forget_steps(&world).await;
    let removed = post("/remove", json!({"code": code(&totp, 0)})).await;
    assert_eq!(removed.status, 204, "{removed:?}");
    assert!(sign_in(&server, PASSWORD, "").await);
    // No secret is in what was recorded, nor in the database.
    let sql = "select count(*) from audit_act where record like '%' || $1 || '%'";
    let told: i64 =
        sqlx::query_scalar(sql).bind(&again).fetch_one(&world.database.pool).await.unwrap();
    assert_eq!(told, 0);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_changes_things_needs_one_where_the_organization_says_so() {
    let world = World::with_accounts(hour(0), &[MANAGEMENT, MEMBER]).await;
    let server = Server::start(&world).await;
    let role = Role::OrganizationAdministrator;
    server.add_user("ada", role, &[MANAGEMENT], Some(PASSWORD)).await;
    let id = server.services.database.lookup_user("ada").await.unwrap().unwrap().user_id;
    let audience = orgtrail_server::access::Audience::Api;
    let ada = Credential::Bearer(server.session("ada", id, audience, SystemClock.now()).await.1);
    let other = Credential::Bearer(server.session("ada", id, audience, SystemClock.now()).await.1);
    let bob = server.token("bob", Role::OrganizationAdministrator, &[MANAGEMENT]).await;
    let member = server.token("member", Role::Member, &[MEMBER]).await;
    let require = async |by: &Credential, is_required: bool| {
        let body = json!({"is_required": is_required});
        send(&server, Method::PUT, "/api/v1/second-factor/requirement", by, body).await
    };
    assert_eq!(require(&member, true).await.status, 403);
    let refused = require(&ada, true).await;
    assert!(refused.body.contains("your own second factor first"), "{refused:?}");
    let password = json!({"password": PASSWORD});
    let begun = send(&server, Method::POST, "/api/v1/second-factor", &ada, password).await;
    let totp = app(begun.json()["secret"].as_str().unwrap());
    let body = json!({"code": code(&totp, 0)});
    assert_eq!(
        send(&server, Method::POST, "/api/v1/second-factor/confirm", &ada, body).await.status,
        204
    );
    assert_eq!(server.get("/api/v1/identity", &other).await.status, 401, "it was opened without");
    assert_eq!(require(&ada, true).await.status, 204);
    // Bob sees as before, and changes nothing.
    assert_eq!(server.get("/api/v1/people", &ada).await.status, 200);
    let people = server.get("/api/v1/people", &bob).await;
    assert_eq!(people.status, 403);
    assert!(people.body.contains("needs a second factor"), "{people:?}");
    assert_eq!(server.get("/api/v1/operations", &bob).await.status, 200);
    assert_eq!(server.get("/api/v1/identity", &bob).await.status, 200);
    assert_eq!(require(&bob, false).await.status, 403);
    assert_eq!(require(&ada, false).await.status, 204);
    assert_eq!(server.get("/api/v1/people", &bob).await.status, 200);
    // Whoever has lost the phone is helped at the command line.
    world.run(&["user", "reset-second-factor", "ada"]).await.expect(0);
    let sql = "select count(*) from second_factor";
    assert_eq!(world.count(sql).await, 0);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_has_keys_and_tokens_and_no_password() {
    let world = World::with_accounts(hour(0), &[MANAGEMENT, MEMBER]).await;
    world.run(&["user", "add", "ada", "--service", "--role", "security-analyst"]).await.expect(0);
    let token = world.run(&["token", "ada"]).await.expect(0).stdout;
    world.run(&["access-key", "create", "ada"]).await.expect(0);
    let server = Server::start(&world).await;
    for password in ["", " ", PASSWORD] {
        assert!(!sign_in(&server, password, "").await, "{password:?}");
    }
    let service = Credential::Bearer(token.trim().to_owned());
    let shown = server.get("/api/v1/identity", &service).await;
    assert_eq!(shown.status, 200, "{shown:?}");
    let ada = server.token("boss", Role::OrganizationAdministrator, &[MANAGEMENT]).await;
    let people = server.get("/api/v1/people", &ada).await.json();
    let kinds: Vec<&Value> =
        people["people"].as_array().unwrap().iter().map(|person| &person["is_service"]).collect();
    assert_eq!(kinds, [&json!(true), &json!(false)], "{people}");
    server.close().await;
}
