//! The JSON protocol: which operation of which service is asked, and by whom.
//!
//! Source: Smithy, "AWS JSON 1.1 protocol"; the operations are those of the service models of CloudTrail 2013-11-01 and
//! Organizations 2016-11-28.

use super::answer::Refusal;
use super::{Signed, delegation, lookup, organizations};
use crate::access::Caller;
use crate::audit::Origin;
use crate::services::Services;
use axum::body::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The operations of CloudTrail.
const CLOUDTRAIL: [&str; 60] = [
    "AddTags",
    "CancelQuery",
    "CreateChannel",
    "CreateDashboard",
    "CreateEventDataStore",
    "CreateTrail",
    "DeleteChannel",
    "DeleteDashboard",
    "DeleteEventDataStore",
    "DeleteResourcePolicy",
    "DeleteTrail",
    "DeregisterOrganizationDelegatedAdmin",
    "DescribeQuery",
    "DescribeTrails",
    "DisableFederation",
    "EnableFederation",
    "GenerateQuery",
    "GetChannel",
    "GetDashboard",
    "GetEventConfiguration",
    "GetEventDataStore",
    "GetEventSelectors",
    "GetImport",
    "GetInsightSelectors",
    "GetQueryResults",
    "GetResourcePolicy",
    "GetTrail",
    "GetTrailStatus",
    "ListChannels",
    "ListDashboards",
    "ListEventDataStores",
    "ListImportFailures",
    "ListImports",
    "ListInsightsData",
    "ListInsightsMetricData",
    "ListPublicKeys",
    "ListQueries",
    "ListTags",
    "ListTrails",
    "LookupEvents",
    "PutEventConfiguration",
    "PutEventSelectors",
    "PutInsightSelectors",
    "PutResourcePolicy",
    "RegisterOrganizationDelegatedAdmin",
    "RemoveTags",
    "RestoreEventDataStore",
    "SearchSampleQueries",
    "StartDashboardRefresh",
    "StartEventDataStoreIngestion",
    "StartImport",
    "StartLogging",
    "StartQuery",
    "StopEventDataStoreIngestion",
    "StopImport",
    "StopLogging",
    "UpdateChannel",
    "UpdateDashboard",
    "UpdateEventDataStore",
    "UpdateTrail",
];

/// Answers an operation.
///
/// # Errors
///
/// [`Refusal`], by the service's own names.
pub(super) async fn answer(
    services: &Services,
    signed: Signed,
    target: &str,
    body: &Bytes,
    origin: Origin,
) -> Result<Value, Refusal> {
    // Both spellings of CloudTrail's prefix are seen: with the Java package before it, and without.
    let (prefix, operation) = target.rsplit_once('.').unwrap_or_default();
    let is_cloudtrail = prefix.ends_with("CloudTrail_20131101");
    let is_organizations = prefix == "AWSOrganizationsV20161128";
    let is_signed_for = match signed.service.as_str() {
        "cloudtrail" => is_cloudtrail,
        "organizations" => is_organizations,
        _ => false,
    };
    if !is_signed_for {
        return Err(Refusal::unknown_operation(target));
    }
    if is_cloudtrail && !CLOUDTRAIL.contains(&operation) {
        return Err(Refusal::unknown_operation(target));
    }
    let Signed { user, region, .. } = signed;
    let caller = Caller::new(services, user, None, origin).await;
    let caller = caller.map_err(|error| Refusal::internal(&error))?;
    match operation {
        _ if is_organizations => organizations::answer(services, &caller, operation, body).await,
        "RegisterOrganizationDelegatedAdmin" => {
            delegation::answer(services, &caller, true, body).await
        }
        "DeregisterOrganizationDelegatedAdmin" => {
            delegation::answer(services, &caller, false, body).await
        }
        "LookupEvents" => lookup::answer(services, &caller, &region, body).await,
        _ => {
            let message = format!("orgtrail doesn't support {operation} yet.");
            Err(Refusal::named("UnsupportedOperationException", message))
        }
    }
}

/// What a body says; nothing at all says as much as an empty object.
pub(super) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    let body = if body.trim_ascii().is_empty() { b"{}".as_slice() } else { body };
    serde_json::from_slice(body).map_err(|error| Refusal::unreadable(&error))
}

#[cfg(test)]
mod tests {
    use super::CLOUDTRAIL;

    #[test]
    fn operations_stand_there_once_and_sorted() {
        assert!(CLOUDTRAIL.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
