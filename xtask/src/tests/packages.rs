//! What cargo knows about our packages.

use serde_json::Value;

use crate::process;

/// One package of the workspace.
pub(super) struct Package {
    pub(super) name: String,
    /// The text of its `Cargo.toml`.
    pub(super) manifest: String,
    pub(super) dependencies: Vec<Dependency>,
}

/// One line of a package's dependencies, of whatever kind.
pub(super) struct Dependency {
    pub(super) name: String,
    pub(super) is_ours: bool,
    pub(super) is_for_tests: bool,
}

/// Reads the workspace, without its dependencies' dependencies.
pub(super) fn workspace() -> Vec<Package> {
    let mut cargo = process::cargo();
    cargo.args(["metadata", "--no-deps", "--format-version", "1", "--offline"]);
    let metadata: Value = serde_json::from_str(&process::capture(&mut cargo).unwrap()).unwrap();
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

fn package(package: &Value) -> Package {
    let dependencies = package["dependencies"].as_array().unwrap();
    Package {
        name: package["name"].as_str().unwrap().to_owned(),
        manifest: std::fs::read_to_string(package["manifest_path"].as_str().unwrap()).unwrap(),
        dependencies: dependencies.iter().map(dependency).collect(),
    }
}

fn dependency(dependency: &Value) -> Dependency {
    Dependency {
        name: dependency["name"].as_str().unwrap().to_owned(),
        is_ours: dependency["path"].is_string(),
        is_for_tests: dependency["kind"] == "dev",
    }
}
