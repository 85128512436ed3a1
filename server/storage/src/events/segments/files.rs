//! Log files, found in segments.

use super::{Reader, SegmentCache, apart, corrupt};
use crate::events::EventFilter;
use crate::events::counts::bounds;
use crate::{Database, Result, Scope};
use orgtrail_shared::time::TimeRange;
use std::collections::BTreeSet;

/// How many rows are looked at before more are fetched.
const PART_ROWS: usize = 1 << 20;

impl Database {
    /// The same files as [`Database::candidate_files`], found in segments; in order.
    ///
    /// # Errors
    ///
    /// As [`Database::count_in_segments`].
    pub async fn files_in_segments(
        &self,
        cache: &SegmentCache,
        scope: &Scope,
        filter: &EventFilter,
        range: TimeRange,
    ) -> Result<Vec<i32>> {
        let conjuncts = filter.conjuncts().map_err(corrupt)?;
        let mut reader = Reader::new(self, cache, scope, bounds(range)).await?;
        let mut found = BTreeSet::new();
        loop {
            let segments = reader.next(PART_ROWS).await?;
            if segments.is_empty() {
                return Ok(found.into_iter().collect());
            }
            let (from, to, conjuncts) = (reader.from, reader.to, conjuncts.clone());
            found = apart(move || {
                for segment in &segments {
                    let selection = segment.select(from, to, &conjuncts);
                    found.extend(segment.files(&selection));
                }
                found
            })
            .await?;
        }
    }
}
