//! The quarantine: what could not be indexed, and why.

use super::Page;
use crate::backend::Backend;
use crate::console::{Console, use_console};
use crate::parts::copy::Copy;
use crate::parts::edit::greyed_out;
use crate::parts::panels::{Empty, Notice};
use crate::parts::time::Instant;
use leptos::prelude::*;
use orgtrail_shared::console::{QuarantineEntry, QuarantinePage as PageOfEntries};
use orgtrail_shared::quarantine::RetryOutcome;
use orgtrail_shared::text::{display_bytes, group_digits};

/// The quarantine page.
pub(super) async fn load(console: &Console, backend: &dyn Backend) -> Page {
    let before = console.params.get("before").and_then(|before| before.parse().ok());
    let answer = backend.quarantine(before).await;
    let question = "Files and records that could not be indexed. They are kept, byte for byte.";
    let retried = console.params.get("retried").and_then(RetryOutcome::from_name);
    Page::of_answer("Quarantine", question, answer, move |page| {
        view! { {retried.map(outcome)} <Known page is_first=before.is_none()/> }.into_any()
    })
}

/// What came of trying a file once more.
fn outcome(outcome: RetryOutcome) -> impl IntoView {
    let tone = match outcome {
        RetryOutcome::Read => "ok",
        RetryOutcome::AsBefore => "info",
        RetryOutcome::Lost => "danger",
    };
    view! { <Notice tone><p role="status">{outcome.in_words()}</p></Notice> }
}

#[component]
fn Known(page: PageOfEntries, is_first: bool) -> impl IntoView {
    let carried = use_console().carried.clone();
    let newest = carried.to("/quarantine").finish();
    if page.entries.is_empty() && is_first {
        return view! {
            <Empty title="Nothing is in quarantine">
                <p>"Every log file and every record that was collected could be read and is searchable."</p>
            </Empty>
        }
        .into_any();
    }
    let plural = if page.total == 1 { "entry" } else { "entries" };
    let summary = format!("{} {plural}, newest first", group_digits(page.total));
    let token = use_console()
        .viewer
        .as_ref()
        .filter(|_| page.locked.is_none())
        .map(|viewer| viewer.csrf_token.clone());
    let entries = page.entries.into_iter().map(|one| entry(one, token.clone())).collect_view();
    let older = page.next.map(|before| {
        let href = carried.to("/quarantine").with("before", &before.to_string()).finish();
        view! { <a class="button" href=href>"Older entries"</a> }
    });
    let newest = (!is_first).then(|| view! { <a class="button" href=newest>"Newest entries"</a> });
    let locked = page.locked.map(|locked| greyed_out(locked, &["Try a file again"]));
    view! {
        <p class="summary">{summary}</p>
        {locked}
        <ol class="entries">{entries}</ol>
        <div class="older">{newest}{older}</div>
    }
    .into_any()
}

fn entry(entry: QuarantineEntry, token: Option<String>) -> impl IntoView {
    let retry = token.map(|token| {
        let label = format!("Try the file of entry {} again", entry.id);
        view! {
            <form method="post" action="/quarantine/retry">
                <input type="hidden" name="csrf" value=token/>
                <input type="hidden" name="id" value=entry.id.to_string()/>
                <button type="submit" class="button" aria-label=label>"Try again"</button>
            </form>
        }
    });
    let part = match entry.ordinal {
        Some(ordinal) => format!("record {}", u64::from(ordinal) + 1),
        None => "whole file".to_owned(),
    };
    let place = format!("{}/{}", entry.bucket, entry.key);
    let account = entry.account.map(|account| format!(" · account {account}"));
    let excerpt = (!entry.excerpt.is_empty()).then(|| {
        view! {
            <details>
                <summary>"Beginning of what is kept"</summary>
                <pre class="json is-raw" tabindex="0" aria-label="Excerpt">{entry.excerpt}</pre>
            </details>
        }
    });
    view! {
        <li class="entry">
            <p class="entry-reason">{entry.reason}</p>
            <p class="code place">{place.clone()} " " <Copy value=place what="place"/></p>
            <p class="muted">
                {part} ", " {display_bytes(entry.bytes)} {account} " · since " <Instant at=entry.quarantined_at/>
                " · number " {entry.id}
            </p>
            {excerpt}
            {retry}
        </li>
    }
}
