//! Which calls excuse the time between them.

use super::*;
use serde_json::json;

const ARN: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/org-trail";

fn trail() -> TrailIdentity {
    TrailIdentity {
        name: "org-trail".to_owned(),
        owner: "111122223333".to_owned(),
        home_region: "us-east-1".to_owned(),
    }
}

fn time(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// A call in a proven log file.
fn call(seconds: i64, name: &str, trail: &str, account: &str, region: &str) -> TrailCall {
    let record = json!({
        "eventSource": SOURCE, "requestParameters": {"name": trail}, "recipientAccountId": account,
        "awsRegion": region,
    });
    TrailCall {
        at: time(seconds),
        is_stop: name == "StopLogging",
        said: Said::parse(&record),
        is_verified: true,
        object_id: 1,
    }
}

fn stop(trail: &str, account: &str, region: &str) -> TrailCall {
    call(1, "StopLogging", trail, account, region)
}

fn is_excused(call: TrailCall) -> bool {
    !stops_of(&[call], &trail()).is_empty()
}

#[test]
fn the_owner_stops_a_trail_by_name_and_others_by_its_arn() {
    assert!(is_excused(stop("org-trail", "111122223333", "us-east-1")));
    assert!(is_excused(stop(ARN, "111122223333", "us-east-1")));
    assert!(is_excused(stop(ARN, "222233334444", "us-east-1")), "a delegated administrator");
}

#[test]
fn a_stop_of_another_trail_of_the_same_name_excuses_nothing() {
    assert!(!is_excused(stop("org-trail", "222233334444", "us-east-1")), "a member's own");
    assert!(!is_excused(stop("org-trail", "111122223333", "eu-west-1")), "of another Region");
    assert!(!is_excused(stop(ARN, "111122223333", "eu-west-1")), "called elsewhere");
    for other in [
        "arn:aws:cloudtrail:us-east-1:222233334444:trail/org-trail",
        "arn:aws:cloudtrail:eu-west-1:111122223333:trail/org-trail",
        "arn:aws:cloudtrail:us-east-1:111122223333:trail/other/org-trail",
        "arn:aws:cloudtrail:us-east-1:111122223333:org-trail",
        "arn:aws:s3:us-east-1:111122223333:trail/org-trail",
        "x/org-trail",
        "",
    ] {
        assert!(!is_excused(stop(other, "111122223333", "us-east-1")), "{other}");
    }
}

#[test]
fn a_stop_that_failed_or_is_not_proven_or_not_readable_excuses_nothing() {
    let good = stop(ARN, "111122223333", "us-east-1");
    assert!(!is_excused(TrailCall { is_verified: false, ..good.clone() }));
    assert!(!is_excused(TrailCall { said: None, ..good.clone() }));
    let said = good.said.clone().map(|said| Said { has_failed: true, ..said });
    assert!(!is_excused(TrailCall { said, ..good }));
}

#[test]
fn whatever_may_have_started_the_trail_ends_a_stop() {
    let good = call(9, "StartLogging", ARN, "111122223333", "us-east-1");
    let member = call(9, "StartLogging", "org-trail", "222233334444", "us-east-1");
    for (start, to) in [
        (TrailCall { is_verified: false, ..good.clone() }, Some(time(9))),
        (TrailCall { said: None, ..good.clone() }, Some(time(9))),
        (good, Some(time(9))),
        (member, None),
    ] {
        let calls = [stop(ARN, "111122223333", "us-east-1"), start];
        assert_eq!(stops_of(&calls, &trail()), [RecordedStop { from: time(1), to }]);
    }
}
