//! Small segments become larger ones: of an hour, of a day, and for accounts with few events of a month and a year.

use super::{DAY, Place, insert};
use crate::{Database, Result, StoreError};
use chrono::{DateTime, Utc};
use orgtrail_domain::record::to_index_time;
use orgtrail_domain::segment::{ROWS_MAX, Segment};
use sqlx::Row;

/// How many groups are looked up at once.
const GROUPS_MAX: usize = 4_000;

/// Segments with more rows are left as they are: merging them would gain nothing.
const LARGE: usize = ROWS_MAX / 2;

/// How many segments are always worth merging: of the running hour, or of a month beside one that is much larger.
const SEGMENTS_LEFT: i64 = 8;

/// What a pass merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MergedSegments {
    /// How many segments went.
    pub before: u64,
    /// How many came instead.
    pub after: u64,
    /// How many were built anew from rows, because one of them can't be read.
    pub rebuilt: u64,
}

/// What is put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Hour,
    Day,
    Month,
    Year,
}

impl Level {
    fn number(self) -> i16 {
        match self {
            Self::Hour => 1,
            Self::Day => 2,
            Self::Month => 3,
            Self::Year => 4,
        }
    }

    /// How long after its end a stretch is merged, in seconds: most late files have come.
    fn after_end(self) -> i32 {
        match self {
            Self::Hour => 0,
            Self::Day => 2 * 3_600,
            Self::Month => 2 * DAY,
            Self::Year => 7 * DAY,
        }
    }

    /// Groups of segments to be merged: `$1` rows of a large one, `$2` the time before which a stretch must have
    /// ended, `$3` groups at the most, `$4` segments that are always worth it.
    ///
    /// A month is merged again when what came since is worth it: a quarter of the largest, or many. So a late file
    /// doesn't write the whole month anew, and each row is written a few times only.
    fn sql(self) -> &'static str {
        match self {
            Self::Hour => {
                "select organization_id, account_id, day as first_day, 1 as days,
                        array_agg(segment_id order by t1, segment_id) as ids,
                        array_agg(row_count order by t1, segment_id) as counts
                 from segment where level < 2 and days = 1 and row_count <= $1
                 group by organization_id, account_id, day, t1 / 3600
                 having count(*) > 1 and count(*) filter (where level = 0) >=
                     case when max(t1) / 3600 < $2 / 3600 then 1 else $4 end
                 order by day desc limit $3"
            }
            Self::Day => {
                "select organization_id, account_id, day as first_day, 1 as days,
                        array_agg(segment_id order by t1, segment_id) as ids,
                        array_agg(row_count order by t1, segment_id) as counts
                 from segment where days = 1 and row_count <= $1 and (day::bigint + 1) * 86400 < $2
                 group by organization_id, account_id, day having count(*) > 1 and $4 > 0
                 order by day desc limit $3"
            }
            Self::Month => {
                "select organization_id, account_id, month - date '2010-01-01' as first_day,
                        (month + interval '1 month')::date - month as days,
                        array_agg(segment_id order by t1, segment_id) as ids,
                        array_agg(row_count order by t1, segment_id) as counts
                 from segment, cast(date_trunc('month', date '2010-01-01' + day) as date) as month
                 where days < 32 and row_count <= $1 and (day::bigint + 1) * 86400 < $2
                 group by organization_id, account_id, month
                 having count(*) >= $4 or count(*) > 1
                     and ((month + interval '1 month')::date - date '2010-01-01')::bigint * 86400 < $2
                     and (sum(row_count) - max(row_count)) * 4 >= max(row_count)
                 order by month desc limit $3"
            }
            Self::Year => {
                "select organization_id, account_id, year - date '2010-01-01' as first_day,
                        (year + interval '1 year')::date - year as days,
                        array_agg(segment_id order by t1, segment_id) as ids,
                        array_agg(row_count order by t1, segment_id) as counts
                 from segment, cast(date_trunc('year', date '2010-01-01' + day) as date) as year
                 where (day::bigint + 1) * 86400 < $2
                 group by organization_id, account_id, year
                 having sum(row_count) <= $1
                     and ((year + interval '1 year')::date - date '2010-01-01')::bigint * 86400 < $2
                     and (count(*) >= $4 or count(*) > 1 and (sum(row_count) - max(row_count)) * 4 >= max(row_count))
                 order by year desc limit $3"
            }
        }
    }
}

/// Segments that are to become one.
struct Group {
    place: Place,
    level: Level,
    ids: Vec<i64>,
    rows: usize,
}

impl Database {
    /// Merges segments of hours, days, months and years that are over. What another process merges at the same time is left to
    /// it: whoever deletes a segment first has it.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; what was merged stays merged.
    pub async fn merge_segments(&self, now: DateTime<Utc>) -> Result<MergedSegments> {
        let now = to_index_time(now.timestamp());
        let mut merged = MergedSegments::default();
        for level in [Level::Hour, Level::Day, Level::Month, Level::Year] {
            loop {
                let groups = self.groups(level, now).await?;
                let mut count = 0;
                for group in &groups {
                    let after = match self.merge_group(group).await {
                        Err(StoreError::Corrupt { reason, .. }) => {
                            tracing::error!(reason, "segments can't be merged, and are built anew");
                            merged.rebuilt += self.rebuild_segment(group.ids[0]).await?;
                            continue;
                        }
                        merged => merged?,
                    };
                    if after > 0 {
                        count += 1;
                        merged.before += group.ids.len() as u64;
                        merged.after += after;
                    }
                }
                // What was left for another time is there again at once, and another process may have been quicker.
                if groups.len() < GROUPS_MAX || count == 0 {
                    break;
                }
            }
        }
        Ok(merged)
    }

    async fn groups(&self, level: Level, now: i32) -> Result<Vec<Group>> {
        let limit = i64::try_from(GROUPS_MAX).unwrap_or(i64::MAX);
        let large = i32::try_from(LARGE).unwrap_or(i32::MAX);
        let rows = sqlx::query(level.sql())
            .bind(large)
            .bind(now.saturating_sub(level.after_end()))
            .bind(limit)
            .bind(SEGMENTS_LEFT)
            .fetch_all(self.worker())
            .await?;
        let mut groups = Vec::with_capacity(rows.len());
        for row in rows {
            let (ids, counts): (Vec<i64>, Vec<i32>) = (row.try_get("ids")?, row.try_get("counts")?);
            let (taken, rows) = fitting(&counts);
            if taken < 2 {
                continue;
            }
            groups.push(Group {
                place: Place {
                    organization_id: row.try_get("organization_id")?,
                    account_id: row.try_get("account_id")?,
                    day: row.try_get("first_day")?,
                    days: row.try_get("days")?,
                },
                level,
                ids: ids[..taken].to_vec(),
                rows,
            });
        }
        Ok(groups)
    }

    /// Merges one group; 0 when somebody else has merged part of it meanwhile.
    async fn merge_group(&self, group: &Group) -> Result<u64> {
        let mut tx = self.worker().begin().await?;
        let blocks: Vec<Vec<u8>> =
            sqlx::query_scalar("delete from segment where segment_id = any($1) returning columns")
                .bind(&group.ids)
                .fetch_all(&mut *tx)
                .await?;
        if blocks.len() != group.ids.len() {
            return Ok(0);
        }
        let account_id = group.place.account_id;
        let merged = tokio::task::spawn_blocking(move || {
            let segments: Result<Vec<Segment>, _> =
                blocks.iter().map(|block| Segment::decode(block)).collect();
            segments.map(|segments| Segment::merge(account_id, &segments))
        })
        .await
        .map_err(|error| corrupt(error.to_string()))?
        .map_err(|error| corrupt(error.to_string()))?
        .ok_or_else(|| corrupt("a segment holds rows of another account".to_owned()))?;
        // A row in two segments would have been counted twice until now. It can't be; it must not pass unseen.
        if merged.iter().map(Segment::len).sum::<usize>() != group.rows {
            return Err(corrupt(format!("a row is in two segments of day {}", group.place.day)));
        }
        insert(&mut tx, group.place, group.level.number(), &merged).await?;
        tx.commit().await?;
        Ok(merged.len() as u64)
    }
}

/// How many of the first segments have no more rows together than one may have, and how many that are.
fn fitting(counts: &[i32]) -> (usize, usize) {
    let mut rows = 0;
    for (index, count) in counts.iter().enumerate() {
        let count = usize::try_from(*count).unwrap_or(ROWS_MAX);
        if rows + count > ROWS_MAX {
            return (index, rows);
        }
        rows += count;
    }
    (counts.len(), rows)
}

fn corrupt(reason: String) -> StoreError {
    StoreError::Corrupt { table: "segment", reason }
}
