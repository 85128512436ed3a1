//! `orgtrail work`.

use super::exit;
use super::output::{open, say};
use super::serve::shutdown_signal;
use crate::config::{InstallationConfig, JobsConfig};
use crate::jobs::JobRunner;
use clap::Args;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    jobs: JobsConfig,
}

pub(super) async fn run(config: InstallationConfig, arguments: Arguments) -> anyhow::Result<u8> {
    let (installation, services) = Box::pin(open(&config)).await?;
    let (shutdown, tracker) = (CancellationToken::new(), TaskTracker::new());
    let jobs = JobRunner::new(services, &installation, shutdown.clone(), tracker.clone());
    jobs.start(&arguments.jobs);
    say("jobs are running; stop them by Ctrl-C");
    shutdown_signal().await;
    shutdown.cancel();
    tracker.close();
    tracker.wait().await;
    jobs.release().await;
    installation.close().await;
    Ok(exit::DONE)
}
