//! Files that nobody should send: each is indexed or quarantined with a reason, and never brings anything down.

use crate::records::{event_id, gzip, log_file, record};
use crate::server::Server;
use crate::trail::{ACCOUNT, hour, log_key};
use crate::world::World;
use chrono::TimeDelta;
use orgtrail_shared::console::Role;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_files_are_indexed_or_quarantined_and_counted() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let files = files();
    for (index, file) in files.iter().enumerate() {
        world.write(&format!("bucket/{}", key(index)), &file.bytes);
    }
    world.write("bucket/AWSLogs/o-exampleorg1/444455556666/billing.csv", "account,cost");
    world.write("bucket/AWSLogs/o-exampleorg1/marker", "");

    let summary = world.import(&world.path("bucket"), &[]).await;
    let sum = |count: fn(&File) -> usize| files.iter().map(count).sum::<usize>();
    assert_eq!(summary["files"], files.len());
    assert_eq!(summary["events"], sum(|file| file.events.len()), "{summary:#}");
    assert_eq!(summary["quarantined"], sum(|file| file.reasons.len()), "{summary:#}");
    let reasons: u64 =
        summary["reasons"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(summary["quarantined"], reasons);
    assert_eq!(summary["failed"], 0);
    assert_eq!(
        (&summary["foreign_objects"], &summary["folder_markers"]),
        (&json!(1), &json!(1)),
        "{summary:#}"
    );

    let server = Server::start(&world).await;
    let token = server.token("script", Role::SecurityAnalyst, &[]).await;
    let cookie = server.cookie("reader", Role::SecurityAnalyst, &[]).await;
    let quarantine = server.read("/api/v1/quarantine").await;
    assert_eq!(quarantine["total"], summary["quarantined"]);
    for (index, file) in files.iter().enumerate() {
        check_quarantine(&quarantine, index, file);
        for number in &file.events {
            let id = event_id(*number);
            let found = server.get(&format!("/api/v1/events/{id}"), &token).await;
            assert_eq!(found.status, 200, "{}: {found:?}", file.name);
            assert!(found.body.contains("\"record\":{"), "{}: {found:?}", file.name);
            let page = server.get(&format!("/events/{id}"), &cookie).await;
            assert!(page.status == 200 && page.body.contains(&id), "{}: {page:?}", file.name);
        }
    }
    let doctor = world.run(&["doctor", "--json"]).await.json();
    let custody =
        doctor.as_array().unwrap().iter().find(|check| check["what"] == "custody").unwrap();
    assert_eq!(custody["level"], "ok", "{custody}");
}

/// A few megabytes of zeros and commas are millions of records that are none.
#[tokio::test]
async fn bad_records_without_number_are_counted_and_told_together() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let mut records = vec![json!(0); 5_000];
    records.insert(2_000, record(1, ACCOUNT, hour(0), "PutObject"));
    world.write(&format!("bucket/{}", key(0)), gzip(&log_file(&records)));
    let summary = world.import(&world.path("bucket"), &[]).await;
    assert_eq!((&summary["events"], &summary["quarantined"]), (&json!(1), &json!(1_001)));
    let reasons = summary["reasons"].as_object().unwrap();
    assert!(reasons.keys().any(|reason| reason.contains("3999 further records")), "{reasons:#?}");
    let again = world.run(&["quarantine", "retry", "--all", "--json"]).await.expect(0).json();
    assert_eq!((&again["objects"], &again["unchanged"]), (&json!(1), &json!(1)), "{again:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archived_file_that_was_altered_hides_no_other() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let files = [gzip(&list(&[1])), gzip(&list(&[2, 3]))];
    for (index, file) in files.iter().enumerate() {
        world.write(&format!("bucket/{}", key(index)), file);
    }
    world.import(&world.path("bucket"), &[]).await;
    let digits = hex::encode(Sha256::digest(&files[1]));
    let blob = world.data_directory().join(format!(
        "store/blobs/{}/{}/{digits}",
        &digits[..2],
        &digits[2..4]
    ));
    std::fs::write(&blob, gzip(&list(&[4, 5]))).unwrap();

    let server = Server::start(&world).await;
    let token = server.token("script", Role::SecurityAnalyst, &[]).await;
    let path = "/api/v1/events?q=PutObject&from=2026-03-01&to=2026-03-04";
    let found = server.get(path, &token).await.json();
    let ids: Vec<&str> = found["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["event_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [event_id(1)], "{found:#}");
    let reason = found["incomplete"][0].as_str().unwrap();
    assert!(reason.starts_with("2 records could not be checked"), "{reason}");
    let other = server.get(&format!("/api/v1/events/{}", event_id(2)), &token).await.json();
    assert_eq!(other["contents"][0]["record"], Value::Null, "{other:#}");
}

/// Fails unless the quarantine holds for this file exactly what it should.
fn check_quarantine(quarantine: &Value, index: usize, file: &File) {
    let key = key(index);
    let entries = quarantine["entries"].as_array().unwrap().iter();
    let mut found: Vec<&str> = entries
        .filter(|entry| entry["key"] == key)
        .map(|entry| entry["reason"].as_str().unwrap())
        .collect();
    found.sort_unstable();
    assert_eq!(found.len(), file.reasons.len(), "{}: {found:?}", file.name);
    for (reason, expected) in found.iter().zip(&file.reasons) {
        assert!(
            reason.contains(expected),
            "{}: {reason:?} says nothing of {expected:?}",
            file.name
        );
    }
}

#[derive(Clone)]
struct File {
    name: &'static str,
    bytes: Vec<u8>,
    /// The numbers of the events that are indexed.
    events: Vec<u128>,
    /// What is quarantined, by a part of its reason.
    reasons: Vec<&'static str>,
}

fn key(index: usize) -> String {
    log_key(
        ACCOUNT,
        hour(0) + TimeDelta::minutes(i64::try_from(index).unwrap()),
        "hostile000000000",
    )
}

fn event(number: u128) -> Value {
    record(number, ACCOUNT, hour(0), "PutObject")
}

fn list(numbers: &[u128]) -> Vec<u8> {
    log_file(&numbers.iter().map(|number| event(*number)).collect::<Vec<_>>())
}

/// A list of records of which one is given as bytes.
fn around(before: u128, bytes: &[u8], after: u128) -> Vec<u8> {
    let (before, after) = (event(before).to_string(), event(after).to_string());
    [b"{\"Records\":[", before.as_bytes(), b",", bytes, b",", after.as_bytes(), b"]}"].concat()
}

fn file(name: &'static str, bytes: Vec<u8>, events: &[u128], reasons: &[&'static str]) -> File {
    File { name, bytes, events: events.to_vec(), reasons: reasons.to_vec() }
}

fn files() -> Vec<File> {
    [broken_files(), broken_records(), odd_records()].concat()
}

/// Files that are no log files, or not whole.
fn broken_files() -> Vec<File> {
    let whole = gzip(&list(&[10, 11]));
    vec![
        file("not compressed", list(&[3]), &[3], &[]),
        file("gzip bomb", gzip(&vec![b' '; 40 << 20]), &[], &["gzip bomb"]),
        file("truncated gzip", whole[..whole.len() / 2].to_vec(), &[], &["gzip stream is broken"]),
        file(
            "several members",
            [gzip(b"{\"Records\":["), gzip(event(20).to_string().as_bytes()), gzip(b"]}")].concat(),
            &[20],
            &[],
        ),
        file(
            "garbage after the gzip",
            [gzip(&list(&[12])), b"garbage".to_vec()].concat(),
            &[],
            &["gzip stream is broken"],
        ),
        file(
            "garbage after the document",
            gzip(&[list(&[13]), b"garbage".to_vec()].concat()),
            &[],
            &["follow the end"],
        ),
        file("not JSON", gzip(b"<html>no logs here</html>"), &[], &["unexpected byte '<'"]),
        file("Records twice", gzip(br#"{"Records":[],"Records":[]}"#), &[], &["`Records` twice"]),
        file("no Records", gzip(br#"{"records":[]}"#), &[], &["no list `Records`"]),
        file("empty", Vec::new(), &[], &["ends before"]),
        file(
            "trailing bytes whose end is a size",
            [whole.as_slice(), b"more", &whole[whole.len() - 4..]].concat(),
            &[],
            &["gzip stream is broken"],
        ),
        file("a bomb in many members", gzip(&vec![b' '; 1 << 20]).repeat(40), &[], &["gzip bomb"]),
        file("a byte order mark", [b"\xef\xbb\xbf", list(&[14]).as_slice()].concat(), &[14], &[]),
        file(
            "zeros after the document",
            [list(&[15]), vec![0; 8]].concat(),
            &[],
            &["follow the end"],
        ),
        file("zeros only", vec![0; 64], &[], &["unexpected byte"]),
        file("UTF-16", b"\xff\xfe{\0}\0".to_vec(), &[], &["unexpected byte"]),
        file("compressed twice", gzip(&gzip(&list(&[16]))), &[], &["unexpected byte"]),
    ]
}

/// Files with a record that can't be read, whose neighbours can.
fn broken_records() -> Vec<File> {
    let mut too_large = event(71);
    too_large["requestParameters"]["policy"] = "x".repeat(5 << 20).into();
    let not_utf8 = event(31).to_string().replace("PutObject", "Put\u{1}Object").into_bytes();
    let not_utf8: Vec<u8> =
        not_utf8.into_iter().map(|byte| if byte == 1 { 0xff } else { byte }).collect();
    let nested = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let too_deep = event(98).to_string().replace("null", &nested);
    vec![
        file(
            "one record that is not UTF-8",
            gzip(&around(30, &not_utf8, 32)),
            &[30, 32],
            &["not UTF-8"],
        ),
        file(
            "a record beyond the limit",
            gzip(&log_file(&[event(72), too_large, event(73)])),
            &[72, 73],
            &["more than the"],
        ),
        file(
            "records that are none",
            gzip(&around(90, br#"17,"text",null,{"a":1}"#, 91)),
            &[90, 91],
            &["neither eventTime", "not a JSON object", "not a JSON object", "not a JSON object"],
        ),
        file("a cut record", gzip(&list(&[92])[..200]), &[], &["ends before"]),
        file("too deep", gzip(&around(96, too_deep.as_bytes(), 97)), &[96, 97, 98], &[]),
    ]
}

/// Files whose records look odd, and are read all the same.
fn odd_records() -> Vec<File> {
    let mut large = event(70);
    large["requestParameters"]["policy"] = "x".repeat(256 << 10).into();
    let mut odd = event(80);
    odd["userIdentity"] = json!(["no object"]);
    odd["sourceIPAddress"] = json!({"not": "an address"});
    odd["resources"] = json!("none");
    odd["readOnly"] = json!(17);
    odd["requestParameters"] = json!(null);
    let mut deep = event(95);
    deep["requestParameters"] =
        serde_json::from_str(&format!("{}{}", "[".repeat(100), "]".repeat(100))).unwrap();
    vec![
        file("intact", gzip(&list(&[1, 2])), &[1, 2], &[]),
        file("no record at all", gzip(br#"{"Records":[]}"#), &[], &[]),
        file("a large record", gzip(&log_file(&[large])), &[70], &[]),
        file("wrong types", gzip(&log_file(&[odd])), &[80], &[]),
        file("deep", gzip(&log_file(&[deep])), &[95], &[]),
    ]
}
