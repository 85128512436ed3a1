//! The command line: each command builds its world and runs it.

mod access_key;
mod backfill;
mod break_glass;
mod demo;
mod doctor;
mod grant;
mod identity_provider;
mod import;
mod migrate;
mod organization;
mod output;
mod quarantine;
mod rules;
mod serve;
mod token;
mod user;
mod verify;
mod work;

use crate::config::InstallationConfig;
use crate::telemetry;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Exit codes, as `orgtrail help` documents them.
pub mod exit {
    /// Everything went as asked.
    pub const DONE: u8 = 0;
    /// The command could not do what was asked.
    pub const FAILED: u8 = 1;
    /// `verify`: something is not proven. `import --strict`: something was quarantined. `doctor`: something is wrong.
    pub const FOUND: u8 = 3;
}

/// Organization trail aggregator: collects, proves and searches the CloudTrail logs of an AWS organization.
#[derive(Parser)]
#[command(
    name = "orgtrail",
    version,
    after_help = "Exit codes: 0 done · 1 failed · 2 wrong arguments · 3 verify: something is not proven; \
                  import --strict: something was quarantined; doctor: something is wrong"
)]
struct CommandLine {
    #[command(flatten)]
    installation: InstallationConfig,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything in one process: console, API and jobs
    Serve(serve::Arguments),
    /// Run jobs only, to scale out
    Work(work::Arguments),
    /// Run `serve` on a sample organization with real log files
    Demo(demo::Arguments),
    /// Collect from a directory, a file or an s3:// URL now
    Import(import::Arguments),
    /// Check that everything that was expected is there and unaltered
    Verify(verify::Arguments),
    /// Bring the database's schema up to date
    Migrate,
    /// Show how far the collection of old days is, pause it, or let it go on
    Backfill(backfill::Arguments),
    /// Retry what could not be indexed
    Quarantine(quarantine::Arguments),
    /// Check database, archive, sources, keys and clock
    Doctor(doctor::Arguments),
    /// Keep the organization in step with AWS Organizations
    Organization(organization::Arguments),
    /// Manage the people who sign in
    User(user::Arguments),
    /// Make somebody an administrator for some hours, when nobody else can
    BreakGlass(break_glass::Arguments),
    /// Show, set or take back what the organization forbids
    Rules(rules::Arguments),
    /// Show, set or take away the identity provider that people sign in with
    IdentityProvider(identity_provider::Arguments),
    /// Print a bearer token for /api/v1
    Token(token::Arguments),
    /// Manage the access keys that AWS clients sign with
    AccessKey(access_key::Arguments),
    /// Give roles and take them back
    Grant(grant::Arguments),
}

/// Runs the command of this process.
pub fn main() -> ExitCode {
    let line = CommandLine::parse();
    // TLS libraries of several dependencies meet in one process; one provider serves them all.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("orgtrail: the TLS provider was installed twice");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("orgtrail: could not start: {error}");
            return ExitCode::from(exit::FAILED);
        }
    };
    let (as_json, level) = match &line.command {
        Command::Serve(arguments) => (arguments.listen.log_json, "info"),
        Command::Demo(arguments) => (arguments.listen.log_json, "warn"),
        Command::Work(_) => (false, "info"),
        Command::Import(_)
        | Command::Verify(_)
        | Command::Migrate
        | Command::Backfill(_)
        | Command::Quarantine(_)
        | Command::Doctor(_)
        | Command::User(_)
        | Command::BreakGlass(_)
        | Command::Rules(_)
        | Command::IdentityProvider(_)
        | Command::Token(_)
        | Command::Organization(_)
        | Command::AccessKey(_)
        | Command::Grant(_) => (false, "error"),
    };
    telemetry::init_logs(as_json, level);
    let result = runtime.block_on(run(line));
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("orgtrail: {error:#}");
            ExitCode::from(exit::FAILED)
        }
    }
}

async fn run(line: CommandLine) -> anyhow::Result<u8> {
    let config = line.installation;
    match line.command {
        Command::Serve(arguments) => Box::pin(serve::run(config, arguments)).await,
        Command::Work(arguments) => Box::pin(work::run(config, arguments)).await,
        Command::Demo(arguments) => Box::pin(demo::run(config, arguments)).await,
        Command::Import(arguments) => Box::pin(import::run(config, arguments)).await,
        Command::Verify(arguments) => Box::pin(verify::run(config, arguments)).await,
        Command::Migrate => Box::pin(migrate::run(config)).await,
        Command::Backfill(arguments) => Box::pin(backfill::run(config, arguments)).await,
        Command::Quarantine(arguments) => Box::pin(quarantine::run(config, arguments)).await,
        Command::Doctor(arguments) => Box::pin(doctor::run(config, arguments)).await,
        Command::User(arguments) => Box::pin(user::run(config, arguments)).await,
        Command::BreakGlass(arguments) => Box::pin(break_glass::run(config, arguments)).await,
        Command::Rules(arguments) => Box::pin(rules::run(config, arguments)).await,
        Command::IdentityProvider(arguments) => {
            Box::pin(identity_provider::run(config, arguments)).await
        }
        Command::Token(arguments) => Box::pin(token::run(config, arguments)).await,
        Command::Organization(arguments) => Box::pin(organization::run(config, arguments)).await,
        Command::AccessKey(arguments) => Box::pin(access_key::run(config, arguments)).await,
        Command::Grant(arguments) => Box::pin(grant::run(config, arguments)).await,
    }
}

#[cfg(test)]
mod tests;
