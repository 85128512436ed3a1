//! Roles at places: what they show, who gives them and takes them back, and why something is refused.

use crate::records::{event_id, record};
use crate::server::{Answer, Credential, Server, request};
use crate::trail::{hour, put_log};
use crate::world::{ORGANIZATION, World};
use axum::body::Body;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use orgtrail_domain::organization::OrganizationFile;
use orgtrail_shared::console::Role;
use orgtrail_storage::acted;
use orgtrail_storage::organizations::Origin;
use serde_json::{Value, json};

const MANAGEMENT: &str = "121212343434";
const ONE: &str = "444455556666";
const TWO: &str = "777788889999";
const SUSPENDED: &str = "999900001111";
const UNIT: &str = "ou-ab12-11111111";
const FULL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const KEEP: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Keep","Effect":"Deny","Action":"cloudtrail:DeleteTrail","Resource":"*"}]}"#;
const RANGE: &str = "from=2026-03-01&to=2026-03-04";

/// Account one lies in a unit, under a policy; the others lie in the root. Each has an event.
async fn world() -> World {
    let world = World::new().await;
    let membership = json!([{"joined_at": hour(0), "left_at": null}]);
    let everywhere = ["r-ab12", UNIT, MANAGEMENT, ONE, TWO, SUSPENDED];
    let mut attachments: Vec<Value> =
        everywhere.map(|target| json!({"policy": "p-FullAWSAccess", "target": target})).into();
    attachments.push(json!({"policy": "p-12345678", "target": UNIT}));
    let text = json!({
        "id": ORGANIZATION, "name": "Example", "management_account": MANAGEMENT,
        "units": [{"id": "r-ab12", "name": "Root"}, {"id": UNIT, "name": "Shops", "parent": "r-ab12"}],
        "accounts": [
            {"id": MANAGEMENT, "unit": "r-ab12", "memberships": membership},
            {"id": ONE, "unit": UNIT, "memberships": membership},
            {"id": TWO, "unit": "r-ab12", "memberships": membership},
            {"id": SUSPENDED, "unit": "r-ab12", "state": "SUSPENDED", "memberships": membership},
        ],
        "delegated_administrators": [{"account": TWO, "enabled_at": hour(0)}],
        "policies": [
            {"id": "p-FullAWSAccess", "name": "FullAWSAccess", "content": FULL},
            {"id": "p-12345678", "name": "keep", "content": KEEP},
        ],
        "attachments": attachments,
    });
    let file = OrganizationFile::parse(&text.to_string()).unwrap();
    let database = world.open_database().await;
    acted!(database, load_organization(&file, Origin::File, hour(0))).unwrap();
    for (number, account) in [(1, MANAGEMENT), (2, ONE), (3, TWO), (4, SUSPENDED)] {
        let event = record(number, account, hour(1), &format!("ActionOf{account}"));
        put_log(&world.path("bucket"), account, hour(1), "file000000000000", &[event]);
    }
    world.import(&world.path("bucket"), &[]).await;
    world
}

async fn person(server: &Server, role: Role, accounts: &[&str]) -> [Credential; 2] {
    server.person(ORGANIZATION, role, accounts, (None, None)).await
}

async fn send(server: &Server, method: Method, path: &str, by: &Credential, body: Value) -> Answer {
    let mut asked = request(method, path, by, Body::from(body.to_string()));
    asked.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
    server.send(asked).await
}

fn wish(name: &str, role: Role, target: &str) -> Value {
    json!({"name": name, "role": role, "target": target, "reason": "for the test"})
}

async fn give(server: &Server, by: &Credential, wish: Value) -> Answer {
    send(server, Method::POST, "/api/v1/grants", by, wish).await
}

/// The numbers of the events that somebody finds.
async fn found(server: &Server, by: &Credential) -> Vec<usize> {
    let body = server.get(&format!("/api/v1/events?{RANGE}"), by).await.body;
    (1..=4).filter(|number| body.contains(&event_id(*number as u128))).collect()
}

async fn why(server: &Server, by: &Credential, action: &str, resource: &str) -> Value {
    let path = format!("/api/v1/authorize/explain?action={action}&resource={resource}");
    server.get(&path, by).await.json()
}

#[tokio::test]
async fn a_role_at_a_unit_shows_what_lies_in_it_and_no_machinery() {
    let world = world().await;
    let server = Server::start(&world).await;
    let [administrator, _] = person(&server, Role::OrganizationAdministrator, &[]).await;
    let [auditor, cookie] = person(&server, Role::Auditor, &[TWO]).await;
    assert_eq!(found(&server, &auditor).await, [3]);
    let name = format!("auditor-of-{ORGANIZATION}");
    let made = give(&server, &administrator, wish(&name, Role::SecurityAnalyst, UNIT)).await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = made.json()["id"].as_i64().unwrap();
    assert_eq!(made.json()["target_name"], "Shops");
    assert_eq!(found(&server, &auditor).await, [2, 3], "at once, by both");
    assert_eq!(server.get("/api/v1/operations", &auditor).await.status, 403);
    let page = server.get("/settings", &cookie).await.body;
    assert!(page.contains("security analyst") && page.contains("Shops"), "{page}");
    let path = format!("/api/v1/grants/{id}");
    let gone = send(&server, Method::DELETE, &path, &administrator, Value::Null).await;
    assert_eq!(gone.status, 204, "{gone:?}");
    assert_eq!(found(&server, &auditor).await, [3]);
    let again = send(&server, Method::DELETE, &path, &administrator, Value::Null).await;
    assert_eq!(again.status, 404);
    server.close().await;
}

#[tokio::test]
async fn whoever_has_no_role_left_is_out_at_once() {
    let world = world().await;
    let server = Server::start(&world).await;
    let [administrator, _] = person(&server, Role::OrganizationAdministrator, &[]).await;
    let [member, cookie] = person(&server, Role::Member, &[ONE]).await;
    let grants = server.get("/api/v1/grants", &administrator).await.json();
    let of_member = |grant: &&Value| grant["role"] == "member";
    let id = grants["grants"].as_array().unwrap().iter().find(of_member).unwrap()["id"].clone();
    let path = format!("/api/v1/grants/{id}");
    assert_eq!(send(&server, Method::DELETE, &path, &member, Value::Null).await.status, 404);
    assert_eq!(send(&server, Method::DELETE, &path, &administrator, Value::Null).await.status, 204);
    assert_eq!(server.get("/api/v1/identity", &member).await.status, 401);
    assert_eq!(server.get("/", &cookie).await.status, 303);
    server.close().await;
}

#[tokio::test]
async fn roles_are_given_only_where_one_grants_them() {
    let world = world().await;
    let server = Server::start(&world).await;
    let [administrator, _] = person(&server, Role::OrganizationAdministrator, &[]).await;
    let [analyst, _] = person(&server, Role::SecurityAnalyst, &[]).await;
    let [auditor, _] = person(&server, Role::Auditor, &[TWO]).await;
    let name = format!("auditor-of-{ORGANIZATION}");
    // An administrator of a unit grants in it and nowhere else.
    let unit = wish(&name, Role::OrganizationAdministrator, UNIT);
    assert_eq!(give(&server, &administrator, unit).await.status, 201);
    for (by, target, wanted) in [
        (&auditor, ONE, 201),
        (&auditor, UNIT, 201),
        (&auditor, TWO, 403),
        (&auditor, "r-ab12", 403),
        (&auditor, ORGANIZATION, 403),
        (&analyst, ONE, 403),
        (&administrator, "r-ab12", 201),
        (&administrator, "r-zz99", 403),
        (&administrator, "nowhere", 403),
    ] {
        let analyst = format!("security-analyst-of-{ORGANIZATION}");
        let made = give(&server, by, wish(&analyst, Role::Auditor, target)).await;
        assert_eq!(made.status, wanted, "{target}: {made:?}");
    }
    for (change, words) in [
        (json!({"role": "member", "target": UNIT}), "at an account"),
        (json!({"reason": " "}), "Say why"),
        (json!({"from": "2026-01-01T00:00:00Z"}), "Only an auditor"),
        (json!({"expires_at": "2020-01-01T00:00:00Z"}), "ended already"),
        (
            json!({"role": "auditor", "from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}),
            "ends before",
        ),
        (json!({"role": "auditor", "from": "2026-02-01T00:00:00Z"}), "another period"),
        (json!({"role": "emperor"}), "emperor"),
        (json!({"name": "nobody"}), "nobody"),
    ] {
        let mut wanted = wish(&name, Role::SecurityAnalyst, MANAGEMENT);
        for (field, value) in change.as_object().unwrap() {
            wanted[field] = value.clone();
        }
        let answer = give(&server, &administrator, wanted).await;
        assert!(matches!(answer.status.as_u16(), 400 | 404), "{change}: {answer:?}");
        assert!(answer.body.contains(words), "{change}: {answer:?}");
    }
    server.close().await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let world = world().await;
    let server = Server::start(&world).await;
    let [administrator, cookie] = person(&server, Role::OrganizationAdministrator, &[]).await;
    let grants = server.get("/api/v1/grants", &administrator).await.json();
    let id = grants["grants"][0]["id"].clone();
    let path = format!("/api/v1/grants/{id}");
    let kept = send(&server, Method::DELETE, &path, &administrator, Value::Null).await;
    assert_eq!(kept.status, 400, "{kept:?}");
    assert!(kept.body.contains("Nobody would be left"), "{kept:?}");
    // By the page, too, and only with the name typed.
    let page = server.get("/settings", &cookie).await.body;
    assert!(page.contains("Grant a role"), "{page}");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_administrators_can_not_take_back_each_others_roles_at_once() {
    let world = world().await;
    let server = Server::start(&world).await;
    for _ in 0..10 {
        let one = server.token("one", Role::OrganizationAdministrator, &[]).await;
        let two = server.token("two", Role::OrganizationAdministrator, &[]).await;
        let grants = server.get("/api/v1/grants", &one).await.json();
        let path_of = |name: &str| {
            let all = grants["grants"].as_array().unwrap();
            let id = &all.iter().find(|grant| grant["name"] == name).unwrap()["id"];
            format!("/api/v1/grants/{id}")
        };
        let (of_one, of_two) = (path_of("one"), path_of("two"));
        let (first, second) = tokio::join!(
            send(&server, Method::DELETE, &of_two, &one, Value::Null),
            send(&server, Method::DELETE, &of_one, &two, Value::Null),
        );
        let done = [&first, &second].iter().filter(|answer| answer.status == 204).count();
        assert_eq!(done, 1, "{first:?} {second:?}");
        let sql = "select count(*) from role_grant where role = 'organization-administrator' and revoked_at is null";
        assert_eq!(world.count(sql).await, 1);
    }
    server.close().await;
}

#[tokio::test]
async fn nobody_of_a_suspended_account_sees_anything() {
    let world = world().await;
    let server = Server::start(&world).await;
    let [member, cookie] = person(&server, Role::Member, &[SUSPENDED]).await;
    assert!(found(&server, &member).await.is_empty());
    let page = server.get("/", &cookie).await;
    assert_eq!(page.status, 200, "{page:?}");
    let said = why(&server, &member, "orgtrail:SearchEvents", SUSPENDED).await;
    assert_eq!(said["is_allowed"], false);
    assert_eq!(said["steps"][1]["by"], json!(["suspended-account"]), "{said:#}");
    server.close().await;
}

#[tokio::test]
async fn each_step_of_a_decision_is_told_and_who_could_do_it_instead() {
    let world = world().await;
    let server = Server::start(&world).await;
    let [administrator, cookie] = person(&server, Role::OrganizationAdministrator, &[]).await;
    let [member, _] = person(&server, Role::Member, &[ONE]).await;
    let [trails, _] = person(&server, Role::TrailAdministrator, &[TWO]).await;
    let trail = |owner: &str| format!("arn:aws:cloudtrail:us-east-1:{owner}:trail/main");
    let (of_all, own) = (trail(MANAGEMENT), trail(ONE));

    // The organization's trail is seen by members, and changed by its owner and the delegated administrators.
    let seen = why(&server, &member, "cloudtrail:GetTrail", &of_all).await;
    assert_eq!(seen["is_allowed"], true, "{seen:#}");
    let refused = why(&server, &member, "cloudtrail:StopLogging", &of_all).await;
    assert_eq!(refused["is_allowed"], false);
    assert_eq!(refused["steps"][0]["outcome"], "allows", "{refused:#}");
    assert_eq!(refused["steps"][1]["by"], json!(["organization-trail-owner"]));
    assert!(refused["instead"].to_string().contains("trail-administrator"), "{refused:#}");
    let delegated = why(&server, &trails, "cloudtrail:StopLogging", &of_all).await;
    assert_eq!(delegated["is_allowed"], true, "{delegated:#}");

    // Its own trail is the member's, as far as the policies above it let.
    assert_eq!(why(&server, &member, "cloudtrail:StopLogging", &own).await["is_allowed"], true);
    let denied = why(&server, &member, "cloudtrail:DeleteTrail", &own).await;
    assert_eq!(denied["steps"][2]["kind"], "policies", "{denied:#}");
    assert_eq!(denied["steps"][2]["by"], json!(["p-12345678 Keep"]));
    assert_eq!(why(&server, &member, "orgtrail:SearchEvents", TWO).await["is_allowed"], false);

    // About others ask those who manage people; they learn names.
    let about = |name: &str| {
        format!(
            "/api/v1/authorize/explain?principal={name}&action=cloudtrail:StopLogging&resource={of_all}"
        )
    };
    let name = format!("member-of-{ORGANIZATION}");
    assert_eq!(server.get(&about(&name), &trails).await.status, 403);
    assert_eq!(server.get(&about("nobody"), &administrator).await.status, 404);
    let told = server.get(&about(&name), &administrator).await.json();
    assert!(told["instead"].to_string().contains("trail-administrator-of"), "{told:#}");
    for (action, resource) in [
        ("cloudtrail:StopLogging", ""),
        ("cloudtrail:StopLogging", ONE),
        ("orgtrail:SearchEvents", of_all.as_str()),
        ("orgtrail:Nothing", ""),
        ("orgtrail:SearchEvents", "no%20place!"),
        ("cloudtrail:StopLogging", "arn:aws:s3:::bucket"),
    ] {
        let path = format!("/api/v1/authorize/explain?action={action}&resource={resource}");
        assert_eq!(server.get(&path, &member).await.status, 400, "{action} {resource}");
    }
    let page = server
        .get(
            &format!("/why?principal={name}&action=cloudtrail:StopLogging&resource={of_all}"),
            &cookie,
        )
        .await;
    assert!(page.body.contains("may not"), "{}", page.body);
    server.close().await;
}

#[tokio::test]
async fn what_is_given_can_not_outlast_the_giver() {
    let world = world().await;
    world
        .run_with_input(&["break-glass", "rescue", "--reason", "test"], "correct horse battery")
        .await
        .expect(0);
    let token = world.run(&["token", "rescue"]).await.expect(0).stdout;
    let rescue = Credential::Bearer(token.trim().to_owned());
    let server = Server::start(&world).await;
    let [_auditor, _] = person(&server, Role::Auditor, &[TWO]).await;
    let name = format!("auditor-of-{ORGANIZATION}");
    let role = Role::OrganizationAdministrator;
    let for_good = give(&server, &rescue, wish(&name, role, ORGANIZATION)).await;
    assert_eq!(for_good.status, 400, "{for_good:?}");
    assert!(for_good.body.contains("can't outlast it"), "{for_good:?}");
    let soon = orgtrail_domain::clock::Clock::now(&orgtrail_domain::clock::SystemClock)
        + chrono::TimeDelta::minutes(30);
    let mut wanted = wish(&name, role, ORGANIZATION);
    wanted["expires_at"] = json!(soon);
    let given = give(&server, &rescue, wanted).await;
    assert_eq!(given.status, 201, "{given:?}");
    // Somebody who is there already keeps what they have.
    let again = ["break-glass", "rescue", "--reason", "test"];
    let refused = world.run_with_input(&again, "correct horse battery").await.expect(1);
    assert!(refused.stderr.contains("take a new name"), "{refused:?}");
    server.close().await;
}
