//! Coverage: intervals, the grid over them, and what lies behind a cell.

use super::findings::{findings, unverified_since};
use crate::access::Caller;
use crate::search::internal;
use crate::services::Services;
use crate::verification::last_closed_hour;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_domain::chain::{Interval, cells};
use orgtrail_domain::record::from_index_time;
use orgtrail_shared::console::{
    CellDetail, CellRequest, ConsoleError, CoverageGrid, CoverageInterval, CoverageRequest,
    CoverageRow, DigestSummary, FileSummary,
};
use orgtrail_shared::ids::{AccountId, UnitId};
use orgtrail_shared::organization::{AccountKind, Unit};
use orgtrail_shared::proof::{CellState, FileVerdict};
use orgtrail_shared::time::TimeRange;
use orgtrail_storage::organizations::AccountRow;
use std::collections::{BTreeMap, HashMap};

/// How many files and digests a cell lists.
const LISTED_MAX: i64 = 200;

/// Intervals by account, and by Region and chain. Chains of one Region stay apart: their intervals overlap, and what one
/// trail proves says nothing about another.
pub(super) type Chains = BTreeMap<i32, BTreeMap<(String, i32), Vec<Interval>>>;

/// The accounts that a scope of the console names.
pub(super) fn accounts_in_scope<'a>(
    caller: &'a Caller,
    units: &[Unit],
    scope: &str,
) -> Result<Vec<&'a AccountRow>, ConsoleError> {
    if scope.is_empty() {
        return Ok(caller.accounts.iter().collect());
    }
    if let Ok(id) = scope.parse::<AccountId>() {
        return Ok(caller
            .accounts
            .iter()
            .filter(|account| account.number == id.as_str())
            .collect());
    }
    let Ok(unit) = scope.parse::<UnitId>() else {
        return Err(ConsoleError::BadRequest {
            message: format!("the scope `{scope}` is neither an account id nor a unit id"),
        });
    };
    let parents: HashMap<&UnitId, Option<&UnitId>> =
        units.iter().map(|unit| (&unit.id, unit.parent.as_ref())).collect();
    Ok(caller
        .accounts
        .iter()
        .filter(|account| {
            let mut above = account.unit.as_ref();
            while let Some(at) = above {
                if *at == unit {
                    return true;
                }
                above = parents.get(at).copied().flatten();
            }
            false
        })
        .collect())
}

/// The end of what was due by now, as far as the caller may see it.
pub(super) fn due(services: &Services, caller: &Caller) -> DateTime<Utc> {
    let due = last_closed_hour(services.clock.now());
    bound(caller.scope.to).map_or(due, |end| due.min(end))
}

/// The part of a range that the caller may see.
pub(super) fn visible(caller: &Caller, range: TimeRange) -> Option<TimeRange> {
    let start = bound(caller.scope.from).map_or(range.start(), |from| from.max(range.start()));
    let end = bound(caller.scope.to).map_or(range.end(), |to| to.min(range.end()));
    TimeRange::new(start, end).ok()
}

fn bound(time: Option<i32>) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(from_index_time(time?), 0)
}

/// Reads the coverage of a range.
pub(super) async fn load(
    services: &Services,
    caller: &Caller,
    range: TimeRange,
    account_id: Option<i32>,
) -> Result<Chains, ConsoleError> {
    let rows = services
        .database
        .coverage(&caller.scope, range.start(), range.end(), account_id)
        .await
        .map_err(internal)?;
    let mut chains = Chains::new();
    // A chain of which nothing is known in the range must not hide behind another one of the account.
    let places =
        services.database.chain_places(&caller.scope, account_id).await.map_err(internal)?;
    for place in places {
        let account = chains.entry(place.account_id).or_default();
        account.entry((place.region, place.chain_id)).or_default();
    }
    for (place, row) in rows {
        let Ok(interval_range) = TimeRange::new(row.starts_at, row.ends_at) else { continue };
        let state = CellState::from_name(&row.state).unwrap_or(CellState::Unknown);
        let interval = Interval { range: interval_range, state, reason: row.reason };
        let account = chains.entry(place.account_id).or_default();
        account.entry((place.region, place.chain_id)).or_default().push(interval);
    }
    Ok(chains)
}

/// The coverage of a range as intervals, for the API and the command line.
///
/// # Errors
///
/// [`ConsoleError`] when the scope is wrong or the database can't answer.
pub async fn coverage_intervals(
    services: &Services,
    caller: &Caller,
    request: &CoverageRequest,
) -> Result<Vec<CoverageInterval>, ConsoleError> {
    let units = services.database.units(&caller.scope).await.map_err(internal)?;
    let accounts = accounts_in_scope(caller, &units, &request.scope)?;
    let chains = load(services, caller, request.range, None).await?;
    let due = due(services, caller);
    let mut intervals = Vec::new();
    for account in accounts {
        let Some(id) = account.id() else { continue };
        for ((region, _), found) in chains.get(&account.account_id).into_iter().flatten() {
            let end = visible(caller, request.range)
                .and_then(|range| unverified_since(found, range, due));
            intervals.extend(found.iter().chain(&end).filter_map(|interval| {
                Some(CoverageInterval {
                    account: id.clone(),
                    region: region.clone(),
                    range: interval.range.intersection(&request.range)?,
                    state: interval.state,
                    reason: interval.reason.clone(),
                })
            }));
        }
    }
    Ok(intervals)
}

/// The path of a unit in words.
pub(super) fn unit_path(units: &[Unit], unit: Option<&UnitId>) -> String {
    let mut names = Vec::new();
    let mut at = unit.and_then(|unit| units.iter().find(|known| known.id == *unit));
    while let Some(unit) = at {
        names.push(unit.name.as_str());
        at = unit.parent.as_ref().and_then(|parent| units.iter().find(|known| known.id == *parent));
    }
    names.reverse();
    names.join(" / ")
}

pub(super) async fn grid(
    services: &Services,
    caller: &Caller,
    request: &CoverageRequest,
) -> Result<CoverageGrid, ConsoleError> {
    let units = services.database.units(&caller.scope).await.map_err(internal)?;
    let accounts = accounts_in_scope(caller, &units, &request.scope)?;
    let step = if request.range.length() > TimeDelta::hours(72) {
        TimeDelta::days(1)
    } else {
        TimeDelta::hours(1)
    };
    let range = aligned(request.range, step);
    let due = due(services, caller);
    let chains = load(services, caller, range, None).await?;
    let count = range.length().num_seconds() / step.num_seconds();
    let steps = (0..count).filter_map(|index| {
        DateTime::from_timestamp(range.start().timestamp() + index * step.num_seconds(), 0)
    });
    let mut rows = Vec::new();
    for account in &accounts {
        let Some(id) = account.id() else { continue };
        let own = chains.get(&account.account_id);
        if own.is_none() && account.kind == AccountKind::Unknown {
            continue;
        }
        let cells = worst_of_chains(own, range, step, due);
        rows.push(CoverageRow {
            account: id,
            name: account.name.clone(),
            unit_path: unit_path(&units, account.unit.as_ref()),
            cells,
        });
    }
    rows.sort_by(|one, other| (&one.unit_path, &one.name).cmp(&(&other.unit_path, &other.name)));
    Ok(CoverageGrid {
        step_seconds: u32::try_from(step.num_seconds()).unwrap_or(u32::MAX),
        steps: steps.collect(),
        findings: visible(caller, request.range)
            .map(|range| findings(&accounts, &chains, range, due, &[]))
            .unwrap_or_default(),
        rows,
    })
}

/// The range whose ends lie on whole steps.
fn aligned(range: TimeRange, step: TimeDelta) -> TimeRange {
    let step = step.num_seconds();
    let low = range.start().timestamp().div_euclid(step) * step;
    let high = (range.end().timestamp() + step - 1).div_euclid(step) * step;
    let time = |seconds| DateTime::from_timestamp(seconds, 0);
    time(low)
        .zip(time(high))
        .and_then(|(low, high)| TimeRange::new(low, high).ok())
        .unwrap_or(range)
}

fn worst_of_chains(
    chains: Option<&BTreeMap<(String, i32), Vec<Interval>>>,
    range: TimeRange,
    step: TimeDelta,
    due: DateTime<Utc>,
) -> Vec<CellState> {
    let mut worst: Option<Vec<CellState>> = None;
    for intervals in chains.into_iter().flat_map(BTreeMap::values) {
        let end = unverified_since(intervals, range, due);
        let intervals: Vec<Interval> = intervals.iter().cloned().chain(end).collect();
        let states = cells(&intervals, range, step);
        worst = Some(match worst {
            None => states,
            Some(worst) => {
                worst.into_iter().zip(states).map(|(one, other)| one.max(other)).collect()
            }
        });
    }
    worst.unwrap_or_else(|| cells(&[], range, step))
}

/// The worst state of an account in a range, over all its chains, as far as it was due: that the
/// newest hours are pending says nothing about the account.
pub(super) fn worst_of_account(
    chains: &Chains,
    account_id: i32,
    range: TimeRange,
    due: DateTime<Utc>,
) -> Option<CellState> {
    let range = TimeRange::new(range.start(), range.end().min(due)).unwrap_or(range);
    let worst = |intervals: &Vec<Interval>| {
        let end = unverified_since(intervals, range, due).map(|interval| interval.state);
        end.max(Some(orgtrail_domain::chain::worst_state(intervals, range)))
    };
    chains.get(&account_id)?.values().filter_map(worst).max()
}

/// What lies behind the coverage of one account in a range.
///
/// # Errors
///
/// [`ConsoleError::NotFound`] when the caller may not see the account, or the database can't answer.
pub async fn cell(
    services: &Services,
    caller: &Caller,
    request: &CellRequest,
) -> Result<CellDetail, ConsoleError> {
    let account = caller.accounts.iter().find(|account| account.number == request.account.as_str());
    let Some(account) = account else {
        return Err(ConsoleError::NotFound {
            message: format!(
                "there is no account {} among those that you may see",
                request.account
            ),
        });
    };
    let (from, to) = (request.range.start(), request.range.end());
    let (scope, id) = (&caller.scope, account.account_id);
    let scoped = CoverageRequest { range: request.range, scope: request.account.to_string() };
    let mut intervals = coverage_intervals(services, caller, &scoped).await?;
    intervals.sort_by(|one, other| {
        other.state.cmp(&one.state).then(one.range.start().cmp(&other.range.start()))
    });
    let database = &services.database;
    let digests =
        database.digests_of_cell(scope, id, from, to, LISTED_MAX).await.map_err(internal)?;
    let (files, count) =
        database.files_of_cell(scope, id, from, to, LISTED_MAX).await.map_err(internal)?;
    let more_files = count.unsigned_abs().saturating_sub(files.len() as u64);
    Ok(CellDetail {
        intervals,
        digests: digests
            .into_iter()
            .map(|digest| DigestSummary {
                range: TimeRange::new(digest.starts_at, digest.ends_at).ok(),
                is_valid: digest.problem.is_none(),
                problem: digest.problem.unwrap_or_default(),
                file_count: u64::try_from(digest.file_count).unwrap_or(0),
                is_backfill: digest.is_backfill,
                bucket: digest.bucket,
                key: digest.key,
                region: digest.region,
            })
            .collect(),
        files: files
            .into_iter()
            .map(|file| FileSummary {
                region: file.region.unwrap_or_default(),
                delivered_at: file.delivered_at,
                event_count: u64::try_from(file.event_count).unwrap_or(0),
                verdict: file.verdict.parse().unwrap_or(FileVerdict::NoDigestYet),
                bucket: file.bucket,
                key: file.key,
            })
            .collect(),
        more_files,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use orgtrail_shared::time::parse_time;

    fn range(from: u32, to: u32) -> TimeRange {
        let time = |hour| parse_time(&format!("2026-03-01T{hour:02}:00:00Z")).unwrap();
        TimeRange::new(time(from), time(to)).unwrap()
    }

    fn interval(from: u32, to: u32, state: CellState) -> Interval {
        Interval { range: range(from, to), state, reason: "why".to_owned() }
    }

    /// One trail is proven all the time; the other one has `others`.
    fn two_trails(others: Vec<Interval>) -> Chains {
        let proven = (0..12).map(|hour| interval(hour, hour + 1, CellState::Proven)).collect();
        let key = |chain| ("us-east-1".to_owned(), chain);
        BTreeMap::from([(1, BTreeMap::from([(key(1), proven), (key(2), others)]))])
    }

    #[test]
    fn a_trail_that_is_proven_hides_nothing_of_another_one() {
        let (all, due) = (range(0, 12), range(0, 12).end());
        let missing = two_trails(vec![interval(0, 12, CellState::Missing)]);
        for hour in 0..12 {
            let worst = worst_of_account(&missing, 1, range(hour, hour + 1), due);
            assert_eq!(worst, Some(CellState::Missing), "{hour}");
        }
        let cells = worst_of_chains(missing.get(&1), all, TimeDelta::hours(1), due);
        assert_eq!(cells, [CellState::Missing; 12]);
    }

    #[test]
    fn a_trail_that_is_no_longer_verified_shows_beside_one_that_is() {
        let (all, due) = (range(0, 12), range(0, 12).end());
        let ended = two_trails(vec![interval(0, 4, CellState::Proven)]);
        assert_eq!(worst_of_account(&ended, 1, range(6, 7), due), Some(CellState::Unknown));
        assert_eq!(worst_of_account(&ended, 1, all, due), Some(CellState::Unknown));
        let cells = worst_of_chains(ended.get(&1), all, TimeDelta::hours(1), due);
        assert_eq!(cells[3..5], [CellState::Proven, CellState::Unknown]);
    }
}
