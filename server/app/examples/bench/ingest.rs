//! Taking everything in, and verifying it.

use crate::Places;
use crate::opened::Opened;
use crate::process::{Usage, peak_memory_mib, postgres_peak_mib};
use orgtrail_server::collect::{Reach, collect_source};
use orgtrail_server::verification::verify_due_chains;
use serde_json::{Value, json};
use std::time::Instant;
use tokio_util::sync::CancellationToken;

pub(crate) async fn run(places: &Places) -> anyhow::Result<Value> {
    let opened = Box::pin(Opened::new(places)).await?;
    let result = Box::pin(measure(&opened, places)).await;
    opened.close().await;
    result
}

async fn measure(opened: &Opened, places: &Places) -> anyhow::Result<Value> {
    let (services, about) = (&opened.services, &opened.about);
    let source = opened.source(places, "logs").await?;
    let (before, started) = (Usage::now()?, Instant::now());
    let shutdown = CancellationToken::new();
    let summary = collect_source(services, &source, Reach::Everything, None, &shutdown).await?;
    let wall = started.elapsed().as_secs_f64();
    let used = Usage::now()?.since(&before);
    // Whoever loses events is quick.
    anyhow::ensure!(
        (summary.events, summary.files) == (about.events, about.log_files + about.digests),
        "{} of {} events and {} files were taken in",
        summary.events,
        about.events,
        summary.files
    );
    let memory = (peak_memory_mib()?, postgres_peak_mib()?);

    let (before, started) = (Usage::now()?, Instant::now());
    let verified = verify_due_chains(services).await?;
    let verification = Usage::now()?.since(&before);
    let verification_wall = started.elapsed().as_secs_f64();

    let relations: Vec<Value> = services
        .database
        .relation_sizes()
        .await?
        .into_iter()
        .map(|size| json!({"name": size.name, "table": size.table, "bytes": size.bytes}))
        .collect();
    Ok(json!({
        "events": summary.events,
        "files": summary.files,
        "wall_s": wall,
        "server_cpu_s": used.own_seconds,
        "postgres_cpu_s": used.postgres_seconds,
        "server_peak_mib": memory.0,
        "postgres_peak_mib": memory.1,
        "index_bytes": services.database.index_bytes().await?,
        "relations": relations,
        "verification": {
            "chains": verified.chains,
            "wall_s": verification_wall,
            "server_cpu_s": verification.own_seconds,
            "postgres_cpu_s": verification.postgres_seconds,
        },
    }))
}
