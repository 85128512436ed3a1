//! The index: what it holds, and how it answered searches.

use super::print_millis;
use leptos::prelude::*;
use orgtrail_shared::index::{AnswerKind, IndexState, SegmentLevel};
use orgtrail_shared::text::{display_bytes, group_digits};

/// The part of the page about the index.
#[component]
pub(super) fn Index(index: IndexState) -> impl IntoView {
    view! {
        <section aria-labelledby="index">
            <h2 id="index">"Index"</h2>
            <p class="summary">{summary(&index)}</p>
            <Segments segments=index.segments/>
        </section>
        <Answers answers=index.answers/>
    }
    .into_any()
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

#[component]
fn Segments(segments: Vec<SegmentLevel>) -> impl IntoView {
    if segments.is_empty() {
        return view! { <p class="muted">"There are no column segments yet: no event has been indexed."</p> }
            .into_any();
    }
    let rows = segments.into_iter().map(|level| {
        view! {
            <tr>
                <th scope="row" data-label="Segments of a">{level.level}</th>
                <td class="number" data-label="Segments">{group_digits(level.segments)}</td>
                <td class="number" data-label="Events">{group_digits(level.events)}</td>
                <td class="number" data-label="Compressed">{display_bytes(level.bytes)}</td>
            </tr>
        }
    });
    view! {
        <div class="table-wrap" tabindex="0" role="region" aria-label="Column segments">
            <table class="table cards">
                <caption class="hidden">"Column segments by the time that they cover"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Segments of a"</th>
                        <th scope="col" class="number">"Segments"</th>
                        <th scope="col" class="number">"Events"</th>
                        <th scope="col" class="number">"Compressed"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn Answers(answers: Vec<AnswerKind>) -> impl IntoView {
    if answers.is_empty() {
        return ().into_any();
    }
    let rows = answers.into_iter().map(|kind| {
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
    });
    view! {
        <section>
            <h2 id="answers">"Searches since the server started"</h2>
            <div class="table-wrap" tabindex="0" role="region" aria-labelledby="answers">
                <table class="table cards">
                    <caption class="hidden">"How searches were answered, and why"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Answered by"</th>
                            <th scope="col">"Wanted"</th>
                            <th scope="col" class="number">"Searches"</th>
                            <th scope="col" class="number">"Mean"</th>
                            <th scope="col" class="number">"Slowest"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}
