//! Who has looked at the events that a caller may see.

use crate::access::Caller;
use crate::audit::{Deed, Seen, look};
use crate::search::internal;
use crate::services::Services;
use orgtrail_shared::access::{EventAccess, EventAccessPage};
use orgtrail_shared::console::ConsoleError;
use orgtrail_storage::AccountScope;
use serde_json::json;

/// How many looks a page has.
const ROWS: i64 = 100;

/// A page of looks at events of the accounts that the caller sees. That one has looked at it is recorded as an act, and is no
/// look at events; nobody's act is needed to see who looked at one's own.
///
/// # Errors
///
/// [`ConsoleError::Internal`].
pub async fn accesses(
    services: &Services,
    caller: &Caller,
    before: Option<i64>,
) -> Result<EventAccessPage, ConsoleError> {
    let own = caller.user.account_id;
    let is_own = match &caller.scope.accounts {
        AccountScope::All => false,
        AccountScope::Only(accounts) => accounts.iter().all(|account| Some(*account) == own),
    };
    if !is_own {
        let deed = Deed::read("ListEventAccesses", json!({}));
        look(services, caller, &deed, Seen::of_people()).await?;
    }
    let rows =
        services.database.accesses(&caller.scope, before, ROWS + 1).await.map_err(internal)?;
    let rows_max = usize::try_from(ROWS).unwrap_or_default();
    let has_more = rows.len() > rows_max;
    let told = rows.into_iter().take(rows_max).map(|row| EventAccess {
        id: row.access_id,
        at: row.at,
        principal: row.principal,
        account: row.account,
        action: row.action,
        seen_event: row.seen_event,
        accounts: row.accounts.map(i32::unsigned_abs),
        event_id: row.event_id.to_string(),
    });
    let accesses: Vec<EventAccess> = told.collect();
    let next = has_more.then(|| accesses.last().map(|access| access.id)).flatten();
    Ok(EventAccessPage { accesses, next })
}
