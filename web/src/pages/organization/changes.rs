//! What can be changed of the organization as a whole.

use crate::parts::edit::{Choice, Edit, edit_form, greyed_out, line, place};
use leptos::prelude::*;
use orgtrail_shared::authorization::Locked;

/// The forms, or why there are none.
#[component]
pub(super) fn Changes(
    /// Why nothing can be changed here.
    locked: Option<Locked>,
    /// Whether CloudTrail has trusted access.
    is_trusted: bool,
) -> impl IntoView {
    let content = if let Some(locked) = locked {
        greyed_out(locked, &["Make a unit", "Add an account", "Move an account"])
    } else {
        let forms = forms(is_trusted);
        view! {
            <p class="muted">"As AWS Organizations would, with its limits and errors. Accounts are moved, closed and removed on their own pages."</p>
            <div class="changes">{forms}</div>
        }
        .into_any()
    };
    view! {
        <section>
            <h2 id="changes">"Change it"</h2>
            {content}
        </section>
    }
    .into_any()
}

fn forms(is_trusted: bool) -> Vec<AnyView> {
    let edit = |operation, label: &str, confirm: Option<&str>| Edit {
        operation,
        label: label.to_owned(),
        back: "/organization".to_owned(),
        confirm: confirm.map(str::to_owned),
    };
    let account = |operation, label: &str| {
        let fields = vec![
            line("account", "Account id", ""),
            line("name", "Name", ""),
            line("email", "E-mail address", ""),
            place("parent", "Into", Choice::RootAndUnits),
        ];
        edit_form(edit(operation, label, None), fields)
    };
    let unit = || place("unit", "Unit", Choice::Units);
    let trust = if is_trusted {
        let label = "End CloudTrail's trusted access";
        edit("DisableAWSServiceAccess", label, Some("cloudtrail.amazonaws.com"))
    } else {
        edit("EnableAWSServiceAccess", "Give CloudTrail trusted access", None)
    };
    vec![
        edit_form(
            edit("CreateOrganizationalUnit", "Make a unit", None),
            vec![place("parent", "Below", Choice::RootAndUnits), line("name", "Name", "")],
        ),
        edit_form(
            edit("UpdateOrganizationalUnit", "Rename a unit", None),
            vec![unit(), line("name", "Name", "")],
        ),
        edit_form(edit("DeleteOrganizationalUnit", "Delete a unit", Some("its id")), vec![unit()]),
        account("CreateAccount", "Add an account"),
        account("InviteAccountToOrganization", "Add an invited account"),
        edit_form(trust, Vec::new()),
    ]
}
