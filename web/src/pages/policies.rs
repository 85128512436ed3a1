//! The service control policies: what they say, where they stand, and their changes.

use super::Page;
use crate::backend::Backend;
use crate::console::{Console, use_console};
use crate::parts::edit::{Choice, Edit, edit_form, fixed, greyed_out, line, optional_line, place};
use crate::parts::panels::{Empty, Notice};
use crate::parts::verdict::toned;
use leptos::prelude::*;
use orgtrail_shared::organization::{PolicyBook, PolicyEntry};

/// How many places are shown at once.
const OPEN_MAX: usize = 5;

/// The page.
pub(super) async fn load(console: &Console, backend: &dyn Backend) -> Page {
    let answer = backend.policies().await;
    let is_changed = console.params.get("changed").is_some();
    let question = "Service control policies: what they say, and where they stand.";
    Page::of_answer("Policies", question, answer, move |book| {
        view! { <Known book is_changed/> }.into_any()
    })
}

fn edit(operation: &'static str, label: String, confirm: Option<&str>) -> Edit {
    let confirm = confirm.map(str::to_owned);
    Edit { operation, label, back: "/policies".to_owned(), confirm }
}

#[component]
fn Known(book: PolicyBook, is_changed: bool) -> impl IntoView {
    let PolicyBook { policies, is_in_use, locked } = book;
    let may_change = locked.is_none();
    let done = is_changed
        .then(|| view! { <Notice tone="ok"><p role="status">"The organization was changed."</p></Notice> });
    let locked = locked.map(|locked| greyed_out(locked, &["Make a policy", "Attach a policy"]));
    if !is_in_use {
        let label = "Use service control policies".to_owned();
        let enable =
            may_change.then(|| edit_form(edit("EnablePolicyType", label, None), Vec::new()));
        return view! {
            {done}
            {locked}
            <Empty title="Service control policies are not in use">
                <p>"Nothing above an account limits what its principals may be allowed."</p>
            </Empty>
            <div class="changes">{enable}</div>
        }
        .into_any();
    }
    let new = may_change.then(|| {
        let fields = vec![
            line("name", "Name", ""),
            optional_line("description", "Description", ""),
            content(""),
        ];
        let make = edit_form(edit("CreatePolicy", "Make a policy".to_owned(), None), fields);
        let confirm = Some("SERVICE_CONTROL_POLICY");
        let stop = edit("DisablePolicyType", "Stop using policies".to_owned(), confirm);
        let stop = edit_form(stop, Vec::new());
        view! { <div class="changes">{make} {stop}</div> }
    });
    let entries: Vec<AnyView> = policies.iter().map(|policy| entry(policy, may_change)).collect();
    view! {
        {done}
        {locked}
        {new}
        <ol class="entries">{entries}</ol>
    }
    .into_any()
}

/// The text of a policy.
fn content(value: &str) -> AnyView {
    let value = value.to_owned();
    view! {
        <label class="whole">
            "Document "
            <textarea name="content" class="code" rows="8" spellcheck="false" required>{value}</textarea>
        </label>
    }
    .into_any()
}

fn entry(policy: &PolicyEntry, may_change: bool) -> AnyView {
    let attached: Vec<AnyView> =
        policy.targets.iter().map(|(target, name)| attachment(policy, target, name)).collect();
    let attached = match attached.len() {
        0 => view! { <p class="muted">"Attached nowhere."</p> }.into_any(),
        count if count > OPEN_MAX => view! {
            <details>
                <summary>{format!("Attached to {count} places")}</summary>
                <ul class="plain">{attached}</ul>
            </details>
        }
        .into_any(),
        _ => view! { <ul class="plain">{attached}</ul> }.into_any(),
    };
    let problem = policy
        .problem
        .clone()
        .map(|problem| toned("danger", "✗", format!("can't be read: {problem}")));
    let owner = policy.is_aws_managed.then(|| view! { <span class="muted">" · AWS's own"</span> });
    let controls = may_change.then(|| {
        let controls = controls(policy);
        view! { <div class="changes">{controls}</div> }
    });
    let label = format!("Document of {}", policy.id);
    view! {
        <li class="entry">
            <p class="entry-reason">{policy.name.clone()} " " <span class="code muted">{policy.id.clone()}</span> {owner} " " {problem}</p>
            <p class="muted">{policy.description.clone()}</p>
            {attached}
            <details>
                <summary>"Document"</summary>
                <pre class="json is-raw" tabindex="0" aria-label=label>{policy.content.clone()}</pre>
            </details>
            {controls}
        </li>
    }
    .into_any()
}

/// Where a policy stands.
fn attachment(policy: &PolicyEntry, target: &str, name: &str) -> AnyView {
    let carried = use_console().carried.clone();
    let what_if = carried.to("/what-if").with("target", target);
    let what_if = what_if.with("policy", &policy.id).finish();
    let name = if name.is_empty() { target } else { name };
    let label = format!("What if {} were detached from {name}?", policy.name);
    view! {
        <li>
            {name.to_owned()} " " <span class="code muted">{target.to_owned()}</span> " "
            <a href=what_if aria-label=label>"What if not?"</a>
        </li>
    }
    .into_any()
}

/// The choice of the places where a policy stands.
fn attached_places(policy: &PolicyEntry) -> AnyView {
    let options: Vec<AnyView> = policy
        .targets
        .iter()
        .map(|(target, name)| {
            let words = if name.is_empty() { target.clone() } else { format!("{name} ({target})") };
            view! { <option value=target.clone()>{words}</option> }.into_any()
        })
        .collect();
    view! { <label>"From " <select name="target" required>{options}</select></label> }.into_any()
}

fn controls(policy: &PolicyEntry) -> Vec<AnyView> {
    let (id, name) = (policy.id.as_str(), &policy.name);
    let this = || fixed("policy", id);
    let attach = edit("AttachPolicy", format!("Attach {name}"), None);
    let mut controls =
        vec![edit_form(attach, vec![this(), place("target", "To", Choice::Everything)])];
    if !policy.targets.is_empty() {
        let detach = edit("DetachPolicy", format!("Detach {name}"), Some(id));
        controls.push(edit_form(detach, vec![this(), attached_places(policy)]));
    }
    if policy.is_aws_managed {
        return controls;
    }
    let fields = vec![
        this(),
        line("name", "Name", name),
        optional_line("description", "Description", &policy.description),
        content(&policy.content),
    ];
    controls.push(edit_form(edit("UpdatePolicy", format!("Change {name}"), None), fields));
    if policy.targets.is_empty() {
        let delete = edit("DeletePolicy", format!("Delete {name}"), Some(id));
        controls.push(edit_form(delete, vec![this()]));
    }
    controls
}
