//! Recorded stops: successful StopLogging and StartLogging calls in the organization's own log.
//!
//! A stop excuses time for the whole organization, so only a call that surely stopped this very trail counts.

use crate::services::Services;
use anyhow::Context;
use chrono::{DateTime, Utc};
use orgtrail_domain::chain::RecordedStop;
use orgtrail_shared::proof::FileVerdict;
use orgtrail_shared::query::Query;
use orgtrail_shared::time::TimeRange;
use orgtrail_storage::Scope;
use orgtrail_storage::events::EventHit;
use serde_json::Value;

/// The event source of both calls.
const SOURCE: &str = "cloudtrail.amazonaws.com";

/// What tells a trail from others of its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TrailIdentity {
    /// Its name.
    pub(super) name: String,
    /// The account that owns it. An organization trail belongs to the management account, whoever made it.
    pub(super) owner: String,
    /// Its home Region.
    pub(super) home_region: String,
}

/// A call that may have stopped or started a trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TrailCall {
    at: DateTime<Utc>,
    is_stop: bool,
    /// `None` when its record can't be read.
    said: Option<Said>,
    /// Whether the log file that holds it is proven.
    is_verified: bool,
    /// The log file that holds it.
    object_id: i32,
}

/// What the record of a call says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    /// A name or an ARN.
    trail: String,
    /// The account that got the record, which for a plain name is the one whose trail is meant.
    account: String,
    region: String,
    has_failed: bool,
}

impl TrailCall {
    /// The log file that holds it.
    pub(super) fn object_id(&self) -> i32 {
        self.object_id
    }

    /// Whether the last part of the trail's name agrees, which is not enough for anything.
    pub(super) fn may_name(&self, trail: &str) -> bool {
        let last = |said: &Said| said.trail.rsplit('/').next() == Some(trail);
        self.said.as_ref().is_some_and(last)
    }

    /// Whether the call stopped this trail beyond doubt.
    fn has_stopped(&self, trail: &TrailIdentity) -> bool {
        self.is_stop && self.is_verified && self.said.as_ref().is_some_and(|said| said.names(trail))
    }

    /// Whether the call may have started this trail. An end of a stop excuses nothing, so no proof is asked for.
    fn may_have_started(&self, trail: &TrailIdentity) -> bool {
        !self.is_stop && self.said.as_ref().is_none_or(|said| said.names(trail))
    }
}

impl Said {
    fn parse(record: &Value) -> Option<Self> {
        let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str);
        if text("/eventSource") != Some(SOURCE) {
            return None;
        }
        Some(Self {
            trail: text("/requestParameters/name")?.to_owned(),
            account: text("/recipientAccountId")?.to_owned(),
            region: text("/awsRegion")?.to_owned(),
            has_failed: record.get("errorCode").is_some_and(|code| !code.is_null()),
        })
    }

    fn names(&self, trail: &TrailIdentity) -> bool {
        if self.has_failed || self.region != trail.home_region {
            return false;
        }
        let parts: Vec<&str> = self.trail.splitn(6, ':').collect();
        match parts[..] {
            // Somebody who doesn't own the trail can only name it by its ARN, and CloudTrail decides who may.
            ["arn", _, "cloudtrail", region, account, name] => {
                region == trail.home_region
                    && account == trail.owner
                    && name.strip_prefix("trail/") == Some(&trail.name)
            }
            [name] => name == trail.name && self.account == trail.owner,
            _ => false,
        }
    }
}

/// Finds all calls that may have stopped or started a trail, oldest first. Calls that failed did neither.
pub(super) async fn trail_calls(
    services: &Services,
    scope: &Scope,
) -> anyhow::Result<Vec<TrailCall>> {
    let query =
        Query::parse("event:StopLogging,StartLogging source:cloudtrail.amazonaws.com -is:failed")
            .context("the query for stops is wrong")?;
    let filter = services.database.resolve_filter(scope, &query, services.filter_needs()).await?;
    let range = TimeRange::new(
        DateTime::from_timestamp(1_356_998_400, 0).unwrap_or_default(),
        services.clock.now() + chrono::TimeDelta::days(1),
    )?;
    let hits = services.database.events_page(scope, &filter, range, None, 10_000).await?;
    let mut calls = Vec::new();
    for hit in hits.iter().rev() {
        let is_stop = match hit.event_name.as_str() {
            "StopLogging" => true,
            "StartLogging" => false,
            _ => continue,
        };
        calls.push(TrailCall {
            at: DateTime::from_timestamp(hit.seconds, 0).unwrap_or_default(),
            is_stop,
            said: read(services, hit).await,
            is_verified: hit.verdict == FileVerdict::Verified.name(),
            object_id: hit.object_id,
        });
    }
    Ok(calls)
}

/// A record that can't be read any more excuses nothing, and keeps nothing else from being verified.
async fn read(services: &Services, hit: &EventHit) -> Option<Said> {
    let text = match services.records.text(hit.object_id, hit.ordinal).await {
        Ok(text) => text,
        Err(error) => {
            let error = format!("{error:#}");
            tracing::warn!(error, "a record of {} can't be read", hit.event_name);
            return None;
        }
    };
    Said::parse(&serde_json::from_str(&text).ok()?)
}

/// The recorded stops of one trail.
pub(super) fn stops_of(calls: &[TrailCall], trail: &TrailIdentity) -> Vec<RecordedStop> {
    let mut stops: Vec<RecordedStop> = Vec::new();
    for call in calls {
        let open = stops.last_mut().filter(|stop| stop.to.is_none());
        match open {
            None if call.has_stopped(trail) => {
                stops.push(RecordedStop { from: call.at, to: None });
            }
            Some(open) if call.may_have_started(trail) => open.to = Some(call.at),
            _ => {}
        }
    }
    stops
}

#[cfg(test)]
mod tests;
