//! `orgtrail organization`.

use super::exit;
use super::output::{acting, open, organization, say};
use crate::audit::Actor;
use crate::backend::edits::{change, edit_deed};
use crate::config::InstallationConfig;
use crate::organization::{Consent, Synced, sync};
use crate::services::Services;
use anyhow::Context;
use clap::{Args, Subcommand};
use orgtrail_cloud::endpoint::check_endpoint;
use orgtrail_cloud::organizations::{AwsOrganizations, Pace};
use orgtrail_shared::edit::EditRequest;
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
    /// Change an organization that is kept here, by one of AWS's operations as JSON
    Edit(EditArguments),
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

#[derive(Args)]
struct EditArguments {
    /// The operation, such as '{"operation": "MoveAccount", "account": "…", "destination": "ou-…"}'
    edit: String,
    /// Why
    #[arg(long)]
    reason: String,
}

pub(super) async fn run(config: InstallationConfig, arguments: Arguments) -> anyhow::Result<u8> {
    let arguments = match arguments.command {
        Command::Sync(arguments) => arguments,
        Command::Edit(arguments) => return edit(config, arguments).await,
    };
    let consent = match (arguments.dry_run, arguments.confirm) {
        (true, _) => Consent::DryRun,
        (_, true) => Consent::Confirmed,
        _ => Consent::Unless,
    };
    let (installation, services) = Box::pin(open(&config)).await?;
    let endpoint = arguments.organizations_endpoint.as_deref();
    let between_calls = Duration::from_secs(1) / u32::from(arguments.calls_per_second);
    let pace = Pace { between_calls, ..Pace::default() };
    let synced = async {
        let aws = aws_organizations(&services, endpoint, pace).await?;
        let actor = Actor::operator(None, "organization");
        Box::pin(sync(&services, &aws, config.organization.as_ref(), consent, &actor)).await
    };
    let synced = synced.await;
    installation.close().await;
    tell(&synced?, arguments.json)?;
    Ok(exit::DONE)
}

async fn edit(config: InstallationConfig, arguments: EditArguments) -> anyhow::Result<u8> {
    let edit = serde_json::from_str(&arguments.edit).context("that is no change")?;
    let request = EditRequest { edit, reason: arguments.reason };
    let (installation, services) = Box::pin(open(&config)).await?;
    let edited = async {
        let row = organization(&config, &services).await?;
        let before = services.database.snapshot(row.organization_id).await?;
        let deed = edit_deed(&request);
        let acting = acting(&services, Some(row.organization_id), "organization", &deed).await?;
        anyhow::Ok(change(&services, &row, before.as_ref(), &request, acting).await?)
    };
    let edited = Box::pin(edited).await;
    installation.close().await;
    let edited = edited?;
    for sentence in edited.changes {
        say(sentence);
    }
    if let Some(made) = edited.made {
        say(made);
    }
    Ok(exit::DONE)
}

/// AWS Organizations by the usual credentials, which are sent nowhere else than allowed.
pub(super) async fn aws_organizations(
    services: &Services,
    endpoint: Option<&str>,
    pace: Pace,
) -> anyhow::Result<AwsOrganizations> {
    if let Some(endpoint) = endpoint {
        check_endpoint(endpoint, &services.allowed_endpoints).await?;
    }
    Ok(AwsOrganizations::new(endpoint, pace).await)
}

fn tell(synced: &Synced, as_json: bool) -> anyhow::Result<()> {
    let Synced { organization, accounts, is_new, changes, suspicions, is_applied } = synced;
    if as_json {
        let told = json!({ "organization": organization, "accounts": accounts, "is_new": is_new,
            "changes": changes.changes, "suspicions": suspicions, "is_applied": is_applied });
        say(serde_json::to_string_pretty(&told)?);
        return Ok(());
    }
    for change in &changes.changes {
        say(change.to_string());
    }
    for suspicion in suspicions {
        say(format!("to be confirmed: {suspicion}"));
    }
    let made = if *is_applied { "is known now" } else { "would be new" };
    say(match (changes.is_empty(), is_applied) {
        _ if *is_new => format!("{organization} {made}, with {accounts} accounts"),
        (true, _) => format!("{organization} is as it was"),
        (false, true) => format!("{organization}: {} changes made", changes.changes.len()),
        (false, false) => format!("{organization}: {} changes to be made", changes.changes.len()),
    });
    Ok(())
}
