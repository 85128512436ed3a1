//! Times as seconds since 1970, and how records write them.

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use std::fmt::Write;

/// Seconds in a delivery slot.
pub(crate) const SLOT: i64 = 300;
/// Seconds in an hour.
pub(crate) const HOUR: i64 = 3600;
/// Seconds in a day.
pub(crate) const DAY: i64 = 86_400;

/// The end of the slot in which `time` lies; a slot's own boundary stays as it is.
pub(crate) fn slot_at_or_after(time: i64) -> i64 {
    time + (-time).rem_euclid(SLOT)
}

/// The last multiple of `unit` that is not after `time`.
pub(crate) fn floor(time: i64, unit: i64) -> i64 {
    time - time.rem_euclid(unit)
}

/// The time as the API of this crate has it.
pub(crate) fn to_utc(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

/// Appends `2026-11-20T14:32:07Z`.
pub(crate) fn write_iso(seconds: i64, out: &mut String) {
    let time = to_utc(seconds);
    write_day(seconds, '-', out);
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    append(out, format_args!("T{hour:02}:{minute:02}:{second:02}Z"));
}

/// `2026-11-20T14:32:07Z`.
pub(crate) fn iso(seconds: i64) -> String {
    let mut out = String::with_capacity(20);
    write_iso(seconds, &mut out);
    out
}

/// Appends `2026-11-20` with a separator of one's choice.
pub(crate) fn write_day(seconds: i64, separator: char, out: &mut String) {
    let time = to_utc(seconds);
    let (year, month, day) = (time.year(), time.month(), time.day());
    append(out, format_args!("{year:04}{separator}{month:02}{separator}{day:02}"));
}

/// Appends `Nov 20, 2026, 2:32:07 PM`, as IAM and STS write times in their answers.
pub(crate) fn write_long(seconds: i64, out: &mut String) {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let time = to_utc(seconds);
    let month = MONTHS[usize::try_from(time.month0()).unwrap_or(0)];
    let (is_afternoon, hour) = time.hour12();
    let half = if is_afternoon { "PM" } else { "AM" };
    let (day, year, minute, second) = (time.day(), time.year(), time.minute(), time.second());
    append(out, format_args!("{month} {day}, {year}, {hour}:{minute:02}:{second:02} {half}"));
}

fn append(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to a string can't fail");
}

#[cfg(test)]
mod tests;
