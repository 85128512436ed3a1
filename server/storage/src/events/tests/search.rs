//! Search, counts and facets equal the naive filter of `orgtrail_domain::filter`.

use super::queries::{KINDS, query};
use super::records::{Judged, Stored, stored};
use crate::events::{EventFilter, FilterNeeds};
use crate::testing::{HASHER, NOON};
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_shared::event::Access;
use orgtrail_shared::query::{Condition, Facet, Query, TextField};
use orgtrail_shared::time::TimeRange;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;

/// The order of results, newest first: time, file, ordinal.
type Place = (i64, usize, usize);

#[tokio::test]
async fn a_search_finds_what_the_naive_filter_finds() {
    let stored = stored(1, 300).await;
    let judged = stored.judged();
    let mut random = StdRng::seed_from_u64(2);
    let mut hits = [0_usize; KINDS];
    for turn in 0..KINDS * 8 {
        let query = query(&mut random, turn % KINDS);
        let range = range(&mut random);
        let filter = resolve(&stored, &query).await;
        let found = found(&stored, &filter, range).await;
        let exact = naive(&judged, &indexed(&query, &filter), range);
        assert_eq!(found, exact, "{query:?} in {range:?}");
        let count = stored
            .world
            .database
            .count_events(&stored.world.scope(), &filter, range)
            .await
            .unwrap();
        assert_eq!(usize::try_from(count).unwrap(), exact.len(), "{query:?}");
        hits[turn % KINDS] += exact.len();
    }
    // A test that finds nothing would find no mistake either: random event ids alone meet no record.
    let empty: Vec<usize> = (0..KINDS).filter(|kind| hits[*kind] == 0).collect();
    assert!(empty.is_empty(), "kinds of conditions without a hit: {empty:?}");
}

#[tokio::test]
async fn the_index_leaves_to_the_records_only_what_it_does_not_hold() {
    let stored = stored(3, 3).await;
    for (text, is_exact) in [
        ("event:Create* -source:s3.amazonaws.com region:eu-west-1", true),
        ("principal:*assumed-role/Deploy/* user:alice principal-type:Root", true),
        ("access-key:AKIAIOSFODNN7EXAMPLE ip:198.51.100.0/24,2001:db8::/32", true),
        ("error:* category:Data type:AwsApiCall is:write,failed -is:flagged", true),
        ("resource:arn:aws:s3:::logs resource-type:AWS::S3::Bucket", true),
        ("id:00000000-0000-0000-0000-000000000001 account:111111111111 ou:r-abcd", true),
        ("proof:verified time:2026-11-19..2026-11-20", true),
        ("access-key:AKIA*", false),
        ("resource:*logs", false),
        ("resource-type:AWS::S3::*", false),
        ("id:not-a-uuid", false),
        ("vpc-endpoint:vpce-1", false),
        ("request-id:r-1", false),
        ("\"some text\"", false),
    ] {
        let filter = resolve(&stored, &Query::parse(text).unwrap()).await;
        assert_eq!(filter.is_exact(), is_exact, "{text}");
    }
}

#[tokio::test]
async fn an_event_is_found_by_its_id_in_any_letters() {
    let stored = stored(4, 60).await;
    for judged in stored.judged() {
        let id = judged.record.event_id;
        for text in [id.to_string(), id.to_string().to_uppercase()] {
            let filter = resolve(&stored, &Query::parse(&format!("id:{text}")).unwrap()).await;
            let found = found(&stored, &filter, all()).await;
            assert_eq!(found, [(judged.record.seconds, judged.file, judged.ordinal)], "{text}");
        }
    }
}

#[tokio::test]
async fn bars_and_their_sums_equal_the_recount() {
    let stored = stored(5, 150).await;
    let judged = stored.judged();
    let (database, scope) = (&stored.world.database, stored.world.scope());
    let mut random = StdRng::seed_from_u64(6);
    for turn in 0..KINDS {
        let (query, range) = (query(&mut random, turn), range(&mut random));
        let filter = resolve(&stored, &query).await;
        let (seconds, shift) = ([60, 3_600, 86_400][turn % 3], random.random_range(0..3_600));
        let bars = database.histogram(&scope, &filter, range, shift, seconds).await.unwrap();
        let mut wanted: BTreeMap<i32, [i64; 3]> = BTreeMap::new();
        let query = indexed(&query, &filter);
        for one in judged.iter().filter(|one| one.is_found(&query, range.start(), range.end())) {
            let offset = one.record.seconds - range.start().timestamp() + i64::from(shift);
            let kind = match (&*one.record.error_code, one.record.access) {
                ("", Access::Read) => 1,
                ("", Access::Write | Access::Unknown) => 0,
                _ => 2,
            };
            wanted.entry(i32::try_from(offset / i64::from(seconds)).unwrap()).or_default()[kind] +=
                1;
        }
        let bars: BTreeMap<i32, [i64; 3]> =
            bars.iter().map(|bar| (bar.bucket, [bar.writes, bar.reads, bar.errors])).collect();
        assert_eq!(bars, wanted, "{query:?}");
    }
}

#[tokio::test]
async fn facets_and_their_sums_equal_the_recount() {
    let stored = stored(7, 150).await;
    let judged = stored.judged();
    let (database, scope) = (&stored.world.database, stored.world.scope());
    let mut random = StdRng::seed_from_u64(8);
    for turn in 0..KINDS * 2 {
        let facet = Facet::ALL[turn % Facet::ALL.len()];
        let (query, range) = (query(&mut random, turn % KINDS), range(&mut random));
        let filter = resolve(&stored, &query).await;
        let mut wanted: BTreeMap<String, i64> = BTreeMap::new();
        let query = indexed(&query, &filter);
        for one in judged.iter().filter(|one| one.is_found(&query, range.start(), range.end())) {
            *wanted.entry(value_of(one, facet)).or_default() += 1;
        }
        let (rows, others) =
            database.facet(&scope, &filter, range, facet, "", 1_000).await.unwrap();
        let found: BTreeMap<String, i64> =
            rows.iter().map(|row| (row.value.clone(), row.events)).collect();
        assert_eq!((&found, others), (&wanted, 0), "{facet:?} of {query:?}");

        let (first, others) = database.facet(&scope, &filter, range, facet, "", 2).await.unwrap();
        assert_eq!(first, rows[..rows.len().min(2)]);
        assert_eq!(usize::try_from(others).unwrap(), rows.len() - first.len());
    }
}

#[tokio::test]
async fn completion_takes_a_beginning_literally_and_in_any_letters() {
    let stored = stored(9, 150).await;
    for (beginning, wanted) in [
        ("DELETE", &["DeleteBucket"][..]),
        ("100%_", &["100%_done"]),
        ("back\\", &["back\\slash"]),
        ("1__", &[]),
        ("nothing", &[]),
    ] {
        let facet = Facet::Text(TextField::EventName);
        let world = &stored.world;
        let filter = EventFilter::default();
        let (rows, _) = world
            .database
            .facet(&world.scope(), &filter, all(), facet, beginning, 10)
            .await
            .unwrap();
        assert_eq!(
            rows.iter().map(|row| row.value.as_str()).collect::<Vec<_>>(),
            wanted,
            "{beginning}"
        );
    }
}

pub(super) async fn resolve(stored: &Stored, query: &Query) -> EventFilter {
    let needs = FilterNeeds { hasher: *HASHER };
    stored.world.database.resolve_filter(&stored.world.scope(), query, needs).await.unwrap()
}

/// The part of the query that the index answers.
fn indexed(query: &Query, filter: &EventFilter) -> Query {
    let is_indexed = |term: &&orgtrail_shared::query::Term| !filter.residual.terms.contains(term);
    let terms: Vec<_> = query.terms.iter().filter(is_indexed).cloned().collect();
    assert!(terms.iter().all(|term| !matches!(term.condition, Condition::Contains(_))));
    Query { terms }
}

async fn found(stored: &Stored, filter: &EventFilter, range: TimeRange) -> Vec<Place> {
    let hits = stored
        .world
        .database
        .events_page(&stored.world.scope(), filter, range, None, 1_000)
        .await
        .unwrap();
    // In a new database files are numbered from 1.
    hits.iter()
        .map(|hit| {
            (
                hit.seconds,
                usize::try_from(hit.object_id - 1).unwrap(),
                usize::try_from(hit.ordinal).unwrap(),
            )
        })
        .collect()
}

fn naive(judged: &[Judged<'_>], query: &Query, range: TimeRange) -> Vec<Place> {
    let mut places: Vec<Place> = judged
        .iter()
        .filter(|one| one.is_found(query, range.start(), range.end()))
        .map(|one| (one.record.seconds, one.file, one.ordinal))
        .collect();
    places.sort_unstable_by(|left, right| right.cmp(left));
    places
}

fn value_of(one: &Judged<'_>, facet: Facet) -> String {
    let record = &one.record;
    match facet {
        Facet::Account => record.account.to_string(),
        Facet::Text(TextField::EventName) => record.event_name.to_string(),
        Facet::Text(TextField::EventSource) => record.event_source.to_string(),
        Facet::Text(TextField::Principal) if record.principal.arn.is_empty() => {
            record.principal.name.clone()
        }
        Facet::Text(TextField::Principal) => record.principal.arn.clone(),
        Facet::Text(TextField::Error) => record.error_code.to_string(),
        Facet::Text(TextField::Region) => record.region.to_string(),
        Facet::Text(TextField::SourceIp) => record.source_ip.to_string(),
        Facet::Text(TextField::UserAgent) => record.user_agent.to_string(),
        Facet::Text(other) => panic!("no facet: {other:?}"),
    }
}

pub(super) fn all() -> TimeRange {
    TimeRange::new(DateTime::UNIX_EPOCH, NOON + TimeDelta::days(9_000)).unwrap()
}

/// Mostly all of the time, else a part of it.
pub(super) fn range(random: &mut StdRng) -> TimeRange {
    if random.random_bool(0.6) {
        return all();
    }
    let start: DateTime<Utc> = NOON - TimeDelta::seconds(random.random_range(0..4 * 86_400));
    TimeRange::new(start, start + TimeDelta::seconds(random.random_range(1..3 * 86_400))).unwrap()
}
