//! Forms that change the organization, by AWS's own operations. They work without scripts.

use crate::console::use_console;
use crate::parts::panels::Notice;
use leptos::prelude::*;
use orgtrail_shared::authorization::Locked;
use orgtrail_shared::edit::REASON_CHARS_MAX;

/// A change.
pub(crate) struct Edit {
    /// The operation.
    pub(crate) operation: &'static str,
    /// What it does, as the summary and the button say it.
    pub(crate) label: String,
    /// Where to go on to.
    pub(crate) back: String,
    /// What must be typed.
    pub(crate) confirm: Option<String>,
}

/// One change behind a summary: its fields, the reason, and for what takes something away an id to be typed.
pub(crate) fn edit_form(edit: Edit, fields: Vec<AnyView>) -> AnyView {
    let Edit { operation, label, back, confirm } = edit;
    let token = use_console().viewer.as_ref().map(|viewer| viewer.csrf_token.clone());
    let class = if confirm.is_some() { "button is-danger" } else { "button" };
    let confirm = confirm.map(|wanted| {
        view! {
            <label>
                {format!("Type {wanted} to confirm ")}
                <input name="confirm" type="text" class="code" autocomplete="off" spellcheck="false" required/>
            </label>
        }
    });
    view! {
        <details class="give">
            <summary class="button">{label.clone()} " …"</summary>
            <form method="post" action="/organization/edit" class="ask">
                <input type="hidden" name="csrf" value=token/>
                <input type="hidden" name="operation" value=operation/>
                <input type="hidden" name="back" value=back/>
                {fields}
                <label>
                    "Reason "
                    <input name="reason" type="text" maxlength=REASON_CHARS_MAX.to_string() autocomplete="off" required/>
                </label>
                {confirm}
                <button type="submit" class=class>{label}</button>
            </form>
        </details>
    }
    .into_any()
}

/// A hidden field.
pub(crate) fn fixed(name: &'static str, value: &str) -> AnyView {
    let value = value.to_owned();
    view! { <input type="hidden" name=name value=value/> }.into_any()
}

/// A line of text that must be filled in.
pub(crate) fn line(name: &'static str, label: &'static str, value: &str) -> AnyView {
    let value = value.to_owned();
    view! {
        <label>
            {label} " "
            <input name=name type="text" value=value required autocomplete="off" spellcheck="false"/>
        </label>
    }
    .into_any()
}

/// A line of text that may stay empty.
pub(crate) fn optional_line(name: &'static str, label: &'static str, value: &str) -> AnyView {
    let value = value.to_owned();
    view! {
        <label>
            {label} " "
            <input name=name type="text" value=value autocomplete="off" spellcheck="false"/>
        </label>
    }
    .into_any()
}

/// What can be chosen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The root and the units.
    RootAndUnits,
    /// The units.
    Units,
    /// The root, the units and the accounts.
    Everything,
}

/// A choice of places.
pub(crate) fn place(name: &'static str, label: &'static str, choice: Choice) -> AnyView {
    let viewer = use_console().viewer.clone();
    let (mut units, mut accounts) = (Vec::new(), Vec::new());
    if let Some(viewer) = viewer {
        let is_listed = |has_parent: bool| choice != Choice::Units || has_parent;
        let listed = viewer.units.into_iter().filter(|unit| is_listed(unit.parent.is_some()));
        units.extend(listed.map(|unit| option(unit.id.to_string(), &unit.name)));
        if choice == Choice::Everything {
            let all = viewer.accounts.into_iter();
            accounts.extend(all.map(|account| option(account.id.to_string(), &account.name)));
        }
    }
    let accounts =
        (!accounts.is_empty()).then(|| view! { <optgroup label="Accounts">{accounts}</optgroup> });
    view! {
        <label>
            {label} " "
            <select name=name required>
                <optgroup label="Root and units">{units}</optgroup>
                {accounts}
            </select>
        </label>
    }
    .into_any()
}

fn option(id: String, name: &str) -> AnyView {
    let words = if name.is_empty() { id.clone() } else { format!("{name} ({id})") };
    view! { <option value=id>{words}</option> }.into_any()
}

/// Controls that the caller can't use, why, and who could.
pub(crate) fn greyed_out(locked: Locked, controls: &[&'static str]) -> AnyView {
    let Locked { reason, why } = locked;
    let why = why.map(|question| {
        let href = use_console().carried.to("/why").with("action", &question.action);
        let href = href.with("resource", &question.resource).finish();
        view! { " " <a href=href>"Why?"</a> }
    });
    let controls: Vec<AnyView> = controls
        .iter()
        .map(|label| {
            view! { <button type="button" class="button" disabled>{*label} " …"</button> }
                .into_any()
        })
        .collect();
    view! {
        <div class="changes">{controls}</div>
        <Notice tone="info"><p>{reason} {why}</p></Notice>
    }
    .into_any()
}
