//! `orgtrail serve`: console, API and jobs in one process.

use super::exit;
use super::organization::aws_organizations;
use super::output::{clock, local_organization, say};
use crate::audit::{Deed, acting, load_deed};
use crate::config::{InstallationConfig, JobsConfig, ListenConfig};
use crate::http::{AppState, router};
use crate::installation::{Installation, Purpose};
use crate::jobs::{FOLLOW, JobRunner};
use crate::organization::follow;
use crate::services::Services;
use crate::telemetry;
use anyhow::{Context, bail};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use clap::Args;
use orgtrail_cloud::organizations::Pace;
use orgtrail_domain::organization::OrganizationFile;
use orgtrail_shared::ids::OrganizationId;
use orgtrail_storage::organizations::Origin;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long requests in progress may take to finish at a shutdown.
const FINISH_WITHIN: Duration = Duration::from_secs(10);

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) listen: ListenConfig,
    #[command(flatten)]
    jobs: JobsConfig,
    /// File that describes the organization; see docs/organization-file.md
    #[arg(long, env = "ORGTRAIL_ORGANIZATION_FILE")]
    organization_file: Option<PathBuf>,
    /// Keep the organization in step with AWS Organizations, by the usual AWS credentials
    #[arg(long, env = "ORGTRAIL_ORGANIZATION_FROM_AWS", conflicts_with = "organization_file")]
    organization_from_aws: bool,
    /// Endpoint of AWS Organizations; AWS's own when absent
    #[arg(long, env = "ORGTRAIL_ORGANIZATIONS_ENDPOINT", requires = "organization_from_aws")]
    organizations_endpoint: Option<String>,
    /// File that describes the log sources; see docs/sources-file.md
    #[arg(long, env = "ORGTRAIL_SOURCES_FILE")]
    sources_file: Option<PathBuf>,
}

pub(super) async fn run(config: InstallationConfig, arguments: Arguments) -> anyhow::Result<u8> {
    let directory = config.data_directory("orgtrail");
    check_listen(&arguments.listen)?;
    let installation = Installation::open(&config, &directory, Purpose::Server, clock()).await?;
    let result = serve(&config, &arguments, &installation).await;
    installation.close().await;
    result?;
    Ok(exit::DONE)
}

async fn serve(
    config: &InstallationConfig,
    arguments: &Arguments,
    installation: &Installation,
) -> anyhow::Result<()> {
    let services = Services::new(installation, clock(), config.allowed_endpoints.clone()).await?;
    if let Some(path) = &arguments.organization_file {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("could not read {}", path.display()))?;
        let file = OrganizationFile::parse(&text)
            .with_context(|| format!("{} is wrong", path.display()))?;
        let known = services.database.followed_organizations().await?;
        let mut acting = acting(&services, None, "serve", &load_deed(&file, "file")).await?;
        let loaded = acting.load_organization(&file, Origin::File, services.clock.now()).await?;
        acting.commit_if(loaded.is_changed, Value::Null).await?;
        if known.iter().any(|row| row.organization_id == loaded.organization_id) {
            tracing::warn!(organization = %file.id, "followed AWS until now, and is what the file says from now on");
        }
    } else if arguments.organization_from_aws {
        read_organization(&services, config, arguments).await?;
    } else if let Some(id) = &config.organization {
        ensure_organization(&services, id).await?;
    } else {
        local_organization(&services).await?;
    }
    if let Some(path) = &arguments.sources_file {
        super::import::load_sources(config, &services, path).await?;
    }
    let state = AppState::new(services.clone(), &arguments.listen, true).await?;
    let server = Server::start(installation, &arguments.listen, state).await?;
    let jobs = server.jobs(services.clone(), installation);
    jobs.start(&arguments.jobs);
    if arguments.organization_from_aws {
        start_following(&jobs, &services, config, arguments).await?;
    }
    say(format!("orgtrail is at {}", server.address));
    say(format!(
        "add people by: orgtrail user add NAME --role security-analyst --data-dir {}",
        installation.data_directory.display()
    ));
    server.run_until_shutdown(jobs).await
}

async fn ensure_organization(services: &Services, id: &OrganizationId) -> anyhow::Result<()> {
    let known = services.database.organizations().await?;
    if known.iter().any(|organization| organization.id == *id) {
        return Ok(());
    }
    let deed = Deed::change("CreateOrganization", json!({ "organizationId": id }));
    let mut acting = acting(services, None, "serve", &deed).await?;
    acting.ensure_organization(id, "", Origin::Local, services.clock.now()).await?;
    acting.commit(Value::Null).await.context("the organization could not be made")
}

/// Reads the organization before anything depends on it, if it was never read. What is known from before does otherwise:
/// the job reads it again while we listen.
async fn read_organization(
    services: &Services,
    config: &InstallationConfig,
    arguments: &Arguments,
) -> anyhow::Result<()> {
    let known = services.database.followed_organizations().await?;
    if known.iter().any(|row| row.synced_at.is_some()) {
        return Ok(());
    }
    let endpoint = arguments.organizations_endpoint.as_deref();
    let aws = aws_organizations(services, endpoint, Pace::default()).await?;
    let done = Box::pin(follow(services, &aws, config.organization.as_ref())).await?;
    tracing::info!("{done}");
    Ok(())
}

async fn start_following(
    jobs: &JobRunner,
    services: &Services,
    config: &InstallationConfig,
    arguments: &Arguments,
) -> anyhow::Result<()> {
    let endpoint = arguments.organizations_endpoint.as_deref();
    let aws = aws_organizations(services, endpoint, Pace::default()).await?;
    let (services, expected) = (services.clone(), config.organization.clone());
    jobs.spawn(FOLLOW, Duration::from_mins(1), move || {
        let (services, aws, expected) = (services.clone(), aws.clone(), expected.clone());
        async move { Box::pin(follow(&services, &aws, expected.as_ref())).await }
    });
    Ok(())
}

/// Beyond loopback, cookies must be Secure and addresses true.
pub(super) fn check_listen(listen: &ListenConfig) -> anyhow::Result<()> {
    if !listen.listen.ip().is_loopback() && !listen.is_secure() {
        bail!(
            "{} is not a loopback address: give a certificate by --tls-cert and --tls-key, \
             or declare the proxy that ends TLS by --trusted-proxy; nothing was started",
            listen.listen
        );
    }
    Ok(())
}

/// A server that listens.
pub(super) struct Server {
    pub(super) address: String,
    handle: Handle<SocketAddr>,
    task: JoinHandle<std::io::Result<()>>,
    shutdown: CancellationToken,
    tracker: TaskTracker,
    signals: Signals,
}

/// The signals that end a server. They are listened to before anybody can know that it runs, so
/// that none ends it on the spot.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("could not listen to signals");
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

impl Server {
    /// Starts listening and writes the address into the run directory.
    pub(super) async fn start(
        installation: &Installation,
        listen: &ListenConfig,
        state: AppState,
    ) -> anyhow::Result<Self> {
        telemetry::metrics();
        let signals = Signals::listen()?;
        let handle = Handle::new();
        let service = router(state).into_make_service_with_connect_info::<SocketAddr>();
        let socket = std::net::TcpListener::bind(listen.listen)
            .with_context(|| format!("could not listen on {}", listen.listen))?;
        socket.set_nonblocking(true)?;
        let bound = socket.local_addr()?;
        let (scheme, task) =
            if let (Some(certificate), Some(key)) = (&listen.tls_cert, &listen.tls_key) {
                let tls = RustlsConfig::from_pem_file(certificate, key)
                    .await
                    .context("could not read the certificate or its key")?;
                let server = axum_server::from_tcp_rustls(socket, tls)?.handle(handle.clone());
                ("https", tokio::spawn(server.serve(service)))
            } else {
                let server = axum_server::from_tcp(socket)?.handle(handle.clone());
                ("http", tokio::spawn(server.serve(service)))
            };
        let address = format!("{scheme}://{bound}");
        if let Some(run_files) = installation.run_files() {
            run_files.write("address", &address)?;
        }
        Ok(Self {
            address,
            handle,
            task,
            shutdown: CancellationToken::new(),
            tracker: TaskTracker::new(),
            signals,
        })
    }

    /// A runner for the jobs of this server.
    pub(super) fn jobs(&self, services: Services, installation: &Installation) -> JobRunner {
        JobRunner::new(services, installation, self.shutdown.clone(), self.tracker.clone())
    }

    /// Serves until a signal, then lets requests and jobs finish.
    pub(super) async fn run_until_shutdown(mut self, jobs: JobRunner) -> anyhow::Result<()> {
        let ended = tokio::select! {
            () = self.signals.wait() => None,
            ended = &mut self.task => Some(ended),
        };
        tracing::info!("shutting down");
        self.shutdown.cancel();
        self.handle.graceful_shutdown(Some(FINISH_WITHIN));
        self.tracker.close();
        self.tracker.wait().await;
        jobs.release().await;
        let ended = if let Some(ended) = ended { ended } else { self.task.await };
        ended.context("the server failed")?.context("the server failed")
    }
}

/// Waits for SIGINT or SIGTERM.
pub(super) async fn shutdown_signal() {
    match Signals::listen() {
        Ok(mut signals) => signals.wait().await,
        Err(_) => std::future::pending().await,
    }
}
