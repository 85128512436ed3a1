//! `orgtrail demo`: a server on the sample organization.

use super::exit;
use super::output::{acting, clock, say};
use super::serve::{Server, check_listen};
use crate::access::NewAccessKey;
use crate::audit::Deed;
use crate::collect::{Reach, collect_source};
use crate::config::{InstallationConfig, JobsConfig, ListenConfig};
use crate::http::AppState;
use crate::installation::{Installation, Purpose, write_private};
use crate::sample::{LoadedSample, directory};
use crate::services::Services;
use crate::verification::verify_due_chains;
use anyhow::{Context, bail};
use clap::Args;
use orgtrail_objectstore::{AccessKey, Permission};
use serde_json::json;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

#[derive(Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) listen: ListenConfig,
}

pub(super) async fn run(config: InstallationConfig, arguments: Arguments) -> anyhow::Result<u8> {
    check_listen(&arguments.listen)?;
    if !arguments.listen.listen.ip().is_loopback() {
        bail!(
            "the demo listens on loopback only: its people and keys are made for a look at the product"
        );
    }
    let directory = config.data_directory("orgtrail-demo");
    let installation = Installation::open(&config, &directory, Purpose::Server, clock()).await?;
    let result = Box::pin(demo(&config, &arguments, &installation)).await;
    installation.close().await;
    result?;
    Ok(exit::DONE)
}

async fn demo(
    config: &InstallationConfig,
    arguments: &Arguments,
    installation: &Installation,
) -> anyhow::Result<()> {
    let services = Services::new(installation, clock(), config.allowed_endpoints.clone()).await?;
    let state = AppState::new(services.clone(), &arguments.listen, false).await?;
    let server = Server::start(installation, &arguments.listen, state.clone()).await?;
    let sample = LoadedSample::load(&services, installation).await?;
    write_aws_config(&services, installation, &server.address).await?;
    say(format!("orgtrail is at {}", server.address));
    for person in &sample.sign_ins {
        say(format!(
            "  sign in as {:<16} {}   ({})",
            person.name,
            person.password,
            person.role.name()
        ));
    }
    let jobs = server.jobs(services.clone(), installation);
    let sample = Arc::new(Mutex::new(sample));
    let prepared = prepare(&services, &sample);
    tokio::select! {
        prepared = prepared => prepared?,
        () = super::serve::shutdown_signal() => return Ok(()),
    }
    state.mark_prepared();
    say("the sample organization is ready");
    jobs.start(&JobsConfig::default());
    let (live, clock) = (sample.clone(), services.clock.clone());
    jobs.spawn("deliver sample", Duration::from_mins(1), move || {
        let (live, clock) = (live.clone(), clock.clone());
        async move {
            let delivered = live.lock().await.deliver(clock.now()).await?;
            Ok(format!("{delivered} objects delivered"))
        }
    });
    server.run_until_shutdown(jobs).await
}

/// Everything that readiness of the demo means: delivered, collected, verified, searchable.
async fn prepare(services: &Services, sample: &Mutex<LoadedSample>) -> anyhow::Result<()> {
    sample
        .lock()
        .await
        .deliver(services.clock.now())
        .await
        .context("could not deliver the sample")?;
    let never = CancellationToken::new();
    for source in services.database.sources().await? {
        if source.kind == "s3" {
            let summary =
                collect_source(services, &source, Reach::Everything, None, &never).await?;
            tracing::info!(files = summary.files, events = summary.events, "collected the sample");
        }
    }
    if let Some(failure) = verify_due_chains(services).await?.failure() {
        tracing::warn!("{failure}");
    }
    Ok(())
}

/// The profiles of the configuration, and whose access key each has.
const PROFILES: [(&str, &str); 4] = [
    ("management", "administrator"),
    ("delegated-admin", "delegated-admin"),
    ("member", "member"),
    ("auditor", "auditor"),
];

/// An AWS CLI configuration with a profile for each kind of caller, and one for the store itself.
async fn write_aws_config(
    services: &Services,
    installation: &Installation,
    address: &str,
) -> anyhow::Result<()> {
    let path = directory(&installation.data_directory).join("aws-config");
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let mut text = String::new();
    for (profile, person) in PROFILES {
        let (id, secret) = person_keys(services, person, known_keys(&known, profile)).await?;
        section(&mut text, profile, address, &id, &secret)?;
    }
    let (id, secret) =
        known_keys(&known, "store").unwrap_or_else(|| parts(NewAccessKey::generate()));
    let endpoint = installation.store_access.endpoint.as_deref().unwrap_or_default();
    section(&mut text, "store", endpoint, &id, &secret)?;
    if let Some((_, keys)) = &installation.embedded_store {
        keys.insert(AccessKey { id, secret, permission: Permission::ReadWrite, buckets: None });
    }
    write_private(&path, &text)
}

fn section(
    text: &mut String,
    profile: &str,
    endpoint: &str,
    id: &str,
    secret: &str,
) -> anyhow::Result<()> {
    writeln!(
        text,
        "[profile {profile}]\nregion = us-east-1\nendpoint_url = {endpoint}\naws_access_key_id = {id}\n\
         aws_secret_access_key = {secret}\ns3 =\n  addressing_style = path\n  signature_version = s3v4\n"
    )?;
    Ok(())
}

fn known_keys(text: &str, profile: &str) -> Option<(String, String)> {
    let (_, rest) = text.split_once(&format!("[profile {profile}]\n"))?;
    let value = |name: &str| {
        rest.lines()
            .take_while(|line| !line.starts_with('['))
            .find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='))
            .map(|value| value.trim().to_owned())
    };
    Some((value("aws_access_key_id")?, value("aws_secret_access_key")?))
}

fn parts(key: NewAccessKey) -> (String, String) {
    (key.access_key_id, key.secret_access_key)
}

/// The access key of a person: the one that the file has, if it is still theirs, or a new one.
async fn person_keys(
    services: &Services,
    person: &str,
    known: Option<(String, String)>,
) -> anyhow::Result<(String, String)> {
    let database = &services.database;
    let user = database.lookup_user(person).await?;
    let user = user.with_context(|| format!("the sample's person `{person}` is gone"))?;
    let keys = database.access_keys(user.organization_id, Some(user.user_id)).await?;
    if let Some(known) = known
        && keys.iter().any(|key| key.access_key_id == known.0 && key.disabled_at.is_none())
    {
        return Ok(known);
    }
    let key = NewAccessKey::generate();
    let deed = Deed::change("CreateAccessKey", json!({ "userName": person }));
    let mut acting = acting(services, Some(user.organization_id), "demo", &deed).await?;
    if !key.keep(services, &mut acting, user.user_id).await? {
        // The file has the secret of neither: one makes room.
        if let Some(oldest) = keys.first() {
            acting.delete_access_key(user.organization_id, &oldest.access_key_id).await?;
        }
        key.keep(services, &mut acting, user.user_id).await?;
    }
    acting
        .commit(json!({"accessKey": {"userName": person, "accessKeyId": key.access_key_id}}))
        .await?;
    Ok(parts(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_again_in_the_file() {
        let mut text = String::new();
        section(&mut text, "member", "http://127.0.0.1:1", "AKIAONE", "s1").unwrap();
        section(&mut text, "store", "http://127.0.0.1:2", "AKIATWO", "s2").unwrap();
        assert_eq!(known_keys(&text, "store"), Some(("AKIATWO".into(), "s2".into())));
        assert_eq!(known_keys(&text, "member"), Some(("AKIAONE".into(), "s1".into())));
        assert_eq!(known_keys(&text, "auditor"), None);
    }
}
