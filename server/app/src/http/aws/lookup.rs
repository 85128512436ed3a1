//! `LookupEvents`, over everything that was collected.
//!
//! Source: CloudTrail API Reference, `LookupEvents`. Whoever sees the whole organization has none of its limits: they look
//! through every account and Region, as far back as there are events, and by several attributes at once.

use super::answer::Refusal;
use super::json::read;
use crate::access::Caller;
use crate::backend::{Lookup, lookup_page, refusal_of};
use crate::services::Services;
use axum::body::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use orgtrail_authz::Resource;
use orgtrail_domain::lookup::{Attribute, Category};
use orgtrail_shared::authorization::Action;
use orgtrail_shared::console::ConsoleError;
use orgtrail_shared::page::EventPosition;
use orgtrail_shared::time::TimeRange;
use orgtrail_storage::AccountScope;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// How many events a page has at the most, and when nothing is said.
const SIZE_MAX: i64 = 50;

/// How far back Event history goes.
const HISTORY: TimeDelta = TimeDelta::days(90);

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    lookup_attributes: Vec<AttributeInput>,
    start_time: Option<f64>,
    end_time: Option<f64>,
    event_category: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct AttributeInput {
    attribute_key: String,
    attribute_value: String,
}

/// Answers the operation.
///
/// # Errors
///
/// [`Refusal`] by CloudTrail's names.
pub(super) async fn answer(
    services: &Services,
    caller: &Caller,
    region: &str,
    body: &Bytes,
) -> Result<Value, Refusal> {
    let input: Input = read(body)?;
    let failed = |error: ConsoleError| Refusal::internal(&anyhow::anyhow!("{error}"));
    let place = caller.person.account.clone();
    let place = place.unwrap_or_else(|| caller.organization.id.to_string());
    let refused = refusal_of(services, caller, Action::LookupEvents, &Resource::Node(place)).await;
    if let Some(step) = refused.map_err(failed)? {
        let message = format!(
            "User: {} is not authorized to perform: cloudtrail:LookupEvents: {}",
            caller.user.name, step.words
        );
        return Err(Refusal::named("AccessDeniedException", message));
    }
    let is_unlimited = caller.scope.accounts == AccountScope::All;
    let now = services.clock.now();
    let lookup = checked(&input, is_unlimited, region, now)?;
    let question = question_of(&input, region);
    let after = match &input.next_token {
        Some(token) => Some(position(token, &question)?),
        None => None,
    };
    let page = lookup_page(services, caller, &lookup, after).await.map_err(failed)?;
    let mut answer = json!({ "Events": page.events });
    if let Some(next) = page.next {
        answer["NextToken"] = json!(format!("{question}.{}", next.to_token()));
    }
    Ok(answer)
}

fn checked(
    input: &Input,
    is_unlimited: bool,
    region: &str,
    now: DateTime<Utc>,
) -> Result<Lookup, Refusal> {
    let category = match input.event_category.as_deref() {
        None => Category::Management,
        Some("insight") => Category::Insight,
        Some(other) => {
            let message = format!("{other} is not an event category: the only one is insight.");
            return Err(Refusal::named("InvalidEventCategoryException", message));
        }
    };
    if input.lookup_attributes.len() > 1 && !is_unlimited {
        let message = "Only one lookup attribute can be specified.";
        return Err(Refusal::named("InvalidLookupAttributesException", message));
    }
    let attributes: Result<Vec<Attribute>, String> = input
        .lookup_attributes
        .iter()
        .map(|one| Attribute::read(&one.attribute_key, &one.attribute_value, category))
        .collect();
    let attributes = attributes
        .map_err(|message| Refusal::named("InvalidLookupAttributesException", message))?;
    let size = input.max_results.unwrap_or(SIZE_MAX);
    if !(1..=SIZE_MAX).contains(&size) {
        let message = format!("MaxResults is 1 to {SIZE_MAX}, not {size}.");
        return Err(Refusal::named("InvalidMaxResultsException", message));
    }
    Ok(Lookup {
        attributes,
        category,
        range: range(input, is_unlimited, now)?,
        region: (!is_unlimited).then(|| region.to_owned()),
        size: usize::try_from(size).unwrap_or(1),
    })
}

/// The time that is looked through. Both ends belong to it, in whole seconds, as events have them.
fn range(input: &Input, is_unlimited: bool, now: DateTime<Utc>) -> Result<TimeRange, Refusal> {
    let wrong = |message: &str| Refusal::named("InvalidTimeRangeException", message.to_owned());
    let moment = |seconds: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "what doesn't fit is no time")]
        let whole = seconds.floor() as i64;
        DateTime::from_timestamp(whole, 0).ok_or_else(|| wrong("A time can't be one."))
    };
    let oldest = if is_unlimited { DateTime::UNIX_EPOCH } else { now - HISTORY };
    let start = input.start_time.map(moment).transpose()?.unwrap_or(oldest);
    let end = input.end_time.map(moment).transpose()?.unwrap_or(now);
    if start > end {
        return Err(wrong("The start time is later than the end time."));
    }
    let end = end + TimeDelta::seconds(1);
    let start = start.max(oldest).min(end - TimeDelta::seconds(1));
    TimeRange::new(start, end).map_err(|error| wrong(&error.to_string()))
}

/// Names the question: a token is good for the question that it was given for.
fn question_of(input: &Input, region: &str) -> String {
    let attributes: Vec<(&str, &str)> = input
        .lookup_attributes
        .iter()
        .map(|one| (one.attribute_key.as_str(), one.attribute_value.as_str()))
        .collect();
    let text = format!(
        "{attributes:?} {:?} {:?} {:?} {region}",
        input.start_time, input.end_time, input.event_category
    );
    hex::encode(&Sha256::digest(text)[..8])
}

fn position(token: &str, question: &str) -> Result<EventPosition, Refusal> {
    let invalid = || {
        let message =
            "The token is invalid: it may have been given for other parameters. Begin again.";
        Refusal::named("InvalidNextTokenException", message)
    };
    let (asked, position) = token.split_once('.').ok_or_else(invalid)?;
    if asked != question {
        return Err(invalid());
    }
    EventPosition::from_token(position).map_err(|_| invalid())
}
