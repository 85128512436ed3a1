//! The parts of an installation: database, archive, keys. Started here, or attached to when a server runs.

mod embedded_archive;
mod embedded_store;
mod postgres;
mod run_files;

pub use embedded_store::random_base32;
pub use run_files::{RunFiles, write_private};

use crate::config::InstallationConfig;
use crate::master_key::MasterKey;
use anyhow::{Context, bail};
use embedded_store::EmbeddedStore;
use orgtrail_cloud::archive::Archive;
use orgtrail_cloud::credentials::{StoreAccess, s3_client};
use orgtrail_domain::clock::Clock;
use orgtrail_objectstore::{KeyRing, ObjectStore};
use orgtrail_storage::Database;
use postgres::SupervisedPostgres;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The bucket of the archive in the embedded store.
pub const EMBEDDED_ARCHIVE_BUCKET: &str = "orgtrail-archive";

/// Everything that a command or a server works with.
pub struct Installation {
    /// The database.
    pub database: Database,
    /// How the schema's owner connects; `None` when that is not known here.
    pub owner: Option<orgtrail_storage::database::ConnectOptions>,
    /// The archive.
    pub archive: Archive,
    /// How the archive's store is reached.
    pub store_access: StoreAccess,
    /// The master key.
    pub master_key: Arc<MasterKey>,
    /// The data directory.
    pub data_directory: PathBuf,
    /// The embedded store and its keys, when it runs in this process.
    pub embedded_store: Option<(ObjectStore, KeyRing)>,
    /// Whether a server runs on this data directory, to which we are attached.
    pub is_attached: bool,
    parts: Parts,
}

/// What runs in this process and must be stopped in order.
#[derive(Default)]
struct Parts {
    postgres: Option<SupervisedPostgres>,
    store: Option<EmbeddedStore>,
    run_files: Option<RunFiles>,
}

/// Whether other processes may use the data directory at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `serve` or `demo`: a second one is refused.
    Server,
    /// Any other command: attaches to a server, or starts the parts that it needs.
    Command,
}

/// The master key: from the environment, from KMS, from a file, or the one that lies beside the data.
async fn master_key(
    config: &InstallationConfig,
    data_directory: &Path,
) -> anyhow::Result<MasterKey> {
    if let Some(text) = &config.master_key {
        return MasterKey::parse(text);
    }
    if let Some(path) = &config.master_key_kms_file {
        return MasterKey::from_kms(path, config.kms_endpoint.as_deref()).await;
    }
    match &config.master_key_file {
        Some(path) => MasterKey::read(path),
        None => MasterKey::in_data_directory(data_directory),
    }
}

impl Installation {
    /// Opens the installation and brings its schema up to date.
    ///
    /// # Errors
    ///
    /// When a part can't be started or reached; what was started is stopped again.
    pub async fn open(
        config: &InstallationConfig,
        data_directory: &Path,
        purpose: Purpose,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(data_directory).with_context(|| {
            format!("could not make the data directory {}", data_directory.display())
        })?;
        let run_files = RunFiles::claim(data_directory)?;
        if run_files.is_none() && purpose == Purpose::Server {
            bail!(
                "another orgtrail process uses the data directory {}; nothing was started. \
                 Stop it, or name another directory by --data-dir",
                data_directory.display()
            );
        }
        let mut parts = Parts { run_files, ..Parts::default() };
        let opened = Self::open_parts(config, data_directory, &mut parts, clock).await;
        match opened {
            Ok(mut installation) => {
                installation.parts = parts;
                Ok(installation)
            }
            Err(error) => {
                parts.stop().await;
                Err(error)
            }
        }
    }

    async fn open_parts(
        config: &InstallationConfig,
        data_directory: &Path,
        parts: &mut Parts,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let master_key = Arc::new(master_key(config, data_directory).await?);
        let (application, owner) = postgres::connect(config, data_directory, parts).await?;
        if let Some(owner) = &owner {
            orgtrail_storage::database::migrate(owner)
                .await
                .context("could not bring the schema up to date")?;
        }
        let database =
            Database::connect(application).await.context("could not connect to the database")?;
        let mut embedded_store = None;
        let (store_access, archive) = if let Some(url) = &config.archive {
            let (access, bucket) = external_archive(config, url)?;
            let archive = Archive::new(s3_client(&access).await, bucket);
            (access, archive)
        } else {
            let access = embedded_store::connect(data_directory, &database, parts, clock).await?;
            let archive = if let Some(here) = &parts.store {
                embedded_store = Some((here.store.clone(), here.keys.clone()));
                here.archive(EMBEDDED_ARCHIVE_BUCKET)
            } else {
                Archive::new(s3_client(&access).await, EMBEDDED_ARCHIVE_BUCKET.to_owned())
            };
            (access, archive)
        };
        archive.ensure_bucket().await.context("could not reach the archive")?;
        Ok(Self {
            database,
            owner,
            archive,
            store_access,
            master_key,
            data_directory: data_directory.to_owned(),
            embedded_store,
            is_attached: parts.run_files.is_none(),
            parts: Parts::default(),
        })
    }

    /// The run files of this process, when it is the one that holds the data directory.
    pub fn run_files(&self) -> Option<&RunFiles> {
        self.parts.run_files.as_ref()
    }

    /// Stops what runs in this process: the store first, then the database.
    pub async fn close(mut self) {
        self.database.close().await;
        self.parts.stop().await;
    }
}

impl Parts {
    async fn stop(&mut self) {
        if let Some(store) = self.store.take() {
            store.stop().await;
        }
        if let Some(postgres) = self.postgres.take() {
            postgres.stop().await;
        }
        self.run_files = None;
    }
}

fn external_archive(
    config: &InstallationConfig,
    url: &str,
) -> anyhow::Result<(StoreAccess, String)> {
    let Some(bucket) = url.strip_prefix("s3://").map(|rest| rest.trim_end_matches('/')) else {
        bail!("`{url}` is not an archive: write s3://BUCKET");
    };
    if bucket.is_empty() || bucket.contains('/') {
        bail!("`{url}` is not an archive: write s3://BUCKET, without a path");
    }
    let keys = config.archive_access_key_id.clone().zip(config.archive_secret_access_key.clone());
    let access = StoreAccess {
        endpoint: config.archive_endpoint.clone(),
        region: config.archive_region.clone(),
        keys,
        ..StoreAccess::default()
    };
    Ok((access, bucket.to_owned()))
}
