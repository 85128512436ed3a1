//! A section with a table, whose rows become cards on a narrow screen.

use super::time::ZoneName;
use leptos::prelude::*;

/// The head of a column. Cells repeat its words as `data-label`, for cards.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Column {
    /// Words.
    Text(&'static str),
    /// Numbers, which are set flush right.
    Number(&'static str),
    /// Moments, of which the head says the time zone.
    Time(&'static str),
}

/// A heading, a remark below it, and a table.
#[component]
pub(crate) fn TableSection(
    /// The heading's id.
    id: &'static str,
    /// The heading.
    title: &'static str,
    /// What the table is about, for those who hear it.
    caption: &'static str,
    /// The heads of its columns.
    columns: &'static [Column],
    /// Its rows.
    rows: Vec<AnyView>,
    /// What is to be said before the table.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let heads = columns.iter().map(|column| match *column {
        Column::Text(words) => view! { <th scope="col">{words}</th> }.into_any(),
        Column::Number(words) => view! { <th scope="col" class="number">{words}</th> }.into_any(),
        Column::Time(words) => {
            view! { <th scope="col">{words} " (" <ZoneName/> ")"</th> }.into_any()
        }
    });
    let heads = heads.collect_view();
    view! {
        <section>
            <h2 id=id>{title}</h2>
            {children.map(|children| children())}
            <div class="table-wrap" tabindex="0" role="region" aria-labelledby=id>
                <table class="table cards">
                    <caption class="hidden">{caption}</caption>
                    <thead>
                        <tr>{heads}</tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}
