//! `orgtrail organization`.

use super::exit;
use super::output::{open, say};
use crate::config::InstallationConfig;
use crate::organization::{Consent, Synced, sync};
use clap::{Args, Subcommand};
use orgtrail_cloud::organizations::{AwsOrganizations, Pace};
use serde_json::json;
use std::time::Duration;

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Read the organization from AWS Organizations, by the usual AWS credentials, and make ours equal to it
    Sync(SyncArguments),
}

#[derive(Args)]
struct SyncArguments {
    /// Only say what would change
    #[arg(long)]
    dry_run: bool,
    /// Make changes that are so large that somebody has to confirm them
    #[arg(long, conflicts_with = "dry_run")]
    confirm: bool,
    /// Endpoint of AWS Organizations; AWS's own when absent
    #[arg(long)]
    organizations_endpoint: Option<String>,
    /// How many calls a second to make at the most; AWS allows a few, shared by all who ask in the account
    #[arg(long, default_value = "5", value_parser = clap::value_parser!(u16).range(1..=100))]
    calls_per_second: u16,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(config: InstallationConfig, arguments: Arguments) -> anyhow::Result<u8> {
    let Command::Sync(arguments) = arguments.command;
    let consent = match (arguments.dry_run, arguments.confirm) {
        (true, _) => Consent::DryRun,
        (_, true) => Consent::Confirmed,
        _ => Consent::Unless,
    };
    let (installation, services) = Box::pin(open(&config)).await?;
    let endpoint = arguments.organizations_endpoint.as_deref();
    let between_calls = Duration::from_secs(1) / u32::from(arguments.calls_per_second);
    let aws = AwsOrganizations::new(endpoint, Pace { between_calls, ..Pace::default() }).await;
    let synced = Box::pin(sync(&services, &aws, consent)).await;
    installation.close().await;
    tell(&synced?, arguments.json)?;
    Ok(exit::DONE)
}

fn tell(synced: &Synced, as_json: bool) -> anyhow::Result<()> {
    let Synced { organization, changes, is_applied } = synced;
    if as_json {
        let told = json!({ "organization": organization, "changes": changes.changes,
            "suspicions": changes.suspicions(), "is_applied": is_applied });
        say(serde_json::to_string_pretty(&told)?);
        return Ok(());
    }
    for change in &changes.changes {
        say(change.to_string());
    }
    for suspicion in changes.suspicions() {
        say(format!("to be confirmed: {suspicion}"));
    }
    say(match (changes.is_empty(), is_applied) {
        (true, _) => format!("{organization} is as it was"),
        (false, true) => format!("{organization}: {} changes made", changes.changes.len()),
        (false, false) => format!("{organization}: {} changes to be made", changes.changes.len()),
    });
    Ok(())
}
