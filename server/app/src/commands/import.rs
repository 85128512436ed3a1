//! `orgtrail import`: collect now, from directories, files and buckets.

mod sources_file;

pub(super) use sources_file::load_sources;

use super::exit;
use super::output::{acting, open, organization, say};
use crate::audit::Deed;
use crate::collect::{ImportSummary, LooseFile, PassProgress, Reach, collect_source, import_loose};
use crate::config::InstallationConfig;
use crate::services::{Services, SourceSettings};
use crate::verification::verify_due_chains;
use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use orgtrail_cloud::endpoint::check_endpoint;
use orgtrail_domain::log_key::ObjectKind;
use orgtrail_storage::sources::NewSource;
use serde_json::json;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

#[derive(Args)]
pub(super) struct Arguments {
    /// Directories, files or s3://BUCKET/PREFIX
    #[arg(required = true)]
    sources: Vec<String>,
    /// What `aws cloudtrail list-public-keys` printed: the keys that sign the source's digests
    #[arg(long)]
    public_keys: Option<PathBuf>,
    /// Bucket that a directory was copied from; found out from its digests when absent
    #[arg(long)]
    bucket: Option<String>,
    /// Endpoint of the S3 store to read from; AWS's own when absent
    #[arg(long)]
    endpoint: Option<String>,
    /// Region of the S3 store to read from
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// Profile of the AWS configuration files to read with
    #[arg(long)]
    profile: Option<String>,
    /// Fail when anything was quarantined
    #[arg(long)]
    strict: bool,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(config: InstallationConfig, arguments: Arguments) -> anyhow::Result<u8> {
    let (installation, services) = Box::pin(open(&config)).await?;
    let result = import(&config, &arguments, &services).await;
    installation.close().await;
    let summary = result?;
    print(&summary, arguments.json)?;
    let is_clean = summary.quarantined == 0 && summary.failed == 0;
    Ok(if is_clean || !arguments.strict { exit::DONE } else { exit::FOUND })
}

async fn import(
    config: &InstallationConfig,
    arguments: &Arguments,
    services: &Services,
) -> anyhow::Result<ImportSummary> {
    let organization_id = organization(config, services).await?.organization_id;
    let mut summary = ImportSummary::default();
    let progress = Progress::new();
    for source in &arguments.sources {
        if let Some(rest) = source.strip_prefix("s3://") {
            let new = s3_source(arguments, services, organization_id, rest).await?;
            collect(services, &new, &progress, &mut summary).await?;
            continue;
        }
        let path = std::path::absolute(source)?;
        if path.is_dir() {
            import_directory(arguments, services, organization_id, &path, &progress, &mut summary)
                .await?;
        } else if path.is_file() {
            let folder = path.parent().unwrap_or(Path::new("/"));
            import_files(services, organization_id, folder, vec![path.clone()], &mut summary)
                .await?;
        } else {
            bail!("there is no file or directory `{source}`; what was imported before stays");
        }
    }
    progress.bar.finish_and_clear();
    for failure in verify_due_chains(services).await?.failures {
        summary.failed += 1;
        *summary.reasons.entry(failure.to_string()).or_default() += 1;
    }
    Ok(summary)
}

async fn s3_source(
    arguments: &Arguments,
    services: &Services,
    organization_id: i32,
    rest: &str,
) -> anyhow::Result<NewSource> {
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() {
        bail!("`s3://{rest}` names no bucket");
    }
    if let Some(endpoint) = &arguments.endpoint {
        check_endpoint(endpoint, &services.allowed_endpoints).await?;
    }
    let settings = SourceSettings {
        endpoint: arguments.endpoint.clone(),
        region: arguments.region.clone(),
        profile: arguments.profile.clone(),
        is_one_time: true,
        ..SourceSettings::default()
    };
    Ok(NewSource {
        organization_id,
        name: format!("import of s3://{rest}"),
        kind: "s3",
        bucket: bucket.to_owned(),
        prefix: prefix.trim_matches('/').to_owned(),
        settings: serde_json::to_value(settings)?,
        credentials: None,
        public_keys: public_keys(arguments)?,
        expects_digests: arguments.public_keys.is_some(),
        is_adopted: false,
        trail_began_at: None,
    })
}

fn public_keys(arguments: &Arguments) -> anyhow::Result<serde_json::Value> {
    match &arguments.public_keys {
        Some(path) => sources_file::read_public_keys(path),
        None => Ok(json!({"PublicKeyList": []})),
    }
}

/// The layout's files become a source, so that their digests count; everything else is imported as loose files.
async fn import_directory(
    arguments: &Arguments,
    services: &Services,
    organization_id: i32,
    path: &Path,
    progress: &Progress,
    summary: &mut ImportSummary,
) -> anyhow::Result<()> {
    let (root, prefix) = layout_root(path);
    let mut files = Vec::new();
    walk(path, &mut files)?;
    let key = |file: &Path| file.strip_prefix(&root).ok().and_then(Path::to_str).map(str::to_owned);
    let (layout, loose): (Vec<PathBuf>, Vec<PathBuf>) = files
        .into_iter()
        .partition(|file| key(file).is_some_and(|key| ObjectKind::parse(&key).place().is_some()));
    if !layout.is_empty() {
        let digest = layout.iter().find(|file| {
            key(file).is_some_and(|key| matches!(ObjectKind::parse(&key), ObjectKind::Digest(_)))
        });
        let original_bucket = match (&arguments.bucket, digest) {
            (Some(bucket), _) => Some(bucket.clone()),
            (None, Some(digest)) => bucket_of_digest(digest),
            (None, None) => None,
        };
        let settings =
            SourceSettings { original_bucket, is_one_time: true, ..SourceSettings::default() };
        let new = NewSource {
            organization_id,
            name: format!("import of {}", path.display()),
            kind: "directory",
            bucket: root.display().to_string(),
            prefix,
            settings: serde_json::to_value(settings)?,
            credentials: None,
            public_keys: public_keys(arguments)?,
            // Without keys no signature can be checked, so nothing is expected of the digests.
            expects_digests: arguments.public_keys.is_some(),
            is_adopted: false,
            trail_began_at: None,
        };
        let mut pass = ImportSummary::default();
        collect(services, &new, progress, &mut pass).await?;
        // What is not part of the layout is counted below, because some of it is imported as loose files.
        summary.merge(ImportSummary { foreign_objects: 0, folder_markers: 0, ..pass });
    }
    let (records, foreign): (Vec<PathBuf>, Vec<PathBuf>) =
        loose.into_iter().partition(|file| looks_like_records(file));
    let is_empty = |file: &&PathBuf| file.metadata().is_ok_and(|metadata| metadata.len() == 0);
    let markers = foreign.iter().filter(is_empty).count();
    summary.folder_markers += markers as u64;
    summary.foreign_objects += (foreign.len() - markers) as u64;
    import_files(services, organization_id, path, records, summary).await
}

/// A directory inside a layout is read from above its `AWSLogs`, because keys begin there.
fn layout_root(path: &Path) -> (PathBuf, String) {
    for above in path.ancestors() {
        if above.file_name().is_some_and(|name| name == "AWSLogs")
            && let Some(root) = above.parent()
        {
            let prefix = path.strip_prefix(root).ok().and_then(Path::to_str).unwrap_or_default();
            return (root.to_owned(), prefix.to_owned());
        }
    }
    (path.to_owned(), String::new())
}

fn bucket_of_digest(path: &Path) -> Option<String> {
    let bytes = orgtrail_domain::inflate::inflate(&std::fs::read(path).ok()?).ok()?.bytes;
    orgtrail_domain::digest::Digest::parse(&bytes).ok().map(|digest| digest.bucket)
}

fn looks_like_records(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_metadata = name.ends_with(".metadata.json");
    matches!(ending.as_str(), "json" | "ndjson" | "jsonl" | "cloudtrail" | "log") && !is_metadata
}

fn walk(path: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries =
        std::fs::read_dir(path).with_context(|| format!("could not read {}", path.display()))?;
    let mut entries: Vec<PathBuf> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            walk(&entry, files)?;
        } else if entry.is_file() {
            files.push(entry);
        }
    }
    Ok(())
}

fn import_deed(kind: &str, from: &str, prefix: &str) -> Deed {
    Deed::change("ImportLogFiles", json!({"kind": kind, "from": from, "prefix": prefix}))
}

async fn import_files(
    services: &Services,
    organization_id: i32,
    folder: &Path,
    files: Vec<PathBuf>,
    summary: &mut ImportSummary,
) -> anyhow::Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    // Each file is a transaction of its own: the work begins when it is recorded.
    let deed = import_deed("loose", &folder.display().to_string(), "");
    let acting = acting(services, Some(organization_id), "import", &deed).await?;
    acting.commit(json!({ "files": files.len() })).await?;
    for path in files {
        let body =
            std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        let file = LooseFile { place: folder.display().to_string(), name, body: body.into() };
        import_loose(services, organization_id, vec![file], summary).await?;
    }
    Ok(())
}

async fn collect(
    services: &Services,
    new: &NewSource,
    progress: &Progress,
    summary: &mut ImportSummary,
) -> anyhow::Result<()> {
    let now = services.clock.now();
    let deed = import_deed(new.kind, &new.bucket, &new.prefix);
    let mut acting = acting(services, Some(new.organization_id), "import", &deed).await?;
    let source_id = acting.upsert_source(new, now).await?.source_id;
    acting.commit(json!({ "source": new.name })).await?;
    let sources = services.database.sources().await?;
    let source = sources.into_iter().find(|source| source.source_id == source_id);
    let source = source.context("the source can't be made")?;
    let shutdown = CancellationToken::new();
    let pass =
        collect_source(services, &source, Reach::Everything, Some(progress), &shutdown).await?;
    summary.merge(pass);
    Ok(())
}

/// A bar on a terminal, nothing otherwise.
struct Progress {
    bar: ProgressBar,
}

impl Progress {
    fn new() -> Self {
        let style =
            ProgressStyle::with_template("{bar:30} {pos}/{len} files  {msg}  {per_sec}  {eta}");
        let bar = ProgressBar::new(0);
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self { bar }
    }
}

impl PassProgress for Progress {
    fn found(&self, objects: u64) {
        self.bar.inc_length(objects);
    }

    fn committed(&self, objects: u64, events: u64) {
        self.bar.set_position(objects);
        self.bar.set_message(format!("{events} events"));
    }
}

fn print(summary: &ImportSummary, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        say(serde_json::to_string_pretty(summary)?);
        return Ok(());
    }
    say(format!("files        {}", summary.files));
    say(format!("events       {}", summary.events));
    say(format!("duplicates   {}", summary.duplicates));
    say(format!("quarantined  {}", summary.quarantined));
    say(format!("not fetched  {}", summary.failed));
    say(format!("foreign      {}", summary.foreign_objects));
    for (reason, count) in &summary.reasons {
        say(format!("  {count} × {reason}"));
    }
    Ok(())
}
