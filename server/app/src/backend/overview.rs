//! The overview and the organization.

use super::coverage::{Chains, accounts_in_scope, due, load, visible, worst_of_account};
use super::findings::findings;
use crate::access::Caller;
use crate::audit::{Deed, Seen, look};
use crate::search::{self, internal};
use crate::services::Services;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_shared::console::{AccountActivity, ConsoleError, Overview, Reads, SearchRequest};
use orgtrail_shared::event::EventSummary;
use orgtrail_shared::organization::{Account, AccountKind, Organization};
use orgtrail_shared::page::PageSize;
use orgtrail_shared::proof::CellState;
use orgtrail_shared::time::TimeRange;
use orgtrail_storage::organizations::AccountRow;
use serde_json::json;
use std::collections::HashMap;

/// How many hours the overview looks back.
const HOURS: i32 = 24;

/// How far findings look back.
const FINDINGS_DAYS: i64 = 14;

fn last(now: DateTime<Utc>, length: TimeDelta) -> Result<TimeRange, ConsoleError> {
    TimeRange::new(now - length, now).map_err(internal)
}

/// The last day at a glance, of the accounts that `scope` names, or of all that the caller may see.
///
/// # Errors
///
/// [`ConsoleError`] when the scope is wrong or the database can't answer.
pub async fn overview(
    services: &Services,
    caller: &Caller,
    scope: &str,
) -> Result<Overview, ConsoleError> {
    let deed = Deed::read("GetOverview", json!({ "scope": scope }));
    let now = services.clock.now();
    let day = last(now, TimeDelta::hours(i64::from(HOURS)))?;
    let units = services.database.units(&caller.scope).await.map_err(internal)?;
    let accounts = accounts_in_scope(caller, &units, scope)?;
    let ids = accounts.iter().map(|account| account.account_id).collect();
    let seen = Seen { accounts: (!scope.is_empty()).then_some(ids), ..Seen::default() };
    look(services, caller, &deed, seen).await?;
    let request = |query: &str, range| SearchRequest {
        query: query.to_owned(),
        range,
        reads: Reads::Show,
        scope: scope.to_owned(),
    };
    let week = last(now, TimeDelta::days(7))?;
    let newest = async |query: &str| -> Result<Vec<EventSummary>, ConsoleError> {
        let size = PageSize::try_from(6).map_err(internal)?;
        Ok(search::search(services, caller, &request(query, week), size, None).await?.answer.events)
    };
    let (events, files, quarantined) =
        services.database.totals(&caller.scope).await.map_err(internal)?;
    let all_time = last(now, TimeDelta::days(FINDINGS_DAYS))?;
    let due = due(services, caller);
    let chains = load(services, caller, all_time, None).await?;
    let (database, shown) = (&services.database, visible(caller, all_time).unwrap_or(all_time));
    let outside = database
        .unlisted_outside(&caller.scope, shown.start(), shown.end())
        .await
        .map_err(internal)?;
    let rows = activity(services, caller, &accounts, &chains, (day, due)).await?;
    Ok(Overview {
        accounts: rows,
        histogram: search::histogram(services, caller, &request("", day)).await?.answer,
        findings: visible(caller, all_time)
            .map(|range| findings(&accounts, &chains, range, due, &outside))
            .unwrap_or_default(),
        quarantined: quarantined.unsigned_abs(),
        denied: newest("error:*Denied*,*Unauthorized* ").await?,
        root: newest("is:root").await?,
        event_count: events.unsigned_abs(),
        file_count: files.unsigned_abs(),
    })
}

/// What arrived of each account in the last day, and how it is covered as far as that was due.
async fn activity(
    services: &Services,
    caller: &Caller,
    accounts: &[&AccountRow],
    chains: &Chains,
    (day, due): (TimeRange, DateTime<Utc>),
) -> Result<Vec<AccountActivity>, ConsoleError> {
    let activity: HashMap<i32, _> = services
        .database
        .activity(&caller.scope, day.start(), HOURS)
        .await
        .map_err(internal)?
        .into_iter()
        .map(|row| (row.account_id, row))
        .collect();
    let totals: HashMap<i32, _> = services
        .database
        .account_totals(&caller.scope)
        .await
        .map_err(internal)?
        .into_iter()
        .map(|row| (row.account_id, row))
        .collect();
    let newest_events = newest_events(services, caller, day.end()).await?;
    let rows = accounts.iter().filter_map(|account| {
        let own = activity.get(&account.account_id);
        let lag = totals.get(&account.account_id).and_then(|totals| totals.lag_seconds);
        if account.kind == AccountKind::Unknown && own.is_none() && lag.is_none() {
            return None;
        }
        Some(AccountActivity {
            account: account.id()?,
            name: account.name.clone(),
            events_day: own.map_or(0, |own| own.hours.iter().sum::<i64>().unsigned_abs()),
            errors_day: own.map_or(0, |own| own.errors.unsigned_abs()),
            hours: own.map_or_else(
                || vec![0; usize::try_from(HOURS).unwrap_or(0)],
                |own| own.hours.iter().map(|events| events.unsigned_abs()).collect(),
            ),
            newest_event: newest_events.get(&account.account_id).copied(),
            lag_seconds: lag,
            coverage_day: worst_of_account(chains, account.account_id, day, due),
        })
    });
    Ok(rows.collect())
}

async fn newest_events(
    services: &Services,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<HashMap<i32, DateTime<Utc>>, ConsoleError> {
    let rows = services
        .database
        .newest_events(
            &caller.scope,
            now - TimeDelta::days(FINDINGS_DAYS),
            now + TimeDelta::days(1),
        )
        .await
        .map_err(internal)?;
    Ok(rows
        .into_iter()
        .filter_map(|(account, seconds)| Some((account, DateTime::from_timestamp(seconds, 0)?)))
        .collect())
}

/// The worst state of an account in its last 24 hours of delivery, and since it joined or its trail began.
pub(super) async fn account_coverage(
    services: &Services,
    caller: &Caller,
    account_id: i32,
) -> Result<(Option<CellState>, Option<CellState>), ConsoleError> {
    let (always, day) = ranges(services.clock.now())?;
    let chains = load(services, caller, always, Some(account_id)).await?;
    let due = due(services, caller);
    let worst = |range| worst_of_account(&chains, account_id, range, due);
    Ok((worst(day), worst(always)))
}

/// All time, and the last 24 hours.
fn ranges(now: DateTime<Utc>) -> Result<(TimeRange, TimeRange), ConsoleError> {
    let beginning = DateTime::from_timestamp(1_356_998_400, 0).unwrap_or_default();
    let always = TimeRange::new(beginning, now).map_err(internal)?;
    Ok((always, last(now, TimeDelta::hours(24))?))
}

/// The organization as far as the caller may see it.
///
/// # Errors
///
/// [`ConsoleError::Internal`].
pub async fn organization(
    services: &Services,
    caller: &Caller,
) -> Result<Organization, ConsoleError> {
    let now = services.clock.now();
    let units = services.database.units(&caller.scope).await.map_err(internal)?;
    let due = due(services, caller);
    let (always, day) = ranges(now)?;
    let chains = load(services, caller, always, None).await?;
    let totals: HashMap<i32, _> = services
        .database
        .account_totals(&caller.scope)
        .await
        .map_err(internal)?
        .into_iter()
        .map(|row| (row.account_id, row))
        .collect();
    let newest = newest_events(services, caller, now).await?;
    let accounts = caller.accounts.iter().filter_map(|account| {
        Some(Account {
            id: account.id()?,
            name: account.name.clone(),
            kind: account.kind,
            state: account.state,
            unit: account.unit.clone().filter(|unit| units.iter().any(|known| known.id == *unit)),
            memberships: account.memberships.clone(),
            coverage_day: worst_of_account(&chains, account.account_id, day, due),
            coverage_worst: worst_of_account(&chains, account.account_id, always, due),
            event_count: totals
                .get(&account.account_id)
                .map_or(0, |totals| totals.events.unsigned_abs()),
            newest_event: newest.get(&account.account_id).copied(),
        })
    });
    Ok(Organization {
        id: caller.organization.id.clone(),
        name: caller.organization.name.clone(),
        accounts: accounts.collect(),
        units,
        is_trusted: caller.organization.is_trusted,
        locked: super::edits::locked(services, caller, None).await?,
    })
}
