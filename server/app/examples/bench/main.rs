//! First figures: ingest and search on a scaled-up sample. Run by `cargo xtask bench [SCALE_PERCENT]`.
//!
//! Prints a table in Markdown. Everything happens in a temporary directory on loopback and stops by itself.
#![expect(
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a program that prints measured figures"
)]

mod process;

use anyhow::Context;
use clap::Parser;
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_sample::{DeliveryState, Sample, SampleOptions, generate_key};
use orgtrail_server::access::Caller;
use orgtrail_server::collect::{Reach, collect_source};
use orgtrail_server::config::InstallationConfig;
use orgtrail_server::installation::{Installation, Purpose};
use orgtrail_server::search;
use orgtrail_server::services::{Services, SourceSettings};
use orgtrail_server::verification::verify_due_chains;
use orgtrail_shared::console::{Reads, Role, SearchRequest};
use orgtrail_shared::page::PageSize;
use orgtrail_shared::time::TimeRange;
use orgtrail_storage::organizations::Origin;
use orgtrail_storage::sources::NewSource;
use orgtrail_storage::users::UserRow;
use process::Usage;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

#[derive(Parser)]
struct Arguments {
    /// Size of the sample in percent; 100 is about 120,000 events
    #[arg(default_value_t = 850)]
    scale_percent: u32,
    #[command(flatten)]
    installation: InstallationConfig,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let parent = tempfile::Builder::new().prefix("orgtrail-bench").tempdir()?;
    std::fs::set_permissions(parent.path(), std::fs::Permissions::from_mode(0o711))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let directory = parent.path().join("data");
    let installation =
        Installation::open(&arguments.installation, &directory, Purpose::Server, clock.clone())
            .await?;
    let services = Services::new(&installation, clock, Vec::new()).await?;
    let result = measure(&services, &installation, arguments.scale_percent).await;
    installation.close().await;
    result
}

async fn measure(
    services: &Services,
    installation: &Installation,
    scale: u32,
) -> anyhow::Result<()> {
    let now = services.clock.now();
    let options = SampleOptions { scale_percent: scale, ..SampleOptions::default() };
    let sample = Sample::with_options(7, now, &generate_key()?, options)?;
    let organization_id =
        services.database.load_organization(&sample.organization(), Origin::Sample, now).await?;
    let source_id = deliver(services, installation, &sample, organization_id).await?;
    let sources = services.database.sources().await?;
    let source = sources
        .iter()
        .find(|source| source.source_id == source_id)
        .context("the source is gone")?;

    println!("| what | figure |\n|---|---|");
    // The sample itself was in memory before.
    Usage::forget_peak()?;
    let before = Usage::now()?;
    let started = Instant::now();
    let summary =
        collect_source(services, source, Reach::Everything, None, &CancellationToken::new())
            .await?;
    let wall = started.elapsed().as_secs_f64();
    let used = Usage::now()?.since(&before);
    let events = summary.events as f64;
    println!("| ingest: events, objects | {}, {} |", summary.events, summary.files);
    println!("| ingest: events per second of wall time | {:.0} |", events / wall);
    println!(
        "| ingest: CPU µs per event, server + Postgres | {:.1} + {:.1} |",
        used.own_seconds * 1e6 / events,
        used.postgres_seconds * 1e6 / events
    );
    println!("| ingest: peak resident memory of the server | {} MiB |", Usage::peak_memory_mib()?);
    let bytes = services.database.index_bytes().await?;
    println!(
        "| index: bytes per event in Postgres, everything but the embedded store's metadata | {:.0} |",
        bytes as f64 / events
    );

    let started = Instant::now();
    let verified = verify_due_chains(services).await?;
    println!(
        "| verification: {} chains with {} objects | {:.1} s |",
        verified.chains,
        summary.files,
        started.elapsed().as_secs_f64()
    );
    searches(services, organization_id, now).await
}

async fn deliver(
    services: &Services,
    installation: &Installation,
    sample: &Sample,
    organization_id: i32,
) -> anyhow::Result<i32> {
    let (store, _) =
        installation.embedded_store.clone().context("the bench needs the embedded store")?;
    let (trail, key) = (sample.trail(), sample.public_key());
    store.create_bucket(trail.bucket).await?;
    let mut objects = Vec::new();
    sample.deliver(&mut DeliveryState::default(), services.clock.now(), &mut |object| {
        objects.push(orgtrail_server::sample::to_new_object(object));
    });
    let mut objects = objects.into_iter().peekable();
    while objects.peek().is_some() {
        store.put_many(trail.bucket, objects.by_ref().take(2_000).collect()).await?;
    }
    let settings = SourceSettings { is_embedded: true, ..SourceSettings::default() };
    let source = NewSource {
        organization_id,
        name: trail.name.to_owned(),
        kind: "s3",
        bucket: trail.bucket.to_owned(),
        prefix: String::new(),
        settings: serde_json::to_value(settings)?,
        credentials: None,
        public_keys: orgtrail_server::sample::public_keys(&key),
        expects_digests: true,
        is_adopted: false,
        trail_began_at: Some(trail.began_at),
    };
    Ok(services.database.upsert_source(&source, services.clock.now()).await?)
}

/// Query classes with the range they look at, in days.
const QUERIES: [(&str, &str, i64); 8] = [
    ("latest, no filter", "", 15),
    ("one account", "account:777788889999", 15),
    ("one name and its errors", "event:GetObject is:failed", 15),
    ("one network", "ip:192.0.2.0/24", 15),
    ("one principal", "principal-type:Root", 15),
    ("three filters", "account:345678901234 is:write region:us-east-1", 15),
    ("nothing matches", "event:NoSuchCall", 15),
    ("free text, rare", "svc-cdn-sync", 3),
];

async fn searches(
    services: &Services,
    organization_id: i32,
    now: chrono::DateTime<chrono::Utc>,
) -> anyhow::Result<()> {
    let caller = Caller::new(services, analyst(organization_id), None).await?;
    for (name, query, days) in QUERIES {
        let range = TimeRange::new(now - chrono::TimeDelta::days(days), now)?;
        let request = SearchRequest {
            query: query.to_owned(),
            range,
            reads: Reads::Show,
            scope: String::new(),
        };
        let mut page = Vec::new();
        let mut counts = Vec::new();
        for _ in 0..15 {
            let started = Instant::now();
            search::search(services, &caller, &request, PageSize::default(), None).await?;
            page.push(started.elapsed().as_secs_f64() * 1e3);
        }
        for _ in 0..3 {
            let started = Instant::now();
            search::histogram(services, &caller, &request).await?;
            search::facets(services, &caller, &request).await?;
            counts.push(started.elapsed().as_secs_f64() * 1e3);
        }
        println!(
            "| search, {name}, {days} days: page p50 / p95, histogram + 8 facets p50 | {:.1} / {:.1} ms, {:.0} ms |",
            quantile(&mut page, 0.5),
            quantile(&mut page, 0.95),
            quantile(&mut counts, 0.5)
        );
    }
    Ok(())
}

fn analyst(organization_id: i32) -> UserRow {
    UserRow {
        user_id: 0,
        organization_id,
        name: "bench".to_owned(),
        password_hash: String::new(),
        role: Role::SecurityAnalyst,
        account_id: None,
        granted_accounts: Vec::new(),
        period: (None, None),
        expires_at: None,
        is_disabled: false,
    }
}

fn quantile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index into a short list"
    )]
    let index = ((values.len() - 1) as f64 * part).round() as usize;
    values[index]
}
