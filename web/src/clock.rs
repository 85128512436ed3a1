//! The server's clock, asked once per visit: a browser's own clock may be wrong by hours.

use crate::backend::ask_now;
use crate::failure::Failure;
use crate::ranges::end_of_minute;
use chrono::{DateTime, TimeDelta, Utc};
use std::cell::Cell;

thread_local! {
    /// How far the server's clock is ahead of the browser's, in milliseconds.
    static OFFSET: Cell<Option<i64>> = const { Cell::new(None) };
}

/// The end of the present minute by the server's clock.
///
/// Rounded, so that the questions of one page agree on what "now" is.
///
/// # Errors
///
/// When the server can't be asked.
pub(crate) async fn now() -> Result<DateTime<Utc>, Failure> {
    if let Some(now) = browser_clock().zip(OFFSET.get()).map(|(clock, offset)| clock + offset)
        && let Some(now) = DateTime::from_timestamp_millis(now)
    {
        return Ok(end_of_minute(now));
    }
    let now = ask_now().await?;
    OFFSET.set(browser_clock().map(|clock| now.timestamp_millis() - clock));
    Ok(end_of_minute(now))
}

/// The browser's clock in milliseconds since 1970; `None` on the server.
#[expect(clippy::cast_possible_truncation, reason = "whole milliseconds far below 2^53")]
fn browser_clock() -> Option<i64> {
    cfg!(target_arch = "wasm32").then(|| js_sys::Date::now() as i64)
}

/// How far the browser's time zone is ahead of UTC at an instant; zero on the server.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "whole minutes of less than a day, and milliseconds far below 2^53"
)]
pub(crate) fn local_offset(at: DateTime<Utc>) -> TimeDelta {
    if !cfg!(target_arch = "wasm32") {
        return TimeDelta::zero();
    }
    let millis = wasm_bindgen::JsValue::from_f64(at.timestamp_millis() as f64);
    TimeDelta::minutes(-(js_sys::Date::new(&millis).get_timezone_offset() as i64))
}
