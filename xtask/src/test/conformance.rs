//! Stock AWS clients against the demo.

use std::process::Command;

use anyhow::Result;

use super::World;
use crate::report::Outcome;
use crate::{paths, postgres, process, tools};

/// Runs the Python scripts below `e2e/conformance`.
pub(super) fn run(world: &World) -> Result<Outcome> {
    let suite = paths::root().join("e2e/conformance");
    if !suite.is_dir() {
        return Ok(Outcome::Skipped("there is no e2e/conformance".to_owned()));
    }
    let python = match tools::python() {
        Ok(python) => python,
        Err(error) => return world.without(error.context("could not install the AWS clients")),
    };
    let mut command = Command::new(python);
    command.arg(&suite).current_dir(paths::root());
    prepare(&mut command, world);
    process::run_counted(&command).map(Outcome::Done)
}

/// Tells the end-to-end tests which server to start, and with which Postgres and pages.
pub(super) fn prepare(command: &mut Command, world: &World) {
    command.env("ORGTRAIL_BIN", paths::target().join("debug/orgtrail"));
    command.env(postgres::BIN_VARIABLE, &world.postgres_bin);
}
