//! One account: its place in the organization, now and before, and what the policies above it say.

mod changes;
mod history;
mod people;
mod policies;
mod volumes;

use self::changes::Changes;
use self::history::History;
use self::people::People;
use self::policies::{Ask, Levels};
use self::volumes::Volumes;
use super::Page;
use crate::backend::{Answer, Backend};
use crate::console::{Console, use_console};
use crate::parts::copy::Copy;
use crate::parts::panels::{FailurePanel, PageHead};
use crate::parts::time::dash;
use crate::parts::verdict::state_or_dash;
use leptos::prelude::*;
use orgtrail_shared::organization::{AccountDetail, PolicyAnswer, PolicyQuestion};

/// The account's page.
pub(super) async fn load(console: &Console, id: &str, backend: &dyn Backend) -> Page {
    let answer = backend.account(id.to_owned()).await;
    let asked = question(console);
    let said = match &asked {
        Some(question) => Some(backend.policy_answer(id.to_owned(), question.clone()).await),
        None => None,
    };
    let title = match &answer {
        Ok(account) if !account.name.is_empty() => account.name.clone(),
        _ => id.to_owned(),
    };
    Page::new(&title.clone(), move || match answer {
        Ok(account) => view! { <Known account title asked said/> }.into_any(),
        Err(error) => view! { <FailurePanel error/> }.into_any(),
    })
}

/// What the address asks of the policies.
fn question(console: &Console) -> Option<PolicyQuestion> {
    let action = console.params.get("action")?.trim().to_owned();
    let resource = console.params.get("resource").map(str::trim).unwrap_or_default();
    let resource = if resource.is_empty() { "*" } else { resource };
    (!action.is_empty()).then(|| PolicyQuestion { action, resource: resource.to_owned() })
}

#[component]
fn Known(
    account: AccountDetail,
    title: String,
    asked: Option<PolicyQuestion>,
    said: Option<Answer<PolicyAnswer>>,
) -> impl IntoView {
    let carried = use_console().carried.clone();
    let scoped = crate::address::Carried { scope: account.id.to_string(), ..carried };
    let events = crate::address::SearchAddress::new(scoped.clone(), "").with_reads(true).href();
    let integrity = scoped.to("/integrity").finish();
    let state = account.state.map_or_else(|| dash().into_any(), |state| state.name().into_any());
    let id = account.id.to_string();
    let is_bound = account.is_bound;
    let (own, locked) = (account.id.to_string(), account.locked);
    view! {
        <PageHead title answers="Where this account belongs, since when, and what binds it.">
            <a class="button" href=events>"Its events"</a>
            <a class="button" href=integrity>"Its coverage"</a>
        </PageHead>
        <dl class="facts">
            <dt>"Account"</dt>
            <dd class="code">{id.clone()} " " <Copy value=id what="account id"/></dd>
            <dt>"Kind"</dt>
            <dd>{account.kind.name()}</dd>
            <dt>"State"</dt>
            <dd>{state}</dd>
            <dt>"Last 24 h"</dt>
            <dd>{state_or_dash(account.coverage_day)}</dd>
            <dt>"Worst so far"</dt>
            <dd>{state_or_dash(account.coverage_worst)}</dd>
        </dl>
        <History
            memberships=account.memberships
            delegations=account.delegations
            places=account.places
        />
        <Levels levels=account.levels is_bound kind=account.kind/>
        <Ask asked said/>
        <Volumes volumes=account.volumes/>
        {account.people.map(|people| view! { <People people/> })}
        <Changes id=own kind=account.kind state=account.state locked/>
    }
    .into_any()
}
