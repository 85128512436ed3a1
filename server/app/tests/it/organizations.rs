//! Two organizations in one installation: nobody learns anything of the other one, by whichever route.

use crate::records::{event_id, record};
use crate::server::{Credential, Server};
use crate::trail::{hour, put_log};
use crate::world::{ORGANIZATION, World};
use orgtrail_shared::console::Role;
use serde_json::json;
use std::fs;

const OTHER: &str = "o-otherorg222";

/// Belonged to one organization first and to the other then.
const SHARED: &str = "444455556666";

/// What there is of an organization.
struct Side {
    id: &'static str,
    management: &'static str,
    /// Of the management account and of the shared one.
    events: [u128; 2],
    bucket: &'static str,
}

const SIDES: [Side; 2] = [
    Side { id: ORGANIZATION, management: "121212343434", events: [1, 2], bucket: "first-bucket" },
    Side { id: OTHER, management: "777788889999", events: [3, 4], bucket: "second-bucket" },
];

impl Side {
    /// Texts that stand for it and for nothing else.
    fn marks(&self) -> Vec<String> {
        let mut marks = vec![self.id.to_owned(), self.management.to_owned()];
        marks.extend(self.events.map(event_id));
        marks.extend([self.bucket.to_owned(), self.secret()]);
        marks
    }

    /// What a broken record of it holds.
    fn secret(&self) -> String {
        format!("secret-in-{}", self.bucket)
    }
}

async fn world() -> World {
    let world = World::with_accounts(hour(0), &[SIDES[0].management, SHARED]).await;
    world.add_organization(OTHER, hour(0), &[SIDES[1].management, SHARED]).await;
    for side in &SIDES {
        let bucket = world.path(side.bucket);
        for (number, account) in side.events.into_iter().zip([side.management, SHARED]) {
            let event = record(number, account, hour(1), "DeleteBucket");
            put_log(&bucket, account, hour(1), "file000000000000", &[event, json!(side.secret())]);
        }
        let folder = bucket.join("AWSLogs");
        if side.id != ORGANIZATION {
            fs::rename(folder.join(ORGANIZATION), folder.join(side.id)).unwrap();
        }
        let summary = world.import(&bucket, &["--organization", side.id]).await;
        assert_eq!(summary["events"], 2, "{summary}");
    }
    world
}

/// Everything that can be asked for, also by the names of the other side.
fn paths(own: &Side, other: &Side, positions: &[String]) -> Vec<(String, Option<u16>)> {
    let range = "from=2026-03-01&to=2026-03-04";
    let mut paths = vec![
        (format!("/api/v1/events?{range}"), Some(200)),
        (format!("/api/v1/events?{range}&q=account:{}", other.management), None),
        (format!("/api/v1/events?{range}&scope={}", other.management), None),
        (format!("/api/v1/events/histogram?{range}"), Some(200)),
        (format!("/api/v1/events/facets?{range}"), Some(200)),
        (format!("/api/v1/completions?word=account:&{range}"), Some(200)),
        (format!("/api/v1/completions?word=principal:&{range}"), Some(200)),
        (format!("/api/v1/coverage?{range}"), Some(200)),
        (format!("/api/v1/coverage?{range}&account={}", other.management), None),
        (format!("/api/v1/coverage/cell?account={SHARED}&{range}"), Some(200)),
        (format!("/api/v1/coverage/cell?account={}&{range}", other.management), Some(404)),
        ("/api/v1/overview".to_owned(), Some(200)),
        (format!("/api/v1/overview?scope={}", other.management), None),
        ("/api/v1/organization".to_owned(), Some(200)),
        (format!("/api/v1/organization/accounts/{SHARED}"), Some(200)),
        (format!("/api/v1/organization/accounts/{}", other.management), Some(404)),
        (format!("/api/v1/organization/accounts/{SHARED}/policy-answer?action=s3:Get"), Some(200)),
        (format!("/organization/{SHARED}?action=s3:GetObject"), Some(200)),
        (format!("/organization/{}", other.management), Some(404)),
        ("/api/v1/quarantine".to_owned(), Some(200)),
        ("/api/v1/operations".to_owned(), None),
        (format!("/search?{range}"), Some(200)),
        (format!("/integrity?{range}"), Some(200)),
        ("/".to_owned(), Some(200)),
        ("/organization".to_owned(), Some(200)),
        ("/quarantine".to_owned(), Some(200)),
        ("/operations".to_owned(), None),
        (format!("/api/v1/events/{}", event_id(own.events[1])), Some(200)),
    ];
    for name in other.events.map(event_id).iter().chain(positions) {
        paths.push((format!("/api/v1/events/{name}"), Some(404)));
        paths.push((format!("/events/{name}"), Some(404)));
    }
    paths
}

/// The positions of a side's events, as its own analyst gets them.
async fn positions(server: &Server, bearer: &Credential) -> Vec<String> {
    let found = server.get("/api/v1/events?from=2026-03-01&to=2026-03-04", bearer).await.json();
    let events = found["events"].as_array().unwrap();
    assert_eq!(events.len(), 2, "{found}");
    events.iter().map(|event| event["position"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_tells_of_another_organization() {
    let world = world().await;
    let server = Server::start(&world).await;
    for (own, other) in [(&SIDES[0], &SIDES[1]), (&SIDES[1], &SIDES[0])] {
        let nobody = (None, None);
        let [bearer, _] = server.person(other.id, Role::SecurityAnalyst, &[], nobody).await;
        let positions = positions(&server, &bearer).await;
        for (role, accounts) in [
            (Role::Member, &[SHARED][..]),
            (Role::Auditor, &[]),
            (Role::SecurityAnalyst, &[]),
            (Role::OrganizationAdministrator, &[]),
            (Role::TrailAdministrator, &[]),
        ] {
            let [bearer, cookie] = server.person(own.id, role, accounts, nobody).await;
            for (path, status) in paths(own, other, &positions) {
                let credential = if path.starts_with("/api/") { &bearer } else { &cookie };
                let answer = server.get(&path, credential).await;
                let found = answer.status.as_u16();
                assert_eq!(found, status.unwrap_or(found), "{role:?} on {path}: {answer:?}");
                for mark in other.marks().iter().filter(|mark| !path.contains(*mark)) {
                    let is_told = answer.body.contains(mark);
                    assert!(!is_told, "{role:?} of {} on {path} reads {mark}: {answer:?}", own.id);
                }
            }
        }
    }
}

/// Jobs work for all organizations; what their passes say of one is not for the others.
#[tokio::test]
async fn operators_see_their_own_sources_and_no_words_of_shared_passes() {
    let world = world().await;
    let server = Server::start(&world).await;
    let database = &server.services.database;
    let now = server.services.clock.now();
    database.begin_pass("verify chains", now).await.unwrap();
    database.end_pass("verify chains", 5, Err("second-bucket failed")).await.unwrap();
    for (own, other) in [(&SIDES[0], &SIDES[1]), (&SIDES[1], &SIDES[0])] {
        let [bearer, _] = server.person(own.id, Role::SecurityAnalyst, &[], (None, None)).await;
        let answer = server.get("/api/v1/operations", &bearer).await;
        let sources = answer.json()["sources"].as_array().unwrap().clone();
        assert_eq!(sources.len(), 1, "{answer:?}");
        let location = sources[0]["location"].as_str().unwrap();
        assert!(location.contains(own.bucket) && !location.contains(other.bucket), "{location}");
        let words = answer.body.matches("second-bucket failed").count();
        assert_eq!(words, 0, "{answer:?}");
    }
}
