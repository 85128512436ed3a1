//! What keeps something from being collected, with what to do; and how far the collection of old days is.

use crate::parts::table::{Column, TableSection};
use crate::parts::time::{dash, instant_or_dash};
use crate::parts::verdict::toned;
use leptos::prelude::*;
use orgtrail_shared::operations::{BackfillStatus, SourceStatus, TroubleStatus};
use orgtrail_shared::text::group_digits;

const TROUBLES_COLUMNS: [Column; 7] = [
    Column::Text("Source"),
    Column::Text("What is the matter"),
    Column::Text("Concerns"),
    Column::Number("Objects"),
    Column::Number("Attempts"),
    Column::Time("Next attempt"),
    Column::Text("What to do"),
];

const BACKFILL_COLUMNS: [Column; 6] = [
    Column::Text("Source"),
    Column::Number("Waiting"),
    Column::Number("Done"),
    Column::Text("Month"),
    Column::Text("Back to"),
    Column::Time("Done about"),
];

/// What waits for somebody to do something, or for the next attempt. Nothing when all is well.
#[component]
pub(super) fn Troubles(sources: Vec<SourceStatus>) -> impl IntoView {
    let rows: Vec<_> = sources
        .into_iter()
        .flat_map(|source| {
            let name = source.name;
            source
                .troubles
                .into_iter()
                .map(move |trouble| trouble_row(name.clone(), trouble).into_any())
        })
        .collect();
    if rows.is_empty() {
        return ().into_any();
    }
    view! {
        <TableSection id="troubles" title="What can't be collected" caption="What can't be collected, and what to do" columns=&TROUBLES_COLUMNS rows/>
    }
    .into_any()
}

fn trouble_row(source: String, trouble: TroubleStatus) -> impl IntoView {
    let objects = match trouble.objects {
        Some(objects) => group_digits(objects).into_any(),
        None => dash().into_any(),
    };
    view! {
        <tr>
            <th scope="row" data-label="Source">{source}</th>
            <td class="wraps" data-label="What is the matter">
                {toned("danger", "✗", trouble.kind.title())}
                <span class="row-note">{trouble.reason}</span>
            </td>
            <td class="wraps code" data-label="Concerns">{trouble.concerns}</td>
            <td class="number" data-label="Objects">{objects}</td>
            <td class="number" data-label="Attempts">{group_digits(trouble.attempts)}</td>
            <td data-label="Next attempt">{instant_or_dash(trouble.next_attempt_at)}</td>
            <td class="wraps" data-label="What to do">{trouble.advice}</td>
        </tr>
    }
}

/// How far the collection of old days is. Nothing when none wait.
#[component]
pub(super) fn Backfills(sources: Vec<SourceStatus>) -> impl IntoView {
    let rows: Vec<_> = sources
        .into_iter()
        .filter_map(|source| Some(backfill_row(source.name, source.backfill?).into_any()))
        .collect();
    if rows.is_empty() {
        return ().into_any();
    }
    view! {
        <TableSection id="backfill" title="Old days" caption="Old days that are being collected" columns=&BACKFILL_COLUMNS rows>
            <p class="muted">
                "Collected beside the new files, the newest month first. "
                <code>"orgtrail backfill pause"</code> " and " <code>"orgtrail backfill resume"</code>
                " hold it and let it go on."
            </p>
        </TableSection>
    }
    .into_any()
}

fn backfill_row(source: String, backfill: BackfillStatus) -> impl IntoView {
    let done = print_done(&backfill);
    let ends = match (backfill.is_paused, backfill.ends_at) {
        (true, _) => toned("attention", "‖", "paused"),
        (false, None) => "stands still".into_any(),
        (false, ends_at) => instant_or_dash(ends_at).into_any(),
    };
    view! {
        <tr>
            <th scope="row" data-label="Source">{source}</th>
            <td class="number" data-label="Waiting">{group_digits(backfill.waiting)}</td>
            <td class="number" data-label="Done">{done}</td>
            <td data-label="Month">{backfill.month.format("%Y-%m").to_string()}</td>
            <td data-label="Back to">{backfill.oldest_month.format("%Y-%m").to_string()}</td>
            <td data-label="Done about">{ends}</td>
        </tr>
    }
}

/// How much is done, in whole percents: all of it is said of the end only.
fn print_done(backfill: &BackfillStatus) -> String {
    let BackfillStatus { waiting, found, .. } = backfill;
    let done = found.saturating_sub(*waiting);
    let percent = u128::from(done) * 100 / u128::from((*found).max(1));
    format!("{percent} % of {}", group_digits(*found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_is_never_more_than_all() {
        for (waiting, found, words) in [
            (0, 0, "0 % of 0"),
            (1, 1, "0 % of 1"),
            (1, 200, "99 % of 200"),
            (0, 200, "100 % of 200"),
            (9, 3, "0 % of 3"),
        ] {
            let month = chrono::NaiveDate::default();
            let backfill = BackfillStatus {
                waiting,
                found,
                month,
                oldest_month: month,
                is_paused: false,
                ends_at: None,
            };
            assert_eq!(print_done(&backfill), words);
        }
    }
}
