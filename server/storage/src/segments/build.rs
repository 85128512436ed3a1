//! Segments made from rows: of files that have none, because an older version of the program took them in, and of
//! stretches of which a stored segment can't be read.

use super::{DAY, DAYS_MAX, Place, insert};
use crate::{Database, Result};
use futures::TryStreamExt;
use orgtrail_domain::segment::{Column, ROWS_MAX, Segment, SegmentRow};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{PgConnection, Postgres, Row};

/// How many files get their segments in one transaction.
const FILES_AT_ONCE: i64 = 2_000;

impl Database {
    /// Builds the segments of all files that lack them, and gives back how many files those were.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; files that were built stay built, and the next call goes on.
    pub async fn build_segments(&self) -> Result<u64> {
        let mut built = 0;
        loop {
            let mut tx = self.worker().begin().await?;
            // Whoever marks a file builds it: another process takes others.
            let files: Vec<i32> = sqlx::query_scalar(
                "update log_object set is_segmented = true where object_id in (
                     select object_id from log_object where not is_segmented and event_count > 0
                     order by object_id limit $1 for update skip locked)
                 returning object_id",
            )
            .bind(FILES_AT_ONCE)
            .fetch_all(&mut *tx)
            .await?;
            if files.is_empty() {
                return Ok(built);
            }
            let rows = sqlx::query(
                "select t, object_id, ordinal, name_id, region_id, principal_id, session_id, ip_id, agent_id,
                        error_id, kind_id, flags, organization_id, account_id
                 from event where object_id = any($1)
                 order by organization_id, account_id, floor(t / 86400.0)",
            );
            build(&mut tx, rows.bind(&files)).await?;
            tx.commit().await?;
            built += files.len() as u64;
        }
    }

    /// Builds anew what a segment holds, and all that is merged around it. Gives back how many segments were replaced;
    /// none when there is no such segment any more.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`]; nothing was changed.
    pub async fn rebuild_segment(&self, segment_id: i64) -> Result<u64> {
        let mut tx = self.worker().begin().await?;
        // Whoever has rows in and isn't committed waits to insert its own segment, or had it in before this lock.
        sqlx::query("lock table segment in share row exclusive mode").execute(&mut *tx).await?;
        // Months lie within years, so what shares days with a segment lies within the largest that does.
        let found: Option<(i32, i32, i32, i32)> = sqlx::query_as(
            "select broken.organization_id, broken.account_id, min(around.day), max(around.day + around.days)
             from segment broken join segment around
               on around.organization_id = broken.organization_id and around.account_id = broken.account_id
              and around.day > broken.day - $2 and around.day < broken.day + broken.days
              and around.day + around.days > broken.day
             where broken.segment_id = $1 group by 1, 2",
        )
        .bind(segment_id)
        .bind(DAYS_MAX)
        .fetch_optional(&mut *tx)
        .await?;
        let Some((organization_id, account_id, low, high)) = found else { return Ok(0) };
        let gone = sqlx::query(
            "delete from segment where organization_id = $1 and account_id = $2 and day >= $3 and day < $4",
        )
        .bind(organization_id)
        .bind(account_id)
        .bind(low)
        .bind(high)
        .execute(&mut *tx)
        .await?;
        // Files without segments get theirs from `build_segments`.
        let rows = sqlx::query(
            "select t, object_id, ordinal, name_id, region_id, principal_id, session_id, ip_id, agent_id,
                    error_id, kind_id, flags, organization_id, account_id
             from event where organization_id = $1 and account_id = $2 and t >= $3 and t < $4
               and not exists (select from log_object o where o.object_id = event.object_id and not o.is_segmented)
             order by floor(t / 86400.0)",
        );
        let rows = rows.bind(organization_id).bind(account_id).bind(bound(low)).bind(bound(high));
        build(&mut tx, rows).await?;
        tx.commit().await?;
        Ok(gone.rows_affected())
    }
}

/// The first moment of a day, as index time.
fn bound(day: i32) -> i32 {
    let t = i64::from(day) * i64::from(DAY);
    i32::try_from(t).unwrap_or(if t < 0 { i32::MIN } else { i32::MAX })
}

/// Inserts the segments of rows that come in the order of their places, in parts that fit into memory.
async fn build(tx: &mut PgConnection, rows: Query<'_, Postgres, PgArguments>) -> Result<()> {
    let mut ready: Vec<(Place, Segment)> = Vec::new();
    {
        let mut gathered: Option<(Place, Vec<SegmentRow>)> = None;
        let mut found = rows.fetch(&mut *tx);
        while let Some(row) = found.try_next().await? {
            let (place, row) = read_row(&row)?;
            match &mut gathered {
                Some((known, rows)) if *known == place && rows.len() < ROWS_MAX => rows.push(row),
                _ => {
                    if let Some((place, rows)) = gathered.replace((place, vec![row])) {
                        ready.extend(of_place(place, rows));
                    }
                }
            }
        }
        if let Some((place, rows)) = gathered {
            ready.extend(of_place(place, rows));
        }
    }
    for (place, segment) in ready {
        insert(tx, place, 1, std::slice::from_ref(&segment)).await?;
    }
    Ok(())
}

fn of_place(place: Place, rows: Vec<SegmentRow>) -> impl Iterator<Item = (Place, Segment)> {
    let segments = Segment::from_rows(place.account_id, rows);
    segments.into_iter().map(move |segment| (place, segment))
}

/// Reads time, file, ordinal, the ids in the order of [`Column`], and whose it is.
fn read_row(row: &PgRow) -> Result<(Place, SegmentRow)> {
    let mut ids = [0; Column::COUNT];
    for (index, id) in ids.iter_mut().enumerate() {
        *id = row.try_get(index + 3)?;
    }
    let (t, object_id, ordinal): (i32, i32, i32) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let place = Place {
        organization_id: row.try_get("organization_id")?,
        account_id: row.try_get("account_id")?,
        day: t.div_euclid(DAY),
        days: 1,
    };
    Ok((place, SegmentRow { t, object_id, ordinal, ids }))
}
