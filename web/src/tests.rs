//! Whole pages as the server renders them, and as they read without JavaScript.

use crate::document::{Bundle, PageRequest, Part, render};
use crate::fixtures::backend::FixtureBackend;
use axum::http::StatusCode;
use orgtrail_shared::console::Role;

fn run(test: impl Future<Output = ()>) {
    futures::executor::block_on(test);
}

/// A page, or a part of it, as somebody in a role sees it.
async fn part(role: Option<Role>, address: &str, part: Part) -> (StatusCode, String) {
    let (path, search) = address.split_once('?').unwrap_or((address, ""));
    let request = PageRequest {
        path: path.to_owned(),
        search: search.to_owned(),
        part,
        sign_in_token: "before-sign-in".to_owned(),
        ..PageRequest::default()
    };
    let document = render(request, &FixtureBackend { role }, &Bundle::default()).await;
    // Markers between texts, which only islands need.
    let html = document.html.replace("<!>", "");
    (StatusCode::from_u16(document.status).unwrap_or_default(), html)
}

async fn page(role: Option<Role>, address: &str) -> (StatusCode, String) {
    part(role, address, Part::Whole).await
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
fn operators_see_every_trouble_with_what_to_do_and_text_of_a_store_stays_text() {
    run(async {
        let html = analyst("/operations").await;
        for trouble in orgtrail_shared::operations::Trouble::ALL {
            check(&html, &[trouble.title()]);
        }
        check(
            &html,
            &[
                "&lt;b&gt;not markup&lt;/b&gt;",
                "Allow kms:Decrypt",
                "AWSLogs/o-exampleorg1/000000000030/",
                "21 % of",
                "2017-02",
                "symbolic links, which are not followed",
                "looks back 12 days: 3 files were late, up to 11 days",
                "imported files",
            ],
        );
        assert!(!html.contains("<b>not markup"));
    });
}

#[test]
fn every_page_is_whole_without_scripts() {
    run(async {
        let event = "7c1f0a5e-9d2b-4b8e-8f00-000000000002";
        for (path, part) in [
            ("/", "1 log file of payments was altered after delivery"),
            ("/", "2 accounts are not proven throughout: 1 tampered, 3 gap."),
            ("/integrity", "2 more; choose an account"),
            ("/search", "AuthorizeSecurityGroupIngress"),
            (&format!("/events/{event}"), "its hash is not the one that the digest lists"),
            ("/organization", "ou-ab12-producti"),
            ("/integrity", "payments, 2026-11-19: tampered"),
            ("/quarantine", "the file is not gzip"),
            ("/access", "looked at the quarantine"),
            ("/policies", "protect-audit"),
            ("/rules", "INC-4711"),
            ("/what-if?target=r-ab12&policy=p-12345678", "might have been"),
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
        check(
            &html,
            &[
                "These results are not complete",
                "has looked back to",
                "cold tier",
                "Every record was read",
            ],
        );
    });
}

#[test]
fn files_of_the_quarantine_are_tried_again_by_those_who_may() {
    run(async {
        let html = analyst("/quarantine?retried=as-before").await;
        check(&html, &["Try again", "action=\"/quarantine/retry\"", "as unreadable as before"]);
        let (_, html) = page(Some(Role::Member), "/quarantine?retried=%3Cb%3E").await;
        assert!(!html.contains("Try again") && !html.contains("read once more"), "{html}");
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
                "The name, the password or the code is wrong.",
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

#[test]
fn a_part_of_a_search_is_what_was_asked_for_and_no_more() {
    run(async {
        let analyst = Some(Role::SecurityAnalyst);
        let event = "/search?event=7c1f0a5e-9d2b-4b8e-8f00-000000000002";
        let (_, html) = part(analyst, event, Part::Event).await;
        check(&html, &["id=\"event\"", "id=\"pivot-menu\"", "only this"]);
        assert!(!html.contains("data-row"));
        let (_, html) = part(analyst, "/search", Part::Rows).await;
        check(&html, &["data-row=\"0\"", "id=\"older\""]);
        assert!(!html.contains("class=\"plot\"") && !html.contains("facet-row"));
    });
}

#[test]
fn the_theme_is_in_the_document_before_anything_is_drawn() {
    run(async {
        let cookies = "session=x; theme=dark".to_owned();
        let request = PageRequest { path: "/".into(), cookies, ..PageRequest::default() };
        let backend = FixtureBackend { role: Some(Role::SecurityAnalyst) };
        let document = render(request, &backend, &Bundle::default()).await;
        check(&document.html, &["<html lang=\"en\" data-theme=\"dark\""]);
        check(&document.html, &[&format!("nonce=\"{}\"", document.nonce)]);
    });
}

#[test]
fn a_rare_value_that_was_chosen_stays_among_the_facets() {
    run(async {
        let html = analyst("/search?q=event:NeverHeardOf+-ip:203.0.113.250+-error:*").await;
        check(&html, &["Exclude NeverHeardOf", "Do not exclude 203.0.113.250"]);
        assert!(!html.contains("exclude *"));
    });
}
