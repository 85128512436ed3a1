//! Signing in and out by forms, and what guards them.

use crate::server::{Answer, Credential, Server, request};
use crate::trail::{ACCOUNT, hour};
use crate::world::World;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{Method, Request};
use orgtrail_shared::console::Role;

const PASSWORD: &str = "correct horse battery";
const FORM: &str = "0123456789abcdef0123456789abcdef";

async fn world() -> (World, Server) {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let server = Server::start(&world).await;
    server.add_user("alice", Role::SecurityAnalyst, &[], Some(PASSWORD)).await;
    (world, server)
}

fn form(path: &str, cookie: &str, body: String) -> Request<Body> {
    let mut request = request(Method::POST, path, &Credential::Nothing, Body::from(body));
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
    headers.insert(COOKIE, cookie.parse().unwrap());
    request
}

async fn sign_in(server: &Server, name: &str, password: &str, next: &str) -> Answer {
    let password = password.replace(' ', "+");
    let body = format!("name={name}&password={password}&next={next}&csrf={FORM}");
    server.send(form("/sign-in", &format!("orgtrail_form={FORM}"), body)).await
}

/// The session that an answer sets.
fn session(answer: &Answer) -> Option<String> {
    let mut cookies =
        answer.headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap());
    let cookie = cookies.find_map(|text| text.strip_prefix("orgtrail_session="))?;
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    Some(cookie.split(';').next().unwrap().to_owned())
}

#[tokio::test]
async fn the_right_password_opens_a_session_and_leads_on() {
    let (_world, server) = world().await;
    let answer = sign_in(&server, "Alice", PASSWORD, "%2Fsearch%3Fq%3Da").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/search?q=a"));
    let cookie = Credential::Cookie(session(&answer).unwrap());
    assert_eq!(server.get("/", &cookie).await.status, 200);
    let away = sign_in(&server, "alice", PASSWORD, "https:%2F%2Fevil.example%2F").await;
    assert_eq!(away.header("location"), "/");
}

#[tokio::test]
async fn whatever_is_wrong_the_answer_is_the_same_and_opens_nothing() {
    let (world, server) = world().await;
    server.add_user("disabled", Role::SecurityAnalyst, &[], Some(PASSWORD)).await;
    sqlx::query("update app_user set is_disabled = true where name = 'disabled'")
        .execute(&world.database.pool)
        .await
        .unwrap();
    for (name, password) in
        [("alice", "wrong"), ("alice", ""), ("nobody", PASSWORD), ("disabled", PASSWORD), ("", "")]
    {
        let answer = sign_in(&server, name, password, "%2F").await;
        assert_eq!(
            answer.header("location"),
            "/sign-in?error=credentials&next=/",
            "{name} {password}"
        );
        assert_eq!(session(&answer), None, "{name} {password}");
    }
}

#[tokio::test]
async fn a_form_that_another_site_made_opens_nothing() {
    let (_world, server) = world().await;
    for (cookie, csrf) in [
        ("", FORM),
        ("orgtrail_form=", ""),
        (&format!("orgtrail_form={FORM}"), "other"),
        ("a=b", ""),
    ] {
        let body = format!("name=alice&password={}&csrf={csrf}", PASSWORD.replace(' ', "+"));
        let answer = server.send(form("/sign-in", cookie, body)).await;
        assert_eq!(
            answer.header("location"),
            "/sign-in?error=expired&next=/",
            "{cookie:?} {csrf:?}"
        );
        assert_eq!(session(&answer), None);
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_even_for_the_right_password() {
    let (_world, server) = world().await;
    for _ in 0..10 {
        sign_in(&server, "alice", "wrong", "%2F").await;
    }
    let answer = sign_in(&server, "ALICE", PASSWORD, "%2F").await;
    assert_eq!(answer.header("location"), "/sign-in?error=throttled&next=/");
    assert_eq!(session(&answer), None);
}

#[tokio::test]
async fn signing_out_needs_the_pages_own_form_and_ends_the_session_for_good() {
    let (_world, server) = world().await;
    let token = session(&sign_in(&server, "alice", PASSWORD, "%2F").await).unwrap();
    let (cookie, header) = (Credential::Cookie(token.clone()), format!("orgtrail_session={token}"));

    let forged = server.send(form("/sign-out", &header, "csrf=0123456789abcdef".to_owned())).await;
    assert_eq!(forged.status, 403);
    let page = server.get("/", &cookie).await;
    assert_eq!(page.status, 200, "a forged form has ended the session");

    let (_, rest) = page.body.split_once("name=\"csrf\" value=\"").unwrap();
    let csrf = rest.split('"').next().unwrap();
    let out = server.send(form("/sign-out", &header, format!("csrf={csrf}"))).await;
    assert_eq!((out.status.as_u16(), out.header("location")), (303, "/sign-in"));
    assert_eq!(server.get("/", &cookie).await.status, 303, "the cookie is still believed");
    let anonymous = server.send(form("/sign-out", "", "csrf=".to_owned())).await;
    assert_eq!(anonymous.header("location"), "/sign-in");
}

#[tokio::test]
async fn a_new_password_ends_every_session() {
    let (_world, server) = world().await;
    let cookie =
        Credential::Cookie(session(&sign_in(&server, "alice", PASSWORD, "%2F").await).unwrap());
    assert_eq!(server.get("/", &cookie).await.status, 200);
    server.add_user("alice", Role::SecurityAnalyst, &[], Some("another password")).await;
    assert_eq!(server.get("/", &cookie).await.status, 303);
    assert_eq!(session(&sign_in(&server, "alice", PASSWORD, "%2F").await), None);
}
