//! All tests in Rust.

use std::process::Command;

use anyhow::Result;
use serde_json::Value;

use super::World;
use crate::postgres::throwaway::URL_VARIABLE;
use crate::report::Counts;
use crate::{postgres, process};

/// The one selection that everything is built with.
///
/// Another selection would mean other features of the same dependencies, and so a second build of
/// half the graph.
fn cargo_test() -> Command {
    let mut cargo = process::cargo();
    cargo.args(["test", "--workspace", "--all-targets"]);
    cargo
}

/// Builds the server and every test program.
pub(super) fn build() -> Result<()> {
    process::run(cargo_test().arg("--no-run"))
}

/// Runs everything, to the end even if something fails.
pub(super) fn run(world: &World) -> Result<Counts> {
    let mut cargo = cargo_test();
    cargo.arg("--no-fail-fast");
    process::run_counted(&prepare(cargo, world)?)
}

/// The command that runs one built test program as cargo would, if there is such a program.
pub(super) fn program(world: &World, package: &str, target: &str) -> Result<Option<Command>> {
    let list = process::capture(cargo_test().args(["--no-run", "--message-format=json"]))?;
    for message in list.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let is_it = message["target"]["name"] == target
            && message["target"]["kind"][0] == "test"
            && names_package(&message["manifest_path"], package);
        if let (true, Some(executable)) = (is_it, message["executable"].as_str()) {
            let mut command = Command::new(executable);
            if let Some(directory) = parent(&message["manifest_path"]) {
                command.current_dir(directory).env("CARGO_MANIFEST_DIR", directory);
            }
            return prepare(command, world).map(Some);
        }
    }
    Ok(None)
}

fn prepare(mut command: Command, world: &World) -> Result<Command> {
    command.env(URL_VARIABLE, world.postgres_url()?);
    command.env(postgres::BIN_VARIABLE, &world.postgres_bin);
    Ok(command)
}

fn parent(manifest: &Value) -> Option<&str> {
    manifest.as_str()?.strip_suffix("/Cargo.toml")
}

fn names_package(manifest: &Value, package: &str) -> bool {
    parent(manifest).is_some_and(|directory| directory.ends_with(package))
}
