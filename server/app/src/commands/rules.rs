//! `orgtrail rules`: what an organization forbids beyond our own limits, for whoever runs the machine.

use super::exit;
use super::output::{acting, open, organization, say};
use crate::access::read_rules;
use crate::audit::Deed;
use crate::config::InstallationConfig;
use crate::services::Services;
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the policies that hold
    Show,
    /// Let the policies of a file hold
    Set {
        /// The file, in Cedar
        file: PathBuf,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Take them all back, as when nobody can sign in any more
    Clear {
        /// Why
        #[arg(long)]
        reason: String,
    },
}

pub(super) async fn run(config: InstallationConfig, arguments: Arguments) -> anyhow::Result<u8> {
    let (installation, services) = Box::pin(open(&config)).await?;
    let result = Box::pin(work(&config, &services, arguments.command)).await;
    installation.close().await;
    result?;
    Ok(exit::DONE)
}

async fn work(
    config: &InstallationConfig,
    services: &Services,
    command: Command,
) -> anyhow::Result<()> {
    let organization_id = organization(config, services).await?.organization_id;
    let known = services.database.own_policy(organization_id).await?;
    let (content, reason) = match command {
        Command::Show => {
            say(known.map(|row| row.content).unwrap_or_default());
            return Ok(());
        }
        Command::Set { file, reason } => {
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("could not read {}", file.display()))?;
            read_rules(&services.authorization, &text)
                .with_context(|| format!("{}; nothing was changed", file.display()))?;
            (text, reason)
        }
        Command::Clear { reason } => (String::new(), reason),
    };
    if reason.trim().is_empty() {
        bail!("say why by --reason; nothing was changed");
    }
    let version = known.map_or(0, |row| row.version);
    let deed = Deed::change(
        "PutAuthorizationPolicies",
        json!({"content": content, "version": version, "reason": reason}),
    );
    let mut acting = acting(services, Some(organization_id), "rules", &deed).await?;
    let texts = (content.as_str(), reason.as_str(), "");
    let now = services.clock.now();
    if !acting.insert_own_policy(organization_id, version, texts, now).await? {
        bail!("somebody else has changed them meanwhile; nothing was changed");
    }
    acting.commit(json!({"version": version + 1})).await?;
    say(format!("version {} holds", version + 1));
    Ok(())
}
