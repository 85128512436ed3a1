//! `orgtrail token`.

use super::exit;
use super::output::{acting, open, say};
use crate::access::{Audience, TokenIssuer};
use crate::audit::Deed;
use crate::config::InstallationConfig;
use crate::services::Services;
use anyhow::{Context, bail};
use clap::Args;
use orgtrail_storage::users::NewSession;
use serde_json::json;
use uuid::Uuid;

#[derive(Args)]
pub(super) struct Arguments {
    /// Sign-in name of the person whose token it is
    name: String,
}

pub(super) async fn run(config: InstallationConfig, arguments: Arguments) -> anyhow::Result<u8> {
    let (installation, services) = Box::pin(open(&config)).await?;
    let token = issue(&services, &arguments.name.to_lowercase()).await;
    installation.close().await;
    say(token?);
    Ok(exit::DONE)
}

async fn issue(services: &Services, name: &str) -> anyhow::Result<String> {
    let now = services.clock.now();
    let user = services.database.lookup_user(name).await?;
    let user = user.with_context(|| format!("there is no user `{name}`"))?;
    if !user.may_sign_in(now) {
        bail!("the access of `{name}` is disabled or has ended");
    }
    let session_id = Uuid::from_u128(rand::random());
    let deed = Deed::change("CreateToken", json!({ "userName": user.name }));
    let mut acting = acting(services, Some(user.organization_id), "token", &deed).await?;
    acting
        .insert_session(&NewSession {
            session_id,
            user_id: user.user_id,
            audience: Audience::Api.name(),
            created_at: now,
            expires_at: now + Audience::Api.session_lifetime(),
            user_agent: "orgtrail token",
            address: "",
        })
        .await?;
    acting.commit(json!({ "sessionId": session_id })).await?;
    TokenIssuer::load(services).await?.issue(&user.name, session_id, Audience::Api, now)
}
