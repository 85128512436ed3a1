//! `cargo xtask test`: every test there is, from a clean clone.

mod browser;
mod ceph;
mod conformance;
mod rust;

use std::cell::OnceCell;
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::ValueEnum;
use clap::builder::FalseyValueParser;
use nix::unistd::Uid;

use crate::postgres::{self, throwaway::Postgres};
use crate::report::{Counts, Outcome, Report};
use crate::web;

/// Which tests to run.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run only this step, and what it needs.
    #[arg(long)]
    only: Option<Step>,
    /// Set on CI machines, where nothing may be skipped for want of a package.
    #[arg(long, env = "CI", hide = true, value_parser = FalseyValueParser::new())]
    ci: bool,
}

/// The parts of a test run, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// The browser bundle.
    Web,
    /// The server and all test programs.
    Build,
    /// All tests in Rust, on a throw-away Postgres.
    Rust,
    /// The S3 suite again, against Ceph's S3 gateway.
    Ceph,
    /// Stock AWS clients against the demo.
    Conformance,
    /// A browser against the demo.
    Browser,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Build => "build",
            Self::Rust => "rust",
            Self::Ceph => "ceph",
            Self::Conformance => "conformance",
            Self::Browser => "browser",
        }
    }

    /// Tells whether `other` can't run without this step.
    fn is_needed_by(self, other: Self) -> bool {
        match self {
            Self::Web => other != Self::Web,
            Self::Build => !matches!(other, Self::Web | Self::Build),
            Self::Rust | Self::Ceph | Self::Conformance | Self::Browser => false,
        }
    }

    fn run(self, world: &World) -> Result<Outcome> {
        match self {
            Self::Web => web::build_release().map(|()| Outcome::Done(Counts::default())),
            Self::Build => rust::build().map(|()| Outcome::Done(Counts::default())),
            Self::Rust => rust::run(world).map(Outcome::Done),
            Self::Ceph => ceph::run(world),
            Self::Conformance => conformance::run(world),
            Self::Browser => browser::run(world),
        }
    }
}

/// What steps share. It is started when it is first needed and ended at the end.
struct World {
    is_strict: bool,
    postgres_bin: PathBuf,
    postgres: OnceCell<Postgres>,
}

impl World {
    /// The address of a Postgres that tests may do anything to.
    fn postgres_url(&self) -> Result<String> {
        if self.postgres.get().is_none() {
            let started = Postgres::start(&self.postgres_bin)?;
            self.postgres.set(started).map_err(|_| anyhow!("Postgres was started twice"))?;
        }
        self.postgres.get().map(Postgres::url).ok_or_else(|| anyhow!("there is no Postgres"))
    }

    /// What to do about a step that lacks something: skip it, but not silently on a CI machine.
    fn without(&self, error: anyhow::Error) -> Result<Outcome> {
        if self.is_strict { Err(error) } else { Ok(Outcome::Skipped(format!("{error:#}"))) }
    }
}

/// Runs the steps, all of them even if one fails, and prints what came of it.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut report = Report::default();
    run_into(args, &mut report)?;
    report.finish();
    Ok(())
}

/// Runs the steps as part of something larger, and tells whether none failed.
///
/// A step whose need failed is not tried.
pub(crate) fn run_into(args: &Args, report: &mut Report) -> Result<bool> {
    let world = World {
        is_strict: args.ci && Uid::effective().is_root(),
        postgres_bin: postgres::ensure()?,
        postgres: OnceCell::new(),
    };
    let mut failed: Vec<Step> = Vec::new();
    for step in Step::value_variants() {
        let is_wanted = args.only.is_none_or(|only| *step == only || step.is_needed_by(only));
        let is_possible = !failed.iter().any(|lost| lost.is_needed_by(*step));
        if is_wanted && is_possible && !report.step(step.name(), || step.run(&world)) {
            failed.push(*step);
        }
    }
    Ok(failed.is_empty())
}
