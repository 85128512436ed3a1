//! Jobs and sources, for operators.

use super::OPERATORS;
use crate::access::Caller;
use crate::jobs::JOBS;
use crate::search::internal;
use crate::services::Services;
use orgtrail_shared::console::{ConsoleError, JobStatus, Operations, SourceStatus};
use orgtrail_storage::sources::SourceRow;
use std::collections::HashMap;

/// Jobs and sources, for the roles of [`OPERATORS`].
///
/// # Errors
///
/// [`ConsoleError::Forbidden`] for other roles, [`ConsoleError::Internal`].
pub async fn operations(services: &Services, caller: &Caller) -> Result<Operations, ConsoleError> {
    caller.require(&OPERATORS, "this shows jobs and log sources and")?;
    let passes = services.database.job_passes().await.map_err(internal)?;
    // Jobs work for all organizations: what a pass says of the others is not for this one.
    let is_shared = services.database.organizations().await.map_err(internal)?.len() > 1;
    let of_all = |text: String, instead: &str| if is_shared { instead.to_owned() } else { text };
    let jobs = JOBS.iter().map(|(name, purpose)| {
        let pass = passes.iter().find(|pass| pass.name == *name);
        JobStatus {
            name: (*name).to_owned(),
            purpose: (*purpose).to_owned(),
            started_at: pass.map(|pass| pass.started_at),
            duration_ms: pass.and_then(|pass| pass.duration_ms),
            summary: of_all(pass.map(|pass| pass.summary.clone()).unwrap_or_default(), ""),
            error: pass
                .and_then(|pass| pass.error.clone())
                .map(|error| of_all(error, "the pass failed; the log says why")),
            failed_passes: pass.map_or(0, |pass| pass.failed_passes),
        }
    });
    let counts: HashMap<i32, i64> =
        services.database.source_counts().await.map_err(internal)?.into_iter().collect();
    let mut compared: HashMap<_, _> =
        services.database.reconciliations().await.map_err(internal)?.into_iter().collect();
    let mut queues: HashMap<_, _> =
        services.database.queue_readings().await.map_err(internal)?.into_iter().collect();
    let sources = services.database.sources().await.map_err(internal)?;
    let is_own = |source: &SourceRow| source.organization_id == caller.scope.organization_id;
    let sources = sources.into_iter().filter(is_own).map(|source| SourceStatus {
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
        reconciliation: compared.remove(&source.source_id),
        notifications: queues.remove(&source.source_id),
        name: source.name,
    });
    Ok(Operations { jobs: jobs.collect(), sources: sources.collect() })
}
