//! What becomes of people when their identity provider, or what it says of groups, is changed.

use crate::callers::MEMBER;
use crate::federation::{Setting, alice, opens_a_session};
use crate::server::{Credential, request};
use axum::body::Body;
use axum::http::Method;
use axum::http::header::COOKIE;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_issuer::CLIENT_SECRET;
use orgtrail_shared::console::Role;
use orgtrail_storage::acted;
use orgtrail_storage::users::{Admitted, Sent};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_counts_where_the_organization_says_so() {
    let setting = Setting::new().await;
    setting.trust().await;
    let administrator = setting.session(alice(&["administrators"])).await;
    sqlx::query("update organization set requires_second_factor = true")
        .execute(&setting.world.database.pool)
        .await
        .unwrap();
    let change = |version| setting.put(&administrator, setting.provider(), None, version);
    let refused = change(1).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("identity provider don't count"), "{refused:?}");
    sqlx::query("update organization set requires_second_factor = false")
        .execute(&setting.world.database.pool)
        .await
        .unwrap();
    let mut provider = setting.provider();
    provider["counts_as_second_factor"] = json!(true);
    assert_eq!(setting.put(&administrator, provider.clone(), None, 1).await.status, 200);
    sqlx::query("update organization set requires_second_factor = true")
        .execute(&setting.world.database.pool)
        .await
        .unwrap();
    assert_eq!(setting.put(&administrator, provider, None, 2).await.status, 200);
    setting.server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_end_with_the_provider_and_the_last_administrator_is_kept() {
    let setting = Setting::new().await;
    setting.trust().await;
    let analyst = setting.session(alice(&["analysts"])).await;
    let fewer = json!([{"group": "web shop", "role": "member", "target": MEMBER},
        {"group": "administrators", "role": "organization-administrator", "target": setting.organization}]);
    let mut provider = setting.provider();
    provider["grants"] = fewer;
    assert_eq!(setting.put(&setting.administrator, provider, None, 1).await.status, 200);
    assert_eq!(
        setting.server.get("/", &analyst).await.status,
        303,
        "no group has that role any more"
    );
    let federated =
        json!({"sub": "0002", "preferred_username": "root", "groups": ["administrators"]});
    let federated = setting.session(federated).await;
    let only = "update app_user set is_disabled = true where name = 'administrator'";
    sqlx::query(only).execute(&setting.world.database.pool).await.unwrap();
    let locked = setting.put(&federated, Value::Null, None, 2).await;
    assert!(locked.body.contains("nobody would be left"), "{locked:?}");
    let back = "update app_user set is_disabled = false where name = 'administrator'";
    sqlx::query(back).execute(&setting.world.database.pool).await.unwrap();
    assert_eq!(setting.put(&setting.administrator, Value::Null, None, 2).await.status, 200);
    assert_eq!(setting.server.get("/", &federated).await.status, 303);
    let page = setting.server.get("/sign-in", &Credential::Nothing).await.body;
    assert!(!page.contains("Example ID"));
    setting.server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_that_was_begun_before_a_change_is_not_finished_after_it() {
    let setting = Setting::new().await;
    setting.trust().await;
    let (address, kept) = setting.begin().await;
    let (code, state) = setting.issuer.sign_in(&address, alice(&["administrators"]));
    let right = format!("code={code}&state={state}");
    // Nor at the address of another organization, where another provider may have sent it.
    let mut elsewhere = request(
        Method::GET,
        &format!("/sign-in/callback/o-another000?{right}"),
        &Credential::Nothing,
        Body::empty(),
    );
    let cookie = format!("orgtrail_provider={kept}").parse().unwrap();
    elsewhere.headers_mut().insert(COOKIE, cookie);
    let refused = setting.server.send(elsewhere).await;
    assert!(refused.header("location").contains("provider-expired"), "{refused:?}");
    assert_eq!(setting.put(&setting.administrator, Value::Null, None, 1).await.status, 200);
    let late = setting.come_back(&right, &kept).await;
    assert!(late.header("location").contains("provider-expired"), "{late:?}");
    assert!(!opens_a_session(&late));
    // The storage itself refuses whoever comes in by an old version.
    let known = setting.server.services.database.organizations().await.unwrap();
    let sent = Sent {
        organization_id: known[0].organization_id,
        version: 1,
        issuer: "https://id.example.com",
        subject: "1",
        names: vec!["late".to_owned()],
        roles: vec![(Role::OrganizationAdministrator, &setting.organization)],
        told_at: SystemClock.now(),
        roles_until: SystemClock.now() + TimeDelta::days(1),
    };
    let admitted = acted!(setting.server.services.database, admit(&sent, SystemClock.now()));
    assert_eq!(admitted.unwrap(), Admitted::Changed);
    setting.server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_another_group_has_now_is_taken_from_the_first() {
    let setting = Setting::new().await;
    setting.trust().await;
    let wrong = setting.session(alice(&["analysts"])).await;
    assert_eq!(setting.found(&wrong).await, [1, 2, 3]);
    let mut provider = setting.provider();
    provider["grants"][0]["group"] = json!("the right ones");
    assert_eq!(setting.put(&setting.administrator, provider.clone(), None, 1).await.status, 200);
    assert_eq!(setting.server.get("/", &wrong).await.status, 303);
    let right = setting.session(json!({"sub": "0002", "groups": ["the right ones"]})).await;
    // What is the same stays.
    provider["label"] = json!("Another name");
    provider["roles_last_days"] = json!(1);
    assert_eq!(setting.put(&setting.administrator, provider, None, 2).await.status, 200);
    assert_eq!(setting.found(&right).await, [1, 2, 3]);
    let people = setting.people().await;
    let told =
        people.iter().find(|person| person["issuer"].is_string() && person["grants"] != json!([]));
    let end = told.unwrap()["grants"][0]["expires_at"].as_str().unwrap();
    let end: DateTime<Utc> = end.parse().unwrap();
    assert!(end <= SystemClock.now() + TimeDelta::days(1), "roles last no longer than now: {end}");
    setting.server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gives_groups_what_outlasts_them_or_jumps_versions() {
    let setting = Setting::new().await;
    for version in [7, i32::MAX - 1, i32::MAX, -1] {
        let jumped = setting
            .put(&setting.administrator, setting.provider(), Some(CLIENT_SECRET), version)
            .await;
        assert_eq!(jumped.status, 400, "{version}: {jumped:?}");
    }
    setting.trust().await;
    setting.server.add_user("other", Role::OrganizationAdministrator, &[], None).await;
    let ending = "update role_grant set expires_at = now() + interval '1 hour'
        where user_id = (select user_id from app_user where name = 'administrator')";
    // Grants are never changed, but by the owner of the database.
    sqlx::query(ending).execute(&setting.world.database.pool).await.unwrap();
    let refused = setting.put(&setting.administrator, setting.provider(), None, 1).await;
    assert!(refused.body.contains("outlasts"), "{refused:?}");
    setting.server.close().await;
}
