//! Jobs, sources, and what waits or fails, for operators.

use super::index::index_state;
use crate::access::Caller;
use crate::audit::{Deed, SOURCE, attempt};
use crate::jobs::JOBS;
use crate::search::internal;
use crate::services::{Services, SourceSettings};
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_domain::collection::{EVIDENCE_DAYS, ends_at, month_of, window_days};
use orgtrail_shared::authorization::Action;
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::notifications::QueueReading;
use orgtrail_shared::operations::{
    BackfillStatus, JobStatus, Lateness, Operations, Skipped, SourceStatus, Trouble, TroubleStatus,
};
use orgtrail_shared::reconciliation::LastReconciliation;
use orgtrail_storage::Result as StoreResult;
use orgtrail_storage::sources::SourceRow;
use orgtrail_storage::waiting::{
    BackfillCount, During, SourceTrouble, WaitingCount, WaitingTrouble,
};
use serde_json::json;
use std::collections::HashMap;

/// From how long a time the pace of a backfill is taken.
const PACE: TimeDelta = TimeDelta::minutes(15);

/// How many prefixes in trouble are shown one by one.
const PREFIXES: usize = 50;

/// Jobs and sources, for those who may see them.
///
/// # Errors
///
/// [`ConsoleError::Forbidden`] for others, [`ConsoleError::Internal`].
pub async fn operations(services: &Services, caller: &Caller) -> Result<Operations, ConsoleError> {
    let what = "this shows jobs and log sources and";
    let may = async { caller.require(services, Action::ViewOperations, what) };
    attempt(services, caller, &Deed::read("GetOperations", json!({})), may).await?;
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
    let sources = source_states(services, caller.scope.organization_id).await.map_err(internal)?;
    let index = index_state(services, caller.scope.organization_id).await?;
    Ok(Operations { jobs: jobs.collect(), sources, index })
}

/// What is known of the sources of an organization.
///
/// # Errors
///
/// [`orgtrail_storage::StoreError::Database`].
pub(crate) async fn source_states(
    services: &Services,
    organization_id: i32,
) -> StoreResult<Vec<SourceStatus>> {
    let now = services.clock.now();
    let known = Known::load(services, now).await?;
    let sources = services.database.sources().await?;
    let own = sources.into_iter().filter(|source| source.organization_id == organization_id);
    Ok(own.map(|source| known.status(source, now)).collect())
}

/// What is known of all sources.
struct Known {
    files: HashMap<i32, i64>,
    waiting: Vec<WaitingCount>,
    backfills: Vec<BackfillCount>,
    lateness: Vec<(i32, i32, i64)>,
    waiting_troubles: Vec<WaitingTrouble>,
    source_troubles: Vec<SourceTrouble>,
    reconciliations: HashMap<i32, LastReconciliation>,
    queues: HashMap<i32, QueueReading>,
}

impl Known {
    async fn load(services: &Services, now: DateTime<Utc>) -> StoreResult<Self> {
        let database = &services.database;
        Ok(Self {
            files: database.source_counts().await?.into_iter().collect(),
            waiting: database.waiting_counts().await?,
            backfills: database.backfill_counts(now - PACE).await?,
            lateness: database.lateness(now - TimeDelta::days(EVIDENCE_DAYS)).await?,
            waiting_troubles: database.waiting_troubles().await?,
            source_troubles: database.source_troubles(None).await?,
            reconciliations: database.reconciliations().await?.into_iter().collect(),
            queues: database.queue_readings().await?.into_iter().collect(),
        })
    }

    fn status(&self, source: SourceRow, now: DateTime<Utc>) -> SourceStatus {
        let id = source.source_id;
        let late = self.lateness.iter().filter(|(source, ..)| *source == id);
        let late: Vec<(i64, i64)> =
            late.map(|(_, days, files)| (i64::from(*days), *files)).collect();
        let waiting = self.waiting.iter().find(|count| count.source_id == id);
        let is_regular = SourceSettings::is_regular(&source);
        SourceStatus {
            location: match source.kind.as_str() {
                "s3" => format!("s3://{}/{}", source.bucket, source.prefix),
                "directory" => source.bucket.clone(),
                _ if source.name == SOURCE => "what is done in orgtrail itself".to_owned(),
                _ => "imported by hand".to_owned(),
            },
            files: self.files.get(&id).copied().unwrap_or(0).unsigned_abs(),
            waiting: waiting.map_or(0, |count| count.waiting.unsigned_abs()),
            waiting_since: waiting.and_then(|count| count.oldest_new),
            listed_at: source.listed_at,
            everything_listed_at: source.everything_listed_at,
            window_days: if is_regular { window_days(&late).unsigned_abs() } else { 0 },
            is_regular,
            has_queue: is_regular
                && SourceSettings::of(&source).is_ok_and(|own| own.queue_url.is_some()),
            lateness: late
                .iter()
                .map(|(days, files)| Lateness {
                    days: days.unsigned_abs(),
                    files: files.unsigned_abs(),
                })
                .collect(),
            backfill: self.backfill(&source, now),
            troubles: self.troubles(id),
            skipped: skipped(&source),
            reconciliation: self.reconciliations.get(&id).cloned(),
            notifications: self.queues.get(&id).cloned(),
            error: source.error,
            foreign_objects: source.foreign_objects.unsigned_abs(),
            name: source.name,
        }
    }

    fn backfill(&self, source: &SourceRow, now: DateTime<Utc>) -> Option<BackfillStatus> {
        let count = self.backfills.iter().find(|count| count.source_id == source.source_id)?;
        let waiting = count.waiting.unsigned_abs();
        let is_paused = source.is_backfill_paused;
        // A backfill that has just begun has a pace, too.
        let within = source.backfill_began_at.map_or(PACE, |began| (now - began).min(PACE));
        let end = ends_at(waiting, count.done.unsigned_abs(), within, now);
        Some(BackfillStatus {
            waiting,
            found: source.backfill_found.unsigned_abs().max(waiting),
            month: month_of(count.newest),
            oldest_month: month_of(count.oldest),
            is_paused,
            ends_at: end.filter(|_| !is_paused),
        })
    }

    /// The troubles of a source: first those of all of it, then of prefixes, then of objects.
    fn troubles(&self, source_id: i32) -> Vec<TroubleStatus> {
        let of_source = self.source_troubles.iter().filter(|one| one.source_id == source_id);
        let (prefixes, whole): (Vec<_>, Vec<_>) =
            of_source.partition(|one| one.during == During::Listing.name());
        let more = prefixes.len().saturating_sub(PREFIXES);
        let mut shown: Vec<TroubleStatus> =
            whole.into_iter().chain(prefixes.into_iter().take(PREFIXES)).map(of_place).collect();
        if let (true, Some(last)) = (more > 0, shown.last_mut()) {
            last.concerns = format!("{} and {more} more", last.concerns);
        }
        let of_objects = self.waiting_troubles.iter().filter(|one| one.source_id == source_id);
        shown.extend(of_objects.map(of_waiting));
        shown
    }
}

/// What is there, or was, and is not read.
fn skipped(source: &SourceRow) -> Vec<Skipped> {
    let vanished = source.vanished_objects.unsigned_abs();
    let vanished = (vanished > 0).then(|| Skipped {
        what: "objects that were deleted before they could be read".to_owned(),
        count: vanished,
    });
    let known = source.skipped.0.iter();
    let known = known.map(|(what, count)| Skipped { what: what.clone(), count: *count });
    known.chain(vanished).collect()
}

fn of_place(one: &SourceTrouble) -> TroubleStatus {
    let kind = Trouble::of_name(&one.trouble);
    let is = |during: During| one.during == during.name();
    TroubleStatus {
        kind,
        concerns: if is(During::Source) {
            "the whole source can't be listed".to_owned()
        } else if is(During::Fetching) {
            "fetching from the source rests".to_owned()
        } else if one.prefix.is_empty() {
            "the listing of the bucket's root".to_owned()
        } else {
            format!("the listing of {}", one.prefix)
        },
        reason: one.reason.clone(),
        objects: None,
        attempts: u64::from(one.attempts.unsigned_abs()),
        next_attempt_at: Some(one.next_attempt_at),
        advice: kind.advice().to_owned(),
    }
}

fn of_waiting(one: &WaitingTrouble) -> TroubleStatus {
    let kind = Trouble::of_name(&one.trouble);
    TroubleStatus {
        kind,
        concerns: match one.objects {
            1 => one.key.clone(),
            objects => format!("{} and {} more", one.key, objects - 1),
        },
        reason: one.reason.clone(),
        objects: Some(one.objects.unsigned_abs()),
        attempts: u64::from(one.attempts.unsigned_abs()),
        next_attempt_at: Some(one.next_attempt_at),
        advice: kind.advice().to_owned(),
    }
}
