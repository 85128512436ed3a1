//! Discovery by set difference: late files are found wherever their names sort, and listed ones by name.

use crate::records::{event_id, record};
use crate::server::Server;
use crate::trail::{ACCOUNT, Chain, hour, put_log};
use crate::world::World;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_server::collect::{Reach, collect_source};
use orgtrail_server::verification::verify_due_chains;
use orgtrail_storage::sources::SourceRow;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn a_late_file_whose_name_sorts_before_known_ones_is_found_by_the_next_pass() {
    let now = SystemClock.now();
    let world = World::with_accounts(now - TimeDelta::days(30), &[ACCOUNT]).await;
    let bucket = world.path("bucket");
    put_log(&bucket, ACCOUNT, now - TimeDelta::minutes(5), "zzzzzzzzzzzzzzzz", &[event(1, now)]);
    let server = Server::start(&world).await;
    let source = server.add_source(&bucket).await;
    assert_eq!(pass(&server, &source, Reach::RecentDays(4)).await, (1, 1));

    put_log(&bucket, ACCOUNT, now - TimeDelta::minutes(5), "aaaaaaaaaaaaaaaa", &[event(2, now)]);
    put_log(&bucket, ACCOUNT, now - TimeDelta::days(2), "mmmmmmmmmmmmmmmm", &[event(3, now)]);
    assert_eq!(pass(&server, &source, Reach::RecentDays(4)).await, (2, 2));
    assert_eq!(pass(&server, &source, Reach::RecentDays(4)).await, (0, 0));
    for number in 1..=3 {
        server.read(&format!("/api/v1/events/{}", event_id(number))).await;
    }

    // Beyond the window only a complete pass looks.
    put_log(&bucket, ACCOUNT, now - TimeDelta::days(20), "oooooooooooooooo", &[event(4, now)]);
    assert_eq!(pass(&server, &source, Reach::RecentDays(4)).await, (0, 0));
    assert_eq!(pass(&server, &source, Reach::Everything).await, (1, 1));
}

#[tokio::test]
async fn what_a_digest_lists_outside_the_window_is_fetched_by_its_name() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let bucket = world.path("bucket");
    let chain = Chain::deliver(&bucket, ACCOUNT, &[]);
    // The newest digest alone is collected; its files and predecessors lie where the pass doesn't look.
    let newest = chain.digests[5].as_ref().unwrap();
    let server = Server::start(&world).await;
    let mut only_newest = server.add_source(&bucket).await;
    let everything = only_newest.clone();
    only_newest.prefix = newest.key.rsplit_once('/').unwrap().0.to_owned();
    let hidden = world.path("hidden");
    let others = chain.digests[..5].iter().flatten().chain(chain.logs.iter().flatten());
    std::fs::create_dir_all(&hidden).unwrap();
    for (index, file) in others.clone().enumerate() {
        std::fs::rename(&file.path, hidden.join(index.to_string())).unwrap();
    }
    assert_eq!(pass(&server, &only_newest, Reach::Everything).await, (1, 0));
    for (index, file) in others.enumerate() {
        std::fs::rename(hidden.join(index.to_string()), &file.path).unwrap();
    }

    // Each digest names its files and the digest before it, so the whole chain is found from its end.
    for _ in 0..2 {
        verify_due_chains(&server.services).await.unwrap();
    }
    assert_eq!(world.count("select count(*) from log_object where verdict = 'verified'").await, 12);
    assert_eq!(world.count("select count(*) from log_object").await, 18);
    assert_eq!(world.count("select count(*) from event").await, 12);
    assert_eq!(pass(&server, &everything, Reach::Everything).await, (0, 0));
}

fn event(number: u128, now: DateTime<Utc>) -> serde_json::Value {
    record(number, ACCOUNT, now - TimeDelta::minutes(10), "PutObject")
}

async fn pass(server: &Server, source: &SourceRow, reach: Reach) -> (u64, u64) {
    let never = CancellationToken::new();
    let summary = collect_source(&server.services, source, reach, None, &never).await.unwrap();
    (summary.files, summary.events)
}
