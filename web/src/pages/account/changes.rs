//! What can be changed of an account.

use crate::parts::edit::{Choice, Edit, edit_form, fixed, greyed_out, place};
use leptos::prelude::*;
use orgtrail_shared::authorization::Locked;
use orgtrail_shared::organization::{AccountKind, AccountState};

/// The forms, or why there are none.
#[component]
pub(super) fn Changes(
    /// The account's id.
    id: String,
    kind: AccountKind,
    state: Option<AccountState>,
    /// Why nothing can be changed here.
    locked: Option<Locked>,
) -> impl IntoView {
    let content = match (locked, kind) {
        (Some(locked), _) => greyed_out(locked, &["Move it", "Close it", "Remove it"]),
        (None, AccountKind::Unknown) => {
            let words = "It isn't in the organization: add it on the organization's page.";
            view! { <p class="muted">{words}</p> }.into_any()
        }
        (None, _) => {
            let forms = forms(&id, kind, state);
            view! { <div class="changes">{forms}</div> }.into_any()
        }
    };
    view! {
        <section>
            <h2 id="changes">"Change it"</h2>
            {content}
        </section>
    }
    .into_any()
}

fn forms(id: &str, kind: AccountKind, state: Option<AccountState>) -> Vec<AnyView> {
    let edit = |operation, label: &str, is_confirmed: bool| Edit {
        operation,
        label: label.to_owned(),
        back: format!("/organization/{id}"),
        confirm: is_confirmed.then(|| id.to_owned()),
    };
    let account = || fixed("account", id);
    let place = place("destination", "Into", Choice::RootAndUnits);
    let mut forms = vec![edit_form(edit("MoveAccount", "Move it", false), vec![account(), place])];
    match kind {
        AccountKind::Member => {
            let label = "Let it administer the organization's trails";
            let register = edit("RegisterOrganizationDelegatedAdmin", label, false);
            forms.push(edit_form(register, vec![account()]));
            if state == Some(AccountState::Active) {
                forms.push(edit_form(edit("CloseAccount", "Close it", true), vec![account()]));
            }
            let label = "Remove it from the organization";
            let remove = edit("RemoveAccountFromOrganization", label, true);
            forms.push(edit_form(remove, vec![account()]));
        }
        AccountKind::DelegatedAdministrator => {
            let label = "End its administration of trails";
            let deregister = edit("DeregisterOrganizationDelegatedAdmin", label, true);
            forms.push(edit_form(deregister, vec![account()]));
        }
        AccountKind::Management | AccountKind::Unknown => {}
    }
    forms
}
