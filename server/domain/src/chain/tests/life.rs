//! Joining, leaving, stopping, starting again.

use super::world::{World, check, check_file, check_reason, file, hour, minutes};
use orgtrail_shared::organization::Membership;
use orgtrail_shared::proof::FileVerdict;

#[test]
fn a_chain_that_begins_anew_shows_the_gap_and_the_restart() {
    let verdict = check(&restarted(), "✓✓✓▢↻✓");
    check_reason(&verdict, 3, "1 hour that no digest covers");
    check_reason(&verdict, 4, "the digest chain began anew at 2026-01-10T15:01:31Z");
    check_file(&verdict, 8, FileVerdict::Verified);
    let at_once = World::made(6, |index, made| made.is_restart = index == 3);
    check(&at_once, "✓✓✓↻✓✓");
}

#[test]
fn a_recorded_stop_explains_the_gap_and_the_restart() {
    let stopped = restarted().with(|world| world.stop(hour(3), Some(hour(4))));
    let verdict = check(&stopped, "✓✓✓–✓✓");
    assert!(verdict.is_proven());
    check_reason(&verdict, 3, "logging was stopped, as recorded, at 2026-01-10T14:01:31Z until");
    let (from, to) = (hour(3) + minutes(14), hour(4) - minutes(14));
    check(&restarted().with(|world| world.stop(from, Some(to))), "✓✓✓–✓✓");
}

#[test]
fn a_stop_explains_no_more_than_its_own_time() {
    let too_short = |from, to| restarted().with(|world| world.stop(hour(3) + minutes(from), to));
    check(&too_short(20, Some(hour(4))), "✓✓✓✗✓✓");
    check(&too_short(0, Some(hour(4) - minutes(20))), "✓✓✓▢✓✓");
    check(&too_short(0, None), "✓✓✓–↻✓");
    let elsewhere = restarted().with(|world| world.stop(hour(0), Some(hour(1))));
    check(&elsewhere, "✓✓✓▢↻✓");
    let nowhere = World::intact(6).with(|world| world.stop(hour(2), Some(hour(4))));
    check(&nowhere, "✓✓✓✓✓✓");
}

#[test]
fn a_stop_hides_no_missing_digest() {
    let lost = World::intact(6).with(|world| {
        world.lose_digest(2);
        world.stop(hour(2), Some(hour(3)));
    });
    check(&lost, "✓✓✗✓✓✓");
    let restart_lost = restarted().with(|world| {
        world.stop(hour(3), Some(hour(4)));
        world.lose_digest(3);
    });
    check(&restart_lost, "✓✓✓–✗✓");
    let final_lost = restarted().with(|world| {
        world.stop(hour(3), Some(hour(4)));
        world.lose_digest(2);
    });
    check(&final_lost, "✓✓✗–✓✓");
}

#[test]
fn while_logging_is_stopped_nothing_is_due() {
    let stopped = World::made(6, |index, made| made.is_silent = index > 2).with(|world| {
        world.stop(hour(3) + minutes(5), None);
        world.now = hour(30);
    });
    assert!(check(&stopped, "✓✓✓–––").is_proven());
    let truncated = stopped.clone().with(|world| world.lose_digest(2));
    check(&truncated, "✓✓✗–––");
    let injected = stopped.clone().with(|world| world.files.push(file(99, 4, 20)));
    check_file(&check(&injected, "✓✓✓–+–"), 99, FileVerdict::NotListed);
    let silent_after = stopped.with(|world| world.stops[0].to = Some(hour(5)));
    check_reason(&check(&silent_after, "✓✓✓––✗"), 5, "since logging was started again");
}

/// Or else one forgotten StartLogging would excuse every deletion after it.
#[test]
fn a_stop_that_digests_refute_excuses_nothing_later() {
    let open = restarted().with(|world| {
        world.stop(hour(3), None);
        world.lose_digest(4);
        world.now = hour(30);
    });
    check(&open, "✓✓✓–↻✗");
    let closed_late = open.with(|world| world.stops[0].to = Some(hour(29)));
    check(&closed_late, "✓✓✓–↻✗");
}

#[test]
fn nothing_is_due_before_joining() {
    let midway = World::made(6, |index, made| made.is_silent = index < 2)
        .with(|world| joined(world, hour(2) - minutes(10)));
    assert!(check(&midway, "––✓✓✓✓").is_proven());
    let early = World::intact(6).with(|world| joined(world, hour(1) + minutes(30)));
    let verdict = check(&early, "–✓✓✓✓✓");
    check_reason(&verdict, 0, "the account joined the organization later");
    check_file(&verdict, 0, FileVerdict::Verified);
}

#[test]
fn an_alteration_before_joining_stays_visible() {
    let altered = World::intact(6).with(|world| {
        joined(world, hour(3));
        world.file_mut(2).sha256 = Some([9; 32]);
    });
    check(&altered, "–!–✓✓✓");
}

#[test]
fn the_first_digest_may_begin_two_hours_after_joining() {
    let late = |hours| World::made(6, move |index, made| made.is_silent = index < hours);
    check_reason(&check(&late(2), "––✓✓✓✓"), 0, "the first digest begins 2 hours after");
    let verdict = check(&late(3), "✗✗✗✓✓✓");
    check_reason(&verdict, 0, "the first digest begins 3 hours after the account joined");
    let trail = late(3).with(|world| world.trail_began_at = Some(hour(2)));
    check_reason(&check(&trail, "–––✓✓✓"), 0, "the trail began later");
}

#[test]
fn nothing_is_due_after_leaving() {
    let left = World::made(6, |index, made| made.is_silent = index > 2).with(|world| {
        world.memberships[0].left_at = Some(hour(3) + minutes(10));
        world.now = hour(30);
    });
    let verdict = check(&left, "✓✓✓–––");
    assert!(verdict.is_proven());
    check_reason(&verdict, 4, "the account left the organization at");
    let truncated = left.clone().with(|world| world.lose_digest(2));
    check(&truncated, "✓✓✗–––");
    let just_now = left.with(|world| {
        world.lose_digest(2);
        world.now = hour(4);
    });
    // Of the time after now nothing is said yet.
    check(&just_now, "✓✓◔–◔◔");
}

#[test]
fn an_account_that_joins_again_begins_a_new_chain() {
    let again = restarted().with(|world| {
        let joined_at = hour(4) - minutes(20);
        world.memberships[0].left_at = Some(hour(3));
        world.memberships.push(Membership { joined_at, left_at: None });
    });
    assert!(check(&again, "✓✓✓–✓✓").is_proven());
    let unproven = again.with(|world| world.memberships[0].left_at = Some(hour(3) + minutes(30)));
    check(&unproven, "✓✓✓✗✓✓");
}

#[test]
fn a_source_without_digests_proves_nothing() {
    let bare = World::intact(6).with(|world| {
        world.stored.clear();
        world.expects_digests = false;
        joined(world, hour(1));
    });
    let verdict = check(&bare, "–?????");
    check_file(&verdict, 3, FileVerdict::NoDigestExpected);
    let partly = World::intact(6).with(|world| {
        world.expects_digests = false;
        world.stored.truncate(3);
    });
    let verdict = check(&partly, "✓✓✓???");
    check_file(&verdict, 5, FileVerdict::Verified);
    check_file(&verdict, 6, FileVerdict::NoDigestExpected);
}

#[test]
fn without_any_membership_logs_are_due_from_the_first_evidence_on() {
    let unknown = World::intact(6).with(|world| world.memberships.clear());
    assert!(check(&unknown, "✓✓✓✓✓✓").is_proven());
    let cut = unknown.clone().with(|world| {
        (0..4).for_each(|_| world.lose_digest(2));
        world.now = hour(20);
    });
    check(&cut, "✓✓✗✗✗✗");
    let beheaded = unknown.with(|world| world.lose_digest(0));
    check(&beheaded, "✗✓✓✓✓✓");
    let nothing = World::empty(6).with(|world| world.memberships.clear()).verdict();
    assert!(nothing.intervals.is_empty());
}

fn restarted() -> World {
    World::made(6, |index, made| {
        made.is_silent = index == 3;
        made.is_restart = index == 4;
    })
}

fn joined(world: &mut World, at: chrono::DateTime<chrono::Utc>) {
    world.memberships = vec![Membership { joined_at: at, left_at: None }];
}
