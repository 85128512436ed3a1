//! What the guard promises: nothing outlives whoever asked for it.
//!
//! Everything below holds our pipe, so reading to its end proves that all of it is gone.
#![expect(clippy::unwrap_used, reason = "clippy knows a test's helpers only beside a `cfg(test)`")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

#[test]
fn when_the_pipe_closes_everything_ends() {
    let (mut guard, mut output) = guard(&["--", "sh", "-c", "tail -f /dev/null & echo up; wait"]);
    assert_eq!(first_line(&mut output), "up");

    drop(guard.stdin.take());

    assert_eq!(guard.wait().unwrap().code(), Some(128 + 15));
    assert_eq!(rest(output), "");
}

#[test]
fn what_a_finished_command_leaves_behind_ends_too() {
    let deaf = "trap '' TERM; tail -f /dev/null & echo up; exit 7";
    let (mut guard, mut output) = guard(&["--", "sh", "-c", deaf]);
    let lifeline = guard.stdin.take();
    assert_eq!(first_line(&mut output), "up");

    assert_eq!(guard.wait().unwrap().code(), Some(7));
    assert_eq!(rest(output), "");
    drop(lifeline);
}

#[test]
fn the_directory_goes_with_the_command() {
    let directory = tempfile::tempdir().unwrap().keep();
    let (mut guard, _) = guard(&["--remove", directory.to_str().unwrap(), "--", "true"]);
    let _lifeline = guard.stdin.take(); // or waiting would close it, and end the command
    assert!(guard.wait().unwrap().success());
    assert!(!directory.exists());
}

fn guard(arguments: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let mut guard = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("guard")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(guard.stdout.take().unwrap());
    (guard, output)
}

fn first_line(output: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    line.trim().to_owned()
}

fn rest(mut output: BufReader<ChildStdout>) -> String {
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    rest
}
