//! An organization that is kept here is changed as AWS would change it, by those who may.

use crate::callers::MANAGEMENT;
use crate::server::{Answer, Credential, Server, request};
use crate::world::{ORGANIZATION, World};
use axum::body::Body;
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use orgtrail_domain::organization::OrganizationFile;
use orgtrail_shared::console::Role;
use orgtrail_storage::acted;
use orgtrail_storage::organizations::Origin;
use serde_json::{Value, json};

const INSIDE: &str = "444455556666";
const NEW: &str = "555566667777";
const UNIT: &str = "ou-ab12-11111111";
const OTHER: &str = "ou-ab12-22222222";

async fn world(origin: Origin) -> World {
    let world = World::new().await;
    let membership = json!([{"joined_at": "2024-01-01T00:00:00Z", "left_at": null}]);
    let text = json!({
        "id": ORGANIZATION, "name": "Example", "management_account": MANAGEMENT,
        "trusted_access_since": "2024-01-01T00:00:00Z",
        "units": [{"id": "r-ab12", "name": "Root"}, {"id": UNIT, "name": "Shops", "parent": "r-ab12"},
            {"id": OTHER, "name": "Other", "parent": "r-ab12"}],
        "accounts": [
            {"id": MANAGEMENT, "name": "main", "unit": "r-ab12", "memberships": membership},
            {"id": INSIDE, "name": "inside", "unit": UNIT, "memberships": membership},
        ],
    });
    let file = OrganizationFile::parse(&text.to_string()).unwrap();
    let database = world.open_database().await;
    acted!(database, load_organization(&file, origin, crate::trail::hour(0))).unwrap();
    world
}

async fn edit(server: &Server, by: &Credential, edit: Value) -> Answer {
    let body = json!({"edit": edit, "reason": "for the test"}).to_string();
    let mut asked = request(Method::POST, "/api/v1/organization/edits", by, Body::from(body));
    asked.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
    server.send(asked).await
}

async fn account(server: &Server, by: &Credential, id: &str) -> Value {
    server.get(&format!("/api/v1/organization/accounts/{id}"), by).await.json()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_units_policies_and_delegations_are_changed_with_their_history() {
    let world = world(Origin::Local).await;
    let server = Server::start(&world).await;
    let administrator =
        server.token("administrator", Role::OrganizationAdministrator, &[MANAGEMENT]).await;
    let by = &administrator;
    let made = edit(
        &server,
        by,
        json!({"operation": "CreateOrganizationalUnit", "parent": UNIT, "name": "Deep"}),
    );
    let made = made.await;
    assert_eq!(made.status, 200, "{made:?}");
    let unit = made.json()["made"].as_str().unwrap().to_owned();
    for value in [
        json!({"operation": "CreateAccount", "account": NEW, "name": "new", "email": "new@example.com", "parent": unit}),
        json!({"operation": "MoveAccount", "account": NEW, "destination": OTHER}),
        json!({"operation": "RegisterOrganizationDelegatedAdmin", "account": NEW}),
        json!({"operation": "EnablePolicyType"}),
    ] {
        let done = edit(&server, by, value.clone()).await;
        assert_eq!(done.status, 200, "{value}: {done:?}");
        assert!(!done.json()["changes"].as_array().unwrap().is_empty());
    }
    let shown = account(&server, by, NEW).await;
    assert_eq!(shown["kind"], "delegated-administrator");
    assert_eq!(shown["places"].as_array().unwrap().len(), 2, "where it was before stays: {shown}");
    assert_eq!(shown["places"][0]["unit"], OTHER);
    assert_eq!(shown["memberships"].as_array().unwrap().len(), 1);
    assert_eq!(shown["levels"].as_array().unwrap().len(), 3);
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]});
    let policy = edit(
        &server,
        by,
        json!({"operation": "CreatePolicy", "name": "deny", "content": deny.to_string()}),
    );
    let policy = policy.await.json()["made"].as_str().unwrap().to_owned();
    let attach = json!({"operation": "AttachPolicy", "policy": policy, "target": OTHER});
    assert_eq!(edit(&server, by, attach.clone()).await.status, 200);
    let path = format!("/api/v1/organization/accounts/{NEW}/policy-answer?action=s3:GetObject");
    assert_eq!(server.get(&path, by).await.json()["is_open"], false);
    let book = server.get("/api/v1/organization/policies", by).await.json();
    assert_eq!(book["policies"][1]["targets"][0][0], OTHER, "{book}");
    // AWS's errors come with their names, and change nothing.
    let again = edit(&server, by, attach).await;
    assert_eq!(again.status, 400);
    assert!(again.body.contains("DuplicatePolicyAttachmentException"), "{again:?}");
    for value in [
        json!({"operation": "DeregisterOrganizationDelegatedAdmin", "account": NEW}),
        json!({"operation": "RemoveAccountFromOrganization", "account": NEW}),
    ] {
        assert_eq!(edit(&server, by, value).await.status, 200);
    }
    let gone = account(&server, by, NEW).await;
    assert_eq!(gone["kind"], "unknown");
    assert!(gone["memberships"][0]["left_at"].is_string(), "{gone}");
    // What was done is recorded by AWS's names, refusals with AWS's codes.
    let told: Vec<(String,)> = sqlx::query_as(
        "select (record::jsonb ->> 'eventName') || ' ' || coalesce(record::jsonb ->> 'errorCode', '') from audit_act
         where record::jsonb -> 'userIdentity' ->> 'userName' = 'administrator' and (record::jsonb ->> 'readOnly') = 'false'
         order by act_id",
    )
    .fetch_all(&world.database.pool)
    .await
    .unwrap();
    assert_eq!(told.len(), 10, "{told:?}");
    assert_eq!(told[0].0, "CreateOrganizationalUnit ");
    assert_eq!(told[7].0, "AttachPolicy DuplicatePolicyAttachmentException");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_may_changes_it_and_only_where_it_is_kept() {
    let move_it = json!({"operation": "MoveAccount", "account": INSIDE, "destination": OTHER});
    let world = world(Origin::Local).await;
    let server = Server::start(&world).await;
    let administrator =
        server.token("administrator", Role::OrganizationAdministrator, &[MANAGEMENT]).await;
    let analyst = server.token("analyst", Role::SecurityAnalyst, &[]).await;
    let member = server.token("member", Role::Member, &[INSIDE]).await;
    for by in [&analyst, &member] {
        let refused = edit(&server, by, move_it.clone()).await;
        assert_eq!(refused.status, 403, "{refused:?}");
    }
    // An administrator of one unit changes that unit, and nothing beside it.
    let grant = json!({"name": "member", "role": "organization-administrator", "target": UNIT, "reason": "x"});
    let mut asked =
        request(Method::POST, "/api/v1/grants", &administrator, Body::from(grant.to_string()));
    asked.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
    assert_eq!(server.send(asked).await.status, 201);
    let rename =
        |unit: &str| json!({"operation": "UpdateOrganizationalUnit", "unit": unit, "name": "New"});
    assert_eq!(edit(&server, &member, rename(UNIT)).await.status, 200);
    assert_eq!(edit(&server, &member, rename(OTHER)).await.status, 403);
    assert_eq!(edit(&server, &member, move_it.clone()).await.status, 403, "not into another unit");
    let policy = json!({"operation": "EnablePolicyType"});
    assert_eq!(edit(&server, &member, policy).await.status, 403);
    // What isn't there is AWS's error for whoever may change everything.
    let nowhere = edit(&server, &administrator, rename("ou-ab12-99999999")).await;
    assert!(nowhere.body.contains("OrganizationalUnitNotFoundException"), "{nowhere:?}");
    let mut body = json!({"edit": move_it, "reason": " "});
    let mut asked = request(
        Method::POST,
        "/api/v1/organization/edits",
        &administrator,
        Body::from(body.to_string()),
    );
    asked.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
    assert!(server.send(asked).await.body.contains("Say why"));
    body["edit"]["operation"] = json!("DestroyOrganization");
    let mut asked = request(
        Method::POST,
        "/api/v1/organization/edits",
        &administrator,
        Body::from(body.to_string()),
    );
    asked.headers_mut().insert(CONTENT_TYPE, "application/json".parse().unwrap());
    let unknown = server.send(asked).await;
    assert_eq!(unknown.status, 400);
    assert!(unknown.body.contains("DestroyOrganization"), "{unknown:?}");
    server.close().await;

    let world = crate::edits::world(Origin::File).await;
    let server = Server::start(&world).await;
    let administrator =
        server.token("administrator", Role::OrganizationAdministrator, &[MANAGEMENT]).await;
    let refused = edit(&server, &administrator, move_it).await;
    assert!(refused.body.contains("comes from a file"), "{refused:?}");
    let shown = server.get("/api/v1/organization", &administrator).await.json();
    assert!(shown["locked"]["reason"].as_str().unwrap().contains("comes from a file"), "{shown}");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_forms_ask_for_the_id_before_they_take_something_away() {
    let world = world(Origin::Local).await;
    let server = Server::start(&world).await;
    let cookie =
        server.cookie("administrator", Role::OrganizationAdministrator, &[MANAGEMENT]).await;
    let page = server.get(&format!("/organization/{INSIDE}"), &cookie).await.body;
    assert!(page.contains("Remove it from the organization"), "{page}");
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
    let csrf = rest.split('"').next().unwrap().to_owned();
    let remove = async |confirm: &str, csrf: &str| {
        let form = format!(
            "csrf={csrf}&operation=RemoveAccountFromOrganization&account={INSIDE}&reason=x&back=/organization&confirm={confirm}"
        );
        let mut asked = request(Method::POST, "/organization/edit", &cookie, Body::from(form));
        let kind = "application/x-www-form-urlencoded".parse().unwrap();
        asked.headers_mut().insert(CONTENT_TYPE, kind);
        server.send(asked).await
    };
    assert_eq!(remove(INSIDE, "forged").await.status, 403);
    let unconfirmed = remove("", &csrf).await;
    assert_eq!(unconfirmed.status, 400, "{unconfirmed:?}");
    assert!(unconfirmed.body.contains("type the id to confirm"));
    let done = remove(INSIDE, &csrf).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/organization?changed=1"));
    let page = server.get("/organization?changed=1", &cookie).await.body;
    assert!(page.contains("The organization was changed."), "{page}");
    assert!(server.get("/organization?kind=unknown", &cookie).await.body.contains(INSIDE));
    let members = server.get("/organization?kind=member", &cookie).await.body;
    assert!(!members.contains(&format!("/organization/{INSIDE}")), "{members}");
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_that_knows_no_organization_gets_one_by_the_command() {
    let world = World::new().await;
    let edit = |value: Value| value.to_string();
    let create = edit(
        json!({"operation": "CreateOrganization", "management_account": MANAGEMENT, "name": "main"}),
    );
    let made = world.run(&["organization", "edit", &create, "--reason", "begin"]).await.expect(0);
    assert!(made.stdout.contains("r-"), "{made:?}");
    let again = world.run(&["organization", "edit", &create, "--reason", "again"]).await.expect(1);
    assert!(again.stderr.contains("AlreadyInOrganizationException"), "{again:?}");
    let account = edit(
        json!({"operation": "CreateAccount", "account": NEW, "name": "new", "email": "new@example.com"}),
    );
    world.run(&["organization", "edit", &account, "--reason", "more"]).await.expect(0);
    let server = Server::start(&world).await;
    let administrator =
        server.token("administrator", Role::OrganizationAdministrator, &[MANAGEMENT]).await;
    let shown = server.get("/api/v1/organization", &administrator).await.json();
    assert_eq!(shown["accounts"].as_array().unwrap().len(), 2, "{shown}");
    server.close().await;
}
