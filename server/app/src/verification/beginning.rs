//! When a chain began: what is before it was not due.

use anyhow::Result;
use chrono::{DateTime, Utc};
use orgtrail_domain::chain::ChainDigest;
use orgtrail_domain::regions::is_opt_in;
use orgtrail_storage::Database;
use orgtrail_storage::chains::{ChainRow, TrailRow};

/// When the trail began in the chain's Region, as the digests of all accounts tell; `None` when nobody knows.
///
/// A Region that accounts opt into begins with each account's own first digest, if that says that it is the first. An
/// account that has delivered nothing from a Region is due since anybody has: the trail may have come there later.
pub(super) async fn of_chain(
    database: &Database,
    chain: &ChainRow,
    digests: &[ChainDigest],
    trails: &[TrailRow],
) -> Result<Option<DateTime<Utc>>> {
    let trail = trails.iter().find(|row| row.trail == chain.trail);
    let began = trail.and_then(|row| row.began_at);
    if is_opt_in(&chain.region) {
        return Ok(own(digests).or(began));
    }
    if digests.is_empty() && trail.is_some_and(|row| row.home_region != chain.region) {
        let in_region =
            database.began_in_region(chain.source_id, &chain.trail, &chain.region).await?;
        // Where the Region's first digests name others before them, nobody knows, and nothing is called too early.
        return Ok(in_region.and_then(|in_region| began.map(|began| began.max(in_region))));
    }
    Ok(began)
}

/// The start of the oldest digest that can be trusted, if it names none before it.
fn own(digests: &[ChainDigest]) -> Option<DateTime<Utc>> {
    let trusted = digests.iter().filter(|digest| digest.problem.is_none() && !digest.is_backfill);
    let first = trusted.min_by_key(|digest| digest.start)?;
    first.previous.is_none().then_some(first.start)
}
