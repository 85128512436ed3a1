//! Jobs and sources, for operators.

use crate::jobs::JOBS;
use crate::search::internal;
use crate::services::Services;
use orgtrail_shared::console::{ConsoleError, JobStatus, Operations, SourceStatus};
use std::collections::HashMap;

pub(super) async fn operations(services: &Services) -> Result<Operations, ConsoleError> {
    let passes = services.database.job_passes().await.map_err(internal)?;
    let jobs = JOBS.iter().map(|(name, purpose)| {
        let pass = passes.iter().find(|pass| pass.name == *name);
        JobStatus {
            name: (*name).to_owned(),
            purpose: (*purpose).to_owned(),
            started_at: pass.map(|pass| pass.started_at),
            duration_ms: pass.and_then(|pass| pass.duration_ms),
            summary: pass.map(|pass| pass.summary.clone()).unwrap_or_default(),
            error: pass.and_then(|pass| pass.error.clone()),
            failed_passes: pass.map_or(0, |pass| pass.failed_passes),
        }
    });
    let counts: HashMap<i32, i64> =
        services.database.source_counts().await.map_err(internal)?.into_iter().collect();
    let sources = services.database.sources().await.map_err(internal)?.into_iter().map(|source| {
        SourceStatus {
            location: match source.kind.as_str() {
                "s3" => format!("s3://{}/{}", source.bucket, source.prefix),
                "directory" => source.bucket.clone(),
                _ => "imported by hand".to_owned(),
            },
            files: counts.get(&source.source_id).copied().unwrap_or(0).unsigned_abs(),
            waiting: source.waiting.unsigned_abs(),
            listed_at: source.listed_at,
            error: source.error,
            foreign_objects: source.foreign_objects.unsigned_abs(),
            name: source.name,
        }
    });
    Ok(Operations { jobs: jobs.collect(), sources: sources.collect() })
}
