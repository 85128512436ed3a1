//! Whether all that is in the log sources is in the index, and what came of the queues that tell of new objects.

use super::outcome;
use crate::parts::table::{Column, TableSection};
use crate::parts::time::{dash, instant_or_dash};
use crate::parts::verdict::toned;
use leptos::prelude::*;
use orgtrail_shared::notifications::{QueueReading, QueueState};
use orgtrail_shared::operations::SourceStatus;
use orgtrail_shared::reconciliation::Reconciliation;
use orgtrail_shared::text::group_digits;

const COMPLETENESS_COLUMNS: [Column; 11] = [
    Column::Text("Source"),
    Column::Time("Compared"),
    Column::Number("Objects in it"),
    Column::Number("Indexed"),
    Column::Number("Quarantined"),
    Column::Number("Waiting"),
    Column::Number("Not readable"),
    Column::Number("Other"),
    Column::Number("Gone from it"),
    Column::Number("In the archive"),
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
    let rows: Vec<AnyView> = sources.into_iter().filter_map(compared_row).collect();
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

/// The row of a source that is compared by itself, or was compared by somebody.
fn compared_row(source: SourceStatus) -> Option<AnyView> {
    let SourceStatus { name, is_regular, reconciliation, .. } = source;
    let Some(last) = reconciliation else {
        let waits = view! { <span class="muted">"not compared yet"</span> }.into_any();
        let columns = COMPLETENESS_COLUMNS.len();
        return is_regular.then(|| row_without_counts(name, columns, "Outcome", waits));
    };
    let wrong = last.findings();
    let Some(found) = last.result else {
        let failed = outcome(Some(wrong.join("; ")));
        return Some(row_without_counts(name, COMPLETENESS_COLUMNS.len(), "Outcome", failed));
    };
    let remarks = found.remarks();
    let result = if wrong.is_empty() && !remarks.is_empty() {
        toned("attention", "!", remarks.join("; "))
    } else {
        outcome((!wrong.is_empty()).then(|| [wrong, remarks].concat().join("; ")))
    };
    let inventory = found.inventory_at.map(|at| {
        view! { <span class="row-note">"inventory of " {instant_or_dash(Some(at))}</span> }
    });
    let Reconciliation { ended_at, listing, index, archive, .. } = found;
    let row = view! {
        <tr>
            <th scope="row" data-label="Source">{name}</th>
            <td data-label="Compared">{instant_or_dash(Some(ended_at))} {inventory}</td>
            <td class="number" data-label="Objects in it">{group_digits(listing.listed)}</td>
            <td class="number" data-label="Indexed">
                {group_digits(listing.indexed + listing.taken_in.saturating_sub(listing.newly_quarantined))}
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
            <td class="number" data-label="In the archive">{group_digits(archive.present)}</td>
            <td class="wraps" data-label="Outcome">{result}</td>
        </tr>
    };
    Some(row.into_any())
}

/// A row of a source of which nothing was counted yet, with why.
fn row_without_counts(
    name: String,
    columns: usize,
    label: &'static str,
    known: AnyView,
) -> AnyView {
    view! {
        <tr>
            <th scope="row" data-label="Source">{name}</th>
            <td class="wraps" colspan=columns - 1 data-label=label>{known}</td>
        </tr>
    }
    .into_any()
}

#[component]
pub(super) fn Queues(sources: Vec<SourceStatus>) -> impl IntoView {
    let rows: Vec<AnyView> = sources.into_iter().filter_map(queue_row).collect();
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

/// The row of a source that has a queue, or had one.
fn queue_row(source: SourceStatus) -> Option<AnyView> {
    let SourceStatus { name, has_queue, notifications, .. } = source;
    let (read_at, error, state) = match notifications {
        Some(QueueReading { read_at, error, state }) => (Some(read_at), error, state),
        None if has_queue => (None, None, None),
        None => return None,
    };
    let Some(QueueState { url, waiting, in_flight, dead_letters, dead_letters_note, counts }) =
        state
    else {
        let known = match read_at {
            Some(_) => outcome(error),
            None => view! { <span class="muted">"not read yet"</span> }.into_any(),
        };
        let columns = NOTIFICATIONS_COLUMNS.len();
        return Some(row_without_counts(name, columns, "Last attempt", known));
    };
    let dead = match (dead_letters, dead_letters_note) {
        (Some(letters), _) => group_digits(letters).into_any(),
        (None, Some(note)) => view! { {dash()} <span class="row-note">{note}</span> }.into_any(),
        (None, None) => dash().into_any(),
    };
    let in_it = match waiting.zip(in_flight) {
        Some((waiting, in_flight)) => group_digits(waiting + in_flight).into_any(),
        None => dash().into_any(),
    };
    let has_dead = dead_letters.is_some_and(|letters| letters > 0);
    let row = view! {
        <tr>
            <th scope="row" data-label="Source">{name} <span class="row-note">{url}</span></th>
            <td data-label="Read">{instant_or_dash(read_at)}</td>
            <td class="number" data-label="Messages">{group_digits(counts.messages)}</td>
            <td class="number" data-label="Taken in">{group_digits(counts.taken_in)}</td>
            <td class="number" data-label="Known already">{group_digits(counts.known)}</td>
            <td class="number" data-label="Of other places">{group_digits(counts.ignored)}</td>
            <td class="number" data-label="Not understood" class:tone-attention=counts.unknown != 0>
                {group_digits(counts.unknown)}
            </td>
            <td class="number" data-label="In the queue">{in_it}</td>
            <td class="number" data-label="Dead letters" class:tone-attention=has_dead>{dead}</td>
            <td class="wraps" data-label="Last attempt">{outcome(error)}</td>
        </tr>
    };
    Some(row.into_any())
}
