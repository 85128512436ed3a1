//! A generator that knows the right answer delivers events as a seed has it; whatever orgtrail says of them is compared.
//!
//! `cargo xtask soak` runs it with more events and other seeds.

mod events;
mod judge;
mod plan;
mod queries;

use crate::server::{Credential, Server};
use crate::world::{World, at, setting, write};
use events::{ACCOUNTS, Event};
use judge::{Compared, Judge};
use orgtrail_shared::console::Role;
use plan::Plan;
use queries::Query;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// The account of the member who asks.
const MEMBER: usize = 1;

/// How many events, and how many queries of each kind of caller and index.
struct Size {
    events: u32,
    queries: usize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_delivered_is_found_exactly_once_and_counted_right() {
    let seed = setting("ORGTRAIL_SOAK_SEED").unwrap_or(20_261_121);
    let events =
        setting("ORGTRAIL_SOAK_EVENTS").map_or(100_000, |count| u32::try_from(count).unwrap());
    let size = Size { events, queries: 200 };
    println!("seed {seed}: {} events", size.events);
    let mut plan = Plan::new(seed, size.events);
    let world = World::with_accounts(at("2026-01-01"), &ACCOUNTS).await;
    deliver(&world, &mut plan).await;
    check_quarantine(&world, &plan).await;

    let server = Server::start(&world).await;
    let analyst = server.token("analyst", Role::SecurityAnalyst, &[]).await;
    let member = server.token("member", Role::Member, &[ACCOUNTS[MEMBER]]).await;
    let numbers: HashMap<String, u32> =
        plan.events.iter().map(|event| (event.identity(), event.number)).collect();
    assert_eq!(numbers.len(), plan.events.len());
    check_every_event(&server, &analyst, &plan.events, &numbers).await;

    let judge = |token, account| Judge {
        server: &server,
        token,
        account,
        events: &plan.events,
        numbers: &numbers,
    };
    let by_segments = ask(&judge(&analyst, None), seed, &size).await;
    assert!(by_segments.answered_by["segments"] > size.queries / 3, "{by_segments:?}");
    assert!(
        by_segments.answered_by["records"] > 5 && by_segments.exact > size.queries / 2,
        "{by_segments:?}"
    );
    let few = Size { queries: size.queries / 3, ..size };
    let as_member = ask(&judge(&member, Some(MEMBER)), seed + 1, &few).await;
    assert!(as_member.found > 0, "{as_member:?}");
    // Small segments become large ones, and say the same.
    server.services.database.merge_segments(at("2026-03-12")).await.unwrap();
    ask(&judge(&analyst, None), seed + 2, &Size { queries: size.queries / 8, ..size }).await;
    // As long as one file's segment is to be built, rows answer.
    let mark = "update log_object set is_segmented = false where object_id = (select min(object_id) from log_object)";
    sqlx::query(mark).execute(&world.database.pool).await.unwrap();
    let by_rows = ask(&judge(&analyst, None), seed + 3, &few).await;
    assert!(!by_rows.answered_by.contains_key("segments"), "{by_rows:?}");
    ask(&judge(&member, Some(MEMBER)), seed + 4, &Size { queries: size.queries / 8, ..size }).await;
    server.close().await;
}

/// A judge who sees nothing would find nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_lost_or_altered_is_noticed() {
    let mut plan = Plan::new(5, 3_000);
    let world = World::with_accounts(at("2026-01-01"), &ACCOUNTS).await;
    deliver(&world, &mut plan).await;
    let numbers: HashMap<String, u32> =
        plan.events.iter().map(|event| (event.identity(), event.number)).collect();
    let server = Server::start(&world).await;
    let token = server.token("analyst", Role::SecurityAnalyst, &[]).await;
    let judge = Judge {
        server: &server,
        token: &token,
        account: None,
        events: &plan.events,
        numbers: &numbers,
    };
    let everything = Query::everything();
    judge.compare(&everything, &mut Compared::default()).await.unwrap();
    for sql in [
        "update event set error_id = 0 where ctid = (select ctid from event where error_id <> 0 limit 1)",
        "delete from event where ctid = (select ctid from event order by t desc limit 1)",
    ] {
        // Rows are altered, so rows must answer.
        let mark = "update log_object set is_segmented = false";
        for sql in [mark, sql] {
            sqlx::query(sql).execute(&world.database.pool).await.unwrap();
        }
        let difference = judge.compare(&everything, &mut Compared::default()).await.unwrap_err();
        let is_told = ["should be", "counted"].iter().any(|word| difference.contains(word));
        assert!(is_told, "{sql}: {difference}");
    }
    server.close().await;
}

/// Delivers in two parts, with an import behind each; a third one has nothing to do.
async fn deliver(world: &World, plan: &mut Plan) {
    let bucket = world.path("bucket");
    let files = std::mem::take(&mut plan.files);
    let (early, late) = files.split_at(files.len() * 2 / 3);
    let (mut events, mut duplicates) = (0, 0);
    for part in [early, late, &[]] {
        for file in part {
            write(&bucket.join(&file.key), &file.bytes);
        }
        let summary = world.import(&bucket, &[]).await;
        assert_eq!(
            (&summary["files"], &summary["failed"]),
            (&part.len().into(), &0.into()),
            "{summary:#}"
        );
        events += summary["events"].as_u64().unwrap();
        duplicates += summary["duplicates"].as_u64().unwrap();
    }
    assert_eq!(events, plan.events.len() as u64, "each is indexed once");
    assert_eq!(duplicates, plan.repeats as u64, "each further delivery is known");
}

/// Fails unless exactly what was broken is in quarantine.
async fn check_quarantine(world: &World, plan: &Plan) {
    let sql =
        "select o.key, q.ordinal, q.reason from quarantine q join log_object o using (object_id)";
    let mut found: Vec<(String, Option<i32>, String)> =
        sqlx::query_as(sql).fetch_all(&world.database.pool).await.unwrap();
    assert!(plan.quarantine.len() > 1, "{} are planned", plan.quarantine.len());
    for (key, ordinal, reason) in &plan.quarantine {
        let place = found.iter().position(|(found_key, found_ordinal, words)| {
            (found_key, found_ordinal) == (key, ordinal) && words.contains(reason)
        });
        let place =
            place.unwrap_or_else(|| panic!("{key} {ordinal:?} is not quarantined as {reason:?}"));
        found.swap_remove(place);
    }
    assert_eq!(found, [], "these were not planned");
}

/// Reads all pages of everything: each event once, none more, and as it was.
async fn check_every_event(
    server: &Server,
    token: &Credential,
    events: &[Event],
    numbers: &HashMap<String, u32>,
) {
    let by_number: HashMap<u32, &Event> =
        events.iter().map(|event| (event.number, event)).collect();
    let (mut found, mut next) = (BTreeSet::new(), String::new());
    loop {
        let path = format!("/api/v1/events?from=2026-03-01&to=2026-03-12&limit=1000{next}");
        let page = server.get(&path, token).await.json();
        for shown in page["events"].as_array().unwrap() {
            let number = check_event(shown, numbers, &by_number);
            assert!(found.insert(number), "{shown} is there twice");
        }
        let Some(token) = page["next"].as_str() else { break };
        next = format!("&page={token}");
    }
    let lost: Vec<&Event> =
        events.iter().filter(|event| !found.contains(&event.number)).take(3).collect();
    assert_eq!(found.len(), events.len(), "lost: {lost:?}");
}

fn check_event(
    shown: &Value,
    numbers: &HashMap<String, u32>,
    events: &HashMap<u32, &Event>,
) -> u32 {
    let text = |name: &str| shown[name].as_str().unwrap();
    let number = numbers.get(text("event_id")).or_else(|| numbers.get(text("event_name")));
    let event = events[number.unwrap_or_else(|| panic!("nobody delivered {shown}"))];
    let time = chrono::DateTime::parse_from_rfc3339(text("time")).unwrap().timestamp();
    assert_eq!(time, event.seconds, "{shown}");
    assert_eq!(text("event_name"), event.name(), "{shown}");
    for (name, value) in [
        ("event_source", events::NAMES[event.name].1),
        ("account", ACCOUNTS[event.account]),
        ("region", events::REGIONS[event.region]),
        ("source_ip", events::ADDRESSES[event.address]),
        ("user_agent", events::AGENTS[event.agent]),
        ("error_code", events::ERRORS[event.error]),
        ("category", events::KINDS[event.kind].0),
        ("access_key", &events::ACTORS[event.actor].access_key),
    ] {
        assert_eq!(text(name), value, "{name} of {shown}");
    }
    let (actor, principal) = (&events::ACTORS[event.actor], &shown["principal"]);
    assert_eq!(
        [&principal["kind"], &principal["arn"], &principal["name"], &principal["session"]],
        [actor.kind, actor.arn.as_str(), actor.name.as_str(), actor.session],
        "{shown}"
    );
    assert_eq!(!shown["flags"].as_array().unwrap().is_empty(), event.is_flagged, "{shown}");
    event.number
}

/// Asks random queries and compares; a difference is told with the seed and the smallest query that has it.
async fn ask(judge: &Judge<'_>, seed: u64, size: &Size) -> Compared {
    let mut random = StdRng::seed_from_u64(seed);
    let mut compared = Compared::default();
    for turn in 0..size.queries {
        let before = random.clone();
        let query = Query::random(&mut random, size.events);
        if let Err(difference) = judge.compare(&query, &mut compared).await {
            let again = || Query::random(&mut before.clone(), size.events);
            let (query, difference) = smallest(judge, &again, difference).await;
            panic!(
                "seed {seed}, query {turn} of {:?}: `{}` in {:?}, reads hidden: {}: {difference}",
                judge.account,
                query.text(),
                query.range,
                query.hides_reads
            );
        }
    }
    println!("{:?}: {compared:?}", judge.account);
    compared
}

/// Leaves out conditions as long as there is a difference.
async fn smallest(
    judge: &Judge<'_>,
    again: &dyn Fn() -> Query,
    difference: String,
) -> (Query, String) {
    let mut left_out: Vec<usize> = Vec::new();
    let make =
        |left_out: &[usize]| left_out.iter().fold(again(), |query, place| query.without(*place));
    let mut words = difference;
    'smaller: loop {
        for place in 0..make(&left_out).terms.len() {
            let smaller = [left_out.as_slice(), &[place]].concat();
            if let Err(found) = judge.compare(&make(&smaller), &mut Compared::default()).await {
                (left_out, words) = (smaller, found);
                continue 'smaller;
            }
        }
        return (make(&left_out), words);
    }
}
