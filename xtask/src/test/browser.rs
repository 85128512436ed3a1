//! A browser against the demo.

use std::process::Command;

use anyhow::Result;

use super::{World, conformance};
use crate::report::Outcome;
use crate::{paths, process, tools};

/// Runs the Playwright specs below `e2e/tests`.
pub(super) fn run(world: &World) -> Result<Outcome> {
    if !paths::root().join("e2e/tests").is_dir() {
        return Ok(Outcome::Skipped("there is no e2e/tests".to_owned()));
    }
    let tools = tools::node_packages().and_then(|node| Ok((node, tools::browser()?)));
    let (node, browser) = match tools {
        Ok(tools) => tools,
        Err(error) => return world.without(error.context("could not install the browser's tools")),
    };
    let mut command = Command::new("node");
    command.args(["node_modules/@playwright/test/cli.js", "test"]).current_dir(node);
    command.env("ORGTRAIL_CHROMIUM", browser);
    conformance::prepare(&mut command, world);
    process::run_counted(&command).map(Outcome::Done)
}
