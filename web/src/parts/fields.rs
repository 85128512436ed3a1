//! Values that lead on: each with links to the events that have it, and those that don't.

use super::copy::Copy;
use leptos::prelude::*;
use orgtrail_shared::event::{Access, EventSummary};
use orgtrail_shared::query::{Facet, TextField};
use std::sync::Arc;

/// Makes the link that searches by a value; the flag says whether events with it are excluded.
pub(crate) type PivotHref = Arc<dyn Fn(Facet, &str, bool) -> String + Send + Sync>;

/// A named value of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its name.
    pub(crate) label: &'static str,
    /// The value as shown.
    pub(crate) value: String,
    /// What a search by it asks for.
    pub(crate) facet: Option<Facet>,
}

/// The fields of an event that have a value.
pub(crate) fn fields(event: &EventSummary) -> Vec<Field> {
    let text = |label, value: &str, field| Field {
        label,
        value: value.to_owned(),
        facet: Some(Facet::Text(field)),
    };
    let plain = |label, value: &str| Field { label, value: value.to_owned(), facet: None };
    let access = match event.access {
        Access::Read => "read only",
        Access::Write => "write",
        Access::Unknown => "not said; counted as a write",
    };
    let fields = vec![
        text("Event", &event.event_name, TextField::EventName),
        text("Service", &event.event_source, TextField::EventSource),
        Field { label: "Account", value: event.account.clone(), facet: Some(Facet::Account) },
        text("Region", &event.region, TextField::Region),
        text("Principal", &event.principal.arn, TextField::Principal),
        text("Principal type", &event.principal.kind, TextField::PrincipalType),
        text("Name", &event.principal.name, TextField::User),
        text("Session", &event.principal.session, TextField::User),
        text("Access key", &event.access_key, TextField::AccessKey),
        text("Source IP", &event.source_ip, TextField::SourceIp),
        text("User agent", &event.user_agent, TextField::UserAgent),
        text("Error", &event.error_code, TextField::Error),
        text("Category", &event.category, TextField::Category),
        plain("Access", access),
        text("Event id", &event.event_id, TextField::EventId),
    ];
    fields.into_iter().filter(|field| !field.value.is_empty()).collect()
}

/// A field's value with its links.
#[component]
pub(crate) fn FieldRow(field: Field, pivot: PivotHref) -> impl IntoView {
    let links = field.facet.map(|facet| {
        let only = pivot(facet, &field.value, false);
        let not = pivot(facet, &field.value, true);
        view! { <Pivots only not label=field.value.clone()/> }
    });
    view! {
        <div class="field">
            <dt>{field.label}</dt>
            <dd>
                <span class="value">{field.value.clone()}</span>
                <span class="field-tools">
                    {links} <Copy value=field.value what=field.label/>
                </span>
            </dd>
        </div>
    }
    .into_any()
}

/// The two links of a value.
#[component]
pub(crate) fn Pivots(
    /// The search for events with the value.
    only: String,
    /// The search for events without it.
    not: String,
    /// The value, for the links' names.
    label: String,
) -> impl IntoView {
    let also = format!(" {label}");
    view! {
        <a class="pivot" href=only>"only this"<span class="hidden">{also.clone()}</span></a>
        <a class="pivot" href=not>"not this"<span class="hidden">{also}</span></a>
    }
    .into_any()
}

/// The facet that a path of the record can be searched by.
pub(crate) fn facet_of_path(path: &str) -> Option<Facet> {
    let field = match path {
        "recipientAccountId" => return Some(Facet::Account),
        "eventName" => TextField::EventName,
        "eventSource" => TextField::EventSource,
        "awsRegion" => TextField::Region,
        "sourceIPAddress" => TextField::SourceIp,
        "userAgent" => TextField::UserAgent,
        "errorCode" => TextField::Error,
        "eventCategory" => TextField::Category,
        "eventType" => TextField::EventType,
        "eventID" => TextField::EventId,
        "requestID" => TextField::RequestId,
        "vpcEndpointId" => TextField::VpcEndpoint,
        "userIdentity.type" => TextField::PrincipalType,
        "userIdentity.arn" | "userIdentity.sessionContext.sessionIssuer.arn" => {
            TextField::Principal
        }
        "userIdentity.userName" | "userIdentity.sessionContext.sessionIssuer.userName" => {
            TextField::User
        }
        "userIdentity.accessKeyId" => TextField::AccessKey,
        _ => return facet_of_resource(path),
    };
    Some(Facet::Text(field))
}

fn facet_of_resource(path: &str) -> Option<Facet> {
    let (place, name) = path.strip_prefix("resources[")?.split_once("].")?;
    let is_place = place.bytes().all(|byte| byte.is_ascii_digit());
    match name {
        "ARN" | "ARNPrefix" if is_place => Some(Facet::Text(TextField::Resource)),
        "type" if is_place => Some(Facet::Text(TextField::ResourceType)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_a_qualifier_can_be_searched_by() {
        let qualifier = |path| facet_of_path(path).map(Facet::qualifier);
        assert_eq!(qualifier("sourceIPAddress"), Some("ip"));
        assert_eq!(qualifier("recipientAccountId"), Some("account"));
        assert_eq!(qualifier("resources[12].ARN"), Some("resource"));
        assert_eq!(qualifier("resources[x].ARN"), None);
        assert_eq!(qualifier("requestParameters.eventName"), None);
    }
}
