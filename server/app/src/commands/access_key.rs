//! `orgtrail access-key`.

use super::exit;
use super::output::{acting, open, organization, say};
use crate::access::{AwsPrincipal, NewAccessKey};
use crate::audit::Deed;
use crate::backend::settings::key_deed;
use crate::config::InstallationConfig;
use crate::services::Services;
use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use orgtrail_shared::settings::KeyChange;
use orgtrail_storage::users::UserRow;
use serde_json::{Value, json};

#[derive(Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a key for a person; its secret is printed once
    Create {
        /// Sign-in name of the person
        name: String,
        /// Print the key as JSON, as the AWS CLI does
        #[arg(long)]
        json: bool,
    },
    /// Show the keys of everybody, or of one person
    List {
        /// Sign-in name of the person
        name: Option<String>,
        /// Print them as JSON
        #[arg(long)]
        json: bool,
    },
    /// Refuse a key from now on
    Disable {
        /// The key's id
        access_key_id: String,
    },
    /// Accept a key again
    Enable {
        /// The key's id
        access_key_id: String,
    },
    /// Delete a key for good
    Delete {
        /// The key's id
        access_key_id: String,
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
    match command {
        Command::Create { name, json } => create(services, organization_id, &name, json).await,
        Command::List { name, json } => {
            list(services, organization_id, name.as_deref(), json).await
        }
        Command::Disable { access_key_id } => {
            change(services, organization_id, &access_key_id, KeyChange::Disable).await
        }
        Command::Enable { access_key_id } => {
            change(services, organization_id, &access_key_id, KeyChange::Enable).await
        }
        Command::Delete { access_key_id } => {
            change(services, organization_id, &access_key_id, KeyChange::Delete).await
        }
    }
}

async fn change(
    services: &Services,
    organization_id: i32,
    access_key_id: &str,
    change: KeyChange,
) -> anyhow::Result<()> {
    let now = services.clock.now();
    let deed = key_deed(access_key_id, change);
    let mut acting = acting(services, Some(organization_id), "access-key", &deed).await?;
    let (is_found, what) = match change {
        KeyChange::Disable => {
            let done = acting.disable_access_key(organization_id, access_key_id, Some(now), true);
            (done.await?, "is refused now")
        }
        KeyChange::Enable => {
            let done = acting.disable_access_key(organization_id, access_key_id, None, true);
            (done.await?, "is accepted again")
        }
        KeyChange::Delete => {
            (acting.delete_access_key(organization_id, access_key_id).await?, "is gone")
        }
    };
    if !is_found {
        bail!("there is no access key {access_key_id}; nothing was changed");
    }
    acting.commit(Value::Null).await?;
    say(format!("{access_key_id} {what}"));
    Ok(())
}

async fn person(services: &Services, organization_id: i32, name: &str) -> anyhow::Result<UserRow> {
    let user = services.database.lookup_user(&name.to_lowercase()).await?;
    let user = user.filter(|user| user.organization_id == organization_id);
    user.with_context(|| format!("there is no user `{name}`"))
}

async fn create(
    services: &Services,
    organization_id: i32,
    name: &str,
    json: bool,
) -> anyhow::Result<()> {
    let user = person(services, organization_id, name).await?;
    if AwsPrincipal::of(services, &user).await?.is_none() {
        bail!(
            "an access key belongs to an account, and the organization has no management account yet; nothing was made"
        );
    }
    let key = NewAccessKey::generate();
    let deed = Deed::change("CreateAccessKey", json!({ "userName": name }));
    let mut acting = acting(services, Some(organization_id), "access-key", &deed).await?;
    if !key.keep(services, &mut acting, user.user_id).await? {
        bail!("`{name}` has two access keys already: delete one first; nothing was made");
    }
    let NewAccessKey { access_key_id, secret_access_key } = key;
    acting.commit(json!({"accessKey": {"userName": name, "accessKeyId": access_key_id}})).await?;
    if json {
        let key = json!({"UserName": name, "AccessKeyId": access_key_id,
            "SecretAccessKey": secret_access_key, "Status": "Active"});
        say(serde_json::to_string_pretty(&json!({ "AccessKey": key }))?);
    } else {
        say(format!(
            "aws_access_key_id = {access_key_id}\naws_secret_access_key = {secret_access_key}"
        ));
    }
    Ok(())
}

async fn list(
    services: &Services,
    organization_id: i32,
    name: Option<&str>,
    json: bool,
) -> anyhow::Result<()> {
    let user_id = match name {
        Some(name) => Some(person(services, organization_id, name).await?.user_id),
        None => None,
    };
    let keys = services.database.access_keys(organization_id, user_id).await?;
    let print = |at: Option<DateTime<Utc>>| {
        at.map_or_else(|| "never".to_owned(), |at| at.format("%Y-%m-%d %H:%M UTC").to_string())
    };
    if json {
        let keys = keys.iter().map(|key| {
            let status = if key.disabled_at.is_some() { "Inactive" } else { "Active" };
            json!({"UserName": key.name, "AccessKeyId": key.access_key_id, "Status": status,
                "CreateDate": key.created_at, "LastUsedDate": key.last_used_at,
                "LastUsedService": key.last_used_service, "LastUsedRegion": key.last_used_region})
        });
        let keys: Vec<_> = keys.collect();
        say(serde_json::to_string_pretty(&json!({ "AccessKeys": keys }))?);
        return Ok(());
    }
    for key in keys {
        let state = if key.disabled_at.is_some() { "refused" } else { "accepted" };
        let service = match key.last_used_service.as_str() {
            "" => String::new(),
            service => format!(" for {service} in {}", key.last_used_region),
        };
        let used = print(key.last_used_at);
        say(format!("{}  {}  {state}, last used {used}{service}", key.access_key_id, key.name));
    }
    Ok(())
}
