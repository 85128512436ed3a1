//! The quarantine: what is in it, and trying it once more.

use crate::access::Caller;
use crate::audit::{Deed, Seen, attempt, begin, finish, look};
use crate::collect::{RetrySummary, retry_quarantine};
use crate::search::internal;
use crate::services::Services;
use orgtrail_shared::authorization::Action;
use orgtrail_shared::console::{ConsoleError, QuarantineEntry, QuarantinePage};
use orgtrail_shared::quarantine::{Retried, RetryOutcome};
use serde_json::{Value, json};

/// How many entries a page has.
const ROWS: i64 = 50;

/// A page of the quarantine.
///
/// # Errors
///
/// [`ConsoleError::Internal`].
pub async fn quarantine(
    services: &Services,
    caller: &Caller,
    before: Option<i64>,
) -> Result<QuarantinePage, ConsoleError> {
    look(services, caller, &Deed::read("ListQuarantine", json!({})), Seen::default()).await?;
    let (rows, total) = services
        .database
        .quarantine_page(&caller.scope, before, ROWS + 1)
        .await
        .map_err(internal)?;
    let has_more = rows.len() > usize::try_from(ROWS).unwrap_or(0);
    let entries: Vec<QuarantineEntry> = rows
        .into_iter()
        .take(usize::try_from(ROWS).unwrap_or(0))
        .map(|row| QuarantineEntry {
            id: row.quarantine_id,
            bucket: row.bucket,
            key: row.key,
            ordinal: row.ordinal.and_then(|ordinal| u32::try_from(ordinal).ok()),
            reason: row.reason,
            account: row.account.and_then(|account| account.parse().ok()),
            bytes: row.bytes.unsigned_abs(),
            quarantined_at: row.quarantined_at,
            excerpt: row.excerpt,
        })
        .collect();
    let next = has_more.then(|| entries.last().map(|entry| entry.id)).flatten();
    let whole = caller.organization.id.to_string();
    let what = "Trying a file again";
    let locked = caller.locked_at(services, Action::RetryQuarantine, &whole, what).await?;
    Ok(QuarantinePage { entries, total: total.unsigned_abs(), next, locked })
}

/// Reads the file of an entry once more, with all its other entries, as after an upgrade. For those who
/// may; it may be repeated.
///
/// # Errors
///
/// [`ConsoleError::Forbidden`] for other roles, [`ConsoleError::NotFound`] when there is no such open entry in the
/// organization, [`ConsoleError::Internal`].
pub async fn retry_entry(
    services: &Services,
    caller: &Caller,
    id: i64,
) -> Result<Retried, ConsoleError> {
    let deed = Deed::change("RetryQuarantineEntry", json!({ "id": id }));
    attempt(services, caller, &deed, retry(services, caller, id, &deed)).await
}

async fn retry(
    services: &Services,
    caller: &Caller,
    id: i64,
    deed: &Deed,
) -> Result<Retried, ConsoleError> {
    caller.require(
        services,
        Action::RetryQuarantine,
        "trying a file of the quarantine once more changes the index and",
    )?;
    let is_there = services.database.is_quarantined(&caller.scope, id).await.map_err(internal)?;
    if !is_there {
        let message = format!("There is no open entry {id} in the quarantine.");
        return Err(ConsoleError::NotFound { message });
    }
    // The work is many transactions: it begins when it is recorded.
    let acting = begin(services, caller, deed).await?;
    finish(services, acting, Value::Null).await?;
    let summary = Box::pin(retry_quarantine(services, Some(id))).await.map_err(internal)?;
    Ok(told(&summary))
}

fn told(summary: &RetrySummary) -> Retried {
    let outcome = if !summary.failed.is_empty() {
        RetryOutcome::Lost
    } else if summary.unchanged > 0 {
        RetryOutcome::AsBefore
    } else {
        // Or somebody else was quicker, and it was read then.
        RetryOutcome::Read
    };
    for (key, reason) in &summary.failed {
        tracing::error!(object.key = %key, reason, "a quarantined file can't be read from the archive");
    }
    Retried {
        outcome,
        reason: summary.failed.first().map(|(_, reason)| reason.clone()),
        events: summary.taken_in.events,
        duplicates: summary.taken_in.duplicates,
        quarantined: summary.taken_in.quarantined,
    }
}
