//! `cargo xtask bench`: orgtrail and what people would run instead, on the same files, in one run.

mod figures;
mod report;

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{paths, postgres, process, tools, web};
use figures::{Figures, Step};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many events there are, about
    #[arg(long, default_value_t = 1_000_000)]
    scale: u64,
    /// How often everything but the searches is repeated; figures are medians
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// How often each question is asked
    #[arg(long, default_value_t = 15)]
    rounds: usize,
    /// Leave the console out, which needs a browser
    #[arg(long)]
    without_console: bool,
    /// Only print the result, and leave docs/benchmarks.md as it is
    #[arg(long)]
    dry_run: bool,
}

/// Measures, prints the result and writes it down.
pub(crate) fn run(args: &Args) -> Result<()> {
    let bench = Bench::prepare()?;
    let input = bench.work.path().join("input");
    println!("generating about {} events", args.scale);
    let scale = args.scale.to_string();
    let sample =
        bench.orgtrail("generate", &[input.as_os_str(), "--events".as_ref(), scale.as_ref()])?;
    let mut figures = Figures::new(sample);
    for run in 1..=args.runs.max(1) {
        println!("run {run} of {}", args.runs);
        for step in Step::REPEATED {
            figures.add(step, bench.step(step, &input, args));
        }
    }
    for step in Step::LAST {
        figures.add(step, bench.step(step, &input, args));
    }
    let console = if args.without_console {
        Vec::new()
    } else {
        // What was measured before must not be lost with a browser that can't be had.
        console(&bench.postgres).unwrap_or_else(|error| {
            println!("  console failed: {error:#}");
            vec![format!("| the console was not measured: {error:#} | – | – |").replace('\n', " ")]
        })
    };
    let text = report::markdown(&figures, &console);
    println!("{text}");
    for step in [Step::Ingest, Step::ScaleOne, Step::ScaleTwo, Step::Search] {
        if let Some(reason) = figures.failures.get(&step) {
            bail!("`{}` failed, so nothing is written down: {reason}", step.name());
        }
    }
    if !args.dry_run {
        let path = paths::root().join("docs/benchmarks.md");
        let document = fs::read_to_string(&path).context("could not read docs/benchmarks.md")?;
        fs::write(&path, report::insert(&document, args.scale, &text)?)
            .context("could not write docs/benchmarks.md")?;
    }
    Ok(())
}

/// The programs, and a directory for everything that they write.
struct Bench {
    program: PathBuf,
    postgres: PathBuf,
    /// Python with the peers, or why there is none.
    peers: Result<PathBuf, String>,
    /// Python with the AWS CLI, or why there is none.
    validator: Result<PathBuf, String>,
    work: tempfile::TempDir,
}

impl Bench {
    fn prepare() -> Result<Self> {
        let postgres = postgres::ensure()?;
        let example = ["build", "--release", "-p", "orgtrail-server", "--example", "bench"];
        process::run(process::cargo().args(example))?;
        // The unprivileged user of Postgres has to get through.
        let work = tempfile::Builder::new()
            .prefix("orgtrail-bench-")
            .permissions(Permissions::from_mode(0o711))
            .tempdir()
            .context("could not make a directory")?;
        Ok(Self {
            program: paths::target().join("release/examples/bench"),
            postgres,
            peers: tools::peers().map_err(|error| format!("{error:#}")),
            validator: tools::python().map_err(|error| format!("{error:#}")),
            work,
        })
    }

    /// Runs a step. What a peer can't do is a figure, too; what orgtrail can't do is an error.
    fn step(&self, step: Step, input: &Path, args: &Args) -> Result<Value, String> {
        println!("  {}", step.name());
        let data = self.fresh(step).map_err(|error| format!("{error:#}"))?;
        let rounds = args.rounds.to_string();
        let (input, data) = (input.as_os_str(), data.as_os_str());
        let result = match step {
            Step::Ingest => self.orgtrail("ingest", &[input, data]),
            Step::Search => {
                self.orgtrail("search", &[input, data, "--rounds".as_ref(), rounds.as_ref()])
            }
            Step::ScaleOne => self.scale(input, data, "1"),
            Step::ScaleTwo => self.scale(input, data, "2"),
            Step::Validate => python(&self.validator, step, &[input, data]),
            Step::DuckdbParquet | Step::DuckdbTable | Step::ChdbIngest => {
                python(&self.peers, step, &[input, data])
            }
            Step::DuckdbSearch | Step::ChdbSearch => {
                python(&self.peers, step, &[input, data, rounds.as_ref()])
            }
        };
        result.map_err(|error| format!("{error:#}"))
    }

    /// The directory of a step: empty before something is taken in, and kept for the searches.
    fn fresh(&self, step: Step) -> Result<PathBuf> {
        let directory = self.work.path().join(step.directory());
        if Step::REPEATED.contains(&step) && directory.exists() {
            fs::remove_dir_all(&directory).context("could not remove the data of the last run")?;
        }
        fs::create_dir_all(&directory).context("could not make a directory")?;
        Ok(directory)
    }

    fn scale(&self, input: &OsStr, data: &OsStr, processes: &str) -> Result<Value> {
        self.orgtrail("scale", &[input, data, "--processes".as_ref(), processes.as_ref()])
    }

    fn orgtrail(&self, step: &str, arguments: &[&OsStr]) -> Result<Value> {
        let mut bench = Command::new(&self.program);
        bench.arg(step).args(arguments).env(postgres::BIN_VARIABLE, &self.postgres);
        read(&process::capture(&mut bench)?)
    }
}

fn python(
    environment: &Result<PathBuf, String>,
    step: Step,
    arguments: &[&OsStr],
) -> Result<Value> {
    let python = match environment {
        Ok(python) => python,
        Err(reason) => bail!("it can't be installed: {reason}"),
    };
    let mut command = Command::new(python);
    command.arg(paths::root().join("e2e/bench/peers.py")).arg(step.name()).args(arguments);
    read(&process::capture(&mut command)?)
}

/// The last line, since libraries may print something before.
fn read(output: &str) -> Result<Value> {
    let line = output.lines().last().unwrap_or_default();
    serde_json::from_str(line).with_context(|| format!("`{line}` is no JSON"))
}

/// How quickly the console is there, in a real browser: lines of a table.
fn console(postgres: &Path) -> Result<Vec<String>> {
    web::build_release()?;
    process::run(process::cargo().args(["build", "--release", "-p", "orgtrail-server"]))?;
    let mut console = Command::new("node");
    console.arg("bench/console.mjs").current_dir(tools::node_packages()?);
    console.env("ORGTRAIL_CHROMIUM", tools::browser()?);
    console.env("ORGTRAIL_BIN", paths::target().join("release/orgtrail"));
    let output = process::capture(console.env(postgres::BIN_VARIABLE, postgres))?;
    Ok(output.lines().filter(|line| line.starts_with('|')).map(str::to_owned).collect())
}
