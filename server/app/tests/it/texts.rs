//! Free text: every record that holds it is found, and few files are read for a rare one.

use crate::records::{gzip, record};
use crate::server::{Credential, Server};
use crate::trail::{ACCOUNT, OTHER_ACCOUNT, hour, log_key};
use crate::world::World;
use axum::http::StatusCode;
use chrono::TimeDelta;
use orgtrail_domain::filter::contains;
use orgtrail_server::grams::make_missing;
use orgtrail_shared::console::Role;
use orgtrail_shared::query::{Condition, Query};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tokio_util::sync::CancellationToken;

/// How many files there are, and how many records each has.
const FILES: u128 = 40;
const RECORDS: u128 = 6;

/// Stands in one record of one file.
const RARE: &str = "rare-bucket-of-one";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rare_text_reads_only_the_files_that_may_hold_it() {
    let world = world().await;
    // Whatever else is read from now on fails.
    sqlx::query("update log_object set archive_key = 'gone' where key not like '%' || $1 || '%'")
        .bind(unique(FILES / 2))
        .execute(&world.database.pool)
        .await
        .unwrap();
    let server = Server::start(&world).await;
    let token = server.token("analyst", Role::SecurityAnalyst, &[]).await;
    // An id stands in the record itself, and in the key of the one before.
    let id = request_id(FILES / 2 * RECORDS + 2);
    for (text, events) in [(RARE, 1), ("RARE-bucket-OF-one", 1), (&id, 2)] {
        let page = search(&server, &token, text).await;
        assert_eq!(page["events"].as_array().unwrap().len(), events, "{text}: {page:#}");
        assert_eq!((&page["next"], &page["incomplete"]), (&Value::Null, &json!([])), "{page:#}");
    }
    let absent = search(&server, &token, "no-record-holds-this").await;
    assert_eq!(absent["events"], json!([]));
    let every = search(&server, &token, "abc").await;
    assert_ne!(every["incomplete"], json!([]), "a short text reads every file: {every:#}");
    assert!(every["notes"][0].as_str().unwrap().contains("fewer than 5"), "{every:#}");
    server.close().await;

    // A file without a bitmap, or with one of a newer program, is read.
    for sql in ["update object_grams set bits = '\\x63'::bytea || bits", "delete from object_grams"]
    {
        sqlx::query(sql).execute(&world.database.pool).await.unwrap();
        let server = Server::start(&world).await;
        let every = search(&server, &token, RARE).await;
        assert_ne!(every["incomplete"], json!([]), "{sql}: {every:#}");
        server.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_without_bitmaps_get_the_very_ones_that_they_would_have_had() {
    let world = world().await;
    let stored = async || -> Vec<(i32, Vec<u8>)> {
        sqlx::query_as("select object_id, bits from object_grams order by object_id")
            .fetch_all(&world.database.pool)
            .await
            .unwrap()
    };
    let before = stored().await;
    // An older program has written some, under rules that are gone.
    sqlx::query("update object_grams set stop_set = 1, bits = '\\x0101' where object_id % 3 = 0")
        .execute(&world.database.pool)
        .await
        .unwrap();
    // One is lost from the archive; it keeps no other from its bitmap.
    sqlx::raw_sql(
        "delete from object_grams where object_id % 2 = 0 or object_id = (select max(object_id) from object_grams);
         update log_object set archive_key = 'gone' where object_id = (select max(object_id) from log_object)",
    )
    .execute(&world.database.pool)
    .await
    .unwrap();
    let server = Server::start(&world).await;
    let never = CancellationToken::new();
    let (made, unreadable) = make_missing(&server.services, &never).await.unwrap();
    let after = stored().await;
    assert_eq!((after.len() + 1, unreadable), (before.len(), 1));
    assert!(made >= before.len() as u64 / 2 - 1, "{made} of {}", before.len());
    assert_eq!(after[..], before[..after.len()]);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_for_a_text_finds_every_record_that_holds_it() {
    let world = world().await;
    let server = Server::start(&world).await;
    let token = server.token("analyst", Role::SecurityAnalyst, &[]).await;
    let member = server.token("member", Role::Member, &[OTHER_ACCOUNT]).await;
    let records: Vec<(Value, String)> = (0..FILES)
        .flat_map(texts)
        .map(|text| (serde_json::from_str(&text).unwrap(), text))
        .collect();
    let mut random = StdRng::seed_from_u64(3);
    let mut needles: Vec<String> =
        [RARE, "customers/4711", "a&b<c>", "Ünïcödé", "été", "日本", "444455556666"]
            .map(str::to_owned)
            .to_vec();
    for turn in 0..120 {
        let text: Vec<char> = records[random.random_range(0..records.len())].1.chars().collect();
        // Every second one lies in or at an id, where bitmaps know least.
        let start = if turn % 2 == 0 {
            random.random_range(0..text.len() - 60)
        } else {
            let id: String = text.iter().collect();
            id[..id.find("requestID").unwrap()].chars().count() + random.random_range(0..40)
        };
        let length: usize = [3, 5, 8, 15, 38, 60][random.random_range(0..6)];
        needles.push(text[start..].iter().take(length).collect());
    }
    for needle in needles {
        for (token, account) in [(&token, None), (&member, Some(OTHER_ACCOUNT))] {
            let wanted: BTreeSet<&str> = records
                .iter()
                .filter(|(record, text)| {
                    account.is_none_or(|account| record["recipientAccountId"] == account)
                        && contains(text, &needle)
                })
                .map(|(record, _)| record["eventID"].as_str().unwrap())
                .collect();
            let page = search(&server, token, &needle).await;
            let found: BTreeSet<&str> = page["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| event["event_id"].as_str().unwrap())
                .collect();
            assert_eq!(found, wanted, "{needle:?} as {account:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_a_search_for_a_text_neither_repeat_nor_skip_a_record() {
    let world = world().await;
    let server = Server::start(&world).await;
    let token = server.token("analyst", Role::SecurityAnalyst, &[]).await;
    // In most files, in some, in one, in none; and one that every record is read for.
    for text in ["bucket-of-444455556666", "customers/1", RARE, "no-record-holds-this", "/1"] {
        let whole = search(&server, &token, text).await;
        let (mut events, mut next) = (Vec::new(), String::new());
        loop {
            let path = path(text).replace("limit=1000", &format!("limit=7{next}"));
            let page = server.get(&path, &token).await.json();
            events.extend(page["events"].as_array().unwrap().iter().cloned());
            let Some(token) = page["next"].as_str() else { break };
            next = format!("&page={token}");
        }
        assert_eq!(&json!(events), &whole["events"], "{text}");
    }
}

async fn world() -> World {
    let world = World::with_accounts(hour(0), &[ACCOUNT, OTHER_ACCOUNT]).await;
    for file in 0..FILES {
        let bytes = format!("{{\"Records\":[{}]}}", texts(file).join(",\n "));
        let delivered_at = hour(0) + TimeDelta::minutes(i64::try_from(file * 20).unwrap());
        let key = log_key(ACCOUNT, delivered_at, &unique(file));
        world.write(&format!("bucket/{key}"), gzip(bytes.as_bytes()));
    }
    let summary = world.import(&world.path("bucket"), &[]).await;
    assert_eq!(summary["events"].as_u64().unwrap(), u64::try_from(FILES * RECORDS).unwrap());
    world
}

fn unique(file: u128) -> String {
    format!("texts{file:011}")
}

/// A UUID that looks like a random one.
fn request_id(number: u128) -> String {
    uuid::Uuid::from_u128((number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
        .to_string()
}

/// The texts of a file's records, in JSON that CloudTrail might write, and some that it wouldn't.
fn texts(file: u128) -> Vec<String> {
    let texts = (0..RECORDS).map(|index| {
        let number = file * RECORDS + index;
        // The name of a file promises one account; its records needn't keep to it.
        let account = if number.is_multiple_of(7) { OTHER_ACCOUNT } else { ACCOUNT };
        let time = hour(0) + TimeDelta::seconds(i64::try_from(number * 180).unwrap());
        let mut record = record(number, account, time, "PutObject");
        record["requestID"] = json!(request_id(number));
        record["requestParameters"]["key"] = json!(format!("customers/{number}/{}", request_id(number + 1)));
        if (file, index) == (FILES / 2, 2) {
            record["requestParameters"]["bucketName"] = json!(RARE);
        }
        match number % 5 {
            0 => record["additionalEventData"] = json!({"note": "Ünïcödé 日本語", "x-amz-id-2": format!("{}==", "aB3/".repeat(18))}),
            1 => record["additionalEventData"] = json!({"q": "a&b<c>\t\u{1}\"quoted\""}),
            _ => {}
        }
        match number % 4 {
            0 => record.to_string().replace('/', "\\/"),
            1 => record.to_string().replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e"),
            2 => serde_json::to_string_pretty(&record).unwrap(),
            _ => record.to_string(),
        }
    });
    texts.collect()
}

fn path(text: &str) -> String {
    let mut query = Query::default();
    query.add(false, Condition::Contains(text.to_owned()));
    let encode = |text: String, byte: u8| format!("{text}%{byte:02X}");
    let query = query.to_string().bytes().fold(String::new(), encode);
    format!("/api/v1/events?from=2026-03-01&to=2026-03-04&limit=1000&q={query}")
}

async fn search(server: &Server, token: &Credential, text: &str) -> Value {
    let answer = server.get(&path(text), token).await;
    assert_eq!(answer.status, StatusCode::OK, "{text:?}: {answer:?}");
    answer.json()
}
