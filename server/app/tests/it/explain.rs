//! Rows and segments give the same answers, and `explain=1` says which of them did.

use crate::records::record;
use crate::server::Server;
use crate::trail::{ACCOUNT, put_log};
use crate::world::World;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_server::collect::{Reach, collect_source};
use orgtrail_shared::time::to_rfc3339;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn segments_and_rows_answer_alike() {
    let now = SystemClock.now();
    let world = World::with_accounts(now - TimeDelta::days(30), &[ACCOUNT]).await;
    let bucket = world.path("bucket");
    for file in 0..3 {
        let names = ["PutObject", "GetObject", "DeleteBucket"];
        let records: Vec<Value> = (0..7)
            .map(|number| {
                let time = now - TimeDelta::minutes(i64::from(file * 7 + number));
                let place = usize::try_from((file + number) % 3).unwrap();
                record(u128::try_from(file * 10 + number).unwrap(), ACCOUNT, time, names[place])
            })
            .collect();
        let name = format!("aaaaaaaaaaaaaaa{file}");
        put_log(&bucket, ACCOUNT, now - TimeDelta::minutes(1), &name, &records);
    }
    let server = Server::start(&world).await;
    let source = server.add_source(&bucket).await;
    let never = CancellationToken::new();
    let reach = Reach::RecentDays(4);
    collect_source(&server.services, &source, reach, None, &never).await.unwrap();

    let from_segments = answers(&server, now, "segments").await;
    let mark = "update log_object set is_segmented = false";
    sqlx::query(mark).execute(server.services.database.worker()).await.unwrap();
    assert_eq!(answers(&server, now, "rows").await, from_segments);
    let forget = "delete from segment";
    sqlx::query(forget).execute(&world.database.pool).await.unwrap();
    assert_eq!(server.services.database.build_segments().await.unwrap(), 3);
    assert_eq!(answers(&server, now, "segments").await, from_segments);
    // A segment that can't be read is no reason to fail, or to say less.
    let damage = "update segment set columns = '\\x00'";
    sqlx::query(damage).execute(&world.database.pool).await.unwrap();
    server.close().await;
    let server = Server::start(&world).await;
    assert_eq!(answers(&server, now, "rows").await, from_segments);
    assert!(!server.services.segments.take_unreadable().is_empty());
    // A question stops at the first one, and after midnight there are more: all are built anew.
    let damaged: Vec<i64> = sqlx::query_scalar("select segment_id from segment")
        .fetch_all(&world.database.pool)
        .await
        .unwrap();
    for segment_id in damaged {
        server.services.database.rebuild_segment(segment_id).await.unwrap();
    }
    assert_eq!(answers(&server, now, "segments").await, from_segments);

    let needle = server.read("/api/v1/events?q=ip:192.0.2.1&explain=1").await;
    assert_eq!(needle["explain"]["answered_by"], "rows");
    let text = server.read("/api/v1/events/facets?q=PutObject&explain=1").await;
    assert_eq!(text["explain"]["answered_by"], "records");
    let index = &server.read("/api/v1/operations").await["index"];
    let held: u64 = levels(index).map(|level| level["events"].as_u64().unwrap()).sum();
    assert_eq!((held, &index["files"]), (21, &Value::from(3)), "{index:#}");
    for by in ["rows", "segments", "records"] {
        let answers = index["answers"].as_array().unwrap().iter();
        let of = answers.filter(|kind| kind["answered_by"] == by);
        let searches: u64 = of.map(|kind| kind["searches"].as_u64().unwrap()).sum();
        assert!(searches > 0, "{by}: {index:#}");
    }
    let plain = server.read("/api/v1/events?q=event:PutObject").await;
    assert!(plain.get("explain").is_none());
    server.close().await;
}

fn levels(index: &Value) -> impl Iterator<Item = &Value> {
    index["segments"].as_array().unwrap().iter()
}

/// The answers to several questions, all of them given by the same part of the index.
async fn answers(server: &Server, now: DateTime<Utc>, by: &str) -> Vec<Value> {
    let mut answers = Vec::new();
    // The same range each time, whatever the clock does meanwhile.
    let (from, to) = (now - TimeDelta::hours(6), now + TimeDelta::hours(1));
    let range = format!("from={}&to={}", to_rfc3339(from), to_rfc3339(to));
    for (path, query) in [
        ("", "q=event:PutObject%20-error:AccessDenied&limit=3"),
        ("", "reads=hide"),
        ("/histogram", "q=event:PutObject"),
        ("/histogram", "reads=hide"),
        ("/facets", "q=-event:GetObject"),
        ("/facets", "reads=hide"),
    ] {
        let path = format!("/api/v1/events{path}?{query}&{range}&explain=1");
        let mut answer = server.read(&path).await;
        let explanation = answer.as_object_mut().unwrap().remove("explain").unwrap();
        assert_eq!(explanation["answered_by"], by, "{path}: {explanation}");
        answers.push(answer);
    }
    answers
}
