//! `cargo xtask bench`: orgtrail and its peers, measured in one run.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::{paths, postgres, process, tools, web};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Arguments of the benchmark program.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    bench: Vec<OsString>,
}

/// Builds for release and runs the server's example `bench`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let bin = postgres::ensure()?;
    web::build_release()?;
    process::run(process::cargo().args(["build", "--release", "-p", "orgtrail-server"]))?;
    let mut bench = process::cargo();
    bench.args(["run", "--release", "-p", "orgtrail-server", "--example", "bench", "--"]);
    process::run(bench.args(&args.bench).env(postgres::BIN_VARIABLE, &bin))?;
    console(&bin)
}

/// How quickly the console is there, in a real browser.
fn console(postgres: &Path) -> Result<()> {
    let mut console = Command::new("node");
    console.arg("bench/console.mjs").current_dir(tools::node_packages()?);
    console.env("ORGTRAIL_CHROMIUM", tools::browser()?);
    console.env("ORGTRAIL_BIN", paths::target().join("release/orgtrail"));
    process::run(console.env(postgres::BIN_VARIABLE, postgres))
}
