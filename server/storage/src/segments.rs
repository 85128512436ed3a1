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
    let segments: Vec<(Place, Segment)> = places
        .into_iter()
        .flat_map(|(place, rows)| {
            let segments = Segment::from_rows(place.account_id, rows);
            segments.into_iter().map(move |segment| (place, segment))
        })
        .collect();
    insert_all(tx, 0, segments.iter().map(|(place, segment)| (*place, segment))).await
}

/// Inserts segments of one account and stretch.
async fn insert(
    tx: &mut PgConnection,
    place: Place,
    level: i16,
    segments: &[Segment],
) -> Result<()> {
    insert_all(tx, level, segments.iter().map(|segment| (place, segment))).await
}

/// Inserts segments in one statement.
async fn insert_all(
    tx: &mut PgConnection,
    level: i16,
    segments: impl Iterator<Item = (Place, &Segment)>,
) -> Result<()> {
    let (mut places, mut times, mut counts, mut columns) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, segment) in segments {
        let Some(found) = segment.times() else { continue };
        places.push(place);
        times.push(found);
        counts.push(i32::try_from(segment.len()).unwrap_or(i32::MAX));
        columns.push(segment.encode());
    }
    if places.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into segment (organization_id, account_id, day, days, level, t0, t1, row_count, columns)
         select organization_id, account_id, day, days, $4, t0, t1, row_count, columns
         from unnest($1::int[], $2::int[], $3::int[], $5::int[], $6::int[], $7::int[], $8::bytea[], $9::int[])
              as new (organization_id, account_id, day, t0, t1, row_count, columns, days)",
    )
    .bind(places.iter().map(|place| place.organization_id).collect::<Vec<_>>())
    .bind(places.iter().map(|place| place.account_id).collect::<Vec<_>>())
    .bind(places.iter().map(|place| place.day).collect::<Vec<_>>())
    .bind(level)
    .bind(times.iter().map(|(oldest, _)| *oldest).collect::<Vec<_>>())
    .bind(times.iter().map(|(_, newest)| *newest).collect::<Vec<_>>())
    .bind(counts)
    .bind(columns)
    .bind(places.iter().map(|place| place.days).collect::<Vec<_>>())
    .execute(&mut *tx)
    .await?;
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
