//! Records that look odd and names that lie, through the whole of an import: each is indexed as it stands and found, or
//! quarantined with a reason, and none keeps another one out.

use crate::records::{event_id, gzip, log_file, record};
use crate::server::{Credential, Server};
use crate::trail::{ACCOUNT, OTHER_ACCOUNT, hour, log_key, metadata_path};
use crate::world::{World, write};
use chrono::TimeDelta;
use orgtrail_shared::console::Role;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Longer than what the dictionary keeps of a text.
const LONG: usize = 3_000;

struct Odd {
    number: u128,
    text: String,
    flags: &'static [&'static str],
    /// A query that finds it and nothing else.
    query: &'static str,
}

fn odd(
    number: u128,
    flags: &'static [&'static str],
    query: &'static str,
    change: impl FnOnce(&mut Value),
) -> Odd {
    let mut value = record(number, ACCOUNT, hour(0), "PutObject");
    change(&mut value);
    Odd { number, text: value.to_string(), flags, query }
}

fn long(end: &str) -> Value {
    format!("{}{end}", "ä".repeat(LONG)).into()
}

/// Records that say something odd, with a query for just that.
fn odd_records() -> Vec<Odd> {
    let mut all = odd_values();
    all.extend(odd_kinds());
    all
}

fn odd_values() -> Vec<Odd> {
    vec![
        odd(1, &[], "event:Zero?Event", |it| it["eventName"] = "Zero\0Event".into()),
        odd(2, &[], "agent:\"zero%00agent\"", |it| it["userAgent"] = "zero\0agent".into()),
        odd(3, &["other-region"], "region:zero?region", |it| {
            it["awsRegion"] = "zero\0region".into();
        }),
        odd(4, &[], "user:zero*user", |it| it["userIdentity"]["userName"] = "zero\0user".into()),
        odd(5, &["other-account"], "", |it| {
            it["recipientAccountId"] = format!("{ACCOUNT}\0").into();
        }),
        odd(6, &[], "agent:*behind-the-agent", |it| it["userAgent"] = long("behind-the-agent")),
        odd(7, &[], "event:*behind-the-name", |it| it["eventName"] = long("behind-the-name")),
        odd(8, &[], "user:*behind-the-user", |it| {
            it["userIdentity"]["userName"] = long("behind-the-user");
        }),
        odd(9, &[], "principal:*behind-the-arn", |it| {
            it["userIdentity"]["arn"] = long("behind-the-arn");
        }),
        odd(10, &[], "error:*behind-the-error", |it| it["errorCode"] = long("behind-the-error")),
        odd(11, &[], "ip:*behind-the-address", |it| {
            it["sourceIPAddress"] = long("behind-the-address");
        }),
        odd(12, &["other-region"], "region:*behind-the-region", |it| {
            it["awsRegion"] = long("behind-the-region");
        }),
        odd(13, &[], "category:*behind-the-category", |it| {
            it["eventCategory"] = long("behind-the-category");
        }),
        odd(14, &[], "type:*behind-the-type", |it| it["eventType"] = long("behind-the-type")),
        odd(15, &["other-account"], "", |it| it["recipientAccountId"] = long("account")),
        odd(16, &[], "resource:*behind-the-resource", |it| {
            it["resources"][0]["ARN"] = long("behind-the-resource");
        }),
        odd(17, &[], "user:*behind-the-session", |it| {
            let session = long("behind-the-session");
            let arn =
                format!("arn:aws:sts::{ACCOUNT}:assumed-role/Odd/{}", session.as_str().unwrap());
            it["userIdentity"] = json!({"type": "AssumedRole", "arn": arn});
        }),
        odd(18, &[], "ip:\"198.51.100.7, 203.0.113.9\"", |it| {
            it["sourceIPAddress"] = "198.51.100.7, 203.0.113.9".into();
        }),
        odd(19, &[], "ip:\"fe80::1%25eth0\"", |it| it["sourceIPAddress"] = "fe80::1%eth0".into()),
        odd(20, &[], "ip:odd.amazonaws.com", |it| {
            it["sourceIPAddress"] = "odd.amazonaws.com".into();
        }),
        odd(21, &[], "\"too large\"", |it| {
            it["requestParameters"] = json!({"reason": "requestParameters too large", "omitted": "true", "originalSize": "149893"});
        }),
        odd(22, &[], "resource:arn:aws:s3:::odd/../a.b//c/%252e", |it| {
            it["resources"][0]["ARN"] = "arn:aws:s3:::odd/../a.b//c/%2e".into();
        }),
        odd(23, &[], "end-of-256-kilobytes", |it| {
            it["requestParameters"] =
                json!({"a": "x".repeat(256 << 10), "b": "end-of-256-kilobytes"});
        }),
        odd(24, &[], "end-of-a-megabyte", |it| {
            it["responseElements"] = json!({"a": "y".repeat(1 << 20), "b": "end-of-a-megabyte"});
        }),
        odd(25, &[], "resource:arn:aws:odd:::1999", |it| {
            it["resources"] =
                (0..2_000).map(|index| json!({"ARN": format!("arn:aws:odd:::{index}")})).collect();
        }),
    ]
}

fn odd_kinds() -> Vec<Odd> {
    vec![
        odd(30, &["other-account"], "account:777788889999", |it| {
            it["recipientAccountId"] = OTHER_ACCOUNT.into();
        }),
        odd(31, &["other-account"], "", |it| it["recipientAccountId"] = "12".into()),
        odd(32, &["other-region"], "region:eu-west-1", |it| it["awsRegion"] = "eu-west-1".into()),
        odd(33, &["other-day"], "time:<2026-02-01 -is:read event:Day", |it| {
            it["eventTime"] = "2026-01-10T00:00:00Z".into();
            it["eventName"] = "Day".into();
        }),
        odd(34, &["other-day", "odd-time"], "time:>=2050-01-01", |it| {
            it["eventTime"] = "2099-01-01T00:00:00Z".into();
        }),
        odd(35, &["other-day", "odd-time"], "event:Ancient", |it| {
            it["eventTime"] = "1900-01-01T00:00:00Z".into();
            it["eventName"] = "Ancient".into();
        }),
        odd(36, &["odd-time"], "event:Timeless", |it| {
            it["eventTime"] = json!(["noon"]);
            it["eventName"] = "Timeless".into();
        }),
        odd(37, &[], "category:Insight", |it| {
            it["eventCategory"] = "Insight".into();
            it["eventType"] = "AwsCloudTrailInsight".into();
            for field in
                ["userIdentity", "eventSource", "eventName", "sourceIPAddress", "userAgent"]
            {
                it.as_object_mut().unwrap().remove(field);
            }
            it["insightDetails"] = json!({"state": "Start", "insightType": "ApiCallRateInsight"});
        }),
        odd(38, &[], "vpc-endpoint:vpce-odd", |it| {
            it["eventCategory"] = "NetworkActivity".into();
            it["eventType"] = "AwsVpceEvent".into();
            it["vpcEndpointId"] = "vpce-odd".into();
        }),
        odd(39, &[], "type:AwsAggregatedEvent", |it| it["eventType"] = "AwsAggregatedEvent".into()),
        odd(40, &[], "principal-type:Robot", |it| {
            it["userIdentity"] = json!({"type": "Robot", "arn": ["none"], "sessionContext": 7});
        }),
    ]
}

fn encode(query: &str) -> String {
    query.bytes().fold(String::new(), |text, byte| match byte {
        b'%' => text + "%",
        _ if byte.is_ascii_alphanumeric() => text + &char::from(byte).to_string(),
        _ => format!("{text}%{byte:02X}"),
    })
}

async fn found(server: &Server, token: &Credential, query: &str) -> Vec<Value> {
    let range = "from=1900-01-01&to=2100-01-01&limit=1000";
    let answer = server.get(&format!("/api/v1/events?{range}&q={}", encode(query)), token).await;
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    let page = answer.json();
    assert_eq!((&page["next"], &page["looked_back_to"]), (&Value::Null, &Value::Null), "{query}");
    page["events"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_records_are_indexed_as_they_stand_and_found() {
    let world = World::with_accounts(hour(0), &[ACCOUNT, OTHER_ACCOUNT]).await;
    let odd = odd_records();
    for (index, part) in odd.chunks(6).enumerate() {
        let texts: Vec<&str> = part.iter().map(|odd| odd.text.as_str()).collect();
        put_text(&world, index, &format!("{{\"Records\":[{}]}}", texts.join(",")));
    }
    let summary = world.import(&world.path("bucket"), &[]).await;
    assert_eq!(summary["events"], odd.len(), "{summary:#}");
    assert_eq!((&summary["quarantined"], &summary["failed"]), (&json!(0), &json!(0)));

    let server = Server::start(&world).await;
    let token = server.token("analyst", Role::SecurityAnalyst, &[]).await;
    let cookie = server.cookie("reader", Role::SecurityAnalyst, &[]).await;
    let all = found(&server, &token, "").await;
    let flags: BTreeMap<&str, &Value> =
        all.iter().map(|event| (event["event_id"].as_str().unwrap(), &event["flags"])).collect();
    assert_eq!(flags.len(), odd.len());
    for odd in &odd {
        let id = event_id(odd.number);
        assert_eq!(flags[id.as_str()], &json!(odd.flags), "{}", odd.number);
        if !odd.query.is_empty() {
            let events = found(&server, &token, odd.query).await;
            let ids: Vec<&Value> = events.iter().map(|event| &event["event_id"]).collect();
            assert_eq!(ids, [&json!(id)], "{}", odd.query);
        }
        let detail = server.get(&format!("/api/v1/events/{id}"), &token).await;
        assert!(detail.body.contains(&odd.text), "{} is shown as it is", odd.number);
        let page = server.get(&format!("/events/{id}"), &cookie).await;
        assert_eq!(page.status, 200, "{}", odd.number);
    }
    let member = server.token("member", Role::Member, &[ACCOUNT]).await;
    let own: Vec<Value> = found(&server, &member, "").await;
    let hidden = odd.iter().filter(|odd| odd.flags.contains(&"other-account")).count();
    assert_eq!(own.len(), odd.len() - hidden, "no text makes a record another account's");
    server.close().await;
}

/// Comparing such records ended the process, or kept the batch out for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_made_to_be_hard_to_compare_are_compared() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let event = record(1, ACCOUNT, hour(0), "PutObject").to_string();
    let deep = format!("{}{}", "[".repeat(1_500_000), "]".repeat(1_500_000));
    let with = |value: &str| event.replacen('{', &format!("{{\"x\":{value},"), 1);
    let texts = [
        with("\"\\ud800\""),
        with("\"\\uD800\""),
        with("{\"\\udc00\":1}"),
        with(&deep),
        with(&format!(" {deep}")),
    ];
    for (index, text) in texts.iter().enumerate() {
        put_text(&world, index, &format!("{{\"Records\":[{text}]}}"));
    }
    put_text(
        &world,
        9,
        &String::from_utf8(log_file(&[record(2, ACCOUNT, hour(0), "Other")])).unwrap(),
    );
    let summary = world.import(&world.path("bucket"), &[]).await;
    assert_eq!((&summary["events"], &summary["duplicates"]), (&json!(4), &json!(2)), "{summary:#}");

    let server = Server::start(&world).await;
    let cookie = server.cookie("reader", Role::SecurityAnalyst, &[]).await;
    let page = server.get(&format!("/events/{}", event_id(1)), &cookie).await;
    assert_eq!(page.status, 200);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_of_large_records_is_indexed_and_searched() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let mut state = 7_u64;
    let records: Vec<Value> = (0..54)
        .map(|number| {
            let mut event = record(number, ACCOUNT, hour(0), "PutObject");
            // Not so repetitive that it would be taken for a bomb.
            let mut text = String::with_capacity(1_000_100);
            while text.len() < 1_000_000 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                text += &hex::encode(state.to_be_bytes());
            }
            event["requestParameters"] =
                json!({"policy": text, "number": format!("large-record-{number}")});
            event
        })
        .collect();
    let bytes = log_file(&records);
    assert!(bytes.len() > 50 << 20);
    write(&world.path("bucket").join(key(0)), &gzip(&bytes));
    // The same under a name that tells nothing.
    write(&world.path("loose/large.json"), &bytes);
    let summary = world.import(&world.path("bucket"), &[]).await;
    assert_eq!(
        (&summary["events"], &summary["quarantined"]),
        (&json!(54), &json!(0)),
        "{summary:#}"
    );
    let summary = world.import(&world.path("loose"), &[]).await;
    assert_eq!(
        (&summary["duplicates"], &summary["quarantined"]),
        (&json!(54), &json!(0)),
        "{summary:#}"
    );
    let server = Server::start(&world).await;
    let token = server.token("analyst", Role::SecurityAnalyst, &[]).await;
    let events = found(&server, &token, "large-record-41").await;
    assert_eq!(events[0]["event_id"], event_id(41));
    assert_eq!(events.len(), 1);
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_lie_hide_nothing() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let bucket = world.path("bucket");
    let log = |number| gzip(&log_file(&[record(number, ACCOUNT, hour(0), "PutObject")]));
    let digest_key = key(1).replace("/CloudTrail/", "/CloudTrail-Digest/").replace(
        &format!("{ACCOUNT}_CloudTrail_us-east-1_20260302T0101Z_odd0000000000000"),
        &format!("{ACCOUNT}_CloudTrail-Digest_us-east-1_org-trail_us-east-1_20260302T010000Z"),
    );
    let digest =
        json!({"awsAccountId": ACCOUNT, "logFiles": [], "digestEndTime": "2026-03-02T01:00:00Z"});
    for (key, bytes) in [
        (key(0), gzip(digest.to_string().as_bytes())),
        (digest_key.clone(), log(1)),
        (key(2).replace("o-exampleorg1", "o-otherorg123"), log(2)),
        (key(3).replace(ACCOUNT, OTHER_ACCOUNT), log(3)),
        (key(4).replace("us-east-1", "eu-west-1"), log(4)),
        (key(5).replace("2026/03/02", "2020/02/29"), log(5)),
        (key(6).replace(".json.gz", ".json"), log(6)),
        // A name of two accounts is no name of the layout: the file is loose.
        (key(7).replace(&format!("/{ACCOUNT}_"), &format!("/{OTHER_ACCOUNT}_")), log(7)),
    ] {
        write(&bucket.join(key), &bytes);
    }
    let summary = world.import(&bucket, &[]).await;
    assert_eq!(summary["events"], 6, "{summary:#}");
    assert_eq!(summary["reasons"], json!({"the file has no list `Records`": 1}), "{summary:#}");
    assert_eq!((&summary["files"], &summary["foreign_objects"]), (&json!(8), &json!(0)));
    assert_eq!(
        world
            .count(
                "select count(*) from digest where own_problem like '%can''t be read as a digest%'"
            )
            .await,
        1,
        "a log file that calls itself a digest"
    );
    let server = Server::start(&world).await;
    let token = server.token("analyst", Role::SecurityAnalyst, &[]).await;
    for (number, flags) in [
        (2, json!([])),
        (3, json!(["other-account"])),
        (4, json!(["other-region"])),
        (5, json!(["other-day"])),
        (6, json!([])),
        (7, json!([])),
    ] {
        let events = found(&server, &token, &format!("id:{}", event_id(number))).await;
        assert_eq!(events[0]["flags"], flags, "{number}");
    }
    server.close().await;
}

/// The character zero, which Postgres refuses, kept the whole batch out wherever an object could bring it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_digest_with_zero_characters_keeps_nothing_out() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let bucket = world.path("bucket");
    let chain = crate::trail::Chain::deliver(&bucket, ACCOUNT, &[]);
    let digests: Vec<_> = chain.digests.iter().flatten().collect();
    let metadata = json!({"signature": "00\u{0}", "signature-algorithm": "SHA256withRSA", "zero\u{0}": "\u{0}"});
    write(&metadata_path(&digests[1].path), metadata.to_string().as_bytes());
    for (digest, fields) in [
        (digests[2], json!({"digestEndTime": "noon\u{0}"})),
        (
            digests[3],
            json!({"logFiles": [{"s3Bucket": "b", "s3Object": "k\u{0}", "hashAlgorithm": "SHA-256",
            "hashValue": "ab".repeat(32), "newestEventTime": null, "oldestEventTime": null}]}),
        ),
        (digests[4], json!({"digestS3Object": "\u{0}"})),
    ] {
        let bytes = flate2_read(&std::fs::read(&digest.path).unwrap());
        let mut value: Value = serde_json::from_slice(&bytes).unwrap();
        value.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        write(&digest.path, &gzip(value.to_string().as_bytes()));
    }
    let summary = world.import(&bucket, &[]).await;
    assert_eq!((&summary["files"], &summary["events"]), (&json!(18), &json!(12)), "{summary:#}");
    assert_eq!(world.count("select count(*) from digest where own_problem is not null").await, 6);
}

fn flate2_read(bytes: &[u8]) -> Vec<u8> {
    orgtrail_domain::inflate::inflate(bytes).unwrap().bytes
}

fn key(index: usize) -> String {
    let at = hour(0) + TimeDelta::minutes(i64::try_from(index).unwrap());
    log_key(ACCOUNT, at, "odd0000000000000")
}

fn put_text(world: &World, index: usize, text: &str) {
    write(&world.path("bucket").join(key(index)), &gzip(text.as_bytes()));
}
