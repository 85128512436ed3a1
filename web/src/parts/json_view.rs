//! A record's exact JSON, laid out, with its paths to copy and its values to search by.

use super::copy::Copy;
use super::fields::{PivotHref, Pivots, facet_of_path};
use crate::json::{Line, Piece, lay_out};
use leptos::prelude::*;
use orgtrail_shared::text::shorten_middle;

/// Records with more lines are shown as plain text, so that the page stays quick.
const LINES_MAX: usize = 1500;

/// A record's JSON.
#[component]
pub(crate) fn JsonView(text: String, pivot: PivotHref) -> impl IntoView {
    let lines = lay_out(&text, LINES_MAX);
    let body = if let Some(lines) = lines {
        let lines: Vec<_> = lines.into_iter().map(|line| line_view(line, &pivot)).collect();
        view! { <pre class="json" tabindex="0" aria-label="Record as JSON">{lines}</pre> }
            .into_any()
    } else {
        let raw = text.clone();
        view! { <pre class="json is-raw" tabindex="0" aria-label="Record">{raw}</pre> }.into_any()
    };
    view! {
        <div role="group" aria-label="Record">
            <p class="section-head">
                <strong>"Record"</strong> <span class="muted">"exactly as delivered"</span>
                <Copy value=text what="record"/>
            </p>
            {body}
        </div>
    }
    .into_any()
}

fn line_view(line: Line, pivot: &PivotHref) -> impl IntoView + use<> {
    // An empty text would be rendered as a space.
    let indent = (line.depth > 0).then(|| "  ".repeat(line.depth));
    let links = facet_of_path(&line.path).zip(line.value()).filter(|(_, value)| !value.is_empty());
    let links = links.map(|(facet, value)| {
        let only = pivot(facet, &value, false);
        let not = pivot(facet, &value, true);
        let label = shorten_middle(&value, 60);
        view! { <span class="json-tools">" "<Pivots only not label/></span> }
    });
    let key = line.key.map(|key| {
        let title = format!("Copy path {}", line.path);
        view! {
            <button type="button" class="key" data-copy=line.path title=title>{key}</button>
            ": "
        }
    });
    let comma = line.has_comma.then_some(",");
    let piece = match line.piece {
        Piece::Leaf(raw) => {
            let class = leaf_class(&raw);
            view! { <span class=class>{raw}</span> }.into_any()
        }
        Piece::Open(bracket) | Piece::Close(bracket) => bracket.to_string().into_any(),
        Piece::Empty(brackets) => brackets.into_any(),
    };
    view! { <span class="line">{indent}{key}{piece}{comma}{links}"\n"</span> }
}

fn leaf_class(raw: &str) -> &'static str {
    match raw.as_bytes().first() {
        Some(b'"') => "json-string",
        Some(b't' | b'f' | b'n') => "json-word",
        _ => "json-number",
    }
}
