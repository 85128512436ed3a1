//! Events in rows.

use super::time::{Instant, ZoneName};
use super::verdict::{Verdict, glyph_of_verdict, tone_of_verdict};
use crate::address::Column;
use leptos::prelude::*;
use orgtrail_shared::event::{Access, EventSummary, Principal};
use orgtrail_shared::proof::FileVerdict;
use orgtrail_shared::text::shorten_middle;
use std::sync::Arc;

/// Makes the link that opens an event.
pub(crate) type EventHref = Arc<dyn Fn(&EventSummary) -> String + Send + Sync>;

/// A table of events; its bodies are [`EventRows`].
#[component]
pub(crate) fn EventTable(
    /// What the table holds.
    #[prop(into)]
    caption: String,
    /// The columns.
    columns: Vec<Column>,
    /// The rows.
    children: Children,
) -> impl IntoView {
    let headings = columns.into_iter().map(|column| {
        let zone = (column == Column::Time).then(|| view! { " (" <ZoneName/> ")" });
        view! { <th scope="col">{column.heading()} {zone}</th> }
    });
    view! {
        <table class="table events cards">
            <caption class="hidden">{caption}</caption>
            <thead>
                <tr>{headings.collect_view()}</tr>
            </thead>
            {children()}
        </table>
    }
    .into_any()
}

/// Rows of a table of events.
#[component]
pub(crate) fn EventRows(
    /// The events.
    events: Vec<EventSummary>,
    /// The columns.
    columns: Vec<Column>,
    /// Opens an event.
    href: EventHref,
    /// How many rows stand above these.
    #[prop(default = 0)]
    offset: usize,
    /// The event that is open.
    #[prop(optional)]
    opened: Option<String>,
) -> impl IntoView {
    let rows = events.into_iter().enumerate().map(|(index, event)| {
        let index = offset + index;
        let is_open = opened.as_ref() == Some(&event.event_id);
        let cells = columns.iter().map(|column| cell(&event, *column, &href)).collect_view();
        view! {
            <tr
                data-row=index.to_string()
                data-event=event.event_id.clone()
                data-principal=event.principal.arn.clone()
                data-ip=event.source_ip.clone()
                tabindex="-1"
                class:is-open=is_open
                class:is-failed=!event.error_code.is_empty()
            >
                {cells}
            </tr>
        }
    });
    view! { <tbody>{rows.collect_view()}</tbody> }.into_any()
}

fn cell(event: &EventSummary, column: Column, href: &EventHref) -> AnyView {
    let label = column.heading();
    match column {
        Column::Time => {
            view! { <td class="column-time" data-label=label><Instant at=event.time/></td> }.into_any()
        }
        Column::Event => event_cell(event, href),
        Column::Principal => {
            view! { <td data-label=label title=event.principal.arn.clone()>{caller(&event.principal)}</td> }
                .into_any()
        }
        Column::Account => {
            let name =
                if event.account_name.is_empty() { &event.account } else { &event.account_name };
            view! { <td data-label=label title=event.account.clone()>{name.clone()}</td> }.into_any()
        }
        Column::Region => text(label, &event.region, 24),
        Column::SourceIp => code(label, &event.source_ip, 30),
        Column::Result => result(event),
        Column::Service => text(label, &event.event_source, 32),
        Column::AccessKey => code(label, &event.access_key, 24),
        Column::UserAgent => text(label, &event.user_agent, 44),
        Column::Proof => {
            view! { <td data-label=label><Verdict verdict=event.proof/></td> }.into_any()
        }
        Column::EventId => code(label, &event.event_id, 18),
    }
}

fn text(label: &'static str, value: &str, length: usize) -> AnyView {
    view! { <td data-label=label title=value.to_owned()>{shorten_middle(value, length)}</td> }
        .into_any()
}

fn code(label: &'static str, value: &str, length: usize) -> AnyView {
    let shown = shorten_middle(value, length);
    view! { <td class="code" data-label=label title=value.to_owned()>{shown}</td> }.into_any()
}

/// The name of the call, and at a glance whether it wrote, and whether something is odd about it.
fn event_cell(event: &EventSummary, href: &EventHref) -> AnyView {
    let (class, access) = match event.access {
        Access::Read => ("dot is-read", "read "),
        Access::Write => ("dot is-write", "write "),
        Access::Unknown => ("dot is-write", "write, as far as is known "),
    };
    let flags: Vec<_> = event.flags.iter().map(|flag| flag.in_words()).collect();
    let flags = (!flags.is_empty()).then(|| {
        let words = flags.join("; ");
        let title = words.clone();
        view! { <span class="mark tone-attention" title=title>"⚑"<span class="hidden">{words}</span></span> }
    });
    let doubt = matches!(
        event.proof,
        FileVerdict::Missing
            | FileVerdict::HashDiffers
            | FileVerdict::ChangedAfterCollection
            | FileVerdict::NotListed
            | FileVerdict::DigestInvalid
    );
    let doubt = doubt.then(|| {
        let words = event.proof.in_words();
        let class = format!("mark tone-{}", tone_of_verdict(event.proof));
        view! { <span class=class title=words>{glyph_of_verdict(event.proof)}<span class="hidden">{words}</span></span> }
    });
    view! {
        <td class="column-event" data-label="Event" title=event.event_name.clone()>
            <span class=class aria-hidden="true"></span>
            <span class="hidden">{access}</span>
            <a href=href(event) data-noscroll="">{event.event_name.clone()}</a>
            {flags}
            {doubt}
        </td>
    }
    .into_any()
}

fn caller(principal: &Principal) -> AnyView {
    let known = [&principal.name, &principal.arn, &principal.kind];
    let name = match principal.kind.as_str() {
        "Root" => "root",
        _ => known.into_iter().find(|name| !name.is_empty()).map_or("", String::as_str),
    };
    let name = permission_set(name).unwrap_or(name);
    let name = shorten_middle(name, if principal.session.is_empty() { 30 } else { 20 });
    let kind = match principal.kind.as_str() {
        "IAMUser" | "Root" => "user",
        "AssumedRole" | "Role" => "role",
        "AWSService" => "service",
        "AWSAccount" => "account",
        _ => "",
    };
    let session = (!principal.session.is_empty()).then(
        || view! { <span class="session">" ⤷ " {shorten_middle(&principal.session, 20)}</span> },
    );
    let kind = (!kind.is_empty() && session.is_none() && kind != name)
        .then(|| view! { <span class="muted">" " {kind}</span> });
    view! { {name}{session}{kind} }.into_any()
}

/// The permission set of a role that IAM Identity Center made: `AWSReservedSSO_Name_0123456789abcdef`.
fn permission_set(role: &str) -> Option<&str> {
    let (name, suffix) = role.strip_prefix("AWSReservedSSO_")?.rsplit_once('_')?;
    let is_made = suffix.len() == 16 && suffix.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_made.then_some(name)
}

fn result(event: &EventSummary) -> AnyView {
    let class =
        if event.error_code.is_empty() { "column-result" } else { "column-result tone-danger" };
    let word = match event.error_code.as_str() {
        "" => "ok".to_owned(),
        code => shorten_middle(code, 28),
    };
    view! { <td class=class data-label="Result" title=event.error_code.clone()>{word}</td> }
        .into_any()
}

#[cfg(test)]
mod tests {
    use super::permission_set;

    #[test]
    fn roles_of_identity_center_are_shown_by_their_permission_set() {
        let role = "AWSReservedSSO_AdministratorAccess_1f2e3d4c5b6a7980";
        assert_eq!(permission_set(role), Some("AdministratorAccess"));
        assert_eq!(permission_set("AWSReservedSSO_x"), None);
        assert_eq!(permission_set("Deploy_1f2e3d4c5b6a7980"), None);
    }
}
