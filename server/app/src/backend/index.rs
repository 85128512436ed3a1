//! The index, for operators.

use crate::search::internal;
use crate::services::Services;
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::index::{IndexState, SegmentLevel};

/// What the index of an organization holds, and how it answered.
pub(super) async fn index_state(
    services: &Services,
    organization_id: i32,
) -> Result<IndexState, ConsoleError> {
    let counts = services.database.index_counts(organization_id).await.map_err(internal)?;
    let levels = counts.levels.into_iter().map(|(level, segments, events, bytes)| SegmentLevel {
        level: match level {
            0 => "batch",
            1 => "hour",
            2 => "day",
            3 => "month",
            _ => "year",
        }
        .to_owned(),
        segments: segments.unsigned_abs(),
        events: events.unsigned_abs(),
        bytes: bytes.unsigned_abs(),
    });
    Ok(IndexState {
        files: counts.files.unsigned_abs(),
        files_without_segments: counts.without_segments.unsigned_abs(),
        files_without_bitmaps: counts.without_bitmaps.unsigned_abs(),
        segments: levels.collect(),
        remembered_bytes: services.segments.used_bytes() as u64,
        answers: services.answers.of(organization_id),
    })
}
