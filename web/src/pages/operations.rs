//! Operations: the log sources with what waits and what fails, and the last pass of every job.

mod completeness;
mod index;
mod troubles;

use self::completeness::{Completeness, Queues};
use self::troubles::{Backfills, Troubles};
use super::Page;
use crate::backend::Backend;
use crate::parts::panels::Empty;
use crate::parts::table::{Column, TableSection};
use crate::parts::time::{dash, instant_or_dash};
use crate::parts::verdict::toned;
use index::Index;
use leptos::prelude::*;
use orgtrail_shared::operations::{JobStatus, Operations, SourceStatus};
use orgtrail_shared::text::group_digits;

const SOURCES_COLUMNS: [Column; 7] = [
    Column::Text("Source"),
    Column::Text("Location"),
    Column::Number("Collected"),
    Column::Number("Waiting"),
    Column::Number("Other objects"),
    Column::Time("Listed"),
    Column::Text("Last attempt"),
];

const JOBS_COLUMNS: [Column; 6] = [
    Column::Text("Job"),
    Column::Time("Started"),
    Column::Number("Took"),
    Column::Text("Did"),
    Column::Text("Outcome"),
    Column::Number("Failed passes"),
];

/// The operations page.
pub(super) async fn load(backend: &dyn Backend) -> Page {
    let answer = backend.operations().await;
    let question = "Whether collecting, verifying and indexing keep up.";
    Page::of_answer("Operations", question, answer, |operations| {
        view! { <Known operations/> }.into_any()
    })
}

#[component]
fn Known(operations: Operations) -> impl IntoView {
    let Operations { jobs, sources, index } = operations;
    view! {
        <Troubles sources=sources.clone()/>
        <Sources sources=sources.clone()/>
        <Backfills sources=sources.clone()/>
        <Completeness sources=sources.clone()/>
        <Queues sources/>
        <Jobs jobs/>
        <Index index/>
    }
    .into_any()
}

#[component]
fn Sources(sources: Vec<SourceStatus>) -> impl IntoView {
    if sources.is_empty() {
        return view! {
            <Empty title="There is no log source">
                <p>"Start the server with a source, or collect from a place once with " <code>"orgtrail import"</code> "."</p>
            </Empty>
        }
        .into_any();
    }
    let rows = sources.into_iter().map(|source| source_row(source).into_any()).collect();
    view! {
        <TableSection id="sources" title="Log sources" caption="Log sources" columns=&SOURCES_COLUMNS rows/>
    }
    .into_any()
}

fn source_row(source: SourceStatus) -> impl IntoView {
    let window = print_window(&source);
    let skipped = source.skipped.iter().map(|skipped| {
        let line = format!("not read: {} {}", group_digits(skipped.count), skipped.what);
        view! { <span class="row-note tone-attention">{line}</span> }
    });
    let skipped = skipped.collect_view();
    let everything = source.everything_listed_at.map(|at| {
        view! { <span class="row-note">"all of it " {instant_or_dash(Some(at))}</span> }
    });
    view! {
        <tr>
            <th scope="row" data-label="Source">
                {source.name} <span class="row-note">{window}</span> {skipped}
            </th>
            <td class="code" data-label="Location">{source.location}</td>
            <td class="number" data-label="Collected">{group_digits(source.files)}</td>
            <td class="number" data-label="Waiting">{group_digits(source.waiting)}</td>
            <td class="number" data-label="Other objects">{group_digits(source.foreign_objects)}</td>
            <td data-label="Listed">{instant_or_dash(source.listed_at)} {everything}</td>
            <td class="wraps" data-label="Last attempt">{outcome(source.error)}</td>
        </tr>
    }
}

#[component]
fn Jobs(jobs: Vec<JobStatus>) -> impl IntoView {
    let rows = jobs.into_iter().map(|job| job_row(job).into_any()).collect();
    view! {
        <TableSection id="jobs" title="Jobs" caption="Jobs and their last pass" columns=&JOBS_COLUMNS rows/>
    }
    .into_any()
}

fn job_row(job: JobStatus) -> impl IntoView {
    let took = match (job.started_at, job.duration_ms) {
        (_, Some(millis)) => print_millis(millis).into_any(),
        (Some(_), None) => "running".into_any(),
        (None, None) => dash().into_any(),
    };
    let result = if job.started_at.is_none() {
        view! { <span class="muted">"not run yet"</span> }.into_any()
    } else {
        outcome(job.error)
    };
    let failed = u64::try_from(job.failed_passes).unwrap_or_default();
    view! {
        <tr>
            <th scope="row" data-label="Job">
                {job.name} <span class="row-note">{job.purpose}</span>
            </th>
            <td data-label="Started">{instant_or_dash(job.started_at)}</td>
            <td class="number" data-label="Took">{took}</td>
            <td class="wraps" data-label="Did">{job.summary}</td>
            <td class="wraps" data-label="Outcome">{result}</td>
            <td class="number" data-label="Failed passes" class:tone-attention=failed != 0>{group_digits(failed)}</td>
        </tr>
    }
}

/// How far back a listing looks and why; empty for a source that is not listed.
fn print_window(source: &SourceStatus) -> String {
    if source.window_days == 0 {
        return String::new();
    }
    let latest = source.lateness.iter().map(|late| late.days).max().unwrap_or_default();
    let late = source.lateness.iter().filter(|late| late.days > 0).map(|late| late.files).sum();
    let why = match late {
        0 => "no file was late".to_owned(),
        files => {
            let count = if files == 1 {
                "1 file was".to_owned()
            } else {
                format!("{} files were", group_digits(files))
            };
            let days = if latest == 1 { "day" } else { "days" };
            format!("{count} late, up to {latest} {days}")
        }
    };
    format!("looks back {} days: {why}", source.window_days)
}

/// Whether it went well, in words beside the colour.
fn outcome(error: Option<String>) -> AnyView {
    match error {
        None => toned("ok", "✓", "ok"),
        Some(error) => toned("danger", "✗", error),
    }
}

/// A duration: `340 ms`, `1.2 s`, `4 min 5 s`.
fn print_millis(millis: i64) -> String {
    match millis {
        ..1000 => format!("{millis} ms"),
        1000..60_000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        _ => format!("{} min {} s", millis / 60_000, millis % 60_000 / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::{print_millis, print_window};
    use orgtrail_shared::operations::{Lateness, SourceStatus};

    #[test]
    fn durations_are_said_in_sensible_units() {
        assert_eq!(print_millis(340), "340 ms");
        assert_eq!(print_millis(1_250), "1.2 s");
        assert_eq!(print_millis(245_000), "4 min 5 s");
    }

    #[test]
    fn a_window_says_what_it_follows() {
        let mut source = SourceStatus::default();
        assert_eq!(print_window(&source), "");
        source.window_days = 4;
        source.lateness = vec![Lateness { days: 0, files: 9 }];
        assert_eq!(print_window(&source), "looks back 4 days: no file was late");
        source.window_days = 7;
        source.lateness.push(Lateness { days: 6, files: 1_200 });
        let words = "looks back 7 days: 1\u{2009}200 files were late, up to 6 days";
        assert_eq!(print_window(&source), words);
    }
}
