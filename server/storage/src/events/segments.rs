//! Answers from column segments: counts, bars, facets, and pages with several conditions.
//!
//! Which segments there are is asked on the caller's scoped connection, so row-level security decides about accounts;
//! the period of the scope is cut before anything is counted. Segments that were decoded before are remembered by id,
//! and are used only for ids that such a question returned.

mod count;
mod files;
mod page;
mod translate;

pub use count::{Answer, Question};

use crate::segments::{DAY, DAYS_MAX};
use crate::{AccountScope, Database, Result, Scope, StoreError};
use foyer::{Cache, CacheBuilder};
use orgtrail_domain::segment::Segment;
use sqlx::{Postgres, QueryBuilder, Transaction};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Decoded segments, by id, up to a number of bytes; and which could not be decoded.
#[derive(Clone, Debug)]
pub struct SegmentCache {
    decoded: Cache<i64, Arc<Segment>>,
    unreadable: Arc<Mutex<BTreeSet<i64>>>,
}

impl SegmentCache {
    /// An empty cache of about `limit_bytes` in memory. An event takes about 25 bytes.
    pub fn new(limit_bytes: usize) -> Self {
        let cache = CacheBuilder::new(limit_bytes)
            .with_shards(4)
            .with_weighter(|_: &i64, segment: &Arc<Segment>| segment.memory_bytes() + 64)
            .build();
        Self { decoded: cache, unreadable: Arc::default() }
    }

    /// The segments that could not be read since this was asked last; they are to be built anew.
    pub fn take_unreadable(&self) -> BTreeSet<i64> {
        std::mem::take(&mut *self.unreadable())
    }

    fn unreadable(&self) -> MutexGuard<'_, BTreeSet<i64>> {
        self.unreadable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// About how many bytes are in use.
    pub fn used_bytes(&self) -> usize {
        self.decoded.usage()
    }
}

/// A segment that the scope shows.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
struct Listed {
    segment_id: i64,
    account_id: i32,
    t1: i32,
    row_count: i32,
}

/// Reads the segments of a scope and range in parts, the newest first, all as of one moment.
struct Reader<'a> {
    tx: Transaction<'static, Postgres>,
    cache: &'a SegmentCache,
    left: VecDeque<Listed>,
    /// The half-open range that counts: the question's, cut to the period of the scope.
    from: i32,
    to: i32,
}

impl<'a> Reader<'a> {
    async fn new(
        database: &Database,
        cache: &'a SegmentCache,
        scope: &Scope,
        (from, to): (i32, i32),
    ) -> Result<Self> {
        let from = scope.from.map_or(from, |bound| from.max(bound));
        let to = scope.to.map_or(to, |bound| to.min(bound));
        let mut tx = database.read_snapshot(scope).await?;
        let mut sql = QueryBuilder::<Postgres>::new(
            "select segment_id, account_id, t1, row_count from segment where organization_id = ",
        );
        sql.push_bind(scope.organization_id);
        sql.push(" and day > ").push_bind(from.div_euclid(DAY) - DAYS_MAX);
        sql.push(" and day <= ").push_bind(to.div_euclid(DAY));
        sql.push(" and t1 >= ").push_bind(from).push(" and t0 < ").push_bind(to);
        if let AccountScope::Only(accounts) = &scope.accounts {
            // Row-level security says it, too, but in a form that no index answers.
            sql.push(" and account_id = any(").push_bind(accounts).push(")");
        }
        sql.push(" order by t1 desc, segment_id");
        let left: Vec<Listed> = sql.build_query_as().fetch_all(&mut *tx).await?;
        Ok(Self { tx, cache, left: left.into(), from, to })
    }

    /// The newest time of what was not read yet.
    fn next_newest(&self) -> Option<i32> {
        self.left.front().map(|listed| listed.t1)
    }

    /// The next segments, with about `rows` rows together; none at the end.
    async fn next(&mut self, rows: usize) -> Result<Vec<Arc<Segment>>> {
        let mut part: Vec<Listed> = Vec::new();
        let mut taken = 0;
        while taken < rows
            && let Some(listed) = self.left.pop_front()
        {
            taken += usize::try_from(listed.row_count).unwrap_or(0);
            part.push(listed);
        }
        let mut found: HashMap<i64, Arc<Segment>> = HashMap::new();
        let mut missing = Vec::new();
        for listed in &part {
            match self.cache.decoded.get(&listed.segment_id) {
                Some(entry) => drop(found.insert(listed.segment_id, entry.value().clone())),
                None => missing.push(listed.segment_id),
            }
        }
        for (id, segment) in self.fetch(missing).await? {
            self.cache.decoded.insert(id, segment.clone());
            found.insert(id, segment);
        }
        part.iter()
            .map(|listed| {
                let segment = found.remove(&listed.segment_id);
                segment.filter(|segment| segment.account_id() == listed.account_id).ok_or_else(
                    || {
                        self.cache.unreadable().insert(listed.segment_id);
                        corrupt("a segment is missing, or of another account")
                    },
                )
            })
            .collect()
    }

    async fn fetch(&mut self, ids: Vec<i64>) -> Result<Vec<(i64, Arc<Segment>)>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let blocks: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("select segment_id, columns from segment where segment_id = any($1)")
                .bind(ids)
                .fetch_all(&mut *self.tx)
                .await?;
        let cache = self.cache.clone();
        apart(move || {
            let decode = |(id, block): &(i64, Vec<u8>)| {
                let segment = Segment::decode(block).map_err(|error| {
                    cache.unreadable().insert(*id);
                    corrupt(&error.to_string())
                })?;
                Ok((*id, Arc::new(segment)))
            };
            blocks.iter().map(decode).collect()
        })
        .await?
    }
}

/// Runs what keeps a processor busy for milliseconds away from the threads that serve requests.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| corrupt(&error.to_string()))
}

fn corrupt(reason: &str) -> StoreError {
    StoreError::Corrupt { table: "segment", reason: reason.to_owned() }
}
