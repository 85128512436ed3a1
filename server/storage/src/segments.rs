//! Column segments beside the rows: written with them, merged, and built for files that have none.
//!
//! The rows of `event` only ever grow, and a segment is inserted in the transaction of its rows. So segments hold no
//! row that isn't in `event`; and all of them, unless a file is marked as not segmented.

mod build;
mod merge;
mod state;

pub use merge::MergedSegments;
pub use state::IndexCounts;

use crate::log_objects::NewObject;
use crate::{Database, Result};
use orgtrail_domain::segment::{Segment, SegmentRow};
use sqlx::PgConnection;
use std::collections::BTreeMap;

/// Seconds of a day of index time.
pub(crate) const DAY: i32 = 86_400;

/// The longest stretch of a segment, in days: a leap year.
pub(crate) const DAYS_MAX: i32 = 366;

/// Whose rows, and of which days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) organization_id: i32,
    pub(crate) account_id: i32,
    /// The first day.
    pub(crate) day: i32,
    /// How many days: one, a month, or a year.
    pub(crate) days: i32,
}

/// Inserts the segments of a batch's new events: one for each account and day, or more when it is very large.
pub(crate) async fn insert_batch(tx: &mut PgConnection, fresh: &[(&NewObject, i32)]) -> Result<()> {
    let mut places: BTreeMap<Place, Vec<SegmentRow>> = BTreeMap::new();
    for (object, object_id) in fresh {
        for event in &object.events {
            let place = Place {
                organization_id: object.organization_id,
                account_id: event.account_id,
                day: event.t.div_euclid(DAY),
                days: 1,
            };
            places.entry(place).or_default().push(event.segment_row(*object_id));
        }
    }
    for (place, rows) in places {
        insert(tx, place, 0, &Segment::from_rows(place.account_id, rows)).await?;
    }
    Ok(())
}

/// Inserts segments of one account and stretch.
async fn insert(
    tx: &mut PgConnection,
    place: Place,
    level: i16,
    segments: &[Segment],
) -> Result<()> {
    for segment in segments {
        let Some((oldest, newest)) = segment.times() else { continue };
        sqlx::query(
            "insert into segment (organization_id, account_id, day, days, level, t0, t1, row_count, columns)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(place.organization_id)
        .bind(place.account_id)
        .bind(place.day)
        .bind(place.days)
        .bind(level)
        .bind(oldest)
        .bind(newest)
        .bind(i32::try_from(segment.len()).unwrap_or(i32::MAX))
        .bind(segment.encode())
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

impl Database {
    /// Whether every event is in a segment. It isn't while files are left that an older version took in.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn is_segmented(&self) -> Result<bool> {
        Ok(sqlx::query_scalar(
            "select not exists (select from log_object where not is_segmented and event_count > 0)",
        )
        .fetch_one(self.worker())
        .await?)
    }
}

#[cfg(test)]
mod tests;
