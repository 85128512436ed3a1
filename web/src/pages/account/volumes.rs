//! How much an account's trails have delivered.

use crate::parts::table::{Column, TableSection};
use leptos::prelude::*;
use orgtrail_shared::organization::Volume;
use orgtrail_shared::text::{display_bytes, group_digits};

const COLUMNS: [Column; 5] = [
    Column::Text("Month (UTC)"),
    Column::Number("Events"),
    Column::Number("Log files"),
    Column::Number("Stored"),
    Column::Number("Uncompressed"),
];

/// A row for each month of delivery, the newest first, and their sum.
#[component]
pub(super) fn Volumes(volumes: Vec<Volume>) -> impl IntoView {
    if volumes.is_empty() {
        return view! {
            <section>
                <h2 id="volumes">"Volumes"</h2>
                <p class="muted">"No log file of this account has been collected that you may see."</p>
            </section>
        }
        .into_any();
    }
    let sum = |of: fn(&Volume) -> u64| volumes.iter().map(of).sum();
    let (events, files) = (sum(|volume| volume.events), sum(|volume| volume.files));
    let (stored, content) = (sum(|volume| volume.stored_bytes), sum(|volume| volume.content_bytes));
    let mut rows: Vec<AnyView> = volumes
        .iter()
        .map(|volume| {
            let name = volume.month.format("%Y-%m").to_string();
            let bytes = (volume.stored_bytes, volume.content_bytes);
            row(name, volume.events, volume.files, bytes)
        })
        .collect();
    rows.push(row("All".to_owned(), events, files, (stored, content)));
    view! {
        <TableSection id="volumes" title="Volumes" caption="What was delivered, by month" columns=&COLUMNS rows>
            <p class="muted">"Log files by the month of their delivery. What another file had delivered before isn't counted twice."</p>
        </TableSection>
    }
    .into_any()
}

fn row(name: String, events: u64, files: u64, (stored, content): (u64, u64)) -> AnyView {
    view! {
        <tr>
            <th scope="row" data-label="Month">{name}</th>
            <td class="number" data-label="Events">{group_digits(events)}</td>
            <td class="number" data-label="Log files">{group_digits(files)}</td>
            <td class="number" data-label="Stored">{display_bytes(stored)}</td>
            <td class="number" data-label="Uncompressed">{display_bytes(content)}</td>
        </tr>
    }
    .into_any()
}
