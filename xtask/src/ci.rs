//! `cargo xtask ci`: what a reviewer would ask for, cheapest first, stopping at the first failure.

use std::process::Command;

use anyhow::Result;

use crate::report::{Counts, Outcome, Report};
use crate::test::{self, Args};
use crate::{process, web};

type Step = (&'static str, fn() -> Result<Outcome>);

const BEFORE_TESTS: [Step; 3] =
    [("format", format), ("clippy", clippy), ("clippy wasm", clippy_web)];
const AFTER_TESTS: [Step; 3] = [("documents", documents), ("deny", deny), ("size", size)];

/// Runs all checks.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut report = Report::default();
    if run_steps(&BEFORE_TESTS, &mut report) && test::run_into(args, &mut report)? {
        run_steps(&AFTER_TESTS, &mut report);
    }
    report.finish();
    Ok(())
}

/// Runs steps until one fails, and tells whether none did.
fn run_steps(steps: &[Step], report: &mut Report) -> bool {
    steps.iter().all(|(name, step)| report.step(name, step))
}

fn format() -> Result<Outcome> {
    check(process::cargo().args(["fmt", "--all", "--check"]))
}

fn clippy() -> Result<Outcome> {
    let words = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    check(process::cargo().args(words))
}

fn clippy_web() -> Result<Outcome> {
    web::ensure_target()?;
    let mut cargo = process::cargo();
    cargo.args(["clippy", "-p", "orgtrail-web", "--features", "hydrate"]);
    check(cargo.args(["--target", web::TARGET, "--", "-D", "warnings"]))
}

fn documents() -> Result<Outcome> {
    let mut cargo = process::cargo();
    cargo.args(["doc", "--workspace", "--no-deps", "--document-private-items"]);
    check(cargo.env("RUSTDOCFLAGS", "-D warnings"))
}

fn deny() -> Result<Outcome> {
    let is_installed = process::cargo().args(["deny", "--version"]).output();
    if !is_installed.is_ok_and(|output| output.status.success()) {
        return Ok(Outcome::Skipped("cargo-deny is not installed".to_owned()));
    }
    check(process::cargo().args(["deny", "--offline", "check", "bans", "licenses", "sources"]))
}

fn size() -> Result<Outcome> {
    web::check_size()?;
    Ok(Outcome::Done(Counts::default()))
}

fn check(command: &Command) -> Result<Outcome> {
    process::run(command)?;
    Ok(Outcome::Done(Counts::default()))
}
