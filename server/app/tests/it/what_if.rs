//! What a policy would have done to the calls that were made.

use crate::records::record;
use crate::server::{Answer, Credential, Server, request};
use crate::trail::{hour, put_log};
use crate::world::{ORGANIZATION, World};
use axum::body::Body;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_domain::organization::OrganizationFile;
use orgtrail_shared::console::Role;
use orgtrail_storage::acted;
use orgtrail_storage::organizations::Origin;
use serde_json::{Value, json};

const MANAGEMENT: &str = "121212343434";
const INSIDE: &str = "444455556666";
const BESIDE: &str = "777788889999";
const UNIT: &str = "ou-ab12-11111111";
const FULL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const KEEP: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"cloudtrail:DeleteTrail","Resource":"*"}]}"#;

fn call(number: u128, account: &str, at: DateTime<Utc>, name: &str, who: &str) -> Value {
    let mut event = record(number, account, at, name);
    event["eventSource"] = json!("cloudtrail.amazonaws.com");
    event["eventType"] = json!("AwsApiCall");
    event["userIdentity"] = json!({"type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": account,
        "arn": format!("arn:aws:iam::{account}:user/{who}"), "userName": who});
    event
}

/// One account lies in a unit, under a policy; calls were made an hour ago in all of them.
async fn world() -> World {
    let world = World::new().await;
    let membership = json!([{"joined_at": hour(0), "left_at": null}]);
    let mut attachments: Vec<Value> = ["r-ab12", UNIT, MANAGEMENT, INSIDE, BESIDE]
        .map(|target| json!({"policy": "p-FullAWSAccess", "target": target}))
        .into();
    attachments.push(json!({"policy": "p-12345678", "target": UNIT}));
    let account = |id: &str, unit: &str| json!({"id": id, "unit": unit, "memberships": membership});
    let text = json!({
        "id": ORGANIZATION, "name": "Example", "management_account": MANAGEMENT,
        "units": [{"id": "r-ab12", "name": "Root"}, {"id": UNIT, "name": "Shops", "parent": "r-ab12"}],
        "accounts": [account(MANAGEMENT, "r-ab12"), account(INSIDE, UNIT), account(BESIDE, "r-ab12")],
        "policies": [
            {"id": "p-FullAWSAccess", "name": "FullAWSAccess", "content": FULL},
            {"id": "p-12345678", "name": "keep", "content": KEEP},
        ],
        "attachments": attachments,
    });
    let file = OrganizationFile::parse(&text.to_string()).unwrap();
    acted!(world.open_database().await, load_organization(&file, Origin::File, hour(0))).unwrap();
    let at = SystemClock.now() - TimeDelta::hours(1);
    for (number, account) in [(10, MANAGEMENT), (20, INSIDE), (30, BESIDE)] {
        let mut denied = call(number + 3, account, at, "DeleteTrail", "anna");
        denied["errorCode"] = json!("AccessDenied");
        let mut service = call(number + 4, account, at, "StopLogging", "x");
        service["userIdentity"] =
            json!({"type": "AWSService", "invokedBy": "config.amazonaws.com"});
        let events = [
            call(number, account, at, "StopLogging", "anna"),
            call(number + 1, account, at, "StopLogging", "anna"),
            call(number + 2, account, at, "DescribeTrails", "bert"),
            denied,
            service,
            // Somebody of another account, whom this account's policies don't bind.
            {
                let mut foreign = call(number + 5, account, at, "StopLogging", "x");
                foreign["userIdentity"]["accountId"] = json!("999988887777");
                foreign["userIdentity"]["arn"] = json!("arn:aws:iam::999988887777:user/x");
                foreign
            },
        ];
        put_log(&world.path("bucket"), account, at, "file000000000000", &events);
    }
    world.import(&world.path("bucket"), &[]).await;
    world
}

async fn ask(server: &Server, by: &Credential, change: Value) -> Answer {
    let body = Body::from(json!({ "change": change }).to_string());
    let mut asked = request(Method::POST, "/api/v1/organization/what-if", by, body);
    asked.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
    server.send(asked).await
}

fn deny(action: &str, more: &Value) -> String {
    let mut statement = json!({"Effect": "Deny", "Action": action, "Resource": "*"});
    if let (Some(statement), Some(more)) = (statement.as_object_mut(), more.as_object()) {
        statement.extend(more.clone());
    }
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

/// Effect, account, user, action and calls of each row.
fn rows(answer: &Answer) -> Vec<(String, String, String, String, u64)> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let answer = answer.json();
    let rows = answer["affected"].as_array().unwrap().iter().map(|row| {
        let principal = text(&row["principal"]);
        let user = principal.rsplit('/').next().unwrap().to_owned();
        let calls = row["calls"].as_u64().unwrap();
        (text(&row["effect"]), text(&row["account"]), user, text(&row["action"]), calls)
    });
    rows.collect()
}

fn row(
    effect: &str,
    account: &str,
    user: &str,
    action: &str,
    calls: u64,
) -> (String, String, String, String, u64) {
    (effect.to_owned(), account.to_owned(), user.to_owned(), action.to_owned(), calls)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_is_tried_on_the_calls_that_were_made() {
    let world = world().await;
    let server = Server::start(&world).await;
    let [analyst, cookie] =
        server.person(ORGANIZATION, Role::SecurityAnalyst, &[], (None, None)).await;
    let stop = deny("cloudtrail:StopLogging", &json!({}));
    let attach =
        |content: &str, target: &str| json!({"attach": {"content": content, "target": target}});
    let everywhere = ask(&server, &analyst, attach(&stop, "r-ab12")).await;
    let blocked = |account: &str| row("blocked", account, "anna", "cloudtrail:StopLogging", 2);
    assert_eq!(
        rows(&everywhere),
        [blocked(INSIDE), blocked(BESIDE)],
        "never the management account"
    );
    assert_eq!(everywhere.json()["accounts"], 2);
    assert_eq!(everywhere.json()["totals"], json!({"blocked": 4}));
    let unit = ask(&server, &analyst, attach(&stop, UNIT)).await;
    assert_eq!(rows(&unit), [blocked(INSIDE)]);
    let management = ask(&server, &analyst, attach(&stop, MANAGEMENT)).await;
    assert_eq!(rows(&management), []);
    assert!(management.json()["notes"][0].as_str().unwrap().contains("no effect"));

    // The search finds what was counted.
    let search = everywhere.json()["affected"][0]["search"].as_str().unwrap().to_owned();
    let query: String = form_encoded(&search);
    let found = server.get(&format!("/api/v1/events?q={query}"), &analyst).await.json();
    assert_eq!(found["events"].as_array().unwrap().len(), 2, "{search}");

    let by_region =
        deny("*", &json!({"Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-9"}}}));
    assert_eq!(rows(&ask(&server, &analyst, attach(&by_region, UNIT)).await).len(), 2);
    let by_tag = deny(
        "cloudtrail:Stop*",
        &json!({"Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}}),
    );
    let tagged = ask(&server, &analyst, attach(&by_tag, UNIT)).await;
    assert_eq!(rows(&tagged), [row("may-be-blocked", INSIDE, "anna", "cloudtrail:StopLogging", 2)]);
    assert_eq!(tagged.json()["affected"][0]["depends_on"], json!(["aws:PrincipalTag/team"]));
    let by_address = deny(
        "cloudtrail:Stop*",
        &json!({"Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}),
    );
    assert_eq!(rows(&ask(&server, &analyst, attach(&by_address, UNIT)).await), [blocked(INSIDE)]);

    // What was denied would be open again, as far as policies go.
    let detach = json!({"detach": {"policy": "p-12345678", "target": UNIT}});
    let opened = ask(&server, &analyst, detach).await;
    assert_eq!(rows(&opened), [row("opened", INSIDE, "anna", "cloudtrail:DeleteTrail", 1)]);
    let last = json!({"detach": {"policy": "p-FullAWSAccess", "target": INSIDE}});
    let last = ask(&server, &analyst, last).await;
    assert!(last.json()["notes"][0].as_str().unwrap().contains("last policy"));
    assert_eq!(
        rows(&last),
        [blocked(INSIDE), row("blocked", INSIDE, "bert", "cloudtrail:DescribeTrails", 1)]
    );

    let path = format!("/what-if?target={UNIT}&content={}", form_encoded(&stop));
    let page = server.get(&path, &cookie).await.body;
    assert!(page.contains("2 calls would have been blocked"), "{page}");
    server.close().await;
}

fn form_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_read_policies_tries_none_and_nonsense_is_named() {
    let world = world().await;
    let server = Server::start(&world).await;
    let [analyst, _] = server.person(ORGANIZATION, Role::SecurityAnalyst, &[], (None, None)).await;
    let [member, cookie] = server.person(ORGANIZATION, Role::Member, &[INSIDE], (None, None)).await;
    let detach = |policy: &str| json!({"detach": {"policy": policy, "target": UNIT}});
    assert_eq!(ask(&server, &member, detach("p-12345678")).await.status, 403);
    let page = server.get(&format!("/what-if?target={UNIT}&policy=p-12345678"), &cookie).await;
    assert!(page.body.contains("ask somebody with one of these"), "{page:?}");
    for (change, words) in [
        (detach("p-87654321"), "not attached"),
        (json!({"attach": {"content": "{", "target": UNIT}}), "the policy is wrong: line 1"),
        (
            json!({"attach": {"content": KEEP, "target": "ou-ab12-99999999"}}),
            "no root, unit or account",
        ),
        (json!({"attach": {"content": KEEP}}), "missing field `target`"),
    ] {
        let refused = ask(&server, &analyst, change).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        assert!(refused.body.contains(words), "{refused:?}");
    }
    server.close().await;
}
