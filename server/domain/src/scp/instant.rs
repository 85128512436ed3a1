//! Times of date conditions.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// Reads a time: seconds since 1970, or one of the forms of ISO 8601 that the W3C names, from a year alone to fractions
/// of a second. A time of day needs a zone. Four digits are a year and not seconds.
///
/// Sources: IAM User Guide, "Date condition operators"; W3C note "Date and Time Formats".
pub(super) fn parse(text: &str) -> Option<DateTime<Utc>> {
    if let Some((date, clock)) = text.split_once('T') {
        return with_clock(date, clock);
    }
    let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits && text.len() != 4 {
        return DateTime::from_timestamp(text.parse().ok()?, 0);
    }
    let day = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        10 => text.to_owned(),
        _ => return None,
    };
    Some(date(&day)?.and_time(NaiveTime::MIN).and_utc())
}

fn with_clock(day: &str, clock: &str) -> Option<DateTime<Utc>> {
    date(day)?;
    let (time, zone) = clock.split_at(clock.find(['Z', '+', '-'])?);
    let seconds = if time.len() == 5 { ":00" } else { "" };
    let whole = format!("{day}T{time}{seconds}{zone}");
    DateTime::parse_from_rfc3339(&whole).ok().map(|time| time.to_utc())
}

/// A day as `YYYY-MM-DD` and in no other spelling.
fn date(text: &str) -> Option<NaiveDate> {
    let is_spelled = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if text.len() != 10 || !is_spelled {
        return None;
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}
