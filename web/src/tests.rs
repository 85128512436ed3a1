//! Whole pages as the server renders them, and as they read without JavaScript.

use crate::backend::{Backend, SignInContext};
use crate::fixtures::backend::FixtureBackend;
use crate::{App, shell};
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos_axum::{generate_route_list, render_app_async_with_context};
use orgtrail_shared::console::Role;
use std::sync::{Arc, LazyLock};
use tokio::runtime::Runtime;

/// One runtime for all: listing the routes starts the executor, and must not happen while a page
/// is rendered, because it keeps resources from loading meanwhile.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let runtime = Runtime::new().unwrap();
    let _routes = runtime.block_on(async { generate_route_list(App) });
    runtime
});

fn run(test: impl Future<Output = ()>) {
    RUNTIME.block_on(test);
}

/// A page as somebody in a role sees it.
#[expect(clippy::unwrap_used, reason = "a helper of tests")]
async fn page(role: Option<Role>, path: &str) -> (StatusCode, String) {
    let options = LeptosOptions::builder().output_name("console").build();
    let context = move || {
        provide_context::<Arc<dyn Backend>>(Arc::new(FixtureBackend { role }));
        provide_context(SignInContext { csrf: "before-sign-in".to_owned() });
    };
    let respond = render_app_async_with_context(context, move || shell(options.clone()));
    let response = respond(Request::get(path).body(Body::empty()).unwrap()).await;
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    // Markers that hydration needs, between texts.
    (status, String::from_utf8(body.to_vec()).unwrap().replace("<!>", ""))
}

async fn analyst(path: &str) -> String {
    let (status, html) = page(Some(Role::SecurityAnalyst), path).await;
    assert_eq!(status, StatusCode::OK, "{path}");
    html
}

#[track_caller]
fn check(html: &str, parts: &[&str]) {
    for part in parts {
        assert!(html.contains(part), "{part:?} is missing in\n{html}");
    }
}

#[test]
fn every_page_is_whole_without_scripts() {
    run(async {
        let event = "7c1f0a5e-9d2b-4b8e-8f00-000000000002";
        for (path, part) in [
            ("/", "1 log file of payments was altered after delivery"),
            ("/search", "AuthorizeSecurityGroupIngress"),
            (&format!("/events/{event}"), "its hash is not the one that the digest lists"),
            ("/organization", "ou-ab12-producti"),
            ("/integrity", "payments, 2026-11-19: tampered"),
            ("/quarantine", "the file is not gzip"),
            ("/operations", "verify-digests"),
        ] {
            let html = analyst(path).await;
            check(&html, &[part, "<main", "Skip to content", "security analyst"]);
            assert!(!html.contains(" style="), "{path} has an inline style");
        }
    });
}

#[test]
fn links_of_a_search_carry_the_whole_state() {
    run(async {
        let html = analyst("/search?q=is:write&scope=111122223333&tz=local&reads=show").await;
        check(
            &html,
            &[
                "/search?q=is:write%20event:CreateUser&amp;reads=show&amp;scope=111122223333&amp;tz=local",
                "href=\"/integrity?scope=111122223333&amp;tz=local\"",
                "Hide reads",
            ],
        );
    });
}

#[test]
fn reads_are_folded_away_and_counted() {
    run(async {
        let html = analyst("/search").await;
        check(&html, &["30 reads hidden · Show", "130 events"]);
        assert!(!html.contains("GetCallerIdentity</a>"));
    });
}

#[test]
fn older_events_are_a_link_that_pins_the_range() {
    run(async {
        let html = analyst("/search").await;
        check(&html, &["from=2026-11-19T14:05:00Z&amp;to=2026-11-20T14:05:00Z&amp;page=50"]);
        let html = analyst("/search?page=100").await;
        check(&html, &["Newest events", "No older events in this range."]);
    });
}

#[test]
fn a_mistake_is_marked_with_what_was_expected() {
    run(async {
        let html = analyst("/search?q=is:write+evnt:x").await;
        check(
            &html,
            &["<mark>evnt</mark>", "there is no qualifier `evnt`", "aria-invalid=\"true\""],
        );
    });
}

#[test]
fn an_open_event_is_part_of_the_page() {
    run(async {
        let html = analyst("/search?event=7c1f0a5e-9d2b-4b8e-8f00-000000000005").await;
        check(
            &html,
            &[
                "2 different records carry this event id",
                "was refused: AccessDenied",
                "Copy path userIdentity.arn",
                "The record can't be shown now: the archive answered 503",
            ],
        );
    });
}

#[test]
fn hostile_text_stays_text() {
    run(async {
        let html = analyst("/search?q=%22%3Cscript%3Ealert(1)%3C/script%3E%22").await;
        assert!(!html.contains("<script>alert"));
        check(&html, &["No event in this range matches"]);
    });
}

#[test]
fn incomplete_results_say_so() {
    run(async {
        let html = analyst("/search?q=-slow").await;
        check(&html, &["These results are not complete", "has looked back to", "cold tier"]);
    });
}

#[test]
fn failures_have_their_status_and_say_what_to_do() {
    run(async {
        let analyst = Some(Role::SecurityAnalyst);
        for (role, path, status, part) in [
            (analyst, "/nonsense", StatusCode::NOT_FOUND, "Nothing is here"),
            (analyst, "/events/unknown", StatusCode::NOT_FOUND, "No event has the id unknown."),
            (Some(Role::Member), "/operations", StatusCode::FORBIDDEN, "ask one of them"),
            (None, "/operations", StatusCode::FORBIDDEN, "Not for your role"),
            (analyst, "/search?q=fail-please", StatusCode::INTERNAL_SERVER_ERROR, "01JCXFIXTURE"),
            (analyst, "/search?from=soon", StatusCode::BAD_REQUEST, "is not a time"),
            (analyst, "/integrity?from=soon", StatusCode::BAD_REQUEST, "is not a time"),
        ] {
            let (answered, html) = page(role, path).await;
            assert_eq!(answered, status, "{path}");
            check(&html, &[part]);
        }
    });
}

#[test]
fn signing_in_needs_no_session_and_no_scripts() {
    run(async {
        let (status, html) = page(None, "/sign-in?error=credentials&next=//evil.example").await;
        assert_eq!(status, StatusCode::OK);
        check(
            &html,
            &[
                "The name or the password is wrong.",
                "value=\"before-sign-in\"",
                "name=\"next\" value=\"/\"",
            ],
        );
        assert!(!html.contains("id=\"navigation\""));
    });
}

#[test]
fn a_member_is_offered_its_own_account_only() {
    run(async {
        let (_, html) = page(Some(Role::Member), "/integrity").await;
        check(&html, &["All my accounts", "payments · 111122223333"]);
        assert!(!html.contains("sandbox · 444455556666"));
    });
}
