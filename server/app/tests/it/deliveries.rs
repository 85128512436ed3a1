//! One event, however often it is delivered; and other contents under its id, which are kept.

use crate::records::{event_id, record};
use crate::server::Server;
use crate::trail::{ACCOUNT, hour, put_log};
use crate::world::{World, write};
use chrono::TimeDelta;
use serde_json::{Value, json};

#[tokio::test]
async fn an_event_of_two_trails_is_one_event_with_two_deliveries() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let event = record(1, ACCOUNT, hour(0), "CreateUser");
    let bucket = world.path("bucket");
    put_log(&bucket, ACCOUNT, hour(0), "organizationtrail", std::slice::from_ref(&event));
    put_log(
        &bucket,
        ACCOUNT,
        hour(0) + TimeDelta::minutes(1),
        "accounttrail0000",
        &[record(2, ACCOUNT, hour(0), "x"), event],
    );

    let summary = world.import(&bucket, &[]).await;
    assert_eq!((&summary["events"], &summary["duplicates"]), (&json!(2), &json!(1)));
    // Two events, one of them delivered twice.
    let server = Server::start(&world).await;
    assert_eq!(server.read("/api/v1/overview").await["event_count"], 2);
    let organization = server.read("/api/v1/organization").await;
    assert_eq!(organization["accounts"][0]["event_count"], 2, "{organization:#}");
    server.close().await;
    let contents = contents(&world, 1).await;
    assert_eq!(contents.len(), 1);
    let keys: Vec<&str> = deliveries(&contents[0]);
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert!(keys[0].contains("organizationtrail") && keys[1].contains("accounttrail"), "{keys:?}");
}

/// The batch repeats an event inside, and the index has other content under its id: the repeated one is a delivery of the
/// batch's content, not of the one that was there.
#[tokio::test]
async fn a_delivery_belongs_to_the_content_that_it_delivered() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let bucket = world.path("bucket");
    let known = record(1, ACCOUNT, hour(0), "CreateUser");
    put_log(&bucket, ACCOUNT, hour(0), "known00000000000", &[known]);
    world.import(&bucket, &[]).await;
    let other = record(1, ACCOUNT, hour(0), "DeleteUser");
    for (minutes, unique) in [(1, "other00000000001"), (2, "other00000000002")] {
        let time = hour(0) + TimeDelta::minutes(minutes);
        put_log(&bucket, ACCOUNT, time, unique, std::slice::from_ref(&other));
    }
    let summary = world.import(&bucket, &[]).await;
    assert_eq!((&summary["events"], &summary["duplicates"]), (&json!(1), &json!(1)));
    for content in contents(&world, 1).await {
        let is_other = content["record"]["eventName"] == "DeleteUser";
        let keys = deliveries(&content);
        assert_eq!(keys.len(), if is_other { 2 } else { 1 }, "{content:#}");
        assert!(keys.iter().all(|key| key.contains("other") == is_other), "{keys:?}");
    }
}

#[tokio::test]
async fn the_same_content_written_differently_is_the_same_event() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let event = record(1, ACCOUNT, hour(0), "CreateUser");
    write(&world.path("loose/one.json"), event.to_string().as_bytes());
    write(&world.path("loose/two.json"), &serde_json::to_vec_pretty(&event).unwrap());
    let summary = world.import(&world.path("loose"), &[]).await;
    assert_eq!((&summary["events"], &summary["duplicates"]), (&json!(1), &json!(1)));
    assert_eq!(deliveries(&contents(&world, 1).await[0]).len(), 2);
}

#[tokio::test]
async fn other_content_under_an_id_is_kept_flagged_and_shown() {
    for one_file in [true, false] {
        let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
        let (first, second) =
            (record(1, ACCOUNT, hour(0), "CreateUser"), record(1, ACCOUNT, hour(0), "DeleteUser"));
        let bucket = world.path("bucket");
        if one_file {
            put_log(&bucket, ACCOUNT, hour(0), "both000000000000", &[first, second]);
        } else {
            put_log(&bucket, ACCOUNT, hour(0), "first00000000000", &[first]);
            world.import(&bucket, &[]).await;
            put_log(&bucket, ACCOUNT, hour(1), "second0000000000", &[second]);
        }
        world.import(&bucket, &[]).await;
        let contents = contents(&world, 1).await;
        let mut names: Vec<&Value> =
            contents.iter().map(|content| &content["record"]["eventName"]).collect();
        names.sort_by_key(ToString::to_string);
        assert_eq!(names, ["CreateUser", "DeleteUser"], "in one file: {one_file}");
        let flagged = contents
            .iter()
            .filter(|content| content["summary"].to_string().contains("shared-id"))
            .count();
        assert_eq!(flagged, 1, "in one file: {one_file}: {contents:#?}");
    }
}

async fn contents(world: &World, number: u128) -> Vec<Value> {
    let server = Server::start(world).await;
    let found = server.read(&format!("/api/v1/events/{}", event_id(number))).await;
    found["contents"].as_array().unwrap().clone()
}

fn deliveries(content: &Value) -> Vec<&str> {
    content["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|delivery| delivery["key"].as_str().unwrap())
        .collect()
}
