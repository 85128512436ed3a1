//! A Postgres for the time of a test run: no TCP, no durability, gone afterwards.

use std::fs::{File, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{FileExt, PermissionsExt, chown};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use nix::unistd::{Uid, User};

use crate::guard::{Guarded, Terms};
use crate::wait;

/// The user that Postgres runs as when we are root, which it refuses to be.
const UNPRIVILEGED: &str = "nobody";

/// Socket addresses end at 107 bytes, and the name in the directory takes up to 20 of them.
const SOCKET_DIRECTORY_BYTES_MAX: usize = 87;

/// Two commands for a shell: `$1` has the programs, `$2` is the directory, the rest are settings.
const MAKE_AND_SERVE: &str = r#"
    bin=$1 directory=$2 data=$2/data
    shift 2
    "$bin/initdb" -D "$data" -A trust -U postgres --no-sync --encoding=UTF8 --locale=C &&
    exec "$bin/postgres" -D "$data" -k "$directory" "$@"
"#;

/// Settings of a server whose data nobody will ever need again.
const SETTINGS: [&str; 10] = [
    "log_min_messages=fatal",
    "listen_addresses=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum_naptime=10min",
    "max_wal_size=4GB",
    "max_connections=300",
    "max_locks_per_transaction=512",
    "unix_socket_permissions=0700",
];

/// How tests are told where their Postgres is.
pub(crate) const URL_VARIABLE: &str = "ORGTRAIL_TEST_POSTGRES";

/// Starts one and says where, until it or we are stopped.
pub(crate) fn run() -> Result<()> {
    let mut postgres = Postgres::start(&super::ensure()?)?;
    println!("export {URL_VARIABLE}='{}'", postgres.url());
    let status = postgres.server.wait()?;
    bail!("the throw-away Postgres ended with {status}")
}

/// A running server, which ends and leaves nothing behind when this value goes.
pub(crate) struct Postgres {
    server: Guarded,
    log: File,
    sockets: PathBuf,
}

impl Postgres {
    /// Makes a fresh cluster and starts it.
    pub(crate) fn start(bin: &Path) -> Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("orgtrail-pg-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir()
            .context("could not create a directory for Postgres")?;
        if directory.path().as_os_str().len() > SOCKET_DIRECTORY_BYTES_MAX {
            bail!("the directory for temporary files has too long a name for a socket; set TMPDIR");
        }
        let user = Uid::effective().is_root().then_some(UNPRIVILEGED);
        if let Some(user) = user {
            give(directory.path(), user)?;
        }
        // Kept open: it can still be read when the guard has removed everything.
        let log = tempfile::tempfile_in(directory.path()).context("could not create a log")?;
        let output = log.try_clone().context("could not share a log")?;
        let terms = Terms {
            signal: Some(Signal::SIGQUIT),
            user: user.map(str::to_owned),
            remove: Some(directory.path().to_owned()),
        };
        let command = command(bin, directory.path());
        let server = Guarded::start(&command, &terms, Stdio::null(), output.into())?;
        // From here on it is the guard that removes the directory, whatever happens to us.
        let mut postgres = Self { server, log, sockets: directory.keep() };
        postgres.wait_until_ready()?;
        Ok(postgres)
    }

    /// How tests reach it, as a connection URL.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.sockets.display())
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let socket = self.sockets.join(".s.PGSQL.5432");
        wait::until("the throw-away Postgres", Duration::from_mins(1), || {
            if self.server.has_ended()? {
                bail!("the throw-away Postgres ended at once: {}", self.said());
            }
            Ok(accepts(&socket).then_some(()))
        })
    }

    /// The beginning of what the server wrote.
    fn said(&self) -> String {
        let mut text = [0; 4096];
        let bytes = self.log.read_at(&mut text, 0).unwrap_or(0);
        String::from_utf8_lossy(&text[..bytes]).trim().to_owned()
    }
}

fn give(directory: &Path, user: &str) -> Result<()> {
    let Some(user) = User::from_name(user).context("could not look up a user")? else {
        bail!("Postgres can't run as root, and there is no user `{user}`");
    };
    chown(directory, Some(user.uid.as_raw()), Some(user.gid.as_raw()))
        .with_context(|| format!("could not give away `{}`", directory.display()))
}

/// The command that makes the cluster and becomes the server, so that one guard holds both.
fn command(bin: &Path, directory: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", MAKE_AND_SERVE, "sh"]).arg(bin).arg(directory).current_dir("/");
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command
}

/// Tells whether the server lets the superuser in: a start-up packet, and the answer's first byte.
///
/// A socket that can be connected to is not enough: a server that still starts says so, as `E`.
fn accepts(socket: &Path) -> bool {
    const PROTOCOL_3: [u8; 4] = [0, 3, 0, 0];
    let parameters = b"user\0postgres\0database\0postgres\0\0";
    let Ok(bytes) = u32::try_from(parameters.len() + 8) else { return false };
    let packet = [bytes.to_be_bytes().as_slice(), &PROTOCOL_3, parameters].concat();
    let Ok(mut stream) = UnixStream::connect(socket) else { return false };
    let mut kind = [0];
    let answers = stream.write_all(&packet).and_then(|()| stream.read_exact(&mut kind)).is_ok();
    answers && kind == *b"R"
}
