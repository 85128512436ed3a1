//! The embedded S3 store, served on a loopback port of its own.

use super::embedded_archive::{EmbeddedArchive, OpenStore};
use super::{EMBEDDED_ARCHIVE_BUCKET, Parts, run_files};
use anyhow::Context;
use axum::serve::ListenerExt;
use orgtrail_cloud::archive::Archive;
use orgtrail_cloud::credentials::StoreAccess;
use orgtrail_domain::clock::Clock;
use orgtrail_objectstore::{AccessKey, KeyRing, ObjectStore, Permission};
use orgtrail_storage::Database;
use orgtrail_storage::object_store::ObjectMetadata;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// The Region of the embedded store.
pub(super) const REGION: &str = "us-east-1";

/// How commands reach the store of a running server.
#[derive(Serialize, Deserialize)]
struct StoreFile {
    endpoint: String,
    access_key_id: String,
    secret_access_key: String,
}

/// The store while it is served.
pub(super) struct EmbeddedStore {
    pub(super) store: ObjectStore,
    pub(super) keys: KeyRing,
    /// For parts of this process, which need no HTTP to reach it.
    open: OpenStore,
    shutdown: CancellationToken,
    server: JoinHandle<()>,
}

impl EmbeddedStore {
    /// The archive in a bucket of this store.
    pub(super) fn archive(&self, bucket: &str) -> Archive {
        let store = EmbeddedArchive::new(self.open.clone(), bucket.to_owned());
        Archive::of_store(Arc::new(store), bucket.to_owned())
    }

    pub(super) async fn stop(self) {
        self.shutdown.cancel();
        if let Err(error) = self.server.await {
            tracing::error!(%error, "the embedded store failed");
        }
        self.open.close();
        self.store.finish_writes().await;
    }
}

/// Starts the store, or finds the one of the running server.
pub(super) async fn connect(
    data_directory: &Path,
    database: &Database,
    parts: &mut Parts,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<StoreAccess> {
    let Some(run_files) = &parts.run_files else {
        let file: StoreFile = run_files::read_json(data_directory, "store.json")?;
        return Ok(access(&file));
    };
    let metadata = ObjectMetadata::new(database.worker().clone());
    let store = ObjectStore::open(data_directory.join("store"), metadata, clock)
        .context("could not open the embedded store")?;
    // The keys of the store live as long as this process, so that none lies around.
    let file = StoreFile {
        access_key_id: format!("AKIA{}", random_base32(16)),
        secret_access_key: hex::encode(rand::random::<[u8; 20]>()),
        endpoint: String::new(),
    };
    let keys = KeyRing::new();
    keys.insert(AccessKey {
        id: file.access_key_id.clone(),
        secret: file.secret_access_key.clone(),
        permission: Permission::ReadWrite,
        buckets: None,
    });
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .context("could not listen for the embedded store")?;
    let file = StoreFile { endpoint: format!("http://{}", listener.local_addr()?), ..file };
    let shutdown = CancellationToken::new();
    let router = store.router(keys.clone(), REGION);
    let ended = shutdown.clone().cancelled_owned();
    let server = tokio::spawn(async move {
        // Small answers must not wait for more to send.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps its delay");
            }
        });
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(ended).await {
            tracing::error!(%error, "the embedded store has ended");
        }
    });
    store
        .create_bucket(EMBEDDED_ARCHIVE_BUCKET)
        .await
        .context("could not make the archive's bucket")?;
    run_files.write_json("store.json", &file)?;
    let open = OpenStore::new(store.clone());
    parts.store = Some(EmbeddedStore { store, keys, open, shutdown, server });
    Ok(access(&file))
}

fn access(file: &StoreFile) -> StoreAccess {
    StoreAccess {
        endpoint: Some(file.endpoint.clone()),
        region: REGION.to_owned(),
        keys: Some((file.access_key_id.clone(), file.secret_access_key.clone())),
        ..StoreAccess::default()
    }
}

/// Random characters of an access key id.
pub fn random_base32(length: usize) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    (0..length).map(|_| char::from(ALPHABET[usize::from(rand::random::<u8>() & 31)])).collect()
}
