//! Tables.

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

/// A table that scrolls sideways when it is wider than the page.
#[component]
pub(crate) fn Table(
    /// The id of what names it, such as a heading, or its name.
    label: Label,
    /// What it is about, for those who hear it.
    caption: &'static str,
    /// The heads of its columns.
    columns: &'static [Column],
    /// Its rows.
    rows: Vec<AnyView>,
    /// Classes beside `table`; with `cards`, rows become cards on a narrow screen.
    class: &'static str,
) -> impl IntoView {
    let (labelled_by, name) = match label {
        Label::Id(id) => (Some(id), None),
        Label::Words(words) => (None, Some(words)),
    };
    let heads = columns.iter().map(|column| match *column {
        Column::Text(words) => view! { <th scope="col">{words}</th> }.into_any(),
        Column::Number(words) => view! { <th scope="col" class="number">{words}</th> }.into_any(),
        Column::Time(words) => {
            view! { <th scope="col">{words} " (" <ZoneName/> ")"</th> }.into_any()
        }
    });
    let heads = heads.collect_view();
    view! {
        <div class="table-wrap" tabindex="0" role="region" aria-labelledby=labelled_by aria-label=name>
            <table class=format!("table {class}")>
                <caption class="hidden">{caption}</caption>
                <thead>
                    <tr>{heads}</tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// What names a table.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Label {
    /// What has this id.
    Id(&'static str),
    /// These words.
    Words(&'static str),
}

/// A heading, a remark below it, and a table whose rows become cards on a narrow screen.
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
    view! {
        <section>
            <h2 id=id>{title}</h2>
            {children.map(|children| children())}
            <Table label=Label::Id(id) caption columns rows class="cards"/>
        </section>
    }
    .into_any()
}
