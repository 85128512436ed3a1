//! What ten years of a thousand accounts cost to count: segments of days, then of months and years.
//!
//! `cargo run --release -p orgtrail-storage --features testing --example years [EVENTS]`, with the server that
//! `cargo xtask postgres` starts. Accounts are as frequent as Zipf's law says.

#![expect(
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "it prints figures of a size that is known"
)]

use chrono::TimeDelta;
use orgtrail_domain::segment::{Column, Segment, SegmentRow};
use orgtrail_shared::query::Facet;
use orgtrail_shared::time::TimeRange;
use orgtrail_storage::database::{AccountScope, Scope};
use orgtrail_storage::events::{EventFilter, Question, SegmentCache};
use orgtrail_storage::testing::{NOON, World, at, world};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

const ACCOUNTS: usize = 1_000;
const DAYS: i64 = 3_652;
/// How much is inserted at once.
const PART: usize = 5_000;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let events = std::env::args().nth(1).map_or(Ok(2_000_000), |count| count.parse())?;
    let world = world().await;
    let numbers: Vec<String> =
        (0..ACCOUNTS).map(|n| format!("{:012}", 500_000_000_000 + n)).collect();
    let accounts =
        world.dictionary.accounts(world.database.worker(), world.organization_id, &numbers).await?;
    fill(&world, &accounts, events).await?;
    measure(&world, &accounts, "days").await?;
    let start = Instant::now();
    let merged = world.database.merge_segments(NOON).await?;
    println!(
        "merged {} into {} in {:.1} s",
        merged.before,
        merged.after,
        start.elapsed().as_secs_f64()
    );
    sqlx::raw_sql("vacuum (analyze) segment").execute(&world.owner).await?;
    measure(&world, &accounts, "merged").await
}

/// Inserts a segment for each account and day that has events.
async fn fill(world: &World, accounts: &[i32], events: usize) -> Result<()> {
    let mut random = StdRng::seed_from_u64(1);
    let weights: Vec<f64> = (1..=ACCOUNTS).map(|rank| 1.0 / rank as f64).collect();
    let total: f64 = weights.iter().sum();
    let mut part = Vec::new();
    for (account, weight) in accounts.iter().zip(weights) {
        let mut days: BTreeMap<i32, Vec<SegmentRow>> = BTreeMap::new();
        for n in 0..(events as f64 * weight / total) as i32 {
            let t = at(-random.random_range(0..DAYS * 86_400));
            let ids = std::array::from_fn(|column| match column {
                column if column == Column::Region as usize => random.random_range(1..18),
                column if column == Column::Error as usize => random.random_range(-20..10).max(0),
                column if column == Column::Flags as usize => random.random_range(0..3) << 8,
                column if column == Column::Kind as usize => 1,
                _ => random.random_range(1..100),
            });
            days.entry(t.div_euclid(86_400)).or_default().push(SegmentRow {
                t,
                object_id: t / 300,
                ordinal: n,
                ids,
            });
        }
        for (day, rows) in days {
            part.extend(
                Segment::from_rows(*account, rows).into_iter().map(|segment| (day, segment)),
            );
            if part.len() >= PART {
                insert(world, std::mem::take(&mut part)).await?;
            }
        }
    }
    insert(world, part).await?;
    sqlx::raw_sql("vacuum (analyze) segment").execute(&world.owner).await?;
    Ok(())
}

async fn insert(world: &World, part: Vec<(i32, Segment)>) -> Result<()> {
    let times = |segment: &Segment| segment.times().unwrap_or_default();
    sqlx::query(
        "insert into segment (organization_id, account_id, day, level, t0, t1, row_count, columns)
         select $1, account, day, 2, t0, t1, count, columns
         from unnest($2::int[], $3::int[], $4::int[], $5::int[], $6::int[], $7::bytea[])
             as part (account, day, t0, t1, count, columns)",
    )
    .bind(world.organization_id)
    .bind(part.iter().map(|(_, segment)| segment.account_id()).collect::<Vec<_>>())
    .bind(part.iter().map(|(day, _)| *day).collect::<Vec<_>>())
    .bind(part.iter().map(|(_, segment)| times(segment).0).collect::<Vec<_>>())
    .bind(part.iter().map(|(_, segment)| times(segment).1).collect::<Vec<_>>())
    .bind(part.iter().map(|(_, segment)| segment.len() as i32).collect::<Vec<_>>())
    .bind(part.iter().map(|(_, segment)| segment.encode()).collect::<Vec<_>>())
    .execute(&world.owner)
    .await?;
    Ok(())
}

async fn measure(world: &World, accounts: &[i32], name: &str) -> Result<()> {
    let (segments, events, bytes): (i64, i64, i64) = sqlx::query_as(
        "select count(*), sum(row_count)::bigint, pg_total_relation_size('segment') from segment",
    )
    .fetch_one(&world.owner)
    .await?;
    println!(
        "{name}: {segments} segments, {events} events, {:.1} bytes per event",
        bytes as f64 / events as f64
    );
    let member =
        |rank: usize| Scope { accounts: AccountScope::Only(vec![accounts[rank]]), ..world.scope() };
    for (who, scope) in [
        ("analyst", world.scope()),
        ("member of rank 10", member(9)),
        ("member of rank 900", member(899)),
    ] {
        for (range_name, days) in [("10 years", DAYS), ("1 year", 365), ("30 days", 30)] {
            let range = TimeRange::new(NOON - TimeDelta::days(days), NOON)?;
            let cache = SegmentCache::new(1 << 30);
            let cold = ask(world, &cache, &scope, range).await?;
            let mut warm = Vec::new();
            for _ in 0..3 {
                warm.push(ask(world, &cache, &scope, range).await?);
            }
            warm.sort_by(f64::total_cmp);
            println!(
                "  {who}, {range_name}: cold {cold:.0} ms, warm {:.0} ms, {} MB remembered",
                warm[1],
                cache.used_bytes() >> 20
            );
        }
    }
    Ok(())
}

/// Bars and eight facets, in milliseconds.
async fn ask(world: &World, cache: &SegmentCache, scope: &Scope, range: TimeRange) -> Result<f64> {
    let filter = EventFilter::default();
    let seconds = i32::try_from(range.length().num_seconds() / 100)?;
    let mut questions = vec![(&filter, Question::Histogram { shift: 0, bucket_seconds: seconds })];
    questions.extend(Facet::ALL.map(|facet| (&filter, Question::Facet { facet, values: 10 })));
    let start = Instant::now();
    world.database.count_in_segments(cache, scope, range, &questions).await?;
    Ok(start.elapsed().as_secs_f64() * 1_000.0)
}
