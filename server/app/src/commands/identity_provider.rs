//! `orgtrail identity-provider`: through whom people sign in, for whoever runs the machine.

use super::exit;
use super::output::{acting, open, organization, say};
use crate::backend::{check_provider, provider_deed, put_provider};
use crate::config::InstallationConfig;
use crate::services::Services;
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use orgtrail_shared::identity_provider::ProviderRequest;
use serde_json::json;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print what holds, as JSON, without the secret
    Show,
    /// Let a provider hold; it is asked what it is before
    Set {
        /// The provider, as JSON: what `show` prints as `provider`
        file: PathBuf,
        /// A file with the client's secret; without one, the secret there is stays
        #[arg(long)]
        client_secret_file: Option<PathBuf>,
        /// The client has no secret
        #[arg(long, conflicts_with = "client_secret_file")]
        public: bool,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Take the provider away, as when nobody can sign in any more
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

fn read(file: &PathBuf) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("could not read {}", file.display()))
}

async fn work(
    config: &InstallationConfig,
    services: &Services,
    command: Command,
) -> anyhow::Result<()> {
    let organization_id = organization(config, services).await?.organization_id;
    let known = services.database.identity_provider(organization_id).await?;
    let version = known.as_ref().map_or(0, |row| row.version);
    let request = match command {
        Command::Show => {
            let row = known.map(|row| {
                json!({"version": row.version, "provider": row.content, "has_secret": row.sealed.is_some(),
                    "reason": row.reason, "created_by": row.created_by, "created_at": row.created_at})
            });
            say(serde_json::to_string_pretty(&row.unwrap_or_default())?);
            return Ok(());
        }
        Command::Set { file, client_secret_file, public, reason } => {
            let provider = serde_json::from_str(&read(&file)?)
                .with_context(|| format!("{}; nothing was changed", file.display()))?;
            let client_secret = match client_secret_file {
                Some(file) => Some(read(&file)?.trim().to_owned()),
                None => public.then(String::new),
            };
            ProviderRequest { provider: Some(provider), client_secret, version, reason }
        }
        Command::Clear { reason } => {
            ProviderRequest { provider: None, client_secret: None, version, reason }
        }
    };
    let checked = check_provider(services, organization_id, &request).await;
    let checked = checked.map_err(|error| anyhow::anyhow!("{error}"))?;
    let deed = provider_deed(&request);
    let acting = acting(services, Some(organization_id), "identity-provider", &deed).await?;
    let done = put_provider(services, acting, (organization_id, ""), &request, checked).await;
    let (acting, response) = match done {
        Ok(done) => done,
        Err(error) => bail!("{error}"),
    };
    acting.commit(response).await?;
    say(format!("version {} holds", version + 1));
    Ok(())
}
