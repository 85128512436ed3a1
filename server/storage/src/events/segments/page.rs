//! Pages whose places are found in segments, and whose rows are then read by place.

use super::{Reader, SegmentCache, apart, corrupt};
use crate::events::counts::bounds;
use crate::events::page::{page_of_places, read_hit};
use crate::events::{EventFilter, EventHit};
use crate::{Database, Result, Scope};
use orgtrail_domain::record::to_index_time;
use orgtrail_domain::segment::{Place, SegmentRow};
use orgtrail_shared::page::EventPosition;
use orgtrail_shared::time::TimeRange;

/// How many rows are looked at first; each further part is larger.
const FIRST_PART: usize = 1 << 14;

/// How large a part gets.
const PART_MAX: usize = 1 << 20;

impl Database {
    /// The same page as [`Database::events_page`], found in segments.
    ///
    /// # Errors
    ///
    /// As [`Database::count_in_segments`].
    pub async fn page_in_segments(
        &self,
        cache: &SegmentCache,
        scope: &Scope,
        filter: &EventFilter,
        range: TimeRange,
        after: Option<EventPosition>,
        rows: u32,
    ) -> Result<Vec<EventHit>> {
        let conjuncts = filter.conjuncts().map_err(corrupt)?;
        let limit = rows as usize;
        let after = after.map(|after| Place {
            t: to_index_time(after.seconds),
            object_id: after.file,
            ordinal: after.ordinal,
        });
        let (from, mut to) = bounds(range);
        if let Some(after) = after {
            to = to.min(after.t.saturating_add(1));
        }
        let mut reader = Reader::new(self, cache, scope, (from, to)).await?;
        let mut found: Vec<SegmentRow> = Vec::new();
        let mut part = FIRST_PART;
        loop {
            // What was not read yet may still lie before the last row found, if it begins at the same second.
            let is_full = found.len() >= limit
                && found.last().is_none_or(|last| reader.next_newest().is_none_or(|t| t < last.t));
            let segments = if is_full { Vec::new() } else { reader.next(part).await? };
            if segments.is_empty() {
                break;
            }
            let (from, to, conjuncts) = (reader.from, reader.to, conjuncts.clone());
            found = apart(move || {
                for segment in &segments {
                    let selection = segment.select(from, to, &conjuncts);
                    let page = segment.page(&selection, after, limit);
                    found.extend(page.into_iter().map(|row| segment.row(row)));
                }
                found.sort_unstable_by_key(|row| std::cmp::Reverse(row.place()));
                found.truncate(limit);
                found
            })
            .await?;
            part = (part * 4).min(PART_MAX);
        }
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let hits = page_of_places(&found).build().fetch_all(&mut *reader.tx).await?;
        if hits.len() != found.len() {
            return Err(corrupt("a row of a segment is not in the index"));
        }
        hits.iter().map(read_hit).collect()
    }
}
