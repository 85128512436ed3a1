//! Who may depend on whom. The table is the picture in ARCHITECTURE.md.

use super::packages::{Dependency, Package, workspace};

const SHARED: &str = "orgtrail-shared";
const DOMAIN: &str = "orgtrail-domain";
const STORAGE: &str = "orgtrail-storage";
const CLOUD: &str = "orgtrail-cloud";
const OBJECTSTORE: &str = "orgtrail-objectstore";
const SAMPLE: &str = "orgtrail-sample";
const WEB: &str = "orgtrail-web";
const AUTHZ: &str = "orgtrail-authz";
const OIDC: &str = "orgtrail-oidc";
const ISSUER: &str = "orgtrail-issuer";
const SERVER: &str = "orgtrail-server";

const FUZZ: &str = "orgtrail-fuzz";

const LAYERS: [(&str, &[&str]); 13] = [
    (SHARED, &[]),
    (DOMAIN, &[SHARED]),
    (STORAGE, &[SHARED, DOMAIN]),
    (CLOUD, &[SHARED, DOMAIN]),
    (OBJECTSTORE, &[SHARED, DOMAIN, STORAGE]),
    (SAMPLE, &[SHARED, DOMAIN]),
    (WEB, &[SHARED]),
    (AUTHZ, &[SHARED]),
    (ISSUER, &[]),
    (OIDC, &[DOMAIN, ISSUER]),
    (SERVER, &[SHARED, DOMAIN, STORAGE, CLOUD, OBJECTSTORE, SAMPLE, AUTHZ, OIDC, ISSUER, WEB]),
    (FUZZ, &[SHARED, DOMAIN, CLOUD, OBJECTSTORE]),
    ("xtask", &[]),
];

/// The object store's tests speak to it as everybody does: with the AWS SDK.
const AWS_IN_TESTS: [(&str, &str); 1] = [(OBJECTSTORE, "aws-sdk-s3")];

/// Crates without which there is no input or output worth the name.
const IMPURE: [&str; 5] = ["axum", "hyper", "reqwest", "tokio", "tower"];

#[test]
fn layers_point_down() {
    let packages = workspace();
    assert_eq!(packages.len(), LAYERS.len(), "the table of layers names a package that is gone");
    for package in packages {
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == package.name) else {
            panic!("{} has no place in the table of layers", package.name);
        };
        forbid(&package, |dependency| {
            dependency.is_ours && !allowed.contains(&dependency.name.as_str())
        });
    }
}

#[test]
fn only_storage_speaks_sql() {
    for package in workspace().iter().filter(|package| package.name != STORAGE) {
        // The whole-server tests look at the database from outside, as a judge.
        let is_judge = package.name == "orgtrail-server";
        forbid(package, |dependency| {
            dependency.name.starts_with("sqlx") && !(dependency.is_for_tests && is_judge)
        });
    }
}

#[test]
fn only_cloud_names_the_aws_sdk() {
    for package in workspace().iter().filter(|package| package.name != CLOUD) {
        forbid(package, |dependency| {
            let is_aws = dependency.name.starts_with("aws-sdk-") || dependency.name == "aws-config";
            let edge = (package.name.as_str(), dependency.name.as_str());
            is_aws && !(dependency.is_for_tests && AWS_IN_TESTS.contains(&edge))
        });
    }
}

#[test]
fn the_rules_do_no_input_or_output() {
    for package in workspace().iter().filter(|package| [SHARED, DOMAIN].contains(&&*package.name)) {
        forbid(package, |dependency| IMPURE.contains(&dependency.name.as_str()));
    }
}

#[test]
fn every_package_takes_the_lints_of_the_house() {
    for Package { name, manifest, .. } in workspace() {
        assert!(manifest.contains("[lints]\nworkspace = true"), "{name} has its own lints");
    }
}

#[track_caller]
fn forbid(package: &Package, is_forbidden: impl Fn(&Dependency) -> bool) {
    let forbidden = package.dependencies.iter().filter(|dependency| is_forbidden(dependency));
    let names: Vec<&str> = forbidden.map(|dependency| dependency.name.as_str()).collect();
    assert!(names.is_empty(), "{} must not depend on {names:?}", package.name);
}
