//! `orgtrail quarantine`.

use super::exit;
use super::output::{acting, open, say};
use crate::audit::Deed;
use crate::collect::{RetrySummary, retry_quarantine};
use crate::config::InstallationConfig;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Read the archived bytes once more, as after an upgrade
    Retry(Retry),
}

#[derive(Args)]
struct Retry {
    /// Everything that is in quarantine
    #[arg(long, conflicts_with = "id", required_unless_present = "id")]
    all: bool,
    /// The file of this entry
    #[arg(long)]
    id: Option<i64>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(config: InstallationConfig, arguments: Arguments) -> anyhow::Result<u8> {
    let Command::Retry(arguments) = arguments.command;
    let (installation, services) = Box::pin(open(&config)).await?;
    let result = retry(&services, &arguments).await;
    installation.close().await;
    let summary = result?;
    if arguments.json {
        say(serde_json::to_string_pretty(&summary)?);
    } else {
        print(&summary);
    }
    Ok(if summary.failed.is_empty() { exit::DONE } else { exit::FOUND })
}

async fn retry(
    services: &crate::services::Services,
    arguments: &Retry,
) -> anyhow::Result<RetrySummary> {
    // The work is many transactions: it begins when it is recorded.
    let deed = Deed::change("RetryQuarantineEntry", json!({ "id": arguments.id }));
    acting(services, None, "quarantine", &deed).await?.commit(Value::Null).await?;
    let summary = Box::pin(retry_quarantine(services, arguments.id)).await?;
    if let (Some(id), 0) = (arguments.id, summary.objects) {
        anyhow::bail!("there is no open entry {id} in the quarantine");
    }
    Ok(summary)
}

fn print(summary: &RetrySummary) {
    say(format!("files read once more  {} with {} entries", summary.objects, summary.entries));
    say(format!("events indexed        {}", summary.taken_in.events));
    say(format!("quarantined again     {}", summary.taken_in.quarantined));
    say(format!("files as before       {}", summary.unchanged));
    for (key, reason) in &summary.failed {
        say(format!("could not be read     {key}: {reason}"));
    }
}
