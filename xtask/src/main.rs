//! The house's only automation: builds, runs and checks orgtrail.
//!
//! It needs cargo and nothing else to start, and depends on no orgtrail crate, so it compiles
//! while the product may be broken.
#![expect(clippy::print_stdout, reason = "the terminal is this program's only surface")]

mod apt;
mod bench;
mod ci;
mod fuzz;
mod guard;
mod paths;
mod postgres;
mod process;
mod report;
mod run;
mod soak;
mod test;
#[cfg(test)]
mod tests;
mod tools;
mod wait;
mod web;

use clap::Parser;

/// Builds, runs and checks orgtrail.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
enum Command {
    /// Builds the browser bundle into `target/site`.
    Web(web::Args),
    /// Installs what is missing, builds, and starts the demo.
    Run(run::Args),
    /// Runs every test there is, on components that it starts itself.
    Test(test::Args),
    /// Runs what a reviewer would ask for: format, lints, tests, documents, budgets.
    Ci(test::Args),
    /// Builds for release and runs the benchmarks.
    Bench(bench::Args),
    /// Feeds the readers of foreign bytes with what nobody would write.
    Fuzz(fuzz::Args),
    /// Delivers more events, and kills more imports, than CI has time for.
    Soak(soak::Args),
    /// Starts a throw-away Postgres for tests by hand, until Ctrl-C.
    Postgres,
    /// Runs a command and ends it when standard input closes; for the other commands.
    #[command(hide = true)]
    Guard(guard::Args),
}

fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Web(args) => web::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Ci(args) => ci::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Fuzz(args) => fuzz::run(&args),
        Command::Soak(args) => soak::run(&args),
        Command::Postgres => postgres::throwaway::run(),
        Command::Guard(args) => guard::run(&args),
    }
}
