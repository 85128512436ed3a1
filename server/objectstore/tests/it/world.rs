//! A running store on loopback, with a database and a directory of its own.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_domain::clock::{Clock, FixedClock, SystemClock};
use orgtrail_objectstore::{AccessKey, KeyRing, ObjectStore, Permission};
use orgtrail_storage::object_store::ObjectMetadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task::JoinHandle;

pub(crate) const REGION: &str = "us-east-1";
pub(crate) const SECRET: &str = "correct-horse-battery-staple";

/// A store that is served until this is dropped.
pub(crate) struct World {
    pub(crate) store: ObjectStore,
    pub(crate) keys: KeyRing,
    pub(crate) router: Router,
    pub(crate) metadata: ObjectMetadata,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) url: String,
    directory: tempfile::TempDir,
    server: JoinHandle<()>,
}

impl World {
    /// Starts a store with the key `owner`, which may do everything.
    pub(crate) async fn start() -> Self {
        let database = orgtrail_storage::testing::database().await;
        let metadata = ObjectMetadata::new(database.pool);
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::new(noon()));
        let store = open(directory.path(), &metadata, &clock);
        let keys = KeyRing::new();
        keys.insert(key("owner", Permission::ReadWrite, None));
        let router = store.router(keys.clone(), REGION);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = router.clone();
        let server = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self { store, keys, router, metadata, clock, url, directory, server }
    }

    /// A client with the key `owner`.
    pub(crate) fn client(&self) -> Client {
        self.client_of("owner", SECRET, REGION)
    }

    /// A client with any key.
    pub(crate) fn client_of(&self, id: &str, secret: &str, region: &str) -> Client {
        client(&self.url, id, secret, region)
    }

    /// Stops serving and closes the store; what is left is the directory and the database.
    pub(crate) async fn stop(self) -> (tempfile::TempDir, ObjectMetadata, Arc<FixedClock>) {
        self.store.finish_writes().await;
        self.server.abort();
        assert!(self.server.await.unwrap_err().is_cancelled());
        (self.directory, self.metadata, self.clock)
    }

    /// All files of contents.
    pub(crate) fn blobs(&self) -> Vec<PathBuf> {
        files(&self.directory.path().join("blobs"))
    }

    /// All files that have no name yet.
    pub(crate) fn temporary_files(&self) -> Vec<PathBuf> {
        files(&self.directory.path().join("temp"))
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Sets the clock so that every file that exists now is old enough to be collected.
    pub(crate) fn age_files(&self) {
        self.clock.set(SystemClock.now() + TimeDelta::hours(2));
    }
}

/// Opens a store.
pub(crate) fn open(
    directory: &Path,
    metadata: &ObjectMetadata,
    clock: &Arc<FixedClock>,
) -> ObjectStore {
    let clock: Arc<dyn Clock> = Arc::clone(clock) as Arc<dyn Clock>;
    ObjectStore::open(directory.to_owned(), metadata.clone(), clock).unwrap()
}

pub(crate) fn key(id: &str, permission: Permission, buckets: Option<&[&str]>) -> AccessKey {
    let buckets = buckets.map(|names| names.iter().map(|&name| name.to_owned()).collect());
    AccessKey { id: id.to_owned(), secret: SECRET.to_owned(), permission, buckets }
}

pub(crate) fn client(url: &str, id: &str, secret: &str, region: &str) -> Client {
    let configuration = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .endpoint_url(url)
        .force_path_style(true)
        .retry_config(aws_sdk_s3::config::retry::RetryConfig::disabled())
        .credentials_provider(Credentials::new(id, secret, None, None, "test"))
        .build();
    Client::from_conf(configuration)
}

/// The time that the clock shows at first.
pub(crate) fn noon() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
