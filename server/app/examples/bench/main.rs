//! orgtrail's part of the benchmark. `cargo xtask bench` runs it, beside others on the same files.
//!
//! Each step is a process of its own, so that its memory is its own, and prints one JSON object.
#![expect(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a program that prints measured figures"
)]

mod generate;
mod ingest;
mod opened;
mod process;
mod scaling;
mod search;

use clap::{Parser, Subcommand};
use orgtrail_server::config::InstallationConfig;
use std::path::PathBuf;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    /// Writes the log files and digests that everybody reads
    Generate {
        /// Where to
        input: PathBuf,
        /// How many events there shall be, about
        #[arg(long)]
        events: u64,
    },
    /// Takes the files in, and verifies their chains
    Ingest(Places),
    /// Takes the files in by processes that share one queue
    Scale {
        #[command(flatten)]
        places: Places,
        /// How many processes
        #[arg(long)]
        processes: usize,
    },
    /// One of these processes
    #[command(hide = true)]
    Drain(Places),
    /// Searches what was taken in
    Search {
        #[command(flatten)]
        places: Places,
        /// How often each question is asked
        #[arg(long, default_value_t = 15)]
        rounds: usize,
    },
}

#[derive(clap::Args)]
struct Places {
    /// The directory that was written by `generate`
    input: PathBuf,
    /// The data directory
    data: PathBuf,
    #[command(flatten)]
    installation: InstallationConfig,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let result = match arguments.step {
        Step::Generate { input, events } => generate::run(&input, events)?,
        Step::Ingest(places) => ingest::run(&places).await?,
        Step::Scale { places, processes } => scaling::run(&places, processes).await?,
        Step::Drain(places) => Box::pin(scaling::drain(&places)).await?,
        Step::Search { places, rounds } => search::run(&places, rounds).await?,
    };
    println!("{result}");
    Ok(())
}
