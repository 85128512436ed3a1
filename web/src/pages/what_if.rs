//! What a service control policy would do.

use super::Page;
use crate::backend::{Answer, Backend};
use crate::console::{Console, use_console};
use crate::parts::panels::{Empty, Notice, PageHead};
use crate::parts::table::{Column, Label, Table};
use crate::parts::time::Instant;
use crate::parts::verdict::toned;
use chrono::{DateTime, SecondsFormat, Utc};
use leptos::prelude::*;
use orgtrail_shared::text::group_digits;
use orgtrail_shared::what_if::{
    Affected, DAYS_MAX, Effect, PolicyChange, WhatIf, WhatIfQuestion, week,
};

const COLUMNS: [Column; 6] = [
    Column::Text("Would be"),
    Column::Text("Principal"),
    Column::Text("Action"),
    Column::Text("Account"),
    Column::Number("Calls"),
    Column::Time("Newest"),
];

/// The page.
pub(super) async fn load(console: &Console, backend: &dyn Backend) -> Page {
    let asked = Asked::of(console);
    let answer = match asked.question() {
        Some(question) => Some(backend.what_if(question).await),
        None => None,
    };
    Page::new("What if?", move || view! { <WhatIfPage asked answer/> }.into_any())
}

/// What the address asks.
#[derive(Clone, Default)]
struct Asked {
    target: String,
    policy: String,
    content: String,
    days: String,
}

impl Asked {
    fn of(console: &Console) -> Self {
        let text = |name| console.params.get(name).map(str::trim).unwrap_or_default().to_owned();
        Self {
            target: text("target"),
            policy: text("policy"),
            content: text("content"),
            days: text("days"),
        }
    }

    fn days(&self) -> u32 {
        self.days.parse().unwrap_or_else(|_| week())
    }

    /// A policy that is named is detached; otherwise the text is attached.
    fn question(&self) -> Option<WhatIfQuestion> {
        let Self { target, policy, content, .. } = self.clone();
        let change = match (target.is_empty(), policy.is_empty(), content.is_empty()) {
            (true, ..) | (_, true, true) => return None,
            (_, false, _) => PolicyChange::Detach { policy, target },
            (_, true, false) => PolicyChange::Attach { content, target },
        };
        Some(WhatIfQuestion { change, days: self.days() })
    }
}

#[component]
fn WhatIfPage(asked: Asked, answer: Option<Answer<WhatIf>>) -> impl IntoView {
    let path = use_console().path.clone();
    let days = asked.days();
    let Asked { target, policy, content, .. } = asked;
    view! {
        <PageHead title="What if?".to_owned() answers="What a service control policy would do, tried on the calls of the last days. Nothing is changed."/>
        <form method="get" action=path class="ask">
            <label>
                "Root, unit or account "
                <input name="target" type="text" class="code" list="places" value=target placeholder="ou-ab12-11111111" autocomplete="off" spellcheck="false" required/>
                <datalist id="places">{places()}</datalist>
            </label>
            <label>
                "Detach the policy "
                <input name="policy" type="text" class="code" value=policy placeholder="p-12345678" autocomplete="off" spellcheck="false"/>
            </label>
            <label class="short">
                "Days "
                <input name="days" type="number" min="1" max=DAYS_MAX value=days/>
            </label>
            <label class="whole">
                "Or attach this policy "
                <textarea name="content" class="code" rows="8" spellcheck="false" placeholder=r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "cloudtrail:StopLogging", "Resource": "*"}]}"#>{content}</textarea>
            </label>
            <button type="submit" class="button">"Try"</button>
        </form>
        {answer.map(told)}
    }
    .into_any()
}

/// The root, units and accounts that one sees, to choose from.
fn places() -> Vec<AnyView> {
    let console = use_console();
    let Some(viewer) = &console.viewer else { return Vec::new() };
    let units = viewer.units.iter().map(|unit| (unit.id.to_string(), unit.name.clone()));
    let accounts =
        viewer.accounts.iter().map(|account| (account.id.to_string(), account.name.clone()));
    units
        .chain(accounts)
        .map(|(id, name)| view! { <option value=id>{name}</option> }.into_any())
        .collect()
}

fn told(answer: Answer<WhatIf>) -> AnyView {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            let text = error.to_string();
            return view! { <Notice tone="attention"><p role="status">{text}</p></Notice> }
                .into_any();
        }
    };
    let notes = answer.notes.iter().cloned().map(|note| view! { <p>{note}</p> }).collect_view();
    let notes =
        (!answer.notes.is_empty()).then(|| view! { <Notice tone="attention">{notes}</Notice> });
    let looked = view! { <p class="muted">{looked_at(&answer)}</p> };
    if answer.affected.is_empty() {
        return view! {
            {notes}
            <Empty title="No call would have been affected">
                <p>{looked_at(&answer)}</p>
            </Empty>
        }
        .into_any();
    }
    let count = |effect| answer.totals.get(&effect).copied().unwrap_or_default();
    let tone = if count(Effect::Blocked) > 0 { "danger" } else { "info" };
    let words = [Effect::Blocked, Effect::MayBeBlocked, Effect::Opened, Effect::MayBeOpened]
        .into_iter()
        .filter(|effect| count(*effect) > 0)
        .map(|effect| match effect {
            Effect::Blocked => {
                format!("{} calls would have been blocked", group_digits(count(effect)))
            }
            Effect::MayBeBlocked => format!("{} might have been", group_digits(count(effect))),
            Effect::Opened => {
                format!(
                    "{} denied calls would no longer be blocked by policies",
                    group_digits(count(effect))
                )
            }
            Effect::MayBeOpened => format!("{} might no longer be", group_digits(count(effect))),
        })
        .collect::<Vec<_>>()
        .join("; ");
    let more = (answer.more > 0).then(|| {
        let words = format!("{} more kinds of calls are not shown.", group_digits(answer.more));
        view! { <p class="muted">{words}</p> }
    });
    let range = answer.from.zip(answer.to);
    let rows = answer.affected.into_iter().map(|one| row(one, range)).collect();
    view! {
        {notes}
        <Notice tone><p role="status">{words} "."</p></Notice>
        {looked}
        <Table label=Label::Words("Calls that would be affected") caption="Calls that would be affected" columns=&COLUMNS rows class="cards"/>
        {more}
    }
    .into_any()
}

fn looked_at(answer: &WhatIf) -> String {
    let accounts = match answer.accounts {
        1 => "1 account".to_owned(),
        count => format!("{} accounts", group_digits(count)),
    };
    let more = if answer.is_lower_bound { ", the most frequent ones" } else { "" };
    format!(
        "Looked at: {} calls of {accounts} that policies bind{more}. Calls of services and of other accounts' principals aren't among \
         them, nor is what nobody did in this time.",
        group_digits(answer.calls)
    )
}

fn row(affected: Affected, range: Option<(DateTime<Utc>, DateTime<Utc>)>) -> AnyView {
    let effect = match affected.effect {
        Effect::Blocked => toned("danger", "✗", affected.effect.in_words()),
        Effect::MayBeBlocked => toned("attention", "?", affected.effect.in_words()),
        Effect::Opened => toned("ok", "✓", affected.effect.in_words()),
        Effect::MayBeOpened => toned("neutral", "?", affected.effect.in_words()),
    };
    let on: Vec<String> = affected.depends_on.into_iter().collect();
    let on = (!on.is_empty()).then(|| {
        view! { <div class="muted">"depends on " {on.join(", ")}</div> }
    });
    let mut search = use_console().carried.to("/search").with("q", &affected.search);
    if let Some((from, to)) = range {
        let text = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        search = search.with("from", &text(from)).with("to", &text(to)).with("reads", "show");
    }
    let search = search.finish();
    let name = if affected.account_name.is_empty() {
        affected.account.clone()
    } else {
        affected.account_name
    };
    view! {
        <tr>
            <th scope="row">{effect} {on}</th>
            <td class="wraps" data-label="Principal">{affected.principal}</td>
            <td class="wraps code" data-label="Action">{affected.action}</td>
            <td data-label="Account" title=affected.account>{name}</td>
            <td class="number" data-label="Calls"><a href=search>{group_digits(affected.calls)}</a></td>
            <td data-label="Newest"><Instant at=affected.newest/></td>
        </tr>
    }
    .into_any()
}
