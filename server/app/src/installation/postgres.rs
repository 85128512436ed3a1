//! The database: somebody else's, or a private cluster that is kept running.

use super::Parts;
use crate::config::InstallationConfig;
use anyhow::Context;
use orgtrail_storage::database::{ConnectOptions, parse_url};
use orgtrail_storage::embedded::{Cluster, find_binaries};
use std::path::Path;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The private cluster with its keeper.
pub(super) struct SupervisedPostgres {
    shutdown: CancellationToken,
    keeper: JoinHandle<()>,
}

impl SupervisedPostgres {
    fn keep(cluster: Cluster) -> Self {
        let shutdown = CancellationToken::new();
        let keeper = tokio::spawn(keep_running(cluster, shutdown.clone()));
        Self { shutdown, keeper }
    }

    pub(super) async fn stop(self) {
        self.shutdown.cancel();
        if let Err(error) = self.keeper.await {
            tracing::error!(%error, "the keeper of PostgreSQL failed");
        }
    }
}

/// Starts the server again whenever it ends by itself; pools connect again on their own.
async fn keep_running(mut cluster: Cluster, shutdown: CancellationToken) {
    while shutdown.run_until_cancelled(cluster.ended()).await.is_some() {
        tracing::error!("PostgreSQL has ended unexpectedly; starting it again");
        let mut pause = tokio::time::interval(std::time::Duration::from_secs(1));
        while !shutdown.is_cancelled() {
            pause.tick().await;
            match cluster.start().await {
                Ok(()) => break,
                Err(error) => tracing::error!(%error, "PostgreSQL could not be started"),
            }
        }
    }
    cluster.stop().await;
}

/// How the application and the owner connect. The owner is unknown when we attach to a running server.
pub(super) async fn connect(
    config: &InstallationConfig,
    data_directory: &Path,
    parts: &mut Parts,
) -> anyhow::Result<(ConnectOptions, Option<ConnectOptions>)> {
    if let Some(url) = &config.database_url {
        let application = parse_url(url).context("--database-url is not a Postgres URL")?;
        let owner = match &config.owner_database_url {
            Some(url) => parse_url(url).context("--owner-database-url is not a Postgres URL")?,
            None => application.clone(),
        };
        return Ok((application, Some(owner)));
    }
    if parts.run_files.is_none() {
        let application =
            Cluster::attach(data_directory).context("could not attach to the running server")?;
        return Ok((application, None));
    }
    let binaries = find_binaries(config.postgres_bin.as_deref(), config.program_path.as_deref())?;
    let mut cluster = Cluster::prepare(data_directory, binaries).await?;
    cluster.start().await?;
    let (application, owner) = (cluster.application_options()?, cluster.owner_options()?);
    parts.postgres = Some(SupervisedPostgres::keep(cluster));
    Ok((application, Some(owner)))
}
