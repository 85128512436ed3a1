//! `cargo xtask soak`: what CI runs in minutes, for as long as one likes.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use crate::postgres::{self, throwaway::Postgres, throwaway::URL_VARIABLE};
use crate::process;

/// How much of it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Events that the generator of truths delivers.
    #[arg(long, default_value_t = 1_000_000)]
    events: u32,
    /// How often imports are killed.
    #[arg(long, default_value_t = 500)]
    kills: u32,
    /// Seed of everything; another one each time when absent.
    #[arg(long)]
    seed: Option<u64>,
}

/// The tests that take more when they are told to.
const TESTS: [&str; 2] = [
    "truth::what_was_delivered_is_found_exactly_once_and_counted_right",
    "crash::an_import_that_is_killed_again_and_again_ends_like_an_undisturbed_one",
];

/// Runs the tests in a release build on a Postgres of their own.
pub(crate) fn run(args: &Args) -> Result<()> {
    let seed = match args.seed {
        Some(seed) => seed,
        None => {
            SystemTime::now().duration_since(UNIX_EPOCH).context("could not make a seed")?.as_secs()
        }
    };
    println!("seed {seed}");
    let bin = postgres::ensure()?;
    let postgres = Postgres::start(&bin)?;
    let mut cargo = process::cargo();
    cargo.args([
        "test",
        "--release",
        "--workspace",
        "--test",
        "it",
        "--",
        "--exact",
        "--nocapture",
    ]);
    cargo.args(TESTS).env(URL_VARIABLE, postgres.url()).env(postgres::BIN_VARIABLE, &bin);
    cargo.env("ORGTRAIL_SOAK_SEED", seed.to_string());
    cargo.env("ORGTRAIL_SOAK_EVENTS", args.events.to_string());
    cargo.env("ORGTRAIL_SOAK_KILLS", args.kills.to_string());
    let counts = process::run_counted(&cargo)?;
    if counts.failed > 0 {
        bail!("the soak with seed {seed} failed");
    }
    // A test that was renamed would be left out without a word.
    if usize::try_from(counts.passed) != Ok(TESTS.len()) {
        bail!("{} of {} tests were found and passed: {TESTS:?}", counts.passed, TESTS.len());
    }
    Ok(())
}
