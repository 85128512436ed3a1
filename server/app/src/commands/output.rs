//! What commands print, and how they open the installation.

pub(super) use crate::audit::acting;

use crate::audit::Deed;
use crate::config::InstallationConfig;
use crate::installation::{Installation, Purpose};
use crate::services::Services;
use anyhow::{Context, bail};
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_shared::ids::OrganizationId;
use orgtrail_storage::organizations::{OrganizationRow, Origin};
use serde_json::{Value, json};
use std::io::Write;
use std::sync::Arc;

/// Prints a line to standard output. A reader that has gone away is no error of ours.
pub(super) fn say(line: impl AsRef<str>) {
    drop(writeln!(std::io::stdout(), "{}", line.as_ref()));
}

/// The machine's clock.
pub(super) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// Opens the installation for a command: attached to a running server, or with parts of its own.
pub(super) async fn open(config: &InstallationConfig) -> anyhow::Result<(Installation, Services)> {
    let directory = config.data_directory("orgtrail");
    let installation = Installation::open(config, &directory, Purpose::Command, clock()).await?;
    match Services::new(&installation, clock(), config.allowed_endpoints.clone()).await {
        Ok(services) => Ok((installation, services)),
        Err(error) => {
            installation.close().await;
            Err(error)
        }
    }
}

/// The organization that a command works on: the one that is named, or the only one.
pub(super) async fn organization(
    config: &InstallationConfig,
    services: &Services,
) -> anyhow::Result<OrganizationRow> {
    let organizations = services.database.organizations().await?;
    if let Some(wanted) = &config.organization {
        return organizations
            .into_iter()
            .find(|organization| organization.id == *wanted)
            .with_context(|| format!("there is no organization {wanted} in this installation"));
    }
    match <[OrganizationRow; 1]>::try_from(organizations) {
        Ok([only]) => Ok(only),
        Err(several) if several.is_empty() => local_organization(services).await,
        Err(several) => {
            let ids: Vec<String> =
                several.iter().map(|organization| organization.id.to_string()).collect();
            bail!(
                "this installation holds several organizations; name one by --organization: {}",
                ids.join(", ")
            )
        }
    }
}

/// Makes the organization of an installation that none was configured for.
pub(super) async fn local_organization(services: &Services) -> anyhow::Result<OrganizationRow> {
    let organizations = services.database.organizations().await?;
    if let Some(first) = organizations.into_iter().next() {
        return Ok(first);
    }
    let id = format!("o-{}", hex::encode(rand::random::<[u8; 5]>()));
    let id: OrganizationId = id.parse().context("the id of the local organization is wrong")?;
    let deed = Deed::change("CreateOrganization", json!({ "organizationId": id }));
    let mut acting = acting(services, None, "serve", &deed).await?;
    acting
        .ensure_organization(&id, "local organization", Origin::Local, services.clock.now())
        .await?;
    acting.commit(Value::Null).await?;
    services
        .database
        .organizations()
        .await?
        .into_iter()
        .next()
        .context("the local organization could not be made")
}
