//! One event in full: a sentence, what is proven, the fields, the record.

use super::copy::Copy;
use super::fields::{FieldRow, PivotHref, fields};
use super::json_view::JsonView;
use super::panels::Notice;
use super::time::Instant;
use super::verdict::{glyph_of_verdict, tone_of_verdict};
use crate::sentence::compose;
use leptos::prelude::*;
use orgtrail_shared::event::{Delivery, EventContent, EventDetail, EventSummary};

/// Everything under one event id; more than one content is said first, because it is suspicious.
#[component]
pub(crate) fn EventView(detail: EventDetail, pivot: PivotHref) -> impl IntoView {
    let count = detail.contents.len();
    let warning = (count > 1).then(|| {
        view! {
            <Notice tone="danger">
                <p>
                    {count} " different records carry this event id. Event ids are unique; "
                    "compare the records and the files that delivered them."
                </p>
            </Notice>
        }
    });
    let contents: Vec<_> = detail
        .contents
        .into_iter()
        .enumerate()
        .map(|(index, content)| {
            let heading = (count > 1).then(
                || view! { <h2 class="content-number">"Record " {index + 1} " of " {count}</h2> },
            );
            view! {
                <article class="event-content">
                    {heading} <Content content pivot=pivot.clone()/>
                </article>
            }
        })
        .collect();
    view! { {warning}{contents} }.into_any()
}

#[component]
fn Content(content: EventContent, pivot: PivotHref) -> impl IntoView {
    let event = content.summary;
    let rows: Vec<_> = fields(&event)
        .into_iter()
        .map(|field| view! { <FieldRow field pivot=pivot.clone()/> })
        .collect();
    let flags: Vec<_> = event
        .flags
        .iter()
        .map(|flag| flag.in_words())
        .map(|words| view! { <Notice tone="attention"><p>{words}</p></Notice> })
        .collect();
    let record = match (content.record.clone(), content.record_unavailable) {
        (Some(text), _) => view! { <JsonView text pivot/> }.into_any(),
        (None, reason) => {
            let reason = reason.unwrap_or_else(|| "the archive did not answer".to_owned());
            view! {
                <Notice tone="attention">
                    <p>"The record can't be shown now: " {reason} ". The fields above are from the index."</p>
                </Notice>
            }
            .into_any()
        }
    };
    view! {
        <SentenceLine event=event.clone() record=content.record/>
        <Proof deliveries=content.deliveries/>
        {flags}
        <dl class="fields">
            <div class="field">
                <dt>"Time"</dt>
                <dd><span class="value"><Instant at=event.time/></span></dd>
            </div>
            {rows}
        </dl>
        {record}
    }
    .into_any()
}

#[component]
fn SentenceLine(event: EventSummary, record: Option<String>) -> impl IntoView {
    let sentence = compose(&event, record.as_deref());
    let target = sentence.target.map(|target| view! { " on " <strong>{target}</strong> });
    let class = if event.error_code.is_empty() { "tone-ok" } else { "tone-danger" };
    view! {
        <p class="sentence">
            <strong>{sentence.who}</strong> " called " <strong>{sentence.what}</strong> {target}
            " from " <strong>{sentence.whence}</strong> "; it "
            <strong class=class>{sentence.result}</strong> "."
        </p>
    }
}

/// What is proven about the files that delivered the event.
#[component]
fn Proof(deliveries: Vec<Delivery>) -> impl IntoView {
    let mut deliveries = deliveries.into_iter();
    let first = deliveries.next().map(proof_line);
    let others: Vec<_> = deliveries.map(proof_line).collect();
    let others = (!others.is_empty()).then(|| {
        let count = others.len();
        view! {
            <details class="other-deliveries">
                <summary>{count} " more deliveries of the same record"</summary>
                {others}
            </details>
        }
    });
    view! { <div class="proof" role="group" aria-label="Proof">{first}{others}</div> }.into_any()
}

fn proof_line(delivery: Delivery) -> impl IntoView {
    let verdict = delivery.verdict;
    let class = format!("proof-verdict tone-{}", tone_of_verdict(verdict));
    let at = delivery
        .verdict_at
        .map(|at| view! { <span class="muted">", checked " <Instant at/></span> });
    let digest = delivery.digest_key.map(|key| place("Digest", key));
    let file = format!("{}/{}", delivery.bucket, delivery.key);
    view! {
        <div class="delivery">
            <p class=class>
                <span class="glyph" aria-hidden="true">{glyph_of_verdict(verdict)}</span>
                <span>{verdict.in_words()} {at}</span>
            </p>
            <dl class="places">
                {place("File", file)}
                {place("SHA-256", delivery.sha256)}
                {digest}
                <div>
                    <dt>"Record"</dt>
                    <dd>"number " {delivery.ordinal + 1} " in the file, collected " <Instant at=delivery.collected_at/></dd>
                </div>
            </dl>
        </div>
    }
    .into_any()
}

fn place(label: &'static str, value: String) -> impl IntoView {
    view! {
        <div>
            <dt>{label}</dt>
            <dd class="code">{value.clone()} " " <Copy value what=label/></dd>
        </div>
    }
}
