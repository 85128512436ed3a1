//! Keeps the promise that whatever the xtask starts also ends.
//!
//! Every command runs below a small guard: this same program with the hidden command `guard`, in
//! its own process group, holding the read end of a pipe. When the pipe closes — because the xtask
//! lets go, fails, is interrupted or killed — the guard ends the command and everything it
//! started. One way down for all cases, and no signal handler.

use std::ffi::OsString;
use std::io::{Read, stdin};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio, exit};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;
use std::{fs, thread};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, User};

/// How long a command may take to end by itself before it is killed.
const GRACE: Duration = Duration::from_secs(15);

/// Ourselves, even after cargo has put a newer build in the place of our file, as it does when it
/// builds the whole workspace.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// What the guard is told.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Signal that asks the command to end.
    #[arg(long, default_value = "SIGTERM")]
    signal: Signal,
    /// Run the command as this user.
    #[arg(long)]
    user: Option<String>,
    /// Directory to remove afterwards.
    #[arg(long)]
    remove: Option<PathBuf>,
    /// The command and its arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<OsString>,
}

/// Is the guard: runs the command and leaves with its exit code.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = Command::new(&args.command[0]);
    command.args(&args.command[1..]).stdin(Stdio::null()).process_group(0);
    if let Some(user) = &args.user {
        run_as(&mut command, user)?;
    }
    let name = args.command[0].display();
    let mut child = command.spawn().with_context(|| format!("could not start `{name}`"))?;
    let group = Pid::from_raw(i32::try_from(child.id()).context("could not read a process id")?);
    let (ended, has_ended) = channel::<()>();
    let signal = args.signal;
    thread::spawn(move || end_when_stdin_closes(group, signal, &has_ended));
    let status = child.wait().with_context(|| format!("could not wait for `{name}`"))?;
    drop(ended);
    // Whatever the command left behind in its group. Usually nothing, which is an error here.
    killpg(group, Signal::SIGKILL).ok();
    if let Some(directory) = &args.remove {
        fs::remove_dir_all(directory).ok();
    }
    exit(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)))
}

fn end_when_stdin_closes(group: Pid, signal: Signal, has_ended: &Receiver<()>) {
    // Nobody ever writes: the read returns when the other end is gone, however it went.
    stdin().read_to_end(&mut Vec::new()).ok();
    killpg(group, signal).ok();
    if has_ended.recv_timeout(GRACE) == Err(RecvTimeoutError::Timeout) {
        killpg(group, Signal::SIGKILL).ok();
    }
}

fn run_as(command: &mut Command, user: &str) -> Result<()> {
    let Some(user) = User::from_name(user).context("could not look up a user")? else {
        bail!("there is no user `{user}`");
    };
    command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    Ok(())
}

/// How a guarded command is to be run and ended.
#[derive(Default)]
pub(crate) struct Terms {
    /// Signal that asks it to end; SIGTERM if not said.
    pub(crate) signal: Option<Signal>,
    /// User to run as.
    pub(crate) user: Option<String>,
    /// Directory that goes when the command has ended.
    pub(crate) remove: Option<PathBuf>,
}

/// A running command that ends, at the latest, with this value.
pub(crate) struct Guarded {
    guard: Child,
    lifeline: Option<ChildStdin>,
}

impl Guarded {
    /// Starts `command`; its arguments, variables and directory are taken, its streams are not.
    pub(crate) fn start(
        command: &Command,
        terms: &Terms,
        stdout: Stdio,
        stderr: Stdio,
    ) -> Result<Self> {
        let mut guard = Command::new(THIS_PROGRAM);
        guard.arg0("xtask").arg("guard");
        if let Some(signal) = terms.signal {
            guard.arg("--signal").arg(signal.as_str());
        }
        if let Some(user) = &terms.user {
            guard.arg("--user").arg(user);
        }
        if let Some(directory) = &terms.remove {
            guard.arg("--remove").arg(directory);
        }
        guard.arg("--").arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => guard.env(name, value),
                None => guard.env_remove(name),
            };
        }
        if let Some(directory) = command.get_current_dir() {
            guard.current_dir(directory);
        }
        // Its own group: Ctrl-C ends the xtask, and that closes the pipe.
        guard.process_group(0).stdin(Stdio::piped()).stdout(stdout).stderr(stderr);
        let mut guard = guard.spawn().context("could not start the guard")?;
        let lifeline = guard.stdin.take();
        Ok(Self { guard, lifeline })
    }

    /// The command's standard output, if it was asked for as a pipe.
    pub(crate) fn take_stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.guard.stdout.take()
    }

    /// Waits until the command has ended by itself.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus> {
        // `Child::wait` closes a piped stdin, but ours was taken out and stays open.
        self.guard.wait().context("could not wait for the guard")
    }

    /// Tells whether the command has ended.
    pub(crate) fn has_ended(&mut self) -> Result<bool> {
        Ok(self.guard.try_wait().context("could not look at the guard")?.is_some())
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        self.guard.wait().ok();
    }
}
