//! How the work on one queue is shared by processes.

use crate::Places;
use crate::opened::Opened;
use anyhow::Context;
use orgtrail_domain::clock::{Clock, SystemClock};
use orgtrail_server::collect::{Workers, list_source};
use orgtrail_server::installation::{Installation, Purpose};
use orgtrail_server::services::Services;
use serde_json::{Value, json};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

/// Puts everything into the queue, and measures how long so many processes take to empty it. Postgres and the store are
/// this process's, and have the same cores.
pub(crate) async fn run(places: &Places, processes: usize) -> anyhow::Result<Value> {
    let opened = Box::pin(Opened::new(places)).await?;
    let result = Box::pin(measure(&opened, places, processes)).await;
    opened.close().await;
    result
}

async fn measure(opened: &Opened, places: &Places, processes: usize) -> anyhow::Result<Value> {
    let source = opened.followed(places, "logs").await?;
    list_source(&opened.services, &source, &CancellationToken::new()).await?;
    let program = std::env::current_exe().context("could not find this program")?;
    let started = Instant::now();
    let mut children = Vec::new();
    for _ in 0..processes {
        let mut child = Command::new(&program);
        child.arg("drain").arg(&places.input).arg(&places.data).kill_on_drop(true);
        children.push(child.stdout(Stdio::piped()).spawn().context("could not start a process")?);
    }
    let mut shares = Vec::new();
    for child in children {
        let output = child.wait_with_output().await?;
        anyhow::ensure!(output.status.success(), "a process failed: {}", output.status);
        let told: Value = serde_json::from_slice(&output.stdout)?;
        shares.push(told["events"].as_u64().context("no events")?);
    }
    let wall = started.elapsed().as_secs_f64();
    let events: u64 = shares.iter().sum();
    // Whoever loses events is quick, and so is whoever leaves the work to another.
    anyhow::ensure!(
        events == opened.about.events,
        "{shares:?} of {} events were taken in",
        opened.about.events
    );
    Ok(json!({ "events": events, "wall_s": wall, "shares": shares }))
}

/// One of the processes: takes what is due until nothing is.
pub(crate) async fn drain(places: &Places) -> anyhow::Result<Value> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let purpose = Purpose::Command;
    let installation =
        Installation::open(&places.installation, &places.data, purpose, clock.clone()).await?;
    let services = Services::new(&installation, clock, Vec::new()).await?;
    let workers = Workers::new(services, 1, 100).await?;
    let mut events = 0;
    while let Some(summary) = workers.work().await? {
        events += summary.events;
    }
    workers.release().await;
    installation.close().await;
    Ok(json!({ "events": events }))
}
