//! What must hold whatever happens to a chain.

use super::world::{World, file, hour, minutes};
use crate::chain::{ChainDigest, ChainVerdict};
use orgtrail_shared::organization::Membership;
use proptest::prelude::*;
use std::sync::LazyLock;

static INTACT: LazyLock<(World, Vec<ChainDigest>)> = LazyLock::new(|| {
    let mut world = World::made(8, |index, made| made.has_late_file = index == 2);
    let file = world.file_mut(5).clone();
    world.backfill(hour(5), &[&file]);
    let digests = world.digests();
    assert!(world.verdict_on(&digests).is_proven());
    (world, digests)
});

/// Something that happens to a chain.
#[derive(Clone, Debug)]
enum Event {
    LoseDigest(usize),
    LoseFile(usize),
    FlipDigestHash(usize),
    FlipFileHash(usize),
    FlipLinkHash(usize),
    FlipLinkSignature(usize),
    FlipListedHash(usize),
    Restart(usize),
    Inject(i32, i64),
    Stop(i32, i64, Option<i64>),
    Join(i32, i64),
    Leave(i32, i64),
    Wait(i32),
    Replace(usize),
}

fn any_event() -> impl Strategy<Value = Event> {
    let (hours, minute) = (-3..12_i32, 0..60_i64);
    prop_oneof![
        (0..9_usize).prop_map(Event::LoseDigest),
        (0..16_usize).prop_map(Event::LoseFile),
        any_harm(),
        (0..9_usize).prop_map(Event::Restart),
        (hours.clone(), minute.clone()).prop_map(|(hour, minute)| Event::Inject(hour, minute)),
        (hours.clone(), minute.clone(), prop::option::of(1..200_i64))
            .prop_map(|(hour, minute, length)| Event::Stop(hour, minute, length)),
        (hours.clone(), minute.clone()).prop_map(|(hour, minute)| Event::Join(hour, minute)),
        (hours, minute).prop_map(|(hour, minute)| Event::Leave(hour, minute)),
        (0..24_i32).prop_map(Event::Wait),
        (0..9_usize).prop_map(Event::Replace),
    ]
}

/// One harm to a chain that was proven.
fn any_harm() -> impl Strategy<Value = Event> {
    prop_oneof![
        (0..9_usize).prop_map(Event::LoseDigest),
        (0..16_usize).prop_map(Event::LoseFile),
        (0..9_usize).prop_map(Event::FlipDigestHash),
        (0..16_usize).prop_map(Event::FlipFileHash),
        (1..8_usize).prop_map(Event::FlipLinkHash),
        (1..8_usize).prop_map(Event::FlipLinkSignature),
        (0..9_usize).prop_map(Event::FlipListedHash),
        (1..8_usize).prop_map(Event::Restart),
        (0..8_i32, 0..60_i64).prop_map(|(hour, minute)| Event::Inject(hour, minute)),
        (0..9_usize).prop_map(Event::Replace),
    ]
}

fn apply(event: &Event, world: &mut World, digests: &mut Vec<ChainDigest>) {
    let count = world.files.len().max(1);
    match event {
        Event::LoseDigest(index) if !digests.is_empty() => {
            drop(digests.remove(index % digests.len()));
        }
        Event::LoseFile(index) if !world.files.is_empty() => {
            drop(world.files.remove(index % count));
        }
        Event::FlipFileHash(index) if !world.files.is_empty() => {
            if let Some(hash) = &mut world.files[index % count].sha256 {
                hash[7] ^= 1;
            }
        }
        Event::Inject(hour, minute) => world.files.push(file(1000 + hour, *hour, *minute)),
        Event::Stop(at, minute, length) => {
            let from = hour(*at) + minutes(*minute);
            world.stop(from, length.map(|length| from + minutes(length)));
        }
        Event::Join(at, minute) => {
            let joined_at = hour(*at) + minutes(*minute);
            world.memberships.push(Membership { joined_at, left_at: None });
        }
        Event::Leave(at, minute) => {
            if let Some(last) = world.memberships.last_mut() {
                last.left_at = Some(hour(*at) + minutes(*minute)).filter(|at| *at > last.joined_at);
            }
        }
        Event::Wait(hours) => world.now = hour(*hours + 1),
        _ if digests.is_empty() => {}
        Event::FlipDigestHash(index) => pick(digests, *index).sha256[7] ^= 1,
        Event::FlipLinkHash(index) => {
            if let Some(previous) = &mut pick(digests, *index).previous {
                previous.sha256[7] ^= 1;
            }
        }
        Event::FlipLinkSignature(index) => {
            if let Some(previous) = &mut pick(digests, *index).previous {
                previous.signature.replace_range(..1, "x");
            }
        }
        Event::FlipListedHash(index) => {
            pick(digests, *index).listed[0].sha256[7] ^= 1;
        }
        Event::Restart(index) => pick(digests, *index).previous = None,
        Event::Replace(index) => pick(digests, *index).is_replaced = true,
        Event::LoseDigest(_) | Event::LoseFile(_) | Event::FlipFileHash(_) => {}
    }
}

fn pick(digests: &mut [ChainDigest], index: usize) -> &mut ChainDigest {
    let index = index % digests.len();
    &mut digests[index]
}

fn after(events: &[Event]) -> (World, Vec<ChainDigest>) {
    let (mut world, mut digests) = INTACT.clone();
    for event in events {
        apply(event, &mut world, &mut digests);
    }
    (world, digests)
}

/// The chain's newest regular digest and the only backfill digest have no successor that knows
/// their hash: what vouches for it is the signature, which [`crate::digest::check()`] has compared.
fn is_noticed(event: &Event) -> bool {
    !matches!(event, Event::FlipDigestHash(7 | 8))
}

proptest! {
    /// Fail closed: no single harm leaves everything proven.
    #[test]
    fn no_harm_goes_unnoticed(harm in any_harm().prop_filter("by the signature", is_noticed)) {
        let (world, digests) = after(std::slice::from_ref(&harm));
        let verdict = world.verdict_on(&digests);
        prop_assert!(!verdict.is_proven(), "{harm:?}");
        let is_proven = |interval: &crate::chain::Interval| interval.state.is_proven();
        prop_assert!(!verdict.intervals.iter().all(is_proven), "{harm:?}");
    }

    /// The caller may read rows in any order.
    #[test]
    fn order_is_irrelevant(
        events in prop::collection::vec(any_event(), 0..6),
        by in 0_usize..99,
        is_reversed in any::<bool>(),
    ) {
        let (world, digests) = after(&events);
        let expected = world.verdict_on(&digests);
        let (mut world, mut digests) = (world, digests);
        turn(&mut digests, by, is_reversed);
        turn(&mut world.files, by, is_reversed);
        turn(&mut world.stops, by, is_reversed);
        turn(&mut world.memberships, by, is_reversed);
        prop_assert_eq!(world.verdict_on(&digests), expected);
    }

    /// Every instant up to now has exactly one state.
    #[test]
    fn intervals_have_no_holes(events in prop::collection::vec(any_event(), 0..6)) {
        let (world, digests) = after(&events);
        let verdict = world.verdict_on(&digests);
        check_partition(&world, &verdict)?;
    }

    /// What happens in one hour unproves its neighbours at most.
    #[test]
    fn harm_stays_where_it_is(harm in any_harm()) {
        let (world, digests) = after(std::slice::from_ref(&harm));
        let glyphs = world.glyphs(&world.verdict_on(&digests));
        let spoiled: Vec<_> =
            glyphs.chars().enumerate().filter(|(_, glyph)| *glyph != '✓').map(|(at, _)| at).collect();
        let reach = spoiled.last().unwrap_or(&0) - spoiled.first().unwrap_or(&0);
        prop_assert!(reach <= 1 || is_backfill(&harm), "{harm:?}: {glyphs}");
    }
}

/// The only backfill digest speaks of hour 2 and lies in hour 4.
fn is_backfill(harm: &Event) -> bool {
    matches!(
        harm,
        Event::LoseDigest(8)
            | Event::FlipDigestHash(8)
            | Event::FlipListedHash(8)
            | Event::Replace(8)
    )
}

/// The longer the chain, the more is proven: what comes later never unproves what came before.
#[test]
fn unrelated_history_unproves_nothing() {
    let (whole, digests) = &*INTACT;
    for count in 1..=8 {
        let mut part = whole.clone();
        part.now = hour(i32::try_from(count).unwrap());
        part.files.truncate(2 * count);
        let backfill = digests.last().cloned().filter(|_| count > 2);
        let known: Vec<_> = digests[..count].iter().cloned().chain(backfill).collect();
        let glyphs = part.glyphs(&part.verdict_on(&known));
        assert_eq!(glyphs.chars().filter(|glyph| *glyph == '✓').count(), count, "{glyphs}");
    }
}

/// Keys and digests may hold any year; the last instants of the calendar break nothing.
#[test]
fn no_year_is_too_far() {
    use chrono::{DateTime, Utc};
    let (mut world, mut digests) = INTACT.clone();
    for (id, time) in [(900, DateTime::<Utc>::MIN_UTC), (901, DateTime::<Utc>::MAX_UTC)] {
        world.files.push(crate::chain::CollectedFile { delivered_at: time, ..file(id, 0, 0) });
        world.stop(time, Some(time));
        let mut digest = digests[3].clone();
        (digest.id, digest.key, digest.start, digest.end) = (id, format!("digest{id}"), time, time);
        digests.push(digest);
    }
    world.memberships.push(Membership {
        joined_at: DateTime::<Utc>::MIN_UTC,
        left_at: Some(DateTime::<Utc>::MIN_UTC),
    });
    assert!(!world.verdict_on(&digests).is_proven());
    world.now = DateTime::<Utc>::MAX_UTC;
    assert!(!world.verdict_on(&digests).is_proven());
    world.now = DateTime::<Utc>::MIN_UTC;
    assert!(!world.verdict_on(&digests).is_proven());
}

fn turn<T>(rows: &mut [T], by: usize, is_reversed: bool) {
    if !rows.is_empty() {
        let by = by % rows.len();
        rows.rotate_left(by);
    }
    if is_reversed {
        rows.reverse();
    }
}

fn check_partition(world: &World, verdict: &ChainVerdict) -> Result<(), TestCaseError> {
    let intervals = &verdict.intervals;
    for pair in intervals.windows(2) {
        prop_assert_eq!(pair[0].range.end(), pair[1].range.start());
        let is_joined = (pair[0].state, &pair[0].reason) == (pair[1].state, &pair[1].reason);
        prop_assert!(!is_joined, "{:?}", pair);
    }
    if let (Some(first), Some(last)) = (intervals.first(), intervals.last()) {
        prop_assert_eq!(last.range.end(), world.now);
        let joined = world.memberships.iter().map(|membership| membership.joined_at).min();
        prop_assert!(joined.is_none_or(|joined| first.range.start() <= joined));
    }
    Ok(())
}
