//! An installation of one test: a data directory, a database of its own, and the binary.

use chrono::{DateTime, Utc};
use orgtrail_domain::organization::OrganizationFile;
use orgtrail_server::master_key::MasterKey;
use orgtrail_shared::time::parse_time;
use orgtrail_storage::Database;
use orgtrail_storage::acted;
use orgtrail_storage::organizations::Origin;
use orgtrail_storage::testing::{TestDatabase, database};
use serde_json::{Value, json};
use sqlx::ConnectOptions;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// The master key of every test installation, so that two of them can be compared.
pub(crate) const MASTER_KEY: &str =
    "7b0d2a64c5e19f3887aa51c04e6d93b2f018c7e5a4d3b2916f7e8d9c0a1b2c3d";

/// The organization of every world that has one.
pub(crate) const ORGANIZATION: &str = "o-exampleorg1";

/// A test's installation.
pub(crate) struct World {
    /// Files of the test; the data directory is `data` in it.
    pub(crate) directory: TempDir,
    /// The database, as its owner sees it.
    pub(crate) database: TestDatabase,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// What it printed, as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails unless the command ended with this code.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    parse_time(text).unwrap()
}

/// What a soak wants of a test; nothing in an ordinary run.
pub(crate) fn setting(name: &str) -> Option<u64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a soak sets what it wants of a test by the environment"
    )]
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap())
}

/// A directory that a database server of another user may pass through.
pub(crate) fn directory() -> TempDir {
    let directory = tempfile::Builder::new().prefix("orgtrail-it-").tempdir_in("/tmp").unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o711)).unwrap();
    directory
}

impl World {
    /// A fresh installation without an organization.
    pub(crate) async fn new() -> Self {
        let world = Self { directory: directory(), database: database().await };
        // Resources are hashed under a secret of the installation; the same one makes rows comparable.
        let sealed = MasterKey::parse(MASTER_KEY).unwrap();
        let secret = sealed.seal("resource-hash", &[7; 16]).unwrap();
        let now = at("2026-01-01");
        world
            .open_database()
            .await
            .insert_secret("resource-hash", sealed.id(), &secret, now)
            .await
            .unwrap();
        world
    }

    /// A fresh installation of an organization whose accounts joined at one time; the first one manages it.
    pub(crate) async fn with_accounts(joined_at: DateTime<Utc>, accounts: &[&str]) -> Self {
        let world = Self::new().await;
        world.add_organization(ORGANIZATION, joined_at, accounts).await;
        world
    }

    /// Adds an organization whose accounts joined at one time; the first one manages it.
    pub(crate) async fn add_organization(
        &self,
        id: &str,
        joined_at: DateTime<Utc>,
        accounts: &[&str],
    ) {
        let text = organization_file(id, joined_at, accounts).to_string();
        let file = OrganizationFile::parse(&text).unwrap();
        let database = self.open_database().await;
        acted!(database, load_organization(&file, Origin::File, joined_at)).unwrap();
    }

    /// The database as the application sees it.
    pub(crate) async fn open_database(&self) -> Database {
        Database::connect(self.database.options.clone()).await.unwrap()
    }

    pub(crate) fn database_url(&self) -> String {
        self.database.options.to_url_lossy().to_string()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn data_directory(&self) -> PathBuf {
        self.path("data")
    }

    /// Writes a file of the test and gives back its path.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        write(&self.path(name), bytes.as_ref());
        self.path(name)
    }

    /// The binary on this installation.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_orgtrail"));
        command
            .args(arguments)
            .env_clear()
            .env("ORGTRAIL_DATA_DIR", self.data_directory())
            .env("ORGTRAIL_DATABASE_URL", self.database_url())
            .env("ORGTRAIL_MASTER_KEY", MASTER_KEY)
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().await.unwrap().into()
    }

    /// Runs a command that reads a line.
    pub(crate) async fn run_with_input(&self, arguments: &[&str], line: &str) -> Ran {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        // A command that refuses its arguments never reads.
        drop(input.write_all(format!("{line}\n").as_bytes()).await);
        drop(input);
        child.wait_with_output().await.unwrap().into()
    }

    /// Imports and gives back the summary.
    pub(crate) async fn import(&self, path: &Path, more: &[&str]) -> Value {
        let path = path.to_str().unwrap();
        let arguments = [&["import", path, "--json"], more].concat();
        self.run(&arguments).await.expect(0).json()
    }

    /// One number out of the database.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.database.pool).await.unwrap()
    }
}

/// Writes a file with the folders above it.
pub(crate) fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn organization_file(id: &str, joined_at: DateTime<Utc>, accounts: &[&str]) -> Value {
    let entries: Vec<Value> = accounts
        .iter()
        .map(|account| json!({"id": account, "unit": "r-ab12", "memberships": [{"joined_at": joined_at, "left_at": null}]}))
        .collect();
    json!({
        "id": id, "name": format!("Name of {id}"), "management_account": accounts[0],
        "units": [{"id": "r-ab12", "name": "Root"}], "accounts": entries,
    })
}
