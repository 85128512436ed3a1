//! Running other programs.

use std::io::{BufRead, BufReader, Write, stdout};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use nix::sys::signal::Signal;

use crate::guard::{Guarded, Terms};
use crate::paths;
use crate::report::Counts;

/// How long lines may still arrive after a command has ended.
const LAST_LINES: Duration = Duration::from_secs(5);

/// The cargo that runs us, in the root of the repository.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(paths::root());
    command
}

/// Runs a command to its end and fails if it does.
pub(crate) fn run(command: &Command) -> Result<()> {
    let line = describe(command);
    let mut guarded =
        Guarded::start(command, &in_the_foreground(), Stdio::inherit(), Stdio::inherit())?;
    let status = guarded.wait()?;
    if !status.success() {
        bail!("`{line}` failed with {status}");
    }
    Ok(())
}

/// Runs a command to its end and returns its standard output.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let line = describe(command);
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("could not start `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` failed with {}", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("could not read what `{line}` says"))
}

/// Runs a test command, passes its lines on, and counts the tests that it reports.
///
/// A command that fails without a failed test (it did not compile, say) counts as one failure.
pub(crate) fn run_counted(command: &Command) -> Result<Counts> {
    println!("$ {}", describe(command));
    let mut guarded = Guarded::start(command, &Terms::default(), Stdio::piped(), Stdio::inherit())?;
    let lines = guarded.take_stdout().context("could not read the output of a test command")?;
    let (report, reports) = channel();
    thread::spawn(move || {
        let mut counts = Counts::default();
        for line in BufReader::new(lines).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            counts.add_line(&line);
            writeln!(stdout(), "{line}").ok();
            report.send(counts).ok();
        }
    });
    let status = guarded.wait()?;
    // The channel closes with the output. A stray process could keep that open, so not for ever.
    let mut counts = Counts::default();
    while let Ok(newer) = reports.recv_timeout(LAST_LINES) {
        counts = newer;
    }
    if !status.success() && counts.failed == 0 {
        counts.failed = 1;
    }
    Ok(counts)
}

/// Ends a command as Ctrl-C would, which test runners take as the time to clean up.
fn in_the_foreground() -> Terms {
    Terms { signal: Some(Signal::SIGINT), ..Terms::default() }
}

/// The command as one would type it, shortened.
pub(crate) fn describe(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy()));
    words.join(" ")
}
