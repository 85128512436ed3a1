//! When accounts are busy: by the hour of the day and the day of the week, in UTC.

use crate::time::{self, DAY, HOUR};
use chrono::{Datelike, Weekday};

/// How an account's activity is spread over the day and the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rhythm {
    /// People's working hours.
    Office,
    /// The waking hours of customers.
    Customers,
    /// Batch jobs in the night.
    Nightly,
    /// Machines that never sleep.
    Steady,
}

/// The share of each hour in percent of the mean hour.
const OFFICE: [u64; 24] = [
    12, 10, 10, 10, 12, 25, 60, 130, 190, 215, 220, 205, 170, 200, 210, 200, 175, 130, 80, 45, 30,
    25, 20, 16,
];
const CUSTOMERS: [u64; 24] = [
    55, 42, 36, 34, 38, 52, 75, 98, 118, 130, 136, 138, 135, 134, 132, 130, 128, 130, 138, 142,
    136, 116, 92, 70,
];
const NIGHTLY: [u64; 24] = [
    190, 230, 240, 210, 160, 90, 55, 60, 85, 100, 105, 100, 90, 95, 100, 95, 85, 65, 50, 45, 50,
    70, 100, 130,
];

impl Rhythm {
    /// The activity of the hour that begins at `hour`, in percent of the mean hour of a working day.
    pub(crate) fn percent(self, hour: i64) -> u64 {
        let of_day = usize::try_from(hour.rem_euclid(DAY) / HOUR).unwrap_or(0);
        let is_weekend = is_weekend(hour);
        let (table, weekend) = match self {
            Self::Office => (OFFICE[of_day], 18),
            Self::Customers => (CUSTOMERS[of_day], 82),
            Self::Nightly => (NIGHTLY[of_day], 75),
            Self::Steady => (100, 85),
        };
        if is_weekend { table * weekend / 100 } else { table }
    }
}

fn is_weekend(time: i64) -> bool {
    matches!(time::to_utc(time).weekday(), Weekday::Sat | Weekday::Sun)
}

/// Whether people are at work.
pub(crate) fn is_office_hour(time: i64) -> bool {
    let hour = time.rem_euclid(DAY) / HOUR;
    !is_weekend(time) && (6..19).contains(&hour)
}
