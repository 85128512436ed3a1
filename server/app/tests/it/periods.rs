//! An auditor whose grant is limited to a period sees nothing of the time outside, by whichever route.

use crate::records::event_id;
use crate::server::Server;
use crate::trail::{ACCOUNT, Chain, hour, put_log, write_public_keys};
use crate::world::{ORGANIZATION, World, at};
use chrono::TimeDelta;
use orgtrail_shared::console::Role;
use serde_json::{Value, json};

/// The hours of the chain that the grant is limited to.
const GRANTED: std::ops::Range<i32> = 3..5;

const RANGE: &str = "from=2026-03-01&to=2026-03-04";

/// The events of an hour of the chain; see [`Chain::deliver`].
fn events(index: i32) -> [String; 2] {
    let first = ACCOUNT.parse::<u128>().unwrap() * 1000 + u128::from(index.unsigned_abs()) * 60;
    [event_id(first + 10), event_id(first + 40)]
}

/// Six hours of a chain, and in two of them a file that no record can be read from.
async fn world() -> World {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let bucket = world.path("bucket");
    Chain::deliver(&bucket, ACCOUNT, &[]);
    for index in [1, 4] {
        let time = hour(index) + TimeDelta::minutes(20);
        let unique = format!("broken{index:010}");
        put_log(&bucket, ACCOUNT, time, &unique, &[json!(format!("no record of hour {index}"))]);
    }
    let keys = world.path("keys.json");
    write_public_keys(&keys);
    world.import(&bucket, &["--public-keys", keys.to_str().unwrap()]).await;
    world
}

/// What tells of an hour: its events, its files, and the end of its digest.
fn marks(index: i32) -> Vec<String> {
    let mut marks = events(index).to_vec();
    marks.extend(["file10", "file40", "broken"].map(|name| format!("{name}{index:010}")));
    marks.push(format!("_{}.json.gz", hour(index + 1).format("%Y%m%dT%H%M%SZ")));
    marks.push(format!("no record of hour {index}"));
    marks
}

#[track_caller]
fn check_body(path: &str, body: &str) {
    for mark in (0..6).filter(|index| !GRANTED.contains(index)).flat_map(marks) {
        assert!(!body.contains(&mark), "{path} tells of {mark}: {body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_tells_a_limited_auditor_of_the_time_outside_of_the_grant() {
    let world = world().await;
    let server = Server::start(&world).await;
    let period = (Some(hour(GRANTED.start)), Some(hour(GRANTED.end)));
    let [bearer, cookie] = server.person(ORGANIZATION, Role::Auditor, &[], period).await;
    let all = server.read(&format!("/api/v1/events?{RANGE}")).await;
    let all = all["events"].as_array().unwrap();
    assert_eq!(all.len(), 12);
    for event in all {
        let is_granted = GRANTED.flat_map(events).any(|id| event["event_id"] == id.as_str());
        let wanted = if is_granted { 200 } else { 404 };
        for name in ["event_id", "position"] {
            let name = event[name].as_str().unwrap();
            let answer = server.get(&format!("/api/v1/events/{name}"), &bearer).await;
            assert_eq!(answer.status, wanted, "{event}: {answer:?}");
            let page = server.get(&format!("/events/{name}"), &cookie).await;
            assert_eq!(page.status, wanted, "{event}: {page:?}");
        }
    }
    for path in ["/", "/organization", "/quarantine"].map(str::to_owned).into_iter().chain([
        format!("/search?{RANGE}"),
        format!("/integrity?{RANGE}"),
        format!("/api/v1/completions?word=principal:&{RANGE}"),
    ]) {
        let credential = if path.starts_with("/api/") { &bearer } else { &cookie };
        let answer = server.get(&path, credential).await;
        assert_eq!(answer.status, 200, "{path}");
        check_body(&path, &answer.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_limited_auditor_counts_is_what_the_grant_holds() {
    let world = world().await;
    let server = Server::start(&world).await;
    let period = (Some(hour(GRANTED.start)), Some(hour(GRANTED.end)));
    let [bearer, _] = server.person(ORGANIZATION, Role::Auditor, &[], period).await;
    let read = async |path: &str| -> Value {
        let answer = server.get(path, &bearer).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        check_body(path, &answer.body);
        answer.json()
    };
    let found = read(&format!("/api/v1/events?{RANGE}")).await;
    assert_eq!(found["events"].as_array().unwrap().len(), 4);
    let histogram = read(&format!("/api/v1/events/histogram?{RANGE}")).await;
    assert_eq!(histogram["total"]["events"], 4, "{histogram}");
    for facet in read(&format!("/api/v1/events/facets?{RANGE}")).await.as_array().unwrap() {
        let counts = facet["values"].as_array().unwrap().iter();
        let most = counts.map(|value| value["events"].as_u64().unwrap()).max();
        assert!(most <= Some(4), "{facet}");
    }
    let coverage = read(&format!("/api/v1/coverage?{RANGE}")).await;
    check_intervals(&coverage["intervals"]);
    let cell = read(&format!("/api/v1/coverage/cell?account={ACCOUNT}&{RANGE}")).await;
    check_intervals(&cell["intervals"]);
    let count = |value: &Value| value.as_array().unwrap().len();
    assert_eq!((count(&cell["files"]), count(&cell["digests"])), (5, 2), "{cell}");
    let quarantine = read("/api/v1/quarantine").await;
    assert_eq!((count(&quarantine["entries"]), &quarantine["total"]), (1, &json!(1)));
    let overview = read("/api/v1/overview").await;
    let counts = ["event_count", "file_count", "quarantined"].map(|name| &overview[name]);
    assert_eq!(counts, [4, 5, 1], "{overview}");
    assert_eq!(count(&overview["findings"]), 0, "{overview}");
    let organization = read("/api/v1/organization").await;
    assert_eq!(organization["accounts"][0]["event_count"], 4, "{organization}");
}

/// Whole, and nothing beside the grant.
#[track_caller]
fn check_intervals(intervals: &Value) {
    let time = |interval: &Value, end: &str| at(interval["range"][end].as_str().unwrap());
    let mut found: Vec<_> = intervals
        .as_array()
        .unwrap()
        .iter()
        .map(|interval| (time(interval, "from"), time(interval, "to")))
        .collect();
    found.sort_unstable();
    let bounds = (found[0].0, found[found.len() - 1].1);
    assert_eq!(bounds, (hour(GRANTED.start), hour(GRANTED.end)), "{intervals}");
}
