//! `orgtrail user`.

use super::exit;
use super::output::{acting, open, organization, say};
use crate::access::hash_password;
use crate::audit::Deed;
use crate::config::InstallationConfig;
use crate::services::Services;
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_shared::console::Role;
use orgtrail_shared::ids::AccountId;
use orgtrail_shared::time::parse_time;
use orgtrail_storage::users::NewUser;
use serde_json::{Value, json};
use std::io::{BufRead, IsTerminal};

/// The shortest password that is taken.
const PASSWORD_CHARACTERS_MIN: usize = 12;

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Subcommand)]
enum UserCommand {
    /// Add somebody who signs in, or give them a new password and role; then their sessions and access keys are gone
    Add(AddArguments),
    /// Refuse somebody from now on, with every session and access key
    Disable {
        /// Sign-in name
        name: String,
    },
    /// Let somebody in again
    Enable {
        /// Sign-in name
        name: String,
    },
    /// Take somebody's second factor away, as when the phone is lost
    ResetSecondFactor {
        /// Sign-in name
        name: String,
    },
    /// Show who can sign in
    List {
        /// Print them as JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct AddArguments {
    /// Sign-in name: lower-case letters, digits and . _ @ -
    name: String,
    /// A service account: without a password, for access keys and tokens only
    #[arg(long)]
    service: bool,
    /// organization-administrator, trail-administrator, security-analyst, auditor or member
    #[arg(long, value_parser = |text: &str| text.parse::<Role>())]
    role: Role,
    /// Account that the person belongs to; what a member sees. Repeated, the accounts of an auditor's grant
    #[arg(long = "account")]
    accounts: Vec<AccountId>,
    /// Begin of the period that an auditor sees: events by their time, files by their delivery
    #[arg(long, value_parser = |text: &str| parse_time(text))]
    from: Option<chrono::DateTime<chrono::Utc>>,
    /// End of the period that an auditor sees
    #[arg(long, value_parser = |text: &str| parse_time(text))]
    to: Option<chrono::DateTime<chrono::Utc>>,
    /// When an auditor's access ends
    #[arg(long, value_parser = |text: &str| parse_time(text))]
    expires: Option<chrono::DateTime<chrono::Utc>>,
}

pub(super) async fn run(config: InstallationConfig, arguments: Arguments) -> anyhow::Result<u8> {
    let arguments = match arguments.command {
        UserCommand::Add(arguments) => arguments,
        UserCommand::Disable { name } => return disable(&config, &name, true).await,
        UserCommand::Enable { name } => return disable(&config, &name, false).await,
        UserCommand::ResetSecondFactor { name } => return reset(&config, &name).await,
        UserCommand::List { json } => return list(&config, json).await,
    };
    let name = arguments.name.to_lowercase();
    check(&name, &arguments)?;
    let password = if arguments.service { String::new() } else { read_password()? };
    let (installation, services) = Box::pin(open(&config)).await?;
    let result = add(&config, &services, &name, &arguments, password).await;
    installation.close().await;
    result?;
    let role = arguments.role.name();
    say(if arguments.service {
        format!(
            "{name} is a service with the role {role}: give it a key by `orgtrail access-key create {name}`"
        )
    } else {
        format!("{name} can sign in as {role}")
    });
    Ok(exit::DONE)
}

async fn disable(config: &InstallationConfig, name: &str, is_disabled: bool) -> anyhow::Result<u8> {
    let name = name.to_lowercase();
    let (installation, services) = Box::pin(open(config)).await?;
    let result = async {
        let organization_id = organization(config, &services).await?.organization_id;
        let event = if is_disabled { "DisableUser" } else { "EnableUser" };
        let deed = Deed::change(event, json!({ "userName": name }));
        let mut acting = acting(&services, Some(organization_id), "user", &deed).await?;
        let now = services.clock.now();
        let is_known = acting.disable_user(organization_id, &name, is_disabled, now).await?;
        if is_known {
            acting.commit(Value::Null).await?;
        }
        anyhow::Ok(is_known)
    };
    let is_known = result.await;
    installation.close().await;
    if !is_known? {
        bail!("there is no user `{name}`; nothing was changed");
    }
    say(format!("{name} is {} now", if is_disabled { "refused" } else { "let in again" }));
    Ok(exit::DONE)
}

async fn reset(config: &InstallationConfig, name: &str) -> anyhow::Result<u8> {
    let name = name.to_lowercase();
    let (installation, services) = Box::pin(open(config)).await?;
    let result = async {
        let organization_id = organization(config, &services).await?.organization_id;
        let user = services.database.lookup_user(&name).await?;
        let user = user.filter(|user| user.organization_id == organization_id);
        let user =
            user.with_context(|| format!("there is no user `{name}`; nothing was changed"))?;
        let deed = Deed::change("DeactivateMFADevice", json!({ "userName": name }));
        let mut acting = acting(&services, Some(organization_id), "user", &deed).await?;
        let is_gone = acting.delete_second_factor(user.user_id).await?;
        acting.commit_if(is_gone, Value::Null).await?;
        anyhow::Ok(is_gone)
    };
    let is_gone = result.await;
    installation.close().await;
    say(if is_gone? {
        format!("the second factor of {name} is gone")
    } else {
        format!("{name} has no second factor")
    });
    Ok(exit::DONE)
}

async fn list(config: &InstallationConfig, as_json: bool) -> anyhow::Result<u8> {
    let (installation, services) = Box::pin(open(config)).await?;
    let result = async {
        let organization_id = organization(config, &services).await?.organization_id;
        anyhow::Ok(services.database.people(organization_id).await?)
    };
    let people = result.await;
    installation.close().await;
    let people = people?;
    let now = SystemClock.now();
    if as_json {
        let people: Vec<_> = people
            .iter()
            .map(|person| {
                json!({"name": person.name, "role": person.role_at(now), "is_disabled": person.is_disabled,
                    "is_service": person.is_service, "has_second_factor": person.has_second_factor})
            })
            .collect();
        say(serde_json::to_string_pretty(&json!({ "people": people }))?);
        return Ok(exit::DONE);
    }
    for person in people {
        let state = if person.is_disabled { ", refused" } else { "" };
        let role = person.role_at(now).map_or("no role", Role::name);
        let kind = if person.is_service { ", a service" } else { "" };
        say(format!("{}  {role}{kind}{state}", person.name));
    }
    Ok(exit::DONE)
}

/// Refuses what is no sign-in name.
pub(super) fn check_name(name: &str) -> anyhow::Result<()> {
    let is_first = |first: char| first.is_ascii_lowercase() || first.is_ascii_digit();
    let is_rest = |rest: char| is_first(rest) || "._@-".contains(rest);
    if name.len() > 64 || !name.starts_with(is_first) || !name.chars().all(is_rest) {
        bail!("`{name}` is not a sign-in name: up to 64 lower-case letters, digits and . _ @ -");
    }
    Ok(())
}

fn check(name: &str, arguments: &AddArguments) -> anyhow::Result<()> {
    check_name(name)?;
    if arguments.role == Role::Member && arguments.accounts.len() != 1 {
        bail!("a member belongs to one account: name it by --account");
    }
    let has_grant = arguments.from.is_some() || arguments.to.is_some();
    if arguments.role != Role::Auditor && (has_grant || arguments.accounts.len() > 1) {
        bail!("only an auditor's grant has a period or several accounts");
    }
    Ok(())
}

async fn add(
    config: &InstallationConfig,
    services: &Services,
    name: &str,
    arguments: &AddArguments,
    password: String,
) -> anyhow::Result<()> {
    let organization = organization(config, services).await?;
    let mut accounts = Vec::new();
    for account in &arguments.accounts {
        let found = services
            .database
            .lookup_account(organization.organization_id, account.as_str())
            .await?;
        accounts
            .push(found.with_context(|| {
                format!("there is no account {account} in {}", organization.id)
            })?);
    }
    let user = NewUser {
        organization_id: organization.organization_id,
        name: name.to_owned(),
        password_hash: if arguments.service {
            String::new()
        } else {
            hash_password(password).await?
        },
        is_service: arguments.service,
        role: arguments.role,
        account_id: accounts.first().copied(),
        granted_accounts: if arguments.role == Role::Auditor { accounts } else { Vec::new() },
        period: (arguments.from, arguments.to),
        expires_at: arguments.expires,
    };
    let deed = Deed::change("PutUser", put_user(&user, &arguments.accounts));
    let mut acting = acting(services, Some(user.organization_id), "user", &deed).await?;
    let added = acting.upsert_user(&user, services.clock.now()).await?;
    added.with_context(|| format!("the name `{name}` is taken in another organization, or by somebody whom an identity provider sends"))?;
    acting.commit(Value::Null).await?;
    Ok(())
}

/// What is asked for, without the password.
pub(super) fn put_user(user: &NewUser, accounts: &[AccountId]) -> Value {
    json!({"userName": user.name, "isService": user.is_service, "role": user.role.name(), "accounts": accounts,
        "periodFrom": user.period.0, "periodTo": user.period.1, "expiresAt": user.expires_at})
}

/// Asks for the password on a terminal, twice; takes the first line of standard input otherwise.
pub(super) fn read_password() -> anyhow::Result<String> {
    let password = if std::io::stdin().is_terminal() {
        let first =
            rpassword::prompt_password("Password: ").context("could not read the password")?;
        if rpassword::prompt_password("Again: ").context("could not read the password")? != first {
            bail!("the two passwords differ; nothing was changed");
        }
        first
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).context("could not read the password")?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    if password.chars().count() < PASSWORD_CHARACTERS_MIN {
        bail!(
            "the password has fewer than {PASSWORD_CHARACTERS_MIN} characters; nothing was changed"
        );
    }
    Ok(password)
}
