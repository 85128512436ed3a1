//! `orgtrail doctor`: what is wrong, and what to do about it.

mod reconciliation;

use super::exit;
use super::output::{open, say};
use crate::backend::operations::source_states;
use crate::collect::{base_of, is_above_layout, layout_in};
use crate::config::InstallationConfig;
use crate::http::site_directory;
use crate::installation::Installation;
use crate::services::Services;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use orgtrail_cloud::archive::{NewCopy, Put};
use orgtrail_cloud::endpoint::check_endpoint;
use orgtrail_cloud::error::CloudError;
use orgtrail_cloud::objects::{Depth, ObjectSource};
use orgtrail_cloud::organizations::{default_config, describe_organization};
use orgtrail_domain::digest::PublicKeys;
use orgtrail_shared::operations::SourceStatus;
use orgtrail_shared::reconciliation::Reconciliation;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// After which time a new file should have been collected.
const WAITS_LONG: TimeDelta = TimeDelta::hours(1);

/// How far our clock may be from the database's.
const SKEW_SECONDS_MAX: i64 = 5;

#[derive(Args)]
pub(super) struct Arguments {
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// Also ask AWS Organizations which organization the usual AWS credentials belong to
    #[arg(long)]
    aws: bool,
    /// Endpoint of AWS Organizations; AWS's own when absent
    #[arg(long, requires = "aws")]
    organizations_endpoint: Option<String>,
    /// Also compare all that is in the log sources with the index and the archive, and take in what is missing
    #[arg(long)]
    reconcile: bool,
    /// Compare this log source only; each time the flag is given, another one
    #[arg(long, value_name = "NAME", requires = "reconcile")]
    source: Vec<String>,
    /// Take the `manifest.json` of an S3 Inventory, at an s3:// URL or a path, instead of listing the source
    #[arg(long, value_name = "LOCATION", requires = "source")]
    inventory: Option<String>,
}

/// How a check ended.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Ok,
    Warning,
    Wrong,
}

#[derive(Serialize)]
struct Check {
    level: Level,
    what: String,
    finding: String,
    /// The numbers, when sources were compared with the index.
    #[serde(skip_serializing_if = "Option::is_none")]
    reconciliation: Option<Box<Reconciliation>>,
}

fn check(level: Level, what: impl Into<String>, finding: impl Into<String>) -> Check {
    Check { level, what: what.into(), finding: finding.into(), reconciliation: None }
}

pub(super) async fn run(config: InstallationConfig, arguments: Arguments) -> anyhow::Result<u8> {
    let (installation, services) = Box::pin(open(&config)).await?;
    let mut checks = Vec::new();
    database(&services, &mut checks).await;
    archive(&services, &mut checks).await;
    keys(&installation, &mut checks);
    sources(&services, &mut checks).await;
    if let Err(error) = queue(&services, &mut checks).await {
        checks.push(check(Level::Wrong, "queue", error.to_string()));
    }
    if arguments.reconcile {
        Box::pin(reconciliation::run(&services, &arguments, &mut checks)).await;
    } else {
        reconciliation::last(&services, &mut checks).await;
    }
    if arguments.aws {
        checks.push(aws_organization(&services, arguments.organizations_endpoint.as_deref()).await);
    }
    match site_directory(None) {
        Ok(found) => {
            checks.push(check(Level::Ok, "console", format!("files in {}", found.display())));
        }
        Err(error) => checks.push(check(Level::Warning, "console", error.to_string())),
    }
    installation.close().await;
    if arguments.json {
        say(serde_json::to_string_pretty(&checks)?);
    } else {
        for Check { level, what, finding, .. } in &checks {
            let mark = match level {
                Level::Ok => "✓",
                Level::Warning => "~",
                Level::Wrong => "✗",
            };
            say(format!("{mark} {what}: {finding}"));
        }
    }
    let is_wrong = checks.iter().any(|check| check.level == Level::Wrong);
    Ok(if is_wrong { exit::FOUND } else { exit::DONE })
}

async fn database(services: &Services, checks: &mut Vec<Check>) {
    match services.database.is_ready().await {
        Ok(true) => checks.push(check(Level::Ok, "database", "answers, and has every migration")),
        Ok(false) => {
            checks.push(check(
                Level::Wrong,
                "database",
                "lacks migrations: run `orgtrail migrate`",
            ));
        }
        Err(error) => {
            checks.push(check(Level::Wrong, "database", format!("does not answer: {error}")));
        }
    }
    match services.database.application_owns_tables().await {
        Ok(false) => {}
        Ok(true) => checks.push(check(
            Level::Warning,
            "database role",
            "the application signs in as the owner of the tables, so row-level security is its own to switch off: \
             give it a role of its own by --database-url and the owner by --owner-database-url",
        )),
        Err(error) => checks.push(check(Level::Wrong, "database role", error.to_string())),
    }
    if let Ok(time) = services.database.server_time().await {
        let skew = (services.clock.now() - time).num_seconds().abs();
        checks.push(if skew <= SKEW_SECONDS_MAX {
            check(Level::Ok, "clock", format!("{skew} s from the database's"))
        } else {
            check(Level::Wrong, "clock", format!("{skew} s from the database's: set both by NTP"))
        });
    }
    match services.database.custody_counts().await {
        Ok((size, leaves, objects)) if size == leaves && leaves == objects => {
            checks.push(check(Level::Ok, "custody", format!("{objects} objects, each with its leaf")));
        }
        Ok((size, leaves, objects)) => checks.push(check(
            Level::Wrong,
            "custody",
            format!("{objects} objects, {leaves} leaves, log of {size}: the database was changed behind our back"),
        )),
        Err(error) => checks.push(check(Level::Wrong, "custody", error.to_string())),
    }
}

/// Writes a probe, writes it again, reads it back.
async fn archive(services: &Services, checks: &mut Vec<Check>) {
    let archive = &services.archive;
    let key = format!("doctor/{}", uuid::Uuid::from_u128(rand::random()));
    let body = Bytes::from_static(b"orgtrail doctor");
    let probe = |body: Bytes| NewCopy {
        key: key.clone(),
        sha256: Sha256::digest(&body).into(),
        body,
        metadata: Vec::new(),
    };
    if let Err(error) = archive.put_new(probe(body.clone())).await {
        checks.push(check(Level::Wrong, "archive", format!("can't be written: {error}")));
        return;
    }
    match archive.put_new(probe(Bytes::from_static(b"other"))).await {
        Ok(Put::Existed) => {}
        Ok(Put::Created | Put::Proven) => checks.push(check(
            Level::Wrong,
            "archive",
            "the store overwrites an object in spite of `If-None-Match: *`: it is no write-once archive, take another",
        )),
        Err(error) => checks.push(check(Level::Wrong, "archive", format!("refuses a second write oddly: {error}"))),
    }
    match archive.get(archive.bucket(), &key, 1024).await {
        Ok(read) if read.body == body => {
            let text = format!(
                "s3://{} takes objects once and gives them back unchanged",
                archive.bucket()
            );
            checks.push(check(Level::Ok, "archive", text));
        }
        Ok(_) => {
            checks.push(check(Level::Wrong, "archive", "gives back other bytes than were written"));
        }
        Err(error) => {
            checks.push(check(Level::Wrong, "archive", format!("can't be read: {error}")));
        }
    }
}

/// Compares the organization that the credentials belong to with those of the installation.
async fn aws_organization(services: &Services, endpoint: Option<&str>) -> Check {
    let what = "AWS Organizations";
    if let Some(endpoint) = endpoint
        && let Err(error) = check_endpoint(endpoint, &services.allowed_endpoints).await
    {
        return check(Level::Wrong, what, error.to_string());
    }
    // Organizations has one endpoint for the whole partition, in this Region.
    let config = default_config("us-east-1", endpoint).await;
    let known = services.database.organizations().await.unwrap_or_default();
    match describe_organization(&config).await {
        Ok(None) => check(Level::Warning, what, "the credentials belong to no organization"),
        Ok(Some(found))
            if known.iter().any(|organization| organization.id.as_str() == found.id) =>
        {
            check(
                Level::Ok,
                what,
                format!("{} is managed by {}", found.id, found.management_account),
            )
        }
        Ok(Some(found)) => check(
            Level::Warning,
            what,
            format!(
                "{} is not an organization of this installation: name it by --organization",
                found.id
            ),
        ),
        Err(error) => check(Level::Wrong, what, error.to_string()),
    }
}

fn keys(installation: &Installation, checks: &mut Vec<Check>) {
    let key = &installation.master_key;
    checks.push(if key.is_local() {
        check(
            Level::Warning,
            "master key",
            format!("{} lies beside the data that it protects: keep it elsewhere and name it by --master-key-file", key.id()),
        )
    } else {
        check(Level::Ok, "master key", key.id())
    });
}

/// Lists the beginning of a source. Rights may begin where the layout does, as those of our own template do.
async fn list_top(objects: &dyn ObjectSource, base: &str) -> Result<(), CloudError> {
    let listed = match objects.list(base, Depth::One, None).await {
        Err(CloudError::AccessDenied { .. }) if is_above_layout(base) => {
            objects.list(&layout_in(base), Depth::One, None).await
        }
        listed => listed,
    };
    listed.map(drop)
}

async fn sources(services: &Services, checks: &mut Vec<Check>) {
    let sources = match services.database.sources().await {
        Ok(sources) => sources,
        Err(error) => return checks.push(check(Level::Wrong, "sources", error.to_string())),
    };
    if sources.is_empty() {
        let text = "there is none yet: describe them in a file for --sources-file, or use `orgtrail import`";
        checks.push(check(Level::Warning, "sources", text));
    }
    for source in sources.iter().filter(|source| source.kind != "loose") {
        let what = format!("source {}", source.name);
        let listed = match services.open_source(source).await {
            Ok(objects) => {
                let listed = list_top(&*objects, &base_of(source)).await;
                listed.map(|()| objects.remark()).map_err(|error| {
                    let advice = error.trouble().advice();
                    anyhow::Error::from(error).context(advice)
                })
            }
            Err(error) => Err(error),
        };
        match listed {
            Ok(None) => checks.push(check(Level::Ok, &what, "can be listed")),
            Ok(Some(remark)) => checks.push(check(Level::Warning, &what, remark)),
            Err(error) => {
                checks.push(check(Level::Wrong, &what, format!("can't be listed: {error:#}")));
            }
        }
        if source.expects_digests {
            let now = services.clock.now();
            match PublicKeys::parse(&source.public_keys.to_string()) {
                Ok(keys) if keys.as_slice().iter().any(|key| key.valid_from <= now && now <= key.valid_to) => {}
                Ok(_) => checks.push(check(
                    Level::Wrong,
                    &what,
                    "has no public key that is valid now, so new digests can't be verified: \
                     save `aws cloudtrail list-public-keys` and name the file as `public_keys_file`",
                )),
                Err(error) => checks.push(check(Level::Wrong, &what, error.to_string())),
            }
        }
        if let Some(error) = &source.error {
            checks.push(check(Level::Wrong, &what, format!("the last pass failed: {error}")));
        }
    }
}

/// How much waits, and how long.
fn waiting(source: &SourceStatus, now: DateTime<Utc>) -> Check {
    let what = format!("source {}", source.name);
    let mut finding = format!("{} objects wait to be collected", source.waiting);
    if source.backfill.as_ref().is_some_and(|backfill| backfill.is_paused) {
        finding.push_str("; the backfill is paused: `orgtrail backfill resume` lets it go on");
    }
    match source.waiting_since {
        Some(since) if since + WAITS_LONG < now => {
            let since = since.format("%Y-%m-%d %H:%M UTC");
            finding =
                format!("{finding}; the first since {since}: does `orgtrail work` or `serve` run?");
            check(Level::Warning, what, finding)
        }
        _ => check(Level::Ok, what, finding),
    }
}

/// What waits and why, and what is there and is not read.
async fn queue(services: &Services, checks: &mut Vec<Check>) -> anyhow::Result<()> {
    for organization in services.database.organizations().await? {
        for source in source_states(services, organization.organization_id).await? {
            let what = format!("source {}", source.name);
            for trouble in &source.troubles {
                let tried = trouble.next_attempt_at.map_or_else(String::new, |at| {
                    format!(", tried again at {}", at.format("%H:%M:%S UTC"))
                });
                checks.push(check(
                    Level::Wrong,
                    &what,
                    format!(
                        "{}: {} ({}{tried}). {}",
                        trouble.kind.title(),
                        trouble.concerns,
                        trouble.reason,
                        trouble.advice
                    ),
                ));
            }
            for skipped in &source.skipped {
                let finding = format!("{} {}", skipped.count, skipped.what);
                checks.push(check(Level::Warning, &what, finding));
            }
            if source.waiting > 0 {
                checks.push(waiting(&source, services.clock.now()));
            }
        }
    }
    Ok(())
}
