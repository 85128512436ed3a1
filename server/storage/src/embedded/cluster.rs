//! Making, starting and stopping the private cluster.

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Gid, Pid, Uid, User, chown};
use sha2::{Digest, Sha256};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// Why the private cluster can't run.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// A file or process operation failed.
    #[error("could not {action}")]
    Io {
        /// What was tried.
        action: String,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// A program of Postgres failed.
    #[error("{program} failed: {output}")]
    Program {
        /// The program.
        program: &'static str,
        /// What it printed.
        output: String,
    },
    /// The cluster was made by another major version.
    #[error(
        "the cluster in {directory} was made by PostgreSQL {found}, and the programs are of version {wanted}; \
         nothing was changed. Install PostgreSQL {found}, or dump and restore it"
    )]
    ForeignVersion {
        /// The cluster's directory.
        directory: String,
        /// Its version.
        found: String,
        /// The version of the programs.
        wanted: String,
    },
    /// The cluster did not come up.
    #[error("PostgreSQL did not start: {0}")]
    NotUp(String),
    /// Postgres refuses to run as root, and the unprivileged user can't get at the directory.
    #[error(
        "running as root, PostgreSQL runs as `nobody`, who can't enter {0}: choose a data directory outside of it"
    )]
    Unreachable(String),
}

fn io_error(action: impl Into<String>) -> impl FnOnce(io::Error) -> EmbeddedError {
    let action = action.into();
    move |source| EmbeddedError::Io { action, source }
}

/// The private cluster below a data directory.
#[derive(Debug)]
pub struct Cluster {
    binaries: PathBuf,
    directory: PathBuf,
    socket_directory: PathBuf,
    password_file: PathBuf,
    user: Option<(Uid, Gid)>,
    child: Option<Child>,
}

impl Cluster {
    /// Prepares the cluster in `data_directory/postgres`; makes it when there is none.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError`]; a cluster that was there is unchanged.
    pub async fn prepare(data_directory: &Path, binaries: PathBuf) -> Result<Self, EmbeddedError> {
        let user = unprivileged_user()?;
        let base = data_directory.join("postgres");
        let run = data_directory.join("run");
        for directory in [&base, &run] {
            fs::create_dir_all(directory)
                .map_err(io_error(format!("make the directory {}", directory.display())))?;
        }
        let cluster = Self {
            binaries,
            directory: base.join("data"),
            socket_directory: socket_directory(data_directory),
            password_file: run.join("postgres-password"),
            user,
            child: None,
        };
        restrict(&run, 0o700)?;
        cluster.own(&base)?;
        cluster.check_reachable(&base)?;
        cluster.make_socket_directory()?;
        if cluster.directory.join("PG_VERSION").exists() {
            cluster.check_version().await?;
        } else {
            cluster.initialize(&base).await?;
        }
        Ok(cluster)
    }

    /// Starts the server, or takes over one that a killed process has left running, and makes the roles.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::NotUp`] with the end of the server's log.
    pub async fn start(&mut self) -> Result<(), EmbeddedError> {
        if self.running_pid().is_none() {
            self.child = Some(self.spawn()?);
        }
        self.wait_until_up().await?;
        self.make_roles().await
    }

    /// Waits until the server has ended by itself, which it should not.
    pub async fn ended(&mut self) {
        if let Some(child) = &mut self.child {
            drop(child.wait().await);
        } else {
            // Taken over from another process: there is no child to wait for, so look now and then.
            let mut ticks = tokio::time::interval(Duration::from_millis(500));
            while self.running_pid().is_some() {
                ticks.tick().await;
            }
        }
    }

    /// Stops the server: connections are ended, everything is written.
    pub async fn stop(&mut self) {
        let Some(pid) = self.running_pid() else { return };
        if kill(pid, Signal::SIGINT).is_ok() {
            self.ended().await;
        }
        self.child = None;
    }

    /// How the owner connects, who migrates.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::Io`] when the password file can't be read.
    pub fn owner_options(&self) -> Result<PgConnectOptions, EmbeddedError> {
        self.options("postgres", 0)
    }

    /// How the application connects, which owns nothing.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::Io`] when the password file can't be read.
    pub fn application_options(&self) -> Result<PgConnectOptions, EmbeddedError> {
        self.options("orgtrail", 1)
    }

    /// Where the socket is.
    pub fn socket_directory(&self) -> &Path {
        &self.socket_directory
    }

    fn options(&self, user: &str, line: usize) -> Result<PgConnectOptions, EmbeddedError> {
        let database = if user == "postgres" && !self.directory.join("roles-made").exists() {
            "postgres"
        } else {
            "orgtrail"
        };
        connect_options(&self.socket_directory, &self.password_file, user, line, database)
    }

    fn spawn(&self) -> Result<Child, EmbeddedError> {
        let log = fs::File::create(self.directory.with_file_name("postgres.log"))
            .map_err(io_error("open PostgreSQL's log"))?;
        let mut command = self.command("postgres");
        command
            .arg("-D")
            .arg(&self.directory)
            .args(["-c", "listen_addresses=", "-c", "unix_socket_permissions=0700"])
            .arg("-c")
            .arg(format!("unix_socket_directories={}", self.socket_directory.display()))
            .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            // Of its own group, so that Ctrl-C reaches us first and we stop it in order.
            .process_group(0);
        command.spawn().map_err(io_error("start PostgreSQL"))
    }

    async fn wait_until_up(&mut self) -> Result<(), EmbeddedError> {
        let mut ticks = tokio::time::interval(Duration::from_millis(25));
        for _ in 0..2400 {
            ticks.tick().await;
            if PgConnection::connect_with(&self.options("postgres", 0)?.database("postgres"))
                .await
                .is_ok()
            {
                return Ok(());
            }
            if let Some(child) = &mut self.child
                && matches!(child.try_wait(), Ok(Some(_)))
            {
                break;
            }
        }
        let log =
            fs::read_to_string(self.directory.with_file_name("postgres.log")).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().take(5).collect();
        Err(EmbeddedError::NotUp(last.into_iter().rev().collect::<Vec<_>>().join(" | ")))
    }

    /// The application's role owns nothing and takes one of two roles; see the first migration.
    async fn make_roles(&self) -> Result<(), EmbeddedError> {
        let marker = self.directory.join("roles-made");
        if marker.exists() {
            return Ok(());
        }
        let not_up = |error: sqlx::Error| EmbeddedError::NotUp(error.to_string());
        let password = read_line(&self.password_file, 1)?;
        let mut owner =
            PgConnection::connect_with(&self.options("postgres", 0)?.database("postgres"))
                .await
                .map_err(not_up)?;
        for role in ["orgtrail_reader", "orgtrail_worker"] {
            let sql = format!(
                "do $$ begin if not exists (select from pg_roles where rolname = '{role}') \
                 then create role {role} nologin; end if; end $$"
            );
            owner.execute(AssertSqlSafe(sql)).await.map_err(not_up)?;
        }
        // The password is hexadecimal, made by us.
        let sql = format!(
            "do $$ begin if not exists (select from pg_roles where rolname = 'orgtrail') then \
             create role orgtrail login noinherit; end if; end $$; \
             alter role orgtrail password '{password}'; grant orgtrail_reader, orgtrail_worker to orgtrail"
        );
        owner.execute(AssertSqlSafe(sql)).await.map_err(not_up)?;
        let exists: bool = sqlx::query_scalar(
            "select exists (select from pg_database where datname = 'orgtrail')",
        )
        .fetch_one(&mut owner)
        .await
        .map_err(not_up)?;
        if !exists {
            owner
                .execute("create database orgtrail encoding 'UTF8' template template0")
                .await
                .map_err(not_up)?;
        }
        owner.close().await.map_err(not_up)?;
        fs::write(&marker, "").map_err(io_error("mark the roles as made"))
    }

    /// Makes the cluster under a name of its own and renames it, so that half a cluster is never used.
    async fn initialize(&self, base: &Path) -> Result<(), EmbeddedError> {
        let half = base.join("data.unfinished");
        if half.exists() {
            fs::remove_dir_all(&half).map_err(io_error("remove an unfinished cluster"))?;
        }
        let passwords = format!("{}\n{}\n", random_hex(), random_hex());
        fs::write(&self.password_file, &passwords)
            .map_err(io_error("write PostgreSQL's password"))?;
        restrict(&self.password_file, 0o600)?;
        let first = base.join("initial-password");
        fs::write(&first, passwords.lines().next().unwrap_or_default())
            .map_err(io_error("write PostgreSQL's password"))?;
        restrict(&first, 0o600)?;
        self.own(&first)?;
        let output = self
            .command("initdb")
            .args([
                "--username=postgres",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-instructions",
            ])
            .arg(format!("--pwfile={}", first.display()))
            .arg("-D")
            .arg(&half)
            .output()
            .await
            .map_err(io_error("run initdb"))?;
        fs::remove_file(&first).map_err(io_error("remove the initial password"))?;
        if !output.status.success() {
            let output = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(EmbeddedError::Program { program: "initdb", output });
        }
        fs::rename(&half, &self.directory).map_err(io_error("put the new cluster in its place"))
    }

    async fn check_version(&self) -> Result<(), EmbeddedError> {
        let found = fs::read_to_string(self.directory.join("PG_VERSION"))
            .map_err(io_error("read PG_VERSION"))?
            .trim()
            .to_owned();
        let output = self
            .command("postgres")
            .arg("--version")
            .output()
            .await
            .map_err(io_error("run postgres"))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let wanted = text
            .split_whitespace()
            .find(|word| word.starts_with(|first: char| first.is_ascii_digit()))
            .and_then(|version| version.split('.').next())
            .unwrap_or_default()
            .to_owned();
        if found == wanted {
            return Ok(());
        }
        Err(EmbeddedError::ForeignVersion {
            directory: self.directory.display().to_string(),
            found,
            wanted,
        })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        // Postgres refuses to start where it can't return to.
        command.current_dir("/").env("LC_ALL", "C").env("TZ", "UTC");
        if let Some((uid, gid)) = self.user {
            command.uid(uid.as_raw()).gid(gid.as_raw());
        }
        command
    }

    /// The server's process, when the cluster's lock file names a living one.
    fn running_pid(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.directory.join("postmaster.pid")).ok()?;
        let pid = Pid::from_raw(text.lines().next()?.trim().parse().ok()?);
        // After a crash the number may belong to anybody, even to another cluster's server: ours names the directory.
        let ours = fs::canonicalize(&self.directory).ok()?;
        let arguments = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let mut arguments = arguments.split(|byte| *byte == 0).map(OsStr::from_bytes);
        arguments
            .any(|argument| fs::canonicalize(argument).is_ok_and(|path| path == ours))
            .then_some(pid)
    }

    fn own(&self, path: &Path) -> Result<(), EmbeddedError> {
        let Some((uid, gid)) = self.user else { return Ok(()) };
        chown(path, Some(uid), Some(gid))
            .map_err(io::Error::from)
            .map_err(io_error(format!("give {} to PostgreSQL's user", path.display())))
    }

    fn make_socket_directory(&self) -> Result<(), EmbeddedError> {
        let make = fs::DirBuilder::new().mode(0o700).create(&self.socket_directory);
        match make {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.check_socket_directory()?;
            }
            other => other.map_err(io_error("make the socket's directory"))?,
        }
        restrict(&self.socket_directory, 0o700)?;
        self.own(&self.socket_directory)
    }

    /// Below a directory that everybody can write to, somebody else may have put something in our place.
    fn check_socket_directory(&self) -> Result<(), EmbeddedError> {
        let found = fs::symlink_metadata(&self.socket_directory)
            .map_err(io_error("look at the socket's directory"))?;
        let own = self.user.map_or_else(Uid::effective, |(uid, _)| uid);
        let owners = [own.as_raw(), Uid::effective().as_raw()];
        if found.is_dir() && owners.contains(&found.uid()) {
            return Ok(());
        }
        let place = self.socket_directory.display();
        Err(EmbeddedError::NotUp(format!("{place} is not a directory of ours: remove it")))
    }

    fn check_reachable(&self, base: &Path) -> Result<(), EmbeddedError> {
        if self.user.is_none() {
            return Ok(());
        }
        let absolute = fs::canonicalize(base).map_err(io_error("find the data directory"))?;
        for above in absolute.ancestors().skip(1) {
            let mode = fs::metadata(above)
                .map_err(io_error("look at the data directory"))?
                .permissions()
                .mode();
            if mode & 0o001 == 0 {
                return Err(EmbeddedError::Unreachable(above.display().to_string()));
            }
        }
        Ok(())
    }
}

/// How a command attaches to the cluster of a running server.
///
/// # Errors
///
/// [`EmbeddedError::Io`] when the password file can't be read.
pub(crate) fn connect_options(
    socket_directory: &Path,
    password_file: &Path,
    user: &str,
    line: usize,
    database: &str,
) -> Result<PgConnectOptions, EmbeddedError> {
    Ok(PgConnectOptions::new_without_pgpass()
        .socket(socket_directory)
        .username(user)
        .password(&read_line(password_file, line)?)
        .database(database)
        .ssl_mode(PgSslMode::Disable))
}

impl Cluster {
    /// How the application connects to the cluster that a running server keeps below `data_directory`.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::Io`] when there is none, or its password can't be read.
    pub fn attach(data_directory: &Path) -> Result<PgConnectOptions, EmbeddedError> {
        let password_file = data_directory.join("run/postgres-password");
        connect_options(
            &socket_directory(data_directory),
            &password_file,
            "orgtrail",
            1,
            "orgtrail",
        )
    }
}

/// Settings for a store whose record is the archive: a lost tail of the index is collected again, but the
/// metadata of the embedded archive must not be lost, so commits are synchronous.
const SETTINGS: [&str; 9] = [
    "max_connections=120",
    "shared_buffers=256MB",
    "max_wal_size=4GB",
    "wal_compression=on",
    "max_locks_per_transaction=512",
    "random_page_cost=1.1",
    "effective_io_concurrency=32",
    "log_min_messages=warning",
    "jit=off",
];

/// A socket's path may have 107 bytes; a long data directory gets a short one elsewhere.
fn socket_directory(data_directory: &Path) -> PathBuf {
    let absolute = fs::canonicalize(data_directory).unwrap_or_else(|_| data_directory.to_owned());
    let near = absolute.join("postgres/socket");
    if near.as_os_str().len() <= 80 {
        return near;
    }
    let hash = Sha256::digest(absolute.as_os_str().as_encoded_bytes());
    std::env::temp_dir().join(format!("orgtrail-{}", hex::encode(&hash[..8])))
}

fn unprivileged_user() -> Result<Option<(Uid, Gid)>, EmbeddedError> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    let nobody = User::from_name("nobody")
        .map_err(io::Error::from)
        .map_err(io_error("look up the user nobody"))?;
    let nobody =
        nobody.ok_or_else(|| EmbeddedError::NotUp("there is no user `nobody`".to_owned()))?;
    Ok(Some((nobody.uid, nobody.gid)))
}

fn restrict(path: &Path, mode: u32) -> Result<(), EmbeddedError> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(io_error(format!("restrict {}", path.display())))
}

fn read_line(path: &Path, line: usize) -> Result<String, EmbeddedError> {
    let text = fs::read_to_string(path).map_err(io_error(format!("read {}", path.display())))?;
    Ok(text.lines().nth(line).unwrap_or_default().to_owned())
}

fn random_hex() -> String {
    hex::encode(rand::random::<[u8; 24]>())
}
