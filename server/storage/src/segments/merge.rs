//! Small segments become larger ones: of an hour, then of a day.

use super::{Place, insert};
use crate::{Database, Result, StoreError};
use chrono::{DateTime, Utc};
use orgtrail_domain::record::to_index_time;
use orgtrail_domain::segment::{ROWS_MAX, Segment};
use sqlx::Row;

/// How many groups one pass merges; the next pass goes on.
const GROUPS_MAX: i64 = 500;

/// Segments with more rows are left as they are: merging them would gain nothing.
const LARGE: usize = ROWS_MAX / 2;

/// How many segments of batches the running hour collects before they are merged.
const BATCHES: i64 = 8;

/// How long after its end a day's segments are merged, in seconds: most late files have come.
const AFTER_DAY: i32 = 2 * 3_600;

/// What a pass merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MergedSegments {
    /// How many segments went.
    pub before: u64,
    /// How many came instead.
    pub after: u64,
}

/// Segments that are to become one.
struct Group {
    place: Place,
    level: i16,
    ids: Vec<i64>,
    rows: usize,
}

impl Database {
    /// Merges segments of hours, then of days that are over. What another process merges at the same time is left to
    /// it: whoever deletes a segment first has it.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; what was merged stays merged.
    pub async fn merge_segments(&self, now: DateTime<Utc>) -> Result<MergedSegments> {
        let now = to_index_time(now.timestamp());
        let mut merged = MergedSegments::default();
        for level in [1, 2] {
            for group in self.groups(level, now).await? {
                let after = self.merge_group(&group).await?;
                if after > 0 {
                    merged.before += group.ids.len() as u64;
                    merged.after += after;
                }
            }
        }
        Ok(merged)
    }

    async fn groups(&self, level: i16, now: i32) -> Result<Vec<Group>> {
        let sql = if level == 1 {
            "select organization_id, account_id, day, array_agg(segment_id order by t1, segment_id) as ids,
                    array_agg(row_count order by t1, segment_id) as counts
             from segment where level < 2 and row_count <= $1
             group by 1, 2, 3, t1 / 3600
             having count(*) > 1 and count(*) filter (where level = 0) >=
                 case when max(t1) / 3600 < $2 / 3600 then 1 else $4 end
             order by 3 desc limit $3"
        } else {
            "select organization_id, account_id, day, array_agg(segment_id order by t1, segment_id) as ids,
                    array_agg(row_count order by t1, segment_id) as counts
             from segment where row_count <= $1 and (day::bigint + 1) * 86400 < $2
             group by 1, 2, 3 having count(*) >= $4
             order by 3 desc limit $3"
        };
        let (before, least) =
            if level == 1 { (now, BATCHES) } else { (now.saturating_sub(AFTER_DAY), 2) };
        let rows = sqlx::query(sql)
            .bind(i32::try_from(LARGE).unwrap_or(i32::MAX))
            .bind(before)
            .bind(GROUPS_MAX)
            .bind(least)
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
                    day: row.try_get("day")?,
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
        let merged = tokio::task::spawn_blocking(move || {
            let segments: Result<Vec<Segment>, _> =
                blocks.iter().map(|block| Segment::decode(block)).collect();
            segments.map(|segments| Segment::merge(&segments))
        })
        .await
        .map_err(|error| corrupt(error.to_string()))?
        .map_err(|error| corrupt(error.to_string()))?;
        // A row in two segments would have been counted twice until now. It can't be; it must not pass unseen.
        if merged.iter().map(Segment::len).sum::<usize>() != group.rows {
            return Err(corrupt(format!("a row is in two segments of day {}", group.place.day)));
        }
        insert(&mut tx, group.place, group.level, &merged).await?;
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
