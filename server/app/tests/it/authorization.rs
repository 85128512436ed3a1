//! Every route and every kind of caller, and whose data an answer holds.

use crate::callers::{AUDITED, Caller, MANAGEMENT, MEMBER, SUSPENDED, callers, suspended};
use crate::server::{Server, request};
use crate::trail::{hour, put_log};
use crate::world::World;
use crate::{records::event_id, records::record};
use axum::body::Body;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use orgtrail_server::http::api::ApiDocument;
use orgtrail_shared::console::Role;
use orgtrail_web::document::PATHS;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::OpenApi;

/// Who may have an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Anybody.
    Open,
    /// Anybody, but nobody who is signed in needs it.
    SignIn,
    /// Whoever is signed in, each with their own accounts' data.
    Own,
    /// The event of the member's account: nobody learns of it who may not see that account.
    MemberOnly,
    /// Roles that see the whole organization.
    Operators,
    /// Organization administrators.
    Administrators,
    /// Whoever is signed in, as far as they manage the thing; otherwise it isn't there.
    Managed,
    /// Whoever is signed in and says what is wanted; who may is tested with what is wanted.
    Described,
    /// Nothing is there, and only callers who are signed in are told so.
    Nothing,
}

pub(crate) fn get_routes() -> Vec<(String, Rule)> {
    let range = "from=2026-03-01&to=2026-03-04";
    let own = event_id(2);
    [
        ("/healthz", Rule::Open),
        ("/readyz", Rule::Open),
        ("/metrics", Rule::Open),
        ("/pkg/console.x.css", Rule::Open),
        ("/api/v1/openapi.json", Rule::Own),
        (&format!("/api/v1/events?{range}"), Rule::Own),
        (&format!("/api/v1/events/histogram?{range}"), Rule::Own),
        (&format!("/api/v1/events/facets?{range}"), Rule::Own),
        (&format!("/api/v1/events/{own}"), Rule::MemberOnly),
        (&format!("/api/v1/coverage?{range}"), Rule::Own),
        (&format!("/api/v1/coverage/cell?account={MEMBER}&{range}"), Rule::MemberOnly),
        (&format!("/api/v1/completions?word=account:&{range}"), Rule::Own),
        ("/api/v1/overview", Rule::Own),
        ("/api/v1/organization", Rule::Own),
        (&format!("/api/v1/organization/accounts/{MEMBER}"), Rule::MemberOnly),
        (
            &format!("/api/v1/organization/accounts/{MEMBER}/policy-answer?action=s3:GetObject"),
            Rule::MemberOnly,
        ),
        ("/api/v1/event-accesses", Rule::Own),
        ("/api/v1/organization/policies", Rule::Operators),
        ("/api/v1/authorize/rules", Rule::Own),
        ("/api/v1/identity-provider", Rule::Administrators),
        ("/api/v1/quarantine", Rule::Own),
        ("/api/v1/operations", Rule::Operators),
        ("/api/v1/identity", Rule::Own),
        ("/api/v1/people", Rule::Administrators),
        ("/api/v1/access-keys", Rule::Own),
        ("/api/v1/sessions", Rule::Own),
        ("/api/v1/grants", Rule::Own),
        ("/api/v1/authorize/explain?action=orgtrail:SearchEvents", Rule::Own),
        ("/api/v1/no-such-route", Rule::Nothing),
        ("/api/v2/events", Rule::Nothing),
        ("/", Rule::Own),
        (&format!("/search?{range}"), Rule::Own),
        (&format!("/events/{own}"), Rule::MemberOnly),
        ("/organization", Rule::Own),
        (&format!("/organization/{MEMBER}?action=s3:GetObject"), Rule::MemberOnly),
        (&format!("/integrity?{range}"), Rule::Own),
        ("/access", Rule::Own),
        ("/quarantine", Rule::Own),
        ("/operations", Rule::Operators),
        ("/settings", Rule::Own),
        ("/rules", Rule::Own),
        ("/identity-provider", Rule::Administrators),
        ("/policies", Rule::Operators),
        ("/what-if", Rule::Own),
        ("/why?action=orgtrail:SearchEvents", Rule::Own),
        ("/sign-in", Rule::SignIn),
        ("/no-such-page", Rule::Nothing),
    ]
    .map(|(path, rule)| (path.to_owned(), rule))
    .into()
}

/// What changes something, with who may do it through the API.
fn actions() -> [(Method, &'static str, Rule); 16] {
    [
        (Method::POST, "/api/v1/quarantine/{id}/retry", Rule::Operators),
        (Method::POST, "/api/v1/access-keys", Rule::Own),
        (Method::POST, "/api/v1/access-keys/{id}/disable", Rule::Managed),
        (Method::POST, "/api/v1/access-keys/{id}/enable", Rule::Managed),
        (Method::DELETE, "/api/v1/access-keys/{id}", Rule::Managed),
        (Method::DELETE, "/api/v1/sessions/{id}", Rule::Managed),
        (Method::POST, "/api/v1/grants", Rule::Described),
        (Method::POST, "/api/v1/second-factor", Rule::Described),
        (Method::POST, "/api/v1/second-factor/confirm", Rule::Described),
        (Method::POST, "/api/v1/second-factor/remove", Rule::Described),
        (Method::PUT, "/api/v1/second-factor/requirement", Rule::Described),
        (Method::PUT, "/api/v1/authorize/rules", Rule::Described),
        (Method::PUT, "/api/v1/identity-provider", Rule::Described),
        (Method::POST, "/api/v1/organization/what-if", Rule::Described),
        (Method::POST, "/api/v1/organization/edits", Rule::Described),
        (Method::DELETE, "/api/v1/grants/{id}", Rule::Managed),
    ]
}

/// The console's server functions with what they are asked.
fn functions() -> Vec<(&'static str, serde_json::Value, Rule)> {
    let range = "from=2026-03-01&to=2026-03-04&reads=show";
    vec![
        ("complete", json!({"parameters": range, "word": "account:"}), Rule::Own),
        ("count", json!({"parameters": range}), Rule::Own),
    ]
}

/// The status that a caller must get.
fn expected(path: &str, rule: Rule, caller: &Caller) -> u16 {
    let asking = caller.role;
    let sees_all = asking.is_some_and(Role::sees_all_accounts);
    match (rule, asking) {
        (Rule::Open, _)
        | (Rule::SignIn, None)
        | (Rule::Own, Some(_))
        | (Rule::Administrators, Some(Role::OrganizationAdministrator)) => 200,
        (_, None) if path.starts_with("/api/") => 401,
        (_, None) | (Rule::SignIn, Some(_)) => 303,
        (Rule::MemberOnly, Some(_)) if caller.sees.contains(&MEMBER) => 200,
        (Rule::Operators, Some(_)) if sees_all => 200,
        (Rule::Operators | Rule::Administrators, Some(_)) => 403,
        (Rule::MemberOnly | Rule::Nothing | Rule::Managed, Some(_)) => 404,
        (Rule::Described, Some(_)) => 400,
    }
}

async fn world() -> World {
    let world = World::with_accounts(hour(0), &[MANAGEMENT, MEMBER, AUDITED, SUSPENDED]).await;
    for (number, account) in [(1, MANAGEMENT), (2, MEMBER), (3, AUDITED)] {
        let event = record(number, account, hour(1), &format!("ActionOf{account}"));
        put_log(
            &world.path("bucket"),
            account,
            hour(1),
            "file000000000000",
            &[event, json!("no record")],
        );
    }
    world.import(&world.path("bucket"), &[]).await;
    world
}

/// Fails when a body holds anything of an account that the caller may not see.
fn check_body(caller: &Caller, path: &str, body: &str) {
    let visible = caller.sees;
    // What the caller has asked for by name may be repeated in a refusal.
    for (number, account) in [(1, MANAGEMENT), (2, MEMBER), (3, AUDITED)] {
        for text in [account.to_owned(), event_id(number)] {
            let is_foreign =
                !visible.contains(&account) && body.contains(&text) && !path.contains(&text);
            assert!(!is_foreign, "{} of {path} reads of {text}: {body}", caller.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_answers_each_caller_with_what_is_theirs() {
    let world = world().await;
    let server = Server::start(&world).await;
    let mut callers = callers(&server).await;
    callers.push(suspended(&world, &server).await);
    for caller in callers {
        for (path, rule) in get_routes() {
            let credential =
                if path.starts_with("/api/") { &caller.bearer } else { &caller.cookie };
            let answer = server.get(&path, credential).await;
            let status = answer.status.as_u16();
            assert_eq!(
                status,
                expected(&path, rule, &caller),
                "{} on {path}: {}",
                caller.name,
                answer.body
            );
            check_body(&caller, &path, &answer.body);
            let is_data = rule == Rule::Own
                && !matches!(
                    path.as_str(),
                    "/api/v1/openapi.json"
                        | "/quarantine"
                        | "/api/v1/event-accesses"
                        | "/api/v1/authorize/rules"
                        | "/api/v1/access-keys"
                        | "/api/v1/sessions"
                );
            if is_data
                && caller.name == "member"
                && path != "/api/v1/events/histogram?from=2026-03-01&to=2026-03-04"
            {
                assert!(
                    answer.body.contains(MEMBER),
                    "{} on {path} lacks the own account: {}",
                    caller.name,
                    answer.body
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_server_function_answers_each_caller_with_what_is_theirs() {
    let world = world().await;
    let server = Server::start(&world).await;
    let mut callers = callers(&server).await;
    callers.push(suspended(&world, &server).await);
    for caller in callers {
        for (name, body, rule) in functions() {
            let path = format!("/ui/{name}");
            let mut asked =
                request(Method::POST, &path, &caller.cookie, Body::from(body.to_string()));
            asked.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
            let answer = server.send(asked).await;
            let may = match rule {
                Rule::Open => true,
                Rule::Operators => caller.role.is_some_and(Role::sees_all_accounts),
                Rule::MemberOnly => caller.sees.contains(&MEMBER),
                Rule::Administrators => caller.role == Some(Role::OrganizationAdministrator),
                Rule::SignIn | Rule::Own | Rule::Managed | Rule::Described | Rule::Nothing => {
                    caller.role.is_some()
                }
            };
            assert_eq!(answer.status.is_success(), may, "{} on {path}: {answer:?}", caller.name);
            check_body(&caller, &format!("{path} {body}"), &answer.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_action_is_done_for_those_who_may_and_refused_to_others() {
    let world = world().await;
    let server = Server::start(&world).await;
    let entry = world.count("select min(quarantine_id) from quarantine").await;
    let mut callers = callers(&server).await;
    callers.push(suspended(&world, &server).await);
    for caller in callers {
        for (method, path, rule) in actions() {
            for (id, known) in [(entry, 200), (entry + 1_000, 404)] {
                // A grant of this number is there.
                let id = if path.contains("/grants/") { id + 1_000_000 } else { id };
                let path = path.replace("{id}", &id.to_string());
                let may = caller.role.is_some_and(Role::sees_all_accounts);
                let wanted = match (rule, caller.role) {
                    (Rule::Operators, Some(_)) if may => known,
                    (Rule::Operators, Some(_)) => 403,
                    // Two keys of one's own, one for each turn.
                    (Rule::Own, Some(_)) => 201,
                    (Rule::Managed, Some(_)) => 404,
                    (Rule::Described, Some(_)) => 400,
                    _ => 401,
                };
                let asked = request(method.clone(), &path, &caller.bearer, Body::empty());
                let answer = server.send(asked).await;
                assert_eq!(answer.status, wanted, "{} on {path}: {answer:?}", caller.name);
            }
        }
        let odd =
            request(Method::POST, "/api/v1/quarantine/abc/retry", &caller.bearer, Body::empty());
        let answer = server.send(odd).await;
        let wanted = if caller.role.is_some() { 400 } else { 401 };
        assert_eq!(answer.status, wanted, "{}: {answer:?}", caller.name);
        assert!(answer.json()["error"]["message"].is_string(), "{answer:?}");
        check_form(&server, &caller, entry).await;
    }
}

/// The console's form needs the token of the page, the role, and a page of ours.
async fn check_form(server: &Server, caller: &Caller, entry: i64) {
    let mut csrf = "a".to_owned();
    if caller.role.is_some() {
        let page = server.get("/", &caller.cookie).await.body;
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
        rest.split_once('"').unwrap().0.clone_into(&mut csrf);
    }
    let may = caller.role.is_some_and(Role::sees_all_accounts);
    for (id, csrf, site, known) in [
        (entry, "a", "same-origin", 403),
        (entry, csrf.as_str(), "cross-site", 403),
        (entry, csrf.as_str(), "same-origin", 303),
        (entry + 1_000, csrf.as_str(), "same-origin", 404),
    ] {
        let body = Body::from(format!("id={id}&csrf={csrf}"));
        let mut asked = request(Method::POST, "/quarantine/retry", &caller.cookie, body);
        let form = "application/x-www-form-urlencoded".parse().unwrap();
        asked.headers_mut().insert(CONTENT_TYPE, form);
        asked.headers_mut().insert("sec-fetch-site", site.parse().unwrap());
        let answer = server.send(asked).await;
        let wanted = match caller.role {
            _ if site == "cross-site" => 403,
            None => 303,
            Some(_) if may => known,
            Some(_) => 403,
        };
        assert_eq!(answer.status, wanted, "{} with {id}, {site}: {answer:?}", caller.name);
        if caller.role.is_none() && wanted == 303 {
            assert!(answer.headers["location"].to_str().unwrap().starts_with("/sign-in"));
        }
    }
}

#[tokio::test]
async fn the_api_takes_a_console_session_for_what_the_console_may_see() {
    let world = world().await;
    let server = Server::start(&world).await;
    let callers = callers(&server).await;
    let member = callers.iter().find(|caller| caller.name == "member").unwrap();
    let answer = server.get("/api/v1/organization", &member.cookie).await;
    assert_eq!(answer.status, 200);
    check_body(member, "/api/v1/organization", &answer.body);
}

/// The route that answers an address.
pub(crate) fn template(address: &str) -> String {
    let path = address.split('?').next().unwrap();
    path.replace(&event_id(2), "{id}").replace(MEMBER, "{id}")
}

#[test]
fn every_documented_route_has_a_row_and_every_api_row_is_documented() {
    let documented: BTreeSet<String> = ApiDocument::openapi().paths.paths.keys().cloned().collect();
    let rows: BTreeSet<String> = get_routes()
        .iter()
        .filter(|(path, rule)| path.starts_with("/api/v1/") && *rule != Rule::Nothing)
        .map(|(path, _)| template(path))
        .filter(|path| path != "/api/v1/openapi.json")
        .chain(actions().map(|(_, path, _)| path.to_owned()))
        .collect();
    assert_eq!(rows, documented);
}

#[test]
fn the_document_says_that_parameters_belong_into_the_query_and_are_optional() {
    let document = serde_json::to_value(ApiDocument::openapi()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for parameter in item["get"]["parameters"].as_array().into_iter().flatten() {
            let is_path = parameter["name"] == "id";
            let is_required = is_path
                || (path == "/api/v1/coverage/cell" && parameter["name"] == "account")
                || (path.ends_with("/policy-answer") && parameter["name"] == "action")
                || (path.ends_with("/explain") && parameter["name"] == "action");
            assert_eq!(
                parameter["in"],
                if is_path { "path" } else { "query" },
                "{path}: {parameter}"
            );
            assert_eq!(parameter["required"], is_required, "{path}: {parameter}");
        }
    }
}

#[tokio::test]
async fn every_page_and_server_function_has_a_row() {
    let rows: BTreeMap<String, Rule> =
        get_routes().into_iter().map(|(path, rule)| (template(&path), rule)).collect();
    for page in PATHS {
        assert!(rows.contains_key(page), "the page {page} has no row");
    }
    let registered: BTreeSet<String> =
        leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    let rows: BTreeSet<String> =
        functions().iter().map(|(name, ..)| format!("/ui/{name}")).collect();
    assert_eq!(rows, registered);
}
