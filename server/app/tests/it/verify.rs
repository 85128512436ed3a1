//! `orgtrail verify` on a chain of signed digests: one scenario per test, and the finding that it must make.

use crate::records::{gzip, log_file, record};
use crate::trail::{
    ACCOUNT, Chain, Hour, OTHER_ACCOUNT, THIRD_ACCOUNT, hour, metadata_path, put_log,
    write_public_keys,
};
use crate::world::{World, at, write};
use chrono::DateTime;
use orgtrail_shared::proof::CellState;
use serde_json::Value;
use std::fs;

#[tokio::test]
async fn an_intact_chain_is_proven() {
    let found = find(&[], |_| ()).await;
    found.check("✓✓✓✓✓✓", &[("verified", 12)]);
}

#[tokio::test]
async fn an_altered_log_file_is_found() {
    let found = find(&[], |chain| write(&chain.logs[2][0].path, &gzip(&log_file(&[])))).await;
    found.check("✓✓!✓✓✓", &[("verified", 11), ("hash-differs", 1)]);
}

#[tokio::test]
async fn an_altered_digest_is_found() {
    let found = find(&[], |chain| {
        let path = &chain.digests[2].as_ref().unwrap().path;
        let bytes = orgtrail_domain::inflate::inflate(&fs::read(path).unwrap()).unwrap().bytes;
        let text =
            String::from_utf8(bytes).unwrap().replacen("file100000000002", "file100000000009", 1);
        write(path, &gzip(text.as_bytes()));
    })
    .await;
    found.check_hour(2, CellState::Tampered);
    found.check_files(&[("verified", 10), ("digest-invalid", 2)]);
}

#[tokio::test]
async fn a_bad_signature_is_found() {
    let found = find(&[], |chain| {
        let path = metadata_path(&chain.digests[2].as_ref().unwrap().path);
        let other = fs::read(metadata_path(&chain.digests[3].as_ref().unwrap().path)).unwrap();
        write(&path, &other);
    })
    .await;
    found.check_hour(2, CellState::Tampered);
    found.check_files(&[("verified", 10), ("digest-invalid", 2)]);
}

#[tokio::test]
async fn a_missing_middle_digest_is_found() {
    let found = find(&[], |chain| chain.lose_digest(2)).await;
    found.check("✓✓✗✓✓✓", &[("verified", 10), ("no-digest-yet", 2)]);
}

#[tokio::test]
async fn two_missing_middle_digests_are_two_hours() {
    let found = find(&[], |chain| (2..4).for_each(|index| chain.lose_digest(index))).await;
    found.check("✓✓✗✗✓✓", &[("verified", 8), ("no-digest-yet", 4)]);
}

#[tokio::test]
async fn three_missing_middle_digests_with_their_files_are_three_hours() {
    let found = find(&[], |chain| (2..5).for_each(|index| chain.lose_hour(index))).await;
    found.check("✓✓✗✗✗✓", &[("verified", 6)]);
}

#[tokio::test]
async fn missing_newest_hours_are_found() {
    let found = find(&[], |chain| (4..6).for_each(|index| chain.lose_hour(index))).await;
    found.check("✓✓✓✓✗✗", &[("verified", 8)]);
}

#[tokio::test]
async fn a_missing_beginning_is_found() {
    let found = find(&[], |chain| (0..2).for_each(|index| chain.lose_hour(index))).await;
    found.check("✗✗✓✓✓✓", &[("verified", 8)]);
}

/// The digests of other accounts tell that the trail was there before the first that was left.
#[tokio::test]
async fn a_beginning_that_only_other_accounts_still_have_is_missing() {
    let world = World::with_accounts(hour(0), &[ACCOUNT, OTHER_ACCOUNT]).await;
    Chain::deliver(&world.path("bucket"), ACCOUNT, &[]);
    let chain = Chain::deliver(&world.path("bucket"), OTHER_ACCOUNT, &[]);
    (0..3).for_each(|index| chain.lose_hour(index));
    import(&world).await;
    verify(&world, OTHER_ACCOUNT).await.check("✗✗✗✓✓✓", &[("verified", 6)]);
    verify(&world, ACCOUNT).await.check("✓✓✓✓✓✓", &[("verified", 12)]);
}

/// An account that joined later has no predecessor to be missed; the trail is older than it all the same.
#[tokio::test]
async fn a_beginning_that_no_account_has_any_more_is_missing_in_all_of_them() {
    let world = World::with_accounts(hour(0), &[ACCOUNT, OTHER_ACCOUNT]).await;
    let chain = Chain::deliver(&world.path("bucket"), ACCOUNT, &[]);
    let other = Chain::deliver(&world.path("bucket"), OTHER_ACCOUNT, &[(3, Hour::Restart)]);
    (0..2).for_each(|index| chain.lose_hour(index));
    (0..3).for_each(|index| other.lose_hour(index));
    import(&world).await;
    verify(&world, ACCOUNT).await.check("✗✗✓✓✓✓", &[("verified", 8)]);
    verify(&world, OTHER_ACCOUNT).await.check("✗✗✗✓✓✓", &[("verified", 6)]);
}

#[tokio::test]
async fn an_account_that_delivers_nothing_at_all_is_found() {
    let world = World::with_accounts(hour(0), &[ACCOUNT, OTHER_ACCOUNT]).await;
    Chain::deliver(&world.path("bucket"), ACCOUNT, &[]);
    import(&world).await;
    verify(&world, ACCOUNT).await.check("✓✓✓✓✓✓", &[("verified", 12)]);
    verify(&world, OTHER_ACCOUNT).await.check("✗✗✗✗✗✗", &[]);
}

/// A trail of all Regions delivers digests from each of them, also when nothing happened there.
#[tokio::test]
async fn a_region_from_which_an_account_delivers_nothing_is_found() {
    let world = World::with_accounts(hour(0), &[ACCOUNT, OTHER_ACCOUNT, THIRD_ACCOUNT]).await;
    let bucket = world.path("bucket");
    for account in [ACCOUNT, OTHER_ACCOUNT, THIRD_ACCOUNT] {
        Chain::deliver(&bucket, account, &[]);
    }
    // The trail came to this Region two hours later, and one account is silent there.
    let late = [(0, Hour::Silent), (1, Hour::Silent)];
    for account in [ACCOUNT, OTHER_ACCOUNT] {
        Chain::deliver_from("eu-west-2", &bucket, account, &late);
    }
    // Accounts may lack this one, and it begins with each of them.
    for account in [ACCOUNT, THIRD_ACCOUNT] {
        Chain::deliver_from("me-south-1", &bucket, account, &late);
    }
    import(&world).await;
    verify(&world, THIRD_ACCOUNT).await.check("✓✓✗✗✗✗", &[("verified", 20)]);
    let found = verify(&world, OTHER_ACCOUNT).await;
    assert_eq!(found.state(3), CellState::Proven, "{:#}", found.report);
}

#[tokio::test]
async fn an_installation_that_collected_nothing_proves_nothing() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    verify(&world, ACCOUNT).await.check("??????", &[]);
}

#[tokio::test]
async fn an_injected_file_is_found() {
    let found = find(&[], |chain| chain.inject(3)).await;
    found.check("✓✓✓+✓✓", &[("verified", 12), ("not-listed", 1)]);
}

/// Whoever puts a file into the bucket chooses the time that its name says.
#[tokio::test]
async fn an_injected_file_is_found_whatever_time_its_name_says() {
    for time in ["2020-01-01T00:10:00Z", "2099-01-01T00:10:00Z"] {
        let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
        let bucket = world.path("bucket");
        Chain::deliver(&bucket, ACCOUNT, &[]);
        let event = record(98, ACCOUNT, hour(0), "PutBucketPolicy");
        put_log(&bucket, ACCOUNT, at(time), "injected00000000", &[event]);
        import(&world).await;
        let found = verify(&world, ACCOUNT).await;
        found.check_files(&[("verified", 12)]);
        assert_eq!((&found.report["proven"], found.code), (&Value::Bool(false), Some(3)));
        let reason = found.account["findings"][0]["reason"].as_str().unwrap();
        assert!(reason.contains("1 file that no digest lists"), "{reason}");
    }
}

#[tokio::test]
async fn a_restart_of_the_chain_is_found() {
    let found = find(&[(2, Hour::Silent), (3, Hour::Restart)], |_| ()).await;
    found.check("✓✓▢↻✓✓", &[("verified", 10)]);
}

#[tokio::test]
async fn a_file_that_missed_its_digest_is_found_until_a_backfill_lists_it() {
    let late = find(&[(2, Hour::LateFile)], |_| ()).await;
    late.check("✓✓+✓✓✓", &[("verified", 11), ("not-listed", 1)]);
    let filled = find(&[(2, Hour::LateFile)], |chain| chain.backfill(4, &chain.logs[2][1..])).await;
    filled.check("✓✓✓✓✓✓", &[("verified", 12)]);
}

#[tokio::test]
async fn a_backfill_digest_with_a_bad_signature_proves_nothing() {
    let found = find(&[(2, Hour::LateFile)], |chain| {
        chain.backfill(4, &chain.logs[2][1..]);
        let regular = &chain.digests[4].as_ref().unwrap().path;
        let name =
            regular.file_name().unwrap().to_str().unwrap().replace(".json.gz", "_backfill.json.gz");
        fs::copy(metadata_path(regular), metadata_path(&regular.with_file_name(name))).unwrap();
    })
    .await;
    found.check_hour(2, CellState::Tampered);
    found.check_files(&[("verified", 11), ("digest-invalid", 1)]);
}

#[tokio::test]
async fn a_file_that_is_replaced_after_collection_is_found() {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    let chain = Chain::deliver(&world.path("bucket"), ACCOUNT, &[]);
    import(&world).await;
    chain.replace_log(2);
    assert_eq!(import(&world).await["files"], 1);
    let found = verify(&world, ACCOUNT).await;
    found.check("✓✓≠✓✓✓", &[("verified", 12), ("changed-after-collection", 1)]);
}

/// The trail is the management account's, which is the first one.
#[tokio::test]
async fn a_stop_by_the_owner_excuses_the_time_of_every_account() {
    let world = World::with_accounts(hour(0), &[OTHER_ACCOUNT, ACCOUNT]).await;
    stop(&world).await;
    verify(&world, ACCOUNT).await.check("✓✓✓✓✓✓", &[("verified", 8)]);
    verify(&world, OTHER_ACCOUNT).await.check("✓✓✓✓✓✓", &[("verified", 8)]);
}

#[tokio::test]
async fn a_stop_of_a_members_own_trail_of_that_name_excuses_nothing() {
    let world = World::with_accounts(hour(0), &[ACCOUNT, OTHER_ACCOUNT]).await;
    stop(&world).await;
    verify(&world, ACCOUNT).await.check("✓✓✓▢▢↻", &[("verified", 8)]);
    verify(&world, OTHER_ACCOUNT).await.check("✓✓✓▢▢↻", &[("verified", 8)]);
}

/// Two accounts without digests for two hours, between calls that the other account made.
async fn stop(world: &World) {
    let silent = [(3, Hour::Silent), (4, Hour::Silent)];
    let bucket = world.path("bucket");
    Chain::deliver(&bucket, ACCOUNT, &[&silent[..], &[(5, Hour::Restart)]].concat());
    let calls = [(2, Hour::Stop), (5, Hour::Start)];
    Chain::deliver(&bucket, OTHER_ACCOUNT, &[&silent[..], &calls].concat());
    import(world).await;
}

/// Anything else that keeps one object from being read is the same: it's a folder here.
#[tokio::test]
async fn an_object_that_cannot_be_fetched_is_missing_and_keeps_no_other_chain_from_being_walked() {
    let world = World::with_accounts(hour(0), &[ACCOUNT, OTHER_ACCOUNT]).await;
    let bucket = world.path("bucket");
    let chain = Chain::deliver(&bucket, ACCOUNT, &[]);
    Chain::deliver(&bucket, OTHER_ACCOUNT, &[]);
    fs::remove_file(&chain.logs[2][0].path).unwrap();
    fs::create_dir(&chain.logs[2][0].path).unwrap();
    let keys = world.path("keys.json");
    write_public_keys(&keys);
    let (bucket, keys) = (bucket.to_str().unwrap(), keys.to_str().unwrap());
    let imported = world.run(&["import", bucket, "--json", "--public-keys", keys]).await;
    assert_eq!(imported.json()["failed"], 1, "{imported:?}");
    verify(&world, OTHER_ACCOUNT).await.check("✓✓✓✓✓✓", &[("verified", 12)]);
    sqlx::query("update chain set is_stale = true").execute(&world.database.pool).await.unwrap();
    let found = verify(&world, ACCOUNT).await;
    found.check("✓✓✗✓✓✓", &[("verified", 11)]);
    let reason = found.account["findings"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("could not be fetched"), "{reason}");
    let failure = found.report["failures"][0].as_str().unwrap();
    assert!(failure.contains(&format!("{ACCOUNT}/us-east-1/org-trail")), "{failure}");
}

/// Delivers, damages, imports and verifies.
async fn find(plan: &[(i32, Hour)], damage: impl FnOnce(&Chain)) -> Findings {
    let world = World::with_accounts(hour(0), &[ACCOUNT]).await;
    damage(&Chain::deliver(&world.path("bucket"), ACCOUNT, plan));
    import(&world).await;
    verify(&world, ACCOUNT).await
}

async fn import(world: &World) -> Value {
    let keys = world.path("keys.json");
    write_public_keys(&keys);
    world.import(&world.path("bucket"), &["--public-keys", keys.to_str().unwrap()]).await
}

async fn verify(world: &World, account: &str) -> Findings {
    let (from, to) = (hour(0).to_rfc3339(), hour(6).to_rfc3339());
    let ran =
        world.run(&["verify", "--account", account, "--from", &from, "--to", &to, "--json"]).await;
    let report = ran.json();
    Findings { code: ran.code, account: report["accounts"][0].clone(), report }
}

/// What `verify` printed.
struct Findings {
    code: Option<i32>,
    report: Value,
    account: Value,
}

impl Findings {
    /// The whole result: one glyph per hour, and the files by verdict.
    #[track_caller]
    fn check(&self, hours: &str, files: &[(&str, i64)]) {
        let found: String = (0..6).map(|index| self.state(index).glyph()).collect();
        assert_eq!(found, hours, "{:#}", self.report);
        self.check_files(files);
        let is_proven = hours == "✓✓✓✓✓✓";
        assert_eq!(self.report["proven"], is_proven, "{:#}", self.report);
        assert_eq!(self.code, Some(if is_proven { 0 } else { 3 }));
    }

    /// One hour of several that are not proven.
    #[track_caller]
    fn check_hour(&self, index: i32, state: CellState) {
        assert_eq!(self.state(index), state, "{:#}", self.report);
        assert_eq!((&self.report["proven"], self.code), (&Value::Bool(false), Some(3)));
    }

    #[track_caller]
    fn check_files(&self, files: &[(&str, i64)]) {
        let expected: Value = files
            .iter()
            .map(|(verdict, count)| ((*verdict).to_owned(), Value::from(*count)))
            .collect();
        assert_eq!(self.account["files"], expected, "{:#}", self.report);
    }

    /// The worst state that a finding gives an hour.
    fn state(&self, index: i32) -> CellState {
        let time = |value: &Value| DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap();
        let findings = self.account["findings"].as_array().unwrap().iter();
        let overlapping = findings.filter(|finding| {
            assert_ne!(finding["reason"], "", "a finding without words: {finding}");
            time(&finding["from"]) < hour(index + 1) && hour(index) < time(&finding["to"])
        });
        overlapping
            .map(|finding| CellState::from_name(finding["state"].as_str().unwrap()).unwrap())
            .max()
            .unwrap_or(CellState::Proven)
    }
}
