//! An import, or workers, that are killed at any moment and started again end like those that ran undisturbed.

use crate::queue;
use crate::records::record;
use crate::server::Server;
use crate::state::{assert_same, state};
use crate::trail::{ACCOUNT, Chain, OTHER_ACCOUNT, hour, put_log, write_public_keys};
use crate::world::{World, setting, write};
use chrono::TimeDelta;
use orgtrail_server::verification::verify_due_chains;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Child;
use tokio::time::{MissedTickBehavior, interval};

/// How many log files there are beside those of the digest chains.
const FILES: u32 = 500;

/// How often one import is killed before it may end. `cargo xtask soak` kills more of them.
const KILLS: u64 = 21;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_again_and_again_ends_like_an_undisturbed_one() {
    let accounts = [ACCOUNT, OTHER_ACCOUNT];
    let undisturbed = World::with_accounts(hour(0), &accounts).await;
    let bucket = undisturbed.path("bucket");
    deliver(&bucket);
    let keys = undisturbed.path("keys.json");
    write_public_keys(&keys);
    let arguments =
        ["import", bucket.to_str().unwrap(), "--public-keys", keys.to_str().unwrap(), "--json"];
    undisturbed.run(&arguments).await.expect(0);
    let expected = state(&undisturbed).await;
    assert!(
        expected["events"].len() > 500
            && expected["deliveries"].len() > 20
            && expected["quarantine"].len() > 10
    );

    let seed = setting("ORGTRAIL_SOAK_SEED").unwrap_or(20_261_120);
    let kills = setting("ORGTRAIL_SOAK_KILLS").unwrap_or(KILLS);
    for round in 0..kills.div_ceil(KILLS) {
        kill_again_and_again(&accounts, &arguments, seed + round, &expected).await;
    }
}

/// Kills imports into one installation at moments that a seed chooses, and lets the last one end.
async fn kill_again_and_again(
    accounts: &[&str],
    arguments: &[&str],
    seed: u64,
    expected: &BTreeMap<&'static str, Vec<String>>,
) {
    let killed = World::with_accounts(hour(0), accounts).await;
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    // The first is killed before anything can be committed, the others anywhere up to the last batch.
    let step = i64::from(FILES) / i64::try_from(KILLS).unwrap();
    let within = |part: u64| i64::try_from(part).unwrap() * step + random.random_range(1..step);
    let moments: Vec<i64> = std::iter::once(1).chain((1..KILLS).map(within)).collect();
    for moment in moments {
        kill_when_archived(&killed, arguments, moment).await;
        let [size, leaves, objects] = custody(&killed).await;
        println!("killed with {moment} archived: {objects} committed");
        assert!(
            size == leaves && leaves == objects,
            "seed {seed}, after {moment}: {size} {leaves} {objects}"
        );
    }
    killed.run(arguments).await.expect(0);
    assert_same(&state(&killed).await, expected, &format!("after the kills of seed {seed}"));
    let again = killed.run(arguments).await.expect(0).json();
    assert_eq!((&again["files"], &again["events"]), (&0.into(), &0.into()));
}

/// Starts an import and kills it as soon as so many objects are in the archive.
async fn kill_when_archived(world: &World, arguments: &[&str], count: i64) {
    let running = world.command(arguments).stderr(Stdio::null()).spawn().unwrap();
    kill_when(world, running, ARCHIVED, count).await;
}

/// Kills a process as soon as a number of the database is as large.
async fn kill_when(world: &World, mut running: Child, number: &'static str, least: i64) {
    wait_until(world, &mut running, number, least).await;
    kill(running, least).await;
}

/// Waits until a number of the database is as large; the process runs all the while.
async fn wait_until(world: &World, running: &mut Child, number: &'static str, least: i64) {
    let mut ticks = interval(Duration::from_millis(2));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while world.count(number).await < least {
        ticks.tick().await;
        assert_eq!(running.try_wait().unwrap(), None, "it has ended before {number} was {least}");
    }
}

async fn kill(mut running: Child, least: i64) {
    // SIGKILL
    running.start_kill().unwrap();
    let status = running.wait().await.unwrap();
    assert_eq!(status.code(), None, "it ended by itself when the number was {least}");
}

const ARCHIVED: &str = "select count(*) from object_store.object_version";

/// Zero while anything waits, so that workers work until nothing does.
const DONE: &str = "select count(*) from log_object where not exists (select from waiting_object)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_the_work_and_one_takes_over_from_the_other() {
    let bucket = crate::world::directory();
    queue::deliver(bucket.path());
    let expected = work(bucket.path(), &[]).await;
    let world = waiting_world(bucket.path()).await;
    // The first hosts the store; the second attaches to it, and is killed in the middle.
    let mut first = workers(&world);
    wait_until(&world, &mut first, ARCHIVED, 1).await;
    let second = workers(&world);
    kill_when(&world, second, ARCHIVED, 150).await;
    let mut third = workers(&world);
    wait_until(&world, &mut first, DONE, i64::from(queue::FILES)).await;
    assert_eq!(third.try_wait().unwrap(), None, "it found nothing to do and waits");
    kill(third, 0).await;
    kill(first, 0).await;
    assert_same(&verified(&world).await, &expected, "after two processes");
}

fn workers(world: &World) -> Child {
    let mut command = world.command(&["work", "--workers", "3"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// An installation with a source of which nothing was collected.
async fn waiting_world(bucket: &Path) -> World {
    let world = World::with_accounts(hour(0), &[ACCOUNT, OTHER_ACCOUNT]).await;
    let server = Server::start(&world).await;
    server.add_source(bucket).await;
    server.close().await;
    // The acts that made it would become events at some time, whose ids are other ones in each world.
    sqlx::query("delete from audit_act").execute(&world.database.pool).await.unwrap();
    world
}

/// What there is once everything was verified.
async fn verified(world: &World) -> BTreeMap<&'static str, Vec<String>> {
    let server = Server::start(world).await;
    verify_due_chains(&server.services).await.unwrap();
    server.close().await;
    state(world).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_that_are_killed_again_and_again_end_like_undisturbed_ones() {
    let bucket = crate::world::directory();
    queue::deliver(bucket.path());
    let expected = work(bucket.path(), &[]).await;
    assert_eq!(expected["events"].len(), usize::try_from(queue::FILES).unwrap());
    let killed = work(bucket.path(), &[1, 90, 230, 260, 400]).await;
    assert_same(&killed, &expected, "after the kills");
}

/// What workers leave that are killed whenever so many objects are archived, and at last work to the end.
async fn work(bucket: &Path, moments: &[i64]) -> BTreeMap<&'static str, Vec<String>> {
    let world = waiting_world(bucket).await;
    let all = i64::from(queue::FILES);
    let moments = moments.iter().map(|moment| (ARCHIVED, *moment));
    for (number, least) in moments.chain([(DONE, all)]) {
        kill_when(&world, workers(&world), number, least).await;
        let [size, leaves, objects] = custody(&world).await;
        assert!(size == leaves && leaves == objects, "at {least}: {size} {leaves} {objects}");
    }
    verified(&world).await
}

async fn custody(world: &World) -> [i64; 3] {
    [
        world.count("select size from custody_log").await,
        world.count("select count(*) from custody_leaf").await,
        world.count("select count(*) from log_object").await,
    ]
}

/// Two digest chains with one fault each, and many more files: repeated events, other contents, broken ones.
fn deliver(bucket: &Path) {
    Chain::deliver(bucket, ACCOUNT, &[]).lose_digest(2);
    Chain::deliver(bucket, OTHER_ACCOUNT, &[]).replace_log(3);
    for index in 0..FILES {
        let time = hour(200) + TimeDelta::minutes(i64::from(index));
        let mut event = record(u128::from(index), ACCOUNT, time, "PutObject");
        let mut events = vec![event.clone()];
        if index % 10 == 3 {
            // The event of an earlier file once more, and one with its id and another content.
            let earlier = time - TimeDelta::minutes(3);
            events.push(record(u128::from(index) - 3, ACCOUNT, earlier, "PutObject"));
            events.push(record(u128::from(index) - 3, ACCOUNT, earlier, "DeleteObject"));
        }
        if index % 20 == 7 {
            event["eventID"] = "no id".into();
            events.push(event);
            events.push("no record".into());
        }
        let file = put_log(bucket, ACCOUNT, time, &format!("many{index:012}"), &events);
        if index % 50 == 9 {
            write(&file.path, b"\x1f\x8b\x08broken");
        }
    }
}
