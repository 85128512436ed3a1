//! People and keys: who one is, what one signs with, where one is signed in; and for administrators, everybody.

mod factor;
mod grants;
mod keys;
mod people;
mod sessions;

use self::keys::{Keys, Made};
use self::people::People;
use self::sessions::Sessions;
use super::Page;
use crate::backend::Backend;
use crate::console::use_console;
use crate::parts::copy::Copy;
use leptos::prelude::*;
use orgtrail_shared::settings::{Identity, Settings};

/// The settings page.
pub(super) async fn load(backend: &dyn Backend) -> Page {
    let answer = backend.settings().await;
    let question = "Who you are, what you sign with, and where you are signed in.";
    Page::of_answer("People and keys", question, answer, |settings| {
        view! { <Known settings/> }.into_any()
    })
}

#[component]
fn Known(settings: Settings) -> impl IntoView {
    let Settings { identity, access_keys, sessions, grants, people, new_key, second_factor } =
        settings;
    let viewer = use_console().viewer.clone();
    let token = viewer.map(|viewer| viewer.csrf_token).unwrap_or_default();
    view! {
        <Own identity/>
        <grants::Own grants/>
        {new_key.map(|key| view! { <Made key/> })}
        <Keys keys=access_keys token=token.clone() is_for_all=people.is_some()/>
        <factor::Factor factor=second_factor token=token.clone()/>
        <Sessions sessions token=token.clone() is_for_all=people.is_some()/>
        {people.map(|people| {
            let names = people.iter().map(|person| person.name.clone()).collect();
            view! { <People people token=token.clone()/> <grants::Give names token/> }
        })}
    }
    .into_any()
}

/// The caller, as AWS names people.
#[component]
fn Own(identity: Option<Identity>) -> impl IntoView {
    let Some(Identity { account, arn, user_id }) = identity else {
        return view! {
            <section>
                <h2 id="you">"You"</h2>
                <p class="muted">
                    "The organization has no management account yet, so nobody has an ARN. Load it by "
                    <code>"--organization-file"</code> "."
                </p>
            </section>
        }
        .into_any();
    };
    view! {
        <section>
            <h2 id="you">"You"</h2>
            <dl class="facts">
                <dt>"ARN"</dt>
                <dd class="code">{arn.clone()} " " <Copy value=arn what="ARN"/></dd>
                <dt>"Account"</dt>
                <dd class="code">{account.to_string()}</dd>
                <dt>"Unique id"</dt>
                <dd class="code">{user_id}</dd>
            </dl>
        </section>
    }
    .into_any()
}
