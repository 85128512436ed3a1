//! The policies above an account, level by level, and what they say about a request.

use crate::backend::Answer;
use crate::console::use_console;
use crate::parts::panels::Notice;
use crate::parts::table::{Column, Label, Table, TableSection};
use crate::parts::verdict::toned;
use leptos::prelude::*;
use orgtrail_shared::organization::{
    AccountKind, AttachedPolicy, Level, PolicyAnswer, PolicyQuestion,
};
use orgtrail_shared::scp::{Outcome, Rule, Step};

const LEVELS: [Column; 2] = [Column::Text("Level"), Column::Text("Service control policies")];

const STEPS: [Column; 3] = [Column::Text("Level"), Column::Text("Says"), Column::Text("By")];

/// The levels from the root down, each with its policies.
#[component]
pub(super) fn Levels(levels: Vec<Level>, is_bound: bool, kind: AccountKind) -> impl IntoView {
    let about = match (is_bound, kind) {
        (true, _) => "An action is open only if every level allows it and none denies it.",
        (false, AccountKind::Management) => "They never bind the management account.",
        (false, AccountKind::Unknown) => "The account isn't in the organization now.",
        (false, _) => "Service control policies are not in use in this organization.",
    };
    let rows: Vec<AnyView> = levels.into_iter().map(level_row).collect();
    if rows.is_empty() {
        return view! {
            <section>
                <h2 id="policies">"Policies"</h2>
                <p class="muted">{about}</p>
            </section>
        }
        .into_any();
    }
    view! {
        <TableSection id="policies" title="Policies" caption="Levels above the account with their policies" columns=&LEVELS rows>
            <p class="muted">{about}</p>
        </TableSection>
    }
    .into_any()
}

fn level_row(level: Level) -> AnyView {
    let policies: Vec<AnyView> =
        level.policies.into_iter().map(|one| policy(one, &level.id)).collect();
    let policies = if policies.is_empty() {
        view! { <span class="muted">"none"</span> }.into_any()
    } else {
        policies.into_any()
    };
    view! {
        <tr>
            <th scope="row" data-label="Level">
                {level.name} <span class="row-note code">{level.id}</span>
            </th>
            <td class="wraps" data-label="Policies">{policies}</td>
        </tr>
    }
    .into_any()
}

fn policy(policy: AttachedPolicy, target: &str) -> AnyView {
    let what_if = use_console().carried.to("/what-if").with("target", target);
    let what_if = what_if.with("policy", &policy.id).finish();
    let problem =
        policy.problem.map(|problem| toned("danger", "✗", format!("can't be read: {problem}")));
    let label = format!("Document of {}", policy.id);
    view! {
        <details>
            <summary>{policy.name} " " <span class="code muted">{policy.id}</span> " " {problem}</summary>
            <pre class="json is-raw" tabindex="0" aria-label=label>{policy.content}</pre>
            <a href=what_if>"What if it were detached here?"</a>
        </details>
    }
    .into_any()
}

/// A form that asks, and what the policies said.
#[component]
pub(super) fn Ask(
    asked: Option<PolicyQuestion>,
    said: Option<Answer<PolicyAnswer>>,
) -> impl IntoView {
    let path = use_console().path.clone();
    let (action, resource) = match asked {
        Some(PolicyQuestion { action, resource }) => (action, resource),
        None => (String::new(), String::new()),
    };
    view! {
        <section>
            <h2 id="why">"What would they say?"</h2>
            <form method="get" action=path class="ask">
                <label>
                    "Action "
                    <input name="action" type="text" class="code" value=action placeholder="cloudtrail:StopLogging" autocomplete="off" spellcheck="false" required/>
                </label>
                <label>
                    "Resource "
                    <input name="resource" type="text" class="code" value=resource placeholder="*" autocomplete="off" spellcheck="false"/>
                </label>
                <button type="submit" class="button">"Ask"</button>
            </form>
            {said.map(answer)}
        </section>
    }
    .into_any()
}

fn answer(said: Answer<PolicyAnswer>) -> AnyView {
    let answer = match said {
        Ok(answer) => answer,
        Err(error) => {
            let text = error.to_string();
            return view! { <Notice tone="attention"><p role="status">{text}</p></Notice> }
                .into_any();
        }
    };
    let PolicyQuestion { action, resource } = answer.question;
    let (tone, words) = if let Some(why) = answer.exempt {
        ("info", format!("{action} is open: {why}."))
    } else if answer.is_open {
        (
            "ok",
            format!(
                "The policies leave {action} on {resource} open. They allow nothing by themselves."
            ),
        )
    } else {
        ("danger", format!("The policies refuse {action} on {resource}."))
    };
    let steps = answer.decision.map(|decision| {
        let rows = decision.steps.into_iter().map(step_row).collect();
        view! { <Table label=Label::Words("What each level says") caption="What each level says" columns=&STEPS rows class="cards"/> }
    });
    view! {
        <Notice tone><p role="status">{words}</p></Notice>
        {steps}
    }
    .into_any()
}

fn step_row(step: Step) -> AnyView {
    let (says, by) = match step.outcome {
        Outcome::Allowed { by } => (toned("ok", "✓", "allows"), by),
        Outcome::Denied { by } => (toned("danger", "✗", "denies"), by),
        Outcome::NotAllowed => (toned("danger", "✗", "allows nothing of it"), Vec::new()),
    };
    let by = by.iter().map(print_rule).collect::<Vec<_>>().join(", ");
    view! {
        <tr>
            <th scope="row" data-label="Level">
                {step.level_name} <span class="row-note code">{step.level_id}</span>
            </th>
            <td data-label="Says">{says}</td>
            <td class="wraps code" data-label="By">{by}</td>
        </tr>
    }
    .into_any()
}

/// A statement: its policy, and its Sid or place.
fn print_rule(rule: &Rule) -> String {
    match &rule.sid {
        Some(sid) => format!("{} {sid}", rule.policy_id),
        None => format!("{} statement {}", rule.policy_id, rule.statement + 1),
    }
}
