//! `orgtrail break-glass`: the way in when nobody else can let anybody in.

use super::exit;
use super::output::{open, organization, say};
use super::user::{check_name, read_password};
use crate::access::hash_password;
use crate::audit::{Actor, Deed};
use crate::config::InstallationConfig;
use crate::services::Services;
use anyhow::{Context, bail};
use chrono::TimeDelta;
use clap::Args;
use orgtrail_shared::console::Role;
use orgtrail_storage::users::NewUser;
use serde_json::json;

#[derive(Args)]
pub(super) struct Arguments {
    /// A new sign-in name
    name: String,
    /// Why
    #[arg(long)]
    reason: String,
    /// For how many hours
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=24))]
    hours: u8,
}

pub(super) async fn run(config: InstallationConfig, arguments: Arguments) -> anyhow::Result<u8> {
    let name = arguments.name.to_lowercase();
    check_name(&name)?;
    if arguments.reason.trim().is_empty() {
        bail!("say why by --reason; nothing was changed");
    }
    let password = read_password()?;
    let (installation, services) = Box::pin(open(&config)).await?;
    let result = Box::pin(let_in(&config, &services, &name, &arguments, password)).await;
    installation.close().await;
    result?;
    say(format!(
        "{name} administers the organization for {} hours, and this is recorded",
        arguments.hours
    ));
    Ok(exit::DONE)
}

/// The act is on the disk before it is true, and recorded as soon as the database takes it.
async fn let_in(
    config: &InstallationConfig,
    services: &Services,
    name: &str,
    arguments: &Arguments,
    password: String,
) -> anyhow::Result<()> {
    let organization_id = organization(config, services).await?.organization_id;
    if services.database.lookup_user(name).await?.is_some() {
        bail!(
            "there is a `{name}` already, whose roles and keys would be gone: take a new name; nothing was changed"
        );
    }
    let now = services.clock.now();
    let user = NewUser {
        organization_id,
        name: name.to_owned(),
        password_hash: hash_password(password).await?,
        is_service: false,
        role: Role::OrganizationAdministrator,
        account_id: None,
        granted_accounts: Vec::new(),
        period: (None, None),
        expires_at: Some(now + TimeDelta::hours(i64::from(arguments.hours))),
    };
    let deed = Deed::change(
        "BreakGlass",
        json!({"userName": name, "reason": arguments.reason, "expiresAt": user.expires_at}),
    );
    let act = Actor::operator(Some(organization_id), "break-glass").act(now, &deed);
    let mut acting = services.database.act(act.clone()).await?;
    let done = acting.upsert_user(&user, now).await?;
    done.with_context(|| format!("the name `{name}` is taken in another organization"))?;
    services.journal.write(&act, None)?;
    acting.commit_journalled().await?;
    if let Err(error) = services.journal.record(services).await {
        tracing::warn!(error = format!("{error:#}"), "the act is journalled and not recorded yet");
    }
    Ok(())
}
