//! What there is of segments and bitmaps, for operators.

use crate::{Database, Result};

/// How much of the index is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexCounts {
    /// Log files with events.
    pub files: i64,
    /// Those of them without segments.
    pub without_segments: i64,
    /// Those of them without a bitmap of grams.
    pub without_bitmaps: i64,
    /// By level: its number, segments, events, compressed bytes.
    pub levels: Vec<(i16, i64, i64, i64)>,
}

impl Database {
    /// Counts what the index of an organization holds.
    ///
    /// # Errors
    ///
    /// [`crate::StoreError::Database`].
    pub async fn index_counts(&self, organization_id: i32) -> Result<IndexCounts> {
        let (files, without_segments, without_bitmaps) = sqlx::query_as(
            "select count(*), count(*) filter (where not is_segmented),
                    count(*) filter (where grams.object_id is null)
             from log_object
             left join object_grams as grams on grams.object_id = log_object.object_id and grams.stop_set >= $2
             where log_object.organization_id = $1 and event_count > 0",
        )
        .bind(organization_id)
        .bind(orgtrail_domain::grams::VERSION)
        .fetch_one(self.worker())
        .await?;
        let levels = sqlx::query_as(
            "select level, count(*), sum(row_count)::bigint, sum(length(columns))::bigint
             from segment where organization_id = $1 group by level order by level",
        )
        .bind(organization_id)
        .fetch_all(self.worker())
        .await?;
        Ok(IndexCounts { files, without_segments, without_bitmaps, levels })
    }
}
