//! The plan of collection: how far back a listing looks, what comes first, and when something that failed is tried again.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use orgtrail_shared::operations::Trouble;

/// How many days a usual listing looks back at least.
pub const WINDOW_DAYS_MIN: i64 = 4;

/// How many days a usual listing looks back at most; what is later is found by the complete listing, or by a digest.
pub const WINDOW_DAYS_MAX: i64 = 30;

/// How long evidence of lateness counts.
pub const EVIDENCE_DAYS: i64 = 90;

/// How many days a listing must look back to see what was late before: one more than the latest of (days late, files).
pub fn window_days(lateness: &[(i64, i64)]) -> i64 {
    let latest = lateness.iter().filter(|(_, files)| *files > 0).map(|(days, _)| *days).max();
    latest.map_or(WINDOW_DAYS_MIN, |days| {
        days.saturating_add(1).clamp(WINDOW_DAYS_MIN, WINDOW_DAYS_MAX)
    })
}

/// How many days after the day in its key a file has turned up.
///
/// When it was written tells most. A file whose time of writing was kept, such as a replicated one, may still have come
/// later; what was first seen now says so, if the last look is so recent (`looked_at`) that it would have been seen then.
pub fn days_late(
    day: NaiveDate,
    last_modified: Option<DateTime<Utc>>,
    looked_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<i64> {
    let was_watched = looked_at.is_some_and(|looked| now - looked < TimeDelta::days(1));
    let seen = was_watched.then(|| now.date_naive());
    let came = last_modified.map(|time| time.date_naive()).max(seen)?;
    // A listing that had just begun before midnight is no lateness of a day.
    Some((came - day).num_days().max(0))
}

/// Whether a day is older than what is collected first.
pub fn is_backfill(day: NaiveDate, window_days: i64, now: DateTime<Utc>) -> bool {
    (now.date_naive() - day).num_days() >= window_days
}

/// The first day of a day's month.
pub fn month_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// How many of `workers` may work on old days at once, if that shall be `percent` of the capacity at most. One worker is
/// always left for new files, unless there is but one.
pub fn backfill_workers(workers: usize, percent: u8) -> usize {
    (workers * usize::from(percent.min(100)) / 100).clamp(1, workers.saturating_sub(1).max(1))
}

/// How many failures in a row, of a kind that needn't concern more than one object, mean that the source is in trouble.
pub const FAILURES_IN_A_ROW_MAX: u32 = 8;

/// When something that failed for the `attempts`-th time is tried again: the wait doubles up to a limit, and a half of it is
/// left to `chance` (0 to 1), so that what failed together isn't tried together.
pub fn retry_after(trouble: Trouble, attempts: u32, chance: f64) -> TimeDelta {
    let (first, most) = match trouble {
        Trouble::Throttled | Trouble::ServerError | Trouble::Unreachable => (5, 15 * 60),
        Trouble::NotTakenIn | Trouble::Other => (15, 60 * 60),
        // A person has to act; when they have, nobody wants to wait long.
        Trouble::Credentials
        | Trouble::WrongRegion
        | Trouble::ClockSkew
        | Trouble::NoBucket
        | Trouble::AccessDenied
        | Trouble::KeyDenied => (30, 60 * 60),
        Trouble::Vanished | Trouble::TooLarge => (60, 24 * 60 * 60),
    };
    let doubled = 1_i64.checked_shl(attempts.saturating_sub(1)).filter(|factor| *factor > 0);
    let whole = doubled.and_then(|factor| factor.checked_mul(first)).map_or(most, |s| s.min(most));
    let half = TimeDelta::milliseconds(whole * 500);
    #[expect(clippy::cast_possible_truncation, reason = "at most a day in milliseconds")]
    #[expect(clippy::cast_precision_loss, reason = "at most a day in milliseconds")]
    let jitter = (half.num_milliseconds() as f64 * chance.clamp(0.0, 1.0)) as i64;
    half + TimeDelta::milliseconds(jitter)
}

/// When `waiting` files are done, if `done` files took `within`; `None` when nothing was done.
pub fn ends_at(
    waiting: u64,
    done: u64,
    within: TimeDelta,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    if done == 0 {
        return None;
    }
    let milliseconds =
        i128::from(within.num_milliseconds()) * i128::from(waiting) / i128::from(done);
    now.checked_add_signed(TimeDelta::milliseconds(i64::try_from(milliseconds).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_window_covers_what_was_late_within_its_bounds() {
        for (lateness, window) in [
            (&[][..], 4),
            (&[(0, 9_000), (1, 40)], 4),
            (&[(0, 9_000), (6, 1)], 7),
            (&[(0, 9_000), (400, 2)], 30),
            (&[(9, 0)], 4),
            (&[(i64::MAX, 1)], 30),
        ] {
            assert_eq!(window_days(lateness), window, "{lateness:?}");
        }
    }

    #[test]
    fn lateness_is_what_was_written_or_first_seen_late() {
        let now = at("2026-03-20T00:10:00Z");
        let watched = Some(now - TimeDelta::minutes(1));
        let on = |text: &str| Some(at(text));
        for (key, written, looked, late) in [
            ("2026-03-20", on("2026-03-20T00:05:00Z"), watched, Some(0)),
            ("2026-03-12", on("2026-03-18T00:00:00Z"), None, Some(6)),
            // Written in time, and replicated days later, while we were looking.
            ("2026-03-15", on("2026-03-15T12:00:00Z"), watched, Some(5)),
            // Written in time, and nobody looked.
            ("2026-03-15", on("2026-03-15T12:00:00Z"), Some(now - TimeDelta::days(3)), Some(0)),
            ("2026-03-15", None, None, None),
            // A key of tomorrow isn't early.
            ("2026-03-21", on("2026-03-20T00:05:00Z"), None, Some(0)),
        ] {
            assert_eq!(days_late(day(key), written, looked, now), late, "{key} {written:?}");
        }
    }

    #[test]
    fn days_beyond_the_window_are_backfill() {
        let now = at("2026-03-20T12:00:00Z");
        for (key, is_old) in [
            ("2026-03-21", false),
            ("2026-03-20", false),
            ("2026-03-17", false),
            ("2026-03-16", true),
            ("2019-01-01", true),
        ] {
            assert_eq!(is_backfill(day(key), 4, now), is_old, "{key}");
        }
        assert_eq!(month_of(day("2026-03-31")), day("2026-03-01"));
    }

    #[test]
    fn backfill_leaves_a_worker_for_new_files() {
        for (workers, percent, allowed) in
            [(1, 50, 1), (2, 50, 1), (2, 100, 1), (8, 50, 4), (8, 100, 7), (8, 0, 1), (8, 255, 7)]
        {
            assert_eq!(backfill_workers(workers, percent), allowed, "{workers} {percent}");
        }
    }

    #[test]
    fn waits_double_up_to_a_limit_and_half_of_them_is_chance() {
        for trouble in Trouble::ALL {
            let mut before = TimeDelta::zero();
            for attempts in [1, 2, 3, 8, 20, 63, 64, 65, u32::MAX] {
                let [least, most] = [0.0, 1.0].map(|chance| retry_after(trouble, attempts, chance));
                assert_eq!(least * 2, most, "{trouble:?} {attempts}");
                assert!(before <= most && most <= TimeDelta::days(1), "{trouble:?} {attempts}");
                before = most;
            }
        }
        assert_eq!(retry_after(Trouble::Throttled, 1, 1.0), TimeDelta::seconds(5));
        assert_eq!(retry_after(Trouble::Throttled, 3, 0.5), TimeDelta::seconds(15));
        assert_eq!(retry_after(Trouble::AccessDenied, 50, 1.0), TimeDelta::hours(1));
    }

    #[test]
    fn an_end_is_estimated_from_what_was_done() {
        let now = at("2026-03-20T12:00:00Z");
        let within = TimeDelta::minutes(15);
        assert_eq!(ends_at(3_000, 1_000, within, now), Some(at("2026-03-20T12:45:00Z")));
        assert_eq!(ends_at(3_000, 0, within, now), None);
        assert_eq!(ends_at(u64::MAX, 1, within, now), None);
    }
}
