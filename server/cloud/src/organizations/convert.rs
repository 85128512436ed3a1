//! What AWS Organizations answers, as the rules of orgtrail have it. What is missing or unknown is an error: a guess
//! would stand in the model until somebody notices.

use crate::error::{CloudError, Result};
use aws_sdk_organizations::types;
use aws_smithy_types::DateTime as AwsTime;
use chrono::{DateTime, Utc};
use orgtrail_domain::organization::snapshot::{Account, Policy};
use orgtrail_shared::ids::{AccountId, UnitId};
use orgtrail_shared::organization::AccountState;
use serde::de::DeserializeOwned;
use std::fmt::Display;
use std::str::FromStr;

/// An error about an answer that was given.
pub(super) fn odd(answer: &str, reason: impl Display) -> CloudError {
    let what = format!("could not understand the answer of {answer}");
    CloudError::Other { what, reason: reason.to_string() }
}

/// A value that must be there.
pub(super) fn required<T>(value: Option<T>, answer: &str, field: &str) -> Result<T> {
    value.ok_or_else(|| odd(answer, format!("{field} is missing")))
}

/// An id that must be there.
pub(super) fn id<T>(text: Option<&str>, answer: &str, field: &str) -> Result<T>
where
    T: FromStr,
    T::Err: Display,
{
    required(text, answer, field)?.parse().map_err(|error| odd(answer, error))
}

/// One of the words that Organizations has for something.
pub(super) fn word<T: DeserializeOwned>(text: &str, answer: &str, field: &str) -> Result<T> {
    parse_word(text).ok_or_else(|| odd(answer, format!("{field} is `{text}`, which is not known")))
}

fn parse_word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::from(text)).ok()
}

/// A time to the millisecond. It travels as a fraction of seconds, whose further digits are noise of the conversion.
pub(super) fn time(time: Option<&AwsTime>, answer: &str, field: &str) -> Result<DateTime<Utc>> {
    let time = required(time, answer, field)?;
    let milliseconds = (i64::from(time.subsec_nanos()) + 500_000) / 1_000_000;
    let whole = time.secs().checked_mul(1_000).and_then(|whole| whole.checked_add(milliseconds));
    whole
        .and_then(DateTime::from_timestamp_millis)
        .ok_or_else(|| odd(answer, format!("{field} is out of range")))
}

/// An account that lies in `unit`.
pub(super) fn account(account: &types::Account, unit: &UnitId) -> Result<(AccountId, Account)> {
    let answer = "ListAccountsForParent";
    let id: AccountId = id(account.id(), answer, "Id")?;
    let method = account.joined_method();
    let converted = Account {
        name: account.name().unwrap_or_default().replace('\0', "\u{fffd}"),
        email: account.email().map(|email| email.replace('\0', "\u{fffd}")),
        state: state(account, answer)?,
        joined_method: method.map(|it| word(it.as_str(), answer, "JoinedMethod")).transpose()?,
        joined_at: time(account.joined_timestamp(), answer, "JoinedTimestamp")?,
        unit: unit.clone(),
    };
    Ok((id, converted))
}

/// The state. `State` counts; `Status` is what was there before it, and what some endpoints still give alone.
///
/// Source: AWS Organizations API reference, `Account`.
fn state(account: &types::Account, answer: &str) -> Result<AccountState> {
    let state = account.state().map(types::AccountState::as_str);
    let status = account.status().map(types::AccountStatus::as_str);
    let known = state.and_then(parse_word).or_else(|| status.and_then(parse_word));
    known.ok_or_else(|| {
        let words = state.or(status).unwrap_or("missing");
        odd(answer, format!("the state of {} is {words}", account.id().unwrap_or_default()))
    })
}

/// A policy with its document.
pub(super) fn policy(policy: &types::Policy) -> Result<Policy> {
    let answer = "DescribePolicy";
    let summary = required(policy.policy_summary(), answer, "PolicySummary")?;
    Ok(Policy {
        name: summary.name().unwrap_or_default().replace('\0', "\u{fffd}"),
        description: summary.description().unwrap_or_default().replace('\0', "\u{fffd}"),
        is_aws_managed: summary.aws_managed(),
        content: required(policy.content(), answer, "Content")?.to_owned(),
    })
}
