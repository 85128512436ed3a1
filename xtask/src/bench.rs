//! `cargo xtask bench`: orgtrail and its peers, measured in one run.

use std::ffi::OsString;

use anyhow::Result;

use crate::{postgres, process, web};

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
    process::run(bench.args(&args.bench).env(postgres::BIN_VARIABLE, bin))
}
