//! `cargo xtask run`: from a clone to a console in the browser.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{paths, postgres, process, web};

/// What to run the demo with.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Further arguments of `orgtrail demo`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    demo: Vec<OsString>,
}

/// Gets what is missing, builds for release, and becomes the demo.
pub(crate) fn run(args: &Args) -> Result<()> {
    let bin = postgres::ensure()?;
    web::build_release()?;
    process::run(process::cargo().args(["build", "--release", "-p", "orgtrail-server"]))?;
    let mut demo = Command::new(paths::target().join("release/orgtrail"));
    demo.arg("demo").current_dir(paths::root()).env(postgres::BIN_VARIABLE, bin);
    if !names_data_directory(&args.demo) {
        demo.arg("--data-dir").arg(paths::open_to_all("demo"));
    }
    let error = demo.args(&args.demo).exec();
    Err(error).context("could not start the demo")
}

fn names_data_directory(arguments: &[OsString]) -> bool {
    arguments.iter().any(|argument| {
        argument
            .to_str()
            .is_some_and(|text| text == "--data-dir" || text.starts_with("--data-dir="))
    })
}
