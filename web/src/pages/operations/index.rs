//! The index: what it holds, and how it answered searches.

use super::print_millis;
use crate::parts::table::{Column, TableSection};
use leptos::prelude::*;
use orgtrail_shared::index::{AnswerKind, IndexState, SegmentLevel};
use orgtrail_shared::text::{display_bytes, group_digits};

const INDEX_COLUMNS: [Column; 4] = [
    Column::Text("Segments of a"),
    Column::Number("Segments"),
    Column::Number("Events"),
    Column::Number("Compressed"),
];

const ANSWERS_COLUMNS: [Column; 5] = [
    Column::Text("Answered by"),
    Column::Text("Wanted"),
    Column::Number("Searches"),
    Column::Number("Mean"),
    Column::Number("Slowest"),
];

/// The part of the page about the index.
#[component]
pub(super) fn Index(index: IndexState) -> impl IntoView {
    let summary = view! { <p class="summary">{summary(&index)}</p> };
    let none = match index.files {
        0 => "There are no column segments yet: no event has been indexed.",
        _ => "There are no column segments yet: they are being built from the rows.",
    };
    let rows: Vec<_> =
        index.segments.into_iter().map(|level| segments_row(level).into_any()).collect();
    let segments = if rows.is_empty() {
        view! {
            <section>
                <h2 id="index">"Index"</h2>
                {summary}
                <p class="muted">{none}</p>
            </section>
        }
        .into_any()
    } else {
        view! {
            <TableSection id="index" title="Index" caption="Column segments by the time that they cover" columns=&INDEX_COLUMNS rows>
                {summary}
            </TableSection>
        }
        .into_any()
    };
    view! { {segments} <Answers answers=index.answers/> }.into_any()
}

/// What is there and what is still being built, in a line.
fn summary(index: &IndexState) -> String {
    let mut parts = vec![format!("{} log files with events", group_digits(index.files))];
    if index.files_without_segments > 0 {
        parts.push(format!(
            "{} of them without column segments yet, so rows count",
            group_digits(index.files_without_segments)
        ));
    }
    if index.files_without_bitmaps > 0 {
        parts.push(format!(
            "{} without a bitmap yet, so free text reads them",
            group_digits(index.files_without_bitmaps)
        ));
    }
    parts.push(format!("{} of segments in memory", display_bytes(index.remembered_bytes)));
    parts.join(" · ")
}

fn segments_row(level: SegmentLevel) -> impl IntoView {
    view! {
        <tr>
            <th scope="row" data-label="Segments of a">{level.level}</th>
            <td class="number" data-label="Segments">{group_digits(level.segments)}</td>
            <td class="number" data-label="Events">{group_digits(level.events)}</td>
            <td class="number" data-label="Compressed">{display_bytes(level.bytes)}</td>
        </tr>
    }
}

#[component]
fn Answers(answers: Vec<AnswerKind>) -> impl IntoView {
    if answers.is_empty() {
        return ().into_any();
    }
    let rows = answers.into_iter().map(|kind| answer_row(kind).into_any()).collect();
    view! {
        <TableSection
            id="answers"
            title="Searches since the server started"
            caption="How searches were answered, and why"
            columns=&ANSWERS_COLUMNS
            rows
        />
    }
    .into_any()
}

fn answer_row(kind: AnswerKind) -> impl IntoView {
    let millis = |millis: u64| print_millis(i64::try_from(millis).unwrap_or(i64::MAX));
    view! {
        <tr>
            <th scope="row" data-label="Answered by">
                {kind.answered_by} <span class="row-note">{kind.reason}</span>
            </th>
            <td data-label="Wanted">{kind.wanted}</td>
            <td class="number" data-label="Searches">{group_digits(kind.searches)}</td>
            <td class="number" data-label="Mean">{millis(kind.mean_ms)}</td>
            <td class="number" data-label="Slowest">{millis(kind.slowest_ms)}</td>
        </tr>
    }
}
