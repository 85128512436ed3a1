//! What the stories promise is there.

use super::*;
use orgtrail_shared::query::{Condition, Query};

fn story(title: &str) -> Story {
    WORLD.sample.stories().into_iter().find(|story| story.title.contains(title)).unwrap()
}

/// The names of the calls in an account and a story's range, with their error codes.
fn calls(story: &Story, matches: impl Fn(&Value) -> bool) -> Vec<(String, String)> {
    let mut calls: Vec<(String, String, String)> = WORLD
        .records()
        .into_iter()
        .filter(|(_, record)| record["recipientAccountId"] == story.account.as_str())
        .filter(|(_, record)| {
            story.range.contains(record["eventTime"].as_str().unwrap().parse().unwrap())
        })
        .filter(|(_, record)| matches(record))
        .map(|(_, record)| {
            let text = |name: &str| record[name].as_str().unwrap_or("").to_owned();
            (text("eventTime"), text("eventName"), text("errorCode"))
        })
        .collect();
    calls.sort();
    calls.into_iter().map(|(_, name, code)| (name, code)).collect()
}

#[test]
fn every_story_has_a_query_that_parses() {
    for story in WORLD.sample.stories() {
        let query = Query::parse(&story.query).unwrap();
        let account = Condition::Account(vec![story.account.clone()]);
        assert_eq!(query.terms[0].condition, account, "{}", story.title);
        assert!(
            story.range.end() <= anchor() && story.range.start() >= WORLD.sample.history_start()
        );
    }
}

#[test]
fn the_leaked_key_is_used_as_told() {
    let calls = calls(&story("leaked"), |record| record["sourceIPAddress"] == "192.0.2.144");
    let has = |name: &str, code: &str| {
        calls.iter().any(|call| *call == (name.to_owned(), code.to_owned()))
    };
    assert_eq!(calls[0], ("GetCallerIdentity".to_owned(), String::new()));
    for name in ["CreateUser", "CreateAccessKey", "AttachUserPolicy", "GetObject"] {
        assert!(has(name, ""), "{name} in {calls:?}");
    }
    assert!(
        has("ListUsers", "AccessDenied")
            && has("DescribeInstances", "Client.UnauthorizedOperation")
    );
    assert!(has("StopLogging", "NotOrganizationMasterAccountException"));
    let elsewhere = WORLD
        .records()
        .into_iter()
        .filter(|(_, record)| record["sourceIPAddress"].as_str().unwrap().starts_with("192.0.2."))
        .count();
    assert_eq!(elsewhere, calls.len(), "nobody else has the address");
}

#[test]
fn the_altered_file_lacks_the_intruder_and_keeps_the_rest() {
    let altered_at = WORLD.sample.planner.moments.leaked_at + 1500;
    let missing = time::iso(altered_at);
    assert!(!WORLD.records().iter().any(|(_, record)| {
        record["eventTime"] == missing.as_str() && record["sourceIPAddress"] == "192.0.2.144"
    }));
    let around =
        calls(&story("altered"), |record| record["eventTime"].as_str().unwrap() > missing.as_str());
    assert!(!around.is_empty());
}

#[test]
fn logging_is_stopped_and_started_by_one_session() {
    let story = story("stopped");
    let calls = calls(&story, |record| {
        record["userIdentity"]["arn"].as_str().unwrap_or("").ends_with("olga.brandt@example.com")
    });
    let place = |name: &str| calls.iter().position(|(call, _)| call == name).unwrap();
    assert!(place("StopLogging") < place("StartLogging"), "{calls:?}");
}

#[test]
fn the_newest_account_has_no_events_before_it_joined() {
    let organization = WORLD.sample.organization();
    let newest =
        organization.accounts.iter().find(|account| account.name == "ml-research").unwrap();
    let joined = newest.memberships[0].joined_at;
    let times: Vec<DateTime<Utc>> = WORLD
        .records()
        .into_iter()
        .filter(|(_, record)| record["recipientAccountId"] == newest.id.as_str())
        .map(|(_, record)| record["eventTime"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(times.len() > 10 && times.iter().all(|time| *time >= joined));
    let calls = calls(&story("joined"), |_| true);
    for name in ["CreateAccount", "CreateAccountResult", "MoveAccount"] {
        assert!(calls.iter().any(|(call, _)| call == name), "{name}");
    }
}

#[test]
fn the_member_is_clean_and_active_in_the_last_five_days() {
    let member = WORLD.sample.member_account();
    let since = anchor() - TimeDelta::days(5);
    let whole = Sample::new(7, anchor(), &KEY).unwrap().stories();
    let stop = whole.iter().find(|story| story.title.contains("stopped")).unwrap();
    assert!(anchor() - stop.range.end() > TimeDelta::days(6));
    for day in 0..5 {
        let (from, to) = (since + TimeDelta::days(day), since + TimeDelta::days(day + 1));
        let files = WORLD
            .objects
            .iter()
            .filter(|object| object.key.contains(&format!("/{member}/CloudTrail/")))
            .filter(|object| (from..to).contains(&object.delivered_at))
            .count();
        assert!(files > 0, "day {day}");
    }
    for title in ["altered", "deleted", "leaked"] {
        assert_ne!(story(title).account, member);
    }
}

#[test]
fn a_suspended_account_still_delivers() {
    let story = story("suspended");
    let digests = WORLD
        .objects
        .iter()
        .filter(|object| object.key.contains(&format!("/{}/CloudTrail-Digest/", story.account)));
    assert!(digests.count() > 200);
    let events = calls(&story, |_| true).len();
    assert!(events > 10, "{events}");
}
