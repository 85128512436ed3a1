//! Segments answer exactly as the rows do, as long as they can answer, and within the same scope.

use super::queries::{KINDS, query};
use super::records::stored;
use super::search::{all, range, resolve};
use crate::database::{AccountScope, Scope};
use crate::events::{Answer, EventFilter, Question, SegmentCache};
use crate::testing::{NOON, World, at, world};
use chrono::TimeDelta;
use orgtrail_shared::query::{Facet, Query};
use orgtrail_shared::time::TimeRange;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

#[tokio::test]
async fn segments_answer_what_the_rows_answer() {
    let stored = stored(11, 300).await;
    let world = &stored.world;
    let cache = SegmentCache::new(64 << 20);
    let mut random = StdRng::seed_from_u64(12);
    let (mut answered, mut counted) = (0, 0);
    for turn in 0..KINDS * 8 {
        // Half of the turns ask batches, the others what became of them.
        if turn == KINDS * 4 {
            let merged = world.database.merge_segments(NOON + TimeDelta::days(9)).await.unwrap();
            assert!(merged.before > merged.after, "{merged:?}");
        }
        let (query, range) = (query(&mut random, turn % KINDS), range(&mut random));
        let mut filter = resolve(&stored, &query).await;
        if random.random_ratio(1, 4) {
            filter.hide_reads();
        }
        if filter.beyond_segments().is_some() {
            continue;
        }
        let scope = scope(world, &mut random);
        counted += compare_counts(world, &cache, &scope, &filter, range, &query).await;
        let rows = random.random_range(1..40);
        compare_pages(world, &cache, &scope, &filter, range, rows).await;
        let mut files = world.database.candidate_files(&scope, &filter, range).await.unwrap();
        files.sort_unstable();
        let found = world.database.files_in_segments(&cache, &scope, &filter, range).await.unwrap();
        assert_eq!(found, files, "{query}");
        let some = files.into_iter().step_by(2).collect();
        compare_pages(world, &cache, &scope, &filter.in_files(some), range, rows).await;
        answered += 1;
    }
    assert!(answered > KINDS * 3 && counted > 1_000, "{answered} queries, {counted} events");
}

/// Mostly everything; else some accounts, or a period.
fn scope(world: &World, random: &mut StdRng) -> Scope {
    let mut scope = world.scope();
    if random.random_ratio(1, 3) {
        scope.accounts = AccountScope::Only(world.accounts[random.random_range(0..2)..].to_vec());
    }
    if random.random_ratio(1, 3) {
        let from = random.random_range(-3 * 86_400..0);
        scope.from = Some(at(from));
        scope.to = random.random_bool(0.5).then(|| at(from + 100_000));
    }
    scope
}

async fn compare_counts(
    world: &World,
    cache: &SegmentCache,
    scope: &Scope,
    filter: &EventFilter,
    range: TimeRange,
    query: &Query,
) -> usize {
    let database = &world.database;
    let (shift, bucket_seconds) = (17, 3_600);
    let mut wanted = vec![
        Answer::Count(database.count_events(scope, filter, range).await.unwrap()),
        Answer::Histogram(
            database.histogram(scope, filter, range, shift, bucket_seconds).await.unwrap(),
        ),
    ];
    let mut questions =
        vec![(filter, Question::Count), (filter, Question::Histogram { shift, bucket_seconds })];
    for (facet, values) in
        Facet::ALL.into_iter().zip([1, 2, 3, 100, 2, 1, 4, 100].into_iter().cycle())
    {
        let (rows, others) = database.facet(scope, filter, range, facet, "", values).await.unwrap();
        wanted.push(Answer::Facet(rows, others));
        questions.push((filter, Question::Facet { facet, values }));
    }
    let found = database.count_in_segments(cache, scope, range, &questions).await.unwrap();
    assert_eq!(found, wanted, "{query:?} in {range:?} of {scope:?}");
    let Answer::Count(count) = wanted[0] else { panic!("the first question is how many") };
    usize::try_from(count).unwrap()
}

async fn compare_pages(
    world: &World,
    cache: &SegmentCache,
    scope: &Scope,
    filter: &EventFilter,
    range: TimeRange,
    rows: u32,
) {
    let database = &world.database;
    let mut after = None;
    loop {
        let wanted = database.events_page(scope, filter, range, after, rows).await.unwrap();
        let found =
            database.page_in_segments(cache, scope, filter, range, after, rows).await.unwrap();
        assert_eq!(found, wanted);
        let Some(last) = wanted.last() else { break };
        after = Some(last.position());
    }
}

/// A segment that somebody else had decoded gives nobody more than their scope.
#[tokio::test]
async fn a_remembered_segment_widens_no_scope() {
    let world = world().await;
    let mut events: Vec<_> = (0..6_u128)
        .map(|minute| world.event(minute, i64::try_from(minute).unwrap() * 60))
        .collect();
    events[3].account_id = world.accounts[1];
    world.commit(&[world.object("a", events)]).await;
    let cache = SegmentCache::new(1 << 20);
    let accounts = |accounts: &[i32]| Scope {
        accounts: AccountScope::Only(accounts.to_vec()),
        ..world.scope()
    };
    let auditor = Scope { from: Some(at(60)), to: Some(at(240)), ..accounts(&world.accounts[..1]) };
    let stranger = Scope { organization_id: world.organization_id + 1, ..world.scope() };
    for (scope, wanted) in [
        (world.scope(), 6),
        (accounts(&world.accounts[1..2]), 1),
        (accounts(&world.accounts[2..]), 0),
        (accounts(&[]), 0),
        (auditor, 2),
        (stranger, 0),
    ] {
        let filter = EventFilter::default();
        let question = [(&filter, Question::Count)];
        let found = world.database.count_in_segments(&cache, &scope, all(), &question).await;
        assert_eq!(found.unwrap(), [Answer::Count(wanted)], "{scope:?}");
        let page = world.database.page_in_segments(&cache, &scope, &filter, all(), None, 10).await;
        assert_eq!(page.unwrap().len(), usize::try_from(wanted).unwrap(), "{scope:?}");
    }
    assert!(cache.used_bytes() > 0);
}

/// What segments don't hold is refused, not left out.
#[tokio::test]
async fn what_segments_cannot_answer_they_name() {
    let stored = stored(13, 3).await;
    for (text, beyond) in [
        ("event:A -source:b region:c ip:10.0.0.0/8 user:alice error:* is:write,failed", None),
        ("principal-type:Root category:Data type:AwsApiCall account:111111111111 ou:r-abcd", None),
        ("access-key:AKIAIOSFODNN7EXAMPLE", Some("access keys")),
        ("-id:00000000-0000-0000-0000-000000000001", Some("event ids")),
        ("resource:arn:aws:s3:::logs", Some("resources")),
        ("proof:verified", Some("verdicts on files")),
        ("principal:*assumed-role/Deploy/*", Some("ARNs of role sessions")),
    ] {
        let filter = resolve(&stored, &Query::parse(text).unwrap()).await;
        assert_eq!(filter.beyond_segments(), beyond, "{text}");
        if beyond.is_some() {
            let (cache, scope) = (SegmentCache::new(1 << 20), stored.world.scope());
            let question = [(&filter, Question::Count)];
            let database = &stored.world.database;
            assert!(database.count_in_segments(&cache, &scope, all(), &question).await.is_err());
        }
    }
}
