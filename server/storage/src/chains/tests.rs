//! What makes a chain due, and what a verification leaves behind.
#![cfg(feature = "testing")]

use super::{ChainResult, ChainRow, CoverageRow, TrailRow};
use crate::log_objects::{DigestRow, ListedFileRow, NewObject, ObjectClass};
use crate::testing::{NOON, World, world};
use chrono::{DateTime, TimeDelta, Utc};

#[tokio::test]
async fn a_file_makes_a_nameless_chain_due_until_it_is_verified() {
    let world = world().await;
    world.commit(&[world.object("file", Vec::new())]).await;
    assert_eq!(due(&world).await, [""]);
    verify(&world, "", &ChainResult::default()).await;
    assert!(due(&world).await.is_empty());
    world.commit(&[world.object("file", Vec::new())]).await; // known already
    assert!(due(&world).await.is_empty());
    world.commit(&[world.object("another", Vec::new())]).await;
    assert_eq!(due(&world).await, [""]);
}

#[tokio::test]
async fn a_file_touches_every_trail_of_its_account_and_region_and_a_digest_its_own() {
    let world = world().await;
    world.commit(&[digest(&world, "d1", "one", &[]), digest(&world, "d2", "two", &[])]).await;
    assert_eq!(due(&world).await, ["one", "two"]);
    for trail in ["one", "two"] {
        verify(&world, trail, &ChainResult::default()).await;
    }
    world.commit(&[digest(&world, "d3", "two", &[])]).await;
    assert_eq!(due(&world).await, ["two"]);
    world.commit(&[world.object("file", Vec::new())]).await;
    assert_eq!(due(&world).await, ["one", "two"]);
    let mut elsewhere = world.object("elsewhere", Vec::new());
    elsewhere.account_id = Some(world.accounts[1]);
    world.commit(&[elsewhere]).await;
    assert_eq!(due(&world).await, ["one", "two", ""]);
}

#[tokio::test]
async fn a_nameless_chain_is_shadowed_as_soon_as_a_digest_names_the_trail() {
    let world = world().await;
    world.commit(&[world.object("file", Vec::new())]).await;
    assert!(!chain(&world, "").await.is_shadowed);
    world.commit(&[digest(&world, "d", "one", &[])]).await;
    assert!(chain(&world, "").await.is_shadowed);
    assert!(!chain(&world, "one").await.is_shadowed);
}

#[tokio::test]
async fn a_digest_is_read_back_with_its_files_in_order() {
    let world = world().await;
    let mut object = digest(&world, "d", "one", &["z", "a", "m"]);
    let row = object.digest.as_mut().unwrap();
    row.previous = Some(("bucket".into(), "earlier".into(), Some([3; 32]), "ab".into()));
    row.own_problem = Some(("signature".into(), "the signature is wrong".into()));
    let wanted = row.clone();
    world.commit(&[object, digest(&world, "other", "two", &["x"])]).await;
    let found = world.database.chain_digests(&chain(&world, "one").await).await.unwrap();
    assert_eq!(found.len(), 1);
    let found = &found[0];
    let keys: Vec<&str> = found.files.iter().map(|(_, key, _)| key.as_str()).collect();
    assert_eq!(keys, ["z", "a", "m"]);
    assert_eq!((&found.previous, &found.own_problem), (&wanted.previous, &wanted.own_problem));
    assert_eq!((found.starts_at, found.ends_at), (wanted.starts_at, wanted.ends_at));
    assert_eq!(
        (found.signature.as_deref(), found.is_backfill, found.is_replacement),
        (Some("00"), false, false)
    );
}

#[tokio::test]
async fn a_verification_replaces_the_coverage_and_writes_verdicts() {
    let world = world().await;
    world.commit(&[digest(&world, "d", "one", &["file"]), world.object("file", Vec::new())]).await;
    let row = chain(&world, "one").await;
    let file = world.database.chain_files(&row).await.unwrap().remove(0);
    let digest = world.database.chain_digests(&row).await.unwrap().remove(0);
    verify(&world, "one", &coverage(&[(0, 1, "gap"), (1, 3, "proven")])).await;
    let result = ChainResult {
        files: vec![(file.object_id, "verified".into(), Some(digest.object_id))],
        digests: vec![(digest.object_id, Some("a hole".into()))],
        ..coverage(&[(0, 2, "proven")])
    };
    verify(&world, "one", &result).await;
    let shown = world.database.coverage(&world.scope(), hours(-9), hours(9), None).await.unwrap();
    assert_eq!(shown.into_iter().map(|(_, row)| row).collect::<Vec<_>>(), result.intervals);
    assert_eq!(world.database.chain_files(&row).await.unwrap()[0].verdict, "verified");
    let cell = world
        .database
        .digests_of_cell(&world.scope(), world.accounts[0], hours(-9), hours(9), 10)
        .await;
    assert_eq!(cell.unwrap()[0].problem.as_deref(), Some("a hole"));
}

#[tokio::test]
async fn verdicts_of_two_trails_count_together_in_any_order() {
    let cases = [
        ("verified", "hash-differs", "hash-differs"),
        ("verified", "digest-invalid", "verified"),
        ("no-digest-yet", "verified", "verified"),
        ("changed-after-collection", "verified", "changed-after-collection"),
    ];
    for (one, two, together) in cases {
        for order in [["one", "two"], ["two", "one"]] {
            let world = world().await;
            world
                .commit(&[
                    digest(&world, "d1", "one", &["file"]),
                    digest(&world, "d2", "two", &["file"]),
                    world.object("file", Vec::new()),
                ])
                .await;
            let file = world.database.chain_files(&chain(&world, "one").await).await.unwrap();
            let file = file[0].object_id;
            for trail in order {
                let row = chain(&world, trail).await;
                let digest = world.database.chain_digests(&row).await.unwrap()[0].object_id;
                let verdict = if trail == "one" { one } else { two };
                let result = ChainResult {
                    files: vec![(file, verdict.into(), Some(digest))],
                    ..ChainResult::default()
                };
                verify(&world, trail, &result).await;
            }
            let (verdict, name): (String, String) = sqlx::query_as(
                "select o.verdict, d.key from log_object o join log_object d on d.object_id = o.digest_id
                 where o.object_id = $1",
            )
            .bind(file)
            .fetch_one(&world.owner)
            .await
            .unwrap();
            assert_eq!(verdict, together, "{one} and {two} in the order {order:?}");
            assert_eq!(name, if together == one { "d1" } else { "d2" });
            // A trail that takes its verdict back leaves that of the other.
            verify(&world, "two", &ChainResult::default()).await;
            let files = world.database.chain_files(&chain(&world, "one").await).await.unwrap();
            assert_eq!(files[0].verdict, one);
        }
    }
}

#[tokio::test]
async fn a_chain_that_was_alone_is_verified_again_beside_a_second_trail() {
    let world = world().await;
    world.commit(&[digest(&world, "d1", "one", &["file"]), world.object("file", Vec::new())]).await;
    verify(&world, "one", &ChainResult::default()).await;
    world.commit(&[digest(&world, "d2", "two", &["file"])]).await;
    let named = async || due(&world).await.into_iter().filter(|trail| !trail.is_empty()).collect();
    let due: Vec<String> = named().await;
    assert_eq!(due, ["two"]);
    for (trail, due) in [("two", &["one"][..]), ("one", &[]), ("two", &[])] {
        verify(&world, trail, &ChainResult::default()).await;
        let found: Vec<String> = named().await;
        assert_eq!(found, due);
    }
}

#[tokio::test]
async fn a_verification_that_fails_leaves_the_coverage_as_it_was() {
    let world = world().await;
    world.commit(&[world.object("file", Vec::new())]).await;
    let good = coverage(&[(0, 1, "gap")]);
    verify(&world, "", &good).await;
    let row = chain(&world, "").await;
    let bad = coverage(&[(0, 2, "no such state")]);
    assert!(world.database.save_verification(&row, &bad, NOON).await.is_err());
    let shown = world.database.coverage(&world.scope(), hours(-9), hours(9), None).await.unwrap();
    assert_eq!(shown.into_iter().map(|(_, row)| row).collect::<Vec<_>>(), good.intervals);
}

#[tokio::test]
async fn what_arrives_during_a_verification_makes_the_chain_due_again() {
    let world = world().await;
    world.commit(&[world.object("file", Vec::new())]).await;
    let row = chain(&world, "").await;
    world.database.begin_verification(row.chain_id).await.unwrap();
    world.commit(&[world.object("late", Vec::new())]).await;
    world.database.save_verification(&row, &ChainResult::default(), NOON).await.unwrap();
    assert_eq!(due(&world).await, [""]);
}

#[tokio::test]
async fn files_that_only_other_trails_list_are_told_apart() {
    let world = world().await;
    let files = ["mine", "theirs", "both", "nobody's"].map(|key| world.object(key, Vec::new()));
    world.commit(&files).await;
    world
        .commit(&[
            digest(&world, "d1", "one", &["mine", "both"]),
            digest(&world, "d2", "two", &["theirs", "both"]),
        ])
        .await;
    let row = chain(&world, "one").await;
    let others = world.database.listed_by_other_trails(&row).await.unwrap();
    let files = world.database.chain_files(&row).await.unwrap();
    let keys: Vec<&str> = files
        .iter()
        .filter(|file| others.contains(&file.object_id))
        .map(|file| file.key.as_str())
        .collect();
    assert_eq!(keys, ["theirs"]);
}

#[tokio::test]
async fn accounts_that_deliver_nothing_get_a_chain_and_absent_objects_are_noted_once() {
    let world = world().await;
    let database = &world.database;
    let of_organization = digest(&world, "AWSLogs/o-aaaaaaaaaa/digest", "one", &[]);
    world.commit(&[of_organization, digest(&world, "AWSLogs/111111111111/d", "own", &[])]).await;
    for _ in 0..2 {
        for trail in ["one", "own"] {
            let (organization, source) = (world.organization_id, world.source_id);
            database
                .ensure_expected_chains(organization, source, "eu-west-3", trail)
                .await
                .unwrap();
        }
        database
            .note_absent(world.organization_id, world.source_id, "bucket", "gone", NOON)
            .await
            .unwrap();
    }
    // Its own trail is the first account's alone. Both have delivered from another Region, too.
    let mut chains = due(&world).await;
    chains.sort();
    assert_eq!(chains, ["one", "one", "one", "one", "own", "own"]);
    assert_eq!(
        database.absent_objects(world.source_id).await.unwrap(),
        [("bucket".into(), "gone".into())]
    );
}

#[tokio::test]
async fn every_account_is_expected_in_the_regions_of_most() {
    let world = world().await;
    let from = |key: &str, account: usize, region: &str| {
        let mut object = started(&world, key, account, -3, None);
        object.region = Some(region.to_owned());
        object
    };
    // Two accounts of three: every account should have eu-west-2. The others are one account's, distrusted, or optional.
    let mut forged = from("forged", 1, "ap-south-1");
    forged.digest.as_mut().unwrap().own_problem = Some(("signature".into(), "it is wrong".into()));
    world
        .commit(&[
            from("a", 0, "us-east-1"),
            from("b", 1, "us-east-1"),
            from("c", 2, "us-east-1"),
            from("d", 0, "eu-west-2"),
            from("e", 1, "eu-west-2"),
            from("f", 2, "sa-east-1"),
            from("g", 0, "ap-south-1"),
            forged,
            from("h", 0, "me-south-1"),
            from("i", 1, "me-south-1"),
        ])
        .await;
    let database = &world.database;
    let found = database.expected_regions(world.source_id, &["me-south-1"]).await.unwrap();
    let found: Vec<&str> = found.iter().map(|(_, region)| region.as_str()).collect();
    assert_eq!(found, ["eu-west-2", "us-east-1"]);
    let trail = &database.trails_of_source(world.source_id).await.unwrap()[0].trail;
    let began = database.began_in_region(world.source_id, trail, "eu-west-2").await.unwrap();
    assert_eq!(began, Some(hours(-3)));
    assert_eq!(database.began_in_region(world.source_id, trail, "eu-west-9").await.unwrap(), None);
    // A first digest that names one before it, which nobody has: nobody knows when it began there.
    let mut lost = started(&world, "j", 2, -3, Some("lost"));
    lost.region = Some("eu-west-2".to_owned());
    world.commit(&[lost]).await;
    assert_eq!(database.began_in_region(world.source_id, trail, "eu-west-2").await.unwrap(), None);
}

#[tokio::test]
async fn a_trail_began_with_the_oldest_trusted_digest_of_any_account() {
    let world = world().await;
    let mut distrusted = started(&world, "distrusted", 1, -20, None);
    let problem = Some(("signature".into(), "the signature is wrong".into()));
    distrusted.digest.as_mut().unwrap().own_problem = problem;
    world.commit(&[distrusted]).await;
    assert_eq!(began_at(&world).await, None);
    let late = started(&world, "late", 1, -3, Some("lost"));
    world
        .commit(&[
            started(&world, "first", 0, -9, None),
            started(&world, "second", 0, -8, Some("first")),
            late,
        ])
        .await;
    assert_eq!(began_at(&world).await, Some(hours(-9)));
}

#[tokio::test]
async fn nobody_knows_when_a_trail_began_whose_first_digests_were_lost() {
    let world = world().await;
    world.commit(&[started(&world, "one", 0, -9, None)]).await;
    assert_eq!(began_at(&world).await, Some(hours(-9)));
    let mut other = started(&world, "two", 1, -9, Some("lost"));
    other.digest.as_mut().unwrap().starts_at += TimeDelta::minutes(20);
    world.commit(&[other]).await;
    assert_eq!(began_at(&world).await, None);
    // What was lost may come late.
    world.commit(&[started(&world, "lost", 1, -10, None)]).await;
    assert_eq!(began_at(&world).await, Some(hours(-10)));
}

/// A digest of an account's hour that names another before it.
fn started(
    world: &World,
    key: &str,
    account: usize,
    from: i64,
    previous: Option<&str>,
) -> NewObject {
    let mut object = digest(world, key, "one", &[]);
    object.account_id = Some(world.accounts[account]);
    let row = object.digest.as_mut().unwrap();
    (row.starts_at, row.ends_at) = (hours(from), hours(from + 1));
    row.previous = previous.map(|key| ("bucket".into(), key.into(), Some([3; 32]), "ab".into()));
    object
}

async fn began_at(world: &World) -> Option<DateTime<Utc>> {
    let trails: Vec<TrailRow> = world.database.trails_of_source(world.source_id).await.unwrap();
    trails.iter().find(|row| row.trail == "one").unwrap().began_at
}

fn hours(hours: i64) -> DateTime<Utc> {
    NOON + TimeDelta::hours(hours)
}

fn digest(world: &World, key: &str, trail: &str, files: &[&str]) -> NewObject {
    let listed = files.iter().map(|key| ListedFileRow {
        bucket: "bucket".into(),
        key: (*key).into(),
        sha256: [1; 32],
    });
    let mut object = world.object(key, Vec::new());
    object.class = ObjectClass::Digest;
    object.digest = Some(DigestRow {
        trail: trail.into(),
        is_backfill: false,
        starts_at: hours(-1),
        ends_at: NOON,
        signature: Some("00".into()),
        previous: None,
        own_problem: None,
        files: listed.collect(),
    });
    object
}

fn coverage(intervals: &[(i64, i64, &str)]) -> ChainResult {
    let row = |(from, to, state): &(i64, i64, &str)| CoverageRow {
        starts_at: hours(*from),
        ends_at: hours(*to),
        state: (*state).into(),
        reason: "because".into(),
    };
    ChainResult { intervals: intervals.iter().map(row).collect(), ..ChainResult::default() }
}

/// The trails of the chains that have something new.
async fn due(world: &World) -> Vec<String> {
    let chains = world.database.chains_to_verify(hours(-1)).await.unwrap();
    chains.into_iter().map(|chain| chain.trail).collect()
}

async fn chain(world: &World, trail: &str) -> ChainRow {
    let chains = world.database.chains_to_verify(hours(1)).await.unwrap();
    chains.into_iter().find(|chain| chain.trail == trail).unwrap()
}

async fn verify(world: &World, trail: &str, result: &ChainResult) {
    let row = chain(world, trail).await;
    world.database.begin_verification(row.chain_id).await.unwrap();
    world.database.save_verification(&row, result, NOON).await.unwrap();
}
