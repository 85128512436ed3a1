//! `orgtrail import` of loose files.

use crate::records::{event_id, gzip, log_file, record};
use crate::server::Server;
use crate::world::{World, at};
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";

fn events(numbers: std::ops::Range<u128>) -> Vec<Value> {
    numbers.map(|number| record(number, ACCOUNT, at("2026-03-02T10:00:00Z"), "PutObject")).collect()
}

/// One file per wrapping, two events in each that can hold several; gives back how many events there are.
fn write_every_wrapping(world: &World) -> u128 {
    let list = |from| Value::from(events(from..from + 2));
    let lines: Vec<String> = events(4..6).iter().map(Value::to_string).collect();
    let looked_up: Vec<Value> =
        events(8..10).iter().map(|event| json!({"CloudTrailEvent": event.to_string()})).collect();
    let bridged = json!({"version": "0", "detail-type": "AWS API Call via CloudTrail", "detail": record(10, ACCOUNT, at("2026-03-02"), "PutObject")});
    for (name, bytes) in [
        ("log.json", log_file(&events(0..2))),
        ("array.json", list(2).to_string().into_bytes()),
        ("lines.ndjson", lines.join("\n").into_bytes()),
        ("log.json.gz", gzip(&log_file(&events(6..8)))),
        ("lookup-events.json", json!({"Events": looked_up}).to_string().into_bytes()),
        ("eventbridge.json", bridged.to_string().into_bytes()),
        ("single.json", serde_json::to_vec_pretty(&events(11..12)[0]).unwrap()),
        ("with-mark.log", [b"\xef\xbb\xbf".as_slice(), list(12).to_string().as_bytes()].concat()),
        ("nested/array.cloudtrail", list(14).to_string().into_bytes()),
    ] {
        world.write(&format!("loose/{name}"), bytes);
    }
    16
}

#[tokio::test]
async fn every_wrapping_is_imported_once() {
    let world = World::new().await;
    let count = write_every_wrapping(&world);
    world.write("loose/notes.txt", "no records");

    let first = world.import(&world.path("loose"), &["--strict"]).await;
    assert_eq!(
        first,
        json!({"files": 9, "events": 16, "duplicates": 0, "quarantined": 0, "foreign_objects": 1,
               "folder_markers": 0, "failed": 0, "reasons": {}})
    );
    let second = world.import(&world.path("loose"), &[]).await;
    assert_eq!(
        (&second["files"], &second["events"], &second["duplicates"]),
        (&json!(0), &json!(0), &json!(0))
    );
    assert_eq!(world.count("select count(*) from event").await, 16);

    let server = Server::start(&world).await;
    for number in 0..count {
        let found = server.read(&format!("/api/v1/events/{}", event_id(number))).await;
        assert_eq!(found["record"]["eventID"], event_id(number));
    }
}

#[tokio::test]
async fn the_same_bytes_from_elsewhere_are_the_same_events_delivered_again() {
    let world = World::new().await;
    world.write("one/log.json", log_file(&events(0..2)));
    world.write("two/log.json", log_file(&events(0..2)));
    world.import(&world.path("one"), &[]).await;
    let again = world.import(&world.path("two"), &[]).await;
    assert_eq!(
        (&again["files"], &again["events"], &again["duplicates"]),
        (&json!(1), &json!(0), &json!(2))
    );
    assert_eq!(world.count("select count(*) from event").await, 2);
}

#[tokio::test]
async fn strict_fails_when_something_was_quarantined() {
    let world = World::new().await;
    let broken = world.write("broken.json", "{\"Records\": [");
    let path = broken.to_str().unwrap();
    let strict = world.run(&["import", path, "--strict", "--json"]).await.expect(3);
    assert_eq!(strict.json()["quarantined"], 1);
    assert_eq!(
        strict.json()["reasons"],
        json!({"the file ends before its list of records is closed": 1})
    );
    world.write("broken.json", "{\"Records\": [ ");
    world.run(&["import", path]).await.expect(0);
}

#[tokio::test]
async fn a_source_that_is_not_there_fails_by_name() {
    let world = World::new().await;
    let ran = world.run(&["import", "no-such-directory"]).await.expect(1);
    assert!(ran.stderr.contains("no-such-directory"), "{ran:?}");
    world.run(&["import"]).await.expect(2);
}
