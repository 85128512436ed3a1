//! `orgtrail backfill`: how far the collection of old days is, and whether it goes on.

use super::exit;
use super::output::{acting, open, organization, say};
use crate::audit::Deed;
use crate::backend::operations::source_states;
use crate::config::InstallationConfig;
use crate::services::Services;
use anyhow::bail;
use clap::{Args, ValueEnum};
use orgtrail_shared::operations::{BackfillStatus, SourceStatus};
use orgtrail_shared::text::group_digits;
use serde_json::json;

#[derive(Args)]
pub(super) struct Arguments {
    /// What to do
    #[arg(default_value = "show")]
    action: Action,
    /// The source; all of them when absent
    #[arg(long)]
    source: Option<String>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Action {
    /// Say how far it is
    Show,
    /// Leave old days for later; new files are collected all the same
    Pause,
    /// Go on
    Resume,
}

pub(super) async fn run(config: InstallationConfig, arguments: Arguments) -> anyhow::Result<u8> {
    let (installation, services) = Box::pin(open(&config)).await?;
    let result = act(&config, &arguments, &services).await;
    installation.close().await;
    result?;
    Ok(exit::DONE)
}

async fn act(
    config: &InstallationConfig,
    arguments: &Arguments,
    services: &Services,
) -> anyhow::Result<()> {
    let organization_id = organization(config, services).await?.organization_id;
    let name = arguments.source.as_deref();
    if arguments.action != Action::Show {
        let is_paused = arguments.action == Action::Pause;
        let event = if is_paused { "PauseBackfill" } else { "ResumeBackfill" };
        let deed = Deed::change(event, json!({ "source": name }));
        let mut acting = acting(services, Some(organization_id), "backfill", &deed).await?;
        let sources = acting.pause_backfill(organization_id, name, is_paused).await?;
        acting.commit_if(!sources.is_empty(), json!({ "sources": sources })).await?;
    }
    let states: Vec<SourceStatus> = source_states(services, organization_id)
        .await?
        .into_iter()
        .filter(|source| name.is_none_or(|name| source.name == name))
        .collect();
    if let (Some(name), true) = (name, states.is_empty()) {
        bail!("there is no source `{name}`; nothing was changed");
    }
    if arguments.json {
        say(serde_json::to_string_pretty(&states)?);
        return Ok(());
    }
    for source in states {
        say(match &source.backfill {
            Some(backfill) => format!("{}: {}", source.name, said(backfill)),
            None => format!("{}: no old days wait", source.name),
        });
    }
    Ok(())
}

/// How far a backfill is, in a line.
fn said(backfill: &BackfillStatus) -> String {
    let BackfillStatus { waiting, found, month, oldest_month, is_paused, ends_at } = backfill;
    let done = found.saturating_sub(*waiting);
    let end = match (is_paused, ends_at) {
        (true, _) => "paused".to_owned(),
        (false, Some(end)) => format!("done about {}", end.format("%Y-%m-%d %H:%M UTC")),
        (false, None) => "nothing was taken in within the last minutes".to_owned(),
    };
    format!(
        "{} of {} files, now in {}, back to {}; {end}",
        group_digits(done),
        group_digits(*found),
        month.format("%Y-%m"),
        oldest_month.format("%Y-%m"),
    )
}
