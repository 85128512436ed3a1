//! Whether all that is in the log sources is in the index, and what came of the queues that tell of new objects.

use super::outcome;
use crate::parts::table::{Column, TableSection};
use crate::parts::time::{dash, instant_or_dash};
use leptos::prelude::*;
use orgtrail_shared::console::SourceStatus;
use orgtrail_shared::notifications::QueueReading;
use orgtrail_shared::reconciliation::{LastReconciliation, Reconciliation};
use orgtrail_shared::text::group_digits;

const COMPLETENESS_COLUMNS: [Column; 10] = [
    Column::Text("Source"),
    Column::Time("Compared"),
    Column::Number("Objects in it"),
    Column::Number("Indexed"),
    Column::Number("Quarantined"),
    Column::Number("Waiting"),
    Column::Number("Not readable"),
    Column::Number("Other"),
    Column::Number("Gone from it"),
    Column::Text("Outcome"),
];

const NOTIFICATIONS_COLUMNS: [Column; 10] = [
    Column::Text("Source"),
    Column::Time("Read"),
    Column::Number("Messages"),
    Column::Number("Taken in"),
    Column::Number("Known already"),
    Column::Number("Of other places"),
    Column::Number("Not understood"),
    Column::Number("In the queue"),
    Column::Number("Dead letters"),
    Column::Text("Last attempt"),
];

#[component]
pub(super) fn Completeness(sources: Vec<SourceStatus>) -> impl IntoView {
    let rows: Vec<AnyView> = sources
        .into_iter()
        .filter_map(|source| Some(compared_row(source.name, source.reconciliation?)))
        .collect();
    if rows.is_empty() {
        return ().into_any();
    }
    view! {
        <TableSection id="completeness" title="Completeness" caption="Comparisons of log sources with the index" columns=&COMPLETENESS_COLUMNS rows>
            <p class="muted">
                "Once a day all that is in a source is compared with the index, and the index with the archive."
            </p>
        </TableSection>
    }
    .into_any()
}

fn compared_row(name: String, last: LastReconciliation) -> AnyView {
    let findings = last.result.as_ref().map(Reconciliation::findings).unwrap_or_default();
    let wrong: Vec<String> = last
        .error
        .into_iter()
        .map(|error| format!("the last attempt failed: {error}"))
        .chain(findings)
        .collect();
    let result = outcome((!wrong.is_empty()).then(|| wrong.join("; ")));
    let at = last.result.as_ref().map(|found| found.ended_at);
    let found = last.result.unwrap_or_default();
    let (listing, index) = (found.listing, found.index);
    view! {
        <tr>
            <th scope="row" data-label="Source">{name}</th>
            <td data-label="Compared">{instant_or_dash(at)}</td>
            <td class="number" data-label="Objects in it">{group_digits(listing.listed)}</td>
            <td class="number" data-label="Indexed">
                {group_digits(listing.indexed + listing.taken_in - listing.newly_quarantined)}
            </td>
            <td class="number" data-label="Quarantined">
                {group_digits(listing.quarantined + listing.newly_quarantined)}
            </td>
            <td class="number" data-label="Waiting">{group_digits(listing.waiting)}</td>
            <td class="number" data-label="Not readable" class:tone-danger=listing.failed != 0>
                {group_digits(listing.failed)}
            </td>
            <td class="number" data-label="Other">
                {group_digits(listing.foreign + listing.folder_markers + listing.vanished)}
            </td>
            <td class="number" data-label="Gone from it">{group_digits(index.gone)}</td>
            <td class="wraps" data-label="Outcome">{result}</td>
        </tr>
    }
    .into_any()
}

#[component]
pub(super) fn Queues(sources: Vec<SourceStatus>) -> impl IntoView {
    let rows: Vec<AnyView> = sources
        .into_iter()
        .filter_map(|source| Some(queue_row(source.name, source.notifications?)))
        .collect();
    if rows.is_empty() {
        return ().into_any();
    }
    view! {
        <TableSection id="notifications" title="Notifications" caption="Queues that tell of new objects" columns=&NOTIFICATIONS_COLUMNS rows>
            <p class="muted">
                "Queues shorten the wait for new objects. What they don't tell is found by listing."
            </p>
        </TableSection>
    }
    .into_any()
}

fn queue_row(name: String, reading: QueueReading) -> AnyView {
    let state = reading.state;
    let counts = state.counts;
    let dead = match state.dead_letters {
        Some(letters) => group_digits(letters).into_any(),
        None => match state.dead_letters_note {
            Some(note) => view! { {dash()} <span class="row-note">{note}</span> }.into_any(),
            None => dash().into_any(),
        },
    };
    let has_dead = state.dead_letters.is_some_and(|letters| letters > 0);
    view! {
        <tr>
            <th scope="row" data-label="Source">{name} <span class="row-note">{state.url}</span></th>
            <td data-label="Read">{instant_or_dash(Some(reading.read_at))}</td>
            <td class="number" data-label="Messages">{group_digits(counts.messages)}</td>
            <td class="number" data-label="Taken in">{group_digits(counts.taken_in)}</td>
            <td class="number" data-label="Known already">{group_digits(counts.known)}</td>
            <td class="number" data-label="Of other places">{group_digits(counts.ignored)}</td>
            <td class="number" data-label="Not understood" class:tone-attention=counts.unknown != 0>
                {group_digits(counts.unknown)}
            </td>
            <td class="number" data-label="In the queue">{group_digits(state.waiting + state.in_flight)}</td>
            <td class="number" data-label="Dead letters" class:tone-attention=has_dead>{dead}</td>
            <td class="wraps" data-label="Last attempt">{outcome(reading.error)}</td>
        </tr>
    }
    .into_any()
}
