//! `cargo xtask fuzz`: the targets of `server/fuzz` under libFuzzer, or without it, where it is missing.

use std::process::Command;

use anyhow::{Result, bail};

use crate::{paths, process};

/// How long.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Seconds that each target runs under libFuzzer.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Only this target.
    #[arg(long)]
    target: Option<String>,
    /// Mutations of each input where libFuzzer is missing.
    #[arg(long, default_value_t = 50_000)]
    rounds: u32,
    /// Seed of the mutations.
    #[arg(long)]
    seed: Option<u64>,
}

/// Writes the corpora and fuzzes.
pub(crate) fn run(args: &Args) -> Result<()> {
    let corpora = paths::target().join("fuzz");
    let mut write = process::cargo();
    process::run(write.args(["run", "-p", "orgtrail-fuzz", "--"]).arg(&corpora))?;
    let mut names: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(&corpora)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    if let Some(only) = &args.target {
        if !names.contains(only) {
            bail!("there is no target `{only}`; there are {}", names.join(", "));
        }
        names.retain(|name| name == only);
    }
    if let Some(missing) = missing() {
        println!("{missing} is missing: seeded mutations are run instead of libFuzzer");
        let mut cargo = process::cargo();
        cargo.args(["test", "--release", "-p", "orgtrail-fuzz", "--test", "mutations"]);
        cargo.env("ORGTRAIL_FUZZ_ROUNDS", args.rounds.to_string());
        cargo.env("ORGTRAIL_FUZZ_TARGETS", names.join(","));
        if let Some(seed) = args.seed {
            cargo.env("ORGTRAIL_SOAK_SEED", seed.to_string());
        }
        return process::run(&cargo);
    }
    for name in &names {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(paths::root().join("server/fuzz/libfuzzer"));
        cargo.args(["+nightly", "fuzz", "run", "--fuzz-dir", ".", "any"]).arg(corpora.join(name));
        cargo.args(["--", &format!("-max_total_time={}", args.seconds)]);
        if let Some(seed) = args.seed {
            cargo.arg(format!("-seed={seed}"));
        }
        process::run(cargo.env("ORGTRAIL_FUZZ_TARGET", name))?;
    }
    Ok(())
}

/// What libFuzzer needs and isn't there.
fn missing() -> Option<&'static str> {
    let works = |arguments: &[&str]| {
        let output = Command::new("cargo").args(arguments).output();
        output.is_ok_and(|output| output.status.success())
    };
    if !works(&["+nightly", "--version"]) {
        return Some("a nightly toolchain");
    }
    (!works(&["+nightly", "fuzz", "--version"])).then_some("cargo-fuzz")
}
