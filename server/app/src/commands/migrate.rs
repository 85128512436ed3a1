//! `orgtrail migrate`.

use super::exit;
use super::output::{open, say};
use crate::config::InstallationConfig;

/// Opening an installation brings its schema up to date, under a lock that other processes wait for.
pub(super) async fn run(config: InstallationConfig) -> anyhow::Result<u8> {
    let (installation, services) = Box::pin(open(&config)).await?;
    let is_ready = services.database.is_ready().await;
    installation.close().await;
    if !is_ready? {
        anyhow::bail!("the schema is not up to date: the running server is of another version");
    }
    say("the schema is up to date");
    Ok(exit::DONE)
}
