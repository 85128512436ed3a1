//! Background jobs: idempotent, without input, one runner at a time over all processes.

mod collecting;

use crate::audit::deliver_acts;
use crate::config::JobsConfig;
use crate::grams;
use crate::installation::Installation;
use crate::notifications::{Patience, read_notifications};
use crate::reconcile::reconcile_due;
use crate::services::Services;
use crate::verification::verify_due_chains;
use chrono::TimeDelta;
use orgtrail_objectstore::ObjectStore;
use orgtrail_storage::database::ConnectOptions;
use std::future::Future;
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// The job that reads the organization from AWS.
pub const FOLLOW: &str = "follow organization";

/// Every job with its purpose, as operators see them.
pub const JOBS: [(&str, &str); 11] = [
    (
        collecting::LIST,
        "Lists the log sources, each by one process at a time, and puts what is new into the queue.",
    ),
    (
        collecting::COLLECT,
        "Takes what is due from the queue, in all processes at once: fetches, archives and indexes it.",
    ),
    (
        "read notifications",
        "Listens to the queues that tell of new objects, and takes those in at once.",
    ),
    (
        "reconcile sources",
        "Compares all that is in each log source with the index and the archive, once a day, and takes in what is missing.",
    ),
    ("verify chains", "Walks digest chains that have something new, and stores what they prove."),
    (
        "merge segments",
        "Puts the column segments of an hour, a day, a month or a year together, and builds those that are missing.",
    ),
    (
        "build bitmaps",
        "Makes bitmaps of grams for files that an older version took in, so that free text needn't read them.",
    ),
    (
        FOLLOW,
        "Keeps the organization in step with AWS Organizations; runs with --organization-from-aws only.",
    ),
    (
        "deliver own events",
        "Makes events of what is done in orgtrail itself: log files of the accounts that did it.",
    ),
    (
        "tidy up",
        "Freezes partitions of days that are over, forgets ended sessions, gives up abandoned uploads, removes \
         orphaned blobs.",
    ),
    ("deliver sample", "Simulates the sample organization's trail; runs in the demo only."),
];

/// How long a lease lasts without being renewed.
const LEASE: TimeDelta = TimeDelta::seconds(60);

/// How often the journal is looked at.
const JOURNAL_EVERY: Duration = Duration::from_secs(10);

/// How often a running job renews its lease.
const RENEW_EVERY: Duration = Duration::from_secs(15);

/// Runs jobs until the shutdown.
pub struct JobRunner {
    services: Services,
    owner: Option<ConnectOptions>,
    store: Option<ObjectStore>,
    holder: Uuid,
    shutdown: CancellationToken,
    tracker: TaskTracker,
}

impl JobRunner {
    /// A runner for one process.
    pub fn new(
        services: Services,
        installation: &Installation,
        shutdown: CancellationToken,
        tracker: TaskTracker,
    ) -> Self {
        let owner = installation.owner.clone();
        let store = installation.embedded_store.as_ref().map(|(store, _)| store.clone());
        Self { services, owner, store, holder: Uuid::from_u128(rand::random()), shutdown, tracker }
    }

    /// Starts the jobs of every server.
    pub fn start(&self, config: &JobsConfig) {
        self.start_listing();
        self.start_journal();
        self.start_workers(config);
        let (services, shutdown) = (self.services.clone(), self.shutdown.clone());
        self.spawn("read notifications", Duration::from_secs(10), move || {
            let (services, shutdown) = (services.clone(), shutdown.clone());
            async move { Box::pin(read_notifications(&services, Patience::JOB, &shutdown)).await }
        });
        let (services, shutdown) = (self.services.clone(), self.shutdown.clone());
        self.spawn("reconcile sources", Duration::from_mins(10), move || {
            let (services, shutdown) = (services.clone(), shutdown.clone());
            async move { Box::pin(reconcile_due(&services, &shutdown)).await }
        });
        let services = self.services.clone();
        self.spawn("verify chains", Duration::from_secs(5), move || {
            let services = services.clone();
            async move {
                let done = verify_due_chains(&services).await?;
                if let Some(failure) = done.failure() {
                    anyhow::bail!("{failure}; the other chains were walked");
                }
                Ok(format!(
                    "{} chains walked, {} of them not wholly proven",
                    done.chains, done.unproven
                ))
            }
        });
        let services = self.services.clone();
        self.spawn("merge segments", Duration::from_mins(1), move || {
            let services = services.clone();
            async move { merge_segments(&services).await }
        });
        let (services, shutdown) = (self.services.clone(), self.shutdown.clone());
        self.spawn("build bitmaps", Duration::from_mins(10), move || {
            let (services, shutdown) = (services.clone(), shutdown.clone());
            async move {
                let (made, unreadable) = grams::make_missing(&services, &shutdown).await?;
                anyhow::ensure!(
                    unreadable == 0,
                    "{made} bitmaps made; {unreadable} log files can't be read from the archive"
                );
                Ok(format!("{made} bitmaps made"))
            }
        });
        let services = self.services.clone();
        self.spawn("deliver own events", Duration::from_secs(10), move || {
            let services = services.clone();
            async move { Box::pin(deliver_acts(&services)).await }
        });
        let (services, owner, store) =
            (self.services.clone(), self.owner.clone(), self.store.clone());
        self.spawn("tidy up", Duration::from_hours(1), move || {
            let (services, owner, store) = (services.clone(), owner.clone(), store.clone());
            async move { tidy(&services, owner.as_ref(), store.as_ref()).await }
        });
    }

    /// Records what this process has journalled, and keeps room reserved: each process on its own, whoever has which lease.
    fn start_journal(&self) {
        let (services, shutdown) = (self.services.clone(), self.shutdown.clone());
        self.tracker.spawn(async move {
            let mut ticks = interval(JOURNAL_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
                if services.journal.release_if_full() {
                    tracing::error!(
                        "the disk is full: the reserved room was given up; make room now"
                    );
                }
                if let Err(error) = services.journal.record(&services).await {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "journalled acts wait to be recorded"
                    );
                } else if let Err(error) = services.journal.reserve() {
                    tracing::warn!(error = format!("{error:#}"), "no room could be reserved");
                }
            }
        });
    }

    /// Starts one job. A failed pass is simply tried again at the next tick.
    pub fn spawn<F, R>(&self, name: &'static str, period: Duration, run: F)
    where
        F: Fn() -> R + Send + 'static,
        R: Future<Output = anyhow::Result<String>> + Send + 'static,
    {
        let (services, holder, shutdown) =
            (self.services.clone(), self.holder, self.shutdown.clone());
        self.tracker.spawn(async move {
            let mut ticks = interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
                if let Err(error) = run_once(&services, name, holder, &shutdown, run()).await {
                    metrics::counter!("orgtrail_job_failed_passes_total", "job" => name)
                        .increment(1);
                    tracing::warn!(
                        job.name = name,
                        error = format!("{error:#}"),
                        "job pass failed"
                    );
                }
            }
        });
    }

    /// Gives the leases back, so that another process needn't wait for them to run out.
    pub async fn release(&self) {
        if let Err(error) = self.services.database.release_leases(self.holder).await {
            tracing::warn!(%error, "the leases could not be given back; they run out by themselves");
        }
    }
}

async fn run_once(
    services: &Services,
    name: &str,
    holder: Uuid,
    shutdown: &CancellationToken,
    pass: impl Future<Output = anyhow::Result<String>>,
) -> anyhow::Result<()> {
    let database = &services.database;
    if !database.take_lease(name, holder, services.clock.now(), LEASE).await? {
        return Ok(());
    }
    database.begin_pass(name, services.clock.now()).await?;
    let started = Instant::now();
    let renewed = async {
        let mut ticks = interval(RENEW_EVERY);
        loop {
            ticks.tick().await;
            if let Err(error) = database.take_lease(name, holder, services.clock.now(), LEASE).await
            {
                tracing::warn!(job.name = name, %error, "the lease could not be renewed");
            }
        }
    };
    let result = tokio::select! {
        result = pass => result,
        () = renewed => Ok(String::new()),
        // Whatever the pass had not committed is found again by the next one.
        () = shutdown.cancelled() => Ok("ended by the shutdown".to_owned()),
    };
    let duration = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    let text = result.as_ref().map(String::clone).map_err(|error| format!("{error:#}"));
    database
        .end_pass(name, duration, text.as_ref().map(String::as_str).map_err(String::as_str))
        .await?;
    result.map(drop)
}

async fn merge_segments(services: &Services) -> anyhow::Result<String> {
    let built = services.database.build_segments().await?;
    let merged = services.database.merge_segments(services.clock.now()).await?;
    let mut rebuilt = merged.rebuilt;
    for segment_id in services.segments.take_unreadable() {
        rebuilt += services.database.rebuild_segment(segment_id).await?;
    }
    Ok(format!(
        "{} segments merged into {}, those of {built} files built, {rebuilt} built anew",
        merged.before, merged.after
    ))
}

async fn tidy(
    services: &Services,
    owner: Option<&ConnectOptions>,
    store: Option<&ObjectStore>,
) -> anyhow::Result<String> {
    let now = services.clock.now();
    let forgotten = services.database.forget_sessions(now - TimeDelta::days(7)).await?;
    let closed = match owner {
        Some(owner) => services.database.close_partitions(owner, now).await?,
        None => 0,
    };
    // Uploads first: what their parts held is garbage then.
    let (given_up, removed) = match store {
        Some(store) => {
            (store.give_up_abandoned_uploads().await?, store.collect_garbage().await?.removed)
        }
        None => (0, 0),
    };
    Ok(format!(
        "{closed} partitions closed, {forgotten} sessions forgotten, {given_up} abandoned uploads given up, \
         {removed} orphaned blobs removed"
    ))
}
