//! What is not proven, in words: what was found, what was never verified, and what no longer is.

use super::coverage::Chains;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_domain::chain::Interval;
use orgtrail_shared::console::{Finding, Findings};
use orgtrail_shared::organization::AccountKind;
use orgtrail_shared::proof::CellState;
use orgtrail_shared::time::TimeRange;
use orgtrail_storage::custody::UnlistedRow;
use orgtrail_storage::organizations::AccountRow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// How many findings are worded; the worst come first, and the newest of those.
const WORDED_MAX: usize = 12;

/// Everything in a range that is not proven, as far as it was `due`, the end of the last hour whose digests should be there.
pub(super) fn findings(
    accounts: &[&AccountRow],
    chains: &Chains,
    range: TimeRange,
    due: DateTime<Utc>,
    outside: &[UnlistedRow],
) -> Findings {
    let mut found: Vec<Finding> =
        outside.iter().filter_map(|row| unlisted(accounts, row)).collect();
    let mut is_any_proven = false;
    for account in accounts {
        let own = chains.get(&account.account_id);
        if own.is_none_or(BTreeMap::is_empty) {
            found.extend(silence(account, range, due));
            continue;
        }
        for ((region, _), intervals) in own.into_iter().flatten() {
            is_any_proven |= intervals.iter().any(|it| it.state == CellState::Proven);
            let end = unverified_since(intervals, range, due);
            found.extend(
                intervals
                    .iter()
                    .chain(&end)
                    .filter_map(|interval| worded(account, region, interval, range)),
            );
        }
    }
    let newest = |finding: &Finding| finding.range.map(|range| range.end());
    found.sort_by_cached_key(|finding| Reverse((finding.state, newest(finding))));
    let mut by_state: BTreeMap<Reverse<CellState>, u64> = BTreeMap::new();
    for finding in &found {
        *by_state.entry(Reverse(finding.state)).or_default() += 1;
    }
    let affected: BTreeSet<_> = found.iter().filter_map(|it| it.account.as_ref()).collect();
    let account_count = affected.len() as u64;
    found.truncate(WORDED_MAX);
    Findings {
        worst: found,
        by_state: by_state.into_iter().map(|(Reverse(state), count)| (state, count)).collect(),
        account_count,
        is_any_proven,
    }
}

/// Files that no digest lists stay a finding whatever time their keys name.
fn unlisted(accounts: &[&AccountRow], row: &UnlistedRow) -> Option<Finding> {
    let account = accounts.iter().find(|account| account.account_id == row.account_id)?;
    let range = TimeRange::new(row.first_at, row.last_at + TimeDelta::minutes(1)).ok()?;
    let interval = Interval { range, state: CellState::Unexpected, reason: row.reason() };
    worded(account, &row.region, &interval, range)
}

/// A member of which nothing is known at all; nothing may be expected of other accounts.
fn silence(account: &AccountRow, range: TimeRange, due: DateTime<Utc>) -> Option<Finding> {
    let was_member = account.memberships.iter().find_map(|membership| {
        let end = membership.left_at.unwrap_or(due).min(due);
        TimeRange::new(membership.joined_at, end).ok()?.intersection(&range)
    });
    // Memberships may be unknown where the organization could not be read.
    let is_expected = account.kind != AccountKind::Unknown && account.memberships.is_empty();
    let range = was_member.or_else(|| is_expected.then_some(range))?;
    let reason = "nothing was collected or verified for this time";
    let interval = Interval { range, state: CellState::Unknown, reason: reason.to_owned() };
    worded(account, "", &interval, range)
}

/// The end of a range that nobody has verified although it was due: verification itself has stopped.
pub(super) fn unverified_since(
    intervals: &[Interval],
    range: TimeRange,
    due: DateTime<Utc>,
) -> Option<Interval> {
    let last = intervals.last().map(|interval| interval.range.end());
    let verified_until = last.unwrap_or(range.start()).max(range.start());
    let range = TimeRange::new(verified_until, due.min(range.end())).ok()?;
    let reason = match last {
        Some(_) => "it was not verified since; Operations shows why",
        None => "it was not verified for this time; Operations shows whether it is about to be",
    };
    Some(Interval { range, state: CellState::Unknown, reason: reason.to_owned() })
}

fn worded(
    account: &AccountRow,
    region: &str,
    interval: &Interval,
    range: TimeRange,
) -> Option<Finding> {
    if interval.state.is_proven() || interval.state == CellState::Pending {
        return None;
    }
    let number = &account.number;
    let who = match account.name.as_str() {
        "" => number.clone(),
        name => format!("{name} ({number})"),
    };
    let place = if region.is_empty() { who } else { format!("{who}, {region}") };
    Some(Finding {
        state: interval.state,
        sentence: format!("{place}: {}", interval.reason),
        account: account.id(),
        range: Some(interval.range.intersection(&range)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use orgtrail_shared::organization::Membership;
    use orgtrail_shared::time::parse_time;

    fn time(hour: u32) -> DateTime<Utc> {
        parse_time(&format!("2026-03-01T{hour:02}:00:00Z")).unwrap()
    }

    fn range(from: u32, to: u32) -> TimeRange {
        TimeRange::new(time(from), time(to)).unwrap()
    }

    fn account(joined: Option<u32>) -> AccountRow {
        let joined = joined.map(|hour| Membership { joined_at: time(hour), left_at: None });
        AccountRow {
            account_id: 1,
            number: "111122223333".to_owned(),
            name: "payments".to_owned(),
            kind: AccountKind::Member,
            state: None,
            unit: None,
            memberships: joined.into_iter().collect(),
        }
    }

    fn chains(intervals: &[(TimeRange, CellState)]) -> Chains {
        let intervals = intervals.iter().map(|(range, state)| Interval {
            range: *range,
            state: *state,
            reason: "why".to_owned(),
        });
        let regions = BTreeMap::from([(("us-east-1".to_owned(), 1), intervals.collect())]);
        BTreeMap::from([(1, regions)])
    }

    fn find(account: &AccountRow, chains: &Chains) -> Findings {
        findings(&[account], chains, range(0, 20), time(12), &[])
    }

    #[test]
    fn what_is_proven_up_to_what_was_due_has_no_findings() {
        let found = find(&account(Some(0)), &chains(&[(range(0, 12), CellState::Proven)]));
        assert!(found.worst.is_empty() && found.is_any_proven);
    }

    #[test]
    fn a_member_of_which_nothing_is_known_is_a_finding() {
        let found = find(&account(Some(3)), &Chains::new());
        assert_eq!(found.by_state, [(CellState::Unknown, 1)]);
        assert_eq!(found.worst[0].range, Some(range(3, 12)));
        assert!(!found.is_any_proven);
        assert_eq!(find(&account(None), &Chains::new()).by_state, [(CellState::Unknown, 1)]);
        assert!(find(&account(Some(13)), &Chains::new()).worst.is_empty(), "not due yet");
    }

    #[test]
    fn files_that_no_digest_lists_are_a_finding_whatever_time_they_name() {
        let row = UnlistedRow {
            account_id: 1,
            region: "us-east-1".to_owned(),
            files: 2,
            first_at: time(21),
            last_at: time(22),
            key: "forged".to_owned(),
        };
        let other = UnlistedRow { account_id: 2, ..row.clone() };
        let proven = chains(&[(range(0, 12), CellState::Proven)]);
        let found = findings(&[&account(Some(0))], &proven, range(0, 20), time(12), &[row, other]);
        assert_eq!(found.by_state, [(CellState::Unexpected, 1)]);
        assert!(found.worst[0].sentence.contains("2 files"), "{:?}", found.worst);
    }

    #[test]
    fn a_chain_that_is_no_longer_verified_is_a_finding() {
        let found = find(&account(Some(0)), &chains(&[(range(0, 5), CellState::Proven)]));
        assert_eq!(found.worst[0].range, Some(range(5, 12)));
        assert!(found.worst[0].sentence.contains("not verified since"));
    }

    #[test]
    fn a_chain_of_which_nothing_is_known_does_not_hide_behind_another() {
        let mut chains = chains(&[(range(0, 12), CellState::Proven)]);
        chains.get_mut(&1).unwrap().insert(("us-east-1".to_owned(), 2), Vec::new());
        let found = find(&account(Some(0)), &chains);
        assert_eq!(found.by_state, [(CellState::Unknown, 1)]);
        assert_eq!(found.worst[0].range, Some(range(0, 12)));
    }

    #[test]
    fn what_is_left_unsaid_is_counted() {
        let hours: Vec<_> = (0..12)
            .flat_map(|hour| [(range(hour, hour + 1), CellState::Gap)])
            .chain([(range(0, 12), CellState::Tampered), (range(0, 12), CellState::Missing)])
            .collect();
        let found = find(&account(Some(0)), &chains(&hours));
        assert_eq!(found.worst.len(), WORDED_MAX);
        assert_eq!(found.worst[0].state, CellState::Tampered);
        let counts = [(CellState::Tampered, 1), (CellState::Missing, 1), (CellState::Gap, 12)];
        assert_eq!(found.by_state, counts);
        assert_eq!(found.account_count, 1);
    }
}
