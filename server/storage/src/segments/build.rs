//! Segments for rows that have none, because an older version of the program wrote them.

use super::{DAY, DAYS_MAX, Place, insert};
use crate::{Database, Result};
use futures::TryStreamExt;
use orgtrail_domain::segment::{Column, ROWS_MAX, Segment, SegmentRow};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

impl Database {
    /// Builds the segments of all days that lack some, and gives back how many days those were.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; days that were built stay built, and the next call goes on.
    pub async fn build_segments(&self) -> Result<u64> {
        let files: Vec<i32> = sqlx::query_scalar(
            "select object_id from log_object where not is_segmented and event_count > 0",
        )
        .fetch_all(self.worker())
        .await?;
        if files.is_empty() {
            return Ok(0);
        }
        let mut built = 0;
        for day in self.days_with_events().await? {
            built += u64::from(self.build_day(day).await?);
        }
        // Only those that were there before the first day was read: files that came since may lack segments.
        sqlx::query("update log_object set is_segmented = true where object_id = any($1)")
            .bind(files)
            .execute(self.worker())
            .await?;
        Ok(built)
    }

    async fn days_with_events(&self) -> Result<Vec<i32>> {
        Ok(sqlx::query_scalar(
            "select day from event_partition, generate_series(low_t / 86400, (high_t - 1) / 86400) as day
             union select floor(t / 86400.0)::int from event_odd order by 1 desc",
        )
        .fetch_all(self.worker())
        .await?)
    }

    /// Builds the segments of a day anew, and of what is merged with it, unless they hold as many rows as there are.
    async fn build_day(&self, day: i32) -> Result<bool> {
        let mut tx = self.worker().begin().await?;
        let (low, high) = merged_with(&mut tx, day).await?;
        // Segments hold no other rows than those in `event`, so equal numbers mean equal rows.
        let is_whole: bool = sqlx::query_scalar(
            "select (select count(*) from event where t >= $1 and t < $2) =
                    (select coalesce(sum(row_count), 0) from segment where day >= $3 and day < $4)",
        )
        .bind(bound(low))
        .bind(bound(high))
        .bind(low)
        .bind(high)
        .fetch_one(&mut *tx)
        .await?;
        if is_whole {
            return Ok(false);
        }
        // Whoever has rows in and isn't committed waits to insert its own segment, or had it in before this lock.
        sqlx::query("lock table segment in share row exclusive mode").execute(&mut *tx).await?;
        let (low, high) = merged_with(&mut tx, day).await?;
        sqlx::query("delete from segment where day >= $1 and day < $2")
            .bind(low)
            .bind(high)
            .execute(&mut *tx)
            .await?;
        for place in places(&mut tx, low, high).await? {
            build(&mut tx, place).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// The days around a day that share segments with it, as a half-open range: a month or a year where there is a merged
/// segment, and the day alone otherwise. Months lie within years, so no segment reaches beyond.
async fn merged_with(tx: &mut PgConnection, day: i32) -> Result<(i32, i32)> {
    Ok(sqlx::query_as(
        "select coalesce(min(day), $1), coalesce(max(day + days), $1 + 1) from segment
         where day <= $1 and day > $1 - $2 and day + days > $1",
    )
    .bind(day)
    .bind(DAYS_MAX)
    .fetch_one(tx)
    .await?)
}

/// The first moment of a day, as index time.
fn bound(day: i32) -> i32 {
    let t = i64::from(day) * i64::from(DAY);
    i32::try_from(t).unwrap_or(if t < 0 { i32::MIN } else { i32::MAX })
}

/// The accounts that have events on the days from `low` to before `high`, day by day.
async fn places(tx: &mut PgConnection, low: i32, high: i32) -> Result<Vec<Place>> {
    let found: Vec<(i32, i32, i32)> = sqlx::query_as(
        "select distinct organization_id, account_id, floor(t / 86400.0)::int from event where t >= $1 and t < $2
         order by 1, 2, 3",
    )
    .bind(bound(low))
    .bind(bound(high))
    .fetch_all(tx)
    .await?;
    Ok(found
        .into_iter()
        .map(|(organization_id, account_id, day)| Place {
            organization_id,
            account_id,
            day,
            days: 1,
        })
        .collect())
}

/// Inserts the segments of one account's day, in parts that fit into memory.
async fn build(tx: &mut PgConnection, place: Place) -> Result<()> {
    let mut rows: Vec<SegmentRow> = Vec::new();
    let mut parts = Vec::new();
    {
        let mut found = sqlx::query(
            "select t, object_id, ordinal, name_id, region_id, principal_id, session_id, ip_id, agent_id, error_id,
                    kind_id, flags
             from event where organization_id = $1 and account_id = $2 and t >= $3 and t < $4",
        )
        .bind(place.organization_id)
        .bind(place.account_id)
        .bind(bound(place.day))
        .bind(bound(place.day + place.days))
        .fetch(&mut *tx);
        while let Some(row) = found.try_next().await? {
            rows.push(read_row(&row)?);
            if rows.len() == ROWS_MAX {
                parts.extend(Segment::from_rows(place.account_id, std::mem::take(&mut rows)));
            }
        }
    }
    parts.extend(Segment::from_rows(place.account_id, rows));
    insert(tx, place, 1, &parts).await
}

/// Reads time, file, ordinal, and the ids in the order of [`Column`].
fn read_row(row: &PgRow) -> Result<SegmentRow> {
    let mut ids = [0; Column::COUNT];
    for (index, id) in ids.iter_mut().enumerate() {
        *id = row.try_get(index + 3)?;
    }
    Ok(SegmentRow { t: row.try_get(0)?, object_id: row.try_get(1)?, ordinal: row.try_get(2)?, ids })
}
