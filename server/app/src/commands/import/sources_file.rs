//! The file that describes log sources; `docs/sources-file.md` describes it for people.

use crate::audit::{Deed, SOURCE};
use crate::collect::IMPORTED;
use crate::commands::output::{acting, organization};
use crate::config::InstallationConfig;
use crate::services::{Services, SourceSettings};
use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use orgtrail_cloud::endpoint::check_endpoint;
use orgtrail_cloud::queue::region_of;
use orgtrail_domain::digest::PublicKeys;
use orgtrail_storage::sources::NewSource;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourcesFile {
    sources: Vec<SourceEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceEntry {
    name: String,
    bucket: Option<String>,
    directory: Option<PathBuf>,
    #[serde(default)]
    prefix: String,
    endpoint: Option<String>,
    #[serde(default = "us_east_1")]
    region: String,
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    profile: Option<String>,
    role_arn: Option<String>,
    external_id: Option<String>,
    public_keys_file: Option<PathBuf>,
    #[serde(default = "yes")]
    expects_digests: bool,
    #[serde(default)]
    adopted: bool,
    trail_began_at: Option<DateTime<Utc>>,
    queue_url: Option<String>,
    queue_region: Option<String>,
}

fn us_east_1() -> String {
    "us-east-1".to_owned()
}

fn yes() -> bool {
    true
}

/// Reads and checks what `aws cloudtrail list-public-keys` printed.
pub(super) fn read_public_keys(path: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read {}", path.display()))?;
    PublicKeys::parse(&text).with_context(|| format!("{} is wrong", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// Brings the sources of the installation up to date with a file. Sources that it doesn't name stay.
pub(in crate::commands) async fn load_sources(
    config: &InstallationConfig,
    services: &Services,
    path: &Path,
) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read {}", path.display()))?;
    let file: SourcesFile =
        serde_json::from_str(&text).with_context(|| format!("{} is wrong", path.display()))?;
    let organization_id = organization(config, services).await?.organization_id;
    for entry in file.sources {
        let name = entry.name.clone();
        if [SOURCE, IMPORTED].contains(&name.as_str()) {
            bail!("{}: the name `{name}` is taken by a source of orgtrail's own", path.display());
        }
        let source = to_source(services, organization_id, entry, path)
            .await
            .with_context(|| format!("{}: the source `{name}` is wrong", path.display()))?;
        let deed = Deed::change(
            "PutLogSource",
            json!({"name": source.name, "kind": source.kind, "bucket": source.bucket,
                "prefix": source.prefix, "settings": source.settings}),
        );
        let mut acting = acting(services, Some(organization_id), "serve", &deed).await?;
        let is_changed = acting.upsert_source(&source, services.clock.now()).await?.is_changed;
        acting.commit_if(is_changed, Value::Null).await?;
    }
    Ok(())
}

async fn to_source(
    services: &Services,
    organization_id: i32,
    entry: SourceEntry,
    path: &Path,
) -> anyhow::Result<NewSource> {
    if let Some(endpoint) = &entry.endpoint {
        check_endpoint(endpoint, &services.allowed_endpoints).await?;
    }
    if let Some(url) = &entry.queue_url
        && region_of(url).is_none()
    {
        check_endpoint(url, &services.allowed_endpoints).await.context("`queue_url` is wrong")?;
    }
    let credentials = match (&entry.access_key_id, &entry.secret_access_key) {
        (Some(id), Some(secret)) => {
            let name = format!("source-credentials-{organization_id}-{}", entry.name);
            Some(services.master_key.seal(&name, format!("{id}\n{secret}").as_bytes())?)
        }
        (None, None) => None,
        _ => bail!("`access_key_id` and `secret_access_key` belong together"),
    };
    let (kind, bucket) = match (&entry.bucket, &entry.directory) {
        (Some(bucket), None) => ("s3", bucket.clone()),
        (_, Some(directory)) => {
            if entry.adopted {
                bail!("a directory can't be adopted: it is no write-once store");
            }
            ("directory", std::path::absolute(directory)?.display().to_string())
        }
        (None, None) => bail!("name a `bucket` or a `directory`"),
    };
    // A relative path is meant from where the file lies.
    let beside = |file: &PathBuf| path.parent().unwrap_or(Path::new(".")).join(file);
    let public_keys = match &entry.public_keys_file {
        Some(file) => read_public_keys(&beside(file))?,
        None => json!({"PublicKeyList": []}),
    };
    let settings = SourceSettings {
        endpoint: entry.endpoint,
        region: entry.region,
        role_arn: entry.role_arn,
        external_id: entry.external_id,
        profile: entry.profile,
        original_bucket: entry.directory.as_ref().and(entry.bucket),
        queue_url: entry.queue_url,
        queue_region: entry.queue_region,
        ..SourceSettings::default()
    };
    Ok(NewSource {
        organization_id,
        name: entry.name,
        kind,
        bucket,
        prefix: entry.prefix.trim_matches('/').to_owned(),
        settings: serde_json::to_value(settings)?,
        credentials,
        public_keys,
        expects_digests: entry.expects_digests,
        is_adopted: entry.adopted,
        trail_began_at: entry.trail_began_at,
    })
}
