//! Waiting for a condition: the one place that sleeps.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Looks until `look` finds something, or fails after `limit` naming what never came.
pub(crate) fn until<T>(
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Some(found) = look()? {
            return Ok(found);
        }
        thread::sleep(BETWEEN_LOOKS);
    }
    bail!("{what} did not come within {} s", limit.as_secs())
}
