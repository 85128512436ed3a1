//! Collection in the background: one process at a time lists a source, and all processes work the queue off.

use super::{JobRunner, LEASE, RENEW_EVERY};
use crate::collect::{PassSummary, Workers, list_source};
use crate::config::JobsConfig;
use crate::services::{Services, SourceSettings};
use orgtrail_storage::Database;
use orgtrail_storage::sources::SourceRow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The job that lists sources.
pub(super) const LIST: &str = "list sources";

/// The job that works the queue off.
pub(super) const COLLECT: &str = "collect sources";

/// How often sources are listed.
const LIST_EVERY: Duration = Duration::from_secs(10);

/// How often the metrics are told how much waits.
const TELL_EVERY: Duration = Duration::from_secs(30);

/// How often the first worker looks for something due; it wakes the next when it has found more than it can take.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often the other workers look by themselves.
const LOOK_ANYWAY_EVERY: Duration = Duration::from_secs(15);

/// The sources that this process lists now.
type Listing = Arc<Mutex<HashSet<i32>>>;

impl JobRunner {
    /// Lists each source in a task of its own, so that a slow one holds up no other.
    pub(super) fn start_listing(&self) {
        let (services, holder) = (self.services.clone(), self.holder);
        let (shutdown, tracker) = (self.shutdown.clone(), self.tracker.clone());
        self.start_gauges();
        self.tracker.spawn(async move {
            let listing = Listing::default();
            let mut ticks = interval(LIST_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
                let sources = match services.database.sources().await {
                    Ok(sources) => sources,
                    Err(error) => {
                        tracing::warn!(%error, "the sources can't be read");
                        continue;
                    }
                };
                for source in sources.into_iter().filter(SourceSettings::is_regular) {
                    if !lock(&listing).insert(source.source_id) {
                        continue;
                    }
                    let (services, listing) = (services.clone(), listing.clone());
                    let shutdown = shutdown.clone();
                    tracker.spawn(async move {
                        list_once(&services, &source, holder, &shutdown).await;
                        lock(&listing).remove(&source.source_id);
                    });
                }
            }
        });
    }

    /// Tells the metrics what is there, as long as the process runs. The queue is counted, so not too often.
    fn start_gauges(&self) {
        let (services, shutdown) = (self.services.clone(), self.shutdown.clone());
        self.tracker.spawn(async move {
            let mut ticks = interval(TELL_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
                if shutdown.run_until_cancelled(note_state(&services)).await.is_none() {
                    return;
                }
            }
        });
    }

    /// Starts the workers of this process.
    pub(super) fn start_workers(&self, config: &JobsConfig) {
        let (services, shutdown, tracker) =
            (self.services.clone(), self.shutdown.clone(), self.tracker.clone());
        let (count, percent) = (config.worker_count(), config.backfill_share);
        self.tracker.spawn(async move {
            let mut ticks = interval(LIST_EVERY);
            let workers = loop {
                if shutdown.run_until_cancelled(ticks.tick()).await.is_none() {
                    return;
                }
                match Workers::new(services.clone(), count, percent).await {
                    Ok(workers) => break Arc::new(workers),
                    Err(error) => {
                        tracing::warn!(
                            error = format!("{error:#}"),
                            "the workers can't be started"
                        );
                    }
                }
            };
            let more = Arc::new(Notify::new());
            let loops: Vec<_> = (0..workers.count())
                .map(|number| {
                    let (services, workers) = (services.clone(), workers.clone());
                    let (more, shutdown) = (more.clone(), shutdown.clone());
                    tracker.spawn(async move {
                        work_until_shutdown(number, &services, &workers, &more, &shutdown).await;
                    })
                })
                .collect();
            futures::future::join_all(loops).await;
            workers.release().await;
        });
    }
}

async fn work_until_shutdown(
    number: usize,
    services: &Services,
    workers: &Workers,
    more: &Notify,
    shutdown: &CancellationToken,
) {
    let mut ticks = interval(if number == 0 { LOOK_EVERY } else { LOOK_ANYWAY_EVERY });
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => {}
            () = more.notified() => {}
        }
        let mut is_busy = true;
        while is_busy {
            let (began_at, started) = (services.clock.now(), Instant::now());
            // What a shutdown interrupts is still in the queue.
            let Some(worked) = shutdown.run_until_cancelled(workers.work()).await else { return };
            is_busy = matches!(worked, Ok(Some(_)));
            if is_busy {
                more.notify_one();
            }
            let noted = worked.map(|summary| summary.as_ref().map(said)).transpose();
            if let Some(noted) = noted {
                note_pass(services, COLLECT, began_at, started, noted).await;
            }
        }
    }
}

fn said(summary: &PassSummary) -> String {
    let PassSummary { files, events, failed, .. } = summary;
    match failed {
        0 => format!("{files} new objects, {events} new events"),
        failed => format!("{files} new objects, {events} new events, {failed} objects wait"),
    }
}

/// Lists a source, if no other process does.
async fn list_once(
    services: &Services,
    source: &SourceRow,
    holder: Uuid,
    shutdown: &CancellationToken,
) {
    let database = &services.database;
    let lease = format!("list source {}", source.source_id);
    match database.take_lease(&lease, holder, services.clock.now(), LEASE).await {
        Ok(true) => {}
        Ok(false) => return,
        Err(error) => {
            tracing::warn!(%error, source.name = %source.name, "the lease can't be taken");
            return;
        }
    }
    let (began_at, started) = (services.clock.now(), Instant::now());
    let renewed = async {
        let mut ticks = interval(RENEW_EVERY);
        loop {
            ticks.tick().await;
            if let Err(error) =
                database.take_lease(&lease, holder, services.clock.now(), LEASE).await
            {
                tracing::warn!(%error, source.name = %source.name, "the lease can't be renewed");
            }
        }
    };
    let listed = tokio::select! {
        listed = list_source(services, source, shutdown) => listed,
        () = renewed => return,
        // Whatever was not listed is listed by the next pass.
        () = shutdown.cancelled() => return,
    };
    // A source that is left alone for a while has had no pass.
    let noted = match listed {
        Ok(None) => return,
        Ok(Some(added)) => Ok(format!("{}: {added} new objects", source.name)),
        Err(error) => Err(error.context(source.name.clone())),
    };
    note_pass(services, LIST, began_at, started, noted).await;
}

async fn note_pass(
    services: &Services,
    name: &'static str,
    began_at: chrono::DateTime<chrono::Utc>,
    started: Instant,
    result: anyhow::Result<String>,
) {
    let duration = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    let text = result.map_err(|error| format!("{error:#}"));
    if let Err(error) = &text {
        metrics::counter!("orgtrail_job_failed_passes_total", "job" => name).increment(1);
        tracing::warn!(job.name = name, %error, "job pass failed");
    }
    let noted = async {
        services.database.begin_pass(name, began_at).await?;
        let text = text.as_ref().map(String::as_str).map_err(String::as_str);
        services.database.end_pass(name, duration, text).await
    };
    if let Err(error) = noted.await {
        tracing::warn!(job.name = name, %error, "the pass could not be noted");
    }
}

/// Tells the metrics how much waits, how old the newest files of each account were, and what comparisons found.
async fn note_state(services: &Services) {
    match services.database.waiting_counts().await {
        Ok(counts) => {
            let waiting: i64 = counts.iter().map(|count| count.waiting).sum();
            #[expect(clippy::cast_precision_loss, reason = "queues are far shorter than 2^52")]
            metrics::gauge!("orgtrail_queue_files").set(waiting as f64);
        }
        Err(error) => tracing::warn!(%error, "the queue can't be counted"),
    }
    match services.database.newest_collected().await {
        Ok(newest) => {
            for (account, _, lag) in newest {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "seconds of lag are far below 2^52"
                )]
                metrics::gauge!("orgtrail_ingest_lag_seconds", "account" => account)
                    .set(lag as f64);
            }
        }
        Err(error) => tracing::warn!(%error, "the lag can't be measured"),
    }
    // One process compares and reads queues, but everyone's metrics tell what came of it.
    if let Err(error) = note_findings(&services.database).await {
        tracing::warn!(%error, "comparisons and queues can't be read");
    }
}

#[expect(clippy::cast_precision_loss, reason = "findings and messages are far fewer than 2^52")]
async fn note_findings(database: &Database) -> orgtrail_storage::Result<()> {
    let names: HashMap<i32, String> = database
        .sources()
        .await?
        .into_iter()
        .filter(SourceSettings::is_regular)
        .map(|source| (source.source_id, source.name))
        .collect();
    for (source_id, last) in database.reconciliations().await? {
        if let Some(name) = names.get(&source_id) {
            metrics::gauge!("orgtrail_reconciliation_findings", "source" => name.clone())
                .set(last.findings().len() as f64);
        }
    }
    for (_, reading) in database.queue_readings().await? {
        let Some(state) = reading.state else { continue };
        if let Some(count) = state.dead_letters {
            metrics::gauge!("orgtrail_dead_letters", "queue" => state.url).set(count as f64);
        }
    }
    Ok(())
}

fn lock(listing: &Mutex<HashSet<i32>>) -> std::sync::MutexGuard<'_, HashSet<i32>> {
    listing.lock().unwrap_or_else(PoisonError::into_inner)
}
