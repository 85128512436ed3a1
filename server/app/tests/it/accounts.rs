//! One account's page: where it lay, what it was, and what the policies above it say.

use crate::server::{Credential, Server};
use crate::trail::hour;
use crate::world::{ORGANIZATION, World, at};
use orgtrail_domain::organization::OrganizationFile;
use orgtrail_shared::console::Role;
use orgtrail_storage::acted;
use orgtrail_storage::organizations::Origin;
use serde_json::{Value, json};

const MANAGEMENT: &str = "121212343434";
const MEMBER: &str = "444455556666";
const FULL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const DENY: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Keep","Effect":"Deny","Action":"cloudtrail:StopLogging","Resource":"*"}]}"#;

/// The organization with the member in a unit, with a policy on that unit.
fn file(unit: &str, denies: bool, policies: bool) -> OrganizationFile {
    let membership = json!([{"joined_at": hour(0), "left_at": null}]);
    let mut attachments: Vec<Value> =
        ["r-ab12", "ou-ab12-11111111", "ou-ab12-22222222", MEMBER, MANAGEMENT]
            .map(|target| json!({"policy": "p-FullAWSAccess", "target": target}))
            .into();
    if denies {
        attachments.push(json!({"policy": "p-12345678", "target": unit}));
    }
    let mut text = json!({
        "id": ORGANIZATION, "name": "Example", "management_account": MANAGEMENT,
        "units": [
            {"id": "r-ab12", "name": "Root"},
            {"id": "ou-ab12-11111111", "name": "One", "parent": "r-ab12"},
            {"id": "ou-ab12-22222222", "name": "Two", "parent": "r-ab12"},
        ],
        "accounts": [
            {"id": MANAGEMENT, "unit": "r-ab12", "memberships": membership},
            {"id": MEMBER, "unit": unit, "memberships": membership},
        ],
        "delegated_administrators": [{"account": MEMBER, "enabled_at": hour(2)}],
    });
    if policies {
        text["policies"] = json!([
            {"id": "p-FullAWSAccess", "name": "FullAWSAccess", "is_aws_managed": true, "content": FULL},
            {"id": "p-12345678", "name": "keep", "content": DENY},
        ]);
        text["attachments"] = attachments.into();
    }
    OrganizationFile::parse(&text.to_string()).unwrap()
}

async fn load(world: &World, file: &OrganizationFile, when: &str) {
    acted!(world.open_database().await, load_organization(file, Origin::File, at(when))).unwrap();
}

async fn ask(server: &Server, bearer: &Credential, account: &str, action: &str) -> Value {
    let path = format!("/api/v1/organization/accounts/{account}/policy-answer?action={action}");
    server.get(&path, bearer).await.json()
}

#[tokio::test]
async fn an_account_tells_where_it_lay_and_which_statement_refuses() {
    let world = World::new().await;
    load(&world, &file("ou-ab12-11111111", false, true), "2026-03-02T00:00:00Z").await;
    load(&world, &file("ou-ab12-22222222", true, true), "2026-03-05T00:00:00Z").await;
    let server = Server::start(&world).await;
    let [bearer, cookie] =
        server.person(ORGANIZATION, Role::SecurityAnalyst, &[], (None, None)).await;
    let path = format!("/api/v1/organization/accounts/{MEMBER}");
    let account = server.get(&path, &bearer).await.json();
    let places: Vec<&str> = account["places"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| place["name"].as_str().unwrap())
        .collect();
    assert_eq!(places, ["Two", "One"], "{account}");
    assert_eq!(account["places"][1]["span"]["to"], "2026-03-05T00:00:00Z", "{account}");
    assert_eq!(account["places"][0]["span"]["to"], Value::Null, "{account}");
    let levels: Vec<&str> = account["levels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|level| level["id"].as_str().unwrap())
        .collect();
    assert_eq!(levels, ["r-ab12", "ou-ab12-22222222", MEMBER]);

    let refused = ask(&server, &bearer, MEMBER, "cloudtrail:StopLogging").await;
    assert_eq!(refused["is_open"], false, "{refused}");
    assert!(refused.to_string().contains("p-12345678") && refused.to_string().contains("Keep"));
    assert_eq!(ask(&server, &bearer, MEMBER, "cloudtrail:GetTrail").await["is_open"], true);
    // Never the management account, whatever is attached above it.
    let exempt = ask(&server, &bearer, MANAGEMENT, "cloudtrail:StopLogging").await;
    assert!(exempt["is_open"] == true && exempt["exempt"].is_string(), "{exempt}");

    let page =
        server.get(&format!("/organization/{MEMBER}?action=cloudtrail:StopLogging"), &cookie).await;
    assert!(page.body.contains("The policies refuse cloudtrail:StopLogging"), "{}", page.body);
}

#[tokio::test]
async fn an_action_that_cannot_be_one_is_named_and_policies_not_in_use_refuse_nothing() {
    let world = World::new().await;
    load(&world, &file("ou-ab12-11111111", false, false), "2026-03-02T00:00:00Z").await;
    let server = Server::start(&world).await;
    let [bearer, cookie] =
        server.person(ORGANIZATION, Role::SecurityAnalyst, &[], (None, None)).await;
    let open = ask(&server, &bearer, MEMBER, "cloudtrail:StopLogging").await;
    assert!(open["is_open"] == true && open["exempt"].is_string(), "{open}");
    for action in ["StopLogging", ":", "cloudtrail:", "%00", "cloud%20trail:Stop"] {
        let path = format!("/api/v1/organization/accounts/{MEMBER}/policy-answer?action={action}");
        let answer = server.get(&path, &bearer).await;
        assert_eq!(answer.status, 400, "{action}: {answer:?}");
        let page = server.get(&format!("/organization/{MEMBER}?action={action}"), &cookie).await;
        assert_eq!(page.status, 200, "{action}: {page:?}");
    }
    let unknown = server.get("/api/v1/organization/accounts/12", &bearer).await;
    assert_eq!(unknown.status, 404, "{unknown:?}");
}
