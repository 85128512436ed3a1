//! `orgtrail grant`.

use super::exit;
use super::output::{acting, open, organization, say};
use crate::audit::Deed;
use crate::config::InstallationConfig;
use crate::services::Services;
use anyhow::bail;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use orgtrail_shared::console::Role;
use orgtrail_shared::time::parse_time;
use orgtrail_storage::users::{Granted, NewGrant};
use serde_json::{Value, json};

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Give somebody a role at the organization, its root, a unit or an account, and below it
    Add(AddArguments),
    /// Take a role back
    Revoke {
        /// The grant's number, as `list` has it
        id: i32,
    },
    /// Show the roles of everybody, or of one person
    List {
        /// Sign-in name
        name: Option<String>,
        /// Print them as JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct AddArguments {
    /// Sign-in name
    name: String,
    /// organization-administrator, trail-administrator, security-analyst, auditor or member
    #[arg(long, value_parser = |text: &str| text.parse::<Role>())]
    role: Role,
    /// Id of the organization, the root, a unit or an account; the organization when absent
    #[arg(long)]
    at: Option<String>,
    /// Begin of the period that an auditor sees
    #[arg(long, value_parser = |text: &str| parse_time(text))]
    from: Option<DateTime<Utc>>,
    /// End of the period that an auditor sees
    #[arg(long, value_parser = |text: &str| parse_time(text))]
    to: Option<DateTime<Utc>>,
    /// When the grant ends
    #[arg(long, value_parser = |text: &str| parse_time(text))]
    expires: Option<DateTime<Utc>>,
    /// Why
    #[arg(long, default_value = "")]
    reason: String,
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
    let organization = organization(config, services).await?;
    let now = services.clock.now();
    match command {
        Command::Add(arguments) => {
            let target = arguments.at.clone().unwrap_or_else(|| organization.id.to_string());
            add(services, organization.organization_id, &target, arguments).await
        }
        Command::Revoke { id } => {
            let deed = Deed::change("RevokeGrant", json!({ "grantId": id }));
            let organization_id = organization.organization_id;
            let mut acting = acting(services, Some(organization_id), "grant", &deed).await?;
            if !acting.revoke_grant(organization_id, id, "", now).await? {
                bail!("there is no grant {id} that holds; nothing was changed");
            }
            acting.commit(Value::Null).await?;
            say(format!("grant {id} is taken back"));
            Ok(())
        }
        Command::List { name, json } => {
            list(services, organization.organization_id, name.as_deref(), json).await
        }
    }
}

async fn add(
    services: &Services,
    organization_id: i32,
    target: &str,
    arguments: AddArguments,
) -> anyhow::Result<()> {
    let now = services.clock.now();
    let AddArguments { name, role, from, to, expires, reason, .. } = arguments;
    let is_account = target.len() == 12 && target.bytes().all(|byte| byte.is_ascii_digit());
    if role == Role::Member && !is_account {
        bail!("the role member is granted at an account: name it by --at");
    }
    if role != Role::Auditor && (from.is_some() || to.is_some()) {
        bail!("only an auditor's grant has a period");
    }
    if from.is_some() && to.is_some() && from >= to {
        bail!("the period ends before it begins");
    }
    if expires.is_some_and(|end| end <= now) {
        bail!("the grant would have ended already");
    }
    let grant = NewGrant {
        role,
        target_id: target.to_owned(),
        period: (from, to),
        expires_at: expires,
        reason: reason.chars().take(500).collect(),
        by: String::new(),
    };
    let name = name.to_lowercase();
    let deed = Deed::change(
        "CreateGrant",
        json!({"userName": name, "role": role.name(), "target": target, "periodFrom": from,
            "periodTo": to, "expiresAt": expires, "reason": grant.reason}),
    );
    let mut acting = acting(services, Some(organization_id), "grant", &deed).await?;
    match acting.insert_grant(organization_id, &name, &grant, now).await? {
        Granted::Made(id) => {
            acting.commit(json!({ "grantId": id })).await?;
            say(format!("{name} is {} at {target} (grant {id})", role.name()));
        }
        Granted::Known => bail!("{name} is {} at {target} already", role.name()),
        Granted::NoPerson => bail!("there is no user `{name}`"),
        Granted::NoTarget => bail!("the organization has no place {target}"),
        Granted::OtherPeriod => bail!(
            "{name} sees another period by another grant: all grants of a person have one period; nothing was changed"
        ),
    }
    Ok(())
}

async fn list(
    services: &Services,
    organization_id: i32,
    name: Option<&str>,
    as_json: bool,
) -> anyhow::Result<()> {
    let now = services.clock.now();
    let people = services.database.people(organization_id).await?;
    let mut told = Vec::new();
    for person in people.iter().filter(|person| name.is_none_or(|name| name == person.name)) {
        for grant in &person.grants {
            if as_json {
                told.push(json!({"id": grant.grant_id, "name": person.name, "role": grant.role,
                    "target": grant.target_id, "from": grant.period_from, "to": grant.period_to,
                    "expires_at": grant.expires_at, "is_over": !grant.holds_at(now), "reason": grant.reason}));
                continue;
            }
            let end =
                grant.expires_at.map(|end| format!(", until {}", end.format("%Y-%m-%d %H:%M UTC")));
            let over = if grant.holds_at(now) { "" } else { ", over" };
            say(format!(
                "{}  {}  {} at {}{}{over}",
                grant.grant_id,
                person.name,
                grant.role.name(),
                grant.target_id,
                end.unwrap_or_default()
            ));
        }
    }
    if as_json {
        say(serde_json::to_string_pretty(&json!({ "grants": told }))?);
    }
    Ok(())
}
