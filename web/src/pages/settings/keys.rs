//! Access keys.

use crate::parts::copy::Copy;
use crate::parts::panels::Notice;
use crate::parts::table::{Column, TableSection};
use crate::parts::time::{dash, instant_or_dash};
use crate::parts::verdict::toned;
use leptos::prelude::*;
use orgtrail_shared::settings::{AccessKey, NewKey};

const COLUMNS: [Column; 6] = [
    Column::Text("Key"),
    Column::Text("Person"),
    Column::Text("State"),
    Column::Time("Made"),
    Column::Time("Last used"),
    Column::Text("Change"),
];

/// A key that was made a moment ago: its secret is shown this once.
#[component]
pub(super) fn Made(key: NewKey) -> impl IntoView {
    let NewKey { name, access_key_id, secret_access_key } = key;
    view! {
        <Notice tone="ok">
            <p role="status">"The key is made. Copy its secret now: it is not shown again, and nobody can read it back."</p>
            <dl class="facts">
                <dt>"Person"</dt>
                <dd>{name}</dd>
                <dt>"Access key id"</dt>
                <dd class="code">{access_key_id.clone()} " " <Copy value=access_key_id what="access key id"/></dd>
                <dt>"Secret access key"</dt>
                <dd class="code">{secret_access_key.clone()} " " <Copy value=secret_access_key what="secret access key"/></dd>
            </dl>
        </Notice>
    }
}

/// The keys, and a button that makes one.
#[component]
pub(super) fn Keys(keys: Vec<AccessKey>, token: String, is_for_all: bool) -> impl IntoView {
    let own = keys.iter().filter(|key| key.is_own).count();
    let create = (own < 2).then(|| {
        view! {
            <form method="post" action="/settings/access-keys/create" class="inline-form">
                <input type="hidden" name="csrf" value=token.clone()/>
                <button type="submit" class="button">"Make an access key"</button>
            </form>
        }
    });
    let limit = (own >= 2)
        .then_some("You have two keys, as many as a person can have: delete one to make another.");
    let about = if is_for_all {
        "Stock AWS clients sign with an access key. You manage those of everybody."
    } else {
        "Stock AWS clients sign with an access key. Its calls are yours, with your role."
    };
    let rows: Vec<AnyView> = keys.into_iter().map(|key| row(key, &token, is_for_all)).collect();
    if rows.is_empty() {
        return view! {
            <section>
                <h2 id="access-keys">"Access keys"</h2>
                <p class="muted">{about} " There is none yet."</p>
                {create}
            </section>
        }
        .into_any();
    }
    view! {
        <TableSection id="access-keys" title="Access keys" caption="Access keys" columns=&COLUMNS rows>
            <p class="muted">{about} " " {limit}</p>
            {create}
        </TableSection>
    }
    .into_any()
}

fn row(key: AccessKey, token: &str, is_for_all: bool) -> AnyView {
    let state = match key.disabled_at {
        None => toned("ok", "✓", "accepted"),
        Some(_) if key.is_refused_by_administrator => {
            toned("neutral", "‖", "refused by an administrator")
        }
        Some(_) => toned("neutral", "‖", "refused"),
    };
    let used = match key.last_used_at {
        None => view! { {dash()} <span class="row-note">"never"</span> }.into_any(),
        at => view! { {instant_or_dash(at)} <span class="row-note">{key.last_used_for}</span> }
            .into_any(),
    };
    let own = key.is_own.then(|| view! { <span class="row-note">"you"</span> });
    let may_change = is_for_all || !key.is_refused_by_administrator;
    let changes = may_change.then(|| changes(&key.access_key_id, key.disabled_at.is_some(), token));
    let changes = changes.map_or_else(
        || view! { <span class="muted">"An administrator can accept it again."</span> }.into_any(),
        IntoAny::into_any,
    );
    view! {
        <tr>
            <th scope="row" class="code" data-label="Key">{key.access_key_id}</th>
            <td data-label="Person">{key.name} " " {own}</td>
            <td data-label="State">{state}</td>
            <td data-label="Made">{instant_or_dash(Some(key.created_at))}</td>
            <td data-label="Last used">{used}</td>
            <td data-label="Change">{changes}</td>
        </tr>
    }
    .into_any()
}

/// Refusing is undone by a click; deleting isn't, and asks for the id.
fn changes(id: &str, is_refused: bool, token: &str) -> impl IntoView + use<> {
    let (change, words) = if is_refused { ("enable", "Accept") } else { ("disable", "Refuse") };
    let (id, token) = (id.to_owned(), token.to_owned());
    let (switch_label, delete_label) = (format!("{words} {id}"), format!("Delete {id}"));
    let field = format!("confirm-{id}");
    view! {
        <form method="post" action="/settings/access-keys/change" class="inline-form">
            <input type="hidden" name="csrf" value=token.clone()/>
            <input type="hidden" name="access_key_id" value=id.clone()/>
            <button type="submit" class="button" name="change" value=change aria-label=switch_label>{words}</button>
        </form>
        <details class="confirm">
            <summary aria-label=delete_label.clone()>"Delete …"</summary>
            <form method="post" action="/settings/access-keys/change">
                <input type="hidden" name="csrf" value=token/>
                <input type="hidden" name="access_key_id" value=id/>
                <label for=field.clone()>"Type the key's id to confirm"</label>
                <input id=field name="confirm" type="text" autocomplete="off" spellcheck="false" required/>
                <button type="submit" class="button is-danger" name="change" value="delete">{delete_label}</button>
            </form>
        </details>
    }
}
