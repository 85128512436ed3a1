//! Something should be there and isn't.

use super::world::{World, check, check_digest, check_file, check_reason, hour, minutes};
use orgtrail_shared::proof::FileVerdict;

#[test]
fn every_missing_digest_in_the_middle_is_visible_as_time() {
    for (lost, expected, words) in [
        (1, "✓✓✗✓✓✓✓", "1 hour without a digest"),
        (2, "✓✓✗✗✓✓✓", "2 hours without a digest"),
        (3, "✓✓✗✗✗✓✓", "3 hours without a digest"),
    ] {
        let world = World::intact(7).with(|world| (0..lost).for_each(|_| world.lose_digest(2)));
        let verdict = check(&world, expected);
        check_reason(&verdict, 2, words);
        check_reason(&verdict, 2, "before it, which is not there");
        check_digest(&verdict, 2, "the previous digest is not there");
        check_file(&verdict, 4, FileVerdict::NoDigestYet);
    }
}

#[test]
fn deleting_the_log_files_with_the_digests_hides_nothing() {
    let world = World::intact(7).with(|world| {
        (0..3).for_each(|_| world.lose_digest(2));
        (4..10).for_each(|id| world.lose_file(id));
    });
    check(&world, "✓✓✗✗✗✓✓");
}

#[test]
fn missing_newest_digests_are_pending_and_then_missing() {
    let cut = World::intact(6).with(|world| (0..4).for_each(|_| world.lose_digest(2)));
    let verdict = check(&cut, "✓✓✗✗◔◔");
    check_reason(
        &verdict,
        2,
        "digests stopped arriving: none for the 2 hours since 2026-01-10T13:01:31Z",
    );
    check_file(&verdict, 4, FileVerdict::NoDigestYet);
    let cut_at = |now| {
        let cut = cut.clone();
        cut.with(|world| {
            world.now = now;
            world.files.retain(|file| file.delivered_at < now);
        })
    };
    check(&cut_at(hour(5) - minutes(1)), "✓✓◔◔◔◔");
    check(&cut_at(hour(5)), "✓✓✗◔◔◔");
    check(&cut_at(hour(20)), "✓✓✗✗✗✗");
}

#[test]
fn a_young_tail_is_pending() {
    check(&World::intact(6).with(|world| world.now = hour(8)), "✓✓✓✓✓✓");
    let verdict = World::intact(6).with(|world| world.now = hour(9) - minutes(1)).verdict();
    let last = verdict.intervals.last().unwrap();
    assert_eq!((last.state.name(), last.range.start()), ("pending", hour(6)));
}

#[test]
fn everything_missing_is_everything_missing() {
    let verdict = check(&World::empty(6), "✗✗✗✗◔◔");
    check_reason(&verdict, 0, "no digest has arrived for 4 hours since the account joined");
    check(&World::empty(6).with(|world| world.now = hour(30)), "✗✗✗✗✗✗");
    let young = World::empty(6).with(|world| world.now = hour(5) - minutes(1));
    check(&young, "◔◔◔◔◔◔");
    let files_only = World::intact(6).with(|world| {
        world.stored.clear();
        world.now = hour(30);
    });
    check_file(&check(&files_only, "✗✗✗✗✗✗"), 3, FileVerdict::NoDigestYet);
}

#[test]
fn a_missing_beginning_is_missing() {
    let world = World::intact(6).with(|world| (0..2).for_each(|_| world.lose_digest(0)));
    check(&world, "✗✗✓✓✓✓");
}

#[test]
fn a_listed_file_that_is_not_there_is_missing() {
    let world = World::intact(6).with(|world| world.lose_file(4));
    let verdict = check(&world, "✓✓✗✓✓✓");
    assert_eq!(verdict.missing_files.len(), 1);
    assert_eq!(verdict.missing_files[0].digest_id, 2);
    assert_eq!(verdict.missing_files[0].object, world.absent[0]);
    assert!(verdict.to_fetch.is_empty());
}

#[test]
fn what_was_not_looked_for_yet_is_to_be_fetched() {
    let world = World::intact(6).with(|world| {
        world.lose_file(4);
        world.lose_digest(4);
    });
    let unsought = world.clone().with(|world| world.absent.clear());
    let verdict = check(&unsought, "✓✓✗✓◔✓");
    let mut wanted = world.absent.clone();
    wanted.sort();
    assert_eq!(verdict.to_fetch, wanted);
    assert!(verdict.missing_files.is_empty());
    check(&unsought.with(|world| world.now = hour(20)), "✓✓✗✓✗✓");
    check(&world, "✓✓✗✓✗✓");
}

#[test]
fn a_file_that_missed_its_digest_is_proven_by_a_backfill_digest() {
    let late = World::made(6, |index, made| made.has_late_file = index == 2);
    check_file(&check(&late, "✓✓+✓✓✓"), 5, FileVerdict::NotListed);
    let filled = late.clone().with(|world| {
        let file = world.file_mut(5).clone();
        world.backfill(hour(5), &[&file]);
    });
    let verdict = check(&filled, "✓✓✓✓✓✓");
    check_file(&verdict, 5, FileVerdict::Verified);
    assert_eq!(verdict.files[5].digest_id, Some(6));
    assert!(verdict.is_proven());
    let spoiled = filled.clone().with(|world| world.stored[6].signature = None);
    check_file(&check(&spoiled, "✓✓!✓!✓"), 5, FileVerdict::DigestInvalid);
    let altered = filled.clone().with(|world| world.file_mut(5).sha256 = Some([9; 32]));
    check_file(&check(&altered, "✓✓!✓✓✓"), 5, FileVerdict::HashDiffers);
    check(&filled.with(|world| world.lose_file(5)), "✓✓✗✓✓✓");
}

#[test]
fn a_missing_backfill_digest_is_visible() {
    let mut world = World::made(6, |index, made| made.has_late_file = index == 2);
    let file = world.file_mut(5).clone();
    world.backfill(hour(4), &[]);
    world.backfill(hour(5), &[&file]);
    assert!(check(&world, "✓✓✓✓✓✓").is_proven());
    world.lose_digest(6);
    check_digest(&check(&world, "✓✓✓✗✓✓"), 6, "the previous digest is not there");
}

#[test]
fn an_absent_predecessor_shows_even_where_no_time_is_left_for_it() {
    let world = World::intact(6).with(|world| {
        world.stored[3] =
            world.stored[3].rewritten(crate::digest::testing::Signer::First, |json| {
                let key =
                    json["previousDigestS3Object"].as_str().unwrap().replace("140131", "140031");
                json["previousDigestS3Object"] = key.into();
            });
        world.stored.truncate(4);
        world.files.truncate(8);
        world.now = hour(20);
    });
    check_reason(&check(&world, "✓✓✓✗✗✗"), 3, "which has not been collected");
}
