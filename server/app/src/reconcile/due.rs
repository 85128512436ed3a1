//! Which sources are compared when.

use super::reconcile;
use crate::services::{Services, SourceSettings};
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_shared::reconciliation::LastReconciliation;
use orgtrail_storage::sources::SourceRow;
use std::collections::HashMap;
use tokio_util::sync::CancellationToken;

/// How often a source is compared with the index.
const EVERY: TimeDelta = TimeDelta::hours(24);

/// After which time a comparison is tried again that came to no end.
const AGAIN_AFTER: TimeDelta = TimeDelta::hours(1);

/// Whether a source is due. What was never listed as a whole has nothing to compare yet.
fn is_due(source: &SourceRow, last: Option<&LastReconciliation>, now: DateTime<Utc>) -> bool {
    let wait = |last: &LastReconciliation| if last.error.is_some() { AGAIN_AFTER } else { EVERY };
    // Where a prefix is denied, no listing is without a failure.
    source.everything_listed_at.or(source.listed_at).is_some()
        && last.is_none_or(|last| last.tried_at + wait(last) <= now)
}

/// Compares every source that is due, one after the other.
///
/// # Errors
///
/// When a source could not be compared; the others were.
pub async fn reconcile_due(
    services: &Services,
    shutdown: &CancellationToken,
) -> anyhow::Result<String> {
    let last: HashMap<i32, LastReconciliation> =
        services.database.reconciliations().await?.into_iter().collect();
    let (mut compared, mut listed, mut found, mut failures) = (0, 0, 0, Vec::new());
    let sources = services.database.sources().await?;
    for source in sources.iter().filter(|source| SourceSettings::is_regular(source)) {
        if shutdown.is_cancelled() {
            break;
        }
        if !is_due(source, last.get(&source.source_id), services.clock.now()) {
            continue;
        }
        match reconcile(services, source, None).await {
            Ok(result) => {
                compared += 1;
                listed += result.listing.listed;
                found += result.listing.taken_in;
                for finding in result.findings() {
                    tracing::error!(source.name = %source.name, "reconciliation: {finding}");
                    failures.push(format!("{}: {finding}", source.name));
                }
            }
            Err(error) => failures.push(format!("{}: {error:#}", source.name)),
        }
    }
    if failures.is_empty() {
        Ok(format!(
            "{compared} sources compared: {listed} objects, of which {found} were new and taken in"
        ))
    } else {
        anyhow::bail!("{}", failures.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_due_daily_and_after_a_failure_hourly() {
        let now = DateTime::from_timestamp(1_795_176_000, 0).unwrap();
        let last = |hours_ago: i64, error: Option<&str>| LastReconciliation {
            tried_at: now - TimeDelta::hours(hours_ago),
            error: error.map(str::to_owned),
            result: None,
        };
        let mut source = SourceRow {
            source_id: 1,
            organization_id: 1,
            name: "source".to_owned(),
            kind: "s3".to_owned(),
            bucket: "logs".to_owned(),
            prefix: String::new(),
            settings: serde_json::json!({}),
            credentials: None,
            public_keys: serde_json::json!({}),
            expects_digests: true,
            is_adopted: false,
            trail_began_at: None,
            listed_at: None,
            error: None,
            foreign_objects: 0,
            everything_listed_at: None,
            window_listed_at: None,
            skipped: sqlx::types::Json::default(),
            is_backfill_paused: false,
            backfill_found: 0,
            backfill_began_at: None,
            vanished_objects: 0,
        };
        assert!(!is_due(&source, None, now), "never listed");
        source.listed_at = Some(now);
        for (last, expected) in [
            (None, true),
            (Some(last(23, None)), false),
            (Some(last(24, None)), true),
            (Some(last(0, Some("no answer"))), false),
            (Some(last(1, Some("no answer"))), true),
        ] {
            assert_eq!(is_due(&source, last.as_ref(), now), expected, "{last:?}");
        }
    }
}
