//! The integrity page's URL.

use crate::address::{Carried, Href, Params};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use orgtrail_shared::console::{CellRequest, ConsoleError, Finding};
use orgtrail_shared::ids::AccountId;
use orgtrail_shared::time::{TimeRange, parse_time, to_rfc3339};

/// The preset ranges, in days; a range of a single day or two is shown by the hour.
pub(super) const SPANS: [(&str, i64); 4] = [("24 h", 1), ("7 d", 7), ("14 d", 14), ("30 d", 30)];
/// The range that is shown when the URL names none.
const DAYS: i64 = 14;
/// How many accounts stand on one page of the grid.
pub(super) const ROWS: usize = 60;

/// Everything the integrity page shows is a function of this.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct IntegrityAddress {
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    mistake: Option<String>,
    /// The cell that is open.
    pub(super) cell: Option<CellRequest>,
    /// The first account that is shown, when there are many.
    pub(super) first_row: usize,
    /// What every link carries.
    pub(super) carried: Carried,
}

impl IntegrityAddress {
    pub(super) fn from_params(params: &Params) -> Self {
        let mut mistake = None;
        let mut time = |name| match params.get(name).map(parse_time)? {
            Ok(time) => Some(time),
            Err(error) => {
                mistake = Some(error.to_string());
                None
            }
        };
        let (from, to) = (time("from"), time("to"));
        Self {
            from,
            to,
            mistake,
            cell: params.get("cell").and_then(parse_cell),
            first_row: params.get("row").and_then(|row| row.parse().ok()).unwrap_or_default(),
            carried: Carried::from_params(params),
        }
    }

    /// The page on which a finding can be seen.
    pub(super) fn of_finding(carried: Carried, finding: &Finding) -> Self {
        let cell = finding.account.clone().zip(finding.range);
        let around = finding.range.and_then(days_around);
        Self {
            from: around.map(|range| range.start()),
            to: around.map(|range| range.end()),
            cell: cell.map(|(account, range)| CellRequest { account, range }),
            carried,
            ..Self::default()
        }
    }

    pub(super) fn href(&self) -> String {
        let time = |time: Option<DateTime<Utc>>| time.map(to_rfc3339).unwrap_or_default();
        let row = if self.first_row == 0 { String::new() } else { self.first_row.to_string() };
        let href = Href::new("/integrity")
            .with("from", &time(self.from))
            .with("to", &time(self.to))
            .with("row", &row)
            .with("cell", &self.cell.as_ref().map(print_cell).unwrap_or_default());
        self.carried.add_to(href).finish()
    }

    pub(super) fn range_at(&self, now: DateTime<Utc>) -> Result<TimeRange, ConsoleError> {
        let refuse = |message: String| ConsoleError::BadRequest { message };
        if let Some(mistake) = &self.mistake {
            return Err(refuse(mistake.clone()));
        }
        let end = self.to.unwrap_or_else(|| end_of_day(now));
        let start = self.from.unwrap_or(end - TimeDelta::days(DAYS));
        TimeRange::new(start, end).map_err(|mistake| refuse(mistake.to_string()))
    }

    pub(super) fn with_range(&self, range: TimeRange) -> Self {
        let (from, to) = (Some(range.start()), Some(range.end()));
        Self { from, to, mistake: None, cell: None, ..self.clone() }
    }

    pub(super) fn with_days_before(&self, now: DateTime<Utc>, days: i64) -> Self {
        let end = end_of_day(now);
        TimeRange::new(end - TimeDelta::days(days), end)
            .map_or_else(|_| self.clone(), |range| self.with_range(range))
    }

    pub(super) fn with_first_row(&self, first_row: usize) -> Self {
        Self { first_row, cell: None, ..self.clone() }
    }

    pub(super) fn with_cell(&self, cell: Option<CellRequest>) -> Self {
        Self { cell, ..self.clone() }
    }
}

fn end_of_day(now: DateTime<Utc>) -> DateTime<Utc> {
    let day = TimeDelta::days(1);
    now.duration_trunc(day).map_or(now, |start| start + day)
}

/// Whole days around a range, with some days on both sides, so that it is seen in its place.
fn days_around(range: TimeRange) -> Option<TimeRange> {
    let start = range.start().duration_trunc(TimeDelta::days(1)).ok()?;
    TimeRange::new(start - TimeDelta::days(3), end_of_day(range.end()) + TimeDelta::days(3)).ok()
}

/// `111122223333@2026-11-13T00:00:00Z~86400`: account, start, and length in seconds.
fn print_cell(cell: &CellRequest) -> String {
    let start = to_rfc3339(cell.range.start());
    format!("{}@{start}~{}", cell.account, cell.range.length().num_seconds())
}

fn parse_cell(text: &str) -> Option<CellRequest> {
    let (account, range) = text.split_once('@')?;
    let (start, seconds) = range.split_once('~')?;
    let account: AccountId = account.parse().ok()?;
    let start = parse_time(start).ok()?;
    let seconds: u32 = seconds.parse().ok()?;
    let range = TimeRange::new(start, start + TimeDelta::seconds(i64::from(seconds))).ok()?;
    Some(CellRequest { account, range })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(href: &str) -> IntegrityAddress {
        let search = href.split_once('?').map_or("", |(_, search)| search);
        IntegrityAddress::from_params(&Params::parse(search))
    }

    #[test]
    fn the_default_is_two_weeks_of_whole_days() {
        let now = parse_time("2026-11-20T14:05:00Z").unwrap();
        let range = read("/integrity").range_at(now).unwrap();
        assert_eq!(to_rfc3339(range.start()), "2026-11-07T00:00:00Z");
        assert_eq!(to_rfc3339(range.end()), "2026-11-21T00:00:00Z");
    }

    #[test]
    fn an_open_cell_is_part_of_the_url() {
        let href = "/integrity?row=60&cell=000022223333@2026-11-13T00:00:00Z%7E3600&scope=r-ab12";
        let address = read(href);
        assert_eq!(address.cell.as_ref().unwrap().range.length().num_seconds(), 3600);
        assert_eq!(read(&address.href()), address);
        assert_eq!(read("/integrity?cell=1@x~0").cell, None);
    }

    #[test]
    fn a_finding_is_shown_in_its_place() {
        let start = parse_time("2026-11-13T05:00:00Z").unwrap();
        let finding = Finding {
            state: orgtrail_shared::proof::CellState::Tampered,
            sentence: String::new(),
            account: Some("111122223333".parse().unwrap()),
            range: TimeRange::new(start, start + TimeDelta::hours(1)).ok(),
        };
        let address = IntegrityAddress::of_finding(Carried::default(), &finding);
        assert!(address.cell.is_some());
        assert_eq!(to_rfc3339(address.from.unwrap()), "2026-11-10T00:00:00Z");
        assert_eq!(to_rfc3339(address.to.unwrap()), "2026-11-17T00:00:00Z");
    }
}
