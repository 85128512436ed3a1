//! Recorded stops: successful StopLogging and StartLogging calls in the organization's own log.

use crate::services::Services;
use anyhow::Context;
use chrono::{DateTime, Utc};
use orgtrail_domain::chain::RecordedStop;
use orgtrail_shared::query::Query;
use orgtrail_shared::time::TimeRange;
use orgtrail_storage::Scope;

/// A stop of one trail.
pub(super) struct TrailStop {
    /// The trail's name, or the end of its ARN.
    trail: String,
    /// When it was stopped.
    pub(super) stop: RecordedStop,
}

impl TrailStop {
    pub(super) fn is_of(&self, trail: &str) -> bool {
        self.trail == trail
    }
}

/// Finds all recorded stops. Calls that failed stopped nothing.
pub(super) async fn recorded_stops(
    services: &Services,
    scope: &Scope,
) -> anyhow::Result<Vec<TrailStop>> {
    let query =
        Query::parse("event:StopLogging,StartLogging source:cloudtrail.amazonaws.com -is:failed")
            .context("the query for stops is wrong")?;
    let filter = services.database.resolve_filter(scope, &query, services.filter_needs()).await?;
    let range = TimeRange::new(
        DateTime::from_timestamp(1_356_998_400, 0).unwrap_or_default(),
        services.clock.now() + chrono::TimeDelta::days(1),
    )?;
    let mut calls = services.database.events_page(scope, &filter, range, None, 10_000).await?;
    calls.reverse();
    let mut stops: Vec<TrailStop> = Vec::new();
    for call in calls {
        let text = services.records.text(call.object_id, call.ordinal).await?;
        let record: serde_json::Value = serde_json::from_str(&text)?;
        let name = record
            .pointer("/requestParameters/name")
            .and_then(|name| name.as_str())
            .unwrap_or_default();
        let trail = name.rsplit('/').next().unwrap_or_default().to_owned();
        let at = DateTime::<Utc>::from_timestamp(call.seconds, 0).unwrap_or_default();
        let open =
            stops.iter_mut().rev().find(|stop| stop.trail == trail && stop.stop.to.is_none());
        match (call.event_name.as_str(), open) {
            ("StopLogging", None) => {
                stops.push(TrailStop { trail, stop: RecordedStop { from: at, to: None } });
            }
            ("StartLogging", Some(open)) => open.stop.to = Some(at),
            _ => {}
        }
    }
    Ok(stops)
}
